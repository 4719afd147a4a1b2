// What is remembered of one whose block may be of a rule or of a way out: who blocked it says what ends that, what was in vain for one is not for
// the other, and the first block for a rule is no repair. The rest of what is remembered of one user stands in remember-user.test.ts.
import * as assert from 'uvu/assert'
import { sidesOf } from '../../../src/domain/draft/vain.ts'
import { forNow } from '../../../src/domain/memory/our-block.ts'
import type { NotTaking, OurBlock, Pending, Refused, UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { Block, Ended, FieldChange } from '../../../src/domain/plan/plan.ts'
import { remembered, unlisted, withRules } from '../../../src/domain/remembering/remember-user.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import { change, HOUR, liveUser, NOW, prints, userMemory, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const MINUTE = 60_000
const after = { isFirst: false, alsoChanged: new Set<string>(), prints, now: NOW }
const STATUS: FieldChange = { field: 'status', from: 'allowed', to: 'blocked', source: '' }
const TEXT: FieldChange = { field: 'description', from: 'old', to: 'new', source: '' }
const OPEN: Settings = { status: 'allowed', description: 'old' }
const BLOCKED: Settings = { status: 'blocked' }

type Run = {
  readonly asked?: Settings
  readonly shown?: Settings | undefined
  readonly user?: Partial<DesiredUser>
  readonly ended?: Ended
}
const factsOf = ({ asked = {}, user = {}, ended, ...run }: Run) => ({
  user: { ...wanted(ONE, asked), ...user },
  live: 'shown' in run && run.shown === undefined ? undefined : liveUser(ONE, run.shown),
  planned: undefined,
  ended,
  assumed: [],
  after,
})
const kept = (before: Partial<UserMemory>, run: Run): UserMemory => remembered(userMemory(before), factsOf(run))
const rule: OurBlock = { _tag: 'Rule', returnsTo: 'allowed' }
const way: OurBlock = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 7, countedAt: 9 }

spec('of an unlisted user that a rule is about, and that may be on its way out, is remembered', (test) => {
  type Row = {
    readonly before?: Partial<UserMemory>
    readonly run: Run
    readonly left?: Partial<UserMemory>
    readonly departs?: boolean
  }
  const ruled = ({ before = {}, run, left, departs = false }: Row): UserMemory =>
    withRules(userMemory(before), factsOf(run), { left: left === undefined ? undefined : userMemory(left), departs })

  const vain = (field: 'status' | 'description', wished: string, at: number): NotTaking => ({
    field,
    wanted: JSON.stringify(wished),
    live: JSON.stringify(OPEN[field]),
    at,
  })
  const [shut, text] = [vain('status', 'blocked', NOW - 1), vain('description', 'new', NOW - 2)]
  const theirs = vain('status', 'blocked', NOW - 3)
  const asked = { asked: { status: 'blocked', description: 'new' }, shown: OPEN }
  const both = { notTaking: [shut, text] }
  for (const [title, row, expected] of [
    [
      'of a block in vain that of the way out, where that asks for it',
      { departs: true, left: { notTaking: [theirs] } },
      [text, theirs],
    ],
    ['that of the rule, where only that does', { departs: false, left: { notTaking: [theirs] } }, [shut, text]],
    ['none, where the way out asks and has none', { departs: true, left: {} }, [text]],
    ['none, where the way out asks and leaves nothing to remember', { departs: true }, [text]],
    [
      'and nothing else of the way out',
      { departs: true, left: { notTaking: [vain('description', 'x', NOW), theirs] } },
      [text, theirs],
    ],
  ] as const)
    test(title, () => assert.equal(ruled({ before: both, run: asked, ...row }).notTaking, expected))

  const forRule = { asked: BLOCKED, shown: BLOCKED, user: { blockedFor: 'a rule' } }
  const withNewName = { ...forRule, user: { blockedFor: 'its new name', shut: { why: 'by its status', source: '' } } }
  const wasRule: OurBlock = { ...rule, returnsTo: 'sandbox' }
  for (const [title, row, expected] of [
    ['what a rule blocks it for, as it was', { before: { ourBlock: rule }, run: forRule, left: { ourBlock: wasRule } }, wasRule],
    ['its way out, where that is what blocks it', { run: { asked: {}, shown: BLOCKED }, left: { ourBlock: way } }, way],
    ['no block, where nothing of one was left', { before: { ourBlock: rule }, run: forRule }, undefined],
    [
      'no block that ends by itself, where nothing blocks it for now any more',
      { before: { ourBlock: rule }, run: { asked: BLOCKED, shown: BLOCKED }, left: { ourBlock: rule } },
      undefined,
    ],
    [
      'that its new name shuts it, whatever it was blocked for',
      { before: { ourBlock: rule }, run: withNewName, left: { ourBlock: rule } },
      { ...rule, _tag: 'NewName' },
    ],
    ['its way out, where its new name shuts it only now', { run: withNewName, left: { ourBlock: way } }, way],
    ['nothing, where its new name shuts it and nobody has blocked it yet', { run: { ...withNewName, shown: OPEN } }, undefined],
  ] satisfies ReadonlyArray<readonly [string, Row, OurBlock | undefined]>)
    test(title, () => assert.equal(ruled(row).ourBlock, expected))
})

