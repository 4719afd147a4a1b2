// What one run makes the next one do: causes, what does not take (S8), what is contested, what was refused (S12), what caps spent (S4).
import * as assert from 'uvu/assert'
import type { ApiFailure } from '../../../src/domain/basics/failure.ts'
import { atOnce } from '../../../src/domain/basics/work.ts'
import { emptyLedger, type Ledger, type ScopeMemory } from '../../../src/domain/memory/ledger.ts'
import type { UserMemory } from '../../../src/domain/memory/user-memory.ts'
import { type Attempt, outcomeOf } from '../../../src/domain/plan/outcome.ts'
import type { Plan } from '../../../src/domain/plan/plan.ts'
import { makePlan, type PlanFacts } from '../../../src/domain/planning/planning.ts'
import { beforeWrites, remembering } from '../../../src/domain/remembering/remember.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import type { Ending, Policy } from '../../../src/domain/wanted/desired.ts'
import {
  CAPS,
  DAY,
  desired,
  desiredScope,
  ENDINGS,
  facts,
  HOUR,
  ledger,
  live,
  liveUser,
  memory,
  NOW,
  ORIGIN,
  prints,
  told,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

type Asked = readonly [username: string, settings: Settings]
type Step = {
  readonly asked: ReadonlyArray<Asked>
  /** What the service shows before the run, and after it; the same unless given. */
  readonly shows: ReadonlyArray<LiveUser>
  readonly afterwards?: ReadonlyArray<LiveUser>
  readonly attempt?: Attempt
  readonly policy?: Partial<Policy>
  readonly some?: Partial<PlanFacts>
  readonly endings?: ReadonlyArray<Ending>
}
type Done = { readonly plan: Plan; readonly told: ReadonlyArray<string>; readonly ledger: Ledger }

const sent: Attempt = { _tag: 'Sent' }
const failed = (failure: ApiFailure): Attempt => ({ _tag: 'Failed', failure })

/** One run of the account on what is remembered. */
const run = (
  remembered: Ledger,
  { asked, shows, afterwards = shows, attempt = sent, policy = {}, some = {}, endings = ENDINGS }: Step,
): Done => {
  const scope = desiredScope(asked.map(([name, settings]) => wanted(name, settings)))
  const about = facts({ ...desired([scope], policy), endings }, [live(shows)], remembered, some)
  const { plan, drafts } = makePlan(about)
  const draft = drafts.get('account')
  const [planned] = plan.scopes
  if (draft === undefined || planned?._tag !== 'Planned') throw new Error('no plan')
  const { changes } = planned
  const before = atOnce(beforeWrites(remembered, { scope: 'account', changes, origin: ORIGIN, prints, now: about.now }))
  const ended = changes.map((change) =>
    outcomeOf(change, attempt, { _tag: 'Read', user: afterwards.find(({ username }) => username === change.username) }),
  )
  const after = atOnce(
    remembering(before, {
      draft,
      desired: scope,
      config: about.configDigest,
      endings: about.desired.endings,
      ended,
      live: live(afterwards),
      origin: ORIGIN,
      prints,
      now: about.now,
      person: about.person,
      protect: about.desired.policy.protected,
      filtered: about.user !== undefined,
    }),
  )
  return { plan, told: told(plan), ledger: after }
}

const old: Ledger = ledger([['account', memory({ lastSeen: ['fax-1'], listed: 1 })]])
const MINUTE = 60_000
const at = (ms: number): Partial<PlanFacts> => ({ now: NOW + ms })
const scopeOf = (one: Ledger): ScopeMemory => one.scopes.get('account') ?? memory()
const fax = (settings: Settings): LiveUser => liveUser('fax-1', settings)
const wants = (settings: Settings): ReadonlyArray<Asked> => [['fax-1', settings]]

/** A scope where fax was reached with these settings. */
const settled = (settings: Settings, shown: Settings = settings): Ledger =>
  run(old, { asked: wants(settings), shows: [fax(shown)] }).ledger

spec('causes', (test) => {
  test('the first look at a scope is first_run', () =>
    assert.equal(run(emptyLedger('key'), { asked: wants({ description: 'new' }), shows: [fax({})] }).told, [
      'update fax-1 description (first_run)',
    ]))

  test('desired changed: config; live changed: drift', () => {
    const before = settled({ description: 'one' })
    assert.equal(run(before, { asked: wants({ description: 'two' }), shows: [fax({ description: 'one' })] }).told, [
      'update fax-1 description (config)',
    ])
    assert.equal(run(before, { asked: wants({ description: 'one' }), shows: [fax({ description: 'mine' })] }).told, [
      'update fax-1 description (drift)',
    ])
  })

  test('a change of the config that was held stays one', () => {
    const before = settled({ description: 'one' })
    const held = run(before, {
      asked: wants({ description: 'two' }),
      shows: [fax({ description: 'one' })],
      policy: { mode: 'observe' },
    })
    assert.equal(run(held.ledger, { asked: wants({ description: 'two' }), shows: [fax({ description: 'one' })] }).told, [
      'update fax-1 description (config)',
    ])
  })

  test('S7: after an unknown fate it is retry, and a user found after an unknown add gets its password again', () => {
    const password = newSecret()
    const lost = run(old, {
      asked: wants({ email_password: password }),
      shows: [],
      afterwards: [],
      attempt: failed({ _tag: 'ServerTrouble', status: 502 }),
    })
    assert.equal(lost.told, ['create fax-1 email_password (drift)'])
    assert.equal(run(lost.ledger, { asked: wants({ email_password: password }), shows: [] }).told, [
      'create fax-1 email_password (retry)',
    ])
    const found = run(lost.ledger, {
      asked: wants({ email_password: password }),
      shows: [fax({})],
      policy: { unknown_password: 'assume' },
    })
    assert.equal(found.told, ['update fax-1 email_password (retry)'])
    assert.equal(run(found.ledger, { asked: wants({ email_password: password }), shows: [fax({})] }).told, [])
  })

  test('a process that ended between intent and answer leaves a retry behind', () => {
    const { plan } = run(old, { asked: wants({ description: 'new' }), shows: [fax({})] })
    const changes = plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.changes : []))
    const killed = atOnce(beforeWrites(old, { scope: 'account', changes, origin: ORIGIN, prints, now: NOW }))
    assert.equal(run(killed, { asked: wants({ description: 'new' }), shows: [fax({})] }).told, [
      'update fax-1 description (retry)',
    ])
  })
})

