// Left out: what to remember of an unlisted user that an answer does not show. It is gone, or the next answer shows it again as it was.

import { isLate } from './late.ts'
import type { Leaving, UserMemory } from './ledger.ts'
import { DAY, stranger } from './ledger.ts'
import type { Ended } from './plan.ts'
import { isDone } from './remember-user.ts'

type Left = {
  readonly ended: Ended | undefined
  /** Whether the last answer showed it. */
  readonly wasSeen: boolean
  readonly now: number
}

/** What it did not take, for a day; and unless we removed it, that we blocked it, for a rule or on its way out; nothing where there is neither. */
export const leftOut = (memory: UserMemory, { ended, wasSeen, now }: Left): UserMemory | undefined => {
  const isRecent = (at: number): boolean => now - at < DAY
  const isGone = ended?.change === 'remove' && isDone(ended)
  const kept = {
    notTaking: memory.notTaking.filter(({ at }) => isRecent(at)),
    refused: memory.refused !== undefined && isRecent(memory.refused.at) ? memory.refused : undefined,
  }
  const way = {
    pending: memory.pending?.departs !== undefined && isLate(memory, { now }) ? memory.pending : undefined,
    leaving: memory.leaving !== undefined && isRecent(memory.leaving.countedAt) ? unseen(memory.leaving) : undefined,
    statusBefore: wasSeen ? memory.statusBefore : undefined,
  }
  const all = isGone ? kept : { ...kept, ...way }
  const isNothing = Object.values(all).every((one) => one === undefined || (Array.isArray(one) && one.length === 0))
  return isNothing ? undefined : { ...stranger, ...all }
}

// L5: one answer that leaves a user out must not make it look as if somebody else had blocked it.
const unseen = (leaving: Leaving): Leaving | undefined => (leaving._tag === 'Blocked' ? { ...leaving, unseen: true } : undefined)
