// Scopes: one order everywhere, an id that is found again, and a filter that means all where none is named.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import {
  ALL_SUBACCOUNTS,
  byScope,
  isScope,
  isSubaccountId,
  onlyScope,
  type Scope,
  subaccount,
  subaccountId,
} from '../../src/domain/scope.ts'
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

  test('an id is whatever the service can call a subaccount, and no lone star; a scope is named by one', () => {
    for (const id of ['GnlKn5', 'S.1', 'a:b', '**', 'Ä', '1'.repeat(128)])
      assert.ok(isSubaccountId(id) && isScope(subaccount(id)), id)
    for (const id of ['', '*', 'a b', 'a\t', 'a\u202e', '1'.repeat(129)])
      assert.not(isSubaccountId(id) || isScope(subaccount(id)), id)
    for (const text of ['account', 'Account', 'GnlKn5', ALL_SUBACCOUNTS, '']) assert.is(isScope(text), text === 'account', text)
  })

  test('a filter names one scope, or lets all through', () => {
    assert.equal(onlyScope('account'), new Set(['account']))
    assert.is(onlyScope(undefined), undefined)
  })
})
