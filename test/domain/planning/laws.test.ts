// Laws over any world: planning is repeatable, applying is enough, and hands stay off what nobody asked to change.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { takesAway } from '../../../src/domain/guards/policy.ts'
import { emptyLedger } from '../../../src/domain/memory/ledger.ts'
import type { Change, Plan, ScopePlan } from '../../../src/domain/plan/plan.ts'
import { makePlan, type PlanFacts } from '../../../src/domain/planning/planning.ts'
import type { LiveState } from '../../../src/domain/user/live.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import { FIELDS, type FieldName, same } from '../../../src/domain/user/settings.ts'
import { CAPS, DAY, HIDDEN, NOW, told } from '../../support/build.ts'
import { factsOf, LATER, run, type World, worlds } from '../../support/model.ts'
import { spec } from '../../support/spec.ts'

const anyWorld = worlds(emptyLedger('key'))
const person: Partial<PlanFacts> = { person: true }

/** The bytes of a plan, as far as bytes can show. */
const bytes = (plan: Plan): string =>
  JSON.stringify(plan, (_, value: unknown) =>
    value instanceof Secret ? value.reveal() : value instanceof Map ? [...value] : value,
  )

const planned = (plan: Plan): ReadonlyArray<ScopePlan> =>
  plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? [scope] : []))
const changesOf = (plan: Plan): ReadonlyArray<Change> => planned(plan).flatMap(({ changes }) => changes)

/** The users of a scope that the config lists, by name. */
const listedIn = ({ state }: World, name: string) =>
  new Map(state.scopes.find(({ scope }) => scope === name)?.users.map((user) => [user.username, user]))

const LIMIT: ReadonlyArray<FieldName> = ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period']

