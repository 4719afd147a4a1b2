// Unanswered: users of whose last change nobody knows what became, the longest waiting first. They come last in the next run, and so do scopes that
// would begin with them: five failures in a row end a run (S11), and a few whose requests always fail must not keep all behind them from theirs (S12).
import type { Ended, Kind } from '../plan/plan.ts'
import type { Scope } from '../wanted/scope.ts'
import type { Ledger } from './ledger.ts'

const ORDER: ReadonlyArray<Kind> = ['block', 'update', 'create', 'remove']

type DueChange = { readonly change: Kind; readonly username: string; readonly stop?: true; readonly refusedBefore?: true }

/**
 * The changes of a scope in the order of their kinds, those of one kind beside each other. Twenty refusals end a run (S11), so what was just refused
 * comes after all of them.
 */
export const inStages = <A extends DueChange>(changes: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const isLast = ({ refusedBefore }: A): boolean => refusedBefore === true
  const ofKind = (kind: Kind) => changes.filter((one) => one.change === kind && !isLast(one))
  return [...ORDER.map(ofKind), changes.filter(isLast)]
}

type Names = ReadonlyArray<string> | undefined

/** Who is unanswered after a run; `filtered`: only some users were looked at. */
export const unansweredAfter = (before: Names, ended: ReadonlyArray<Ended>, filtered: boolean): Names => {
  const outcomes = new Map(ended.map(({ username, outcome }) => [username, outcome]))
  const isWaiting = (username: string): boolean => {
    const outcome = outcomes.get(username)
    return outcome === 'not_attempted' || (outcome === undefined && (filtered || ended.length === 0))
  }
  const after = [
    ...(before ?? []).filter(isWaiting),
    ...ended.filter(({ outcome }) => outcome === 'unknown').map(({ username }) => username),
  ]
  return after.length === 0 ? undefined : after
}

/** Changes in the order in which they are sent. */
export const answeredFirst = <A extends { readonly username: string }>(
  changes: ReadonlyArray<A>,
  unanswered: Names,
): ReadonlyArray<A> => {
  if (unanswered === undefined) return changes
  const places = new Map(unanswered.map((username, at) => [username, at]))
  const placeOf = ({ username }: A): number => places.get(username) ?? -1
  return changes.toSorted((one, other) => placeOf(one) - placeOf(other))
}

type Due = { readonly scope: Scope; readonly changes: ReadonlyArray<DueChange> }

/**
 * Scopes in the order in which they are begun: `last` when all those of `first` are done. Of those that begin with somebody unanswered, whoever waits
 * longest comes first, and an emergency stop waits for no other scope, unless all that is left of it was just refused.
 */
export const answeredScopesFirst = <A extends Due>(
  due: ReadonlyArray<A>,
  { scopes }: Pick<Ledger, 'scopes'>,
): { readonly first: ReadonlyArray<A>; readonly last: ReadonlyArray<A> } => {
  const known = due.map((one) => {
    const { unanswered, users } = scopes.get(one.scope) ?? {}
    const [first] = inStages(answeredFirst(one.changes, unanswered)).flat()
    if (first?.refusedBefore === true) return { one, at: Number.POSITIVE_INFINITY, isLate: true }
    if (first === undefined || unanswered?.includes(first.username) !== true) return { one, at: undefined, isLate: false }
    return { one, at: users?.get(first.username)?.pending?.at ?? 0, isLate: first.stop !== true }
  })
  const inTurn = known.toSorted((one, other) => (one.at ?? -1) - (other.at ?? -1))
  const thoseThat = (late: boolean) => inTurn.filter(({ isLate }) => isLate === late).map(({ one }) => one)
  return { first: thoseThat(false), last: thoseThat(true) }
}
