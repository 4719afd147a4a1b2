// S4: what an approval lets through: the same user of the same scope, the same kind of change, the same value, and once.
import * as assert from 'uvu/assert'
import { DAY } from '../../../src/domain/basics/time.ts'
import type { Hold } from '../../../src/domain/decisions/hold.ts'
import { approvable, releasedBy } from '../../../src/domain/guards/approve.ts'
import { decided } from '../../../src/domain/memory/decision.ts'
import type { Plan } from '../../../src/domain/plan/plan.ts'
import { makePlan } from '../../../src/domain/planning/planning.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import type { Cap, CapName, Policy } from '../../../src/domain/wanted/desired.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { E } from '../../../src/fp.ts'
import { desired, desiredScope, ledger, memory, NO_CAPS, NOW, prints, told, wanted } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { factsOf, run, type World } from '../../support/model.ts'
import { spec } from '../../support/spec.ts'

const NAMES = ['a', 'b', 'c'].map((name) => `${name}@x.example`)
const NOBODY: Cap = { percent: undefined, count: 0 }
const HELD: Partial<Policy> = { caps: { ...NO_CAPS, max_updates: NOBODY, max_blocks: NOBODY, max_removes: NOBODY } }
const HOLD_OF_A: Hold = { what: { _tag: 'Users', glob: 'a@*' }, since: NOW, until: NOW + DAY, reason: 'r', by: 'me' }

/** Users that ask for these settings where everything has its default, and whose every update is held. */
const worldOf = (settings: Settings, scope: Scope = 'account', holds: ReadonlyArray<Hold> = []): World => ({
  state: desired(
    [
      desiredScope(
        NAMES.map((name) => wanted(name, settings)),
        scope,
      ),
    ],
    HELD,
  ),
  truth: new Map([[scope, new Map(NAMES.map((name) => [name, { status: 'allowed', description: '' }]))]]),
  remembered: ledger([[scope, memory({ lastSeen: NAMES, listed: NAMES.length, trusted: true })]], { holds }),
})

const approved = (world: World, plan: Plan): World => {
  const changes = approvable([plan], prints, plan.digest ?? '')?.changes ?? []
  const after = decided(world.remembered, { _tag: 'Approve', digest: '', changes }, { by: 'me', reason: 'ok', now: NOW })
  if (E.isLeft(after)) throw new Error(after.left)
  return { ...world, remembered: after.right }
}
const editedIn = (world: World): ReadonlyArray<string> => run(world).edits.map(([, { username }]) => username)
/** Approvals of one world in another. */
const carried = (from: World, to: World): World => ({
  ...to,
  remembered: { ...to.remembered, approvals: from.remembered.approvals },
})

const ONE: Settings = { description: 'one' }

