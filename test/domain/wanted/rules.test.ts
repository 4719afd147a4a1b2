// Rules in tables: what a demand makes of settings, whom a rule holds for, what is enforced, blocked, waived, and only told.
import * as assert from 'uvu/assert'
import type { OurBlock, UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { Finding, Plan } from '../../../src/domain/plan/plan.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import { FIELDS, type Settings, type Value } from '../../../src/domain/user/settings.ts'
import { type Glob, glob } from '../../../src/domain/user/username.ts'
import { unmet } from '../../../src/domain/wanted/demand.ts'
import type { DesiredUser, Policy } from '../../../src/domain/wanted/desired.ts'
import type { Demand, Rule } from '../../../src/domain/wanted/rule.ts'
import {
  CAPS,
  DAY,
  desired,
  desiredScope,
  ledger,
  live,
  liveUser,
  managed,
  memory,
  NOW,
  plan,
  prints,
  told,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { run, type World } from '../../support/model.ts'
import { rule, waiver } from '../../support/rules.ts'
import { spec } from '../../support/spec.ts'

const PER_DAY = '1 day'
const limit = (value: number, period: string): Settings => ({
  custom_ratelimit: true,
  custom_ratelimit_value: value,
  custom_ratelimit_period: period,
})
const FREE: Settings = { custom_ratelimit: false }
const max = (most: number, per: string | undefined = PER_DAY): Demand => ({
  field: 'custom_ratelimit_value',
  _tag: 'Max',
  max: most,
  per,
})
const min = (least: number, per: string | undefined = PER_DAY): Demand => ({
  field: 'custom_ratelimit_value',
  _tag: 'Min',
  min: least,
  per,
})
const one = (text: string): Glob => {
  const found = glob(text)
  if (found === undefined) throw new Error(`no pattern: ${text}`)
  return found
}

spec('a demand', (test) => {
  const rows: ReadonlyArray<readonly [demand: Demand, settings: Settings, why: string | undefined]> = [
    [
      { field: 'custom_ratelimit', _tag: 'Equals', value: true },
      FREE,
      'custom_ratelimit is false: custom_ratelimit must be true',
    ],
    [{ field: 'custom_ratelimit', _tag: 'Equals', value: true }, limit(1, PER_DAY), undefined],
    [max(2000), limit(2000, '1 day'), undefined],
    [max(2000), limit(2000, '24:00:00'), undefined],
    [
      max(2000),
      limit(1000, '1 hour'),
      'custom_ratelimit_value is 1000 per 1 hour, which is 24000 per 1 day: custom_ratelimit_value must be at most 2000 per 1 day',
    ],
    [
      max(2000),
      limit(2001, '1 day'),
      'custom_ratelimit_value is 2001 per 1 day: custom_ratelimit_value must be at most 2000 per 1 day',
    ],
    [max(1, '1 hour'), limit(720, '1 month'), undefined],
    [
      max(1, '1 hour'),
      limit(721, '1 month'),
      'custom_ratelimit_value is 721 per 1 month, which is 1.0014 per 1 hour: custom_ratelimit_value must be at most 1 per 1 hour',
    ],
    [
      max(2147483647, '1 hour'),
      limit(2147483647, '0:59:59'),
      'custom_ratelimit_value is 2147483647 per 0:59:59, which is 2148080335.98 per 1 hour: custom_ratelimit_value must be at most 2147483647 per 1 hour',
    ],
    [max(5), FREE, 'there is no limit of its own: custom_ratelimit_value must be at most 5 per 1 day'],
    [
      max(5),
      limit(5, 'unlimited'),
      'the period unlimited of the limit is not understood, so nobody can tell: custom_ratelimit_value must be at most 5 per 1 day',
    ],
    [min(48), limit(2, '1 hour'), undefined],
    [
      min(49),
      limit(2, '1 hour'),
      'custom_ratelimit_value is 2 per 1 hour, which is 48 per 1 day: custom_ratelimit_value must be at least 49 per 1 day',
    ],
    [min(5), FREE, undefined],
    [{ field: 'custom_ratelimit_period', _tag: 'OneOf', values: ['1 day', '1 hour'] }, limit(1, '24:00:00'), undefined],
    [{ field: 'ip_pool', _tag: 'Max', max: 3, per: undefined }, { ip_pool: 4 }, 'ip_pool is 4: ip_pool must be at most 3'],
    [
      { field: 'status', _tag: 'OneOf', values: ['allowed', 'blocked'] },
      { status: 'sandbox' },
      'status is sandbox: status must be one of allowed, blocked',
    ],
    [{ field: 'audit_email', _tag: 'Matches', glob: one('*@acme.example') }, { audit_email: 'Audit@ACME.example' }, undefined],
    [
      { field: 'audit_email', _tag: 'Matches', glob: one('*@acme.example') },
      { audit_email: '' },
      'audit_email is empty: audit_email must match *@acme.example',
    ],
    [
      { field: 'description', _tag: 'Present', present: true },
      { description: '' },
      'description is empty: description must have a value',
    ],
    [
      { field: 'description', _tag: 'Present', present: false },
      { description: 'a b' },
      'description is "a b": description must be empty',
    ],
    [{ field: 'ip_pool', _tag: 'Present', present: true }, { ip_pool: 0 }, 'ip_pool is 0: ip_pool must have a value'],
    [
      { field: 'custom_ratelimit_value', _tag: 'Present', present: true },
      FREE,
      'there is no limit of its own: custom_ratelimit_value must have a value',
    ],
    [
      { field: 'archive_enabled', _tag: 'Equals', value: true },
      {},
      'the service does not show archive_enabled, so nobody can tell: archive_enabled must be true',
    ],
    [
      { field: 'bounce_notifications', _tag: 'Equals', value: 'a@acme.example' },
      { bounce_notifications: 'A@acme.example' },
      undefined,
    ],
  ]
  for (const [demand, settings, why] of rows)
    test(`${demand.field} ${demand._tag} on ${JSON.stringify(settings)}`, () => assert.is(unmet(demand, settings)?.why, why))
})

type Users = { readonly [name: string]: Settings }
type Case = {
  readonly asked?: Users
  readonly shown: Users
  readonly rules: ReadonlyArray<Rule>
  readonly policy?: Partial<Policy>
}

const worldOf = ({ asked = {}, shown, rules, policy = {} }: Case): World => ({
  state: {
    ...desired([desiredScope(Object.entries(asked).map(([name, settings]) => wanted(name, settings)))], policy),
    rules,
  },
  truth: new Map([
    ['account', new Map(Object.entries(shown).map(([name, settings]) => [name, liveUser(name, settings).settings]))],
  ]),
  remembered: ledger([['account', memory({ lastSeen: Object.keys(shown), listed: Object.keys(asked).length })]]),
})

const findings = (plan: Plan): ReadonlyArray<string> =>
  plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.findings.map(lineOf) : []))
