// One live user under rules and its own dates: what is enforced, whether it is blocked for now and why, what opens it again, and how far rules reach
// who must not be touched or is on its way out.
import * as assert from 'uvu/assert'
import type { Context } from '../../../src/domain/draft/diff.ts'
import { type Governed, governed, reachIn } from '../../../src/domain/draft/governing.ts'
import type { Departures } from '../../../src/domain/draft/leaving.ts'
import type { UserMemory } from '../../../src/domain/memory/user-memory.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import { FIELDS, type Settings } from '../../../src/domain/user/settings.ts'
import { glob } from '../../../src/domain/user/username.ts'
import type { DesiredUser, Policy } from '../../../src/domain/wanted/desired.ts'
import type { Demand, Rule } from '../../../src/domain/wanted/rule.ts'
import { rulebookOf } from '../../../src/domain/wanted/rulebook.ts'
import { context, HOUR, liveUser, managed, memory, NOW, policy, prints, userMemory, wanted } from '../../support/build.ts'
import { rule } from '../../support/rules.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const NOWHERE: Departures = { absent: new Map(), successors: new Map(), spelled: new Map(), heirOf: () => undefined }
const UNLISTED: DesiredUser = { ...wanted(ONE), source: 'listed nowhere' }

type Case = {
  readonly rules?: ReadonlyArray<Rule>
  readonly user?: DesiredUser
  readonly shown?: Settings
  readonly remembered?: Partial<UserMemory>
  readonly policy?: Partial<Policy>
  readonly standing?: 'listed' | 'former' | 'other'
  readonly departures?: Departures
  readonly isKept?: boolean
}

const ruled = ({
  rules = [],
  user = wanted(ONE),
  shown = {},
  remembered = {},
  policy: some = {},
  standing = 'listed',
  departures = NOWHERE,
  isKept = false,
}: Case): Governed => {
  const about: Context = context({
    pages: rulebookOf(rules, NOW)('account'),
    memory: memory({ users: new Map([[ONE, userMemory(remembered)]]) }),
    policy: policy(some),
  })
  return governed(about, user, liveUser(ONE, shown), reachIn(about, departures, () => isKept)[standing])
}
const valuesOf = ({ user }: Governed) =>
  FIELDS.flatMap((field) => {
    const one = user.managed[field]
    return one === undefined ? [] : [`${field}=${String(one.value)}`]
  })
const idsOf = ({ findings }: Governed) => findings.map(({ rule: id }) => id)
/** Whether it is to be opened, blocked or neither, and for what. */
const statusOf = ({ user }: Governed) => [user.managed.status?.value, user.blockedFor]
const globs = (...texts: ReadonlyArray<string>) => texts.flatMap((text) => glob(text) ?? [])

const ARCHIVE: Demand = { field: 'archive_enabled', _tag: 'Equals', value: true }
const TRACKING: Demand = { field: 'open_tracking_enabled', _tag: 'Equals', value: false }
const POOL: Demand = { field: 'ip_pool', _tag: 'Equals', value: 5 }
const blocking = (id: string, ...require: ReadonlyArray<Demand>): Rule => rule(id, { require, otherwise: 'block' })
const ARCHIVED = blocking('archived', ARCHIVE)
const NOT_ARCHIVED = 'blocked while rule archived is not met: archive_enabled is false: archive_enabled must be true'
const setting = (id: string, set: Settings, match: Partial<Rule['match']> = {}): Rule => rule(id, { set: managed(set), match })
const status = (text: string): Partial<Rule['match']> => ({ status: glob(text) })

