// Turns for a clock of a test: what is worked out is worked out as ever, and what others do meanwhile is said.
import type { Clock } from '../../src/ports.ts'

type Turns = Pick<Clock, 'turn' | 'inTurns'>

/** A clock's turns; nobody waits for one unless `turn` says what happens then. */
export const turning = (turn: Turns['turn'] = async () => undefined): Turns => ({
  turn,
  inTurns: async (work) => {
    for (;;) {
      const step = work.next()
      if (step.done === true) return step.value
      await turn()
    }
  },
})