const lineOf = ({ rule: id, severity, username, message }: Finding): string => `${username} ${severity} ${id}: ${message}`
const ruledIn = (plan: Plan): ReadonlyArray<string> =>
  plan.scopes.flatMap((scope) =>
    scope._tag === 'Planned'
      ? [...scope.changes, ...scope.held].flatMap(({ fields }) =>
          fields.flatMap(({ field, rule: by }) => (by === undefined ? [] : [`${field} ${by}`])),
        )
      : [],
  )
const statusOf = ({ truth }: World, name: string): Value | undefined => truth.get('account')?.get(name)?.status

/** The world with the settings of a user changed by hand. */
const byHand = (world: World, name: string, settings: Settings): World => {
  const users = new Map(world.truth.get('account'))
  users.set(name, { ...users.get(name), ...settings })
  return { ...world, truth: new Map([['account', users]]) }
}
const withRules = (world: World, rules: ReadonlyArray<Rule>): World => ({ ...world, state: { ...world.state, rules } })

const QUIET = rule('quiet', { set: managed({ open_tracking_enabled: false, click_tracking_enabled: false }) })
const LIMITED = rule('limited', { require: [{ field: 'custom_ratelimit', _tag: 'Equals', value: true }] })
const BLOCKING: Rule = { ...LIMITED, otherwise: 'block' }
const NOT_MET = 'custom_ratelimit is false: custom_ratelimit must be true'

