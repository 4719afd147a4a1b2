// What a daemon says of its config as that changes: when it is whole again, and what it has lost.
import * as assert from 'uvu/assert'
import { type Bench, type Started, until, withBench } from '../support/command.ts'
import { ask, servedAt } from '../support/http.ts'
import { spec } from '../support/spec.ts'

const SEED = {
  account: { results: [{ username: 'one@a.example' }] },
}
const QUIET = 'reconcile: { schedule: null }\n'
const LIST = 'users: [{ username: one@a.example }]\n...\n'

/** Words that were broken into lines, in one. */
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ')

type Line = Readonly<Record<string, unknown>>

const logOf = (daemon: Started): ReadonlyArray<Line> =>
  daemon
    .err()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line))

const statusOf = async (bench: Bench) => JSON.parse((await bench.run('status', '--format', 'json')).out)

spec('a config that was broken', (test) => {
  test('is told at info, once, when it is good again and in force: with its files, and for how long it was not', () =>
    withBench(SEED, async (bench) => {
      await bench.config(`${QUIET}${LIST}`)
      const daemon = bench.start('run')
      const told = (message: string) => logOf(daemon).filter(({ msg }) => msg === message)
      await until('a run', () => told('run ended').length > 0)
      await bench.config(`${QUIET}users: 5\n`)
      await until('the fault is told', () => told('config broken').length > 0)
      assert.type((await statusOf(bench)).config_broken_since, 'string')
      await bench.config(`${QUIET}${LIST}`)
      await until('it is told to be good', () => told('config good again').length > 0)
      const [{ level, text, files, broken_ms } = {}] = told('config good again')
      assert.is(level, 'info')
      assert.match(
        String(text),
        /^the config is valid again and in force, after \d+ s in which it could not be used: config\.yaml$/,
      )
      assert.equal(files, ['config.yaml'])
      assert.ok(Number(broken_ms) > 0)
      const { completed } = await statusOf(bench)
      assert.is((await bench.run('reconcile')).code, 0)
      await until('another run', async () => (await statusOf(bench)).completed > completed)
      assert.is(told('config good again').length, 1)
      assert.is((await statusOf(bench)).config_broken_since, null)
    }))
})

const BOTH = {
  account: { results: [{ username: 'one@a.example' }] },
  subaccounts: { B: { results: [{ username: 'b@b.example' }] } },
}
const OF_B = 'subaccounts: [{ id: B, users: [{ username: b@b.example }] }]\n'
const GONE_B = 'subaccount:B (1 user listed) is in the config no more: it is looked at no more, and its users stay as they are'

spec('a scope that the config names no more', (test) => {
  test('is warned of in the log, once, and told by status, metrics, plan and doctor, also by the next daemon, until it is back', () =>
    withBench(BOTH, async (bench) => {
      const both = `${QUIET}http: { listen: "127.0.0.1:0" }\nusers: [{ username: one@a.example }]\n${OF_B}`
      await bench.config(both)
      const first = bench.start('run')
      const lost = (daemon: Started) => logOf(daemon).filter(({ text }) => String(text).includes('in the config no more'))
      const letGo = async () => (await statusOf(bench)).scopes_let_go
      const after = (completed: number) => until('a run', async () => (await statusOf(bench)).completed >= completed)
      await until('a run', () => first.err().includes('run ended'))
      assert.equal([await letGo(), lost(first)], [[], []])
      await bench.config(both.replace(OF_B, ''))
      await until('it is told', () => lost(first).length > 0)
      await after(2)
      await bench.run('reconcile')
      await after(3)
      const [{ level, text } = {}] = lost(first)
      assert.is(lost(first).length, 1)
      assert.is(level, 'warn')
      assert.match(String(text), `${GONE_B}; if that was not meant, put the lists of users back`)
      const [one] = await letGo()
      assert.equal([one.scope, one.listed, typeof one.since], ['subaccount:B', 1, 'string'])
      const url = await servedAt(first)
      assert.match((await ask(url, '/metrics')).body, '\nsmtp2go_reconciler_scopes_let_go 1\n')
      const page = await ask(url, '/')
      assert.match(page.body, '1 scope is in the config no more')
      assert.match(page.body, GONE_B)
      for (const command of ['status', 'plan', 'doctor']) assert.match(flat((await bench.run(command)).out), GONE_B)
      first.child.kill('SIGTERM')
      await first.ended
      const second = bench.start('run')
      await until('a run', () => second.err().includes('run ended'))
      assert.equal([await letGo(), lost(second)], [[one], []])
      assert.equal(JSON.parse((await bench.run('plan', '--format', 'json')).out).scopes_let_go, [one])
      await bench.config(both)
      await after(2)
      await until('it is back', async () => (await letGo()).length === 0)
      for (const command of ['status', 'plan', 'doctor'])
        assert.not.match((await bench.run(command)).out, 'in the config no more')
      assert.equal(lost(second), [])
    }))

  test('is every one where the config was cut short above its first list, and no daemon ran then', () =>
    withBench(BOTH, async (bench) => {
      await bench.config(`${QUIET}users: [{ username: one@a.example }]\n${OF_B}`)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.config(QUIET)
      const told =
        'account (1 user listed), subaccount:B (1 user listed) are in the config no more: they are looked at no more, and their users stay as they are'
      for (const command of ['plan', 'doctor']) assert.match(flat((await bench.run(command)).out), told)
      const daemon = bench.start('run')
      await until('it is told', () => daemon.err().includes(told))
      assert.match(flat((await bench.run('status')).out), told)
    }))
})
