// Texts that are odd as texts: line ends, byte order marks, half characters, sizes, depth, the document end line.
import * as assert from 'uvu/assert'
import { printProblem } from '../../src/cli/render/problem.ts'
import { readDocument } from '../../src/config/document.ts'
import { E } from '../../src/fp.ts'
import { spec } from '../support/spec.ts'
import { loaded, parse, printed } from './load.ts'

const HEAD = 'version: 1\napi: { endpoint: sandbox }\n'

const read = async (text: string) => {
  const result = await readDocument(parse, { name: 'c.yaml', text })
  if (E.isLeft(result)) throw new Error(result.left.map(printProblem).join('\n'))
  return result.right
}
const refused = async (text: string): Promise<string> => {
  const result = await readDocument(parse, { name: 'c.yaml', text })
  return E.isLeft(result) ? result.left.map(printProblem).join('\n') : ''
}

spec('a text is read', (test) => {
  test('with a byte order mark, which moves no column', async () => {
    const { desired } = await loaded(`\ufeff${HEAD}users: [{ username: fax, status: blocked }]\n`)
    assert.is(desired.scopes[0]?.users[0]?.managed.status?.source, 'config.yaml:3:34 user')
    assert.is((await read('\ufeffa: 1')).placeOf(['a'], 'value').column, 4)
  })
  test('with CRLF line ends, at the same places', async () => {
    const text = `${HEAD}users:\n  - username: fax\n    status: blocked\n`
    const { desired } = await loaded(text.replaceAll('\n', '\r\n'))
    assert.is(desired.scopes[0]?.users[0]?.managed.status?.source, 'config.yaml:5:13 user')
  })
  test('without a last line end', async () => {
    assert.equal((await read('a: 1')).value, { a: 1 })
    assert.is((await read('a: 1\nb: 2')).lines, 2)
    assert.is((await read('a: 1\nb: 2\n')).lines, 2)
  })
  test('as YAML 1.2: no, on, y and 1e3', async () => {
    assert.equal((await read('[no, on, y, off, 0o17, 1e3, 012]')).value, ['no', 'on', 'y', 'off', 15, 1000, 12])
  })
  test('with an explicit document start', async () => {
    assert.equal((await read('# c\n---\na: 1\n')).value, { a: 1 })
  })
  test('with the directive of the version that it is read in, and no other', async () => {
    const one = await read('# c\n%YAML 1.2\n---\na: no\n')
    assert.equal([one.value, one.faults, one.placeOf(['a'], 'value')], [{ a: 'no' }, [], { line: 4, column: 4 }])
    assert.equal((await read('\ufeff%YAML 1.2\r\n---\r\na: 1\r\n')).faults, [])
    for (const other of ['%YAML 1.1', '%YAML 1.3', '%YAML 1.20', '%YAML 1.2\n%YAML 1.2', '%YAML 1.2\n%TAG ! tag:a,2026:'])
      assert.match((await read(`${other}\n---\na: 1\n`)).faults[0]?.message ?? '', /directives are not supported/)
    assert.match((await read('a: 1\n...\n%YAML 1.2\n')).faults[0]?.message ?? '', /directives are not supported/)
    assert.match(await refused('%YAML 1.2\na: 1\n'), /missing/)
  })
  test('with tabs inside texts', async () => {
    assert.equal((await read('a: "x\ty"\nb: |\n  x\ty\n')).value, { a: 'x\ty', b: 'x\ty\n' })
  })
  test('with hostile keys as keys, not as prototypes', async () => {
    const value = (await read('__proto__: { polluted: true }\nconstructor: 1\nhasOwnProperty: 2\n')).value
    assert.equal(Object.keys(value ?? {}), ['__proto__', 'constructor', 'hasOwnProperty'])
    assert.is(Reflect.get({}, 'polluted'), undefined)
    assert.is(Object.getPrototypeOf(value), Object.prototype)
  })
})

spec('a place', (test) => {
  const document = read('top:\n  - { a: 1, "b c": [x, y] }\n  - __proto__: 2\n"9": 1\n"1": 2\na: { a: { a: 3 } }\n')
  const rows: ReadonlyArray<readonly [path: ReadonlyArray<string | number>, part: 'key' | 'value', expected: string]> = [
    [[], 'value', '1:1'],
    [['top'], 'key', '1:1'],
    [['top'], 'value', '2:3'],
    [['top', 0], 'value', '2:5'],
    [['top', 0, 'b c'], 'key', '2:13'],
    [['top', 0, 'b c', 1], 'value', '2:24'],
    [['top', 1, '__proto__'], 'value', '3:16'],
    [['9'], 'value', '4:6'],
    [['1'], 'key', '5:1'],
    [['a', 'a', 'a'], 'key', '6:11'],
    [['a', 'a', 'a'], 'value', '6:14'],
    [['top', 0, 'missing'], 'value', '2:5'],
    [['top', 7, 'a'], 'value', '2:3'],
    [['constructor'], 'value', '1:1'],
  ]
  for (const [path, part, expected] of rows) {
    test(`of the ${part} at ${JSON.stringify(path)}`, async () => {
      const { line, column } = (await document).placeOf(path, part)
      assert.is(`${line}:${column}`, expected)
    })
  }
})

