// Scopes: one order everywhere, an id that is found again, and a filter that means all where none is named.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { glob } from '../../../src/domain/user/username.ts'
import {
  ALL_SUBACCOUNTS,
  byScope,
  canMatchScope,
  isScope,
  isSubaccountId,
  onlyScope,
  type Scope,
  subaccount,
  subaccountId,
} from '../../../src/domain/wanted/scope.ts'
import { spec } from '../../support/spec.ts'

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

  test('a pattern can match a scope where the account or some subaccount fits it', () => {
    const can = (text: string): boolean => canMatchScope(glob(text) ?? { text, matches: () => false })
    for (const text of [
      '*',
      '?*',
      'account',
      'ACC*',
      '*count',
      'subaccount:*',
      'SubAccount:GnlKn5',
      'sub*:G?',
      '*M*',
      '*:',
      'sub*',
      '*s',
    ])
      assert.ok(can(text), text)
    for (const text of [
      'acount',
      'GnlKn5',
      'subaccounts:*',
      'subaccount',
      'subaccount:',
      'subaccount?',
      'sub?GnlKn5',
      'subaccount: G',
      'a?',
    ])
      assert.not(can(text), text)
    fc.assert(
      fc.property(fc.constantFrom('account', 'subaccount:GnlKn5'), fc.array(fc.nat(17)), fc.nat(17), (scope, marks, star) => {
        const characters = [...scope].map((character, at) => (at === star ? '*' : marks.includes(at) ? '?' : character))
        assert.ok(can(characters.join('')), characters.join(''))
      }),
    )
  })

  test('a filter names one scope, or lets all through', () => {
    assert.equal(onlyScope('account'), new Set(['account']))
    assert.is(onlyScope(undefined), undefined)
  })
})
