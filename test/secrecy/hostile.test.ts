// C5, S15: hostile names and descriptions from the service and from the file, through every output of the built command.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const HOSTILE = [
  '\u001b[2J\u001b]0;title\u0007\u001b]52;c;eA==\u0007\u001bP1$r\u001b\\',
  '\u009b31m\u0090\u0085\u007f',
  'one\r\ntwo\nlevel=error\t{"level":"fatal"}',
  '\u202egnp.exe\u2066\u200b\u00ad\ufeff\u2028\u2029\u{e0041}',
  '<script>alert(1)</script> [x](javascript:y) | `code` @everyone',
  `__proto__ ${'\u001b'.repeat(100)}${'x'.repeat(64_000)}`,
]
const NAMES = ['__proto__', 'constructor', 'live\u001b[2J\u202e@a.example', 'x\r\ny@a.example', '<b>|`@a.example', 'toString']

const seed = {
  account: {
    results: [
      ...NAMES.map((username, at) => ({ username, description: HOSTILE[at] ?? '' })),
      ...HOSTILE.map((description, at) => ({ username: `u${at}@a.example`, description })),
    ],
  },
}
const users = `users:\n${HOSTILE.map((text, at) => `  - { username: u${at}@a.example, description: ${JSON.stringify(`new ${text}`)} }\n`).join('')}${HOSTILE.map(
  (text, at) => `  - { username: made${at}@a.example, description: ${JSON.stringify(text)} }\n`,
).join('')}`

const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

const harmless = (where: string, text: string): void => {
  const found = HIDDEN.exec(text.replaceAll('\n', ' '))
  assert.is(
    found,
    null,
    `${where}: U+${found?.[0].codePointAt(0)?.toString(16)} near ${JSON.stringify(text.slice(Math.max(0, (found?.index ?? 0) - 40), (found?.index ?? 0) + 20))}`,
  )
}

const linesOf = (text: string): ReadonlyArray<string> => text.split('\n').filter((line) => line !== '')

const output = async (bench: Bench, ...args: ReadonlyArray<string>): Promise<string> => {
  const ended = await bench.run(...args)
  harmless(`${args.join(' ')} on standard output`, ended.out)
  harmless(`${args.join(' ')} on standard error`, ended.err)
  return ended.out
}

spec('hostile text', (test) => {
  test('C5 S15: in a plan, a report, the logs, the journal, status and an export nothing hidden is left, and a record stays one line', () =>
    withBench(seed, async (bench) => {
      await bench.config(users)
      await output(bench, 'plan')
      const plan = JSON.parse(await output(bench, 'plan', '--format', 'json'))
      assert.ok(plan.scopes[0].unlisted.includes('live\u001b[2J\u202e@a.example'), 'JSON gives the very name back')
      const markdown = await output(bench, 'plan', '--format', 'markdown')
      assert.not.match(markdown, /<script|<b>/)
      for (const row of linesOf(markdown).filter((line) => /^\| u\d/.test(line)))
        assert.is(row.replace(/\\./g, '').split('|').length, 9, row)
      const logged = await bench.run('--log-level', 'trace', '--log-format', 'json', 'apply', '--yes', '--format', 'json')
      assert.is(logged.code, 0, logged.err.slice(-500))
      harmless('the log as JSON', logged.err)
      harmless('the report', logged.out)
      for (const line of linesOf(logged.err)) assert.is(typeof JSON.parse(line).msg, 'string')
      const journal = await readFile(join(bench.dir, 'state/journal.jsonl'), 'utf8')
      harmless('the journal', journal)
      for (const line of linesOf(journal)) assert.is(typeof JSON.parse(line).seq, 'number')
      await bench.post('/_reset', seed)
      const pretty = await bench.run('--log-level', 'trace', '--log-format', 'pretty', 'apply', '--yes')
      harmless('the log in words', pretty.err)
      for (const line of linesOf(pretty.err)) assert.match(line, /^\[\d\d:\d\d:\d\d\] [A-Z]+: /)
      const daemon = bench.start('--log-format', 'pretty', 'run')
      await until('a run', () => daemon.err().includes('ended'))
      await output(bench, 'status')
      await output(bench, 'status', '--format', 'json')
      daemon.child.kill('SIGTERM')
      await daemon.ended
      const exported = await output(bench, 'export')
      await writeFile(join(bench.dir, 'config.yaml'), exported)
      const again = await bench.run('plan', '--detailed-exitcode')
      assert.is(again.code, 0, again.out.slice(-500) + again.err.slice(-500))
    }))

  test('C5: in the note of a change, where it quotes a value or a path', () =>
    withBench(seed, async (bench) => {
      await bench.config(
        `users: [{ username: made@a.example, email_password: { generate: "path\\u202e\\u200b" } }]\nsafety: { max_blocks: 100% }\nrules: [{ id: fax, require: { description: { matches: "Fax*" } }, otherwise: block }]\n...\n`,
      )
      assert.match(await output(bench, 'plan'), /2J/)
      await output(bench, 'apply', '--yes')
    }))

  test('C5: the faults of a hostile config, and the words of a hostile service, are told harmlessly', () =>
    withBench(seed, async (bench) => {
      await bench.config(
        `users:\n  - { username: "a\\e[2J@a.example", "st\\u202eauts\\x9b": 1, email_password: { file: "no\\e]0;x\\a" } }\ninclude: ["x\\e[1m\\u2028*.yaml"]\n`,
      )
      for (const format of ['text', 'json']) await output(bench, 'validate', '--secrets', '--format', format)
      await output(bench, 'apply', '--yes')
      await bench.config('users: [{ username: u0@a.example, email_password: { file: "no\\e]0;x\\a\\u202e" } }]\n')
      await output(bench, 'apply', '--yes')
      await bench.config(users)
      await bench.post('/_faults', [{ kind: 'error_200', error: HOSTILE.slice(0, 5).join(' ') }])
      await output(bench, 'plan')
      await output(bench, 'apply', '--yes', '--format', 'json')
      await output(bench, '--log-format', 'pretty', 'apply', '--yes')
      await output(bench, 'export')
    }))
})
