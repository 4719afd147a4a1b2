// `history` and `verify-log` from outside: what was changed is told, and what was done to the journal is found. Both only read.
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { until, withBench } from '../support/command.ts'
import { newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const seed = {
  account: { results: [{ username: 'one@a.example', description: 'old' }, { username: 'two@a.example' }] },
  subaccounts: { Sub1: { results: [{ username: 'sub@b.example' }] } },
}
const PASSWORD = newPassword()
const users = `users:
  - { username: one@a.example, description: "new one" }
  - { username: two@a.example, status: blocked }
  - { username: four@a.example, email_password: { file: four.password } }
subaccounts:
  - { id: Sub1, users: [{ username: sub@b.example, open_tracking_enabled: true }] }
`

spec('history', (test) => {
  test('each change is a line: when, where, what, who, from and to, why, how it ended; passwords are not told', () =>
    withBench(seed, async (bench) => {
      await writeFile(join(bench.dir, 'four.password'), PASSWORD, { mode: 0o600 })
      await bench.config(users)
      const applied = await bench.run('apply', '--yes')
      assert.is(applied.code, 0, applied.err)
      const told = await bench.run('history')
      assert.is(told.code, 0, told.err)
      const lines = told.out.trimEnd().split('\n')
      assert.is(lines.length, 4)
      const found = (name: string) => lines.find((line) => line.includes(name)) ?? ''
      assert.match(
        found('one@a'),
        /^\d{4}-\S+Z {2}account {2}update one@a\.example {2}description "old" → "new one" {2}.*woken by apply, run by \S+: verified$/,
      )
      assert.match(found('two@a'), /block two@a\.example {2}status allowed → blocked/)
      assert.match(found('four@a'), /create four@a\.example {2}email_password \(sensitive\)/)
      assert.match(found('sub@b'), /subaccount:Sub1 {2}update sub@b\.example {2}open_tracking_enabled false → true/)
      const json = await bench.run('history', '--format', 'json', '--user', 'ONE@*')
      const { format, changes, older } = JSON.parse(json.out)
      assert.is(format, 'smtp2go-reconciler/history@1')
      assert.is(older, 0)
      assert.is(changes.length, 1)
      assert.equal(changes[0].fields, [{ field: 'description', from: 'old', to: 'new one' }])
      assert.is(changes[0].trigger, 'apply')
      assert.is(changes[0].outcome, 'verified')
      assert.not.ok(`${told.out}${told.err}${json.out}${json.err}`.includes(PASSWORD))
    }))

  test('the newest are kept and stand last; --since takes a time or how long ago', () =>
    withBench(seed, async (bench) => {
      for (const description of ['first', 'second', 'third']) {
        await bench.config(`users: [{ username: one@a.example, description: ${description} }]\n`)
        assert.is((await bench.run('apply', '--yes')).code, 0)
      }
      const newest = await bench.run('history', '--limit', '2')
      assert.equal(
        [...newest.out.matchAll(/→ (\w+)/g)].map(([, to]) => to),
        ['second', 'third'],
      )
      assert.match(newest.err, /1 older one is not shown/)
      assert.is((await bench.run('history', '--since', '1h')).out.split('\n').length, 4)
      assert.is((await bench.run('history', '--since', '2100-01-01')).out, '')
      for (const wrong of [
        ['--since', 'yesterday'],
        ['--since', '2026-02-30'],
        ['--limit', '0'],
        ['--limit', 'all'],
      ])
        assert.is((await bench.run('history', ...wrong)).code, 64, wrong.join(' '))
    }))

  test('an interrupted change says that nobody wrote down how it ended, and a line that is not ours is counted', () =>
    withBench(seed, async (bench) => {
      await bench.config(`users: [{ username: one@a.example, description: new }]\n`)
      await bench.run('apply', '--yes')
      const journal = join(bench.dir, 'state', 'journal.jsonl')
      const intent = (await readFile(journal, 'utf8')).split('\n').find((line) => line.includes('"intent"'))
      await writeFile(journal, `${intent}\nhello\n`)
      const told = await bench.run('history')
      assert.match(told.out, /no outcome written down\n$/)
      assert.match(told.err, /1 line is not ours/)
    }))

  test('where no journal is, it says where it looked; where nothing was changed, that', () =>
    withBench(seed, async (bench) => {
      const nowhere = await bench.run('history')
      assert.equal([nowhere.code, nowhere.out], [0, ''])
      assert.is(
        nowhere.err,
        `no journal is in ${join(bench.dir, 'state')}: nothing was changed from there, or it is kept elsewhere, then say where with --state-dir\n`,
      )
      await bench.config('users: []\n')
      await bench.run('apply', '--yes')
      const none = await bench.run('history')
      assert.equal([none.code, none.out, none.err], [0, '', 'nothing was changed, as far as the journal tells\n'])
    }))

  test('what an apply makes of a change that stays capped has waited for nobody', () =>
    withBench(seed, async (bench) => {
      await bench.config(
        'safety: { max_blocks: 0 }\nusers: [{ username: one@a.example, status: blocked, description: new }, { username: two@a.example }]\n',
      )
      assert.is((await bench.run('apply', '--yes', '--reason', 'ticket 4711')).code, 3)
      const { changes } = JSON.parse((await bench.run('history', '--format', 'json')).out)
      assert.equal(
        changes.map(({ change, outcome, approved_by, reason }: Record<string, string | null>) => [
          change,
          outcome,
          approved_by,
          reason,
        ]),
        [['update', 'verified', null, 'ticket 4711']],
      )
    }))

  test('what was made is told with who ran it and why, whether it was held or not', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: new }]\n')
      assert.is((await bench.run('apply', '--yes', '--reason', 'because')).code, 0)
      const [change] = JSON.parse((await bench.run('history', '--format', 'json')).out).changes
      assert.equal([change.approved_by, change.reason], [null, 'because'])
      const told = await bench.run('history')
      assert.ok(told.out.endsWith(`woken by apply, run by ${change.by} ("because"): verified\n`), told.out)
    }))

  test('what an apply makes that would wait was approved by who ran it, by its digest or as what S10 keeps; the rest was not', () =>
    withBench(seed, async (bench) => {
      const madeBy = async (...args: ReadonlyArray<string>) => {
        const made = await bench.run('apply', ...args)
        assert.is(made.code, 0, made.out + made.err)
        const { changes } = JSON.parse((await bench.run('history', '--format', 'json', '--limit', '2')).out)
        return changes.map(({ username, approved_by, reason }: Record<string, string | null>) => [
          username,
          approved_by !== null,
          reason,
        ])
      }
      const [one, two] = ['one@a.example', 'two@a.example']
      const described = (text: string): string => `{ username: ${one}, description: ${text} }`
      await bench.config(`users:\n  - ${described('first')}\n  - { username: ${two}, status: blocked }\n`)
      assert.equal(await madeBy('--yes', '--reason', 'a new machine'), [
        [one, false, 'a new machine'],
        [two, true, 'a new machine'],
      ])
      const capped = 'safety: { max_updates: 1 }\n'
      await bench.config(`${capped}users:\n  - ${described('second')}\n  - { username: ${two}, description: second }\n`)
      const { digest } = JSON.parse((await bench.run('plan', '--format', 'json')).out)
      assert.equal(await madeBy('--digest', digest, '--reason', 'ticket 4711'), [
        [one, true, 'ticket 4711'],
        [two, true, 'ticket 4711'],
      ])
      const { decisions } = JSON.parse((await bench.run('report', '--format', 'json')).out)
      assert.equal(
        decisions.map(({ what, reason, changes }: Record<string, unknown>) => [what, reason, changes]),
        [
          ['apply', 'a new machine', 2],
          ['apply', 'ticket 4711', 2],
        ],
      )
    }))
})

