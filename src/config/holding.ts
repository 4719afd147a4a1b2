// Which rules hold for which users, as far as a config alone can tell: a user that nothing gives a status may have any by the time a rule
// looks, and one that has a waiver is left alone for as long as it has it.
import { patternsOf } from '../domain/patterns.ts'
import { matchesAny } from '../domain/username.ts'
import { each, type Work } from '../domain/work.ts'
import type { ListedUser } from './lists.ts'
import type { PlacedRule } from './ruling.ts'
import { STATUSES } from './settings.ts'

/** A listed user with those of the rules that may hold for it. */
export type Held = { readonly user: ListedUser; readonly rules: ReadonlyArray<PlacedRule> }

/** The listed users for whom a rule may hold, each with its rules. */
export function* heldBy(rules: ReadonlyArray<PlacedRule>, listed: ReadonlyArray<ListedUser>): Work<ReadonlyArray<Held>> {
  if (rules.length === 0) return []
  const byName = patternsOf(rules.map(({ rule }) => rule.match.username))
  const held = yield* each(listed, (user) => ({
    user,
    rules: byName(user.user.username)
      .flatMap((at) => rules[at] ?? [])
      .filter((rule) => mayHold(rule, user)),
  }))
  return held.filter((one) => one.rules.length > 0)
}

const mayHold = (placed: PlacedRule, listed: ListedUser): boolean => {
  const { match } = placed.rule
  const { scope, user } = listed
  return (
    (match.scope?.matches(scope) ?? true) &&
    (match.profile === undefined || (user.profile !== undefined && match.profile.matches(user.profile))) &&
    statusesOf(listed).some((status) => holdsAt(placed, status)) &&
    !isWaived(placed, listed)
  )
}

const isWaived = ({ rule }: PlacedRule, { user }: ListedUser): boolean =>
  matchesAny(
    rule.waivers.map(({ username }) => username),
    user.username,
  )

/** The statuses that a user may have by the time a rule looks: the one that the config gives, or any. */
export const statusesOf = ({ user: { managed } }: ListedUser): ReadonlyArray<string> =>
  managed.status === undefined ? STATUSES : [String(managed.status.value)]

/** Whether a rule that may hold for a user does where it has this status. */
export const holdsAt = ({ rule }: PlacedRule, status: string): boolean => rule.match.status?.matches(status) ?? true

const KEYS = ['username', 'scope', 'status', 'profile'] as const

const isStar = (pattern: string): boolean => /^\*+$/.test(pattern)

// Of two patterns that are not the same, and of which none matches everything, nobody knows whether a user will ever match both.
/** Whether two rules hold for the same user beyond doubt. */
export const surelyMeet = ({ rule: one }: PlacedRule, { rule: other }: PlacedRule): boolean =>
  KEYS.every((key) => {
    const [a = '*', b = '*'] = [one.match[key]?.text.toLowerCase(), other.match[key]?.text.toLowerCase()]
    return a === b || isStar(a) || isStar(b)
  })

/** Whether a rule holds wherever another one does. */
export const holdsWherever = ({ rule: one }: PlacedRule, { rule: other }: PlacedRule): boolean =>
  KEYS.every((key) => {
    const [a, b = ''] = [one.match[key]?.text.toLowerCase(), other.match[key]?.text.toLowerCase()]
    return a === undefined || a === b || (isStar(a) && (b !== '' || key === 'username' || key === 'scope'))
  })