spec('the document end line', (test) => {
  const rows: ReadonlyArray<readonly [text: string, expected: boolean]> = [
    ['a: 1\n...\n', true],
    ['a: 1\n...', true],
    ['a: 1\r\n...\r\n', true],
    ['a: 1\n... # the end\n', true],
    ['a: 1\n...\n\n# the end\n', true],
    ['a: 1\n', false],
    ['a: |\n  x\n  ..', false],
    ['a: 1\n# ...\n', false],
    ['a: |\n  x\n  ...\n', false],
    ['a: "x\n  ..."\n', false],
  ]
  for (const [text, expected] of rows) {
    test(`${expected ? 'is' : 'is not'} in ${JSON.stringify(text)}`, async () => {
      assert.is((await read(text)).endsWithMarker, expected)
    })
  }
  test('is in no cut-off text', async () => {
    const text = `${HEAD}users:\n  - username: fax\n    description: |\n      a\n      ...\n  - username: tel\n...\n`
    for (let length = 0; length < text.length - 1; length += 1) {
      const result = await readDocument(parse, { name: 'c.yaml', text: text.slice(0, length) })
      assert.not.ok(E.isRight(result) && result.right.endsWithMarker, text.slice(0, length))
    }
  })
  test('lets unlisted: block pass in every file', async () => {
    const main = `${HEAD}policy: { unlisted: block }\ninclude: [a.yaml]\nusers: []\n...\n`
    const { desired } = await loaded({ 'config.yaml': main, 'a.yaml': 'users: []\n...\n' })
    assert.is(desired.policy.unlisted, 'block')
  })
})

spec('a text is refused, with its place,', (test) => {
  const rows: ReadonlyArray<readonly [title: string, text: string, expected: string]> = [
    ['for a NUL character', 'a: 1\nb: x\0y\n', 'c.yaml:2:5  a NUL character or half a character; is this a text file in UTF-8?'],
    ['for half a character', 'a: \ud83d\n', 'c.yaml:1:4  a NUL character or half a character; is this a text file in UTF-8?'],
    ['for UTF-16', 'a\0:\0', 'c.yaml:1:2  a NUL character or half a character; is this a text file in UTF-8?'],
    ['for its size', 'x'.repeat(64 * 1024 * 1024 + 1), 'c.yaml  a config file has at most 64 MiB'],
    ['for lists nested a hundred thousand deep', '['.repeat(100_000), 'c.yaml:1:33  nested deeper than 32 levels'],
    ['for mappings nested a hundred thousand deep', '{a: '.repeat(100_000), 'c.yaml:1:129  nested deeper than 32 levels'],
    ['for keys on one line a hundred thousand deep', `{${'a: '.repeat(100_000)}}`, 'c.yaml:1:98  nested deeper than 32 levels'],
    ['for keys without values a hundred thousand deep', '? '.repeat(100_000), 'c.yaml:1:65  nested deeper than 32 levels'],
    ['for block lists nested a hundred thousand deep', '- '.repeat(100_000), 'c.yaml:1:65  nested deeper than 32 levels'],
  ]
  for (const [title, text, expected] of rows) {
    test(title, async () => {
      assert.is(await refused(text), expected)
    })
  }
  test('but not for whole characters beyond the first plane', async () => {
    assert.equal((await read('a: 😀')).value, { a: '😀' })
  })
})

spec('the caret', (test) => {
  for (const [title, text, before] of [
    ['plain letters', 'name: [x', 8],
    ['characters that are two columns wide', '東京: [x', 8],
    ['an accent that is a character of its own', 'cafe\u0301: [x', 8],
    ['a tab', 'a:\t[x', 5],
  ] as const)
    test(`stands below the place behind ${title}`, async () => {
      const result = await readDocument(parse, { name: 'c.yaml', text })
      const [first] = E.isLeft(result) ? result.left : []
      const lines = first === undefined ? [] : printProblem(first).split('\n')
      assert.is(lines[2], `    | ${' '.repeat(before)}^`, lines.join('\n'))
    })
})

spec('a hostile file name', (test) => {
  test('is made visible', async () => {
    const result = await readDocument(parse, { name: 'a\u202eb\n.yaml', text: '[' })
    const [first] = E.isLeft(result) ? result.left : []
    assert.match(first === undefined ? '' : printProblem(first), /^a\\u\{202e\}b\\n\.yaml:1:2 {2}/)
  })
})

spec('ten thousand users', (test) => {
  const users = (status: string): string =>
    Array.from(
      { length: 10_000 },
      (_, at) => `  - username: user-${at}@acme.example\n    description: printer ${at}\n    status: ${status}\n    profile: p\n`,
    ).join('')
  const text = (status: string): string =>
    `${HEAD}profiles: { p: { bounce_notifications: from } }\npolicy: { ignore: ["fax-*"] }\nusers:\n${users(status)}`

  test('come to the desired state, every one of them', async () => {
    const { desired } = await loaded(text('allowed'))
    assert.is(desired.scopes[0]?.users.length, 10_000)
  })
  test('are each told when each is wrong', async () => {
    assert.is((await printed(text('opened'))).split('expected allowed, blocked or sandbox').length, 10_001)
  })
})