spec('fields that cannot be read back', (test) => {
  const one = { click_tracking_enabled: true }

  test('are sent once, and again when desired changes', () => {
    const before = settled(one, {})
    assert.equal(run(before, { asked: wants(one), shows: [fax({})], some: at(9 * DAY) }).told, [])
    assert.equal(run(before, { asked: wants({ click_tracking_enabled: false }), shows: [fax({})] }).told, [
      'update fax-1 click_tracking_enabled (config)',
    ])
  })

  test('are compared with what is shown once the service shows them', () => {
    const before = settled(one, {})
    assert.equal(run(before, { asked: wants(one), shows: [fax({ click_tracking_enabled: true })] }).told, [])
    assert.equal(run(before, { asked: wants(one), shows: [fax({ click_tracking_enabled: false })] }).told, [
      'update fax-1 click_tracking_enabled (drift)',
    ])
  })

  test('are sent again after reassert_unobservable, which nobody contests', () => {
    const policy = { reassert_unobservable: HOUR }
    let { ledger: now } = run(old, { asked: wants(one), shows: [fax({})] })
    for (let hour = 1; hour <= 5; hour += 1) {
      const next = run(now, { asked: wants(one), shows: [fax({})], policy, some: at(hour * HOUR) })
      assert.equal(next.told, ['update fax-1 click_tracking_enabled (retry)'])
      assert.equal(
        next.plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.findings : [])),
        [],
      )
      now = next.ledger
    }
    assert.equal(run(now, { asked: wants(one), shows: [fax({})], policy, some: at(6 * HOUR - 1) }).told, [])
  })

  test('a declared password of a live user is sent, or assumed where the policy says so, and sent when it changes', () => {
    const asked = (text: string) => wants({ email_password: new Secret(text) })
    assert.equal(run(old, { asked: asked('one'), shows: [fax({})] }).told, ['update fax-1 email_password (config)'])
    const assumed = run(old, { asked: asked('one'), shows: [fax({})], policy: { unknown_password: 'assume' } })
    assert.equal(assumed.told, [])
    assert.equal(run(assumed.ledger, { asked: asked('one'), shows: [fax({})] }).told, [])
    assert.equal(run(assumed.ledger, { asked: asked('two'), shows: [fax({})] }).told, ['update fax-1 email_password (config)'])
  })
})

