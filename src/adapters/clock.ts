// The clock of the machine.
import { setImmediate as afterOthers, setTimeout as sleepFor } from 'node:timers/promises'
import type { Clock } from '../ports.ts'

// Node fires a timer of more than 2^31-1 ms at once, so a long sleep is made of pieces.
const LONGEST_MS = 2_147_483_647

/** The clock of this machine. */
export const clock = (): Clock => ({
  now: () => new Date(),
  elapsed: () => performance.now(),
  sleep: async (ms) => {
    for (let left = ms; left > 0; left -= LONGEST_MS) await sleepFor(Math.min(left, LONGEST_MS))
  },
  turn: () => afterOthers(),
})
