// Barred: who was blocked on its way out, or by an emergency stop. The config names no status that this sets, so it is remembered here that
// whoever opens the user sets ours back (S8).
import { type Hold, isOfStop, isStop, stopOf } from '../decisions/hold.ts'
import { memoryOf } from '../draft/diff.ts'
import { shutFrom } from '../memory/late.ts'
import type { ScopeMemory } from '../memory/ledger.ts'
import { stranger, type UserMemory } from '../memory/user-memory.ts'
import { isDone } from '../plan/outcome.ts'
import type { Ended } from '../plan/plan.ts'
import type { LiveUser } from '../user/live.ts'
import { type RunFacts, repairsOf } from './remember-user.ts'

type Facts = {
  readonly ended: ReadonlyMap<string, Ended>
  readonly holds: ReadonlyArray<Hold>
  /** Who is asked to be blocked on its way out, as far as this run has looked at. */
  readonly departing: ReadonlySet<string>
  readonly after: RunFacts & { readonly live: { readonly users: ReadonlyArray<LiveUser> }; readonly filtered: boolean }
}

/** Whether, and by what, a live user is barred after a run. */
const barredBy = (
  memory: UserMemory,
  { live, ended }: { readonly live: LiveUser; readonly ended: Ended | undefined },
  { holds, departing, after: { filtered, now } }: Facts,
): UserMemory['barred'] => {
  // What a person has set back is where it was before.
  if (ended?.cause === 'undo') return undefined
  if (shutFrom(memory, { live, ended, now }) !== undefined) return true
  if (ended?.change === 'block' && isDone(ended) && (isOfStop(ended) || isStop(holds, now, ended))) return 'stop'
  if (memory.barred === undefined) return undefined
  const isAsked = filtered || departing.has(live.username) || stopOf(holds, now, live.username) !== undefined
  return isAsked || live.settings.status === undefined || live.settings.status === 'blocked' ? memory.barred : undefined
}

/** What is remembered of those who are barred, or are not any more, with how often that was set back. */
export const withBarred = (
  memory: ScopeMemory,
  users: ReadonlyMap<string, UserMemory>,
  facts: Facts,
): ReadonlyArray<readonly [string, UserMemory]> =>
  facts.after.live.users.filter(mayBeBarred(memory, facts)).flatMap((live) => {
    const { username } = live
    const [before, ended, kept] = [memoryOf(memory, username), facts.ended.get(username), users.get(username)]
    const barred = barredBy(before, { live, ended }, facts)
    if (barred === undefined && (before.barred === undefined || kept === undefined)) return []
    const repairs = new Map(repairsOf(before, { ended, after: facts.after }))
    // What was set back before was another wish.
    if ((barred === undefined) !== (before.barred === undefined)) repairs.delete('status')
    return [[username, { ...(kept ?? stranger), barred, repairs }]]
  })

const mayBeBarred =
  (memory: ScopeMemory, { ended }: Facts) =>
  ({ username }: LiveUser): boolean =>
    memoryOf(memory, username).barred !== undefined || ended.get(username)?.change === 'block'
