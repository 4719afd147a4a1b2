// What each scope must know of the others: where a name is live, or was, and who is listed anywhere.
import * as assert from 'uvu/assert'
import type { World } from '../../../src/domain/draft/draft.ts'
import type { ScopeErrorKind } from '../../../src/domain/plan/plan.ts'
import type { Observed } from '../../../src/domain/planning/planning.ts'
import { worldOf } from '../../../src/domain/planning/world.ts'
import type { DesiredScope } from '../../../src/domain/wanted/desired.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../../../src/domain/wanted/scope.ts'
import type { Search } from '../../../src/domain/wanted/subaccount.ts'
import { desired, desiredScope, ledger, live, liveUser, memory, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

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

type Given = {
  readonly coverage?: string
  readonly observed?: ReadonlyArray<readonly [Scope, Observed]>
  readonly known?: Parameters<typeof ledger>[0]
  readonly search?: Search
}
const unreadIn = ({ coverage, observed = [], known = [], search }: Given): ReadonlyArray<Scope> =>
  worldOf({
    desired: { ...desired([desiredScope([], A), desiredScope([], B)]), coverage },
    observed: new Map(observed),
    ledger: ledger(known),
    search,
  }).unread

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

  test('of one scope alone a name is live there or nowhere, and where there is no scope nowhere', () => {
    const alone = (scopes: ReadonlyArray<DesiredScope>) =>
      where(worldOf({ desired: desired(scopes), observed: new Map([[B, seen('one')]]), ledger: ledger([]) }))
    assert.equal(alone([desiredScope([], B)]), { one: [B], two: [], both: [], gone: [] })
    assert.equal(alone([]), { one: [], two: [], both: [], gone: [] })
  })

  const read = [
    [A, seen()],
    [B, seen()],
  ] as const
  const everywhere = { coverage: 'config.yaml:1:1' }
  const found: Search = { _tag: 'Found', subaccounts: [], missing: [] }
  const failed: Search = { _tag: 'Unseen', error: { kind: 'throttled', message: '' } }
  const met = [
    [A, knew()],
    [B, knew()],
  ] as const
  const searched = [...met, [ALL_SUBACCOUNTS, knew()]] as const
  for (const [title, given, expected] of [
    ['each of which nothing was ever seen', {}, [A, B]],
    ['not one that this run has read', { observed: [[A, seen()]] }, [B]],
    [
      'but one that it could not',
      {
        observed: [
          [A, seen()],
          [B, unseen],
        ],
      },
      [B],
    ],
    ['not one that was read before', { known: [[A, knew()]] }, [B]],
    ['be it that this run could not read it again', { known: met, observed: [[B, unseen]] }, []],
    [
      'and the subaccounts as a whole, where all are covered and none was ever searched for',
      { ...everywhere, known: met },
      [ALL_SUBACCOUNTS],
    ],
    ['where the search has failed', { ...everywhere, known: met, search: failed }, [ALL_SUBACCOUNTS]],
    ['beside the others', { ...everywhere, observed: [[A, seen()]] }, [B, ALL_SUBACCOUNTS]],
    ['not where it has found what there is', { ...everywhere, observed: read, search: found }, []],
    ['not where an earlier one had', { ...everywhere, known: searched, search: failed }, []],
    ['nor where only listed ones are scopes', { observed: read }, []],
  ] satisfies ReadonlyArray<readonly [string, Given, ReadonlyArray<Scope>]>)
    test(`scopes that nobody has read yet are ${title}`, () => assert.equal(unreadIn(given), expected))
})
