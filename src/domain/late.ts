// Late blocks: a block shows though no answer told of it, though a look did not show it yet, though it was repeated and that was refused, or
// though something else was sent meanwhile. Who is on its way out by it must still come to its end, and who is blocked by it for a while must
// still return; and nobody must be taken for blocked by us whom somebody else has blocked since.
import type { Block, Leaving, UserMemory } from './ledger.ts'
import { DAY } from './ledger.ts'
import type { LiveUser } from './live.ts'
import type { Change, Ended } from './plan.ts'

type Look = {
  readonly live: LiveUser | undefined
  readonly ended: Ended | undefined
  readonly now: number
}

// Longer than any answer is waited for.
const LATE_MS = 15 * 60_000

/** Whether a change is a block whose end must not be lost. */
export const isKeptBlock = ({ departs, returns }: Change): boolean => departs === true || returns === true

/** What a run has tried of a user. */
export const tried = (ended: Ended | undefined): Ended | undefined => (ended?.outcome === 'not_attempted' ? undefined : ended)

const isBlocked = (live: LiveUser | undefined): boolean => live?.settings.status === 'blocked'

const isFresh = ({ at, answered }: Block, now: number): boolean => now - at < (answered === true ? LATE_MS : DAY)

/** What is left of a block that this run has sent. */
const afterSending = ({ at, departs, earlier }: Block, { outcome }: Ended): Block | undefined => {
  const way = departs === undefined ? {} : { departs }
  if (outcome === 'unknown') return { at, ...way }
  // A late look is not the last word on a block that the service took, nor is the refusal of a repeated one on the one before.
  if (outcome === 'not_converged') return { at, ...way, answered: true }
  return outcome === 'failed' && earlier !== undefined ? { at: earlier, ...way, answered: true } : undefined
}

/** The block that may yet show after a look. */
export const blockAfter = ({ block }: UserMemory, { live, ended, now }: Look): Block | undefined => {
  if (block === undefined || isBlocked(live)) return undefined
  const sent = tried(ended)
  const open = sent !== undefined && isKeptBlock(sent) ? afterSending(block, sent) : block
  return open !== undefined && isFresh(open, now) ? open : undefined
}

/** L5: our block took effect though no answer told, or none that this process lived to write down. Grace begins with the look that shows it. */
export const departed = ({ block }: UserMemory, { live, ended, now }: Look): Leaving | undefined =>
  block?.departs !== undefined && isBlocked(live) && now - block.at < DAY && tried(ended)?.change !== 'block'
    ? { _tag: 'Blocked', statusBefore: block.departs, elapsedMs: 0, countedAt: now }
    : undefined

/** Since when looks leave a user out; nothing once that is a day. */
export const unseenSince = ({ unseen }: UserMemory, now: number): number | undefined => {
  const since = unseen ?? now
  return now - since < DAY ? since : undefined
}

/** L5: one answer that leaves a user out must not make it look as if somebody else had blocked it. */
export const unseenLeaving = (memory: UserMemory, now: number): Leaving | undefined =>
  memory.leaving?._tag === 'Blocked' && unseenSince(memory, now) !== undefined ? { ...memory.leaving, unseen: true } : undefined
