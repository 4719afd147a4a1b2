// Grace: how much of it has passed for a user on its way out, or with a new name, and how much is left.
import { counted } from '../basics/counted.ts'
import { DAY, HOUR } from '../basics/time.ts'
import type { SuccessorState } from '../draft/renamed.ts'
import type { LiveUser } from '../user/live.ts'
import type { Leaving } from './user-memory.ts'

/** Grace that has passed by now: what was counted, and since the last look a day at the most; none where that says that it begins anew. */
export const elapsedOf = (leaving: Leaving, now: number): number =>
  leaving._tag === 'WayOut' && leaving.unseen === true
    ? 0
    : leaving.elapsedMs + Math.min(DAY, Math.max(0, now - leaving.countedAt))

type Seen = {
  readonly live: LiveUser
  /** The status before our block of this user on its way out, where this run made one. An emergency stop is for now, and leads to no removal. */
  readonly blockedFrom: string | undefined
  /** Whether this run found it open. */
  readonly wasOpen: boolean
  /** How the user stands that takes its place. */
  readonly successor: SuccessorState | undefined
  readonly now: number
}

/** What to remember of the way out of a live user that is not listed, after a look at it. */
export const leavingAfter = (
  before: Leaving | undefined,
  { live, blockedFrom, wasOpen, successor, now }: Seen,
): Leaving | undefined => {
  if (blockedFrom !== undefined) return { _tag: 'WayOut', returnsTo: blockedFrom, elapsedMs: 0, countedAt: now }
  const { status } = live.settings
  const isOpen = wasOpen || (status !== undefined && status !== 'blocked')
  if (before?._tag === 'WayOut' && !isOpen)
    return successor === undefined || successor === 'works' || successor === 'shut'
      ? { _tag: 'WayOut', returnsTo: before.returnsTo, elapsedMs: elapsedOf(before, now), countedAt: now }
      : { ...before, countedAt: now, unseen: true }
  // Opened by hand: the way out begins anew with our next block, and what somebody else blocks meanwhile is none.
  if (successor !== 'works') return undefined
  const elapsedMs = before === undefined ? 0 : before._tag === 'Replaced' ? elapsedOf(before, now) : PASSED
  return { _tag: 'Replaced', elapsedMs, countedAt: now }
}

// Longer than any grace: one that was blocked when its grace had passed has none left before it is blocked again.
const PASSED = 1000 * 365 * DAY

const UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** So many milliseconds in words. */
export const aboutSpan = (ms: number): string => {
  const [unit, size] = UNITS.find(([, length]) => ms >= 2 * length) ?? UNITS[3]
  const count = Math.ceil(ms / size)
  return `about ${counted(count, unit)}`
}
