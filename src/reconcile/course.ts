// The course of a key through one run, which its looks and its writes share: how it has fared so far, and whether anything more may leave.
import type { ApiFailure } from '../domain/basics/failure.ts'
import { concerns, neverLeft } from '../domain/basics/failure.ts'
import type { Kind } from '../domain/plan/plan.ts'
import { afterAnswer, closed, type Looks, looksOver } from '../domain/run/breaker.ts'

export type Course = {
  /** Why nothing more is sent in this run; `undefined` while it goes on. */
  readonly tripped: () => string | undefined
  /** Why no more changes of a kind are sent in this run, whatever else is; `undefined` while they are. */
  readonly barred: (kind: Kind) => string | undefined
  /** Why no look more may leave, though a write may; `undefined` while one may. */
  readonly looksOver: (looks: Looks) => string | undefined
  /** Whether it was the key or the way to the service that gave out, and not a number of users that were refused. */
  readonly gaveOut: () => boolean
  /** The failures that concerned the key. */
  readonly failures: () => ReadonlyArray<ApiFailure>
  /** Told how each request that left has ended; `undefined` stands for success. */
  readonly heard: (failure: ApiFailure | undefined) => void
  /** Told what a request came to that may not have left: what is held back here for the key is heard of in no other way. */
  readonly heldBack: (failure: ApiFailure) => void
  /** Nothing new may leave. */
  readonly stop: () => void
  /** Aborted then, and when the breaker trips: what waits for its turn stays. */
  readonly halted: AbortSignal
  /** Aborted when not even reading makes sense any more. */
  readonly down: AbortSignal
}

/** The course of a key that nothing was asked of yet. */
export const newCourse = (): Course => {
  const [halt, down] = [new AbortController(), new AbortController()]
  let breaker = closed
  let failures: ReadonlyArray<ApiFailure> = []
  const heard = (failure: ApiFailure | undefined): void => {
    breaker = afterAnswer(breaker, failure)
    if (failure !== undefined && concerns(failure) === 'key') failures = [...failures, failure]
    if (breaker.tripped !== undefined) halt.abort('tripped')
    if (breaker.down) down.abort('down')
  }
  return {
    tripped: () => breaker.tripped,
    barred: (kind) => breaker.barred.get(kind),
    looksOver: (looks) => looksOver(breaker, looks),
    // Also after it tripped for users that were refused: what is read back may still find the key or the way gone.
    gaveOut: () => breaker.down || failures.length > 0,
    failures: () => failures,
    heard,
    heldBack: (failure) => {
      if (neverLeft(failure) && concerns(failure) === 'key') heard(failure)
    },
    stop: () => halt.abort('stopped'),
    halted: halt.signal,
    down: down.signal,
  }
}