spec('what a rule sets', (test) => {
  test('is enforced on listed and unlisted users, over every other layer, and then nothing is left to do (L4)', () => {
    const world = worldOf({
      asked: { 'fax-1': { open_tracking_enabled: true, description: 'x' } },
      shown: { 'fax-1': { open_tracking_enabled: true, description: 'x' }, 'fax-2': { open_tracking_enabled: true } },
      rules: [QUIET],
    })
    const first = run(world)
    assert.equal(told(first.plan), [
      'update fax-1 open_tracking_enabled,click_tracking_enabled (config)',
      'update fax-2 open_tracking_enabled,click_tracking_enabled (config)',
    ])
    const second = run(first.world, { now: NOW + 60_000 })
    assert.equal(told(second.plan), [])
    assert.equal(second.plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.unobservable : [])).length, 2)
  })

  test('is part of the making of a user that is not there', () => {
    const plan = run(worldOf({ asked: { 'fax-1': {} }, shown: {}, rules: [QUIET] })).plan
    assert.equal(told(plan), ['create fax-1 open_tracking_enabled,click_tracking_enabled (config)'])
  })

  test('is told by its name with each field that it asks for, however that comes about', () => {
    const quiet = rule('quiet', { set: { open_tracking_enabled: { value: false, source: 'c:1:1', rule: 'quiet' } } })
    const limited = { 'fax-1': limit(5, '1 day') }
    const noUpdate: Partial<Policy> = { caps: { ...CAPS, max_updates: { count: 0, percent: undefined } } }
    const rows: ReadonlyArray<readonly [asked: Case, rules: ReadonlyArray<string>]> = [
      [{ shown: { 'fax-1': { open_tracking_enabled: true } }, rules: [quiet] }, ['open_tracking_enabled quiet']],
      [{ asked: { 'fax-1': {} }, shown: {}, rules: [quiet] }, ['open_tracking_enabled quiet']],
      [{ shown: { 'fax-1': {} }, rules: [BLOCKING] }, ['status limited']],
      [{ asked: limited, shown: { 'fax-1': {} }, rules: [BLOCKING], policy: noUpdate }, ['status limited']],
    ]
    for (const [asked, rules] of rows) assert.equal(ruledIn(run(worldOf(asked)).plan), rules)
  })

  test('S5: ignored and protected users are told of and not touched, whatever the policy does with unlisted ones', () => {
    const policy = { ignore: [one('boss-*')], protected: [one('*-safe')] }
    const shown = {
      'boss-1': { open_tracking_enabled: true },
      'fax-safe': { open_tracking_enabled: true },
      'fax-1': { open_tracking_enabled: true },
    }
    for (const unlisted of ['ignore', 'report'] as const) {
      const { plan } = run(worldOf({ asked: { 'fax-safe': {} }, shown, rules: [QUIET], policy: { ...policy, unlisted } }))
      assert.equal(told(plan), ['update fax-1 open_tracking_enabled,click_tracking_enabled (config)'])
      assert.equal(
        findings(plan),
        ['boss-1', 'fax-safe'].map((name) => `${name} medium quiet: open_tracking_enabled is true: this rule sets false`),
      )
    }
  })

  test('reaches whom it matches by name, scope, status and profile', () => {
    const shown = { 'fax-1': {}, 'fax-2': { status: 'blocked' }, 'tel-1': {} }
    const matching = (match: Partial<Rule['match']>): ReadonlyArray<string> => {
      const described = rule('described', { match, set: managed({ description: 'new' }) })
      return told(run(worldOf({ shown, rules: [described] })).plan).map((line) => line.split(' ')[1] ?? '')
    }
    assert.equal(matching({}), ['fax-1', 'fax-2', 'tel-1'])
    assert.equal(matching({ username: one('FAX-?') }), ['fax-1', 'fax-2'])
    assert.equal(matching({ status: one('blocked') }), ['fax-2'])
    assert.equal(matching({ scope: one('subaccount:*') }), [])
    assert.equal(matching({ scope: one('acc*'), username: one('*-1') }), ['fax-1', 'tel-1'])
    assert.equal(matching({ profile: one('*') }), [])
  })

  test('S4: meets the same caps as everything else', () => {
    const shown = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`fax-${at}`, { open_tracking_enabled: true }]))
    const { plan } = run(worldOf({ shown, rules: [QUIET], policy: { caps: CAPS } }))
    assert.is(told(plan).length, 40)
    assert.ok(told(plan).every((line) => line.startsWith('held capped: update')))
  })

  test('of two rules that meet only on an unlisted user neither is enforced, and both places are told', () => {
    const loud = rule('loud', {
      match: { username: one('fax-*') },
      set: managed({ open_tracking_enabled: true, description: 'a' }),
    })
    const still = rule('still', { match: { username: one('*-1') }, set: managed({ open_tracking_enabled: false }) })
    for (const rules of [
      [loud, still],
      [still, loud],
    ]) {
      const { plan } = run(worldOf({ shown: { 'fax-1': {} }, rules }))
      assert.equal(told(plan), ['update fax-1 description (config)'])
      assert.equal(findings(plan), [
        'fax-1 high rules-contradict: open_tracking_enabled: rule loud sets true (config.yaml:1:1 loud), rule still sets false (config.yaml:1:1 still): neither is enforced; change what one of them matches',
      ])
    }
  })

  test('goes together with the block of a user that is on its way out', () => {
    const world = worldOf({ shown: { 'fax-1': { open_tracking_enabled: true } }, rules: [QUIET], policy: { unlisted: 'block' } })
    const first = run(world)
    assert.equal(told(first.plan), ['block fax-1 open_tracking_enabled,click_tracking_enabled,status (config)'])
    assert.equal(told(run(first.world, { now: NOW + 60_000 }).plan), [])
  })
})

