// A person's word: holds, the emergency stop, and protection that outlives its pattern (contract sections 2 and 3).

import * as assert from 'uvu/assert'
import { statusText } from '../src/cli/render/status.ts'
import { statusJson } from '../src/cli/render/status-json.ts'
import { nothingTold, watched } from '../src/daemon/transitions.ts'
import { fullMessage } from '../src/domain/basics/command.ts'
import type { HoldWhat } from '../src/domain/decisions/hold.ts'
import type { PlainDecision } from '../src/domain/memory/decision.ts'
import { ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const seed = {
  account: {
    results: [{ username: 'one@a.example', description: 'old' }, { username: 'two@a.example' }, { username: 'boss@a.example' }],
  },
  subaccounts: { Sub1: { results: [{ username: 'one@b.example' }] } },
}
const config = (extra = ''): string => `${extra}users:
  - { username: one@a.example, description: new, status: allowed }
  - { username: two@a.example, description: new, status: allowed }
subaccounts:
  - { id: Sub1, users: [{ username: one@b.example, description: new }] }
`
const hold = (what: HoldWhat, until: number): PlainDecision => ({ _tag: 'Hold', what, until })
const release = (what?: HoldWhat): PlainDecision => ({ _tag: 'Release', what, every: false })
const scheduled = (rig: Rig) => rig.run({ person: false, by: 'schedule' })
const heldTexts = (report: Awaited<ReturnType<typeof scheduled>>): ReadonlyArray<string> =>
  heldIn(report).map(({ change, username, reason }) => `${change} ${username} ${reason}`)

spec('a new name of somebody who is kept from something', (test) => {
  const renamed = config().replace('{ username: two@a.example,', '{ username: second@a.example, previously: [two@a.example],')
  for (const [title, what, taken] of [
    ['an emergency stop', { _tag: 'Stop', glob: 'two@a.example' }, ['block two@a.example verified']],
    ['a hold', { _tag: 'Users', glob: 'two@*' }, []],
  ] as const)
    test(`is not made before ${title} is over, be the rename asked for before or after it`, () =>
      withRig(seed, async (rig) => {
        rig.config(config())
        await rig.run()
        await rig.decide(hold(what, rig.time.now() + HOUR))
        assert.equal(ends(await scheduled(rig)), taken)
        rig.config(renamed)
        const report = await scheduled(rig)
        assert.equal(ends(report), [])
        assert.ok(heldTexts(report).includes('create second@a.example on_hold'), heldTexts(report).join())
        await rig.decide(release(what))
        assert.ok(ends(await scheduled(rig)).includes('create second@a.example verified'))
      }))
})

spec('holds', (test) => {
  const WHATS: ReadonlyArray<readonly [title: string, what: HoldWhat, held: ReadonlyArray<string>]> = [
    ['of users', { _tag: 'Users', glob: 'ONE@*' }, ['update one@a.example on_hold', 'update one@b.example on_hold']],
    ['of one user', { _tag: 'Users', glob: 'two@a.example' }, ['update two@a.example on_hold']],
    ['of removals', { _tag: 'Removals' }, []],
    [
      'of everything',
      { _tag: 'All' },
      ['update one@a.example on_hold', 'update two@a.example on_hold', 'update one@b.example on_hold'],
    ],
  ]
  for (const [title, what, held] of WHATS)
    test(`${title}: keep hands off until they end, say who, why and how to end them, and detection goes on`, () =>
      withRig(seed, async (rig) => {
        rig.config(config())
        await rig.decide(hold(what, rig.time.now() + HOUR))
        rig.restart()
        const report = await rig.run()
        assert.equal(heldTexts(report), held)
        for (const held of heldIn(report))
          assert.match(fullMessage(held), /on hold until 2026-01-05T13:00:00\.000Z by tester: testing; to end it: release /)
        assert.is((await rig.writes()).length, 3 - held.length)
        await rig.time.pass(HOUR)
        assert.equal(heldTexts(await rig.run()), [])
        assert.is((await rig.writes()).length, 3)
      }))

  test('no approval and no digest lifts a hold', () =>
    withRig(seed, async (rig) => {
      rig.config(config())
      await rig.decide(hold({ _tag: 'All' }, rig.time.now() + HOUR))
      const { plan } = await rig.run()
      const report = await rig.run({ digest: plan.digest })
      assert.equal(report.exitCode, 3)
      assert.is((await rig.writes()).length, 0)
    }))

  for (const concurrency of [1, 4])
    for (const what of [{ _tag: 'All' }, { _tag: 'Users', glob: 'user-*' }] as const)
      test(`S5: once a hold${what._tag === 'All' ? '' : ' of users'} was taken nothing leaves, also not what waits for its turn, ${concurrency} at a time`, () =>
        withRig(
          { account: { results: Array.from({ length: 10 }, (_, at) => ({ username: `user-${at}@a.example` })) } },
          async (rig) => {
            const users = Array.from({ length: 10 }, (_, at) => `  - { username: user-${at}@a.example, description: new }\n`)
            rig.config(`users:\n${users.join('')}`, `pace: 3 per 1m, concurrency: ${concurrency}`)
            const daemon = await rig.daemon()
            await rig.time.pass(1000)
            await rig.decide(hold(what, rig.time.now() + HOUR))
            const made = (await rig.writes()).length
            assert.is(made, 2)
            await rig.time.pass(10 * MINUTE)
            assert.is((await rig.writes()).length, made)
            const [report] = daemon.reports()
            const all = report === undefined ? [] : ends(report)
            assert.is(all.filter((end) => end.endsWith('verified')).length, made, all.join('\n'))
            const waited = report?.ended.get('account')?.filter(({ outcome }) => outcome === 'not_attempted') ?? []
            assert.is(waited.length, 10 - made)
            for (const { error } of waited) assert.match(error ?? '', /^on hold until .* by tester: testing; to end it: release /)
            assert.equal([report?.exitCode, report?.outcome], [3, 'partial'])
            assert.is(daemon.reports().length, 1, 'nothing is tried again before its time')
            await rig.time.pass(10 * MINUTE)
            assert.is(daemon.reports().length, 2)
            let known = nothingTold
            const told = daemon.reports().map((one) => {
              const { watch, news } = watched(known, { _tag: 'RunEnded', report: one }, '')
              known = watch
              return news?.transitions.map(({ kind }) => kind)
            })
            assert.equal(told, [undefined, ['held']])
          },
        ))

  const REFUSED: ReadonlyArray<readonly [title: string, days: number, why: RegExp]> = [
    ['ends in the past', -1, /ends in the future/],
    ['lasts longer than 30 days', 31, /30 days at the most/],
  ]
  for (const [title, days, why] of REFUSED)
    test(`a hold that ${title} is refused`, () =>
      withRig(seed, async (rig) => assert.match(await rig.decide(hold({ _tag: 'All' }, rig.time.now() + days * 24 * HOUR)), why)))

  test('release ends the only hold there is, and asks which where there are several', () =>
    withRig(seed, async (rig) => {
      assert.match(await rig.decide(release()), /nothing is on hold/)
      await rig.decide(hold({ _tag: 'All' }, rig.time.now() + HOUR))
      assert.match(await rig.decide(release({ _tag: 'Removals' })), /no such hold; there is release --all/)
      assert.match(await rig.decide(release()), /^release/)
      await rig.decide(hold({ _tag: 'All' }, rig.time.now() + HOUR))
      await rig.decide(hold({ _tag: 'Removals' }, rig.time.now() + HOUR))
      assert.match(await rig.decide(release()), /which one\? There is release --all, release --removals; or release --every/)
      await rig.decide({ _tag: 'Release', what: undefined, every: true })
      assert.equal((await rig.ledger()).holds, [])
    }))
})

spec('the end of a hold', (test) => {
  const ONE: HoldWhat = { _tag: 'Users', glob: 'one@*' }
  type Told = Awaited<ReturnType<typeof scheduled>>
  const ofHolds = (report: Told): ReadonlyArray<string> =>
    report.plan.scopes.flatMap((scope) =>
      scope._tag === 'Planned'
        ? [
            ...scope.findings.map((one) => `${one.openSince === undefined ? 'new' : 'open'} ${one.rule} ${one.username}`),
            ...(scope.resolved ?? []).map((one) => `over ${one.rule} ${one.username}`),
          ]
        : [],
    )
  const heldFor = async (rig: Rig, what: HoldWhat, ms = HOUR): Promise<void> => {
    await rig.decide(hold(what, rig.time.now() + ms))
    await scheduled(rig)
  }
  const later = async (rig: Rig, ms: number): Promise<Told> => {
    await rig.time.pass(ms)
    rig.restart()
    return scheduled(rig)
  }

  test('wakes a daemon that no schedule does, also where the time of day was put back a little meanwhile', () =>
    withRig({ account: { results: [{ username: 'one@a.example' }] } }, async (rig) => {
      rig.config('reconcile: { schedule: null }\nusers: [{ username: one@a.example, description: new }]\n')
      await rig.decide(hold(ONE, rig.time.now() + HOUR))
      await rig.daemon()
      await rig.time.pass(MINUTE)
      rig.time.wrongBy(-1000)
      await rig.time.pass(3 * HOUR)
      assert.is((await rig.user('one@a.example'))?.description, 'new')
    }))

  for (const [title, before, after, user] of [
    ['the day on which a user expires', 'allowed', 'blocked', 'expires: 2026-01-06'],
    ['the day on which a user starts', 'blocked', 'allowed', 'starts: 2026-01-07'],
    ['the last day of a waiver', 'allowed', 'blocked', ''],
  ] as const)
    test(`and so does ${title}`, () =>
      withRig(
        { account: { results: [{ username: 'one@a.example', open_tracking_enabled: true }, { username: 'two@a.example' }] } },
        async (rig) => {
          const waiver = '{ username: one@a.example, until: 2026-01-06, reason: x }'
          const rule = `{ id: quiet, match: { username: "*" }, require: { open_tracking_enabled: false }, otherwise: block, waivers: [${waiver}] }`
          const rules = user === '' ? `rules: [${rule}]\n` : ''
          rig.config(
            `reconcile: { schedule: null }\n${rules}users: [{ username: one@a.example${user === '' ? '' : `, ${user}`} }, { username: two@a.example }]\n...\n`,
          )
          await rig.run()
          assert.is((await rig.user('one@a.example'))?.status, before)
          await rig.daemon()
          await rig.time.pass(3 * 24 * HOUR)
          assert.is((await rig.user('one@a.example'))?.status, after)
        },
      ))

  test('is told with each user that it lets go and what was kept from it: once, for a day, through restarts', () =>
    withRig(seed, async (rig) => {
      rig.config(config())
      await scheduled(rig)
      await rig.colleague('edit', { username: 'one@a.example', description: 'mine' })
      await heldFor(rig, ONE)
      const report = await later(rig, HOUR)
      assert.equal(ends(report), ['update one@a.example verified'])
      assert.equal(ofHolds(report), ['new hold-ended one@a.example'])
      const [scope] = report.plan.scopes
      assert.is(
        scope?._tag === 'Planned' ? scope.findings[0]?.message : undefined,
        'the hold by tester (testing) ended at 2026-01-05T13:00:00Z: the update that it held back goes ahead, unless something else holds it',
      )
      assert.equal(ofHolds(await later(rig, HOUR)), ['open hold-ended one@a.example'])
      assert.equal(ofHolds(await later(rig, 22 * HOUR)), ['open hold-ended one@a.example'])
      assert.equal(ofHolds(await later(rig, HOUR)), ['over hold-ended one@a.example'])
      assert.equal(ofHolds(await later(rig, HOUR)), [])
      assert.equal((await rig.ledger()).holds, [])
    }))

  test('is told a day long also where nobody looked for a week, and in each scope when it can be read again', () =>
    withRig(seed, async (rig) => {
      rig.config(config())
      await heldFor(rig, ONE)
      await rig.faults([{ kind: 'status', status: 500, endpoint: '/users/smtp/view', subaccount_id: 'Sub1', times: 1 }])
      const first = await later(rig, 7 * 24 * HOUR)
      assert.equal(ofHolds(first), ['new hold-ended one@a.example'])
      assert.equal(ofHolds(await later(rig, 23 * HOUR)), ['open hold-ended one@a.example', 'new hold-ended one@b.example'])
      assert.equal(ofHolds(await later(rig, HOUR)), ['over hold-ended one@a.example', 'open hold-ended one@b.example'])
      assert.equal(ofHolds(await later(rig, 23 * HOUR)), ['over hold-ended one@b.example'])
    }))

  const SILENT: ReadonlyArray<readonly [title: string, before: (rig: Rig) => Promise<unknown>]> = [
    ['that a person released', (rig) => rig.decide(release(ONE))],
    ['whose users another one holds still', (rig) => heldFor(rig, { _tag: 'All' }, 8 * HOUR)],
    ['that was said again for longer', (rig) => heldFor(rig, ONE, 8 * HOUR)],
    [
      'that kept nothing from anybody any more',
      async (rig) => {
        rig.config('users: [{ username: one@a.example, description: old }]\n')
        await scheduled(rig)
      },
    ],
  ]
  for (const [title, before] of SILENT)
    test(`lets nobody go, and is no finding, of one ${title}`, () =>
      withRig({ account: seed.account, subaccounts: { Sub1: { results: [] } } }, async (rig) => {
        rig.config(config())
        await heldFor(rig, ONE)
        await before(rig)
        assert.equal(ofHolds(await later(rig, 2 * HOUR)), [])
      }))

  test('is told by an apply for some users, and by the next whole run as before', () =>
    withRig(seed, async (rig) => {
      rig.config(config())
      await heldFor(rig, ONE)
      await rig.time.pass(HOUR)
      const user = { text: 'two@*', matches: (name: string) => name.startsWith('two@') }
      assert.equal(ofHolds(await rig.run({ user })), [])
      assert.equal(ofHolds(await scheduled(rig)), ['new hold-ended one@a.example', 'new hold-ended one@b.example'])
    }))

  test('is told 14, 3 and 1 days ahead, each time as news, and then that it has come; so is the end of a waiver and of a user', () =>
    withRig(seed, async (rig) => {
      const [from, ends] = [rig.time.now(), new Date(rig.time.now() + 20 * 24 * HOUR).toISOString().slice(0, 16)]
      rig.config(`reconcile: { schedule: null }
users: [{ username: one@a.example, description: new }, { username: two@a.example, expires: "${ends}" }]
rules: [{ id: named, match: { username: boss@* }, require: { description: { present: true } }, waivers: [{ username: boss@*, until: "${ends}", reason: trip }] }]
...
`)
      await rig.decide(hold(ONE, from + 20 * 24 * HOUR))
      const daemon = await rig.daemon()
      const runs = async (count: number): Promise<void> => {
        for (let turn = 0; turn < 200 && daemon.reports().length < count; turn += 1) await rig.time.pass(1)
      }
      await runs(1)
      const told: Array<string> = []
      let watch = nothingTold
      const listen = (day: number): void => {
        const report = daemon.reports().at(-1)
        const step = report === undefined ? undefined : watched(watch, { _tag: 'RunEnded', report }, '')
        watch = step?.watch ?? watch
        for (const { kind, users, message } of step?.news?.transitions ?? [])
          if (kind.startsWith('finding'))
            told.push(`day ${day} ${kind} ${users.join(' ')} ${/within[^:]+|ended/.exec(message)?.[0] ?? ''}`)
      }
      listen(0)
      for (let day = 1; day <= 20; day += 1) {
        await rig.time.pass(from + day * 24 * HOUR - rig.time.now())
        daemon.wake('control')
        await runs(day + 1)
        listen(day)
      }
      const all = (day: number, kind: string, words: string) =>
        ['boss', 'one', 'two'].map((user) => `day ${day} ${kind} ${user}@a.example ${words}`)
      assert.equal(told, [
        'day 0 finding_opened boss@a.example ',
        ...all(6, 'finding_opened', 'within 14 days'),
        ...all(17, 'finding_raised', 'within 3 days'),
        ...all(19, 'finding_raised', 'within a day'),
        'day 20 finding_opened boss@a.example ended',
        'day 20 finding_opened one@a.example ended',
        'day 20 finding_raised boss@a.example ',
        'day 20 finding_resolved two@a.example boss@a.example one@a.example ',
      ])
      assert.is((await rig.user('two@a.example'))?.status, 'blocked')
    }))

  test('makes what it kept back, also where no schedule comes round; of one that was set anew the new end counts', () =>
    withRig(seed, async (rig) => {
      rig.config(`reconcile: { schedule: null }\nusers: [{ username: one@a.example, description: new }]\n`)
      const now = rig.time.now()
      await rig.decide(hold(ONE, now + 2 * HOUR))
      const daemon = await rig.daemon()
      await rig.time.pass(10_000)
      await daemon.controls.decide(hold(ONE, now + HOUR), { by: 'tester', reason: 'sooner' })
      await rig.time.pass(HOUR - MINUTE)
      const before = daemon.reports().length
      assert.is.not((await rig.user('one@a.example'))?.description, 'new')
      await rig.time.pass(2 * MINUTE)
      assert.is((await rig.user('one@a.example'))?.description, 'new')
      assert.is(daemon.controls.status().scopes.flatMap(({ held }) => held).length, 0)
      await rig.time.pass(3 * HOUR)
      assert.is(daemon.reports().length, before + 1)
    }))

  test('is notified once, and stands in the status for a day, whomever it let go', () =>
    withRig(seed, async (rig) => {
      rig.config(`reconcile: { schedule: null }\n${config()}`)
      await rig.decide(hold(ONE, rig.time.now() + HOUR))
      await rig.decide(hold({ _tag: 'Removals' }, rig.time.now() + HOUR))
      const daemon = await rig.daemon()
      const runs = async (count: number): Promise<void> => {
        for (let turn = 0; turn < 200 && daemon.reports().length < count; turn += 1) await rig.time.pass(1)
      }
      await runs(1)
      await rig.time.pass(HOUR)
      await runs(2)
      daemon.wake('control')
      await runs(3)
      let watch = nothingTold
      const news = daemon.reports().map((report) => {
        const step = watched(watch, { _tag: 'RunEnded', report }, '')
        watch = step.watch
        return (step.news?.transitions ?? [])
          .filter(({ kind }) => kind === 'finding_opened')
          .map(({ scope, users, message }) => `${scope} ${users.join(' ')}: ${message.slice(0, 38)}`)
      })
      const said = [
        'account one@a.example: the hold by tester (testing) ended at ',
        'subaccount:Sub1 one@b.example: the hold by tester (testing) ended at ',
      ]
      assert.equal(news, [[], said, []])
      const [status, now] = [daemon.controls.status(), rig.time.clock.now()]
      const text = statusText(status, { colour: false, width: 200, now })
      for (const what of ["--user 'one@\\*'", '--removals'])
        assert.match(text, new RegExp(`\nthe hold ${what} by tester ended \\d+ s ago: testing\n`))
      assert.match(JSON.stringify(statusJson(status)), /"holds":\[\],"ended_holds":\[\{"what":"--user 'one@\*'"/)
      await rig.time.pass(24 * HOUR)
      assert.not.match(
        statusText(daemon.controls.status(), { colour: false, width: 200, now: rig.time.clock.now() }),
        /the hold --/,
      )
    }))
})

spec('the emergency stop', (test) => {
  const stop = (rig: Rig, glob: string) => rig.decide(hold({ _tag: 'Stop', glob }, rig.time.now() + 24 * HOUR))

  test('blocks listed and unlisted users of every scope at once, outside caps and without memory, and keeps them blocked', () =>
    withRig(seed, async (rig) => {
      rig.config(config('safety: { max_blocks: 0, max_updates: 0 }\n'))
      await stop(rig, '*')
      const report = await scheduled(rig)
      assert.equal(ends(report), [
        'block boss@a.example verified',
        'block one@a.example verified',
        'block two@a.example verified',
        'block one@b.example verified',
      ])
      await rig.colleague('edit', { username: 'boss@a.example', status: 'allowed' })
      assert.equal(ends(await scheduled(rig)), ['block boss@a.example verified'])
      const held = heldTexts(await rig.run())
      assert.equal(held, ['update one@a.example on_hold', 'update two@a.example on_hold', 'update one@b.example on_hold'])
      assert.equal(
        heldIn(await rig.run()).map(({ cause }) => cause),
        ['config', 'config', 'config'],
        'our own block is no drift',
      )
      assert.match(
        heldIn(await rig.run()).map(fullMessage)[0] ?? '',
        /stopped until .* by tester: testing; to end it: release --match '\*'/,
      )
    }))

  test('uses up no cap: on the day of it whoever is to be blocked for the config is', () =>
    withRig(seed, async (rig) => {
      const of = (expires: string): string =>
        `safety: { max_blocks: 1 }\nusers: [{ username: two@a.example${expires} }, { username: one@a.example, status: allowed }]\n...\n`
      rig.config(of(''))
      await rig.run()
      await stop(rig, 'one@*')
      assert.equal(ends(await scheduled(rig)), ['block one@a.example verified'])
      rig.config(of(', expires: 2026-01-01'))
      assert.equal(ends(await scheduled(rig)), ['block two@a.example verified'])
      assert.equal(
        (await rig.ledger()).scopes.get('account')?.spent.map(({ cap, username }) => `${cap} ${username}`),
        ['max_blocks two@a.example'],
      )
    }))

  test('after release the config opens its users again; the others stay blocked', () =>
    withRig(seed, async (rig) => {
      rig.config(config())
      await stop(rig, '*@a.example')
      await rig.run()
      await rig.decide(release({ _tag: 'Stop', glob: '*@a.example' }))
      await rig.run()
      const statuses = (await rig.users()).map(({ username, status }) => `${username} ${String(status)}`)
      assert.equal(statuses, ['one@a.example allowed', 'two@a.example allowed', 'boss@a.example blocked'])
    }))

  test('never blocks a protected user, never writes in observe mode, and says so, and what else is wanted of them', () =>
    withRig(seed, async (rig) => {
      rig.config(
        config('reconcile: { mode: observe }\nsafety: { protected: [boss@a.example, two@a.example] }\n').replace(
          'description: new, status: allowed',
          'description: old, status: allowed',
        ),
      )
      await stop(rig, '*')
      const report = await rig.run()
      assert.equal(heldTexts(report), [
        'block boss@a.example protected',
        'block one@a.example observe_mode',
        'block two@a.example protected',
        'update two@a.example protected',
        'block one@b.example observe_mode',
        'update one@b.example observe_mode',
      ])
      assert.equal(
        report.plan.scopes.map((one) => one._tag === 'Planned' && one.inSync),
        [0, 0],
      )
      assert.is((await rig.writes()).length, 0)
    }))

  test('what a colleague changed of a user that is to be blocked is told as before, without its status, and never made', () =>
    withRig(seed, async (rig) => {
      rig.config(config())
      await rig.run()
      rig.config(config('reconcile: { mode: observe }\n'))
      await rig.run()
      await rig.colleague('edit', { username: 'one@a.example', description: 'mine', status: 'sandbox' })
      const told = async () =>
        heldIn(await scheduled(rig)).map(
          ({ change, reason, cause, fields }) => `${change} ${reason} ${cause} ${fields.map(({ field }) => field).join()}`,
        )
      assert.equal(await told(), ['update observe_mode drift description,status'])
      await stop(rig, 'one@a.example')
      assert.equal(await told(), ['block observe_mode config status', 'update observe_mode drift description'])
      rig.config(config())
      const report = await rig.run()
      assert.equal(ends(report), ['block one@a.example verified'])
      assert.equal(heldTexts(report), ['update one@a.example on_hold'])
      assert.equal(await told(), ['update on_hold config description,status'])
      assert.is((await rig.user('one@a.example'))?.description, 'mine')
    }))
})

spec('protection', (test) => {
  const protecting = (pattern: string): string =>
    `policy: { unlisted: block }\nsafety: { protected: [${pattern}] }\n${config()}...\n`
  test('outlives its pattern, until a person releases it', () =>
    withRig(seed, async (rig) => {
      rig.config(protecting('boss@a.example'))
      assert.equal(heldTexts(await rig.run()), ['block boss@a.example protected'])
      rig.config(protecting('nobody@a.example'))
      for (let run = 0; run < 3; run += 1)
        assert.equal(heldTexts(await rig.run()), ['block boss@a.example protected'], `run ${run}`)
      const [held = ''] = heldIn(await rig.run()).map(fullMessage)
      assert.match(held, /to end it: release --protected boss@a\.example/)
      await rig.decide({ _tag: 'Unprotect', glob: 'boss@a.example' })
      assert.equal(ends(await rig.run()), ['block boss@a.example verified'])
    }))
})
