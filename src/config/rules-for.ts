// Which rules hold for which users, as far as a config alone can tell: the status that a rule goes by is the one that another rule sets, else the
// user's own; a user that nothing gives one may have any by the time a rule looks. One that has a waiver is left alone for as long as it has it.
import { each, type Work } from '../domain/basics/work.ts'
import { patternsOf } from '../domain/user/patterns.ts'
import { type Glob, matchesAny } from '../domain/user/username.ts'
import type { Rule } from '../domain/wanted/rule.ts'
import type { ListedUser } from './lists.ts'
import type { PlacedRule } from './ruling.ts'
import { STATUSES } from './settings.ts'

/** A listed user, the statuses that it may have by the time a rule looks, and those of the rules that may hold for it then. */
export type RuledUser = {
  readonly user: ListedUser
  readonly statuses: ReadonlyArray<string>
  readonly rules: ReadonlyArray<PlacedRule>
}

/** The listed users for whom a rule may hold, each with its rules. */
export function* ruledUsers(rules: ReadonlyArray<PlacedRule>, listed: ReadonlyArray<ListedUser>): Work<ReadonlyArray<RuledUser>> {
  if (rules.length === 0) return []
  const byName = patternsOf(rules.map(({ rule }) => rule.match.username))
  const ruled = yield* each(listed, (user) => {
    const meant = byName(user.user.username)
      .flatMap((at) => rules[at] ?? [])
      .filter((rule) => isFor(rule, user))
    const statuses = statusesOf(user, meant)
    return { user, statuses, rules: meant.filter((rule) => statuses.some((status) => holdsAt(rule, status))) }
  })
  return ruled.filter((one) => one.rules.length > 0)
}

/** Whether a rule is for a user, whatever its status is. */
const isFor = (placed: PlacedRule, listed: ListedUser): boolean => {
  const { match } = placed.rule
  const { scope, user } = listed
  return (
    (match.scope?.matches(scope) ?? true) &&
    (match.profile === undefined || (user.profile !== undefined && match.profile.matches(user.profile))) &&
    !isWaived(placed, listed)
  )
}

const isWaived = ({ rule }: PlacedRule, { user }: ListedUser): boolean =>
  matchesAny(
    rule.waivers.map(({ username }) => username),
    user.username,
  )

// A rule that sets the status does not match by it, and where two set another one they contradict each other.
const statusesOf = ({ user: { managed } }: ListedUser, meant: ReadonlyArray<PlacedRule>): ReadonlyArray<string> => {
  const set = meant.flatMap(({ rule: { set, match } }) => (match.status === undefined ? (set.status ?? []) : []))
  const given = set.length > 0 ? set : [managed.status].filter((status) => status !== undefined)
  return given.length === 0 ? STATUSES : given.map(({ value }) => String(value))
}

/** Whether a rule that may hold for a user does where it has this status. */
export const holdsAt = ({ rule }: PlacedRule, status: string): boolean => rule.match.status?.matches(status) ?? true

const KEYS = ['username', 'scope', 'status', 'profile'] as const

const isStar = (pattern = ''): boolean => /^\*+$/.test(pattern)

// Of two patterns that are not the same, and of which none matches everything, nobody knows whether a user will ever match both.
/** Whether two rules hold for the same user beyond doubt. */
export const surelyMeet = ({ rule: one }: PlacedRule, { rule: other }: PlacedRule): boolean =>
  !isLetOff(one, other) &&
  !isLetOff(other, one) &&
  KEYS.every((key) => {
    const [a, b] = [one, other].map(({ match }) => textOf(match[key]))
    return a === b || isStar(a) || isStar(b)
  })

const textOf = (pattern: Glob | undefined): string => pattern?.text.toLowerCase() ?? '*'

/** Whether a rule leaves alone whoever another one is for, as far as patterns tell. */
const isLetOff = ({ waivers, match }: Rule, other: Rule): boolean => {
  const theirs = [match, other.match].map(({ username }) => textOf(username))
  return waivers.some(({ username }) => theirs.some((pattern) => isWithin(pattern, username)))
}

// The stars of a pattern take up those of one that they hold; its question marks would, too, and are only one character.
const isWithin = (pattern: string, whole: Glob): boolean =>
  textOf(whole) === pattern || (!whole.text.includes('?') && whole.matches(pattern))

/** Whether a rule holds wherever another one does. */
export const holdsWherever = ({ rule: one }: PlacedRule, { rule: other }: PlacedRule): boolean =>
  KEYS.every((key) => {
    const [a, b = ''] = [one.match[key]?.text.toLowerCase(), other.match[key]?.text.toLowerCase()]
    return a === undefined || a === b || (isStar(a) && (b !== '' || key === 'username' || key === 'scope'))
  })