spec('what rules set on a live user', (test) => {
  test('is laid over what the config says of it, which stays for the rest', () => {
    const user = wanted(ONE, { description: 'mine', ip_pool: 7 })
    const found = ruled({ rules: [setting('named', { description: 'ruled', archive_enabled: true })], user })
    assert.equal(valuesOf(found), ['description=ruled', 'ip_pool=7', 'archive_enabled=true'])
    assert.equal([found.isRuled, found.isDue], [true, true])
  })

  test('takes the rest of a limit with it where it says that there is none', () => {
    const user = wanted(ONE, { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day', ip_pool: 7 })
    assert.equal(valuesOf(ruled({ rules: [setting('free', { custom_ratelimit: false })], user })), [
      'custom_ratelimit=false',
      'ip_pool=7',
    ])
  })

  test('is the status too, and then the rules for that status hold', () => {
    const rules = [
      setting('sandboxed', { status: 'sandbox' }),
      setting('in-sandbox', { description: 'tried' }, status('sandbox')),
      setting('open', { description: 'works' }, status('allowed')),
    ]
    assert.equal(valuesOf(ruled({ rules })), ['description=tried', 'status=sandbox'])
    assert.equal(valuesOf(ruled({ rules: rules.slice(1) })), ['description=works'])
    assert.equal(valuesOf(ruled({ rules: rules.slice(1), user: wanted(ONE, { status: 'sandbox' }) })), [
      'description=tried',
      'status=sandbox',
    ])
  })

  test('is nothing where no rule is for it: it is left as it stands', () => {
    const user = wanted(ONE, { description: 'mine' })
    for (const rules of [[], [setting('other', { ip_pool: 3 }, status('blocked'))], [rule('archived', { require: [ARCHIVE] })]]) {
      const found = ruled({ rules, user })
      assert.is(found.user, user)
      assert.equal([found.isRuled, found.isDue], [false, true])
    }
  })
})

spec('a live user that does not meet a rule which blocks', (test) => {
  test('is blocked, told why and where that is said, over a status of the config', () => {
    for (const settings of [{}, { status: 'allowed' }]) {
      const { user, isRuled, isDue, findings } = ruled({ rules: [ARCHIVED], user: wanted(ONE, settings) })
      assert.equal([user.blockedFor, isRuled, isDue], [NOT_ARCHIVED, true, true])
      const source = 'config.yaml:1:1 archived rule archived'
      assert.equal(user.managed.status, { value: 'blocked', source, rule: 'archived' })
      assert.equal(findings.length, 1)
    }
  })

  test('is told all of it that is not met', () => {
    const both = blocking('both', POOL, ARCHIVE)
    const why = 'ip_pool is 0: ip_pool must be 5; archive_enabled is false: archive_enabled must be true'
    assert.is(ruled({ rules: [both] }).user.blockedFor, `blocked while rule both is not met: ${why}`)
  })

  test('is blocked for what is shown though another field that it asks for is not', () => {
    const found = ruled({ rules: [blocking('both', { ...POOL, field: 'email_password' }, ARCHIVE)] })
    assert.is(found.user.managed.status?.value, 'blocked')
  })

  test('is blocked though another rule that it does not meet only reports', () => {
    const reports = rule('a-reports', { require: [TRACKING] })
    const found = ruled({ rules: [reports, ARCHIVED], shown: { open_tracking_enabled: true } })
    assert.equal(statusOf(found), ['blocked', NOT_ARCHIVED])
    assert.equal(idsOf(found).sort(), ['a-reports', 'archived'])
  })

  test('is blocked in the same run where the config breaks what it met until now', () => {
    const shown = { archive_enabled: true, ip_pool: 5 }
    const rules = [blocking('both', ARCHIVE, POOL)]
    assert.equal(statusOf(ruled({ rules, shown })), [undefined, undefined])
    const found = ruled({ rules, shown, user: wanted(ONE, { ip_pool: 4 }) })
    assert.is(found.user.blockedFor, 'blocked while rule both is not met: ip_pool is 4: ip_pool must be 5')
  })

  test('is not where this run repairs that; then it is only if that is not made', () => {
    const found = ruled({ rules: [ARCHIVED], user: wanted(ONE, { archive_enabled: true }) })
    assert.equal(statusOf(found), [undefined, undefined])
    assert.equal(found.user.unless, { why: NOT_ARCHIVED, source: 'config.yaml:1:1 archived rule archived', rule: 'archived' })
  })

  test('is where somebody keeps setting that back and it is left to people, and not where it is repaired', () => {
    const repairs = new Map([['archive_enabled', [NOW - HOUR, NOW - HOUR]]] as const)
    const often = { wanted: new Map([['archive_enabled', printOf(prints, true)]] as const), repairs }
    const of = (contested: Policy['contested']) =>
      ruled({ rules: [ARCHIVED], user: wanted(ONE, { archive_enabled: true }), remembered: often, policy: { contested } })
    assert.equal(statusOf(of('hold')), ['blocked', NOT_ARCHIVED])
    assert.equal(statusOf(of('enforce')), [undefined, undefined])
  })
})

spec('a user that we blocked for now', (test) => {
  const ourBlock = { _tag: 'Rule', returnsTo: 'sandbox' } as const
  const blocked = (some: Case): Governed =>
    ruled({ ...some, shown: { status: 'blocked', ...some.shown }, remembered: { ourBlock } })

  test('gets the status from before once nothing blocks it, and that waits for nothing else', () => {
    const found = blocked({ rules: [ARCHIVED], shown: { archive_enabled: true } })
    assert.equal(found.user.managed.status, { value: 'sandbox', source: 'as before it was blocked for a rule or its dates' })
    assert.equal([found.user.freed, found.isRuled, found.isDue], [true, true, true])
    assert.equal(statusOf(blocked({})), ['sandbox', undefined], 'nor where the rule is gone')
  })

  test('gets the status that the config says instead, where it says one', () => {
    const found = blocked({ user: wanted(ONE, { status: 'allowed' }) })
    assert.equal([...statusOf(found), found.user.freed], ['allowed', undefined, true])
  })

  test('is opened together with what mends it, and not before that', () => {
    const found = blocked({ rules: [ARCHIVED], user: wanted(ONE, { archive_enabled: true }) })
    assert.equal(valuesOf(found), ['archive_enabled=true', 'status=sandbox'])
    assert.equal([found.user.freed, found.user.unless], [undefined, undefined])
  })

  test('is not ours to open where somebody else has blocked it, nor is anything freed of one that was open', () => {
    assert.not(ruled({ rules: [ARCHIVED], shown: { status: 'blocked', archive_enabled: true } }).isRuled)
    assert.is(ruled({ rules: [ARCHIVED], shown: { archive_enabled: true }, remembered: { ourBlock } }).user.freed, undefined)
    assert.is(ruled({ rules: [setting('named', { description: 'x' })] }).user.freed, undefined)
  })

  test('with its new name gets it back as an old name whose new one is open, and while nothing says that it does not', () => {
    const remembered = { ourBlock: { _tag: 'NewName', returnsTo: 'allowed' } } as const
    const of = (standing: 'former' | 'other') =>
      statusOf(ruled({ user: UNLISTED, shown: { status: 'blocked' }, remembered, standing }))
    assert.equal(of('former'), ['allowed', undefined])
    assert.equal(of('other'), [undefined, undefined])
  })
})

spec('how far rules reach a user', (test) => {
  const rules = [ARCHIVED, setting('named', { description: 'ruled' }), setting('sandboxed', { status: 'sandbox' })]
  const leaving: Case = { user: UNLISTED, standing: 'other', policy: { unlisted: 'block' } }
  const told: ReadonlyArray<readonly [title: string, some: Case]> = [
    ['protected', { policy: { protected: globs('ONE@*') } }],
    ['that the run must not touch', { isKept: true }],
    ['protected and on its way out', { ...leaving, policy: { unlisted: 'block', protected: globs(ONE) } }],
    ['ignored', { ...leaving, policy: { unlisted: 'block', ignore: globs(ONE) } }],
  ]
  for (const [title, some] of told)
    test(`${title}: it is told of what does not hold, and nothing of it is changed`, () => {
      const found = ruled({ rules, ...some })
      assert.equal([found.user, found.isRuled, found.isDue], [some.user ?? wanted(ONE), false, true])
      assert.equal(idsOf(found).sort(), ['archived', 'named', 'sandboxed'])
    })

  test('protected: a rule for the status that another one would set is not for it', () => {
    const strict = rule('strict', { match: status('sandbox'), require: [TRACKING] })
    const shown = { open_tracking_enabled: true }
    const of = (some: Case) => idsOf(ruled({ rules: [setting('sandboxed', { status: 'sandbox' }), strict], shown, ...some }))
    assert.equal(of({}), ['strict'])
    assert.equal(of({ policy: { protected: globs(ONE) } }), ['sandboxed'])
  })

  test('protected: its own dates are the word of the config, so that it is blocked as far as that goes', () => {
    const expired = { ...wanted(ONE), expires: { at: NOW, source: 'config.yaml:2:2' } }
    const found = ruled({ user: expired, policy: { protected: globs(ONE) } })
    assert.equal([found.user.managed.status?.value, found.isRuled, found.isDue], ['blocked', true, true])
    const ends = { ...wanted(ONE), expires: { at: NOW + 1, source: 'config.yaml:2:2' } }
    const still = ruled({ user: ends, policy: { protected: globs(ONE) } })
    assert.equal([still.user, still.isRuled, idsOf(still)], [ends, false, ['expires-soon']])
  })

  test('on its way out: all that they set but the status, and it is blocked for going, not for a rule', () => {
    const found = ruled({ rules, ...leaving })
    assert.equal([...valuesOf(found), found.user.blockedFor, found.isRuled], ['description=ruled', undefined, true])
    const alone = ruled({ rules: [ARCHIVED, setting('sandboxed', { status: 'sandbox' })], ...leaving })
    assert.equal([alone.user, alone.isRuled, idsOf(alone)], [UNLISTED, false, ['archived']])
  })

  test('on its way out: it is looked up as blocked, which it is to be', () => {
    const byStatus = [
      setting('open', { description: 'works' }, status('allowed')),
      setting('shut', { ip_pool: 9 }, status('blocked')),
    ]
    assert.equal(valuesOf(ruled({ rules: byStatus, ...leaving })), ['ip_pool=9'])
  })
})
