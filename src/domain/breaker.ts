// Breaker: when a run stops sending for a key. Five transport failures in a row or twenty refusals end it; a refused or throttled key at once.
import type { ApiFailure } from './failure.ts'
import { concerns, describe } from './failure.ts'

export type Breaker = {
  readonly inARow: number
  readonly refusals: number
  /** Why nothing more is sent in this run; `undefined` while it goes on. */
  readonly tripped: string | undefined
  /** Whether it was the key or the service that gave out, so that not even reading makes sense. */
  readonly down: boolean
}

/** The breaker of a run that has sent nothing yet. */
export const closed: Breaker = { inARow: 0, refusals: 0, tripped: undefined, down: false }

const MOST_IN_A_ROW = 5
const MOST_REFUSALS = 20

/** What the breaker makes of the next answer; `undefined` stands for success. Why it tripped stays, and reading may end later than writing. */
export const afterAnswer = (breaker: Breaker, failure: ApiFailure | undefined): Breaker => {
  if (failure === undefined) return { ...breaker, inARow: 0 }
  const { tripped, down } = breaker
  switch (concerns(failure)) {
    case 'key':
      return { ...breaker, tripped: tripped ?? describe(failure), down: down || failure._tag !== 'PermissionMissing' }
    case 'transport': {
      const inARow = breaker.inARow + 1
      return inARow < MOST_IN_A_ROW
        ? { ...breaker, inARow }
        : { ...breaker, inARow, tripped: tripped ?? `${inARow} failures in a row: ${describe(failure)}`, down: true }
    }
    case 'user': {
      const refusals = breaker.refusals + 1
      const counted: Breaker = { ...breaker, inARow: 0, refusals }
      return refusals < MOST_REFUSALS
        ? counted
        : {
            ...counted,
            tripped: tripped ?? `${refusals} requests refused in this run; the provider blocks addresses that go on like that`,
          }
    }
  }
}
