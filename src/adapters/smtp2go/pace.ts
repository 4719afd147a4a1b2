// Pace: at most N requests in any window, at most c in flight, and none at all once the service has said to stop.
import PQueue from 'p-queue'
import type { Pace } from '../../domain/desired.ts'

export type Pacer = {
  /** Runs one request when it may go; nothing once the service has throttled or refused the key, or the signal came while it waited. */
  readonly request: <A>(work: () => Promise<A>, signal?: AbortSignal) => Promise<A | undefined>
  /** Nothing more goes out before this moment (milliseconds since the epoch). */
  readonly stopUntil: (moment: number) => void
}

/** A pacer for one key. */
export const pacer = (options: { readonly pace: Pace | undefined; readonly concurrency: number }): Pacer => {
  const { pace, concurrency } = options
  const queue = new PQueue(
    pace === undefined ? { concurrency } : { concurrency, interval: pace.perMs, intervalCap: pace.count, strict: true },
  )
  let stoppedUntil = 0
  return {
    request: (work, signal) =>
      new Promise((resolve, reject) => {
        let isUnderWay = false
        const turn = async (): Promise<void> => {
          isUnderWay = true
          resolve(Date.now() < stoppedUntil || signal?.aborted === true ? undefined : await work())
        }
        signal?.addEventListener('abort', () => (isUnderWay ? undefined : resolve(undefined)), { once: true })
        queue.add(turn).catch(reject)
      }),
    stopUntil: (moment) => {
      stoppedUntil = Math.max(stoppedUntil, moment)
    },
  }
}
