// Whom we know of before anybody looks: who a confirmation of an emergency stop names, and in which scopes it looks first.
import * as assert from 'uvu/assert'
import { knownUsers, matching, whereKnown } from '../../../src/domain/memory/known.ts'
import { type Glob, glob } from '../../../src/domain/user/username.ts'
import { ALL_SUBACCOUNTS } from '../../../src/domain/wanted/scope.ts'
import { desired, desiredScope, ledger, memory, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const CONFIG = desired([
  desiredScope([wanted('printer@acme.example'), wanted('one@acme.example')]),
  desiredScope([wanted('till@acme.example'), wanted('printer@acme.example')], 'subaccount:A'),
])
const REMEMBERED = ledger([
  ['account', memory({ lastSeen: ['one@acme.example', 'two@acme.example'] })],
  ['subaccount:A', memory({ lastSeen: ['two@acme.example'] })],
  ['subaccount:B', memory({ lastSeen: ['two@acme.example', 'fax@acme.example'] })],
  [ALL_SUBACCOUNTS, memory({ lastSeen: ['A', 'B'] })],
])

const pattern = (text: string): Glob => {
  const one = glob(text)
  if (one === undefined) throw new Error(`no pattern: ${text}`)
  return one
}

const IN_CONFIG = [
  ['account', 'one@acme.example'],
  ['account', 'two@acme.example'],
  ['subaccount:A', 'two@acme.example'],
] as const

spec('whom we know of', (test) => {
  test('who was seen last in the scopes of the config, and who is listed there', () => {
    const { seen, listed } = knownUsers(REMEMBERED, CONFIG)
    assert.equal(seen, IN_CONFIG)
    assert.equal(
      listed,
      new Map([
        ['account', new Set(['printer@acme.example', 'one@acme.example'])],
        ['subaccount:A', new Set(['till@acme.example', 'printer@acme.example'])],
      ]),
    )
  })

  test('where all subaccounts are covered, who was seen in any of them too, and never their ids as names', () => {
    const all = { ...CONFIG, coverage: 'config.yaml:9:1' }
    const found = [
      ['subaccount:B', 'two@acme.example'],
      ['subaccount:B', 'fax@acme.example'],
    ]
    assert.equal(knownUsers(REMEMBERED, all).seen, [...IN_CONFIG, ...found])
    const subaccountsAlone = { ...all, scopes: [] }
    assert.equal(knownUsers(REMEMBERED, subaccountsAlone).seen, [['subaccount:A', 'two@acme.example'], ...found])
  })

  test('without a memory, who is listed', () => {
    for (const config of [CONFIG, { ...CONFIG, coverage: 'config.yaml:9:1' }]) {
      const { seen, listed } = knownUsers(undefined, config)
      assert.equal(seen, [])
      assert.equal([...listed.keys()], ['account', 'subaccount:A'])
    }
  })

  for (const [text, names] of [
    ['TWO@*', ['two@acme.example (account)', 'two@acme.example (subaccount:A)']],
    ['one@acme.example', ['one@acme.example (account)']],
    ['printer@*', []],
  ] as const)
    test(`of those who were seen, ${text} names ${names.length}`, () => assert.equal(matching(IN_CONFIG, pattern(text)), names))

  test('nobody is named without a pattern', () => assert.equal(matching(IN_CONFIG, undefined), []))

  for (const [text, scopes] of [
    ['two@*', ['account', 'subaccount:A']],
    ['till@acme.example', ['subaccount:A']],
    ['PRINTER@*', ['account', 'subaccount:A']],
    ['t*@acme.example', ['account', 'subaccount:A']],
    ['fax@*', []],
  ] as const)
    test(`${text} is looked for first in ${scopes.join(', ') || 'no scope'}`, () =>
      assert.equal(whereKnown(knownUsers(REMEMBERED, CONFIG), pattern(text)), scopes))

  test('where somebody was seen comes before where somebody is only listed', () => {
    const users = knownUsers(ledger([['subaccount:A', memory({ lastSeen: ['printer@acme.example'] })]]), CONFIG)
    assert.equal(whereKnown(users, pattern('printer@*')), ['subaccount:A', 'account'])
  })
})