spec('S8: no fight', (test) => {
  const asked = wants({ description: 'new' })
  const stuck = run(old, { asked, shows: [fax({ description: 'old' })] }).ledger

  test('a field that did not take is held, not sent again', () => {
    const next = run(stuck, { asked, shows: [fax({ description: 'old' })], some: at(DAY - 1) })
    assert.equal(next.told, ['held not_converging: update fax-1 description'])
    assert.equal(run(next.ledger, { asked, shows: [fax({ description: 'old' })], some: at(DAY - 1) }).told, next.told)
  })

  test('it is sent again when desired or live changes, or a day has passed', () => {
    const again = (step: Step) => run(stuck, step).told.map((line) => line.slice(0, 24))
    assert.equal(again({ asked: wants({ description: 'newer' }), shows: [fax({ description: 'old' })] }), [
      'update fax-1 description',
    ])
    assert.equal(again({ asked, shows: [fax({ description: 'mine' })] }), ['update fax-1 description'])
    assert.equal(again({ asked, shows: [fax({ description: 'old' })], some: at(DAY) }), ['update fax-1 description'])
  })

  test('an answer that leaves the user out is no change of it', () => {
    const leftOut = run(stuck, { asked, shows: [], attempt: failed({ _tag: 'NameTaken', message: 'taken' }) }).ledger
    assert.equal(run(leftOut, { asked, shows: [fax({ description: 'old' })], some: at(HOUR) }).told, [
      'held not_converging: update fax-1 description',
    ])
    const block: Step = { asked: [], shows: [fax({ status: 'allowed' })], policy: { unlisted: 'block' } }
    const nobody = ledger([['account', memory({ lastSeen: ['fax-1'], listed: 0 })]])
    const vain = run(nobody, block)
    assert.equal(vain.told, ['block fax-1 status (config)'])
    const unseen = run(vain.ledger, { ...block, shows: [] }).ledger
    assert.equal(run(unseen, { ...block, some: at(HOUR) }).told, ['held not_converging: block fax-1 status'])
    assert.equal(scopeOf(run(unseen, { ...block, shows: [], some: at(DAY) }).ledger).users.size, 0)
  })

  test('a user that is listed again, and whose status from before our block does not take, is told and asked again after a day', () => {
    const ourBlock = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 0, countedAt: NOW } as const
    const left = ledger([
      ['account', memory({ lastSeen: ['fax-1'], listed: 1, users: new Map([['fax-1', userMemory({ ourBlock })]]) })],
    ])
    const back: Step = { asked: wants({}), shows: [fax({ status: 'blocked' })] }
    const vain = run(left, back)
    assert.equal(vain.told, ['update fax-1 status (config)'])
    const next = run(vain.ledger, { ...back, some: at(HOUR) })
    assert.equal(next.told, ['held not_converging: update fax-1 status'])
    assert.equal(run(next.ledger, { ...back, some: at(2 * HOUR) }).told, next.told)
    assert.equal(run(next.ledger, { ...back, some: at(DAY) }).told, vain.told)
  })

  test('other fields of the user go on meanwhile', () =>
    assert.equal(
      run(stuck, { asked: wants({ description: 'new', audit_email: 'a@b.example' }), shows: [fax({ description: 'old' })] }).told,
      ['update fax-1 audit_email (config)', 'held not_converging: update fax-1 description'],
    ))

  test('a rate limit that took in part is held as one', () => {
    const limit = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' }
    const shown = [fax({ ...limit, custom_ratelimit_value: 9 })]
    const part = run(old, { asked: wants(limit), shows: [fax({ custom_ratelimit: false })], afterwards: shown }).ledger
    assert.equal(run(part, { asked: wants(limit), shows: shown }).told, [
      'held not_converging: update fax-1 custom_ratelimit_value',
    ])
  })

  const repairs = (count: number, everyMs: number): Ledger => {
    let now = settled({ description: 'new' })
    for (let time = 1; time <= count; time += 1)
      now = run(now, {
        asked,
        shows: [fax({ description: 'mine' })],
        afterwards: [fax({ description: 'new' })],
        some: at(time * everyMs),
      }).ledger
    return now
  }
  const findings = ({ plan }: Done) =>
    plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.findings.map(({ rule }) => rule) : []))
  const drifted = { asked, shows: [fax({ description: 'mine' })] }

  for (const [count, contested] of [
    [0, []],
    [1, []],
    [2, ['contested']],
    [3, ['contested']],
  ] as const)
    test(`after ${count} repairs in 24 h the next one is ${contested.length === 0 ? 'nothing special' : 'contested, and still made'}`, () => {
      const next = run(repairs(count, HOUR), { ...drifted, some: at(9 * HOUR) })
      assert.equal(next.told, ['update fax-1 description (drift)'])
      assert.equal(findings(next), contested)
    })

  test('repairs are forgotten after 24 h', () =>
    assert.equal(findings(run(repairs(3, HOUR), { ...drifted, some: at(2 * HOUR + DAY) })), []))

  test('contested hold keeps hands off', () =>
    assert.equal(run(repairs(2, HOUR), { ...drifted, policy: { contested: 'hold' }, some: at(9 * HOUR) }).told, [
      'held contested: update fax-1 description',
    ]))

  test('S4 S10: a user that is there though its add was refused is not ours: nothing of it is let through as sent before', () => {
    const taken = failed({ _tag: 'NameTaken', message: 'already exists' })
    const lost = failed({ _tag: 'Unreachable', sent: 'perhaps', message: 'the connection broke' })
    const wish = wants({ email_password: newSecret() })
    const found = (attempt: Attempt) =>
      run(old, { asked: wish, shows: [], afterwards: [fax({ description: 'mine' })], attempt }).ledger
    const none = { policy: { caps: { ...CAPS, max_password_changes: { count: 0, percent: undefined } } } }
    const again = { asked: wish, shows: [fax({ description: 'mine' })], ...none }
    assert.equal(run(found(lost), again).told, ['update fax-1 email_password (retry)'])
    assert.equal(run(found(taken), again).told, ['held capped: update fax-1 email_password'])
  })

  test('S7: a user that is there after an add of unknown fate and the same once more, refused as taken, is ours as if it had shown before', () => {
    const taken = failed({ _tag: 'NameTaken', message: 'already exists' })
    const [password, other] = [newSecret(), newSecret()]
    const none = { policy: { caps: { ...CAPS, max_password_changes: { count: 0, percent: undefined } } } }
    const there = [fax({ description: 'mine' })]
    const LOST = failed({ _tag: 'Unreachable', sent: 'perhaps', message: 'the connection broke' })
    /** What is due of it after an add that asked for this much, one that the service refused, and a look that shows it. */
    const found = (first: Settings, second: Settings, attempt: Attempt, before: Attempt = LOST) => {
      const lost = run(old, { asked: wants(first), shows: [], attempt: before }).ledger
      const refused = run(lost, { asked: wants(second), shows: [], afterwards: there, attempt }).ledger
      return run(refused, { asked: wants(second), shows: there, ...none }).told
    }
    const [ours, theirs] = [['update fax-1 email_password (retry)'], ['held capped: update fax-1 email_password']]
    const asked = { email_password: password }
    assert.equal(found(asked, asked, taken), ours)
    assert.equal(found(asked, { email_password: other }, taken), theirs, 'another password')
    assert.equal(found({}, asked, taken), theirs, 'a password of which the one before said nothing')
    assert.equal(found(asked, asked, failed({ _tag: 'Rejected', message: 'no' })), theirs, 'refused for something else')
    assert.equal(
      found(asked, asked, taken, failed({ _tag: 'Throttled', retryAfterMs: 1 })),
      theirs,
      'the one before had an answer',
    )
  })

  test('S7: a user that was there, and is there though its add was refused, is not made ours by an edit of unknown fate', () => {
    const asked = wants({ email_password: newSecret(), description: 'new' })
    const none = { policy: { caps: { ...CAPS, max_password_changes: { count: 0, percent: undefined } } } }
    const lost = failed({ _tag: 'Unreachable', sent: 'perhaps', message: 'the connection broke' })
    const edited = run(old, { asked, shows: [fax({ description: 'old' })], attempt: lost }).ledger
    const taken = failed({ _tag: 'NameTaken', message: 'already exists' })
    const refused = run(edited, { asked, shows: [], afterwards: [fax({ description: 'theirs' })], attempt: taken }).ledger
    assert.equal(run(refused, { asked, shows: [fax({ description: 'theirs' })], ...none }).told, [
      'held capped: update fax-1 email_password,description',
    ])
  })

  test('S12: a refused request is not repeated until desired or live changes, or a day passes', () => {
    const no = { attempt: failed({ _tag: 'InvalidRequest', field: 'audit_email', message: 'no address' }) }
    const wish = wants({ audit_email: 'x@y.example' })
    const refused = run(old, { asked: wish, shows: [fax({})], ...no }).ledger
    assert.equal(run(refused, { asked: wish, shows: [fax({})], some: at(DAY - 1) }).told, [
      'held not_converging: update fax-1 audit_email',
    ])
    assert.equal(run(refused, { asked: wish, shows: [fax({})], some: at(DAY) }).told, ['update fax-1 audit_email (config)'])
    assert.equal(run(refused, { asked: wants({ audit_email: 'z@y.example' }), shows: [fax({})] }).told, [
      'update fax-1 audit_email (config)',
    ])
    assert.equal(run(refused, { asked: wish, shows: [fax({ audit_email: 'w@y.example' })] }).told, [
      'update fax-1 audit_email (config)',
    ])
  })
})

