// Left out: what to remember of a user that an answer does not show. It is gone, or the next answer shows it again as it was.
import { blockAfter, looksWithout, unseenLeaving } from './late.ts'
import type { UserMemory } from './ledger.ts'
import { DAY, stranger } from './ledger.ts'
import { isDone } from './outcome.ts'
import type { Ended } from './plan.ts'

type Left = { readonly ended: Ended | undefined; readonly now: number }

/**
 * Of one that is not listed: what it did not take, for a day; and unless we removed it, for a few looks, that we blocked it, for a
 * rule or on its way out. Nothing where there is neither.
 */
export const leftOut = (memory: UserMemory, { ended, now }: Left): UserMemory | undefined => {
  const isRecent = ({ at }: { readonly at: number }): boolean => now - at < DAY
  const isGone = ended?.change === 'remove' && isDone(ended)
  const kept = {
    notTaking: memory.notTaking.filter(isRecent),
    refused: memory.refused !== undefined && isRecent(memory.refused) ? memory.refused : undefined,
  }
  const unseen = looksWithout(memory)
  const way = {
    block: unseen === undefined ? undefined : blockAfter(memory, { live: undefined, ended, now }),
    leaving: unseenLeaving(memory),
    statusBefore: unseen === undefined ? undefined : memory.statusBefore,
    dated: unseen === undefined ? undefined : memory.dated,
  }
  const isOnItsWay = !isGone && Object.values(way).some((one) => one !== undefined)
  if (isOnItsWay) return { ...stranger, ...kept, ...way, unseen }
  return kept.notTaking.length === 0 && kept.refused === undefined ? undefined : { ...stranger, ...kept }
}
