// Scopes: one order everywhere, an id that is found again, and a filter that means all where none is named.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { byScope, onlyScope, type Scope, subaccount, subaccountId } from '../../src/domain/scope.ts'
import { spec } from '../support/spec.ts'

const scopes: fc.Arbitrary<Scope> = fc.oneof(fc.constant<Scope>('account'), fc.string().map(subaccount))

spec('scopes', (test) => {
  test('the account comes first, then each by its id, whatever the order they came in', () =>
    fc.assert(
      fc.property(fc.array(scopes), (some) => {
        const sorted = [...some].sort(byScope)
        const ids = some.flatMap((one) => subaccountId(one) ?? []).sort()
        const accounts = some.filter((one) => one === 'account')
        assert.equal(sorted, [...accounts, ...ids.map(subaccount)])
      }),
    ))

  test('two scopes are alike only where they are the same', () => {
    const rows = [
      ['account', 'account', 0],
      ['account', 'subaccount:', -1],
      ['subaccount:A', 'account', 1],
      ['subaccount:A', 'subaccount:B', -1],
      ['subaccount:B', 'subaccount:A', 1],
      ['subaccount:A', 'subaccount:A', 0],
    ] as const
    for (const [one, other, order] of rows) assert.is(byScope(one, other), order, `${one} ${other}`)
  })

  test('an id is found again in its scope, and the account has none', () => {
    for (const id of ['', 'account', 'a:b', 'subaccount:x']) assert.is(subaccountId(subaccount(id)), id)
    assert.is(subaccountId('account'), undefined)
  })

  test('a filter names one scope, or lets all through', () => {
    assert.equal(onlyScope('account'), new Set(['account']))
    assert.is(onlyScope(undefined), undefined)
  })
})
