// Laws of rules over any world: planning is repeatable, no order of rules matters, applying is enough, and rules reach nobody they must not.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { approvable } from '../../../src/domain/guards/approve.ts'
import { decided } from '../../../src/domain/memory/decision.ts'
import { emptyLedger } from '../../../src/domain/memory/ledger.ts'
import type { Plan, ScopePlan } from '../../../src/domain/plan/plan.ts'
import { makePlan } from '../../../src/domain/planning/planning.ts'
import { patternsOf } from '../../../src/domain/user/patterns.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import { FIELDS, type Settings, same } from '../../../src/domain/user/settings.ts'
import { type Glob, glob, matchesAny } from '../../../src/domain/user/username.ts'
import type { Demand, Rule } from '../../../src/domain/wanted/rule.ts'
import { E } from '../../../src/fp.ts'
import { DAY, managed, NO_CAPS, NOW, prints, told } from '../../support/build.ts'
import { factsOf, run, type World, worlds } from '../../support/model.ts'
import { rule, waiver } from '../../support/rules.ts'
import { spec } from '../../support/spec.ts'

const bytes = (plan: Plan): string =>
  JSON.stringify(plan, (_, value: unknown) => (value instanceof Secret ? value.reveal() : value))
const planned = (plan: Plan): ReadonlyArray<ScopePlan> =>
  plan.scopes.flatMap((scope) => (scope._tag === 'Planned' ? [scope] : []))

const maybe = <A>(value: fc.Arbitrary<A>): fc.Arbitrary<A | undefined> => fc.option(value, { nil: undefined })
const globOf = (...texts: ReadonlyArray<string>): fc.Arbitrary<Glob> =>
  fc.constantFrom(...texts.flatMap((text) => glob(text) ?? []))
