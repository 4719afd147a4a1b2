// Throttled or refused: how little is sent while the service wants nothing, and how soon all is well after it (promises S11, L3, L8).
import { chmod, mkdir, readdir, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { type Bench, withBench } from './support/command.ts'
import { newKeyUnlikeHashes } from './support/fresh.ts'
import { endedIn, HOUR, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const names = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, at) => `user-${String(at).padStart(3, '0')}@a.example`)
const seedOf = (count: number) => ({ account: { results: names(count).map((username) => ({ username })) } })
/** How long a request is under way beside one that is refused. */
const LONG_MS = 4000
const subaccounts = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`Sub${at}`, { results: [{ username: `user@${at}.example` }] }]))

/** Every user with this description, and caps out of the way. */
const described = (count: number, description: string, more = ''): string =>
  `safety: { max_updates: 100%, max_creates: 100% }\ndefaults: { description: ${description} }\n${more}users: [${names(count)
    .map((name) => `{ username: ${name} }`)
    .join(', ')}]`

/** Moments of the requests since one, in milliseconds after it. */
const requestsSince = async (rig: Rig, start: number): Promise<ReadonlyArray<number>> =>
  (await rig.log()).filter(({ at }) => at >= start).map(({ at }) => at - start)

spec('throttled', (test) => {
  test('a pace within the limit of the service never meets it', () =>
    withRig(
      seedOf(1),
      async (rig) => {
        rig.config(described(40, 'paced'), 'pace: 4 per 1s')
        const report = await rig.run()
        assert.is(report.exitCode, 0)
        assert.ok((await rig.log()).every(({ status }) => status === 200))
      },
      { switches: { rate_limit: '4 per 1s' }, memory: true },
    ))

  for (const random of [0, 0.999]) {
    test(`S11: an hour of 429 meets at most 9 requests, none in the first minute, whoever wakes the daemon (jitter ${random})`, () =>
      withRig(
        { ...seedOf(3), subaccounts: subaccounts(5) },
        async (rig) => {
          rig.config(
            described(
              3,
              'one',
              `subaccounts: [${Object.keys(subaccounts(5))
                .map((id) => `{ id: ${id}, users: [] }`)
                .join(', ')}]\n`,
            ),
          )
          await rig.run()
          await rig.faults([{ kind: 'status', status: 429 }])
          await rig.time.pass(1000)
          const start = rig.time.now()
          const daemon = await rig.daemon()
          for (let quarter = 0; quarter < 240; quarter += 1) {
            await rig.time.pass(15_000)
            daemon.wake((['file change', 'schedule', 'control', 'SIGHUP'] as const)[quarter % 4] ?? 'control')
          }
          const sent = await requestsSince(rig, start)
          assert.ok(sent.length <= 9, sent.join(' '))
          assert.equal(
            sent.filter((at) => at > 0 && at < MINUTE),
            [],
          )
          assert.ok(daemon.controls.status().scopes.every(({ error }) => error?.kind === 'throttled'))
          assert.is(daemon.controls.status().lastRun?.exitCode, 6)
          await rig.faults([])
          const over = rig.time.now()
          await rig.time.pass(11 * MINUTE + 1000)
          assert.ok((await requestsSince(rig, over)).length >= 6, 'all scopes are seen again within 11 minutes')
          assert.is(daemon.controls.status().lastRun?.exitCode, 0)
        },
        { random: () => random, memory: true },
      ))
  }

  test('S11: a 429 in the middle of many scopes ends the looking, and no restart, file, schedule or apply sends anything in the pause', () =>
    withRig({ ...seedOf(1), subaccounts: subaccounts(30) }, async (rig) => {
      rig.config(
        described(
          1,
          'one',
          `subaccounts: [${Object.keys(subaccounts(30))
            .map((id) => `{ id: ${id}, users: [] }`)
            .join(', ')}]\n`,
        ),
        'pace: off, concurrency: 2',
      )
      await rig.faults([{ kind: 'status', status: 429, nth: 10 }])
      const report = await rig.run()
      assert.ok((await rig.log()).length <= 11)
      assert.is(
        report.plan.scopes.filter((scope) => scope._tag === 'Errored' && scope.error.kind === 'throttled').length >= 20,
        true,
      )
      assert.is((await rig.writes()).length, 0)
      const before = (await rig.log()).length
      const start = rig.time.now()
      for (let times = 0; times < 5; times += 1) {
        rig.restart()
        await rig.run({ person: times % 2 === 0 })
        const daemon = await rig.daemon()
        await rig.time.pass(10_000)
        daemon.wake('file change')
        await rig.time.pass(1000)
        await rig.time.until(daemon.stop())
      }
      assert.ok(rig.time.now() - start < MINUTE)
      assert.is((await rig.log()).length, before)
    }))

  test('S11: a service that lets itself be read and throttles each write is asked ever more seldom', () =>
    withRig(seedOf(3), async (rig) => {
      rig.config(described(3, 'one'))
      await rig.run()
      await rig.faults([{ kind: 'status', status: 429, endpoint: '/users/smtp/edit' }])
      rig.config(described(3, 'two', 'reconcile: { schedule: null }\n'), 'pace: off, concurrency: 1')
      await rig.time.pass(1000)
      const start = rig.time.now()
      const daemon = await rig.daemon()
      await rig.time.pass(HOUR)
      assert.is((await requestsSince(rig, start)).length, 2 * 9)
      const [report] = daemon.reports()
      assert.equal(report === undefined ? [] : endedIn(report).map(({ outcome }) => outcome), [
        'failed',
        'not_attempted',
        'not_attempted',
      ])
    }))

  test('S11: Retry-After, and remaining 0 on a success, are heard by the run after it', () =>
    withRig(seedOf(1), async (rig) => {
      rig.config(described(1, 'one', 'reconcile: { schedule: null }\n'))
      await rig.faults([{ kind: 'status', status: 429, headers: { 'retry-after': '1800' }, times: 1 }])
      await rig.run()
      await rig.daemon()
      await rig.time.pass(30 * MINUTE - 1000)
      assert.is((await rig.log()).length, 1)
      await rig.time.pass(2000)
      assert.is((await rig.log()).length, 4)
      await rig.faults([{ kind: 'headers', headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '900' }, times: 1 }])
      await rig.run()
      const before = (await rig.log()).length
      await rig.run()
      rig.restart()
      await rig.run()
      assert.is((await rig.log()).length, before)
      await rig.time.pass(15 * MINUTE + 1000)
      await rig.run()
      assert.is((await rig.log()).length, before + 1)
    }))

  test('S11: a refused key is probed after five minutes, doubling to an hour, and by a person at once', () =>
    withRig({ ...seedOf(1), subaccounts: subaccounts(3) }, async (rig) => {
      rig.config(
        described(
          1,
          'one',
          `subaccounts: [${Object.keys(subaccounts(3))
            .map((id) => `{ id: ${id}, users: [] }`)
            .join(', ')}]\nreconcile: { schedule: "*/15 * * * *" }\n`,
        ),
      )
      await rig.run()
      await rig.faults([{ kind: 'status', status: 401 }])
      await rig.time.pass(1000)
      const start = rig.time.now()
      const daemon = await rig.daemon()
      await rig.time.pass(6 * HOUR)
      const sent = await requestsSince(rig, start)
      const gaps = sent.slice(1).map((at, nth) => Math.round((at - (sent[nth] ?? 0)) / MINUTE))
      assert.equal(gaps, [5, 11, 21, 42, 63, 63, 63, 63].slice(0, gaps.length))
      assert.is(daemon.controls.status().scopes[0]?.error?.kind, 'refused')
      await rig.time.until(daemon.stop())
      const before = (await rig.log()).length
      await rig.run()
      assert.is((await rig.log()).length, before + 1)
    }))

  for (const [why, status] of [
    ['refused', 401],
    ['throttled', 429],
  ] as const)
    test(`S11: that a key is ${why} is kept at once, whatever is still under way, so that no process that comes after a crash asks it`, () =>
      withRig({ ...seedOf(1), subaccounts: subaccounts(1) }, async (rig) => {
        rig.config(`defaults: { description: one }
users: [{ username: user-000@a.example }]
subaccounts: [{ id: Sub0, users: [{ username: user@0.example }] }]`)
        const ofWrite = { method: 'PATCH', endpoint: '/users/smtp/edit', times: 1 }
        await rig.faults([
          { ...ofWrite, kind: 'delay', ms: LONG_MS },
          { ...ofWrite, kind: 'status', status },
        ])
        const inMemory = async () => [...(await rig.ledger()).keys.values()].map(({ why, failures }) => ({ why, failures }))
        const began = performance.now()
        const running = rig.run()
        while (performance.now() - began < LONG_MS && (await inMemory()).length === 0) await setTimeout(10)
        const meanwhile = await inMemory()
        assert.equal(endedIn(await running).length, 2)
        assert.equal(meanwhile, [{ why, failures: 1 }], 'while the other one was under way')
        assert.equal(await inMemory(), [{ why, failures: 1 }], 'counted once')
      }))

  test('S11: a daemon probes a refused key when a person asks for a run, as it says, and for nothing else that a person says', () =>
    withRig(seedOf(1), async (rig) => {
      rig.config(described(1, 'one', 'reconcile: { schedule: null }\n'))
      await rig.faults([{ kind: 'status', status: 401 }])
      const daemon = await rig.daemon()
      await rig.time.pass(10_000)
      const sent = async (): Promise<number> => (await rig.log()).length
      assert.is(await sent(), 1)
      daemon.wake('SIGHUP')
      await rig.time.pass(10_000)
      await daemon.controls.decide(
        { _tag: 'Hold', what: { _tag: 'Removals' }, until: rig.time.now() + HOUR },
        { by: 'tester', reason: 'r' },
      )
      await rig.time.pass(10_000)
      assert.is(await sent(), 1)
      assert.is(daemon.controls.status().pausedFor, 'refused')
      assert.match(daemon.controls.status().scopes[0]?.error?.message ?? '', /tried again at .*, or at once by `reconcile`$/)
      daemon.controls.reconcile(undefined)
      await rig.time.pass(10_000)
      assert.is(await sent(), 2)
      daemon.wake('SIGHUP')
      await rig.time.pass(10_000)
      assert.is(await sent(), 2, 'once')
      await rig.faults([])
      daemon.controls.reconcile('account')
      await rig.time.pass(10_000)
      assert.is((await rig.user('user-000@a.example'))?.description, 'one')
    }))
})

