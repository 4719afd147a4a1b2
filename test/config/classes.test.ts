// Classes of bad input: the texts of broken configs have rows of each of them, and what is odd as a text and no fault means the same as without.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { configText } from '../../src/adapters/config-file.ts'
import { readDocument } from '../../src/config/document.ts'
import { E } from '../../src/fp.ts'
import { spec } from '../support/spec.ts'
import { loaded, parse, printed } from './load.ts'
import { allRows, classOf, filesOf } from './rows.ts'

/** All classes of bad input, and how many rows of each there are at least. */
const CLASSES = [
  'syntax',
  'tabs',
  'byte-order-mark',
  'utf-16',
  'nul',
  'crlf',
  'duplicate-keys',
  'two-documents',
  'aliases',
  'merge-keys',
  'tags',
  'prototype-keys',
  'numbers',
  'empty',
  'comment-only',
  'wrong-root',
  'unknown-keys',
  'near-miss-keys',
  'duplicate-users',
  'case-only-duplicates',
]
const LEAST = 12

/** A message as it is said: file, line and column, then words. Of what may be a secret the file alone is named. */
const PLACED = /^(?:(?:config|more|more-\d)\.yaml:\d+:\d+ {2}\S|more\.yaml {2}this file does not begin)/

spec('the classes of bad input', (test) => {
  const rows = allRows()
  for (const name of CLASSES)
    test(`of ${name} there are ${LEAST} rows or more, each told with its place`, () => {
      const mine = rows.filter((row) => classOf(row) === name)
      const different = new Set(mine.map(({ files }) => files)).size
      assert.ok(different >= LEAST, `${different} rows`)
      for (const { title, expected } of mine) assert.match(expected, PLACED, title)
    })

  test('are twenty, and no row is of another one', () => {
    assert.is(new Set(CLASSES).size, 20)
    const named = rows.flatMap((row) => classOf(row) ?? [])
    assert.equal(
      named.filter((name) => !CLASSES.includes(name)),
      [],
    )
  })
})

const HEAD = 'version: 1\napi: { endpoint: sandbox }\n'
const WHOLE = `# who may send
${HEAD}policy: { unlisted: block, ignore: ["fax-*"] }
profiles: { printers: { description: printers, archive_enabled: true } }
users:
  - username: one@acme.example
    profile: printers
    feedback_text: |
      first line

      third line
  - { username: two@acme.example, description: "a # b", status: blocked } # until May
subaccounts: [{ id: Sub1, users: [{ username: one@branch.example, custom_ratelimit: false }] }]
absent: [{ username: gone@acme.example, reason: returned }]
...
`
const MARK = '\ufeff'
/** All that is read, with the place of each; patterns are their texts. */
const meaning = async (text: string): Promise<string> => JSON.stringify((await loaded(text)).desired, undefined, 1)

const ODDITIES: ReadonlyArray<readonly [title: string, odd: (text: string) => string]> = [
  ['a byte order mark', (text) => MARK + text],
  ['a byte order mark twice, as one program puts it before the one of another', (text) => MARK + MARK + text],
  ['CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['a byte order mark and CRLF', (text) => MARK + text.replaceAll('\n', '\r\n')],
  ['CRLF in some lines', (text) => text.replaceAll(/\n(?! {4})/g, '\r\n')],
  ['blanks at the ends of lines', (text) => text.replaceAll(/([\]}:])\n/g, '$1  \n')],
  ['tabs at the ends of lines', (text) => text.replaceAll(/([\]}])\n/g, '$1\t\n')],
  ['a tab before each comment', (text) => text.replaceAll(' # until', '\t# until')],
  ['comments in tabs', (text) => text.replace('until May', '\tuntil\tMay')],
  ['no line end behind its last line', (text) => text.slice(0, -1)],
  ['line ends behind its last line', (text) => `${text}\n\n`],
]

