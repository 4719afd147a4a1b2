// The queue: when a run starts. Runs never overlap, and at most one more waits.
//
//             triggered           finished
//   Idle      Running, start      -
//   Running   RunningAgain        Idle
//   …Again    RunningAgain        Running, start

export type Queue = 'Idle' | 'Running' | 'RunningAgain'
export type QueueEvent = 'Triggered' | 'Finished'
export type Step = { readonly queue: Queue; readonly start: boolean }

/** What an event does to the queue. */
export const step = (queue: Queue, event: QueueEvent): Step => {
  switch (event) {
    case 'Triggered':
      return queue === 'Idle' ? { queue: 'Running', start: true } : { queue: 'RunningAgain', start: false }
    case 'Finished':
      return queue === 'RunningAgain' ? { queue: 'Running', start: true } : { queue: 'Idle', start: false }
  }
}