spec('what a rule requires', (test) => {
  test('and a user does not meet is a finding with the numbers, and no change', () => {
    const { plan } = run(
      worldOf({ asked: { 'fax-1': {} }, shown: { 'fax-1': {}, 'fax-2': {}, 'fax-3': limit(1, '1 day') }, rules: [LIMITED] }),
    )
    assert.equal(told(plan), [])
    assert.equal(findings(plan), [`fax-1 medium limited: ${NOT_MET}`, `fax-2 medium limited: ${NOT_MET}`])
  })

  test('S14: findings are no part of the digest', () => {
    const world = worldOf({ asked: { 'fax-1': { description: 'x' } }, shown: { 'fax-1': {} }, rules: [] })
    assert.is(run(world).plan.digest, run(withRules(world, [LIMITED])).plan.digest)
  })

  for (const kind of ['listed without a status', 'listed as allowed', 'unlisted'])
    test(`or blocks: a user ${kind} is blocked while it is not met, and then the status from before returns`, () => {
      const asked: Users = kind === 'unlisted' ? {} : { 'fax-1': kind === 'listed as allowed' ? { status: 'allowed' } : {} }
      const blocked = run(worldOf({ asked, shown: { 'fax-1': {} }, rules: [BLOCKING] }))
      assert.equal(told(blocked.plan), ['block fax-1 status (config)'])
      const [scope] = blocked.plan.scopes
      assert.is(scope?._tag === 'Planned' ? scope.changes[0]?.note : '', `blocked while rule limited is not met: ${NOT_MET}`)
      const still = run(blocked.world, { now: NOW + DAY })
      assert.equal(told(still.plan), [])
      assert.equal(findings(still.plan), [`fax-1 medium limited: ${NOT_MET}`])
      const met = run(byHand(still.world, 'fax-1', limit(5, '1 day')), { now: NOW + 2 * DAY })
      assert.is(statusOf(met.world, 'fax-1'), 'allowed')
      assert.equal(told(run(met.world, { now: NOW + 3 * DAY }).plan), [])
      const blockedByHand = byHand(met.world, 'fax-1', { status: 'blocked' })
      if (kind !== 'listed as allowed')
        assert.equal(told(run(blockedByHand, { now: NOW + 4 * DAY }).plan), [], 'somebody else blocked it')
    })

  test('never opens a user that somebody else blocked', () => {
    const world = worldOf({ shown: { 'fax-1': { status: 'blocked' } }, rules: [BLOCKING] })
    const first = run(world)
    assert.equal(told(first.plan), [])
    assert.equal(told(run(byHand(first.world, 'fax-1', limit(5, '1 day')), { now: NOW + DAY }).plan), [])
  })

  test('does not block what the same run repairs', () => {
    const world = worldOf({ asked: { 'fax-1': limit(5, '1 day') }, shown: { 'fax-1': {} }, rules: [BLOCKING] })
    const first = run(world)
    assert.equal(told(first.plan), ['update fax-1 custom_ratelimit,custom_ratelimit_value,custom_ratelimit_period (config)'])
    assert.equal(findings(first.plan), [`fax-1 medium limited: ${NOT_MET}`])
    assert.equal(findings(run(first.world, { now: NOW + DAY }).plan), [])
  })

  test('blocks at once for a status that another rule is about to set, and stays with it (L4)', () => {
    const sandboxed = rule('sandboxed', { set: managed({ status: 'sandbox' }) })
    const live = rule('live', {
      require: [{ field: 'status', _tag: 'OneOf', values: ['allowed', 'blocked'] }],
      otherwise: 'block',
    })
    const first = run(worldOf({ shown: { 'fax-1': {} }, rules: [sandboxed, live] }))
    assert.equal(told(first.plan), ['block fax-1 status (config)'])
    assert.equal(told(run(first.world, { now: NOW + DAY }).plan), [])
  })

  test('does not block where the service does not show the field', () => {
    const hidden = rule('hidden', { require: [{ field: 'ip_pool', _tag: 'Equals', value: 5 }], otherwise: 'block' })
    const settings = { ...liveUser('fax-1').settings, ip_pool: undefined }
    const shown = live([{ username: 'fax-1', settings, sendingAllowed: true }])
    const state = { ...desired([desiredScope([])]), rules: [hidden] }
    const made = plan(state, [shown], ledger([['account', memory()]]))
    assert.equal(told(made), [])
    assert.equal(findings(made), [
      'fax-1 medium hidden: the service does not show ip_pool, so nobody can tell: ip_pool must be 5',
    ])
  })

  const ARCHIVED = rule('archived', {
    require: [{ field: 'archive_enabled', _tag: 'Equals', value: true }],
    otherwise: 'block',
  })
  const LIMITED_A_DAY = rule('a-day', { require: [max(5)], otherwise: 'block' })
  /** What is planned of one that we blocked, by what the service shows of it. */
  const ofBlocked = (
    rules: ReadonlyArray<Rule>,
    shown: { readonly [F in keyof Settings]?: Settings[F] | undefined },
    {
      users = [],
      remembered = {},
      _tag = 'Rule',
    }: {
      readonly users?: ReadonlyArray<DesiredUser>
      readonly remembered?: Partial<UserMemory>
      readonly _tag?: Exclude<OurBlock['_tag'], 'WayOut'>
    } = {},
  ): ReadonlyArray<string> => {
    const settings = { ...liveUser('fax-1').settings, status: 'blocked', ...shown }
    const known = userMemory({ ourBlock: { _tag, returnsTo: 'allowed' }, ...remembered })
    const before = memory({ lastSeen: ['fax-1'], listed: users.length, users: new Map([['fax-1', known]]) })
    const state = { ...desired([desiredScope(users)]), rules }
    return told(plan(state, [live([{ username: 'fax-1', settings, sendingAllowed: true }])], ledger([['account', before]])))
  }
  const HIDDEN_FLAG = { archive_enabled: undefined }

  for (const [title, users] of [
    ['listed nowhere', []],
    ['listed without a status', [wanted('fax-1')]],
    ['listed as allowed', [wanted('fax-1', { status: 'allowed' })]],
  ] as const)
    test(`S3: whom it has blocked stays blocked where an answer does not show whether it is met: ${title}`, () => {
      assert.equal(ofBlocked([ARCHIVED], HIDDEN_FLAG, { users }), [])
      const odd = { ...limit(1, 'unlimited'), custom_ratelimit_value: 1 }
      assert.equal(ofBlocked([LIMITED_A_DAY], odd, { users }), [])
      assert.equal(ofBlocked([LIMITED_A_DAY], { ...limit(1, PER_DAY), custom_ratelimit_value: undefined }, { users }), [])

      assert.equal(ofBlocked([ARCHIVED], { archive_enabled: true }, { users }), ['update fax-1 status (config)'])
    })

  test('S3: whom it has blocked is not opened by what another field shows, while one is not shown', () => {
    const both = rule('both', { require: [...ARCHIVED.require, ...LIMITED.require], otherwise: 'block' })
    assert.equal(ofBlocked([both], { ...limit(1, PER_DAY), ...HIDDEN_FLAG }), [])
    assert.equal(ofBlocked([ARCHIVED, BLOCKING], { ...limit(1, PER_DAY), ...HIDDEN_FLAG }), [])
    const repaired = { users: [wanted('fax-1', limit(5, PER_DAY))] }
    assert.equal(ofBlocked([ARCHIVED, BLOCKING], HIDDEN_FLAG, repaired), [
      'update fax-1 custom_ratelimit,custom_ratelimit_value,custom_ratelimit_period (config)',
    ])
  })

  test('who was blocked for its dates is opened when they begin though a field is not shown, as one is that was never blocked', () =>
    assert.equal(ofBlocked([ARCHIVED], HIDDEN_FLAG, { users: [wanted('fax-1')], _tag: 'Dates' }), [
      'update fax-1 status (config)',
    ]))

  test('a waived rule, and one that only reports, keep nobody blocked for what is not shown', () => {
    const waived = { ...ARCHIVED, waivers: [waiver('fax-*', NOW + DAY)] }
    for (const one of [waived, { ...ARCHIVED, otherwise: 'report' } as const])
      assert.equal(ofBlocked([one], HIDDEN_FLAG), ['update fax-1 status (config)'])
  })

  test('a new name is made blocked as its old one is, where nobody can tell whether it will meet the rule', () => {
    const heir = { ...wanted('new-1'), previously: ['fax-1'] }
    const said = (shown: { readonly [F in keyof Settings]?: Settings[F] | undefined }): ReadonlyArray<string> =>
      ofBlocked([ARCHIVED], shown, { users: [heir] }).filter((line) => line.includes('new-1'))
    assert.equal(said(HIDDEN_FLAG), ['create new-1 status (config)'])
    assert.equal(said({ archive_enabled: true }), ['create new-1 archive_enabled (config)'])
  })

  test('what did not take goes beside a block that stays: whether it takes this time, the next look shows', () => {
    const print = (value: Value): string => printOf(prints, value)
    const at = NOW - DAY
    const inVain = [{ field: 'archive_enabled', wanted: print(true), live: print(false), at } as const]
    const users = [wanted('fax-1', { archive_enabled: true })]
    const again = { users, remembered: { notTaking: inVain } }
    assert.equal(ofBlocked([ARCHIVED], { archive_enabled: false }, again), ['update fax-1 archive_enabled (config)'])
    assert.equal(ofBlocked([ARCHIVED], { archive_enabled: false }, { users }), ['update fax-1 archive_enabled,status (config)'])
    assert.equal(ofBlocked([ARCHIVED], { archive_enabled: true }, again), ['update fax-1 status (config)'])
  })

  test('a rule that is gone, or waives, opens what it blocked', () => {
    const blocked = run(worldOf({ shown: { 'fax-1': { status: 'sandbox' } }, rules: [BLOCKING] })).world
    assert.is(statusOf(blocked, 'fax-1'), 'blocked')
    const waived: Rule = { ...BLOCKING, waivers: [waiver('fax-*', NOW + 30 * DAY)] }
    for (const rules of [[], [waived]]) {
      const after = run(withRules(blocked, rules), { now: NOW + DAY })
      assert.is(statusOf(after.world, 'fax-1'), 'sandbox')
      assert.equal(told(run(after.world, { now: NOW + 2 * DAY }).plan), [])
    }
  })

  test('S10: without memory a block waits for a person, and nothing is opened', () => {
    const world = worldOf({ shown: { 'fax-1': {}, 'fax-2': { ...limit(5, '1 day'), status: 'blocked' } }, rules: [BLOCKING] })
    assert.equal(told(run({ ...world, remembered: ledger([]) }).plan), ['held needs_approval: block fax-1 status'])
  })

  test('S4: a rule that nobody meets meets the cap of blocks', () => {
    const shown = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`fax-${at}`, {}]))
    const { plan } = run(worldOf({ shown, rules: [BLOCKING], policy: { caps: CAPS } }))
    assert.equal(new Set(told(plan).map((line) => line.slice(0, 18))), new Set(['held capped: block']))
  })
})

