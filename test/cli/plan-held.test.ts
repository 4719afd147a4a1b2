// What a plan says of what it holds: as much as of what is due, for that is what a reviewer decides on; and the way to let it through once.
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const names = ['one', 'two', 'three'].map((name) => `${name}@a.example`)
const seed = {
  account: { results: names.map((username) => ({ username, description: 'a|b\u202e', archive_enabled: false })) },
  subaccounts: { S1: { results: [{ username: 'sub@a.example' }] } },
}
const rowsOf = (markdown: string, name: string): ReadonlyArray<ReadonlyArray<string>> =>
  markdown
    .split('\n')
    .filter((line) => line.startsWith(`| ${name}\\@`))
    .map((line) =>
      line
        .replaceAll(/\\(?=[^|a-z])/g, '')
        .split(' | ')
        .map((cell) => cell.replace(/^\| | \|$/g, '')),
    )

const BLOCKED = `users: [${names.map((username) => `{ username: ${username}, status: blocked }`).join(', ')}]\nsubaccounts: [{ id: S1, users: [{ username: sub@a.example, status: blocked }] }]\n...\n`

spec('what a plan holds', (test) => {
  test('is told in Markdown as what is due is: each field, both sides and where the value comes from, and no secret; why it is held once a user', () =>
    withBench(seed, async (bench) => {
      const PW_1 = newPassword()
      await bench.config(
        `reconcile: { mode: observe }\nusers: [{ username: one@a.example, description: new, archive_enabled: true, email_password: { env: PW_1 } }, { username: new@a.example, description: made }]\n...\n`,
      )
      const { out } = await bench.runIn({ env: { PW_1 } }, 'plan', '--format', 'markdown')
      assert.ok(out.includes('| user | change | field | from | to | cause | source | reason | message |'), out)
      const rows = rowsOf(out, 'one')
      assert.equal(
        rows.map(([, change, field, from, to]) => [change, field, from, to]),
        [
          ['update', 'email_password', '(sensitive)', '(sensitive)'],
          ['update', 'description', 'a\\|b\\u{202e}', 'new'],
          ['update', 'archive_enabled', 'false', 'true'],
        ],
      )
      for (const [, , , , , , source = '', reason] of rows) {
        assert.match(source, /^config\.yaml:\d+:\d+ user$/)
        assert.is(reason, 'observe_mode')
      }
      const [first, ...others] = rows.map((row) => row[8])
      assert.ok(first !== undefined && first !== '')
      assert.equal(others, ['', ''])
      assert.equal(
        rowsOf(out, 'new').map((row) => row.slice(1, 5)),
        [['create', 'description', '', 'made']],
      )
    }))

  test('is let through by a command that is said once below all of it, in Markdown and as text, and no more under each user', () =>
    withBench(seed, async (bench) => {
      await bench.config(`safety: { max_blocks: 0 }\n${BLOCKED}`)
      const markdown = (await bench.run('plan', '--format', 'markdown')).out.replaceAll('\\', '')
      assert.is(markdown.split('apply --digest').length, 2, markdown)
      assert.match(
        markdown,
        /^held, one@\S+, three@\S+, two@\S+, sub@\S+: to approve exactly this plan: smtp2go-reconciler apply --digest sha256:\w+ .*--state-dir/m,
      )
      assert.not.match(markdown, /^\| .*--state-dir/m)
      const text = (await bench.run('plan')).out
      assert.is(text.split('apply --digest').length, 2, text)
      assert.match(text, /^4 held; to approve exactly this plan:\n {2}smtp2go-reconciler apply --digest sha256:/m)
      assert.match(text, /^ {6}\d+ blocks in 24 h, the cap is 0$/m)
      const applied = (await bench.run('apply', '--yes')).out
      assert.is(applied.split('apply --digest').length, 2, applied)
    }))

  test('alone is told as text with its command beside it', () =>
    withBench(seed, async (bench) => {
      await bench.config('safety: { max_blocks: 0 }\nusers: [{ username: one@a.example, status: blocked }]\n')
      assert.match((await bench.run('plan')).out, /the cap is 0; to approve exactly this plan: apply --digest/)
      const markdown = (await bench.run('plan', '--format', 'markdown')).out.replaceAll('\\', '')
      assert.match(markdown, /^held, one@a\.example: to approve exactly this plan: smtp2go-reconciler apply --digest/m)
    }))
})
