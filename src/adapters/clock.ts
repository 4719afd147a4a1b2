// The clock of the machine.
import { setImmediate as afterOthers, setTimeout as sleepFor } from 'node:timers/promises'
import type { Clock } from '../ports.ts'

// Node fires a timer of more than 2^31-1 ms at once, so a long sleep is made of pieces.
const LONGEST_MS = 2_147_483_647

// Nobody notices that others wait for so long, and a turn that nobody needs costs more than the question whether it is due.
const UNNOTICED_MS = 10

/** The clock of this machine. */
export const clock = (): Clock => {
  let given = 0
  const turn = async (): Promise<void> => {
    if (performance.now() - given < UNNOTICED_MS) return
    // After an answer that came in, the first comes before whatever else waits to come in; then somebody is let in, and then heard.
    for (let times = 0; times < 3; times += 1) await afterOthers()
    given = performance.now()
  }
  return {
    now: () => new Date(),
    elapsed: () => performance.now(),
    sleep: async (ms) => {
      for (let left = ms; left > 0; left -= LONGEST_MS) await sleepFor(Math.min(left, LONGEST_MS))
    },
    turn,
    inTurns: async (work) => {
      for (;;) {
        const step = work.next()
        if (step.done === true) return step.value
        await turn()
      }
    },
  }
}
