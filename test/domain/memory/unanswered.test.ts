// Who failed without a word of its fate comes last, the longest waiting first of these (S12).
import * as assert from 'uvu/assert'
import { answeredFirst, answeredScopesFirst, inStages, unansweredAfter } from '../../../src/domain/memory/unanswered.ts'
import type { Ended } from '../../../src/domain/plan/plan.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { change, ledger, memory, userMemory } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ended = (outcomes: { readonly [username: string]: Ended['outcome'] }): ReadonlyArray<Ended> =>
  Object.entries(outcomes).map(([username, outcome]) => ({ ...change('update', username), outcome }))

spec('who is unanswered', (test) => {
  const TABLE = [
    ['at first nobody is', undefined, {}, false, undefined],
    ['those of whom nothing is known', undefined, { a: 'unknown', b: 'verified', c: 'failed', d: 'unknown' }, false, ['a', 'd']],
    ['who was told is not any more', ['a', 'b', 'c'], { a: 'verified', b: 'not_converged', c: 'failed' }, false, undefined],
    ['who waits longest comes first', ['a', 'b'], { c: 'unknown', a: 'not_attempted', b: 'unknown' }, false, ['a', 'c', 'b']],
    ['of whom nothing is due any more is not', ['a', 'b'], { b: 'not_attempted' }, false, ['b']],
    ['who was not looked at still is', ['a', 'b'], { b: 'verified' }, true, ['a']],
    ['a run that wrote nothing changes nothing', ['b', 'a'], {}, false, ['b', 'a']],
  ] as const
  for (const [title, before, outcomes, filtered, after] of TABLE)
    test(title, () => assert.equal(unansweredAfter(before, ended(outcomes), filtered), after))

  test('comes last, and the others stay in their order', () => {
    const changes = ['a', 'b', 'c', 'd', 'e'].map((username) => ({ username }))
    const names = (unanswered: ReadonlyArray<string> | undefined) =>
      answeredFirst(changes, unanswered)
        .map(({ username }) => username)
        .join('')
    assert.is(names(undefined), 'abcde')
    assert.is(names(['d', 'x', 'b']), 'acedb')
  })
})

spec('scopes that would begin with somebody unanswered', (test) => {
  const waiting = (username: string, at: number) =>
    memory({
      unanswered: [username],
      users: new Map([[username, userMemory({ pending: { change: 'update', wanted: new Map(), at } })]]),
    })
  const due = (scope: Scope, ...changes: ReadonlyArray<ReturnType<typeof change>>) => ({ scope, changes })
  const begun = (all: ReadonlyArray<ReturnType<typeof due>>, memories: Parameters<typeof ledger>[0]) => {
    const { first, last } = answeredScopesFirst(all, ledger(memories))
    return [first, last].map((scopes) => scopes.map(({ scope }) => scope.replace('subaccount:', '')).join(' '))
  }

  test('come when the others are done, whoever waits longest first, and the others stay in their order', () =>
    assert.equal(
      begun(
        ['a', 'b', 'c', 'd'].map((id) => due(`subaccount:${id}`, change('update', id))),
        [
          ['subaccount:a', waiting('a', 2)],
          ['subaccount:b', waiting('somebody else', 1)],
          ['subaccount:c', waiting('c', 1)],
        ],
      ),
      ['b d', 'c a'],
    ))

  test('are those whose first change in the order of kinds is of such a user', () => {
    const both = [change('update', 'z'), change('block', 'x'), change('create', 'y')]
    const beginning = (username: string) => begun([due('account', ...both)], [['account', waiting(username, 1)]])
    assert.equal(
      [beginning('x'), beginning('z'), beginning('y')],
      [
        ['', 'account'],
        ['account', ''],
        ['account', ''],
      ],
    )
    assert.equal(begun([due('account', change('update', 'a'), change('update', 'b'))], [['account', waiting('a', 1)]]), [
      'account',
      '',
    ])
  })

  test('wait for no other scope where it is an emergency stop, but come behind them', () => {
    const stop = { ...change('block', 'x'), stop: true } as const
    assert.equal(
      begun(
        [due('account', stop), due('subaccount:b', change('update', 'b')), due('subaccount:c', change('block', 'c'))],
        [
          ['account', waiting('x', 1)],
          ['subaccount:c', waiting('c', 0)],
        ],
      ),
      ['b account', 'c'],
    )
  })

  test('wait for the others where all that is left of a stop was just refused', () => {
    const refused = { ...change('block', 'x'), stop: true, refusedBefore: true } as const
    const whole = [
      due('account', refused),
      due('subaccount:a', refused, change('create', 'y')),
      due('subaccount:b', change('update', 'b')),
    ]
    assert.equal(begun(whole, []), ['a b', 'account'])
  })

  test('in a scope what was just refused comes behind every kind', () => {
    const refused = { ...change('block', 'x'), stop: true, refusedBefore: true } as const
    const all = [change('remove', 'r'), refused, change('create', 'c'), change('update', 'u'), change('block', 'b')]
    assert.equal(
      inStages(all).map((stage) => stage.map(({ username }) => username).join('')),
      ['b', 'u', 'c', 'r', 'x'],
    )
  })
})
