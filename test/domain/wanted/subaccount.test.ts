// The search for subaccounts: which scopes it adds to those of the config, what it has to tell of each, and what is said of scopes that there are not.
import * as assert from 'uvu/assert'
import { searchDraft } from '../../../src/domain/draft/search-draft.ts'
import type { DesiredState } from '../../../src/domain/wanted/desired.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../../../src/domain/wanted/scope.ts'
import {
  covered,
  isActive,
  noneOf,
  rememberedIn,
  type Search,
  type Subaccount,
  scopeOf,
  searchState,
} from '../../../src/domain/wanted/subaccount.ts'
import { desired, desiredScope, draftOf, ledger, memory, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

type Found = Extract<Search, { _tag: 'Found' }>

const COVERAGE = 'config.yaml:9:1'
const LIST = 'hotel.yaml:2:5'
const found = (subaccounts: ReadonlyArray<Subaccount>, missing: ReadonlyArray<string> = []): Found => ({
  _tag: 'Found',
  subaccounts,
  missing,
})
const one = (id: string, state: string, name = ''): Subaccount => ({ id, name, state })
const listing = (...scopes: ReadonlyArray<Scope>): DesiredState => ({
  ...desired(scopes.map((scope) => ({ ...desiredScope([wanted('desk@hotel.example')], scope), source: LIST }))),
  coverage: COVERAGE,
})
const REMEMBERED = ledger([[ALL_SUBACCOUNTS, memory({ lastSeen: ['Old', 'Listed'] })]])

spec('the search for subaccounts', (test) => {
  for (const [state, expected] of [
    ['active', true],
    ['Active', true],
    ['ACTIVE', true],
    ['Closed', false],
    ['Suspended', false],
    ['SUSPENDED', false],
    ['Trial', true],
    ['', true],
  ] as const)
    test(`a subaccount that is ${JSON.stringify(state)} is ${expected ? '' : 'not '}active`, () =>
      assert.is(isActive({ state }), expected))

  test('what was active is remembered, and nothing is before the first search', () => {
    assert.equal(rememberedIn(REMEMBERED), ['Old', 'Listed'])
    assert.equal(rememberedIn(ledger([['account', memory({ lastSeen: ['fax@acme.example'] })]])), [])
  })

  test('its ids are believed, remembered and vouched for as users of any scope are', () => {
    const { returned, ...state } = searchState(['A', 'B'])
    assert.is(returned.size, 0)
    assert.equal(state, {
      scope: 'subaccount:*',
      users: [
        { username: 'A', settings: {}, sendingAllowed: undefined },
        { username: 'B', settings: {}, sendingAllowed: undefined },
      ],
      unknownKeys: [],
    })
  })

  test('adds every active subaccount that no file lists, and one that is not shown any more; no closed one', () => {
    const search = found([one('New', 'active'), one('Listed', 'active'), one('Shut', 'closed')], ['Gone'])
    const state = listing('account', 'subaccount:Listed')
    const { scopes } = covered(state, search, REMEMBERED)
    assert.equal(
      scopes.map(({ scope, isFound, users }) => [scope, isFound, users.length]),
      [
        ['account', undefined, 1],
        ['subaccount:Gone', true, 0],
        ['subaccount:Listed', undefined, 1],
        ['subaccount:New', true, 0],
      ],
    )
    const unlisted = { source: COVERAGE, users: [], absent: [], files: [], isFound: true }
    assert.equal(scopes[3], { scope: 'subaccount:New', ...unlisted })
    assert.equal(scopeOf(state, ALL_SUBACCOUNTS), { scope: ALL_SUBACCOUNTS, ...unlisted })
    assert.is(scopeOf(state, 'account'), state.scopes[0])
    assert.is(scopeOf(state, 'subaccount:New'), undefined)
  })

  test('goes by what is remembered where it failed or was not made, and adds nothing where the config does not ask for it', () => {
    const scopesOf = (state: DesiredState, search: Search | undefined) =>
      covered(state, search, REMEMBERED).scopes.map(({ scope }) => scope)
    const state = listing('account', 'subaccount:Listed')
    const unseen: Search = { _tag: 'Unseen', error: { kind: 'throttled', message: 'wait' } }
    for (const search of [unseen, undefined])
      assert.equal(scopesOf(state, search), ['account', 'subaccount:Listed', 'subaccount:Old'])
    const alone = desired([desiredScope([])])
    assert.is(covered(alone, found([one('New', 'active')]), REMEMBERED), alone)
  })

  test('tells of closed, undeclared, unknown and missing ones, and of nothing else', () => {
    const search = found(
      [
        one('Listed', 'active', 'Hotel'),
        one('New', 'active', 'Bakery'),
        one('Same', 'active', 'Same'),
        one('Shut', 'Closed', 'Inn "B"'),
        one('Off', 'Suspended'),
      ],
      ['Gone', 'LostList'],
    )
    const asked = listing('account', 'subaccount:Listed', 'subaccount:Off', 'subaccount:Typo', 'subaccount:LostList')
    const state = { ...asked, scopes: covered(asked, search, REMEMBERED).scopes }
    const draft = searchDraft(state, search)
    const { findings, live } = draft
    assert.equal(findings, [
      {
        rule: 'subaccount-undeclared',
        severity: 'low',
        username: 'New',
        message: '"Bakery" is active, and no file lists its users: they are under the rules, and nothing else is done there',
        source: COVERAGE,
      },
      {
        rule: 'subaccount-undeclared',
        severity: 'low',
        username: 'Same',
        message: 'is active, and no file lists its users: they are under the rules, and nothing else is done there',
        source: COVERAGE,
      },
      {
        rule: 'subaccount-closed',
        severity: 'low',
        username: 'Shut',
        message: '"Inn \\"B\\"" is closed: it is not looked at',
        source: COVERAGE,
      },
      {
        rule: 'subaccount-closed',
        severity: 'medium',
        username: 'Off',
        message: `is suspended, and its users are listed at ${LIST}: take the list out, or open it again`,
        source: LIST,
      },
      {
        rule: 'subaccount-unknown',
        severity: 'medium',
        username: 'Typo',
        message: `its users are listed at ${LIST}, and the service shows no subaccount of this id: check the id`,
        source: LIST,
      },
      ...['Gone', 'LostList'].map((username) => ({
        rule: 'subaccount-missing',
        severity: 'high',
        username,
        message: 'was active, and is not shown any more, not as closed either; it is looked at as before',
        command: { purpose: 'if it is gone for good', line: "approve --live 'subaccount:*'" },
        source: COVERAGE,
      })),
    ])
    assert.equal(
      live.users.map(({ username }) => username),
      ['Listed', 'New', 'Same', 'Gone', 'LostList'],
    )
    assert.equal(draft, draftOf({ scope: 'subaccount:*', live, findings }))
  })

  test('names an undeclared one by the state that the service tells, and as active where it tells none', () => {
    const { findings } = searchDraft(listing('account'), found([one('A', ''), one('B', 'Trial'), one('C', 'ACTIVE')]))
    assert.equal(
      findings.map(({ username, message }) => [username, message]),
      ['A', 'B', 'C'].map((id, at) => [
        id,
        `is ${['active', 'trial', 'active'][at]}, and no file lists its users: they are under the rules, and nothing else is done there`,
      ]),
    )
  })
})

spec('scopes that are asked for', (test) => {
  const asked = (...scopes: ReadonlyArray<Scope>): ReadonlySet<Scope> => new Set(scopes)
  const unseen: Search = { _tag: 'Unseen', error: { kind: 'throttled', message: 'wait' } }
  const open = listing('account', 'subaccount:A')
  const { coverage: _all, ...closed } = open
  const many = (count: number): DesiredState => {
    const { coverage: _none, ...state } = listing(...Array.from({ length: count }, (_, at): Scope => `subaccount:${at + 1}`))
    return state
  }
  const named = (count: number): string => Array.from({ length: count }, (_, at) => `subaccount:${at + 1}`).join(', ')

  for (const [title, scopes, state, search, expected] of [
    ['none is asked for by itself', undefined, closed, undefined, undefined],
    ['one of two is there', asked('subaccount:B', 'subaccount:A'), closed, undefined, undefined],
    ['the search that would find it is not made yet', asked('subaccount:B'), open, undefined, undefined],
    ['the search that would find it failed', asked('subaccount:B'), open, unseen, undefined],
    ['the subaccounts as a whole', asked(ALL_SUBACCOUNTS), open, found([]), undefined],
    [
      'the search has not found it',
      asked('subaccount:B'),
      open,
      found([]),
      'there is no subaccount:B; there is account, subaccount:A, subaccount:*',
    ],
    [
      'nobody searches for it',
      asked('subaccount:B', 'subaccount:C'),
      closed,
      undefined,
      'there is no subaccount:B, subaccount:C; there is account, subaccount:A',
    ],
    [
      'nobody searches for it, though one could be read from a snapshot',
      asked('subaccount:B'),
      closed,
      found([]),
      'there is no subaccount:B; there is account, subaccount:A',
    ],
    ['the config has none', asked('account'), many(0), undefined, 'there is no account; there is no scope at all'],
    ['twenty are named', asked('account'), many(20), undefined, `there is no account; there is ${named(20)}`],
    ['more are counted', asked('account'), many(23), undefined, `there is no account; there is ${named(20)} and 3 more`],
  ] as const)
    test(`${title}: ${expected === undefined ? 'nothing is wrong' : 'it says which there are'}`, () =>
      assert.is(noneOf(scopes, state, search), expected))
})
