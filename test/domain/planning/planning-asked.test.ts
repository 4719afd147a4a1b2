// Of which scopes a plan tells: those that were asked for, by name or since a run that did something there is undone; why there is nothing to
// tell of one, and whether that was asked at all; whether a filter names nobody; and what digest and cost are of.
import * as assert from 'uvu/assert'
import type { Hold } from '../../../src/domain/decisions/hold.ts'
import type { Deed } from '../../../src/domain/decisions/undo.ts'
import type { Observed } from '../../../src/domain/planning/planning.ts'
import { makePlan, type PlanFacts } from '../../../src/domain/planning/planning.ts'
import { glob } from '../../../src/domain/user/username.ts'
import type { DesiredScope } from '../../../src/domain/wanted/desired.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../../../src/domain/wanted/scope.ts'
import type { Search } from '../../../src/domain/wanted/subaccount.ts'
import { desired, desiredScope, facts, ledger, live, liveUser, memory, NOW, told, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const [ACCOUNT, SUB, GONE] = ['account', 'subaccount:S1', 'subaccount:Gone'] as const
const ONE = 'one@acme.example'
const PRINTER = 'printer@acme.example'

/** A plan of the account, where one is listed, and of a subaccount, where nobody is; both were seen unless a test says so. */
const factsOf = (some: Partial<PlanFacts> = {}, users: DesiredScope['users'] = [wanted(ONE, { description: 'new' })]) =>
  facts(
    desired([desiredScope(users, ACCOUNT), desiredScope([], SUB)]),
    [live([liveUser(ONE)]), live([liveUser(PRINTER)], { scope: SUB })],
    ledger([
      [ACCOUNT, memory()],
      [SUB, memory()],
    ]),
    some,
  )
const planOf = (some: Partial<PlanFacts>, users?: DesiredScope['users']) => makePlan(factsOf(some, users)).plan

const FOUND: Search = { _tag: 'Found', subaccounts: [{ id: 'S1', name: '', state: 'active' }], missing: [] }
const error = { kind: 'throttled', message: 'wait' } as const
const unseen = (unasked: boolean): { readonly _tag: 'Unseen'; readonly error: typeof error; readonly unasked?: true } => ({
  _tag: 'Unseen',
  error,
  ...(unasked ? { unasked: true as const } : {}),
})
const seeing = (scope: Scope, one: Observed): Partial<PlanFacts> => ({
  observed: new Map([...factsOf().observed, [scope, one]]),
})
const errorsOf = (some: Partial<PlanFacts>) =>
  planOf(some).scopes.flatMap((scope) =>
    scope._tag === 'Errored'
      ? [`${scope.scope}: ${scope.error.message.slice(0, 32)}${scope.unasked === true ? ' (unasked)' : ''}`]
      : [],
  )

spec('a plan tells of the scopes that were asked for', (test) => {
  const deed = (scope: Scope, username: string): Deed => ({
    scope,
    username,
    change: 'update',
    fields: [{ field: 'description', from: 'before', to: '' }],
  })
  const undoing = (...deeds: ReadonlyArray<Deed>) => ({ undo: { run: 'run-1', deeds } })

  test('where a run is undone, those in which it did something, and of the others nothing that the config asks for', () => {
    assert.equal(told(planOf(undoing(deed(SUB, PRINTER)))), [`update ${PRINTER} description (undo)`])
    assert.equal(
      planOf(undoing(deed(SUB, PRINTER))).scopes.map(({ scope }) => scope),
      [SUB],
    )
    assert.equal(told(planOf(undoing(deed(ACCOUNT, ONE), deed(SUB, PRINTER)))), [
      `update ${ONE} description (undo)`,
      `update ${PRINTER} description (undo)`,
    ])
  })

  test('and that one in which the undone run did something is in the config no more', () => {
    const both = undoing(deed(GONE, ONE), deed(ACCOUNT, ONE))
    assert.equal(told(planOf(both)), [`update ${ONE} description (undo)`, `${GONE} unreachable`])
    assert.equal(errorsOf(both), [`${GONE}: the config has no such scope any`])
  })

  test('and of one of which nothing is known yet neither a plan nor an error', () => {
    const plan = planOf({ observed: new Map([[SUB, { _tag: 'Seen', live: live([], { scope: SUB }) }]]) })
    assert.equal(
      plan.scopes.map(({ scope, _tag }) => [scope, _tag]),
      [[SUB, 'Planned']],
    )
  })

  const asked = (...scopes: ReadonlyArray<Scope>) => new Set(scopes)
  for (const [title, some, expected] of [
    [
      'a search that failed is why one that it may have found is not there',
      { search: unseen(false), scopes: asked(GONE) },
      [`${GONE}: wait`],
    ],
    ['but says nothing of one that is there', { search: unseen(false), scopes: asked(ACCOUNT, GONE) }, [`${GONE}: wait`]],
    ['nor where none was asked for by name', { search: unseen(false) }, [`${ALL_SUBACCOUNTS}: wait`]],
    ['one that found what there is leaves nothing open', { search: FOUND, scopes: asked(GONE) }, []],
    ['nor does none', { scopes: asked(GONE) }, []],
  ] as const)
    test(title, () => assert.equal(errorsOf(some), expected))

  for (const [title, some, expected] of [
    ['a scope that failed was asked for', seeing(SUB, unseen(false)), [`${SUB}: wait`]],
    ['one of which no request left is told so', seeing(SUB, unseen(true)), [`${SUB}: wait (unasked)`]],
    ['so is the search for subaccounts', { search: unseen(true) }, [`${ALL_SUBACCOUNTS}: wait (unasked)`]],
    [
      'each by itself',
      { search: unseen(true), ...seeing(SUB, unseen(false)) },
      [`${SUB}: wait`, `${ALL_SUBACCOUNTS}: wait (unasked)`],
    ],
    [
      'and the other way round',
      { search: unseen(false), ...seeing(SUB, unseen(true)) },
      [`${SUB}: wait (unasked)`, `${ALL_SUBACCOUNTS}: wait`],
    ],
  ] as const)
    test(title, () => assert.equal([...errorsOf(some)].sort(), [...expected].sort()))

  test('the digest of a plan with the subaccounts as a whole is approved like any other', () => {
    const { digest } = planOf({ search: FOUND })
    assert.equal(told(planOf({ search: FOUND, digest })), [`update ${ONE} description (config)`])
  })
})

spec('of what a plan tells', (test) => {
  const FAX = 'fax@acme.example'
  const hold: Hold = { what: { _tag: 'Users', glob: 'fax@*' }, since: 1, until: NOW + 1, reason: 'moving', by: 'p' }
  const both = [wanted(FAX, { description: 'new' }), wanted(ONE, { description: 'new' })]
  const held = planOf({ ledger: { ...factsOf().ledger, holds: [hold] } }, both)
  const [account] = held.scopes

  test('its digest is of what is made and of what an approval lets through, and of nothing else that is held', () => {
    assert.equal(told(held), [`update ${ONE} description (config)`, `held on_hold: create ${FAX} description`])
    const without = planOf({})
    assert.is(held.digest, without.digest)
    assert.is.not(planOf({}, both).digest, without.digest)
    const [alone] = without.scopes
    assert.is(account?._tag === 'Planned' ? account.digest : '', alone?._tag === 'Planned' ? alone.digest : undefined)
  })

  test('its cost is of the scopes that were asked for, whatever else was looked at', () => {
    assert.is(planOf({}).cost.requests, 4)
    assert.is(planOf({ scopes: new Set([SUB]) }).cost.requests, 1)
  })
})

spec('a filter names nobody', (test) => {
  const absent = { username: 'left@acme.example', reason: undefined, source: '' }
  const withAbsent = (some: Partial<PlanFacts>) => {
    const known = factsOf(some)
    const scopes = known.desired.scopes.map((one) => (one.scope === SUB ? { ...one, absent: [absent] } : one))
    return makePlan({ ...known, desired: { ...known.desired, scopes } }).plan
  }
  const ofNobody = (pattern: string | undefined, some: Partial<PlanFacts> = {}, users?: DesiredScope['users']) =>
    planOf({ user: pattern === undefined ? undefined : glob(pattern), ...some }, users).ofNobody

  for (const [title, pattern, some, expected] of [
    ['where no such user is listed or live', 'nobody@*', {}, true],
    ['not where one is listed and live', 'one@*', {}, undefined],
    ['not where one is only live', 'printer@*', {}, undefined],
    ['not where there is no filter', undefined, {}, undefined],
    ['in the scopes that were asked for', 'printer@*', { scopes: new Set([ACCOUNT]) }, true],
    ['and not in the others', 'printer@*', { scopes: new Set([SUB]) }, undefined],
    ['not where a scope could not be seen, since it may be there', 'nobody@*', seeing(SUB, unseen(false)), undefined],
    ['not where a scope was not looked at', 'nobody@*', { observed: new Map() }, undefined],
    ['not where the search for subaccounts failed', 'nobody@*', { search: unseen(false) }, undefined],
    ['where that found what there is', 'nobody@*', { search: FOUND }, true],
  ] as const)
    test(title, () => assert.is(ofNobody(pattern, some), expected))

  test('not where one is listed and not live yet', () =>
    assert.is(ofNobody('new@*', {}, [wanted('new@acme.example'), wanted(ONE)]), undefined))

  test('not where it names an old name of a listed user', () => {
    const renamed = { ...wanted('new@acme.example'), previously: ['older@acme.example', 'old@acme.example'] }
    assert.is(ofNobody('old@*', {}, [renamed, wanted(ONE)]), undefined)
    assert.is(ofNobody('oldest@*', {}, [renamed, wanted(ONE)]), true)
  })

  test('not where it names one that must not be there', () => {
    assert.is(withAbsent({ user: glob('left@*') }).ofNobody, undefined)
    assert.is(withAbsent({ user: glob('right@*') }).ofNobody, true)
  })
})
