// Work in turns: between two of its steps others have theirs, so that questions are answered and signals heard whatever is worked out.
import type { Work } from '../domain/work.ts'
import type { Clock } from '../ports.ts'

/** Does work, and lets others have their turn between its steps. */
export const inTurns = async <A>({ turn }: Pick<Clock, 'turn'>, work: Work<A>): Promise<A> => {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
    await turn()
  }
}
