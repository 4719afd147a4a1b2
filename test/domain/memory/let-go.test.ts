// Which scopes were let go lately, and what is remembered of that.
import * as assert from 'uvu/assert'
import { letGoIn, letGoText, lettingGo } from '../../../src/domain/memory/let-go.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../../../src/domain/wanted/scope.ts'
import { DAY, desired, desiredScope, ledger, memory, NOW } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const known = (...scopes: ReadonlyArray<readonly [Scope, number]>) =>
  ledger(scopes.map(([scope, listed]) => [scope, memory({ listed })] as const))
const named = (...scopes: ReadonlyArray<Scope>) => desired(scopes.map((scope) => desiredScope([], scope)))
const namesOf = (ones: ReadonlyArray<{ readonly scope: Scope }>) => ones.map(({ scope }) => scope)

spec('scopes that were let go', (test) => {
  const two = known(['account', 2], ['subaccount:B', 1])

  test('are those that are remembered and named no more', () => {
    assert.equal(letGoIn(two, named('account', 'subaccount:C'), NOW), [{ scope: 'subaccount:B', listed: 1 }])
    assert.equal(namesOf(letGoIn(two, named(), NOW)), ['account', 'subaccount:B'])
    assert.equal(letGoIn(two, named('account', 'subaccount:B'), NOW), [])
  })

  test('are told for three days from the first run that found it, and anew where one comes back and goes again', () => {
    const after = lettingGo(two, named('account'), NOW)
    const later = lettingGo(after, named('account'), NOW + DAY)
    for (const one of [after, later]) {
      assert.equal(letGoIn(one, named('account'), NOW + 3 * DAY - 1), [{ scope: 'subaccount:B', listed: 1, since: NOW }])
      assert.equal(letGoIn(one, named('account'), NOW + 3 * DAY), [])
    }
    const back = lettingGo(later, named('account', 'subaccount:B'), NOW + 4 * DAY)
    assert.equal(letGoIn(lettingGo(back, named('account'), NOW + 5 * DAY), named('account'), NOW + 5 * DAY), [
      { scope: 'subaccount:B', listed: 1, since: NOW + 5 * DAY },
    ])
  })

  test('are not those that the search for all subaccounts finds, nor each of them where that is let go', () => {
    const all = known([ALL_SUBACCOUNTS, 0], ['subaccount:A', 0], ['subaccount:B', 1])
    assert.equal(letGoIn(all, { ...named(), coverage: 'config.yaml:3:1' }, NOW), [])
    assert.equal(namesOf(letGoIn(all, named(), NOW)), [ALL_SUBACCOUNTS, 'subaccount:B'])
  })

  test('are told in one sentence, however many', () => {
    const many = Array.from({ length: 12 }, (_, at) => ({ scope: `subaccount:${at}` as const, listed: at }))
    assert.match(
      letGoText(many),
      /^subaccount:0 \(0 users listed\), subaccount:1 \(1 user listed\), .*subaccount:9 \(9 users listed\) and 2 more are in the config no more: they are looked at no more, and their users stay as they are$/,
    )
  })
})