spec('what is odd as a text and no fault', (test) => {
  for (const [title, odd] of ODDITIES)
    test(`${title}: means the same, at the same places`, async () => {
      const text = odd(WHOLE)
      assert.is.not(text, WHOLE)
      assert.is(await meaning(text), await meaning(WHOLE))
    })

  const value = async (text: string): Promise<unknown> => {
    const read = await readDocument(parse, { name: 'c.yaml', text })
    return E.isRight(read) ? read.right.value : E.left(read.left)
  }
  for (const [odd, plain] of [
    ['a: !!str x', 'a: x'],
    ['a: !!str 7', 'a: "7"'],
    ['a: !!int 7', 'a: 7'],
    ['a: !!bool true', 'a: true'],
    ['a: !!seq [x]', 'a: [x]'],
    ['!!map { a: x }', '{ a: x }'],
    ['a: !<tag:yaml.org,2002:str> 7', 'a: "7"'],
    ['!!str a: x', 'a: x'],
    ['--- # here\na: x\n... # to here\n', 'a: x'],
    ['"a"  : x', 'a: x'],
    ['? a\n: x', 'a: x'],
    ['{"a":"x"}', 'a: x'],
  ] as const)
    test(`${JSON.stringify(odd)} is ${plain}`, async () => assert.equal(await value(odd), await value(plain)))

  test('takes no fault away and adds none: a byte order mark and CRLF before and in every broken config', async () => {
    const rows = allRows('broken.txt')
    assert.ok(rows.length > 150, String(rows.length))
    for (const { title, files } of rows) {
      const plain = filesOf(files)
      const oddly = (odd: (text: string) => string) =>
        printed(Object.fromEntries(Object.entries(plain).map(([name, text]) => [name, odd(text)])))
      const expected = await printed(plain)
      assert.is(await oddly((text) => MARK + text), expected, title)
      assert.is(await oddly((text) => text.replaceAll('\n', '\r\n')), expected, title)
    }
  })
})

const LITTLE = Buffer.from([0xff, 0xfe])
const BIG = Buffer.from([0xfe, 0xff])

spec('S1: a config file in UTF-16', (test) => {
  const little = Buffer.from(WHOLE, 'utf16le')
  const big = Buffer.from(little).swap16()
  const NO_UTF8 = 'the file is not text in UTF-8'
  const NUL = 'a NUL character or half a character; is this a text file in UTF-8?'
  for (const [title, bytes, said] of [
    ['the low byte first, with its mark', Buffer.concat([LITTLE, little]), NO_UTF8],
    ['the high byte first, with its mark', Buffer.concat([BIG, big]), NO_UTF8],
    ['the low byte first', little, `1:2 ${NUL}`],
    ['the high byte first', big, `1:1 ${NUL}`],
    ['the low byte first, half of its last character', little.subarray(0, -1), `1:2 ${NUL}`],
    ['its mark and nothing else', LITTLE, NO_UTF8],
    ['what is read as UTF-8 first', Buffer.concat([Buffer.from(HEAD), LITTLE, little]), NO_UTF8],
    ['UTF-32', Buffer.from([...WHOLE].flatMap((letter) => [...Buffer.from(letter), 0, 0, 0])), `1:2 ${NUL}`],
    ['Latin-1', Buffer.from(`${HEAD}# büro\n`, 'latin1'), NO_UTF8],
  ] as const)
    test(`${title}: is refused, with what to do`, async () => {
      const dir = mkdtempSync(join(tmpdir(), 'utf16-'))
      try {
        writeFileSync(join(dir, 'config.yaml'), bytes)
        const text = await configText({ file: join(dir, 'config.yaml'), settleMs: 1, live: false }).read('')()
        if (E.isLeft(text)) {
          assert.ok(text.left._tag === 'ConfigInvalid')
          assert.equal(
            text.left.problems.map(({ message, hint }) => [message, hint]),
            [[said, 'save it in the encoding UTF-8']],
          )
          return
        }
        const read = await readDocument(parse, text.right)
        assert.ok(E.isLeft(read), 'it is read')
        const [first] = read.left
        assert.is(`${first?.line}:${first?.column} ${first?.message}`, said)
      } finally {
        rmSync(dir, { recursive: true })
      }
    })
})
