// Late blocks: a block takes effect though no answer told, though a look did not show it yet, or though a repeated one was refused. Who is on
// its way out by it must still come to its end, and who is blocked by it for a while must still return.
import type { Leaving, Pending, UserMemory } from './ledger.ts'
import type { LiveUser } from './live.ts'
import type { Ended } from './plan.ts'

/** What this needs to know of a run. */
type RunFacts = {
  /** Usernames whose change the service refused for what it is. */
  readonly refusals?: ReadonlyMap<string, unknown>
  readonly now: number
}

// L5: our block took effect though no answer told, or none that this process lived to write down. Grace begins with the look that shows it.
export const departed = (
  { pending }: UserMemory,
  live: LiveUser | undefined,
  ended: Ended | undefined,
  now: number,
): Leaving | undefined =>
  tried(ended) === undefined && pending?.departs !== undefined && live?.settings.status === 'blocked'
    ? { _tag: 'Blocked', statusBefore: pending.departs, elapsedMs: 0, countedAt: now }
    : undefined

// Longer than any answer is waited for. After it, who is blocked may have been blocked by somebody else.
const LATE_MS = 15 * 60_000

/** Whether a block that was sent a moment ago may still show, though the last look did not show it. */
export const isLate = ({ pending, statusBefore }: UserMemory, { now }: RunFacts): boolean =>
  pending?.wanted.has('status') === true &&
  (pending.departs !== undefined || statusBefore !== undefined) &&
  now - (pending.since ?? pending.at) < LATE_MS

/** Whether what was sent may have come to pass. A user that is there though the service said no was made by somebody else. */
const isOpen = ({ outcome, username }: Ended, { refusals }: RunFacts): boolean =>
  outcome === 'unknown' && refusals?.has(username) !== true

/** Whether a run tried something of a user. */
export const tried = (ended: Ended | undefined): Ended | undefined => (ended?.outcome === 'not_attempted' ? undefined : ended)

/**
 * The write whose fate is still open after a run. L5: a late look is not the last word on a block that the service took, nor is the refusal of a
 * repeated one on the first; that is `answered`, and over soon.
 */
export const openAfter = (memory: UserMemory, ended: Ended | undefined, after: RunFacts): Pending | undefined => {
  const { pending } = memory
  if (pending === undefined) return undefined
  if (ended === undefined) return pending.answered !== true || isLate(memory, after) ? pending : undefined
  if (isOpen(ended, after)) return pending
  const mayShow = ended.outcome === 'not_converged' || (ended.outcome === 'failed' && pending.since !== undefined)
  return mayShow && isLate(memory, after) ? { ...pending, answered: true } : undefined
}
