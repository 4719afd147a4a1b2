// The rulebook: which rules hold for a user, and what they come to. Users for whom the same rules hold share one page, on which it stands
// what is enforced and, by value, what is not met; so a hundred rules cost each of many users hardly more than a look at its page.

import { type Patterns, patternsOf } from '../user/patterns.ts'
import { FIELDS, type FieldName, isRateLimit, RATE_LIMIT, type Settings, same } from '../user/settings.ts'
import type { Glob } from '../user/username.ts'
import { checking, type Failing, type Holding, keysOf } from './checking.ts'
import type { Managed, Sourced } from './desired.ts'
import type { Demand, Rule, RuleMatch, Waiver } from './rule.ts'
import type { Scope } from './scope.ts'

/** Two rules that set one field differently: neither is enforced. */
export type Clash = { readonly field: FieldName; readonly one: Rule; readonly other: Rule }

/** What the rules that hold for a user come to. */
export type Page = {
  readonly rules: ReadonlyArray<Holding>
  /** What is enforced, over every other layer, and the fields of it. */
  readonly set: Managed
  readonly sets: ReadonlyArray<FieldName>
  /** The rules that are waived. */
  readonly waived: ReadonlyArray<Holding>
  /** Waivers that have ended, and that no other one has taken the place of. */
  readonly ended: ReadonlyArray<{ readonly rule: Rule; readonly waiver: Waiver }>
  readonly clashes: ReadonlyArray<Clash>
  /** The fields by which a user can be blocked; the limit is one. */
  readonly blockedBy: ReadonlyArray<FieldName>
  readonly failing: (settings: Settings) => ReadonlyArray<Failing>
  /** What is enforced laid over weaker settings, as far as that was worked out before. */
  readonly laidOver: WeakMap<Managed, Managed>
}

/** Who is looked up: a listed user has a profile, perhaps. */
export type Subject = { readonly username: string; readonly profile: string | undefined; readonly status: string | undefined }

/** Finds the page of a user of one scope. */
export type Pages = (subject: Subject) => Page

/** Rules that are for the same users. */
type Group = { readonly match: RuleMatch; readonly rules: ReadonlyArray<Rule> }

/** The page of users for whom no rule holds. */
export const EMPTY_PAGE: Page = {
  rules: [],
  set: {},
  sets: [],
  waived: [],
  ended: [],
  clashes: [],
  blockedBy: [],
  failing: () => [],
  laidOver: new WeakMap(),
}

type Rulebook = (scope: Scope) => Pages

// The same rules say the same from run to run, until a waiver ends.
const opened = new WeakMap<ReadonlyArray<Rule>, { readonly from: number; readonly until: number; readonly book: Rulebook }>()

/** Opens the rulebook at a moment; gives the pages of a scope. */
export const rulebookOf = (rules: ReadonlyArray<Rule>, now: number): Rulebook => {
  const known = opened.get(rules)
  if (known !== undefined && known.from <= now && now < known.until) return known.book
  let [from, until] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const { waivers } of rules)
    for (const { until: end } of waivers)
      if (end <= now) from = Math.max(from, end)
      else until = Math.min(until, end)
  const book = bookOf(rules, now)
  opened.set(rules, { from, until, book })
  return book
}

const bookOf = (rules: ReadonlyArray<Rule>, now: number): Rulebook => {
  if (rules.length === 0) return () => () => EMPTY_PAGE
  const groups = grouped(rules)
  const byScope = patternsOf(groups.map(({ match }) => match.scope))
  const named = groups.filter(({ match }) => match.username !== undefined)
  const byName = patternsOf(named.map(({ match }) => match.username))
  const numbers = new Map(groups.map((group, at) => [group, at]))
  const book: Book = { pages: new Map(), keys: keysOf(rules), now }
  return (scope) => {
    const here = new Set(byScope(scope).flatMap((at) => groups[at] ?? []))
    const always = [...here].filter(({ match }) => match.username === undefined)
    const known = new Map<string, Bundle>()
    const isFor = ({ match }: Group, { profile, status }: Subject): boolean =>
      fits(match.status, status) && fits(match.profile, profile)
    // Of the groups without names it is the same ones for every user of this profile and status.
    const nameless = (subject: Subject): Bundle => {
      const key = `${subject.profile ?? ''}\n${subject.status ?? ''}`
      const bundle =
        known.get(key) ??
        bundled(
          numbers,
          always.filter((group) => isFor(group, subject)),
        )
      known.set(key, bundle)
      return bundle
    }
    return (subject) => {
      const bundle = nameless(subject)
      const matching = byName(subject.username)
      if (matching.length === 0) return pageOf(book, bundle, subject.username)
      const more = matching.flatMap((at) => named[at] ?? []).filter((group) => here.has(group) && isFor(group, subject))
      const whole = more.length === 0 ? bundle : bundled(numbers, [...bundle.groups, ...more])
      return pageOf(book, whole, subject.username)
    }
  }
}

/** Groups of rules, and a short name for just these. */
type Bundle = { readonly groups: ReadonlyArray<Group>; readonly key: string }

const bundled = (numbers: ReadonlyMap<Group, number>, groups: ReadonlyArray<Group>): Bundle => {
  let key = ''
  for (const group of groups) key += `${numbers.get(group)} `
  return { groups, key }
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

type Book = { readonly pages: Map<string, Shared>; readonly keys: ReadonlyMap<Demand, string>; readonly now: number }

const pageOf = ({ pages, keys, now }: Book, { groups, key }: Bundle, username: string): Page => {
  if (groups.length === 0) return EMPTY_PAGE
  let shared = pages.get(key)
  if (shared === undefined) {
    shared = sharedBy(groups.flatMap(({ rules }) => rules))
    pages.set(key, shared)
  }
  const waived = shared.waivers?.(username) ?? NOBODY
  const which = waived.join(' ')
  let page = shared.pages.get(which)
  if (page === undefined) {
    page = written(shared.rules, waived, { keys, now })
    shared.pages.set(which, page)
  }
  return page
}
const NOBODY: ReadonlyArray<number> = []

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

const written = (rules: ReadonlyArray<Rule>, named: ReadonlyArray<number>, { keys, now }: Pick<Book, 'keys' | 'now'>): Page => {
  const all = waiversOf(rules)
  const given = named.flatMap((at) => all[at] ?? [])
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
  const sets = FIELDS.filter((field) => set[field] !== undefined)
  const waived = holding.filter(({ waiver }) => waiver !== undefined)
  return {
    rules: holding,
    set,
    sets,
    waived,
    ended,
    clashes,
    blockedBy: blockingFields(holding),
    failing: checking(holding, keys),
    laidOver: new WeakMap(),
  }
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