spec('laws of planning', (test) => {
  test('S14: the same facts give the same bytes, in whatever order the service lists its users', () =>
    fc.assert(
      fc.property(anyWorld, fc.boolean(), (world, isPerson) => {
        const facts = factsOf(world, { person: isPerson })
        const first = makePlan(facts).plan
        assert.is(bytes(makePlan(facts).plan), bytes(first))
        const turned = (live: LiveState): LiveState => ({ ...live, users: [...live.users].reverse() })
        const observed = new Map(
          [...facts.observed].map(
            ([scope, one]) => [scope, one._tag === 'Seen' ? { ...one, live: turned(one.live) } : one] as const,
          ),
        )
        assert.is(bytes(makePlan({ ...facts, observed }).plan), bytes(first))
      }),
    ))

  test('S14: the digest depends on neither time nor words', () =>
    fc.assert(
      fc.property(anyWorld, (world) => {
        const { digest } = makePlan(factsOf(world, person)).plan
        const other = { ...person, now: NOW + DAY, approveWith: () => 'say yes', configDigest: 'other' }
        assert.is(makePlan(factsOf(world, other)).plan.digest, digest)
      }),
    ))

  test('what was applied is all there was: the next plan is empty, and so is the one after it (L4)', () =>
    fc.assert(
      fc.property(anyWorld, (world) => {
        const first = run(world, person)
        const second = run(first.world, { now: LATER })
        assert.equal(
          changesOf(second.plan).map(({ username }) => username),
          [],
          told(second.plan).join('\n'),
        )
        const waiting = planned(second.plan).flatMap(({ held }) => held.map(({ reason }) => reason))
        assert.equal(
          waiting.filter((reason) => reason !== 'impossible' && reason !== 'report_only'),
          [],
        )
        const third = run(second.world, { now: NOW + 2 * DAY })
        assert.equal(third.edits, [])
        assert.is(third.plan.digest, second.plan.digest)
      }),
    ))

  test('S5: unlisted users and unmanaged fields are the same before and after', () =>
    fc.assert(
      fc.property(anyWorld, (world) => {
        const after = run(world, person).world
        for (const [scope, users] of world.truth)
          for (const [name, before] of users) {
            const now = after.truth.get(scope)?.get(name)
            assert.ok(now, 'nobody is removed')
            const user = listedIn(world, scope).get(name)
            const blocked = user === undefined && world.state.policy.unlisted === 'block'
            const isManaged = (field: FieldName): boolean =>
              user?.managed[field] !== undefined ||
              (LIMIT.includes(field) && user?.managed.custom_ratelimit !== undefined) ||
              (blocked && field === 'status')
            for (const field of FIELDS.filter((one) => !isManaged(one)))
              assert.ok(before[field] === now[field] || same(field, before[field], now[field]), `${name} ${field}`)
          }
      }),
    ))

  test('S5: a PATCH carries only declared fields that differ, and the rate limit as one', () =>
    fc.assert(
      fc.property(anyWorld, (world) => {
        const { edits, plan } = run(world, person)
        for (const [scope, edit] of edits) {
          if (edit._tag !== 'Patch') continue
          const sent = FIELDS.filter((field) => edit.settings[field] !== undefined)
          const asked = planned(plan)
            .find((one) => one.scope === scope)
            ?.changes.find(({ username }) => username === edit.username)
            ?.fields.map(({ field }) => field)
          const extra = sent.filter((field) => asked?.includes(field) !== true)
          assert.ok(
            extra.every((field) => LIMIT.includes(field) && asked?.some((one) => LIMIT.includes(one))),
            extra.join(),
          )
          if (edit.settings.custom_ratelimit === true)
            assert.equal(
              LIMIT.filter((field) => !sent.includes(field)),
              [],
            )
          if (sent.some((field) => LIMIT.includes(field))) assert.ok(sent.includes('custom_ratelimit'))
        }
      }),
    ))

  test('every difference is in changes or in held, and a user has at most one change', () =>
    fc.assert(
      fc.property(anyWorld, fc.boolean(), (world, isPerson) => {
        const facts = factsOf(world, { person: isPerson })
        const { plan } = makePlan({ ...facts, desired: { ...facts.desired, policy: { ...facts.desired.policy, caps: CAPS } } })
        for (const scope of planned(plan)) {
          const all = [...scope.changes, ...scope.held]
          assert.is(new Set(scope.changes.map(({ username }) => username)).size, scope.changes.length, 'one change a user')
          const truth = world.truth.get(scope.scope)
          for (const [name, user] of listedIn(world, scope.scope)) {
            const found = all.find(({ username }) => username === name)
            const asked = all
              .filter(({ username }) => username === name)
              .flatMap(({ fields }) => fields.map(({ field }) => field))
            const live = truth?.get(name)
            const differs = FIELDS.filter((field) => {
              const value = user.managed[field]?.value
              return value !== undefined && (HIDDEN.includes(field) || !same(field, live?.[field], value))
            })
            if (live === undefined) assert.ok(found?.change === 'create', name)
            else
              assert.equal(
                FIELDS.filter((field) => asked.includes(field)),
                differs,
                name,
              )
            assert.is(new Set(asked).size, asked.length, `${name}: each field once`)
          }
        }
      }),
    ))

  test('S10: losing the ledger never adds a block, a remove, an opening or a password change, and adds no write but of what cannot be read', () =>
    fc.assert(
      fc.property(anyWorld, anyWorld, (world, other) => {
        const { remembered } = run(world, person).world
        const drifted: World = { ...world, truth: new Map([...world.truth, ...other.truth]), remembered }
        const known = changesOf(makePlan(factsOf(drifted, { now: LATER })).plan)
        const lost = changesOf(makePlan(factsOf({ ...drifted, remembered: emptyLedger('key') }, { now: LATER })).plan)
        for (const change of lost) {
          assert.not(takesAway(change))
          if (change.change === 'create') continue
          const before = known.find(({ username }) => username === change.username)
          for (const { field, to } of change.fields) {
            assert.is.not(field, 'email_password')
            assert.not(field === 'status' && to === 'allowed')
            assert.ok(HIDDEN.includes(field) || before?.fields.some((one) => one.field === field) === true, field)
          }
        }
      }),
    ))

  test('observe mode writes nothing, and says all the same', () =>
    fc.assert(
      fc.property(anyWorld, (world) => {
        const observing = { ...world.state, policy: { ...world.state.policy, mode: 'observe' as const } }
        const watched = makePlan(factsOf({ ...world, state: observing }, person)).plan
        const acted = makePlan(factsOf(world, person)).plan
        assert.equal(changesOf(watched), [])
        const names = (plan: Plan) =>
          planned(plan).map(({ changes, held }) => [...changes, ...held].map(({ username }) => username).sort())
        assert.equal(names(watched), names(acted))
      }),
    ))
})
