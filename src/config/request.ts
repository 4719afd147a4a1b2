// Requests that are too large, for what a user says itself with what rules set over that. What a full edit adds of the live user nobody knows
// offline.
import type { Problem } from '../domain/basics/failure.ts'
import { each, type Work } from '../domain/basics/work.ts'
import type { Managed } from '../domain/wanted/desired.ts'
import type { ListedUser } from './lists.ts'
import { type At, problemAt, said } from './place.ts'
import { quoted } from './problem.ts'
import { holdsAt, holdsWherever, type RuledUser } from './rules-for.ts'
import type { PlacedRule } from './ruling.ts'
import { bytesFor, LARGEST, OVERHEAD, scales, WEIGHTY, type Weigh } from './weight.ts'

/**
 * What is too large for one request: what rules set for whoever they hold for, told once, and what listed users have with the other rules; `heavy`
 * are those that are too large by themselves, and no rule may make smaller.
 */
export function* requestProblems(
  rules: ReadonlyArray<PlacedRule>,
  ruled: ReadonlyArray<RuledUser>,
  heavy: ReadonlyArray<ListedUser>,
): Work<ReadonlyArray<Problem>> {
  const weigh = scales()
  const most = rules.reduce((sum, rule) => sum + weigh([setOf(rule)]), OVERHEAD)
  const large = (most > LARGEST ? rules : []).flatMap((rule) => {
    const others = rules.filter((other) => other !== rule && holdsWherever(other, rule))
    const bytes = OVERHEAD + weigh([...others, rule].map(setOf))
    return bytes > LARGEST ? [{ rule, others, bytes }] : []
  })
  const told = new Set(large.map(({ rule }) => rule))
  const ofRules = large.map(({ rule, others, bytes }) => {
    const beside = inWords(others, weigh)
    const what = `a request with what rule ${quoted(rule.rule.id)} sets${beside === '' ? '' : `, and ${beside},`}`
    return tooLarge(setsAt(rule), what, bytes)
  })
  const ofUsers = yield* each(ruled, (one) => userProblems({ ...one, rules: one.rules.filter((rule) => !told.has(rule)) }, weigh))
  const isRuled = new Set(heavy.length === 0 ? [] : ruled.map(({ user }) => user))
  const alone = heavy
    .filter((user) => !isRuled.has(user))
    .flatMap((user) => userProblems({ user, statuses: [], rules: [] }, weigh))
  return [...ofRules, ...ofUsers.flat(), ...alone]
}

const userProblems = ({ user: listed, statuses: possible, rules }: RuledUser, weigh: Weigh): ReadonlyArray<Problem> => {
  const { username, managed } = listed.user
  // Most rules go by no status, and then one look is enough.
  const statuses = rules.some(({ rule }) => rule.match.status !== undefined) ? possible : ['']
  const [largest] = statuses
    .map((status) => {
      const holding = rules.filter((rule) => holdsAt(rule, status))
      return { holding, bytes: bytesFor(username, [managed, ...holding.map(setOf)], weigh) }
    })
    .filter(({ bytes }) => bytes > LARGEST)
  if (largest === undefined) return []
  const beside = inWords(largest.holding, weigh)
  const what = `the request for user ${quoted(username)}${beside === '' ? '' : `, with ${beside},`}`
  return [tooLarge(listed.at, what, largest.bytes)]
}

const setOf = ({ rule }: PlacedRule): Managed => rule.set
const setsAt = ({ at: { document, path } }: PlacedRule): At => ({ document, path: [...path, 'set'] })

const inWords = (rules: ReadonlyArray<PlacedRule>, weigh: Weigh): string =>
  rules
    .filter((rule) => weigh([setOf(rule)]) > WEIGHTY)
    .map((rule) => `what rule ${quoted(rule.rule.id)} sets (${said(setsAt(rule))})`)
    .join(' and ')

const tooLarge = (at: At, what: string, bytes: number): Problem =>
  problemAt(at, {
    message: `${what} would have about ${bytes} bytes, the service takes at most 1 MB`,
    hint: 'shorten feedback_html, feedback_text or description',
  })
