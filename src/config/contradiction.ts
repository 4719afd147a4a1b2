// Contradictions: what a rule sets against what a listed user says of itself, and against what another rule sets. Both places are told.
// A waiver is the way to allow the exception for a while, so a user that has one does not contradict the rule.
import type { Problem } from '../domain/basics/failure.ts'
import { each, type Work } from '../domain/basics/work.ts'
import { FIELDS, type FieldName, isLimit, same, type Value } from '../domain/user/settings.ts'
import type { ListedUser } from './lists.ts'
import { problemAt, said } from './place.ts'
import { inShort, quoted } from './problem.ts'
import { holdsAt, type RuledUser, surelyMeet } from './rules-for.ts'
import type { PlacedRule } from './ruling.ts'

/** Contradictions of rules that set something. */
export function* contradictions(rules: ReadonlyArray<PlacedRule>, ruled: ReadonlyArray<RuledUser>): Work<ReadonlyArray<Problem>> {
  if (rules.length === 0) return []
  const between = (yield* each(rules, (one) => pairsOf(one, rules))).flat()
  const certain = between.filter(({ one, other }) => surelyMeet(one, other))
  const uncertain = new Set(between.filter((pair) => !certain.includes(pair)).flatMap(({ one, other }) => [one, other]))
  const own = yield* each(ruled, (one) => {
    const { user, rules: holding } = one
    const met = holding.length < 2 || !holding.some((rule) => uncertain.has(rule)) ? [] : clashesOf(one, between, certain)
    return [...holding.flatMap((rule) => ownKeys(rule, user)), ...met]
  })
  return [...certain.flatMap((pair) => clash(pair, undefined)), ...own.flat()]
}

type Pair = { readonly one: PlacedRule; readonly other: PlacedRule }

/** The rules after one that set some field otherwise. */
const pairsOf = (one: PlacedRule, rules: ReadonlyArray<PlacedRule>): ReadonlyArray<Pair> =>
  rules
    .slice(rules.indexOf(one) + 1)
    .filter((other) => FIELDS.some((field) => differs(field, one, other)))
    .map((other) => ({ one, other }))

const differs = (field: FieldName, { sets: one }: PlacedRule, { sets: other }: PlacedRule): boolean => {
  const [a, b] = [one.get(field), other.get(field)]
  return a !== undefined && b !== undefined && !same(field, a.value, b.value)
}

const clashesOf = (ruled: RuledUser, between: ReadonlyArray<Pair>, certain: ReadonlyArray<Pair>): ReadonlyArray<Problem> =>
  between.filter((pair) => !certain.includes(pair) && isMet(pair, ruled)).flatMap((pair) => clash(pair, ruled.user))

const isMet = ({ one, other }: Pair, { rules, statuses }: RuledUser): boolean =>
  rules.includes(one) && rules.includes(other) && statuses.some((status) => holdsAt(one, status) && holdsAt(other, status))

const clash = ({ one, other }: Pair, user: ListedUser | undefined): ReadonlyArray<Problem> =>
  FIELDS.filter((field) => differs(field, one, other)).flatMap((field) => {
    const [first, second] = [one.sets.get(field), other.sets.get(field)]
    if (first === undefined || second === undefined) return []
    const whom = user === undefined ? '' : ` for user ${quoted(user.user.username)} (${said(user.at)})`
    const message = `rule ${quoted(one.rule.id)} sets ${valueInWords(first.value)} at ${said(first.at)}${whom}`
    return [problemAt(second.at, { message, hint: 'two rules set one field differently: change what one of them matches' })]
  })

const valueInWords = (value: Value): string =>
  typeof value === 'string' && value !== '' ? inShort(value) : JSON.stringify(value)

const ownKeys = ({ rule, sets }: PlacedRule, { entry, user, at }: ListedUser): ReadonlyArray<Problem> => {
  const ruled = `rule ${quoted(rule.id)}`
  const own = (key: string | number, more: ReadonlyArray<string | number> = []) => ({
    document: at.document,
    path: [...at.path, key, ...more],
  })
  const isOff = sets.get('custom_ratelimit')?.value === false
  const hint = 'remove the key, change what the rule matches, or give the user a waiver'
  return FIELDS.flatMap((field): ReadonlyArray<Problem> => {
    const set = sets.get(field)
    const isSaid = entry[field] !== undefined
    if (isSaid && isOff && isLimit(field)) {
      const place = sets.get('custom_ratelimit')?.at
      return place === undefined ? [] : [problemAt(own(field), { message: `${ruled} sets no limit at ${said(place)}`, hint })]
    }
    if (set === undefined) return []
    const unmanaged = entry.unmanaged?.indexOf(field) ?? -1
    if (unmanaged >= 0)
      return [problemAt(own('unmanaged', [unmanaged]), { message: `${ruled} sets this field at ${said(set.at)}`, hint })]
    if (field === 'status' && set.value !== 'blocked' && (user.starts !== undefined || user.expires !== undefined)) {
      const date = user.starts === undefined ? 'expires' : 'starts'
      return [
        problemAt(own(date), {
          message: `${ruled} sets status at ${said(set.at)}, and outside its dates a user is blocked`,
          hint,
        }),
      ]
    }
    const value = user.managed[field]?.value
    const isSame = isSaid && (value === undefined || same(field, value, set.value))
    return !isSaid || isSame
      ? []
      : [problemAt(own(field), { message: `${ruled} sets ${valueInWords(set.value)} at ${said(set.at)}`, hint })]
  })
}
