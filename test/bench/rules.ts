// What 100 rules cost planning: 20,000 users in 500 scopes, planned with and without them in turn. `node --import tsx test/bench/rules.ts`.
// CPU time is what counts, since the machine may be busy with other things; each pair gives a ratio, and the median of them is the figure.
import { emptyLedger } from '../../src/domain/memory/ledger.ts'
import { makePlan, type PlanFacts } from '../../src/domain/planning/planning.ts'
import type { Settings } from '../../src/domain/user/settings.ts'
import { glob } from '../../src/domain/user/username.ts'
import type { Demand, Rule } from '../../src/domain/wanted/rule.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import { desired, desiredScope, facts, live, liveUser, managed, wanted } from '../support/build.ts'
import { rule } from '../support/rules.ts'

const [SCOPES, USERS, PAIRS, BOUND] = [500, 40, 15, 1.5]
const LIMIT: Settings = { custom_ratelimit: true, custom_ratelimit_value: 200, custom_ratelimit_period: '1 day' }
const OWN: Settings = { ...LIMIT, bounce_notifications: 'from', open_tracking_enabled: false, status: 'allowed' }

const scopeAt = (at: number): Scope => `subaccount:S${at}`
const nameAt = (scope: number, user: number): string => `user-${user}.${scope}@customer-${scope % 50}.example`

/** A third each: by name, by scope, and for everybody; half of them set something, the other half require. */
const ruleAt = (at: number): Rule => {
  const match =
    at % 3 === 0
      ? { username: glob(`*@customer-${at % 50}.example`) }
      : at % 3 === 1
        ? { scope: glob(`subaccount:S${at}*`), status: glob('allowed') }
        : {}
  const demands: ReadonlyArray<Demand> = [
    { field: 'custom_ratelimit_value', _tag: 'Max', max: 1000 + at, per: '1 day' },
    { field: 'bounce_notifications', _tag: 'OneOf', values: ['from', 'drop'] },
    { field: 'description', _tag: 'Matches', glob: glob('*') ?? NEVER },
  ]
  return at % 2 === 0
    ? rule(`set-${at}`, { match, set: managed({ open_tracking_enabled: false, archive_enabled: false }) })
    : rule(`require-${at}`, { match, require: demands, otherwise: at % 4 === 1 ? 'block' : 'report' })
}
const NEVER = { text: '', matches: () => false }

const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, at) => at)
const world = (rules: ReadonlyArray<Rule>): PlanFacts => {
  const state = desired(
    numbers(SCOPES).map((at) =>
      desiredScope(
        numbers(USERS).map((user) => wanted(nameAt(at, user), OWN)),
        scopeAt(at),
      ),
    ),
  )
  const shown = numbers(SCOPES).map((at) =>
    live(
      numbers(USERS).map((user) => liveUser(nameAt(at, user), { ...OWN, description: `User ${user} of ${at}` })),
      { scope: scopeAt(at) },
    ),
  )
  return facts({ ...state, rules }, shown, emptyLedger('key'))
}

const without = world([])
const ruled = world(numbers(100).map(ruleAt))
const cpuMs = (about: PlanFacts): number => {
  const before = process.cpuUsage()
  const { plan } = makePlan(about)
  const { user, system } = process.cpuUsage(before)
  if (plan.scopes.length !== SCOPES) throw new Error('a scope is missing from the plan')
  return (user + system) / 1000
}
for (const about of [without, ruled, without, ruled]) cpuMs(about)
const pairs = numbers(PAIRS).map(() => ({ plain: cpuMs(without), withRules: cpuMs(ruled) }))
const ratios = pairs.map(({ plain, withRules }) => withRules / plain).sort((one, other) => one - other)
const ratio = ratios[Math.floor(PAIRS / 2)] ?? Number.NaN
const mean = (of: (pair: (typeof pairs)[number]) => number): string =>
  (pairs.reduce((sum, pair) => sum + of(pair), 0) / PAIRS).toFixed(0)
process.stdout.write(
  `${ratio <= BOUND ? 'holds ' : 'MISSED'} 100 rules over ${SCOPES * USERS} users in ${SCOPES} scopes: ${mean(({ plain }) => plain)} ms without, ${mean(({ withRules }) => withRules)} ms with, ratio ${ratio.toFixed(2)}, bound ${BOUND}\n`,
)
process.exitCode = ratio <= BOUND ? 0 : 1