spec('what a run spends', (test) => {
  const names = Array.from({ length: 20 }, (_, index) => `user-${String(index).padStart(2, '0')}`)
  const users = (blocked: number) =>
    names.map((name, index) => liveUser(name, { status: index < blocked ? 'blocked' : 'allowed' }))
  const asks = (blocked: number): ReadonlyArray<Asked> =>
    names.map((name, index) => [name, { status: index < blocked ? 'blocked' : 'allowed' }])
  const start = ledger([['account', memory({ lastSeen: names, listed: 20 })]])

  test('S4: blocks are remembered for 24 h, so that slices do not slip through', () => {
    const first = run(start, { asked: asks(2), shows: users(0), afterwards: users(2), policy: { caps: CAPS } })
    assert.is(scopeOf(first.ledger).spent.length, 2)
    const next = { asked: asks(3), shows: users(2), afterwards: users(3), policy: { caps: CAPS } }
    assert.equal(run(first.ledger, { ...next, some: at(DAY - 1) }).told, ['held capped: block user-02 status'])
    assert.equal(run(first.ledger, { ...next, some: at(DAY) }).told, ['block user-02 status (config)'])
  })

  test('S4: an approval is used up by the change that it let through', () => {
    const held = run(start, { asked: asks(5), shows: users(0), policy: { caps: CAPS } })
    assert.is(held.told.length, 5)
    const approved = run(start, {
      asked: asks(5),
      shows: users(0),
      afterwards: users(5),
      policy: { caps: CAPS },
      some: { digest: held.plan.digest },
    })
    assert.is(approved.told.filter((line) => line.startsWith('block')).length, 5)
    assert.equal(approved.ledger.approvals, [])
    assert.is(scopeOf(approved.ledger).spent.length, 5)
  })

  test('S3: the longer list is remembered until its loss was approved, however often runs come', () => {
    const half: Step = { asked: asks(0).slice(0, 9), shows: users(0), policy: { unlisted: 'block' } }
    let now = start
    for (const some of [{}, { person: true }, { user: { text: 'user-00', matches: (name: string) => name === 'user-00' } }, {}]) {
      const next = run(now, { ...half, some })
      assert.is(next.told.filter((line) => line.startsWith('block')).length, 0)
      now = next.ledger
      assert.is(scopeOf(now).listed, 20)
    }
    const { plan } = run(now, half)
    const blocked = names.map((name, index) => liveUser(name, { status: index < 9 ? 'allowed' : 'blocked' }))
    const done = run(now, { ...half, afterwards: blocked, some: { digest: plan.digest } })
    assert.is(done.told.filter((line) => line.startsWith('block')).length, 11)
    assert.is(scopeOf(done.ledger).listed, 9)
  })

  test('S3: the longer list is remembered while a user waits that it would open, and forgotten once that was approved', () => {
    const shut = users(0).map((user, at) => (at === 0 ? { ...user, settings: { ...user.settings, status: 'blocked' } } : user))
    const half: Step = { asked: asks(0).slice(0, 9), shows: shut }
    const waiting = run(start, half)
    assert.equal(waiting.told, ['held needs_approval: update user-00 status'])
    assert.is(scopeOf(waiting.ledger).listed, 20)
    const done = run(waiting.ledger, { ...half, afterwards: users(0), some: { digest: waiting.plan.digest } })
    assert.equal(done.told.length, 1)
    assert.is(scopeOf(done.ledger).listed, 9)
  })

  test('S3: a shorter list is the new one where all that waits is whom somebody blocked on purpose', () => {
    const shut = users(0).map((user, at) => (at === 0 ? { ...user, settings: { ...user.settings, status: 'blocked' } } : user))
    const policy = { unblock: 'hold' } as const
    const { ledger: known } = run(start, { asked: asks(0), shows: users(0) })
    const waiting = run(known, { asked: asks(0).slice(0, 9), shows: shut, policy })
    assert.equal(waiting.told, ['held needs_approval: update user-00 status'])
    assert.is(scopeOf(waiting.ledger).listed, 9)
  })

  test('S3: a shorter list that takes nothing away and opens nobody is the new one', () =>
    assert.is(scopeOf(run(start, { asked: asks(0).slice(0, 9), shows: users(0) }).ledger).listed, 9))

  test('S2: a lost end line is remembered until it is back, an approval has opened what waited, or a person stood behind a run that left nothing waiting', () => {
    const ending = (isMarked: boolean) => [{ file: 'config.yaml', isMarked, restraints: [] }]
    const blocked = { asked: asks(0), shows: users(1) }
    const isRemembered = (one: Ledger) => scopeOf(one).ends !== undefined
    const marked = run(start, { asked: asks(1), shows: users(1), endings: ending(true) }).ledger
    assert.ok(isRemembered(marked))
    const cut = { ...blocked, endings: ending(false) }
    for (const some of [{}, { person: true }, { user: { text: '*', matches: () => true }, person: true }]) {
      const held = run(marked, { ...cut, some })
      assert.equal(held.told, ['held needs_approval: update user-00 status'])
      assert.ok(isRemembered(held.ledger))
    }
    const { digest } = run(marked, cut).plan
    const approved = run(marked, { ...cut, afterwards: users(0), some: { digest } })
    assert.equal(approved.told, ['update user-00 status (config)'])
    assert.not(isRemembered(approved.ledger))
    assert.equal(run(marked, { ...blocked, afterwards: users(0), endings: ending(true) }).told, [
      'update user-00 status (config)',
    ])
    const still = { asked: asks(1), shows: users(1), endings: ending(false) }
    assert.ok(isRemembered(run(marked, still).ledger), 'nobody has looked')
    assert.ok(isRemembered(run(marked, { ...still, some: { person: true, user: { text: 'x', matches: () => false } } }).ledger))
    assert.not(isRemembered(run(marked, { ...still, some: { person: true } }).ledger))
    assert.equal(scopeOf(run(marked, { ...still, endings: [] }).ledger).ends, [
      { file: 'config.yaml', restraints: [], gone: NOW },
    ])
  })

  test('S2: with an end line is remembered what the file says of all users, and of those of the scope', () => {
    const inScopes = new Map([
      ['account', ['mine']],
      ['subaccount:Abcd', ['theirs']],
    ] as const)
    const endings = [
      { file: 'config.yaml', isMarked: true, restraints: ['safety'], inScopes },
      { file: 'more.yaml', isMarked: false, restraints: [], inScopes },
    ]
    const { ends } = scopeOf(run(start, { asked: asks(1), shows: users(1), endings }).ledger)
    assert.equal(ends, [{ file: 'config.yaml', restraints: ['safety', 'mine'] }])
  })

  test('what is remembered of users is only of those still listed', () => {
    const first = run(start, { asked: asks(0), shows: users(0) })
    const after = scopeOf(run(first.ledger, { asked: asks(0).slice(0, 15), shows: users(0) }).ledger)
    assert.equal([...after.users.keys()], names.slice(0, 15))
    assert.equal(after.lastSeen, names)
  })

  test('S15: names that objects know are remembered like any other', () => {
    const odd = ['__proto__', 'constructor', 'toString']
    const first = run(ledger([['account', memory()]]), {
      asked: odd.map((name) => [name, { description: 'x' }]),
      shows: odd.map((name) => liveUser(name)),
      afterwards: odd.map((name) => liveUser(name, { description: 'x' })),
    })
    assert.equal(
      first.told,
      odd.map((name) => `update ${name} description (config)`),
    )
    assert.equal([...scopeOf(first.ledger).users.keys()], odd)
  })
})

