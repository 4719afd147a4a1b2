// Ends of holds: what one kept back is made when it ends, also where no schedule comes round.
import { type Hold, holding } from '../domain/hold.ts'
import type { Clock } from '../ports.ts'

// So that the hold is surely over, however the clock rounds.
const MARGIN_MS = 50

/** Wakes when the first of the holds that it was told of last ends. */
export const holdEnds = (clock: Pick<Clock, 'now' | 'sleep'>, wake: () => void): ((holds: ReadonlyArray<Hold>) => void) => {
  let heeded: number | undefined
  return (holds) => {
    const now = clock.now().getTime()
    const ends = holding(holds, now).map(({ until }) => until)
    const first = ends.length === 0 ? undefined : Math.min(...ends)
    if (first === heeded) return
    heeded = first
    if (first !== undefined)
      void clock.sleep(first - now + MARGIN_MS).then(() => {
        if (heeded !== first) return
        heeded = undefined
        wake()
      })
  }
}
