// A listed user that is not live yet, under rules and its own dates: whether it is made now, with what, and whether it is made blocked for a rule that
// its old name does not meet either.
import * as assert from 'uvu/assert'
import type { Context } from '../../../src/domain/draft/diff.ts'
import { governedUnborn, reachIn } from '../../../src/domain/draft/governing.ts'
import type { Departures } from '../../../src/domain/draft/leaving.ts'
import type { UserMemory } from '../../../src/domain/memory/user-memory.ts'
import { FIELDS, type Settings } from '../../../src/domain/user/settings.ts'
import { glob } from '../../../src/domain/user/username.ts'
import type { DesiredUser, Policy } from '../../../src/domain/wanted/desired.ts'
import type { Demand, Rule } from '../../../src/domain/wanted/rule.ts'
import { rulebookOf } from '../../../src/domain/wanted/rulebook.ts'
import { context, DAY, liveUser, managed, memory, NOW, policy, userMemory, wanted } from '../../support/build.ts'
import { rule, waiver } from '../../support/rules.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const OLD = 'printer@acme.example'
const NOWHERE: Departures = { absent: new Map(), successors: new Map(), spelled: new Map(), heirOf: () => undefined }

type Case = {
  readonly rules?: ReadonlyArray<Rule>
  readonly user?: DesiredUser
  /** What its old name shows; absent: it has none that is live. */
  readonly old?: Settings
  readonly remembered?: Partial<UserMemory>
  readonly policy?: Partial<Policy>
}

const born = ({ rules = [], user = wanted(ONE), old, remembered = {}, policy: some = {} }: Case) => {
  const about: Context = context({
    pages: rulebookOf(rules, NOW)('account'),
    memory: memory({ users: new Map([[OLD, userMemory(remembered)]]) }),
    policy: policy(some),
  })
  const { listed } = reachIn(about, NOWHERE, () => false)
  return governedUnborn(about, user, old === undefined ? undefined : liveUser(OLD, old), listed)
}
type Born = ReturnType<typeof born>
const valuesOf = ({ user }: Born) =>
  FIELDS.flatMap((field) => {
    const one = user.managed[field]
    return one === undefined ? [] : [`${field}=${String(one.value)}`]
  })

const ARCHIVE: Demand = { field: 'archive_enabled', _tag: 'Equals', value: true }
const ARCHIVED = rule('archived', { require: [ARCHIVE], otherwise: 'block' })
const NOT_ARCHIVED = 'blocked while rule archived is not met: archive_enabled is false: archive_enabled must be true'
const setting = (id: string, set: Settings, text?: string): Rule =>
  rule(id, { set: managed(set), ...(text === undefined ? {} : { match: { status: glob(text) } }) })