spec('S4: an approval', (test) => {
  const asked = worldOf(ONE)
  const given = approved(asked, run(asked).plan)

  test('lets through what it was given for', () => {
    assert.equal(editedIn(asked), [])
    assert.equal(editedIn(given), NAMES)
  })

  test('by digest makes exactly what was shown: what waited takes no room of what did not', () => {
    const [due = '', waiting = ''] = NAMES
    const blocked = { status: 'blocked' } as const
    const state = desired([desiredScope([wanted(due, blocked), wanted(waiting, blocked)])], {
      caps: { ...NO_CAPS, max_blocks: { percent: undefined, count: 1 } },
    })
    // The end of its file is gone, and with it perhaps what is to be said of the last one.
    const last = { scope: 'account', username: waiting, hasStatus: false } as const
    const world: World = {
      state: { ...state, endings: [{ file: 'config.yaml', isMarked: false, restraints: [], last }] },
      truth: new Map([['account', new Map(NAMES.map((name) => [name, { status: 'allowed' }]))]]),
      remembered: ledger([
        ['account', memory({ lastSeen: NAMES, listed: 2, trusted: true, ends: [{ file: 'config.yaml', restraints: [] }] })],
      ]),
    }
    const { plan } = run(world)
    assert.equal(editedIn(world), [due])
    const made = run(world, { digest: plan.digest })
    assert.equal(told(made.plan), ['block a@x.example status (config)', 'block b@x.example status (config)'])
    assert.equal(made.edits.length, 2)
  })

  test('lets the same users through in no other scope', () =>
    assert.equal(editedIn(carried(given, worldOf(ONE, 'subaccount:S1'))), []))

  test('lets no other value of the same field through, and no other field', () => {
    assert.equal(editedIn(carried(given, worldOf({ description: 'two' }))), [])
    assert.equal(editedIn(carried(given, worldOf({ audit_email: 'one' }))), [])
    assert.equal(editedIn(carried(given, worldOf({ ...ONE, audit_email: 'one' }))), [])
  })

  test('lets no other user and no other kind of change through', () => {
    const [first] = NAMES
    const some = asked.state.scopes.map((scope) => ({ ...scope, users: scope.users.filter((user) => user.username === first) }))
    const ofOne = { ...asked, state: { ...asked.state, scopes: some } }
    assert.equal(editedIn(carried(approved(ofOne, run(ofOne).plan), asked)), [first])
    const blocked = worldOf({ status: 'blocked' })
    const ofBlocks = approved(blocked, run(blocked).plan)
    assert.equal(editedIn(ofBlocks), NAMES)
    assert.equal(editedIn(carried(ofBlocks, worldOf({ status: 'sandbox' }))), [])
  })

  test('lets each change through once: what is set back by hand is held again', () => {
    const { world, edits } = run(given)
    assert.is(edits.length, NAMES.length)
    assert.equal(world.remembered.approvals, [])
    assert.equal(editedIn({ ...world, truth: asked.truth }), [])
  })

  const shut = { email_password: newSecret(), status: 'blocked' } as const
  for (const kept of [['max_blocks'], ['max_password_changes'], ['max_blocks', 'max_password_changes']] satisfies ReadonlyArray<
    ReadonlyArray<CapName>
  >)
    test(`of what ${kept.join(' and ')} kept of one change lets that through once, and the whole as one`, () => {
      const all = worldOf(shut)
      const caps = { ...NO_CAPS, ...Object.fromEntries(kept.map((name) => [name, NOBODY])) }
      const asked = { ...all, state: { ...all.state, policy: { ...all.state.policy, caps } } }
      const shown = makePlan(factsOf(asked)).plan
      const ofParts = approved(asked, shown)
      assert.is(ofParts.remembered.approvals[0]?.changes.length, NAMES.length * kept.length)
      for (const { plan, world, edits } of [run(ofParts), run(asked, { digest: shown.digest })]) {
        assert.equal(
          told(plan),
          NAMES.map((name) => `block ${name} email_password,status (config)`),
        )
        assert.is(edits.length, NAMES.length)
        assert.equal(world.remembered.approvals, [])
      }
    })

  test('names and holds only what it can let through: nothing that is on hold', () => {
    const partly = worldOf(ONE, 'account', [HOLD_OF_A])
    const { plan } = run(partly)
    const words = NAMES.slice(1).map((name) => `update ${name} (account)`)
    assert.equal(approvable([plan], prints, plan.digest ?? '')?.words, words)
    const released = releasedBy([plan], prints, plan.digest ?? '')
    assert.equal(E.isRight(released) ? released.right.words : [], words)
    assert.equal(editedIn(approved(partly, plan)), NAMES.slice(1))
  })

  test('is refused in words where there is no plan, another one, or nothing in it that waits', () => {
    const { plan } = run(given)
    const refusal = (plans: ReadonlyArray<Plan>, digest: string): string => {
      const asked = releasedBy(plans, prints, digest)
      return E.isLeft(asked) ? asked.left : ''
    }
    const digest = plan.digest ?? ''
    assert.is(refusal([], digest), 'no plan has been made yet')
    assert.ok(refusal([plan], `sha256:${'0'.repeat(64)}`).startsWith(`the plan now is ${digest}: look at it`))
    assert.ok(refusal([plan, plan], `sha256:${'0'.repeat(64)}`).startsWith(`the plan now is ${digest}: look at it`), 'said once')
    assert.match(refusal([{ ...plan, digest: undefined }], `sha256:${'0'.repeat(64)}`), /^the plan now is none: /)
    const held = worldOf(ONE, 'account', [{ ...HOLD_OF_A, what: { _tag: 'All' } }])
    const nothing = run(held).plan
    assert.is(refusal([nothing], nothing.digest ?? ''), 'nothing in that plan waits for an approval')
  })
})
