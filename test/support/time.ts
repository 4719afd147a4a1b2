// Time as a value: a clock that stands still until a test lets it pass, and that passes from one sleeper to the next only when nothing
// real is under way any more, be it a request, a file or a step of the event loop.
import { subscribe } from 'node:diagnostics_channel'
import { ClientRequest } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import type { TE } from '../../src/fp.ts'
import type { Clock } from '../../src/ports.ts'
import { turning } from './turning.ts'

const STUCK_MS = 10_000
const QUIET_TURNS = 12

// By name and not by number: a request may be told to have ended more than once, and a count that went below would see none any more.
const requests = new Set<unknown>()
const requestOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'request' in message ? message.request : undefined
const ended = (message: unknown): void => {
  requests.delete(requestOf(message))
}
subscribe('undici:request:create', (message) => {
  requests.add(requestOf(message))
})
subscribe('undici:request:trailers', ended)
subscribe('undici:request:error', ended)
subscribe('http.client.request.start', (message) => {
  const request = requestOf(message)
  if (!(request instanceof ClientRequest)) return
  requests.add(request)
  request.once('close', () => requests.delete(request))
})

export type Time = {
  readonly clock: Clock
  readonly now: () => number
  /** From now on the time of day is wrong by so much, and nothing else. */
  readonly wrongBy: (ms: number) => void
  /** Marks work on files as under way until it is done. */
  readonly busy: <L, A>(work: TE.TaskEither<L, A>) => TE.TaskEither<L, A>
  /** Lets so much time pass, waking every sleeper at its moment. */
  readonly pass: (ms: number) => Promise<void>
  /** Lets time pass until this is done. */
  readonly until: <A>(work: Promise<A>) => Promise<A>
}

type Sleeper = { readonly at: number; readonly wake: () => void }

/** A clock that starts at this moment. */
export const standingTime = (start: number): Time => {
  let now = start
  let wrong = 0
  let files = 0
  let sleepers: ReadonlyArray<Sleeper> = []

  const quiet = async (): Promise<void> => {
    for (let turns = 0; turns < QUIET_TURNS; turns = requests.size > 0 || files > 0 ? 0 : turns + 1) await turn()
  }
  const wakeNext = (): void => {
    const [next, ...rest] = sleepers
    if (next === undefined) return
    sleepers = rest
    now = Math.max(now, next.at)
    next.wake()
  }
  return {
    clock: {
      now: () => new Date(now + wrong),
      elapsed: () => now - start,
      sleep: (ms) =>
        new Promise((wake) => {
          sleepers = [...sleepers, { at: now + ms, wake: () => wake() }].sort((one, other) => one.at - other.at)
        }),
      ...turning(),
    },
    now: () => now,
    wrongBy: (ms) => {
      wrong = ms
    },
    busy: (work) => async () => {
      files += 1
      try {
        return await work()
      } finally {
        files -= 1
      }
    },
    pass: async (ms) => {
      const end = now + ms
      await quiet()
      for (let next = sleepers[0]; next !== undefined && next.at <= end; next = sleepers[0]) {
        wakeNext()
        await quiet()
      }
      now = end
    },
    until: async (work) => {
      let done = false
      const settled = work.finally(() => {
        done = true
      })
      // Whoever waits for the work is told of its failure below.
      settled.catch(() => undefined)
      // By the clock of the machine: on a busy one the thread that reads a file may wait for its processor through thousands of turns.
      for (let stuckSince: number | undefined; !done; ) {
        await quiet()
        if (done) break
        stuckSince = sleepers.length === 0 ? (stuckSince ?? performance.now()) : undefined
        if (stuckSince !== undefined && performance.now() - stuckSince > STUCK_MS)
          throw new Error('nothing sleeps, nothing is under way, and it is not done')
        wakeNext()
      }
      return settled
    },
  }
}
