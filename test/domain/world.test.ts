// What each scope must know of the others: where a name is live, or was, and who is listed anywhere.
import * as assert from 'uvu/assert'
import type { World } from '../../src/domain/draft.ts'
import type { ScopeErrorKind } from '../../src/domain/plan.ts'
import type { Observed } from '../../src/domain/planning.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../../src/domain/scope.ts'
import { worldOf } from '../../src/domain/world.ts'
import { desired, desiredScope, ledger, live, liveUser, memory, wanted } from '../support/build.ts'
import { spec } from '../support/spec.ts'

const [A, B, C] = ['account', 'subaccount:B', 'subaccount:C'] as const
const seen = (...names: ReadonlyArray<string>): Observed => ({ _tag: 'Seen', live: live(names.map((name) => liveUser(name))) })
const unseen: Observed = { _tag: 'Unseen', error: { kind: 'throttled', message: '' } }
const knew = (...names: ReadonlyArray<string>) => memory({ lastSeen: names })

const worldIn = (observed: ReadonlyArray<readonly [Scope, Observed]>, known: Parameters<typeof ledger>[0] = []) =>
  worldOf({
    desired: desired([desiredScope([wanted('One'), wanted('two')], A), desiredScope([wanted('three')], B)]),
    observed: new Map(observed),
    ledger: ledger(known),
  })

/** The scopes in which each of these names is live. */
const where = ({ liveIn }: World) => Object.fromEntries(['one', 'two', 'both', 'gone'].map((name) => [name, liveIn(name)]))

spec('the world of a plan', (test) => {
  test('has every user that some scope lists, by its name in whatever case', () => {
    const { listedAs } = worldIn([])
    const names = ['one', 'ONE', 'Two', 'three', 'four'].map((name) => listedAs(name)?.username)
    assert.equal(names, ['One', 'One', 'two', 'three', undefined])
  })

  test('a name is live in each scope that shows it', () =>
    assert.equal(
      where(
        worldIn([
          [A, seen('one', 'both')],
          [B, seen('both')],
        ]),
      ),
      { one: [A], two: [], both: [A, B], gone: [] },
    ))

  test('of a scope that was not asked for, or could not be seen, what was last seen there counts as live, and of one that is shut nothing', () => {
    const known = [
      [A, knew('one')],
      [B, knew('one', 'gone')],
    ] as const
    const remembered = { one: [B], two: [A], both: [], gone: [B] }
    assert.equal(where(worldIn([[A, seen('two')]], known)), remembered)
    const beside = (kind: ScopeErrorKind) =>
      where(
        worldIn(
          [
            [A, seen('two')],
            [B, { _tag: 'Unseen', error: { kind, message: '' } }],
          ],
          known,
        ),
      )
    for (const kind of ['unreachable', 'throttled', 'ill_formed', 'suspicious_answer', 'identity_mismatch'] as const)
      assert.equal(beside(kind), remembered, kind)
    const alone = { one: [], two: [A], both: [], gone: [] }
    assert.equal(beside('refused'), alone)
    assert.equal(where(worldIn([[A, seen('two')]])), alone, 'nothing is known of the other')
  })

  test('where a name was last seen is told of every scope that was not read in this run, apart where the config does not name it any more', () => {
    const known = [
      [A, knew('one')],
      [B, knew('two', 'both')],
      [C, knew('both')],
      [ALL_SUBACCOUNTS, knew('B', 'C')],
    ] as const
    const first = worldIn(
      [
        [A, seen('one')],
        [B, unseen],
      ],
      known,
    )
    assert.equal(
      first.lastSeenIn,
      new Map([
        ['two', [B]],
        ['both', [B]],
      ]),
    )
    assert.equal(first.leftIn, new Map([['both', [C]]]))
    const second = worldIn(
      [
        [A, seen()],
        [B, seen()],
        [C, seen()],
      ],
      known,
    )
    assert.equal([second.lastSeenIn, second.leftIn], [new Map(), new Map()])
  })
})
