// A pace that the service has slowed down: after each time that it says no, half of what it was.
import type { Pace } from '../wanted/desired.ts'

/** The smallest share of a pace that is kept. */
export const SLOWEST = 1 / 16

/** A share of a pace: fewer in the window, and a longer window where that would be less than one. */
export const slowed = ({ count, perMs }: Pace, share: number): Pace => {
  // A tenth and a tenth and so on is a little less than the whole.
  const fewer = Math.floor(count * share + 1e-9)
  return fewer >= 1 ? { count: fewer, perMs } : { count: 1, perMs: perMs / (count * share) }
}
