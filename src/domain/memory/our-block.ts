// Our block: what we blocked a user for, and what returns when that ends. There is one at a time, and the one that was sent last counts: who is
// blocked again had been opened since, so what an earlier block was for is over, and so is the grace that it began.

import type { Change } from '../plan/plan.ts'
import type { Leaving, OurBlock, UserMemory, WayOut } from './user-memory.ts'

/** Our block for a rule or for dates: it lasts only as long as these. */
export const forNow = ({ ourBlock }: Pick<UserMemory, 'ourBlock'>): Exclude<OurBlock, WayOut> | undefined =>
  ourBlock?._tag === 'WayOut' ? undefined : ourBlock

/** Our block that has begun the way out of a user. */
export const wayOut = ({ ourBlock }: Pick<UserMemory, 'ourBlock'>): WayOut | undefined =>
  ourBlock?._tag === 'WayOut' ? ourBlock : undefined

/** How far a user is on its way out: blocked for it, or only replaced yet. */
export const leavingOf = (memory: Pick<UserMemory, 'ourBlock' | 'replaced'>): Leaving | undefined =>
  wayOut(memory) ?? memory.replaced

/** The two parts of how far a user is on its way out. */
export const onItsWay = (leaving: Leaving | undefined): Pick<UserMemory, 'ourBlock' | 'replaced'> =>
  leaving?._tag === 'Replaced' ? { ourBlock: undefined, replaced: leaving } : { ourBlock: leaving, replaced: undefined }

/** How a live user stands in the config: listed, an old name whose new one is not blocked, or neither. */
export type Listing = 'listed' | 'former' | 'other'

/** The status that returns when our block of a user ends. Only a listed one has dates, and comes back from its way out. */
export const returning = ({ ourBlock }: Pick<UserMemory, 'ourBlock'>, listing: Listing): string | undefined => {
  const isOver = listing === 'listed' || ourBlock?._tag === 'Rule' || (listing === 'former' && ourBlock?._tag === 'NewName')
  return isOver ? ourBlock?.returnsTo : undefined
}

/** What a change that blocks for now blocks for. */
export const reasonOf = ({ fields }: Change): 'Rule' | 'Dates' =>
  fields.some(({ field, rule }) => field === 'status' && rule !== undefined) ? 'Rule' : 'Dates'
