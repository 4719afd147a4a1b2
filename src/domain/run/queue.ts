// The queue: when a run starts, and of which scopes. Runs never overlap, and at most one waits: what is wanted meanwhile is added to it, since the
// digest, names that live twice and the budget of a key need their scopes in one plan.
//
//             triggered           finished
//   Idle      Running, start      -
//   Running   RunningAgain        Idle
//   …Again    RunningAgain        Running, start
import type { Scope } from '../wanted/scope.ts'

/** What a run is of: some scopes, or all. */
export type Wanted = ReadonlySet<Scope> | 'all'

export type Queue =
  | { readonly _tag: 'Idle' }
  | { readonly _tag: 'Running' }
  | { readonly _tag: 'RunningAgain'; readonly next: Wanted }
export type QueueEvent = { readonly _tag: 'Triggered'; readonly wanted: Wanted } | { readonly _tag: 'Finished' }
/** `start` is what to run now; nothing where no run starts. */
export type Step = { readonly queue: Queue; readonly start: Wanted | undefined }

const together = (one: Wanted, other: Wanted): Wanted => (one === 'all' || other === 'all' ? 'all' : new Set([...one, ...other]))

/** What an event does to the queue. */
export const step = (queue: Queue, event: QueueEvent): Step => {
  switch (event._tag) {
    case 'Triggered': {
      if (queue._tag === 'Idle') return { queue: { _tag: 'Running' }, start: event.wanted }
      const next = queue._tag === 'Running' ? event.wanted : together(queue.next, event.wanted)
      return { queue: { _tag: 'RunningAgain', next }, start: undefined }
    }
    case 'Finished':
      return queue._tag === 'RunningAgain'
        ? { queue: { _tag: 'Running' }, start: queue.next }
        : { queue: { _tag: 'Idle' }, start: undefined }
  }
}