spec('a waiver', (test) => {
  const until = NOW + 20 * DAY
  const world = worldOf({
    shown: { 'fax-1': { open_tracking_enabled: true }, 'fax-2': { open_tracking_enabled: true } },
    rules: [
      { ...QUIET, set: managed({ open_tracking_enabled: false }), waivers: [waiver('fax-1', until)] },
      { ...BLOCKING, severity: 'high', waivers: [waiver('*', until)] },
    ],
  })
  const at = (now: number) => run(world, { now }).plan
  const lines = (now: number, name = 'fax-1') => findings(at(now)).filter((line) => line.startsWith(name))
  const END = new Date(until).toISOString().replace('.000Z', 'Z')

  test('leaves a user alone, and says until when', () => {
    assert.equal(told(at(NOW)), ['update fax-2 open_tracking_enabled (config)'])
    assert.equal(lines(NOW), [
      `fax-1 low limited: waived until ${END} (a trial): ${NOT_MET}`,
      `fax-1 low quiet: waived until ${END} (a trial): open_tracking_enabled is true: this rule sets false`,
    ])
  })

  test('is told of 14, 3 and 1 days ahead, each time more gravely, with the same words in between', () => {
    const ends = (days: number) =>
      lines(until - days * DAY).filter((line) => line.includes('waiver-ends: the waiver of rule quiet'))
    assert.equal(ends(15), [])
    assert.match(ends(14).join(), /low waiver-ends: .* within 14 days: from then on the rule is enforced$/)
    assert.equal(ends(13), ends(4))
    assert.match(ends(3).join(), /medium .* within 3 days/)
    assert.match(ends(1).join(), /high .* within a day/)
  })

  test('ends by itself: then the rule holds again, and the waiver is told of until it is removed', () => {
    assert.equal(told(at(until)), [
      'block fax-1 open_tracking_enabled,status (config)',
      'block fax-2 open_tracking_enabled,status (config)',
    ])
    assert.ok(lines(until).some((line) => line.startsWith('fax-1 low waiver-ended: the waiver of rule quiet (a trial) ended at')))
  })
})

