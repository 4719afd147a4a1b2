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
  // One listener a signal, however many requests wait.
  const waitingFor = new WeakMap<AbortSignal, Set<() => void>>()
  const waitingOf = (signal: AbortSignal): Set<() => void> => {
    const known = waitingFor.get(signal)
    if (known !== undefined) return known
    const waiting = new Set<() => void>()
    waitingFor.set(signal, waiting)
    const stopAll = (): void => {
      for (const stop of waiting) stop()
    }
    signal.addEventListener('abort', stopAll, { once: true })
    return waiting
  }
  return {
    request: (work, signal) =>
      new Promise((resolve, reject) => {
        const waiting = signal === undefined ? new Set<() => void>() : waitingOf(signal)
        const stop = (): void => resolve(undefined)
        waiting.add(stop)
        const turn = async (): Promise<void> => {
          waiting.delete(stop)
          resolve(Date.now() < stoppedUntil || signal?.aborted === true ? undefined : await work())
        }
        queue.add(turn).catch(reject)
      }),
    stopUntil: (moment) => {
      stoppedUntil = Math.max(stoppedUntil, moment)
    },
  }
}
