// What the evidence says of a run that was killed, and of a scope that left the config: nothing that was done is left out.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as assert from 'uvu/assert'
import { type Bench, until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const NAMES = ['one', 'two', 'three'].map((name) => `${name}@a.example`)
const seed = { account: { results: NAMES.map((username) => ({ username, description: 'old' })) } }
const configOf = (names: ReadonlyArray<string>, description: string): string =>
  `users:\n${names.map((username) => `  - { username: ${username}, description: ${description} }\n`).join('')}`

const evidence = async (bench: Bench, ...more: ReadonlyArray<string>) => {
  const { out, err, code } = await bench.run('report', '--since', '1h', '--format', 'json', ...more)
  assert.is(code, 0, err)
  const schema = JSON.parse((await bench.run('schema', '--for', 'evidence')).out)
  const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
  assert.ok(valid(JSON.parse(out)), JSON.stringify(valid.errors))
  return JSON.parse(out)
}

/** An apply of two changes that ended, and one of all three that is killed while its first change is under way; gives the run that was killed. */
const killed = async (bench: Bench): Promise<string> => {
  await bench.config(configOf(NAMES.slice(0, 2), 'first'))
  assert.is((await bench.run('apply', '--yes')).code, 0)
  await bench.config(configOf(NAMES, 'second'))
  await bench.post('/_faults', [{ kind: 'hang_after', ms: 60_000, endpoint: '/users/smtp/edit', times: 3 }])
  const before = bench.requests()
  const apply = bench.start('apply', '--yes', '--reason', 'ticket 4711')
  await until('a change was sent', async () => (await bench.users()).some(({ description }) => description === 'second'))
  assert.ok(bench.requests() > before)
  apply.child.kill('SIGKILL')
  await apply.ended
  const { changes } = JSON.parse((await bench.run('history', '--format', 'json')).out)
  const open = changes.filter(({ outcome }: { readonly outcome: string | null }) => outcome === null)
  assert.is(open.length, 3)
  return open[0].run_id
}

spec('the evidence of a run that was killed', (test) => {
  test('counts what it had begun, tells of which no outcome is written down, of which run, and who ran that', () =>
    withBench(seed, async (bench) => {
      const run = await killed(bench)
      const found = await evidence(bench)
      assert.equal(found.changes, { tried: 5, verified: 2, unverified: 3, no_outcome: 3 })
      assert.equal([found.runs.total, found.runs.unfinished], [1, 1])
      const [first] = found.no_outcome
      assert.equal(
        found.no_outcome.map((one: Record<string, unknown>) => [one.run_id, one.trigger, one.username, one.change, one.fields]),
        NAMES.toSorted().map((username) => [run, 'apply', username, 'update', ['description']]),
      )
      const [, last] = found.decisions
      assert.equal([last.what, last.changes, last.reason, last.seq], ['apply', 3, 'ticket 4711', first.seq])
      assert.ok(last.by !== '' && last.by === first.by && last.by === found.decisions[0].by, JSON.stringify(found.decisions))
      const history = await bench.run('history')
      assert.match(history.out, /run by \S+ \("ticket 4711"\): no outcome written down\n$/)

      const text = (await bench.run('report', '--since', '1h')).out
      assert.match(text, /^.*; 3 changes with no outcome written down\n/)
      assert.match(text, /1 run, and 1 more with no end written down; 5 changes, 2 read back, 3 with no outcome written down;/)
      assert.match(
        text,
        new RegExp(`update one@a\\.example: description {2}run ${run} \\(apply of \\S+\\), may have been made {2}\\[`),
      )
      for (const format of ['html', 'csv']) {
        const { out } = await bench.run('report', '--since', '1h', '--format', format)
        assert.is(out.split(`run ${run} (apply of`).length, 4, format)
        await writeFile(join(bench.dir, format), out)
        assert.is((await bench.run('verify-log', '--report', format)).code, 0)
      }
    }))

  test('goes on telling that when a later run has made and read back what it had begun', () =>
    withBench(seed, async (bench) => {
      await killed(bench)
      await bench.post('/_faults', [])
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const { changes, decisions } = await evidence(bench)
      assert.is(changes.no_outcome, 3)
      assert.is(changes.tried, changes.verified + 3)
      assert.equal(
        decisions.map(({ changes: made }: { readonly changes: number }) => made),
        [2, 3, changes.verified - 2],
      )
    }))

  test('of a change whose outcome was written after the end of a period says nothing there: the next period tells it', () =>
    withBench(seed, async (bench) => {
      await bench.config(configOf(NAMES, 'first'))
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const lines = (await readFile(join(bench.dir, 'state/journal.jsonl'), 'utf8')).trim().split('\n')
      const [intent, outcome] = ['intent', 'outcome'].map((event) => {
        const line = lines.find((one) => one.includes(`"event":"${event}"`))
        return JSON.parse(line ?? '{}').at
      })
      assert.ok(intent < outcome)
      const changes = async (...period: ReadonlyArray<string>) =>
        JSON.parse((await bench.run('report', '--format', 'json', ...period)).out).changes
      const between = new Date(Date.parse(outcome) - 1).toISOString()
      assert.equal(await changes('--since', '1h', '--until', between), { tried: 0, verified: 0, unverified: 0, no_outcome: 0 })
      assert.equal(await changes('--since', between), { tried: 3, verified: 3, unverified: 0, no_outcome: 0 })
    }))
})

spec('the evidence of a scope that left the config', (test) => {
  const two = { ...seed, subaccounts: { S1: { results: [{ username: 'sub@a.example', description: 'old' }] } } }
  const SUB = 'subaccounts: [{ id: S1, users: [{ username: sub@a.example, description: new }] }]\n'

  test('tells of it for the part of the period in which it stood there, and not that it is not observed at the end', () =>
    withBench(two, async (bench) => {
      await bench.config(`${configOf(NAMES, 'new')}${SUB}`)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.config(configOf(NAMES, 'new'))
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const left = new Date().toISOString()
      const { scopes } = await evidence(bench)
      assert.equal(
        scopes.map(({ scope, state, looks, left_at }: Record<string, unknown>) => [scope, state, looks, left_at !== null]),
        [
          ['account', 'in_sync', 2, false],
          ['subaccount:S1', 'unobserved', 1, true],
        ],
      )
      const [, sub] = scopes
      assert.ok(sub.in_config < scopes[0].in_config && sub.last_seen < sub.left_at && sub.seq < sub.left_seq, JSON.stringify(sub))
      const text = (await bench.run('report', '--since', '1h')).out
      assert.match(text, /subaccount:S1 {2}left the config .*, last observed .*, in the config for \d/)
      assert.match(text, /^In sync after 4 changes/)
      const html = (await bench.run('report', '--since', '1h', '--format', 'html')).out
      assert.match(html, /<dt>In sync at the end<\/dt><dd>1 of 1</)
      assert.match(html, /<b>subaccount S1<\/b>/)
      assert.match(
        (await bench.run('report', '--since', '1h', '--format', 'csv')).out,
        /^scope,[^\n]*,subaccount:S1,[^\n]*,left,/m,
      )
      const later = JSON.parse((await bench.run('report', '--since', left, '--format', 'json')).out)
      assert.equal(
        later.scopes.map(({ scope }: { readonly scope: string }) => scope),
        ['account'],
      )

      await bench.config(`${configOf(NAMES, 'new')}${SUB}`)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const [, again] = (await evidence(bench)).scopes
      assert.equal([again.state, again.looks, again.left_at], ['in_sync', 2, null])
    }))

  test('tells of a subaccount in which only a run over some users has changed something', () =>
    withBench(two, async (bench) => {
      await bench.config(
        `${configOf(NAMES, 'old')}subaccounts: all\nrules: [{ id: quiet, set: { open_tracking_enabled: true } }]\n...\n`,
      )
      assert.is((await bench.run('apply', '--yes', '--user', 'sub@a.example')).code, 0)
      assert.is((await bench.users('S1'))[0]?.open_tracking_enabled, true)
      const { scopes } = await evidence(bench)
      assert.ok(
        scopes.some(({ scope }: { readonly scope: string }) => scope === 'subaccount:S1'),
        JSON.stringify(scopes),
      )
    }))
})
