// Unanswered: users of whose last change nobody knows what became, the longest waiting first. They come last in the next run: five failures in
// a row end a run (S11), and a few whose requests always fail must not keep all behind them from theirs (S12).
import type { Ended } from './plan.ts'

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
