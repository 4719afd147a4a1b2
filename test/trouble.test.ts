// Shaken: failures of the service and of single users, what they cost, and how soon all is well after them (promises S11, S12, L3, L4, L8).
import { mkdir, rename, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { endedIn, ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { randomFrom } from './support/sequence-world.ts'
import { spec } from './support/spec.ts'

const names = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, at) => `user-${String(at).padStart(3, '0')}@a.example`)
const seedOf = (count: number) => ({ account: { results: names(count).map((username) => ({ username })) } })
/** Every user with this description, and caps out of the way. */
const described = (count: number, description: string, more = ''): string =>
  `safety: { max_updates: 100%, max_creates: 100% }\ndefaults: { description: ${description} }\n${more}users: [${names(count)
    .map((name) => `{ username: ${name} }`)
    .join(', ')}]`

spec('shaken', (test) => {
  test('a tenth of all requests ending in 5xx, before or after they took effect, costs at most 15 % more requests', async () => {
    let [calm, shaken] = [0, 0]
    for (let seed = 1; seed <= 5; seed += 1) {
      await withRig(
        seedOf(150),
        async (rig) => {
          rig.config(described(150, 'one'))
          await rig.run()
          const random = randomFrom(seed)
          const hits = Array.from({ length: 400 }, (_, at) => at + 1).filter(() => random() < 0.1)
          await rig.faults(
            // A fault is not counted by those after it, so that the nth of all is the (n - before)th it sees.
            hits.map((nth, before) => ({
              kind: before % 2 === 0 ? ('status' as const) : ('status_after' as const),
              status: 503,
              nth: nth - before,
            })),
          )
          rig.config(described(150, 'two', 'reconcile: { schedule: null }\n'))
          const start = (await rig.log()).length
          const daemon = await rig.daemon()
          await rig.time.pass(30 * MINUTE)
          assert.is(daemon.reports().at(-1)?.exitCode, 0)
          assert.ok((await rig.users()).every(({ description }) => description === 'two'))
          calm += 152
          shaken += (await rig.log()).length - start
        },
        { memory: true },
      )
    }
    assert.ok(shaken <= calm * 1.15, `${shaken} requests where ${calm} were enough`)
  })

  const troubles = [
    { kind: 'status', status: 500 },
    { kind: 'reset_before' },
    { kind: 'reset_after' },
    { kind: 'html_200' },
    { kind: 'truncated_json' },
    { kind: 'missing_results' },
    { kind: 'empty_results' },
    { kind: 'half_results' },
    { kind: 'status', status: 429 },
  ] as const
  for (const trouble of troubles) {
    test(`L3: an hour of ${trouble.kind}${'status' in trouble ? ` ${trouble.status}` : ''}, then live is as desired within 11 minutes`, () =>
      withRig(seedOf(6), async (rig) => {
        rig.config(described(6, 'one'))
        await rig.run()
        await rig.faults([trouble])
        rig.config(described(6, 'two', 'reconcile: { schedule: null }\n'))
        const daemon = await rig.daemon()
        await rig.time.pass(HOUR)
        assert.is.not(daemon.controls.status().lastRun?.exitCode, 0, 'trouble has a name')
        await rig.faults([])
        await rig.time.pass(11 * MINUTE + 1000)
        assert.ok((await rig.users()).every(({ description }) => description === 'two'))
        assert.is(daemon.controls.status().lastRun?.exitCode, 0)
        const writes = (await rig.writes()).length
        for (let times = 0; times < 10; times += 1) await rig.run()
        assert.is((await rig.writes()).length, writes, 'L4: ten runs later nothing was written')
      }))
  }

  test('L3: a run of another scope does not take away the retry of one that could not be read', () =>
    withRig({ ...seedOf(1), subaccounts: { Sub1: { results: [] } } }, async (rig) => {
      rig.config(described(1, 'new', 'reconcile: { schedule: null }\nsubaccounts: [{ id: Sub1, users: [] }]\n'))
      await rig.faults([{ kind: 'status', status: 503 }])
      const daemon = await rig.daemon()
      await rig.time.pass(10_000)
      assert.ok(daemon.reports()[0]?.plan.scopes.every(({ _tag }) => _tag === 'Errored'))
      await rig.faults([])
      daemon.controls.reconcile('subaccount:Sub1')
      await rig.time.pass(5 * MINUTE)
      assert.is((await rig.user('user-000@a.example'))?.description, 'new')
    }))

  test('L3: a run that fails because of the disk is made again, sooner than the schedule says', () =>
    withRig(seedOf(1), async (rig) => {
      const { dir } = rig
      assert.ok(dir !== undefined)
      rig.config(described(1, 'one'))
      await rig.run()
      rig.config(described(1, 'two', 'reconcile: { schedule: null }\n'))
      const before = (await rig.log()).length
      await rename(dir, `${dir}.away`)
      const daemon = await rig.daemon()
      const failures: Array<string> = []
      for (let minute = 0; minute < 30; minute += 1) {
        await rig.time.pass(MINUTE)
        failures.push(daemon.controls.status().runFailure?._tag ?? 'none')
      }
      await rename(`${dir}.away`, dir)
      assert.equal([...new Set(failures)], ['StateUnusable'])
      assert.is((await rig.user('user-000@a.example'))?.description, 'one')
      const tries = (await rig.log()).length - before
      assert.is(tries, 6, 'after 1, 2, 4, 8 and 10 minutes more')
      await rig.time.pass(11 * MINUTE + 1000)
      assert.is((await rig.user('user-000@a.example'))?.description, 'two')
      assert.is(daemon.controls.status().runFailure, undefined)
    }))

  test('L3: a password that could not be kept is made and kept once the disk takes it, sooner than the schedule says', () =>
    withRig(
      seedOf(1),
      async (rig) => {
        const { dir } = rig
        assert.ok(dir !== undefined)
        rig.config('reconcile: { schedule: null }\nusers: [{ username: new@a.example, email_password: { generate: pw/one } }]')
        await mkdir(join(dir, 'pw', 'one.new'), { recursive: true, mode: 0o700 })
        const daemon = await rig.daemon()
        await rig.time.pass(20 * MINUTE)
        assert.match(ends(daemon.reports().at(-1) ?? (await rig.run())).join(), /create new@a.example failed/)
        await rmdir(join(dir, 'pw', 'one.new'))
        await rig.time.pass(11 * MINUTE + 1000)
        assert.is((await rig.user('new@a.example'))?.username, 'new@a.example')
      },
      { random: randomFrom(1) },
    ))

  test('S1: an answer that says of itself that it is the first of two pages is told as that, and nothing is written', () =>
    withRig(seedOf(6), async (rig) => {
      rig.config(described(6, 'one'))
      await rig.run()
      const results = names(4).map((username) => ({
        username,
        sending_allowed: true,
        custom_ratelimit: false,
        description: 'one',
      }))
      const body = JSON.stringify({ request_id: 'r', data: { results, page: 1, pages: 2 } })
      await rig.faults([{ kind: 'status', status: 200, body, endpoint: '/users/smtp/view' }])
      rig.config(described(6, 'two'))
      const before = (await rig.writes()).length
      const report = await rig.run()
      const [scope] = report.plan.scopes
      assert.match(scope?._tag === 'Errored' ? scope.error.message : '', /one page of several/)
      assert.equal([report.exitCode, (await rig.writes()).length - before], [6, 0])
    }))

  test('S11: five failures in a row end the run for the key, and the rest is not attempted', () =>
    withRig(seedOf(20), async (rig) => {
      rig.config(described(20, 'one'), 'pace: off, concurrency: 1')
      await rig.faults([{ kind: 'status', status: 502, endpoint: '/users/smtp/edit' }])
      const report = await rig.run()
      assert.is((await rig.log()).length, 1 + 5)
      assert.equal(outcomes(report), { unknown: 5, not_attempted: 15 })
      assert.is(report.exitCode, 6)
    }))

  test('S11: of all scopes nothing more leaves after five failures in a row, though it waits for its turn already', () => {
    const ids = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8']
    const results = [{ username: 'one@a.example' }, { username: 'two@a.example' }]
    const at = (id: string) =>
      `{ id: ${id}, users: [{ username: one-${id}@a.example, description: new }, { username: two-${id}@a.example, description: new }] }`
    const named = (id: string) => results.map(({ username }) => ({ username: username.replace('@', `-${id}@`) }))
    const subaccounts = Object.fromEntries(ids.map((id) => [id, { results: named(id) }]))
    return withRig({ account: { results }, subaccounts }, async (rig) => {
      rig.config(`subaccounts: [${ids.map(at).join(', ')}]`, 'pace: off, concurrency: 1')
      await rig.faults([{ kind: 'status', status: 502, endpoint: '/users/smtp/edit' }])
      const report = await rig.run()
      assert.is((await rig.log()).length, ids.length + 5)
      assert.equal(outcomes(report), { unknown: 5, not_attempted: 11 })
    })
  })

  test('S11: a refused key is known as one also where a description has a word of the refusal', () =>
    withRig(seedOf(6), async (rig) => {
      rig.config(described(6, 'API'), 'pace: off, concurrency: 1')
      const body = '{"data":{"error":"Invalid API key"}}'
      await rig.faults([{ kind: 'status', status: 400, body, endpoint: '/users/smtp/edit' }])
      const report = await rig.run()
      assert.equal(outcomes(report), { failed: 1, not_attempted: 5 })
      assert.is(report.exitCode, 6)
    }))

  test('S11: twenty refusals end the run for the key, with 4; what was done is still read back once', () =>
    withRig(seedOf(40), async (rig) => {
      rig.config(described(40, 'one'), 'pace: off, concurrency: 1')
      await rig.faults([
        {
          kind: 'status',
          status: 400,
          endpoint: '/users/smtp/edit',
          body: '{"data":{"error":"no","error_code":"E_ApiResponseCodes.API_EXCEPTION"}}',
          times: 20,
        },
      ])
      const report = await rig.run()
      assert.is((await rig.log()).length, 1 + 20 + 1)
      assert.equal(outcomes(report), { failed: 20, not_attempted: 20 })
      assert.is(report.exitCode, 4, 'the service was there, and took the key')
    }))

  for (const [status, body] of [
    [429, '{"data":{"error":"slow down"}}'],
    [401, '{"data":{"error":"Invalid API key"}}'],
  ] as const)
    test(`S11: a key that is answered ${status} when twenty refused users are read back rests, and ends the run with 6`, () =>
      withRig(seedOf(30), async (rig) => {
        rig.config(described(30, 'one'), 'pace: off, concurrency: 1')
        const no = '{"data":{"error":"no","error_code":"E_ApiResponseCodes.API_EXCEPTION"}}'
        await rig.faults([
          { kind: 'status', status: 400, endpoint: '/users/smtp/edit', body: no },
          { kind: 'status', status, endpoint: '/users/smtp/view', nth: 2, body },
        ])
        const report = await rig.run()
        assert.equal([report.pausedUntil !== undefined, report.exitCode], [true, 6])
      }))
})

