// The shell around `domain/run/queue.ts`: too small to be wrong.
import type { Queue, QueueEvent } from '../domain/run/queue.ts'
import { step } from '../domain/run/queue.ts'
import type { Scope } from '../domain/wanted/scope.ts'

export type RunQueue = {
  /** Asks for a run of one scope or of all; while one is going on, for one more after it. */
  readonly wake: (scope: Scope | undefined) => void
  /** Resolves when nothing runs and nothing waits. */
  readonly idle: () => Promise<void>
}

/** A queue of runs; `run` never rejects. */
export const runQueue = (run: (scopes: ReadonlySet<Scope> | undefined) => Promise<void>): RunQueue => {
  let queue: Queue = { _tag: 'Idle' }
  let running: Promise<void> = Promise.resolve()
  const on = (event: QueueEvent): void => {
    const next = step(queue, event)
    queue = next.queue
    if (next.start !== undefined)
      running = run(next.start === 'all' ? undefined : next.start).then(() => on({ _tag: 'Finished' }))
  }
  const idle = async (): Promise<void> => {
    await running
    if (queue._tag !== 'Idle') await idle()
  }
  return { wake: (scope) => on({ _tag: 'Triggered', wanted: scope === undefined ? 'all' : new Set([scope]) }), idle }
}
