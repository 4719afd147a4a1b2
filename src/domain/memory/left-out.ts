// Left out: what to remember of a user that an answer does not show. It is gone, or the next answer shows it again as it was.
import { DAY } from '../basics/time.ts'
import { blockAfter, isAnother, isGone, isLeavingYet, isUnderWay, looksWithout, type UserLook, unseenBlock } from './late.ts'
import { forNow } from './our-block.ts'
import { stranger, type UserMemory } from './user-memory.ts'

// Where nobody told that a removal took, the answer that leaves the user out may be the slip: for as long as that removal is waited for.
const isRemoved = (memory: UserMemory, { ended, now }: Pick<UserLook, 'ended' | 'now'>): boolean => {
  const isTold = ended?.outcome === 'verified' && ended.unconfirmed !== true
  return isTold || !isLeavingYet(memory, now) ? isGone(memory) : isGone({ ...memory, pending: undefined })
}

type Left = Omit<UserLook, 'live'> & {
  /** Whether a new name that is still to be made is to keep what this one has. */
  readonly isAwaited: boolean
}

/**
 * Of one that is not listed: what it did not take, for a day; and unless it is gone, that we blocked it, for a rule or on its way out. Of one
 * that is awaited, that it was there. Nothing where there is none of it.
 */
export const leftOut = (memory: UserMemory, { ended, isAwaited, now }: Left): UserMemory | undefined => {
  const isRecent = ({ at }: { readonly at: number }): boolean => now - at < DAY
  const kept = {
    notTaking: memory.notTaking.filter(isRecent),
    refused: memory.refused.filter(isRecent),
  }
  const { barred, repairs } = memory
  const block = blockAfter(memory, { live: undefined, ended, now })
  const way = { block, ourBlock: unseenBlock(memory), barred }
  if (!isRemoved(memory, { ended, now }) && (isAwaited || Object.values(way).some((one) => one !== undefined))) {
    const pending = isLeavingYet(memory, now) ? memory.pending : undefined
    return { ...stranger, ...kept, ...way, repairs, pending, unseen: looksWithout(memory) }
  }
  if (isAwaited) return undefined
  return kept.notTaking.length + kept.refused.length === 0 ? undefined : { ...stranger, ...kept }
}

/**
 * Of a listed one before a look: all, unless that shows that it is gone. Then what the config asked for, what was in vain, and what was sent so
 * lately that it may yet show.
 */
export const unlessGone = (memory: UserMemory, { live, now }: Omit<UserLook, 'ended'>): UserMemory => {
  if ((live !== undefined && !isAnother(memory, now)) || !isGone(memory)) return memory
  const { wanted, foundShut, notTaking, refused, repairs, pending, block, unseen } = memory
  const isOpen = pending !== undefined && pending.change !== 'remove' && isUnderWay(pending, now)
  const isBlocking = block !== undefined && isUnderWay(block, now)
  const recent = { pending: isOpen ? pending : undefined, ...(isBlocking ? { block, ourBlock: forNow(memory) } : {}) }
  return { ...stranger, wanted, foundShut, notTaking, refused, repairs, unseen, ...recent }
}

/**
 * Of one that is not listed and that only the look after the writes shows: all, since nothing was asked of it. Not every look since its block has
 * shown it blocked, and one that was gone is another.
 */
export const shownAfter = (memory: UserMemory, now: number): UserMemory | undefined =>
  isGone(memory) && !isLeavingYet(memory, now) ? undefined : { ...memory, ourBlock: unseenBlock(memory), unseen: undefined }
