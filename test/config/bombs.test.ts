// Small files that could cost a reader its memory or its stack: the built command, with half a gigabyte to live in, names the place and ends.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const MEMORY = { NODE_OPTIONS: '--max-old-space-size=512' }
const HEAD = 'version: 1\napi: { endpoint: sandbox }\n'
const many = (count: number, text: (n: number) => string, between = ''): string =>
  Array.from({ length: count }, (_, n) => text(n)).join(between)

/** Aliases of aliases: nine levels of nine would be hundreds of millions of values. */
const ALIASES = `a0: &a0 [x]\n${many(9, (n) => `a${n + 1}: &a${n + 1} [${many(9, () => `*a${n}`, ', ')}]\n`)}`

const BOMBS: ReadonlyArray<readonly [title: string, text: string, said: string]> = [
  ['aliases of aliases', `${ALIASES}users: []\n`, 'bomb.yaml:3:9  a0: YAML anchors are not supported'],
  ['keys on one line', `users: {${'a: '.repeat(200_000)}}\n`, 'bomb.yaml:3:102  nested deeper than 32 levels'],
  ['keys without values', `users:\n${'? '.repeat(100_000)}\n`, 'bomb.yaml:4:65  nested deeper than 32 levels'],
  ['lists in ever deeper lines', `defaults:\n${many(3000, (n) => `${' '.repeat(n + 1)}- \n`)}`, 'nested deeper than 32 levels'],
  ['texts that never end', `users: ${'"'.repeat(100_001)}\n`, 'bomb.yaml:3:10  '],
  ['two million quotes', `users: ${'"'.repeat(2_000_000)}\n`, 'bomb.yaml:1:1  reading it takes more than 768 MB of memory'],
  [
    'a pattern of twenty thousand stars',
    `policy: { ignore: ["${'*a'.repeat(20_000)}"] }\nusers: []\n`,
    'bomb.yaml:3:20  policy.ignore[0]: not a pattern',
  ],
  ['a million directives', `users: []\n...\n${'%\n'.repeat(1_000_000)}`, 'YAML directives are not supported'],
  ['keys that nobody knows', `${many(100, (n) => `k${n}: 1\n`)}users: []\n`, "bomb.yaml:102:1  k99: unknown key 'k99'"],
  [
    'one user thousands of times',
    `users:\n${many(5000, () => '  - { username: a@b.example }\n')}`,
    'is listed twice, first at bomb.yaml:4:17',
  ],
  [
    'includes of nothing',
    `include: [${many(200, (n) => `"${n}/*.yaml"`, ', ')}]\nusers: []\n`,
    "include[199]: no file matches '199/*.yaml'",
  ],
  ['a file that includes itself', 'include: ["*.yaml"]\nusers: []\n', "no file matches '*.yaml'"],
]

spec('a small file that could cost a reader its memory or its stack', (test) => {
  for (const [title, text, said] of BOMBS)
    test(`is refused with its place: ${title}`, () =>
      withBench({ account: { results: [] } }, async (bench) => {
        const file = join(bench.dir, 'bomb.yaml')
        await writeFile(file, `${HEAD}${text}...\n`)
        const { code, out, err } = await bench.runIn({ env: MEMORY }, '-c', 'bomb.yaml', 'validate')
        assert.is(code, 5, `${out.slice(0, 500)}${err.slice(0, 500)}`)
        assert.ok(`${out}${err}`.includes(said), `${out.slice(0, 500)}${err.slice(0, 500)}`)
      }))

  test('while one that is only large is read', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await writeFile(join(bench.dir, 'large.yaml'), `${HEAD}${'# words\n'.repeat(100_000)}users: []\n...\n`)
      const { code, err } = await bench.runIn({ env: MEMORY }, '-c', 'large.yaml', 'validate')
      assert.is(code, 0, err)
    }))
})