spec('a listed user that is to be made', (test) => {
  test('is made with what rules set, over what the config says of it', () => {
    const found = born({
      rules: [setting('named', { description: 'ruled' })],
      user: wanted(ONE, { description: 'x', ip_pool: 7 }),
    })
    assert.equal(valuesOf(found), ['description=ruled', 'ip_pool=7'])
    assert.equal([found.isRuled, found.isDue, found.user.blockedFor], [true, true, undefined])
  })

  test('is made as it stands where no rule is for it', () => {
    const user = wanted(ONE, { description: 'x' })
    const found = born({ user, rules: [setting('shut', { ip_pool: 3 }, 'blocked'), ARCHIVED] })
    assert.is(found.user, user, 'nor is it known yet what it will not meet')
    assert.equal([found.isRuled, found.isDue, found.findings], [false, true, []])
  })

  const byStatus = ['allowed', 'blocked', 'sandbox'].map((text) => setting(text, { description: text }, text))
  const rows: ReadonlyArray<readonly [title: string, some: Case, values: ReadonlyArray<string>]> = [
    ['as allowed, which the service makes it', {}, ['description=allowed']],
    [
      'by the status that the config says',
      { user: wanted(ONE, { status: 'blocked' }) },
      ['description=blocked', 'status=blocked'],
    ],
    ['by that of its old name', { old: { status: 'sandbox' } }, ['description=sandbox']],
    [
      'by that of the config before that of its old name',
      { user: wanted(ONE, { status: 'blocked' }), old: { status: 'sandbox' } },
      ['description=blocked', 'status=blocked'],
    ],
    [
      'by that which another rule sets',
      { rules: [...byStatus, setting('sandboxed', { status: 'sandbox' })] },
      ['description=sandbox', 'status=sandbox'],
    ],
  ]
  for (const [title, some, values] of rows)
    test(`is under the rules for its status: ${title}`, () => assert.equal(valuesOf(born({ rules: byStatus, ...some })), values))

  test('is not made before it starts, nor once it has expired, and is told of ahead', () => {
    const at = (moment: number) => ({ at: moment, source: 'config.yaml:2:2' })
    const dueWith = (some: Partial<DesiredUser>) => {
      const { isDue, findings } = born({ user: { ...wanted(ONE), ...some } })
      return [isDue, ...findings.map(({ rule: id }) => id)]
    }
    assert.equal(dueWith({ starts: at(NOW + 1) }), [false, 'starts-soon'])
    assert.equal(dueWith({ starts: at(NOW) }), [true])
    assert.equal(dueWith({ expires: at(NOW) }), [false])
    assert.equal(dueWith({ expires: at(NOW + DAY) }), [true, 'expires-soon'])
  })
})

spec('a new name whose old one does not meet a rule that blocks', (test) => {
  test('is made blocked, and the status that it would have had is known', () => {
    for (const [user, old, opensAs] of [
      [wanted(ONE), {}, 'allowed'],
      [wanted(ONE), { status: 'sandbox' }, 'sandbox'],
      [wanted(ONE, { status: 'sandbox' }), {}, 'sandbox'],
    ] as const) {
      const found = born({ rules: [ARCHIVED], user, old })
      const source = 'config.yaml:1:1 archived rule archived'
      assert.equal(found.user.managed.status, { value: 'blocked', source, rule: 'archived' })
      assert.equal([found.user.blockedFor, found.user.blockedFrom, found.isRuled], [NOT_ARCHIVED, opensAs, true])
    }
  })

  test('knows the status that a rule sets as the one that it would have had', () => {
    const found = born({ rules: [ARCHIVED, setting('sandboxed', { status: 'sandbox' })], old: {} })
    assert.equal([found.user.managed.status?.value, found.user.blockedFrom], ['blocked', 'sandbox'])
  })

  test('is not blocked for it where it is to be blocked anyway: nothing would open it again', () => {
    const user = wanted(ONE, { status: 'blocked' })
    assert.is(born({ rules: [ARCHIVED], user, old: {} }).user, user)
    assert.equal(born({ rules: [ARCHIVED], old: { status: 'blocked' } }).user, wanted(ONE))
  })

  test('is made as it stands where it meets the rule, by its old name or by what the config says', () => {
    assert.is(born({ rules: [ARCHIVED], old: { archive_enabled: true } }).user.blockedFor, undefined)
    assert.is(born({ rules: [ARCHIVED], old: {}, user: wanted(ONE, { archive_enabled: true }) }).user.blockedFor, undefined)
  })

  test('is not blocked where it is protected, where that is waived, or where the rule only reports', () => {
    const kept = { protected: [ONE].flatMap((text) => glob(text) ?? []) }
    assert.is(born({ rules: [ARCHIVED], old: {}, policy: kept }).user.blockedFor, undefined)
    assert.is(born({ rules: [{ ...ARCHIVED, waivers: [waiver(ONE, NOW + 1)] }], old: {} }).user.blockedFor, undefined)
    assert.is(born({ rules: [{ ...ARCHIVED, otherwise: 'report' }], old: {} }).user.blockedFor, undefined)
  })
})