spec('verify-log', (test) => {
  test('a journal that fits is said to, with its last hash and what a chain cannot show', () =>
    withBench(seed, async (bench) => {
      await bench.config(users.replace(/.*four.*\n/, ''))
      await bench.run('apply', '--yes')
      await rm(join(bench.dir, 'config.yaml'))
      const checked = await bench.run('verify-log')
      assert.is(checked.code, 0, checked.out)
      assert.match(checked.out, /the journal fits: 8 lines in 1 file/)
      assert.match(checked.out, /hash sha256:[0-9a-f]{64}/)
      assert.match(checked.out, /cannot show that somebody wrote all of it anew/)
      assert.is((await bench.log()).filter(({ method }) => method === 'PATCH').length, 3, 'nothing was sent')
    }))

  test('a hash that was kept elsewhere is found again, or the journal is another one', () =>
    withBench(seed, async (bench) => {
      const applied = async (description: string) => {
        await bench.config(`users: [{ username: one@a.example, description: ${description} }]\n`)
        assert.is((await bench.run('apply', '--yes')).code, 0)
      }
      await applied('one')
      const { last } = JSON.parse((await bench.run('verify-log', '--format', 'json')).out)
      await applied('two')
      const later = await bench.run('verify-log', '--expect', `sha256:${last.sha256}`)
      assert.is(later.code, 0, later.out)
      assert.match(later.out, /seq 4 has the expected hash/)
      await rm(join(bench.dir, 'state'), { recursive: true })
      await applied('three')
      assert.is((await bench.run('verify-log')).code, 0, 'by itself a new journal fits')
      const other = await bench.run('verify-log', '--expect', last.sha256)
      assert.is(other.code, 4)
      assert.match(other.out, /no line has the hash/)
      assert.is((await bench.run('verify-log', '--expect', 'abc')).code, 64)
    }))

  test('what does not fit is named by file and line, in text and in JSON, with exit code 4', () =>
    withBench(seed, async (bench) => {
      await bench.config(users.replace(/.*four.*\n/, ''))
      await bench.run('apply', '--yes')
      const journal = join(bench.dir, 'state', 'journal.jsonl')
      const before = await readFile(journal, 'utf8')
      await writeFile(journal, before.replace('two@a.example', 'six@a.example'))
      const text = await bench.run('verify-log')
      assert.is(text.code, 4)
      assert.match(text.out, /^journal\.jsonl:\d does not fit: .*was changed after it was written\n {2}expected .*\n {2}found /)
      const json = JSON.parse((await bench.run('verify-log', '--format', 'json')).out)
      assert.is(json.format, 'smtp2go-reconciler/log-check@1')
      assert.is(json.fits, false)
      assert.is(json.misfit.file, 'journal.jsonl')
      await writeFile(journal, before)
      await appendFile(journal, '{"seq":7')
      const torn = await bench.run('verify-log')
      assert.is(torn.code, 0)
      assert.match(torn.out, /8 bytes of one that is not whole/)
      assert.is((await stat(journal)).size, Buffer.byteLength(before) + 8, 'nothing was mended')
    }))

  test('an older journal that was put back is told by the next to write, and by `verify-log` ever after', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      const hold = (reason: string) => bench.run('hold', '--all', '--until', '1d', '--reason', reason)
      const journal = join(bench.dir, 'state', 'journal.jsonl')
      await hold('first')
      const before = await readFile(journal)
      await hold('second')
      await writeFile(journal, before)
      assert.match((await bench.run('verify-log')).out, /a line that was written is gone/)
      const next = await hold('third')
      assert.is(next.code, 0)
      assert.match(next.err, /journal\.jsonl: it ends with seq 1, and the last line written here was seq 2, .*put that back/)
      await hold('fourth')
      const checked = await bench.run('verify-log')
      assert.is(checked.code, 4)
      assert.match(checked.out, /^journal\.jsonl:2 does not fit: an older or changed journal had been put back before seq 2/)
    }))

  test('it fits while the daemon runs, and history tells who let a held change through', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: [{ username: two@a.example, status: blocked }]\n')
      bench.start('run')
      const digest = async (): Promise<string | undefined> => {
        const status = await bench.run('status', '--format', 'json')
        return status.code === 0 ? (JSON.parse(status.out).digest ?? undefined) : undefined
      }
      await until('a block waits for a person', async () => (await digest()) !== undefined)
      assert.is((await bench.run('approve', (await digest()) ?? '', '--reason', 'lease is over')).code, 0)
      await until('the block was made', async () => (await bench.users())[1]?.status === 'blocked')
      const [change] = JSON.parse((await bench.run('history', '--format', 'json')).out).changes
      assert.is(change.trigger, 'control')
      assert.is(change.reason, 'lease is over')
      assert.ok(change.approved_by.length > 0)
      const stopped = await bench.run('block', '--match', 'one@*', '--reason', 'the phone rang', '--yes')
      assert.is(stopped.code, 0, stopped.err)
      const last = await bench.run('history', '--limit', '1')
      assert.match(last.out, /block one@a\.example .*approved by \S+ \("the phone rang"\): verified$/m)
      assert.is((await bench.run('verify-log')).code, 0)
    }))
})
