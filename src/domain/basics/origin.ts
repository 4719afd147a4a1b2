// Origin: by which key and from which endpoint an answer came. It shows of a stand-in that it is one, since its users are nobody's.
import type { Print } from '../user/prints.ts'

const STAND_IN = 'stand-in '

/** The origin of what never leaves this machine. */
export const asStandIn = (origin: Print): Print => `${STAND_IN}${origin}`

/**
 * Whether a program that was tried out against a stand-in has now met the service itself: whatever names are there, they are of other users. Ledgers
 * of before do not tell.
 */
export const isTriedOut = (before: Print, now: Print): boolean => before.startsWith(STAND_IN) && !now.startsWith(STAND_IN)
