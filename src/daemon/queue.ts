// The shell around `domain/queue.ts`: too small to be wrong.
import type { Queue, QueueEvent } from '../domain/queue.ts'
import { step } from '../domain/queue.ts'

export type RunQueue = {
  /** Asks for a run; while one is going on, for one more after it. */
  readonly wake: () => void
  /** Resolves when nothing runs and nothing waits. */
  readonly idle: () => Promise<void>
}

/** A queue of runs; `run` never rejects. */
export const runQueue = (run: () => Promise<void>): RunQueue => {
  let queue: Queue = 'Idle'
  let running: Promise<void> = Promise.resolve()
  const on = (event: QueueEvent): void => {
    const next = step(queue, event)
    queue = next.queue
    if (next.start) running = run().then(() => on('Finished'))
  }
  const idle = async (): Promise<void> => {
    await running
    if (queue !== 'Idle') await idle()
  }
  return { wake: () => on('Triggered'), idle }
}
