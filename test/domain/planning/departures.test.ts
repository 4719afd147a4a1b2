// Laws over any world with users that are to go, renamed ones and protected ones: listed users are not touched by it, and nobody goes too soon.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { decided } from '../../../src/domain/memory/decision.ts'
import { emptyLedger } from '../../../src/domain/memory/ledger.ts'
import type { Change, Plan, ScopePlan } from '../../../src/domain/plan/plan.ts'
import { makePlan, type PlanFacts } from '../../../src/domain/planning/planning.ts'
import { FIELDS, type FieldName, same } from '../../../src/domain/user/settings.ts'
import { glob } from '../../../src/domain/user/username.ts'
import type { DesiredState, DesiredUser, Policy } from '../../../src/domain/wanted/desired.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { E } from '../../../src/fp.ts'
import { DAY, HIDDEN, HOUR, NOW } from '../../support/build.ts'
import { cases } from '../../support/cases.ts'
import { factsOf, run, type World, worlds } from '../../support/model.ts'
import { spec } from '../../support/spec.ts'

type Departing = {
  readonly world: World
  readonly plain: World
  readonly absent: ReadonlySet<string>
  readonly old: ReadonlySet<string>
}

/** The names that are live and that no scope lists. */
const unlistedIn = ({ state, truth }: World): ReadonlyArray<string> => {
  const listed = new Set(state.scopes.flatMap(({ users }) => users.map(({ username }) => username)))
  return [...new Set([...truth.values()].flatMap((users) => [...users.keys()]))].filter((name) => !listed.has(name))
}

/** Each unlisted name is absent, or the old name of a listed user, or neither. */
const departing: fc.Arbitrary<Departing> = fc
  .tuple(worlds(emptyLedger('key')), fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }))
  .map(([plain, choices]): Departing => {
    const free = unlistedIn(plain)
    const absent = new Set(free.filter((_, at) => choices[at] === 0))
    const olds = free.filter((_, at) => choices[at] === 1)
    let next = 0
    const scopes = plain.state.scopes.map((scope) => ({
      ...scope,
      absent: [...absent].map((username) => ({ username, reason: undefined, source: 'config.yaml:9:5 absent' })),
      users: scope.users.map((user) => {
        const previously = olds.slice(next, next + 1)
        next += previously.length
        return { ...user, previously }
      }),
    }))
    return { plain, world: { ...plain, state: { ...plain.state, scopes } }, absent, old: new Set(olds.slice(0, next)) }
  })

const person: Partial<PlanFacts> = { person: true }
const withPolicy = (state: DesiredState, some: Partial<Policy>): DesiredState => ({
  ...state,
  policy: { ...state.policy, ...some },
})
const planOf = (world: World, some: Partial<PlanFacts> = person): Plan => makePlan(factsOf(world, some)).plan
const planned = (plan: Plan): ReadonlyArray<ScopePlan> =>
  plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? [scope] : []))
const allOf = ({ changes, held }: ScopePlan): ReadonlyArray<Change> => [...changes, ...held]
const liveScopes = ({ truth }: World, name: string): number => [...truth.values()].filter((users) => users.has(name)).length
/** The old names of those whose entry says blocked: in their own scope they are blocked with them. */
const shutIn = (state: DesiredState, scope: Scope): ReadonlySet<string> =>
  new Set(
    state.scopes
      .filter((one) => one.scope === scope)
      .flatMap(({ users }) => users.filter(({ managed }) => managed.status?.value === 'blocked'))
      .flatMap(({ previously }) => previously),
  )
const LIMIT: ReadonlyArray<FieldName> = ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period']