spec('the dates of a user', (test) => {
  const START = NOW + 20 * DAY
  const END = NOW + 40 * DAY
  const dated = (settings: Settings, shown: Users): World => {
    const user = { ...wanted('fax-1', settings), starts: { at: START, source: 'c:1:1' }, expires: { at: END, source: 'c:2:2' } }
    return { ...worldOf({ shown, rules: [] }), state: desired([desiredScope([user])]) }
  }
  for (const [title, settings] of [
    ['without a status', {}],
    ['that the config allows', { status: 'allowed' }],
  ] as const)
    test(`a user ${title} is blocked before and after, and as it was in between`, () => {
      const before = run(dated(settings, { 'fax-1': {} }))
      assert.is(statusOf(before.world, 'fax-1'), 'blocked')
      const within = run(before.world, { now: START })
      assert.is(statusOf(within.world, 'fax-1'), 'allowed')
      assert.equal(told(run(within.world, { now: END - 1 }).plan), [])
      const after = run(within.world, { now: END })
      assert.is(statusOf(after.world, 'fax-1'), 'blocked')
      assert.equal(told(run(after.world, { now: END + DAY }).plan), [])
    })

  test('a user that is not there is made within them only', () => {
    const world = dated({}, {})
    assert.equal(
      [NOW, START, END].map((now) => told(run(world, { now }).plan).length),
      [0, 1, 0],
    )
  })

  test('what comes is told 14, 3 and 1 days ahead, and no digest changes by it', () => {
    const world = dated({ status: 'allowed' }, { 'fax-1': {} })
    const near = (now: number) => findings(run(world, { now }).plan).map((line) => line.replace(/ at \S+,/, ','))
    assert.equal(near(START - 15 * DAY), [])
    assert.equal(near(START - 14 * DAY), ['fax-1 low starts-soon: starts, within 14 days: it is blocked until then'])
    assert.equal(
      near(END - 14 * DAY).map((line) => line.split(' ')[1]),
      ['low'],
    )
    assert.equal(
      near(END - 3 * DAY).map((line) => line.split(' ')[1]),
      ['medium'],
    )
    assert.equal(near(END - DAY), ['fax-1 high expires-soon: expires, within a day: it is blocked from then on'])
    const digests = [END - 15 * DAY, END - 2 * DAY].map((now) => run(world, { now }).plan.digest)
    assert.is(digests[0], digests[1])
  })
})

