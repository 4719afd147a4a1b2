// Unanswered: users of whose last change nobody knows what became, the longest waiting first. They come last in the next run, and so do scopes that
// would begin with them: five failures in a row end a run (S11), and a few whose requests always fail must not keep all behind them from theirs (S12).
import type { Ledger } from './ledger.ts'
import type { Ended, Kind } from './plan.ts'
import type { Scope } from './scope.ts'

/** In this order the changes of a scope are sent. */
export const ORDER: ReadonlyArray<Kind> = ['block', 'update', 'create', 'remove']

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

type DueChange = { readonly change: Kind; readonly username: string; readonly stop?: true }
type Due = { readonly scope: Scope; readonly changes: ReadonlyArray<DueChange> }

/**
 * Scopes in the order in which they are begun: `last` when all those of `first` are done. Of those that begin with somebody unanswered, whoever waits
 * longest comes first, and an emergency stop waits for no other scope.
 */
export const answeredScopesFirst = <A extends Due>(
  due: ReadonlyArray<A>,
  { scopes }: Pick<Ledger, 'scopes'>,
): { readonly first: ReadonlyArray<A>; readonly last: ReadonlyArray<A> } => {
  const known = due.map((one) => {
    const { unanswered, users } = scopes.get(one.scope) ?? {}
    const kind = ORDER.find((wanted) => one.changes.some(({ change }) => change === wanted))
    const [first] = answeredFirst(
      one.changes.filter(({ change }) => change === kind),
      unanswered,
    )
    if (first === undefined || unanswered?.includes(first.username) !== true) return { one, at: undefined, isLate: false }
    return { one, at: users?.get(first.username)?.pending?.at ?? 0, isLate: first.stop !== true }
  })
  const inTurn = known.toSorted((one, other) => (one.at ?? -1) - (other.at ?? -1))
  const thoseThat = (late: boolean) => inTurn.filter(({ isLate }) => isLate === late).map(({ one }) => one)
  return { first: thoseThat(false), last: thoseThat(true) }
}
