// Virtual time: one queue of events, each done with all that follows from it before the next one. Events of one moment keep the order in
// which they were asked for, so that a world made of nothing but this queue and seeded chance lives the same life each time.
import process from 'node:process'

export type Time = {
  /** The time of day, which may jump. */
  readonly now: () => number
  /** Milliseconds since the start; never jumps. */
  readonly elapsed: () => number
  /** Does this so much later; gives a way to have it not done. */
  readonly after: (ms: number, work: () => void) => () => void
  /** Sets the time of day forward or back. */
  readonly jump: (ms: number) => void
  /** How many events are to come. */
  readonly waiting: () => number
  /** Told after each event, once all is done that follows from it. */
  readonly watch: (stepped: () => void) => void
  /** Lets events happen until this moment, or until `goOn` says no. */
  readonly run: (until: number, goOn: () => boolean) => Promise<void>
}

type Event = { readonly at: number; readonly n: number; work: (() => void) | undefined }

const isBefore = (one: Event, other: Event): boolean => one.at < other.at || (one.at === other.at && one.n < other.n)

/** Resolves when all is done that follows from what was done: Node comes to its ticks when no promise has anything left to do. */
const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

/** A time that starts at this time of day. */
export const virtualTime = (start: number): Time => {
  const heap: Array<Event> = []
  let elapsed = 0
  let ahead = start
  let count = 0
  let stepped: (() => void) | undefined

  const push = (event: Event): void => {
    let at = heap.push(event) - 1
    for (let parent = (at - 1) >> 1; at > 0; parent = (at - 1) >> 1) {
      const above = heap[parent]
      if (above === undefined || !isBefore(event, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = event
  }
  const pop = (): void => {
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      const left = heap[2 * at + 1]
      const right = heap[2 * at + 2]
      const isRight = left !== undefined && right !== undefined && isBefore(right, left)
      const below = isRight ? right : left
      if (below === undefined || !isBefore(below, last)) break
      heap[at] = below
      at = 2 * at + (isRight ? 2 : 1)
    }
    heap[at] = last
  }
  return {
    now: () => ahead + elapsed,
    elapsed: () => elapsed,
    after: (ms, work) => {
      count += 1
      const event: Event = { at: elapsed + Math.max(0, ms), n: count, work }
      push(event)
      return () => {
        event.work = undefined
      }
    },
    jump: (ms) => {
      ahead += ms
    },
    waiting: () => heap.filter(({ work }) => work !== undefined).length,
    watch: (told) => {
      stepped = told
    },
    run: async (until, goOn) => {
      // What was begun before time ran is done first, also where that was within a tick, whose next tick comes before its promises.
      await new Promise((resolve) => setImmediate(resolve))
      for (let next = heap[0]; next !== undefined && next.at <= until && goOn(); next = heap[0]) {
        pop()
        if (next.work === undefined) continue
        elapsed = next.at
        next.work()
        await turn()
        stepped?.()
      }
      if (goOn()) elapsed = Math.max(elapsed, until)
    },
  }
}