spec('of an unlisted user is remembered, where it was to go', (test) => {
  const left = (before: Partial<UserMemory>, shown: Settings, ended?: Ended) =>
    unlisted(userMemory(before), {
      live: liveUser(ONE, shown),
      planned: undefined,
      ended,
      successor: undefined,
      after,
    })
  const removal = (ago: number): Pending => ({ change: 'remove', wanted: new Map(), at: NOW - ago })
  const failed: Ended = { ...change('remove', ONE), outcome: 'failed' }

  test('a removal of unknown fate, while it may yet show and was not refused', () => {
    assert.equal(left({ pending: removal(MINUTE) }, OPEN)?.pending, removal(MINUTE))
    assert.is(left({ pending: removal(HOUR) }, OPEN), undefined)
    assert.is(left({ pending: removal(MINUTE) }, OPEN, failed), undefined)
  })

  test('and so of one that is listed again', () => {
    assert.equal(kept({ pending: removal(MINUTE) }, { shown: OPEN }).pending, removal(MINUTE))
    assert.is(kept({ pending: removal(HOUR) }, { shown: OPEN }).pending, undefined)
    assert.is(kept({ pending: removal(MINUTE) }, { shown: OPEN, ended: failed }).pending, undefined)
  })

  test('that its block was in vain, also where another status than it has would return', () => {
    const vain: NotTaking = { field: 'status', wanted: '"blocked"', live: '"allowed"', at: NOW - 1 }
    assert.equal(left({ notTaking: [vain], ourBlock: way }, OPEN)?.notTaking, [vain])
    assert.equal(left({ notTaking: [{ ...vain, wanted: '"sandbox"' }], ourBlock: way }, OPEN), undefined)
  })
})

spec('of a listed user is remembered, where something blocks it for now', (test) => {
  test('that it is, while its status is not shown', () => {
    const hidden = { asked: {}, shown: { status: undefined } }
    assert.equal(forNow(kept({ ourBlock: rule }, hidden)), rule)
    assert.is(forNow(kept({ ourBlock: rule }, { asked: {}, shown: OPEN })), undefined)
  })

  test('of what is asked all but that it is blocked, which ends', () => {
    const asked = { status: 'blocked', description: 'new' }
    const wished = (user: Partial<DesiredUser>, before: UserMemory['wanted'] = new Map()) =>
      Object.fromEntries(kept({ wanted: before }, { asked, shown: asked, user }).wanted)
    const blockedFor = 'a rule'
    assert.equal(wished({}), { description: '"new"', status: '"blocked"' })
    assert.equal(wished({ blockedFor }), { description: '"new"' })
    assert.equal(wished({ blockedFor }, new Map([['status', '"allowed"']])), { description: '"new"', status: '"allowed"' })
  })

  const repaired = (some: Partial<Block>, asked: Settings = { status: 'blocked' }) => {
    const block = change('block', ONE, { fields: [STATUS, TEXT], ends: 'returns', cause: 'drift', ...some })
    const noted = new Map([['description', '"new"'] as const])
    const run: Run = { asked, shown: { status: 'blocked', description: 'new' }, ended: { ...block, outcome: 'verified' } }
    return [...kept({ ourBlock: rule, wanted: noted }, run).repairs.keys()]
  }
  for (const [title, some, expected] of [
    ['no repair of the status by the first block, but of what else was set back', { cause: 'config' }, ['description']],
    ['one by the next, where somebody had opened it', { cause: 'drift' }, ['status', 'description']],
    ['one where the block is what is wanted', { cause: 'config', ends: 'never' }, ['status', 'description']],
  ] as const)
    test(title, () => assert.equal(repaired(some).sort(), [...expected].sort()))
})

spec('of a listed user is remembered for the next look', (test) => {
  test('how many have left it out, also where all that is known is what was sent otherwise, or what it has not got of its old name', () => {
    const hidden = { sent: new Map([['click_tracking_enabled', { print: 'false', at: 0 }] as const]) }
    const renamed = { previously: ['old@acme.example'] }
    assert.is(kept(hidden, { asked: { click_tracking_enabled: true }, shown: undefined }).unseen, 1)
    assert.is(kept({ owed: new Map([['ip_pool', '3']]) }, { shown: undefined, user: renamed }).unseen, 1)
  })

  test('that what was sent is sent once more, where an older write may come after it and nobody can see', () => {
    const overtakes = { at: NOW - MINUTE, wanted: new Map([['click_tracking_enabled', 'false'] as const]) }
    const wished = new Map([['click_tracking_enabled', 'true'] as const])
    const pending: Pending = { change: 'update', wanted: wished, at: NOW, overtakes }
    const tracked: FieldChange = { field: 'click_tracking_enabled', from: undefined, to: true, source: '' }
    const run = (outcome: Ended['outcome'], asked: boolean): Run => ({
      asked: { click_tracking_enabled: asked },
      ended: { ...change('update', ONE, { fields: [tracked] }), outcome },
    })
    assert.equal(kept({ pending }, run('unobservable', true)).pending, { ...pending, answered: true })
    assert.is(kept({ pending }, run('unobservable', false)).pending, undefined)
    assert.equal(kept({ pending }, run('failed', true)).pending, { change: 'update', wanted: overtakes.wanted, at: overtakes.at })
  })

  test('each refusal of another wish, or of another live side', () => {
    const lasting = 'no such address'
    const sides = { wanted: sidesOf({ prints }, [TEXT], 'to'), live: sidesOf({ prints }, [TEXT], 'from') }
    const now: Refused = { ...sides, at: NOW, message: lasting }
    const earlier = (some: Partial<Refused>): Refused => ({ ...now, at: NOW - HOUR, ...some })
    const refused = (...before: ReadonlyArray<Refused>) =>
      kept(
        { refused: before },
        { ended: { ...change('update', ONE, { fields: [TEXT] }), outcome: 'failed', refusal: { lasting } } },
      ).refused
    assert.equal(refused(earlier({})), [now])
    assert.equal(refused(earlier({ live: 'x' }), earlier({ wanted: 'x' })), [
      earlier({ live: 'x' }),
      earlier({ wanted: 'x' }),
      now,
    ])
  })
})