spec('one bad user', (test) => {
  test('S12: a refused user stops no other, and is not asked for again until desired or live changes, or a day has passed', () =>
    withRig(seedOf(3), async (rig) => {
      const bad = 'user-001@a.example'
      const refuse = () =>
        rig.faults([
          {
            kind: 'status',
            status: 400,
            username: bad,
            endpoint: '/users/smtp/edit',
            body: '{"data":{"error":"bad","error_code":"E_ApiResponseCodes.NON_VALIDATING_IN_PAYLOAD","field_validation_errors":{"fieldname":"description","message":"too odd"}}}',
          },
        ])
      await refuse()
      rig.config(described(3, 'one'))
      assert.equal(ends(await rig.run()), [
        'update user-000@a.example verified',
        `update ${bad} failed`,
        'update user-002@a.example verified',
      ])
      const sentTo = async () => (await rig.writes()).filter(({ body }) => body.username === bad).length
      for (let times = 0; times < 5; times += 1) {
        const report = await rig.run()
        assert.equal(
          heldIn(report).map(({ username, reason }) => [username, reason]),
          [[bad, 'not_converging']],
        )
        assert.is(report.exitCode, 4)
      }
      assert.is(await sentTo(), 1)
      await rig.colleague('add', { username: 'stranger@a.example' })
      await rig.run()
      assert.is(await sentTo(), 1, 'what happens to others is no reason')
      rig.config(described(3, 'two'))
      await rig.run()
      await rig.run()
      assert.is(await sentTo(), 2, 'desired changed')
      await rig.time.pass(24 * HOUR)
      await rig.run()
      await rig.run()
      assert.is(await sentTo(), 3, 'a day has passed')
      await rig.faults([])
      await rig.colleague('edit', { username: bad, description: 'by hand' })
      await refuse()
      await rig.run()
      await rig.run()
      assert.is(await sentTo(), 4, 'live changed')
    }))
})

