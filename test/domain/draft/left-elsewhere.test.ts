// A new user whose name was live in a scope that the config does not name any more: whether it is gone there only a person can know, so it is not made
// without one. And what a run of a person makes that would have waited without one: it is told apart, since an approval would have let it through too.
import * as assert from 'uvu/assert'
import type { Draft } from '../../../src/domain/draft/draft.ts'
import { nameOf, waitingIn } from '../../../src/domain/guards/approve.ts'
import { applyPolicy, type PolicyFacts } from '../../../src/domain/guards/policy.ts'
import type { ScopeMemory } from '../../../src/domain/memory/ledger.ts'
import type { Change } from '../../../src/domain/plan/plan.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { change, DAY, draftOf, ENDINGS, memory, NOW, policy, prints, reached, userMemory } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const TWO = 'printer@acme.example'
const KNOWN = memory({ listed: 2 })
const YOUNG = memory({ listed: 2, since: NOW - 1 })

const judged = (due: ReadonlyArray<Change>, facts: Partial<PolicyFacts>): Draft =>
  applyPolicy(draftOf({ listed: 2, due }), {
    policy: policy(),
    memory: KNOWN,
    holds: [],
    forgotten: undefined,
    endings: ENDINGS,
    cut: undefined,
    prints,
    now: NOW,
    person: false,
    frozen: undefined,
    ...facts,
  })

spec('a name that was live in a scope that the config does not name any more', (test) => {
  const leftIn = (...scopes: ReadonlyArray<Scope>): Partial<PolicyFacts> => ({ leftIn: new Map([[ONE, scopes]]) })
  const made = change('create', ONE)
  const isHeld = (one: Change, facts: Partial<PolicyFacts>): boolean => {
    const { due, withheld } = judged([one], facts)
    assert.is(due.length + withheld.length, 1, 'never dropped, never doubled')
    return withheld.length > 0
  }

  test('is not made again unless a person approves it, and told with the scopes in which it was, this one aside', () => {
    const held = {
      change: made,
      reason: 'needs_approval',
      why: 'this name was live in subaccount:A, subaccount:B when that was last read, and the config does not name that any more: it may be taken still',
    }
    const { due, withheld } = judged([made], leftIn('subaccount:A', 'account', 'subaccount:B'))
    assert.equal([due, withheld], [[], [held]])
  })

  test('waits under a person who runs apply as well: that run does not read that scope either', () =>
    assert.ok(isHeld(made, { ...leftIn('subaccount:A'), person: true })))

  const knowing = (...[some]: Parameters<typeof userMemory>): ScopeMemory =>
    memory({ listed: 2, users: new Map([[ONE, userMemory(some)]]) })
  const reachedBefore = memory({ listed: 2, users: new Map([[ONE, reached({ description: 'x' })]]) })
  const rows: ReadonlyArray<readonly [title: string, one: Change, facts: Partial<PolicyFacts>, isHeld: boolean]> = [
    ['new in the config', made, {}, true],
    ['at the first look at the scope', { ...made, cause: 'first_run' }, { memory: undefined }, true],
    ['of whom something else is remembered than what it was to have', made, { memory: knowing({ unseen: 1 }) }, true],
    ['that was seen here and is gone', { ...made, cause: 'drift' }, {}, false],
    ['whose add is of unknown fate', { ...made, cause: 'retry' }, {}, false],
    ['that was here before as the config had it', made, { memory: reachedBefore }, false],
  ]
  for (const [title, one, facts, expected] of rows)
    test(`of a user ${title}: ${expected ? 'waits for a person' : 'is ours, and is made'}`, () =>
      assert.is(isHeld(one, { ...leftIn('subaccount:A'), ...facts }), expected))

  test('holds nothing but the making of just this user, and nothing where it was in this scope alone', () => {
    for (const kind of ['update', 'block', 'remove'] as const) assert.not(isHeld(change(kind, ONE), leftIn('subaccount:A')), kind)
    assert.not(isHeld(change('create', TWO), leftIn('subaccount:A')), 'another name')
    assert.not(isHeld(made, leftIn('account')), 'this scope')
    assert.not(isHeld(made, { leftIn: new Map() }))
    assert.not(isHeld(made, {}))
  })
})

spec('what the run of a person makes in their place', (test) => {
  const block = change('block', ONE)
  const update = change('update', TWO)
  const vouchedIn = (facts: Partial<PolicyFacts>, due: ReadonlyArray<Change> = [block, update]) => judged(due, facts).vouched

  test('is told where it would have waited without one: in a young memory what blocks, where an old ledger was put back everything', () => {
    assert.equal(vouchedIn({ person: true, memory: YOUNG }), new Set([nameOf(block)]))
    const forgotten = { how: 'put_back', at: NOW - DAY + 1 } as const
    assert.equal(vouchedIn({ person: true, forgotten }), new Set([block, update].map(nameOf)))
  })

  test('is nothing where nothing would have waited, and where no person runs', () => {
    assert.is(vouchedIn({ person: true }), undefined)
    assert.is(vouchedIn({ person: true, memory: YOUNG }, [update]), undefined)
    assert.is(vouchedIn({ memory: YOUNG }), undefined)
    assert.not('vouched' in judged([update], { person: true, memory: YOUNG }))
  })

  test('is not what waits all the same, or what an emergency stop asks for', () => {
    assert.is(vouchedIn({ person: true, memory: YOUNG, policy: policy({ mode: 'observe' }) }), undefined)
    const stop = { what: { _tag: 'Stop', glob: ONE }, since: NOW - 1, until: NOW + 1, reason: 'leaked', by: 'ops' } as const
    assert.is(vouchedIn({ person: true, memory: YOUNG, holds: [stop] }), undefined, 'which waits for nobody')
  })

  test('counts as waiting for an approval, like what is held until one comes', () => {
    const isWaiting = waitingIn(judged([block, update], { person: true, memory: YOUNG }))
    assert.equal([block, update].map(isWaiting), [true, false])
    const alone = waitingIn(judged([block, update], { memory: YOUNG }))
    assert.equal([block, update].map(alone), [true, false])
  })
})