spec('a user on its way out, and what a rule sets', (test) => {
  const planOf = (set: Settings, some: Parameters<typeof ledger>[1] = {}) => {
    const state = { ...desired([desiredScope([])], { unlisted: 'block' }), rules: [rule('quiet', { set: managed(set) })] }
    const shown = live([liveUser('gone-1')], { returned: new Set(FIELDS) })
    return plan(state, [shown], ledger([['account', memory({ lastSeen: ['gone-1'] })]], some))
  }
  const changesOf = (of: Plan) =>
    of.scopes
      .flatMap((scope) => (scope._tag === 'Planned' ? scope.changes : []))
      .map(({ change, fields }) => [change, ...fields.map(({ field, to, source }) => `${field} ${String(to)} ${source}`)])
  const BLOCK = 'status blocked config.yaml:3:21 policy.unlisted block'

  test('go out as one change, which blocks', () =>
    assert.equal(changesOf(planOf({ description: 'by rule' })), [
      ['block', 'description by rule config.yaml:1:1 description', BLOCK],
    ]))

  test('go out as a block alone where the rest would be a full edit', () =>
    assert.equal(changesOf(planOf({ feedback_domain: 'a.example', description: 'by rule' })), [['block', BLOCK]]))

  test('an emergency stop says by whose word it blocks', () => {
    const stop = { what: { _tag: 'Stop', glob: '*' }, since: 0, until: NOW + 1, reason: 'leaked', by: 'me' } as const
    assert.equal(changesOf(planOf({}, { holds: [stop] })), [['block', 'status blocked block --match, by me: leaked']])
  })
})
