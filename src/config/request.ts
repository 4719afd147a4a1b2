// The size of requests: all that a user is to have, its own layers and what rules set over them, may go in one, and the service takes
// none of more than 1 MB. What a full edit adds of the live user nobody knows offline.
import type { Managed } from '../domain/desired.ts'
import type { Problem } from '../domain/failure.ts'
import { Secret } from '../domain/secret.ts'
import { FIELDS, type Value } from '../domain/settings.ts'
import { each, type Work } from '../domain/work.ts'
import { type Held, holdsAt, holdsWherever, statusesOf } from './holding.ts'
import { type At, problemAt, said } from './place.ts'
import { quoted } from './problem.ts'
import type { PlacedRule } from './ruling.ts'

/** The service refuses larger requests. */
const LARGEST = 1_000_000
// Room for braces, key names, the subaccount's id and the API key.
const OVERHEAD = 2_000
/** What weighs less is not the reason. */
const WEIGHTY = LARGEST / 100

/** What is too large for one request: what rules set for whoever they hold for, told once, and what listed users have with the other rules. */
export function* requestProblems(rules: ReadonlyArray<PlacedRule>, held: ReadonlyArray<Held>): Work<ReadonlyArray<Problem>> {
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
  const ofUsers = yield* each(held, ({ user, rules: holding }) =>
    userProblems({ user, rules: holding.filter((rule) => !told.has(rule)) }, weigh),
  )
  return [...ofRules, ...ofUsers.flat()]
}

const userProblems = ({ user: listed, rules }: Held, weigh: Weigh): ReadonlyArray<Problem> => {
  const { username, managed } = listed.user
  // Most rules go by no status, and then one look is enough.
  const statuses = rules.some(({ rule }) => rule.match.status !== undefined) ? statusesOf(listed) : ['']
  const [largest] = statuses
    .map((status) => {
      const holding = rules.filter((rule) => holdsAt(rule, status))
      return { holding, bytes: OVERHEAD + sizeOf(username) + weigh([managed, ...holding.map(setOf)]) }
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

/** The bytes of what these layers say, weakest first. */
type Weigh = (layers: ReadonlyArray<Managed>) => number

const scales = (): Weigh => {
  // A long text is mostly that of many users.
  const long = new Map<string, number>()
  const bytesOf = (value: Value): number => {
    if (value instanceof Secret) return value.bytes
    if (typeof value !== 'string') return 20
    const bytes = long.get(value) ?? sizeOf(value)
    if (value.length > WEIGHTY) long.set(value, bytes)
    return bytes
  }
  return (layers) => {
    let bytes = 0
    for (const field of FIELDS) {
      const value = layers.findLast((layer) => layer[field] !== undefined)?.[field]?.value
      if (value !== undefined) bytes += bytesOf(value)
    }
    return bytes
  }
}

const sizeOf = (text: string): number =>
  text.length * 6 < WEIGHTY ? text.length * 6 : new TextEncoder().encode(JSON.stringify(text)).length
