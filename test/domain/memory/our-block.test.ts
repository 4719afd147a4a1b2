// Whose block it is where the process is killed just after it was sent: what is noted before a block tells what it is for, and what it ends.
import * as assert from 'uvu/assert'
import type { OurBlock } from '../../../src/domain/memory/user-memory.ts'
import type { Plan } from '../../../src/domain/plan/plan.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import type { Glob } from '../../../src/domain/user/username.ts'
import type { DesiredUser, Policy } from '../../../src/domain/wanted/desired.ts'
import type { Rule } from '../../../src/domain/wanted/rule.ts'
import { DAY, desired, desiredScope, ledger, memory, NOW, userMemory, wanted } from '../../support/build.ts'
import { killed, run, type World } from '../../support/model.ts'
import { rule } from '../../support/rules.ts'
import { spec } from '../../support/spec.ts'

const NAME = 'one@x.example'
const ALL: Glob = { text: '*', matches: () => true }
const GRACE = 3 * DAY
const QUIET = rule('quiet', { require: [{ field: 'open_tracking_enabled', _tag: 'Equals', value: false }], otherwise: 'block' })

type Config = {
  readonly users?: ReadonlyArray<DesiredUser>
  readonly policy?: Partial<Policy>
  readonly rules?: ReadonlyArray<Rule>
}
const asks = (world: World, { users = [], policy = {}, rules = [] }: Config): World => ({
  ...world,
  state: { ...desired([desiredScope(users)], { grace: GRACE, ...policy }), rules },
})
const withLive = (world: World, settings: Settings): World => {
  const before = world.truth.get('account')?.get(NAME)
  return { ...world, truth: new Map([['account', new Map([[NAME, { ...before, ...settings }]])]]) }
}
const liveIn = ({ truth }: World): Settings | undefined => truth.get('account')?.get(NAME)
const statusOf = (world: World): unknown => liveIn(world)?.status

const statusAsked = ({ scopes }: Plan): ReadonlyArray<unknown> =>
  scopes.flatMap((scope) =>
    scope._tag === 'Planned'
      ? [...scope.changes, ...scope.held].flatMap(({ fields }) =>
          fields.flatMap(({ field, to }) => (field === 'status' ? [to] : [])),
        )
      : [],
  )

/** A user of whom a block of ours is remembered, and that somebody has opened since. */
const opened = (ourBlock: OurBlock, settings: Settings): World =>
  withLive(
    {
      state: desired([]),
      truth: new Map(),
      remembered: ledger([
        ['account', memory({ trusted: true, lastSeen: [NAME], users: new Map([[NAME, userMemory({ ourBlock })]]) })],
      ]),
    },
    settings,
  )
/** One on its way out, most of whose grace has passed. */
const LEFT: OurBlock = { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 2 * DAY, countedAt: NOW }
const UNMET: Settings = { status: 'sandbox', open_tracking_enabled: true }

spec('a block of ours, noted before it is sent, by a process that is killed after it', (test) => {
  test('that was for dates does not end where its user is taken off the list', () => {
    const listed: World = asks(
      {
        ...withLive({ state: desired([]), truth: new Map(), remembered: ledger([]) }, { status: 'allowed' }),
        remembered: ledger([['account', memory({ trusted: true, lastSeen: [NAME], listed: 1 })]]),
      },
      { users: [{ ...wanted(NAME), expires: { at: NOW, source: 'config.yaml:1:1' } }] },
    )
    const shut = killed(listed)
    assert.is(statusOf(shut), 'blocked')
    const after = run(asks(shut, {}), { now: NOW + 1 })
    assert.is(statusOf(after.world), 'blocked')
    assert.equal(statusAsked(after.plan), [], 'nor does it wait to be opened')
    assert.is(statusOf(run(after.world, { now: NOW + DAY }).world), 'blocked')
    const again = run(asks(shut, { users: [wanted(NAME)] }), { now: NOW + 1 })
    assert.is(statusOf(again.world), 'allowed', 'who is listed still has it back')
  })

  test('that was for a rule is none on the way out, so no grace of an earlier one goes on', () => {
    const shut = killed(asks(opened(LEFT, UNMET), { rules: [QUIET] }))
    assert.is(statusOf(shut), 'blocked')
    let world = run(shut, { now: NOW + 1 }).world
    for (let day = 1; day <= 2; day += 1)
      world = run(asks(world, { policy: { unlisted: 'remove' } }), { now: NOW + day * DAY }).world
    assert.is(statusOf(world), 'blocked', 'not removed')
  })

  test('that was on the way out does not end as one for a rule before it, also where nobody looks for long', () => {
    const shut = killed(
      asks(opened({ _tag: 'Rule', returnsTo: 'allowed' }, { status: 'sandbox' }), { policy: { unlisted: 'block' } }),
    )
    assert.is(statusOf(shut), 'blocked')
    assert.is(statusOf(run(asks(shut, {}), { now: NOW + 2 * DAY }).world), 'blocked')
  })

  test('that was for a rule returns what was before it, also where nothing may be done yet', () => {
    const users = [wanted(NAME)]
    const shut = killed(asks(opened(LEFT, UNMET), { users, rules: [QUIET] }))
    const mended = asks(withLive(shut, { open_tracking_enabled: false }), { users, rules: [QUIET] })
    assert.equal(statusAsked(run(asks(mended, { users, rules: [QUIET], policy: { protected: [ALL] } })).plan), [])
    assert.equal(statusAsked(run(mended).plan), ['sandbox'])
  })
})
