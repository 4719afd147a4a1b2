// Late blocks: a block of ours may take effect without our being told, since no answer came, the look was too early, a repetition was refused, or
// something else was sent meanwhile. Its grace, or the status that is to return, must not be lost; and a later block by somebody else must not
// count as ours.

import { DAY } from '../basics/time.ts'
import { isDone, neverSent } from '../plan/outcome.ts'
import { blockEnd, type Change, type Ended } from '../plan/plan.ts'
import type { LiveUser } from '../user/live.ts'
import { forNow } from './our-block.ts'
import type { BlockUnderWay, OurBlock, Pending, UserMemory, WayOut } from './user-memory.ts'

/** What a run showed of a user, and did to it. */
export type UserLook = {
  readonly live: LiveUser | undefined
  readonly ended: Ended | undefined
  readonly now: number
}

// Longer than any answer is waited for.
const LATE_MS = 15 * 60_000

/** Whether what was sent may yet show, as far as any answer is waited for. */
export const isUnderWay = ({ at }: { readonly at: number }, now: number): boolean => now - at < LATE_MS

/** Whether a change is a block whose end must not be lost. */
export const isKeptBlock = (change: Change): boolean => blockEnd(change) !== 'never'

const statusSeen = ({ fields }: Change): string | undefined => {
  const from = fields.find(({ field }) => field === 'status')?.from
  return from === undefined ? undefined : String(from)
}

/**
 * What returns when a block of ours ends: the status that the look before it showed, else what was known of one before it whose fate is open.
 * Where nobody saw it, nothing does: somebody else may have blocked the user.
 */
export const returnsTo = (memory: UserMemory, change: Change): string | undefined =>
  statusSeen(change) ?? forNow(memory)?.returnsTo

/** The same of a block that begins a way out. */
export const departsFrom = ({ block }: UserMemory, change: Change): string => statusSeen(change) ?? block?.departs ?? 'blocked'

/** The status before the block with which this run began the way out of a user; what is beside that in one edit may not have taken, or stayed. */
export const shutFrom = (memory: UserMemory, { live, ended }: UserLook): string | undefined => {
  if (ended?.change !== 'block' || ended.ends !== 'departs' || ended.cause === 'undo') return undefined
  const isPart = ended.outcome === 'not_converged' || ended.outcome === 'unknown'
  const isShut = isDone(ended) || (isPart && isBlocked(live))
  return isShut ? departsFrom(memory, ended) : undefined
}

const UNSEEN = 'the service does not show its status: when this block ends, nothing opens it by itself'

/** A change with what a person should know of its end. */
export const withEnd = (memory: UserMemory, change: Change): Change => {
  const known = blockEnd(change) === 'departs' ? memory.block?.departs : forNow(memory)?.returnsTo
  if (!isKeptBlock(change) || statusSeen(change) !== undefined || known !== undefined) return change
  return { ...change, note: change.note === undefined ? UNSEEN : `${change.note}; ${UNSEEN}` }
}

/** What a run has sent of a user. */
export const tried = (ended: Ended | undefined): Ended | undefined =>
  ended === undefined || neverSent(ended) ? undefined : ended

const isBlocked = (live: LiveUser | undefined): boolean => live?.settings.status === 'blocked'

// One whose fate nobody told may have to be waited for where nobody looks, such as over a night without the daemon.
const isFresh = (block: BlockUnderWay, now: number): boolean =>
  block.answered === true ? isUnderWay(block, now) : now - block.at < DAY

/** Whether a look has settled a block: it came late enough, and shows the user open. */
const isSettled = (block: BlockUnderWay, live: LiveUser | undefined, now: number): boolean =>
  live !== undefined && !isUnderWay(block, now)

/** What is left of a block that this run has sent. */
const afterSending = (block: BlockUnderWay, { outcome }: Ended): BlockUnderWay | undefined => {
  const { at, departs, earlier, earlierAnswered } = block
  const way = departs === undefined ? {} : { departs }
  if (outcome === 'unknown') return block
  // What is told of a repetition says nothing of the one before it. Of that nobody may have been told anything, and then it is waited for as long.
  const isBeforeTold = earlier === undefined || earlierAnswered === true
  // A late look is not the last word on a block that the service took.
  if (outcome === 'not_converged') return isBeforeTold ? { at, ...way, answered: true } : { at, ...way, earlier }
  if (outcome !== 'failed' || earlier === undefined) return undefined
  return { at: earlier, ...way, ...(isBeforeTold ? { answered: true } : {}) }
}

/** Whether one of two blocks shows, and the other may yet do so, after the user was opened again. */
const isOvertaken = ({ answered, earlier }: BlockUnderWay): boolean => answered === true && earlier !== undefined

