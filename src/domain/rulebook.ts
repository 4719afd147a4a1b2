// The rulebook: which rules hold for a user, and what they come to. Users for whom the same rules hold share one page, on which it stands
// what is enforced and, by value, what is not met; so a hundred rules cost each of many users hardly more than a look at its page.

import { type Unmet, unmet } from './demand.ts'
import type { Managed, Sourced } from './desired.ts'
import { type Patterns, patternsOf } from './patterns.ts'
import type { Demand, Rule, RuleMatch, Waiver } from './rule.ts'
import type { Scope } from './scope.ts'
import { FIELDS, type FieldName, isLimit, isRateLimit, RATE_LIMIT, type Settings, same, type Value } from './settings.ts'
import type { Glob } from './username.ts'

/** A rule that holds for a user, and what waives it by now. */
export type Holding = { readonly rule: Rule; readonly waiver: Waiver | undefined }

/** A rule that a user does not keep to. */
export type Failing = Holding & { readonly unmet: ReadonlyArray<Unmet> }

/** Two rules that set one field differently: neither is enforced. */
export type Clash = { readonly field: FieldName; readonly one: Rule; readonly other: Rule }

/** What the rules that hold for a user come to. */
export type Page = {
  readonly rules: ReadonlyArray<Holding>
  /** What is enforced, over every other layer. */
  readonly set: Managed
  /** Waivers that have ended, and that no other one has taken the place of. */
  readonly ended: ReadonlyArray<{ readonly rule: Rule; readonly waiver: Waiver }>
  readonly clashes: ReadonlyArray<Clash>
  /** The fields by which a user can be blocked; the limit is one. */
  readonly blockedBy: ReadonlyArray<FieldName>
  readonly failing: (settings: Settings) => ReadonlyArray<Failing>
}

/** Who is looked up: a listed user has a profile, perhaps. */
export type Subject = { readonly username: string; readonly profile: string | undefined; readonly status: string | undefined }

/** Finds the page of a user of one scope. */
export type Pages = (subject: Subject) => Page

/** Rules that are for the same users. */
type Group = { readonly match: RuleMatch; readonly rules: ReadonlyArray<Rule> }

/** The page of users for whom no rule holds. */
export const EMPTY_PAGE: Page = { rules: [], set: {}, ended: [], clashes: [], blockedBy: [], failing: () => [] }

/** Opens the rulebook at a moment; gives the pages of a scope. */
export const rulebookOf = (rules: ReadonlyArray<Rule>, now: number): ((scope: Scope) => Pages) => {
  if (rules.length === 0) return () => () => EMPTY_PAGE
  const groups = grouped(rules)
  const byScope = patternsOf(groups.map(({ match }) => match.scope))
  const named = groups.filter(({ match }) => match.username !== undefined)
  const byName = patternsOf(named.map(({ match }) => match.username))
  const numbers = new Map(groups.map((group, at) => [group, at]))
  const pages = new Map<string, Shared>()
  return (scope) => {
    const here = new Set(byScope(scope).flatMap((at) => groups[at] ?? []))
    const always = [...here].filter(({ match }) => match.username === undefined)
    const holding = ({ username, profile, status }: Subject): ReadonlyArray<Group> =>
      [...always, ...byName(username).flatMap((at) => named[at] ?? [])].filter(
        (group) => here.has(group) && fits(group.match.status, status) && fits(group.match.profile, profile),
      )
    return (subject) => pageOf({ pages, numbers, now }, holding(subject), subject.username)
  }
}

const grouped = (rules: ReadonlyArray<Rule>): ReadonlyArray<Group> => {
  const groups = new Map<string, Array<Rule>>()
  for (const rule of rules) {
    const { username, scope, status, profile } = rule.match
    const key = JSON.stringify([username, scope, status, profile].map((glob) => glob?.text.toLowerCase() ?? null))
    groups.set(key, [...(groups.get(key) ?? []), rule])
  }
  return [...groups.values()].flatMap((same) => same.slice(0, 1).map(({ match }) => ({ match, rules: same })))
}

type Shared = { readonly rules: ReadonlyArray<Rule>; readonly waivers: Patterns | undefined; readonly pages: Map<string, Page> }

type Book = {
  readonly numbers: ReadonlyMap<Group, number>
  readonly pages: Map<string, Shared>
  readonly now: number
}

const pageOf = ({ numbers, pages, now }: Book, groups: ReadonlyArray<Group>, username: string): Page => {
  if (groups.length === 0) return EMPTY_PAGE
  let key = ''
  for (const group of groups) key += `${numbers.get(group)} `
  const shared = pages.get(key) ?? sharedBy(groups.flatMap(({ rules }) => rules))
  pages.set(key, shared)
  const waived = shared.waivers?.(username) ?? []
  const which = waived.join(' ')
  const page = shared.pages.get(which) ?? written(shared.rules, waived, now)
  shared.pages.set(which, page)
  return page
}

const fits = (glob: Glob | undefined, text: string | undefined): boolean =>
  glob === undefined || (text !== undefined && glob.matches(text))

const waiversOf = (rules: ReadonlyArray<Rule>) => rules.flatMap((rule) => rule.waivers.map((waiver) => ({ rule, waiver })))