spec('laws of leaving', (test) => {
  test('in the first run of a scope nothing has another cause, be it held', () =>
    fc.assert(
      fc.property(departing, fc.boolean(), ({ world }, isPerson) => {
        const plan = planOf(world, { person: isPerson, ledger: emptyLedger('key') })
        assert.equal(
          planned(plan)
            .flatMap(allOf)
            .filter(({ cause }) => cause !== 'first_run'),
          [],
        )
      }),
    ))

  test('who is absent or renamed changes nothing for listed users, but the settings that a new name starts with', () =>
    fc.assert(
      fc.property(departing, fc.boolean(), ({ world, plain, absent, old }, isPerson) => {
        const before = planned(planOf(plain, { person: isPerson }))
        for (const [at, after] of planned(planOf(world, { person: isPerson })).entries()) {
          const bare = (change: Change) => {
            if (change.change !== 'create') return change
            const { formerly: _, ...made } = change
            return { ...made, fields: made.fields.filter(({ source }) => !source.startsWith('kept from')) }
          }
          // One whose old name is live in another scope, and not in its own, is not made.
          const isMoved = (user: DesiredUser) =>
            user.previously.some((name) => world.truth.get(after.scope)?.has(name) !== true && liveScopes(world, name) > 0)
          const users = world.state.scopes.find(({ scope }) => scope === after.scope)?.users ?? []
          const moved = new Set(users.filter(isMoved).map(({ username }) => username))
          const isMine = ({ username, change }: Change) =>
            !absent.has(username) && !old.has(username) && !(change === 'create' && moved.has(username))
          const mine = (plan: ScopePlan | undefined, which: 'changes' | 'held') => (plan?.[which] ?? []).filter(isMine).map(bare)
          assert.equal(mine(after, 'changes'), mine(before[at], 'changes'))
          assert.equal(
            mine(after, 'held').map(({ username }) => username),
            mine(before[at], 'held').map(({ username }) => username),
          )
          assert.equal(
            after.changes.filter(({ username, change }) => change === 'create' && moved.has(username)),
            [],
          )
        }
      }),
    ))

  test('a user has at most one change in a plan, in one run or after many', () =>
    fc.assert(
      fc.property(departing, fc.nat(20), ({ world, plain }, days) => {
        const removing: World = { ...world, state: withPolicy(plain.state, { unlisted: 'remove', grace: 2 * DAY }) }
        const { world: later } = run({ ...removing, state: { ...removing.state, scopes: world.state.scopes } }, person)
        for (const plan of [planOf(world), planOf(later, { now: NOW + days * DAY })])
          for (const scope of planned(plan)) {
            const names = scope.changes.map(({ username }) => username)
            assert.is(new Set(names).size, names.length)
            const asked = allOf(scope).flatMap(({ username, fields }) => fields.map(({ field }) => `${username} ${field}`))
            assert.is(new Set(asked).size, asked.length)
          }
      }),
    ))

  test('a run blocks whom it is to block and opens or removes nobody; an old name stays as it was, unless its new one is to be blocked', () =>
    fc.assert(
      fc.property(departing, fc.boolean(), ({ world, absent, old }, isRemoving) => {
        const state = isRemoving ? withPolicy(world.state, { unlisted: 'remove' }) : world.state
        const { truth } = run({ ...world, state }, person).world
        for (const [scope, users] of world.truth)
          for (const [name, before] of users) {
            const after = truth.get(scope)?.get(name)
            assert.ok(after, 'nobody is removed')
            if (absent.has(name)) assert.is(after.status, liveScopes(world, name) > 1 ? before.status : 'blocked', name)
            const isShut = shutIn(state, scope).has(name) && liveScopes(world, name) === 1
            if (old.has(name)) assert.equal(after, isShut ? { ...before, status: 'blocked' } : before, `${name} in ${scope}`)
          }
      }),
    ))

  test('a new name starts with the readable settings of the old one, below what the config says', () =>
    fc.assert(
      fc.property(departing, ({ world }) => {
        const { truth } = run(world, person).world
        for (const { scope, users } of world.state.scopes)
          for (const { username, managed, previously } of users) {
            const before = world.truth.get(scope)
            const from = before?.get(previously[0] ?? '')
            const made = truth.get(scope)?.get(username)
            if (from === undefined || made === undefined || before?.has(username) === true) continue
            for (const field of FIELDS.filter((one) => !HIDDEN.includes(one) && !LIMIT.includes(one)))
              assert.ok(same(field, made[field], managed[field]?.value ?? from[field]), `${username} ${field}`)
          }
      }),
      cases(300),
    ))

  test('an old name whose new one has vanished again is left alone, however much of the grace was counted', () =>
    fc.assert(
      fc.property(departing, ({ world, old }) => {
        const state = withPolicy(world.state, { unlisted: 'report', missing: 'create', grace: 2 * DAY })
        const first = run({ ...world, state }, person).world
        const counted = run(first, { now: NOW + DAY }).world
        const heirs = new Set(
          state.scopes
            .flatMap(({ users }) => users.filter(({ previously }) => previously.length > 0))
            .map(({ username }) => username),
        )
        const truth = new Map(
          [...counted.truth].map(([scope, users]) => [scope, new Map([...users].filter(([name]) => !heirs.has(name)))] as const),
        )
        const { edits } = run({ ...counted, truth }, { ...person, now: NOW + 2 * DAY })
        assert.equal(
          edits.filter(([, { username }]) => old.has(username)),
          [],
        )
      }),
    ))

  test('the old name is blocked when the new one has worked for the grace, as far as the config lets it, and not before', () =>
    fc.assert(
      fc.property(departing, ({ world, old }) => {
        const state = withPolicy(world.state, { unlisted: 'report', missing: 'create', grace: 2 * DAY })
        const shut = new Set(state.scopes.flatMap(({ scope }) => [...shutIn(state, scope)]))
        let now: World = { ...world, state }
        for (let day = 0; day <= 3; day += 1) {
          const { plan, world: next } = run(now, { person: day === 0, now: NOW + day * DAY })
          const blocked = planned(plan).flatMap(({ changes }) =>
            changes
              .filter(({ username, change }) => change === 'block' && old.has(username) && !shut.has(username))
              .map(({ cause }) => cause),
          )
          if (day !== 2) assert.equal(blocked, [], `day ${day}`)
          assert.ok(blocked.every((cause) => cause === 'grace_elapsed'))
          now = next
        }
        for (const { scope, users } of state.scopes)
          for (const { username, managed, previously } of users) {
            const name = previously[0] ?? ''
            const here = now.truth.get(scope)
            if (here?.has(name) !== true || liveScopes(now, name) > 1) continue
            const before = world.truth.get(scope)?.get(name)?.status
            const works =
              shut.has(name) ||
              (here.has(username) && ['allowed', managed.status?.value, before].includes(here.get(username)?.status))
            assert.is(here.get(name)?.status, works ? 'blocked' : before)
          }
      }),
    ))
})