const SETS: ReadonlyArray<Settings> = [
  { open_tracking_enabled: false },
  { open_tracking_enabled: true, description: 'ruled' },
  { click_tracking_enabled: false },
  { custom_ratelimit: false },
  { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' },
  { status: 'sandbox' },
  { status: 'blocked' },
]
const DEMANDS: ReadonlyArray<Demand> = [
  { field: 'custom_ratelimit', _tag: 'Equals', value: true },
  { field: 'custom_ratelimit_value', _tag: 'Max', max: 100, per: '1 day' },
  { field: 'open_tracking_enabled', _tag: 'Equals', value: false },
  { field: 'status', _tag: 'OneOf', values: ['allowed', 'blocked'] },
  { field: 'description', _tag: 'Present', present: true },
]
const match = fc.record({
  username: maybe(globOf('*', '*@acme.example', 'alpha*', '*a', 'DELTA')),
  scope: maybe(globOf('account', 'subaccount:*')),
  status: maybe(globOf('allowed', 'blocked')),
})
const anyRule: fc.Arbitrary<Omit<Rule, 'id' | 'source'>> = fc
  .record({
    match,
    waivers: fc.constantFrom([], [waiver('*a', NOW + DAY)], [waiver('alpha*', NOW - DAY)]),
    body: fc.oneof(
      fc.constantFrom(...SETS).map((set) => ({ set: managed(set) })),
      fc.record({
        require: fc.uniqueArray(fc.constantFrom(...DEMANDS), { minLength: 1 }),
        otherwise: fc.constantFrom('report', 'block'),
      }),
    ),
  })
  .map(({ match: whom, waivers, body }) => {
    const setsStatus = 'set' in body && body.set.status !== undefined
    return rule('', { match: setsStatus ? { ...whom, status: undefined } : whom, waivers, ...body })
  })

const manyRules = fc
  .array(anyRule, { maxLength: 6 })
  .map((all) => all.map((one, at): Rule => ({ ...one, id: `rule-${at}`, source: `config.yaml:${at}:1` })))

/** A world under rules; some of its users are out of bounds. */
const ruledWorlds: fc.Arbitrary<World> = fc
  .tuple(worlds(emptyLedger('key')), manyRules, fc.constantFrom([], ['beta*', 'omega']), fc.constantFrom([], ['Gamma*']))
  .map(([world, rules, ignored, kept]) => {
    const globs = (texts: ReadonlyArray<string>) => texts.flatMap((text) => glob(text) ?? [])
    const policy = { ...world.state.policy, ignore: globs(ignored), protected: globs(kept) }
    return { ...world, state: { ...world.state, rules, policy } }
  })

const PERSON = { person: true }
/** A world as it was applied once, and as the service shows it now that it has become another one. */
const drifted = (world: World, other: World): World => ({
  ...world,
  truth: new Map([...world.truth, ...other.truth]),
  remembered: run(world, PERSON).world.remembered,
})
const CAPPED = ['max_creates', 'max_updates', 'max_password_changes', 'max_blocks'] as const

spec('laws of rules', (test) => {
  test('S14: the same facts give the same bytes, in whatever order the rules stand', () =>
    fc.assert(
      fc.property(ruledWorlds, (world) => {
        const first = bytes(makePlan(factsOf(world, PERSON)).plan)
        assert.is(bytes(makePlan(factsOf(world, PERSON)).plan), first)
        const turned = { ...world, state: { ...world.state, rules: [...world.state.rules].reverse() } }
        assert.is(bytes(makePlan(factsOf(turned, PERSON)).plan), first)
      }),
    ))

  test('what was applied is all there was, but for users that were made: the next plans are empty (L4)', () =>
    fc.assert(
      fc.property(ruledWorlds, (world) => {
        const first = run(world, PERSON)
        // Who is made in this run is looked at in the next one.
        const made = told(first.plan).flatMap((line) => /^create (\S+)/.exec(line)?.[1] ?? [])
        const looked = run(first.world, { now: NOW + 500 })
        assert.equal(
          told(looked.plan).filter((line) => !line.startsWith('held ') && !made.includes(line.split(' ')[1] ?? '')),
          [],
        )
        const second = run(looked.world, { now: NOW + 1000 })
        const ofRules = (plan: Plan) => told(plan).filter((line) => !/ (?:impossible|report_only|protected):/.test(line))
        assert.equal(ofRules(second.plan), [], `${told(first.plan).join('\n')}\n\n${told(second.plan).join('\n')}`)
        assert.equal(run(second.world, { now: NOW + 2000 }).edits, [])
      }),
    ))

  test('S4: an approval of a plan, by its digest or before the next run, makes what no cap would have kept: one change a user, and no more', () =>
    fc.assert(
      fc.property(ruledWorlds, maybe(ruledWorlds), fc.subarray([...CAPPED], { minLength: 1 }), (first, other, capped) => {
        const world = other === undefined ? first : drifted(first, other)
        const caps = { ...NO_CAPS, ...Object.fromEntries(capped.map((name) => [name, { percent: undefined, count: 0 }])) }
        const strict = { ...world, state: { ...world.state, policy: { ...world.state.policy, caps } } }
        const shown = makePlan(factsOf(strict, PERSON)).plan
        const digest = shown.digest ?? ''
        const free = planned(makePlan(factsOf(world, PERSON)).plan)
        const changes = approvable([shown], prints, digest)?.changes ?? []
        const given = decided(strict.remembered, { _tag: 'Approve', digest, changes }, { by: 'me', reason: 'ok', now: NOW })
        const remembered = E.isRight(given) ? given.right : strict.remembered
        for (const facts of [factsOf(strict, { ...PERSON, digest }), factsOf({ ...strict, remembered }, PERSON)]) {
          const lifted = planned(makePlan(facts).plan)
          assert.equal(
            lifted.map((scope) => scope.changes),
            free.map((scope) => scope.changes),
          )
          for (const scope of lifted)
            assert.is(new Set(scope.changes.map(({ username }) => username)).size, scope.changes.length, 'one change a user')
        }
        assert.is(makePlan(factsOf(strict, { ...PERSON, digest })).plan.digest, shown.digest, 'the digest is of what was shown')
      }),
    ))

  test('S5: nobody that is ignored or protected is written to for a rule', () =>
    fc.assert(
      fc.property(ruledWorlds, (world) => {
        const { ignore, protected: kept } = world.state.policy
        const listed = new Set(world.state.scopes.flatMap(({ users }) => users.map(({ username }) => username)))
        for (const scope of planned(run(world, PERSON).plan))
          for (const { username, change } of [...scope.changes, ...scope.held]) {
            assert.not(!listed.has(username) && matchesAny(ignore, username), username)
            assert.not(
              change !== 'create' && matchesAny(kept, username) && scope.changes.some((one) => one.username === username),
            )
          }
      }),
    ))

  test('S5: without unlisted: block, an unlisted user changes only where a rule sets something, or blocks', () =>
    fc.assert(
      fc.property(ruledWorlds, (world) => {
        const state = { ...world.state, policy: { ...world.state.policy, unlisted: 'report' as const } }
        const after = run({ ...world, state }, PERSON).world
        const listed = new Set(state.scopes.flatMap(({ users }) => users.map(({ username }) => username)))
        const set = new Set(state.rules.flatMap((one) => FIELDS.filter((field) => one.set[field] !== undefined)))
        const blocks = state.rules.some(({ otherwise }) => otherwise === 'block')
        for (const [scope, users] of world.truth)
          for (const [name, before] of users) {
            if (listed.has(name)) continue
            const now = after.truth.get(scope)?.get(name)
            for (const field of FIELDS)
              if (!set.has(field) && !(blocks && field === 'status') && !field.startsWith('custom_ratelimit'))
                assert.ok(before[field] === now?.[field] || same(field, before[field], now?.[field]), `${name} ${field}`)
          }
      }),
    ))

  test('blocks that rules made end when the rules are gone, and everybody is as without them', () =>
    fc.assert(
      fc.property(ruledWorlds, (world) => {
        const blocking = world.state.rules.filter(({ require }) => require.length > 0)
        const state = { ...world.state, rules: blocking, policy: { ...world.state.policy, unlisted: 'report' as const } }
        const ruled = run({ ...world, state }, PERSON).world
        const freed = run({ ...ruled, state: { ...state, rules: [] } }, { now: NOW + 1000 }).world
        const never = run({ ...world, state: { ...state, rules: [] } }, PERSON).world
        for (const [scope, users] of never.truth)
          for (const [name, { status }] of users) {
            const after = freed.truth.get(scope)?.get(name)?.status
            // A status that the config gives comes back alone, also where it would not have been sent with what cannot be made.
            const listed = state.scopes.find((one) => one.scope === scope)?.users.find(({ username }) => username === name)
            const given = listed?.managed.status?.value
            assert.ok(after === status || after === given, `${scope} ${name}`)
          }
      }),
    ))

  test('many patterns find what each of them finds', () =>
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[ab*?]{1,5}$/), { maxLength: 12 }),
        fc.array(fc.stringMatching(/^[abAB]{0,6}$/), { maxLength: 12 }),
        (texts, names) => {
          const globs = texts.map((text) => glob(text))
          const patterns = patternsOf(globs)
          for (const name of names)
            assert.equal(
              patterns(name),
              globs.flatMap((one, at) => (one?.matches(name) === true ? [at] : [])),
            )
        },
      ),
    ))
})