spec('whom the look before the changes shows open, and the one after them blocked', (test) => {
  const others: ReadonlyArray<LiveUser> = [liveUser('tel-1', { description: 'old' })]
  const calls: Asked = ['tel-1', { description: 'new' }]
  const shows =
    (
      status: string,
      block?: Partial<UserMemory>,
    ): ((asked: ReadonlyArray<Asked>, policy?: Partial<Policy>) => UserMemory | undefined) =>
    (asked, policy = {}) => {
      const known = userMemory({ ourBlock: OURS, ...block })
      const before = ledger([
        ['account', memory({ lastSeen: ['fax-1', 'tel-1'], listed: 1, users: new Map([['fax-1', known]]) })],
      ])
      const { ledger: after } = run(before, {
        asked: [...asked, calls],
        shows: [fax({ status }), ...others],
        afterwards: [fax({ status: 'blocked' }), liveUser('tel-1', { description: 'new' })],
        policy: { caps: { ...CAPS, max_blocks: { count: 0, percent: undefined } }, ...policy },
      })
      return scopeOf(after).users.get('fax-1')
    }
  const OURS = { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 5 * DAY, countedAt: NOW - HOUR } as const

  test('was blocked by somebody else: its grace is over', () => {
    assert.is(shows('allowed')([], { unlisted: 'remove' })?.ourBlock, undefined)
    assert.equal(shows('blocked')([], { unlisted: 'remove' })?.ourBlock, { ...OURS, elapsedMs: 5 * DAY + HOUR, countedAt: NOW })
  })

  test('and nothing returns when what we blocked it for ends', () => {
    const listed: ReadonlyArray<Asked> = [['fax-1', {}]]
    for (const asked of [listed, wants({ status: 'allowed' }), []])
      for (const _tag of ['Rule', 'Dates'] as const)
        assert.is(shows('allowed', { ourBlock: { _tag, returnsTo: 'allowed' } })(asked)?.ourBlock, undefined)
    assert.is(shows('allowed')(listed)?.ourBlock, undefined)
  })

  test('unless a block of ours may yet show', () => {
    const late = { block: { at: NOW - MINUTE }, ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } } as const
    assert.equal(shows('allowed', late)([])?.ourBlock, late.ourBlock)
    const departs = { block: { at: NOW - MINUTE, departs: 'allowed' }, ourBlock: undefined }
    assert.is(shows('allowed', departs)([], { unlisted: 'remove' })?.ourBlock?._tag, 'WayOut')
  })
})
