// Checking: which of the rules that hold for a user its settings do not meet. A hundred rules cost each of many users hardly more than a
// look at what its values came to for the one before.
import { FIELDS, type FieldName, isLimit, type Settings, type Value } from '../user/settings.ts'
import { type Unmet, unmet } from './demand.ts'
import type { Demand, Rule, Waiver } from './rule.ts'

/** A rule that holds for a user, and what waives it by now. */
export type Holding = { readonly rule: Rule; readonly waiver: Waiver | undefined }

/** A rule that a user does not keep to. */
export type Failing = Holding & { readonly unmet: ReadonlyArray<Unmet> }

type Missing = ReadonlyArray<{ readonly holding: Holding; readonly unmet: Unmet }>
const NONE: Missing = []
const ALL_MET: ReadonlyArray<Failing> = []
type Demanded = { readonly demand: Demand; readonly holdings: ReadonlyArray<Holding> }

/** How each demand is told apart from others; what several rules ask for alike is looked at once. */
export const keysOf = (rules: ReadonlyArray<Rule>): ReadonlyMap<Demand, string> =>
  new Map(
    rules.flatMap(({ require }) =>
      require.map(
        (demand) => [demand, JSON.stringify('glob' in demand ? { ...demand, glob: demand.glob.text } : demand)] as const,
      ),
    ),
  )

/** Checks what rules require. Settings are few and users many, so what a value misses is worked out once. */
export const checking = (
  rules: ReadonlyArray<Holding>,
  keys: ReadonlyMap<Demand, string>,
): ((settings: Settings) => ReadonlyArray<Failing>) => {
  const demanded = FIELDS.filter((field) => rules.some(({ rule }) => rule.require.some((demand) => demand.field === field)))
  const byField = demanded.map((field) => ({ field, missingIn: asking(field, demandedOn(field, rules, keys)) }))
  return (settings) => {
    let found: Missing | undefined
    for (const { missingIn } of byField) {
      const missing = missingIn(settings)
      if (missing.length > 0) found = found === undefined ? missing : [...found, ...missing]
    }
    return found === undefined ? ALL_MET : byRule(found)
  }
}

/** Of texts that everybody writes anew nothing is worth keeping. */
const MOST_KNOWN = 200

/** What the value of a field misses. One user is mostly like the one before, so that is asked first. */
const asking = (field: FieldName, demands: ReadonlyArray<Demanded>): ((settings: Settings) => Missing) => {
  const known = new Map<Value | undefined, Missing>()
  let [last, before]: [Settings | undefined, Missing] = [undefined, NONE]
  const isAlike = isLimit(field) ? sameLimit : (one: Settings, other: Settings): boolean => one[field] === other[field]
  return (settings) => {
    if (last !== undefined && isAlike(last, settings)) return before
    const key = isLimit(field) ? limitKey(settings) : settings[field]
    const missing = known.get(key) ?? missingOf(demands, settings)
    if (known.size < MOST_KNOWN) known.set(key, missing)
    last = settings
    before = missing
    return missing
  }
}

const sameLimit = (one: Settings, other: Settings): boolean =>
  one.custom_ratelimit_value === other.custom_ratelimit_value &&
  one.custom_ratelimit_period === other.custom_ratelimit_period &&
  one.custom_ratelimit === other.custom_ratelimit

const limitKey = ({ custom_ratelimit, custom_ratelimit_value, custom_ratelimit_period }: Settings): string =>
  `${String(custom_ratelimit)} ${String(custom_ratelimit_value)} ${String(custom_ratelimit_period)}`

const missingOf = (demands: ReadonlyArray<Demanded>, settings: Settings): Missing => {
  const missing = demands.flatMap(({ holdings, demand }) => {
    const found = unmet(demand, settings)
    return found === undefined ? [] : holdings.map((holding) => ({ holding, unmet: found }))
  })
  return missing.length === 0 ? NONE : missing
}

const demandedOn = (
  field: FieldName,
  rules: ReadonlyArray<Holding>,
  keys: ReadonlyMap<Demand, string>,
): ReadonlyArray<Demanded> => {
  const found = new Map<string, { readonly demand: Demand; readonly holdings: Array<Holding> }>()
  for (const holding of rules)
    for (const demand of holding.rule.require) {
      if (demand.field !== field) continue
      const key = keys.get(demand) ?? ''
      const known = found.get(key) ?? { demand, holdings: [] }
      known.holdings.push(holding)
      found.set(key, known)
    }
  return [...found.values()]
}

const byRule = (missing: Missing): ReadonlyArray<Failing> => {
  const failing = new Map<Holding, Array<Unmet>>()
  for (const { holding, unmet } of missing) failing.set(holding, [...(failing.get(holding) ?? []), unmet])
  return [...failing].map(([holding, all]) => ({ ...holding, unmet: all }))
}