spec('S5: protection', (test) => {
  const NAMES = ['__proto__', 'alpha@acme.example', 'GAMMA@*', 'delta', 'to*'] as const
  const globs = fc.subarray([...NAMES], { minLength: 1 }).map((texts) => texts.flatMap((text) => glob(text) ?? []))

  test('outlives its pattern for whoever was live, whatever asks: a stop, a person, a digest; until a person ends it', () =>
    fc.assert(
      fc.property(departing, globs, ({ world }, patterns) => {
        const isProtected = (name: string): boolean => patterns.some((one) => one.matches(name))
        const { remembered } = run({ ...world, state: withPolicy(world.state, { protected: patterns }) }, person).world
        const stop = { what: { _tag: 'Stop', glob: '*' }, since: NOW, until: NOW + DAY, reason: 'leak', by: 'me' } as const
        for (const holds of [[], [stop]]) {
          const unnamed: World = { ...world, remembered: { ...remembered, holds } }
          const { digest } = planOf(unnamed)
          for (const asked of [person, { ...person, digest }, { now: NOW + 9 * HOUR }])
            for (const { scope, changes } of planned(planOf(unnamed, asked)))
              for (const { username, change } of changes)
                assert.ok(
                  !isProtected(username) || change === 'create' || world.truth.get(scope)?.has(username) !== true,
                  username,
                )
        }
        const ended = decided(remembered, { _tag: 'Unprotect', glob: '*' }, { by: 'me', reason: 'sold', now: NOW })
        const free = planned(planOf({ ...world, remembered: E.isLeft(ended) ? remembered : ended.right })).flatMap(
          ({ held }) => held,
        )
        assert.equal(
          free.filter(({ reason }) => reason === 'protected'),
          [],
        )
      }),
    ))
})
