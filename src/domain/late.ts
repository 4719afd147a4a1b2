// Late blocks: a block takes effect though no answer told, though a look did not show it yet, or though a repeated one was refused. Who is on
// its way out by it must still come to its end, and who is blocked by it for a while must still return.
import type { Leaving, UserMemory } from './ledger.ts'
import { DAY } from './ledger.ts'
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
  ended === undefined && pending?.departs !== undefined && live?.settings.status === 'blocked'
    ? { _tag: 'Blocked', statusBefore: pending.departs, elapsedMs: 0, countedAt: now }
    : undefined

/** Whether what was sent may still come to pass. A user that is there though the service said no was made by somebody else. */
const isOpen = ({ outcome, username }: Ended, { refusals }: RunFacts): boolean =>
  outcome === 'unknown' && refusals?.has(username) !== true

/** Whether a block that was sent within the last day may still show, though the last look did not show it. */
export const isLate = ({ pending, statusBefore }: UserMemory, { now }: RunFacts): boolean =>
  pending?.wanted.has('status') === true &&
  (pending.departs !== undefined || statusBefore !== undefined) &&
  now - (pending.since ?? pending.at) < DAY

// L5: a late look is not the last word on a block that the service took, nor is the refusal of a repeated one on the first.
export const mayCome = (memory: UserMemory, ended: Ended, after: RunFacts): boolean =>
  isOpen(ended, after) ||
  (isLate(memory, after) &&
    (ended.outcome === 'not_converged' || (ended.outcome === 'failed' && memory.pending?.since !== undefined)))