spec('a command that was told to wait', (test) => {
  const WANTED = 'users: [{ username: user-000@a.example, description: hi }]\n'
  const statuses = async (bench: Bench) => (await bench.log()).map(({ status }) => status)
  const throttled = (bench: Bench) => bench.post('/_faults', [{ kind: 'status', status: 429, times: 1 }])

  for (const first of ['plan', 'export', 'doctor'])
    test(`S11: after the 429 that ${first} met, the next command sends nothing for a minute, and another key may be used`, () =>
      withBench(seedOf(1), async (bench) => {
        await bench.config(WANTED)
        assert.is((await bench.run('apply', '--yes')).code, 0)
        const before = bench.requests()
        await throttled(bench)
        const { code, out, err } = await bench.run(first)
        assert.is(code, 6)
        assert.match(out + err, /nothing more is sent for at least a minute/)
        for (const next of [['apply', '--yes'], ['plan'], ['export'], ['doctor']]) {
          const told = await bench.run(...next)
          assert.match(told.out + told.err, /the service throttled this key; no request before/, next.join(' '))
        }
        assert.is(bench.requests() - before, 1, 'the one that got the 429')
        assert.is((await bench.runIn({ env: { TEST_KEY: newKeyUnlikeHashes() } }, 'plan')).code, 0)
      }))

  for (const first of ['plan', 'export', 'doctor'])
    test(`S11, S10: the 429 that ${first} met is kept where no state directory was yet, which makes it none whose memory was lost`, () =>
      withBench(seedOf(1), async (bench) => {
        await bench.config(WANTED)
        await throttled(bench)
        const met = await bench.run(first)
        assert.is(met.code, 6)
        assert.match(met.out + met.err, /nothing more is sent for at least a minute/)
        assert.equal(await readdir(join(bench.dir, 'state')), ['throttled.json'])
        assert.is((await stat(join(bench.dir, 'state'))).mode & 0o777, 0o700)
        const next = await bench.run('apply', '--yes')
        assert.is(next.code, 6)
        assert.match(next.out, /the service throttled this key; no request before/)
        assert.equal(await statuses(bench), [429])
        const { code, out } = await bench.runIn({ env: { TEST_KEY: newKeyUnlikeHashes() } }, 'apply', '--yes')
        assert.is(code, 0, out)
        assert.is((await bench.users())[0]?.description, 'hi')
      }))

  test('S11: where no state directory can be made, or is for others too, it says so and leaves that as it is', () =>
    withBench(seedOf(1), async (bench) => {
      await bench.config(WANTED)
      const [nowhere, everybody] = [join(bench.dir, 'nowhere'), join(bench.dir, 'everybody')]
      await symlink(join(bench.dir, 'gone', 'away'), nowhere)
      await mkdir(everybody)
      await chmod(everybody, 0o1777)
      for (const state of [nowhere, everybody]) {
        await throttled(bench)
        const { code, out } = await bench.runIn({ state }, 'plan')
        assert.is(code, 6)
        assert.match(
          out,
          /wait a minute at least: the next command does not know of it, since the state directory could not keep it/,
        )
        assert.is((await bench.runIn({ state }, 'plan')).code, 0)
      }
      assert.equal(await readdir(everybody), [])
      assert.is((await stat(everybody)).mode & 0o7777, 0o1777)
    }))

  test('S11: Retry-After that plan met where no state directory was yet is kept, too', () =>
    withBench(seedOf(1), async (bench) => {
      await bench.config(WANTED)
      await bench.post('/_faults', [{ kind: 'status', status: 503, headers: { 'retry-after': '300' }, times: 1 }])
      assert.is((await bench.run('plan')).code, 6)
      assert.match((await bench.run('apply', '--yes')).out, /no request before \S+ \((29\d|300) s\)/)
      assert.equal(await statuses(bench), [503])
    }))

  test('what nobody asked to wait makes no state directory', () =>
    withBench(seedOf(1), async (bench) => {
      await bench.config(WANTED)
      assert.is((await bench.run('plan')).code, 0)
      await bench.post('/_faults', [{ kind: 'status', status: 503, times: 1 }])
      assert.is((await bench.run('plan')).code, 6)
      assert.not.ok((await readdir(bench.dir)).includes('state'))
    }))

  test('S11: Retry-After of a 503 is kept by the command that follows', () =>
    withBench(seedOf(1), async (bench) => {
      await bench.config(WANTED)
      await bench.post('/_faults', [{ kind: 'status', status: 503, headers: { 'retry-after': '300' }, times: 1 }])
      assert.is((await bench.run('apply', '--yes')).code, 6)
      const told = await bench.run('apply', '--yes')
      assert.is(told.code, 6)
      assert.match(told.out, /no request before \S+ \((29\d|300) s\)/)
      assert.equal(await statuses(bench), [503])
    }))
})