spec('users whose edits always fail', (test) => {
  /** A firewall in front of the service, which takes what is sent for an attack. */
  const FIREWALL = { kind: 'status', status: 403, body: '<html>blocked</html>', endpoint: '/users/smtp/edit' } as const
  const stop = (rig: Rig) =>
    rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: 'user-*' }, until: rig.time.now() + 20 * 24 * HOUR })
  const scheduled = async (rig: Rig, times: number): Promise<void> => {
    for (let run = 0; run < times; run += 1) {
      await rig.run({ person: false, by: 'schedule' })
      await rig.time.pass(20 * MINUTE)
    }
  }
  const statuses = async (rig: Rig) => (await rig.users()).map(({ status }) => status)

  test('S12: one whose edit is answered 403 keeps nobody from being repaired, and is asked for again after a day', () =>
    withRig(seedOf(6), async (rig) => {
      rig.config(described(6, 'new'), 'pace: off, concurrency: 1')
      await rig.faults([{ ...FIREWALL, username: 'user-000@a.example' }])
      await scheduled(rig, 72)
      assert.equal(
        (await rig.users()).map(({ description }) => description),
        ['', 'new', 'new', 'new', 'new', 'new'],
      )
      assert.is((await rig.writes()).filter(({ body }) => body.username === 'user-000@a.example').length, 1)
    }))

  test('S12: one whose edit is answered 403 does not hold up the emergency stop of the others', () =>
    withRig(seedOf(6), async (rig) => {
      rig.config(described(6, 'one'))
      await rig.run()
      await rig.faults([{ ...FIREWALL, username: 'user-000@a.example' }])
      await stop(rig)
      await scheduled(rig, 1)
      assert.equal(await statuses(rig), ['allowed', 'blocked', 'blocked', 'blocked', 'blocked', 'blocked'])
    }))

  test('S11: where every edit is answered 403, and the look after them too, it was the key: nothing of it is remembered of a user', () =>
    withRig(seedOf(3), async (rig) => {
      rig.config(described(3, 'new'))
      await rig.faults([{ kind: 'status', status: 403 }])
      const first = await rig.run()
      assert.is(first.exitCode, 6)
      assert.is((await rig.log()).length, 1, 'before any good answer it is the key')
      await rig.time.pass(10 * MINUTE)
      const looks = [1, 2, 3, 4].map(() => ({ kind: 'status', status: 403, endpoint: '/users/smtp/view', nth: 2 }) as const)
      await rig.faults([FIREWALL, ...looks])
      assert.equal(outcomes(await rig.run()), { failed: 3 })
      await rig.faults([])
      assert.equal(outcomes(await rig.run()), { verified: 3 })
    }))

  for (const [title, ask] of [
    ['emergency stop', stop],
    ['edit', async (rig: Rig) => rig.config(described(8, 'new'))],
  ] as const)
    test(`S12: seven whose edits end in a 500 do not keep the eighth from its ${title}`, () =>
      withRig(seedOf(8), async (rig) => {
        rig.config('users: []\n', 'pace: off, concurrency: 1')
        await rig.run()
        const kind = { kind: 'status', status: 500, endpoint: '/users/smtp/edit' } as const
        await rig.faults(names(7).map((username) => ({ ...kind, username })))
        await ask(rig)
        await scheduled(rig, 2)
        const last = (await rig.users()).at(-1)
        assert.equal([last?.status === 'blocked', last?.description === 'new'].filter(Boolean).length, 1)
        // Nor does it stay with the same five: whoever waits longest comes first of those that failed.
        await rig.faults(names(5).map((username) => ({ ...kind, username })))
        await scheduled(rig, 2)
        const changed = (await rig.users()).filter((user) => user.status === 'blocked' || user.description === 'new')
        assert.is(changed.length, 3)
      }))
})

const outcomes = (report: Parameters<typeof endedIn>[0]): Readonly<Record<string, number>> => {
  const counts: { [outcome: string]: number } = {}
  for (const { outcome } of endedIn(report)) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