const sharedBy = (unsorted: ReadonlyArray<Rule>): Shared => {
  const rules = [...unsorted].sort((one, other) => (one.id < other.id ? -1 : 1))
  const waivers = waiversOf(rules)
  return {
    rules,
    waivers: waivers.length === 0 ? undefined : patternsOf(waivers.map(({ waiver }) => waiver.username)),
    pages: new Map(),
  }
}

const written = (rules: ReadonlyArray<Rule>, waived: ReadonlyArray<number>, now: number): Page => {
  const all = waiversOf(rules)
  const given = waived.flatMap((at) => all[at] ?? [])
  // Of several waivers the one that lasts longest.
  const longest = new Map<Rule, Waiver>()
  for (const { rule, waiver } of given)
    if ((longest.get(rule)?.until ?? Number.NEGATIVE_INFINITY) < waiver.until) longest.set(rule, waiver)
  const inForce = (waiver: Waiver | undefined): boolean => waiver !== undefined && now < waiver.until
  const holding = rules.map((rule): Holding => {
    const waiver = longest.get(rule)
    return { rule, waiver: inForce(waiver) ? waiver : undefined }
  })
  const { set, clashes } = joined(holding.filter(({ waiver }) => waiver === undefined).map(({ rule }) => rule))
  const ended = [...longest].flatMap(([rule, waiver]) => (inForce(waiver) ? [] : [{ rule, waiver }]))
  return { rules: holding, set, ended, clashes, blockedBy: blockingFields(holding), failing: checking(holding) }
}

const blockingFields = (rules: ReadonlyArray<Holding>): ReadonlyArray<FieldName> => {
  const blocking = rules.filter(({ rule, waiver }) => rule.otherwise === 'block' && waiver === undefined)
  const demanded = new Set(blocking.flatMap(({ rule }) => rule.require.map(({ field }) => field)))
  const isLimited = RATE_LIMIT.some((field) => demanded.has(field))
  return FIELDS.filter((field) => demanded.has(field) || (isLimited && isRateLimit(field)))
}

/** What several rules set together. A limit is set as a whole, so it clashes as a whole. */
const joined = (rules: ReadonlyArray<Rule>): Pick<Page, 'set' | 'clashes'> => {
  const said = new Map<FieldName, { readonly sourced: Sourced; readonly rule: Rule }>()
  const clashes: Array<Clash> = []
  for (const rule of rules)
    for (const field of FIELDS) {
      const sourced = rule.set[field]
      if (sourced === undefined) continue
      const before = said.get(field)
      if (before === undefined) said.set(field, { sourced, rule })
      else if (!same(field, before.sourced.value, sourced.value)) clashes.push({ field, one: before.rule, other: rule })
    }
  const lost = new Set(clashes.flatMap(({ field }) => (isRateLimit(field) ? RATE_LIMIT : [field])))
  const set: { [F in FieldName]?: Sourced } = {}
  for (const [field, { sourced }] of said) if (!lost.has(field)) set[field] = sourced
  return { set, clashes }
}

type Missing = ReadonlyArray<{ readonly holding: Holding; readonly unmet: Unmet }>
const NONE: Missing = []
type Demanded = { readonly demand: Demand; readonly holdings: ReadonlyArray<Holding> }

/** Checks what rules require. Settings are few and users many, so what a value misses is worked out once. */
const checking = (rules: ReadonlyArray<Holding>): Page['failing'] => {
  const byField = FIELDS.flatMap((field) => {
    const demands = demandedOn(field, rules)
    return demands.length === 0 ? [] : [{ field, demands, known: new Map<Value | undefined, Missing>() }]
  })
  return (settings) => {
    const found: Array<Missing[number]> = []
    for (const { field, demands, known } of byField) {
      const key = isLimit(field) ? limitKey(settings) : settings[field]
      const missing = known.get(key) ?? missingOf(demands, settings)
      known.set(key, missing)
      if (missing.length > 0) found.push(...missing)
    }
    return found.length === 0 ? [] : byRule(found)
  }
}

const limitKey = ({ custom_ratelimit, custom_ratelimit_value, custom_ratelimit_period }: Settings): string =>
  `${String(custom_ratelimit)} ${String(custom_ratelimit_value)} ${String(custom_ratelimit_period)}`

const missingOf = (demands: ReadonlyArray<Demanded>, settings: Settings): Missing => {
  const missing = demands.flatMap(({ holdings, demand }) => {
    const found = unmet(demand, settings)
    return found === undefined ? [] : holdings.map((holding) => ({ holding, unmet: found }))
  })
  return missing.length === 0 ? NONE : missing
}

/** What several rules ask for alike is looked at once. */
const demandedOn = (field: FieldName, rules: ReadonlyArray<Holding>): ReadonlyArray<Demanded> => {
  const found = new Map<string, { readonly demand: Demand; readonly holdings: Array<Holding> }>()
  for (const holding of rules)
    for (const demand of holding.rule.require) {
      if (demand.field !== field) continue
      const key = JSON.stringify('glob' in demand ? { ...demand, glob: demand.glob.text } : demand)
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