// Of two that were sent one shows. The one before is still to come, unless that was told; or the later one, where nobody told which it is.
const afterShowing = (block: BlockUnderWay, { ended, now }: UserLook): BlockUnderWay | undefined => {
  const { at, departs, earlier, earlierAnswered } = block
  const attempt = tried(ended)
  const sent = attempt !== undefined && isKeptBlock(attempt) ? attempt : undefined
  // Where a repetition was refused, it is the one before that shows.
  if (earlier === undefined || sent?.outcome === 'failed' || sent?.refusal !== undefined) return undefined
  const isTold = sent !== undefined && sent.outcome !== 'unknown' && sent.unconfirmed !== true
  if (isTold && earlierAnswered === true) return undefined
  const isLast = isTold || isOvertaken(block)
  // Nobody waited any more for one that was sent that long before.
  if (!isLast && !isUnderWay({ at: earlier }, at)) return undefined
  const next = isLast ? earlier : at
  return isUnderWay({ at: next }, now)
    ? { at, ...(departs === undefined ? {} : { departs }), earlier: next, answered: true }
    : undefined
}

/** A block without the one that has shown: what may come now. */
export const stillToCome = (block: BlockUnderWay): BlockUnderWay => {
  const { departs, earlier } = block
  return isOvertaken(block) && earlier !== undefined ? { at: earlier, ...(departs === undefined ? {} : { departs }) } : block
}

/** The block that may yet show after a look. */
export const blockAfter = ({ block }: UserMemory, look: UserLook): BlockUnderWay | undefined => {
  const { live, ended, now } = look
  if (block === undefined) return undefined
  if (isBlocked(live)) return afterShowing(block, look)
  const sent = tried(ended)
  const isOpen = live?.settings.status !== undefined
  const open = sent !== undefined && isKeptBlock(sent) ? afterSending(block, sent) : isOpen ? stillToCome(block) : block
  return open !== undefined && isFresh(open, now) && !isSettled(open, live, now) ? open : undefined
}

/** What a run showed of a user before its changes and after them, and did to it; `planned` is from before. */
export type TwoLooks = UserLook & { readonly planned: LiveUser | undefined }

/** Whether a user was seen open with nothing of ours under way that blocks it: whoever is blocked after that was blocked by somebody else. */
export const wasSeenOpen = (memory: UserMemory, { planned, ended, now }: TwoLooks): boolean => {
  const status = planned?.settings.status
  if (status === undefined || status === 'blocked' || tried(ended)?.change === 'block') return false
  return blockAfter(memory, { live: planned, ended: undefined, now }) === undefined
}

/** What is remembered of a user of whom that is known. */
export const unlessOpened = (memory: UserMemory, looks: TwoLooks): UserMemory =>
  memory.ourBlock !== undefined && wasSeenOpen(memory, looks) ? { ...memory, ourBlock: undefined } : memory

/** L5: our block took effect though no answer told, or none that this process lived to write down. Grace begins with the look that shows it. */
export const departed = ({ block }: UserMemory, { live, ended, now }: UserLook): WayOut | undefined =>
  block?.departs !== undefined &&
  !isOvertaken(block) &&
  isBlocked(live) &&
  isFresh(block, now) &&
  tried(ended)?.change !== 'block'
    ? { _tag: 'WayOut', returnsTo: block.departs, elapsedMs: 0, countedAt: now }
    : undefined

/** Whether our removal of a user, of which nobody told that it took, may yet be what the next look shows: it took, or the one before slipped. */
export const isLeavingYet = ({ pending }: UserMemory, now: number): boolean =>
  pending?.change === 'remove' && isUnderWay(pending, now)

/** Whether a user that is shown is another than the one that was known by this name: that one was left out after we had removed it, and long ago. */
export const isAnother = (memory: UserMemory, now: number): boolean =>
  memory.pending?.change === 'remove' && memory.unseen !== undefined && !isLeavingYet(memory, now)

/** The status that one whom we have blocked gets back where it is listed, be it that no answer told of the block. */
export const returnsOnceListed = (memory: UserMemory, live: LiveUser, now: number): string | undefined =>
  isBlocked(live) && !isAnother(memory, now)
    ? (departed(memory, { live, ended: undefined, now }) ?? memory.ourBlock)?.returnsTo
    : undefined

// One answer that leaves a user out is a slip of the service, unless we were removing it.
const MOST_LOOKS = 3

/** Whether a user that a look leaves out is gone, so that the next one of this name is another. */
export const isGone = ({ pending, unseen = 0 }: UserMemory): boolean => pending?.change === 'remove' || unseen >= MOST_LOOKS

/** L5: a removal of ours that may yet show. A refusal ends it, and so does a look that came late enough and shows the user all the same. */
export const removalAfter = ({ pending }: UserMemory, { live, ended, now }: UserLook): Pending | undefined => {
  if (pending?.change !== 'remove' || tried(ended)?.outcome === 'failed') return undefined
  return live === undefined || isUnderWay(pending, now) ? pending : undefined
}

/** How many looks in a row have left a user out with this one, as far as that matters. */
export const looksWithout = ({ unseen = 0 }: UserMemory): number => Math.min(unseen + 1, MOST_LOOKS)

/** L5: one answer that leaves a user out must not make it look as if somebody else had blocked it. */
export const unseenBlock = ({ ourBlock }: UserMemory): OurBlock | undefined =>
  ourBlock?._tag === 'WayOut' ? { ...ourBlock, unseen: true } : ourBlock
