// Pace: at most N requests in any window of the length W, at most c in flight, and none while the service said to wait.
//
//   window     a request counts from when it leaves until W after its answer, so that the service too never sees more than N in W
//   slower     a 429 halves the rate (a sixteenth at the least); each minute in which answers come adds a tenth of the full rate back
//   stop       after a 429 nothing leaves: what waits or comes is refused at once, so that the run ends
//   close      after a refused key the same for five minutes, without slowing down, also where nothing can be written down; or until a person asks
//   rest       the service says that its quota is used up: what comes waits up to a minute, and is refused where it would be longer
import { setMaxListeners } from 'node:events'
import { SLOWEST, slowed } from '../../domain/run/pace.ts'
import type { Api } from '../../domain/wanted/desired.ts'
import type { Clock, Wish } from '../../ports.ts'
import type { Hint } from './quota.ts'

/** How fast a key may go. */
export type Rate = Pick<Api, 'pace' | 'concurrency'>

/** A request that was made, one that must not leave for so long, or one that nobody wants any more. */
export type Paced<A> =
  | { readonly _tag: 'Made'; readonly answer: A }
  | { readonly _tag: 'Refused'; readonly why: 'throttled' | 'refused'; readonly forMs: number }
  | { readonly _tag: 'Unwanted' }

export type Pacer = {
  /** Takes another rate; what was sent so far still counts. */
  readonly tune: (rate: Rate) => void
  /** Makes one request when it may leave. Aborting the signal only hinders what has not left yet. */
  readonly request: <A>(work: () => Promise<A>, wish?: Pick<Wish, 'signal' | 'stays' | 'followers'>) => Promise<Paced<A>>
  /** What an answer says of the requests after it. */
  readonly heard: (hint: Hint) => void
  /** The service has throttled this key. */
  readonly stop: (forMs: number) => void
  /** The service has refused this key: what waits must not leave. */
  readonly close: () => void
  /** A person asks whether the key is taken again. */
  readonly reopen: () => void
}

type Waiting = { readonly followers: number; readonly start: () => void; readonly refuse: (forMs: number) => void }

const LEAST_STOP_MS = 60_000
const CLOSED_MS = 300_000
const LONGEST_REST_MS = 60_000
const STEP = 0.1
const STEP_AFTER_MS = 60_000

/** A pacer for one key; its clock only ever runs forward. */
export const pacer = (clock: Pick<Clock, 'elapsed' | 'sleep'>, first: Rate): Pacer => {
  let rate = first
  let inFlight = 0
  let answered: Array<number> = []
  let waiting: Array<Waiting> = []
  let stoppedUntil = Number.NEGATIVE_INFINITY
  let closedUntil = Number.NEGATIVE_INFINITY
  let restUntil = Number.NEGATIVE_INFINITY
  let share = 1
  let sharedSince = Number.NEGATIVE_INFINITY
  let wakesAt = Number.POSITIVE_INFINITY

  /** How long until the window has room; `undefined`: when an answer comes. */
  const untilRoom = (now: number, followers: number): number | undefined => {
    if (rate.pace === undefined) return 0
    const { count, perMs } = slowed(rate.pace, share)
    const counted = answered.filter((at) => now - at < perMs)
    const over = counted.length + inFlight + Math.min(followers, count - 1) - count
    if (over < 0) return 0
    const leaves = counted[over]
    return leaves === undefined ? undefined : leaves + perMs - now
  }

  const wakeAfter = (ms: number): void => {
    const at = clock.elapsed() + ms
    if (at >= wakesAt) return
    wakesAt = at
    void clock.sleep(ms).then(() => {
      if (wakesAt === at) wakesAt = Number.POSITIVE_INFINITY
      pump()
    })
  }

  const pump = (): void => {
    while (waiting.length > 0) {
      const now = clock.elapsed()
      const blocked = Math.max(stoppedUntil - now, closedUntil - now, restUntil - now > LONGEST_REST_MS ? restUntil - now : 0)
      if (blocked > 0) {
        refuseAll(blocked)
        return
      }
      if (inFlight >= rate.concurrency) return
      const room = untilRoom(now, waiting[0]?.followers ?? 0)
      if (room === undefined) return
      const wait = Math.max(room, restUntil - now)
      if (wait > 0) {
        wakeAfter(Math.ceil(wait))
        return
      }
      waiting.shift()?.start()
    }
  }

  const refuseAll = (forMs: number): void => {
    const refused = waiting
    waiting = []
    for (const { refuse } of refused) refuse(forMs)
  }

  const leave = async <A>(work: () => Promise<A>): Promise<A> => {
    inFlight += 1
    try {
      return await work()
    } finally {
      inFlight -= 1
      const now = clock.elapsed()
      const kept = rate.pace === undefined ? 0 : slowed(rate.pace, SLOWEST).perMs
      answered = [...answered.filter((at) => now - at < kept), now]
      if (share < 1 && now > stoppedUntil && now - sharedSince >= STEP_AFTER_MS) {
        share = Math.min(1, share + STEP)
        sharedSince = now
      }
      pump()
    }
  }

  return {
    tune: (next) => {
      rate = next
      pump()
    },
    request: (work, { signal, stays, followers = 0 } = {}) =>
      new Promise((settle, fail) => {
        if (signal?.aborted === true) return settle({ _tag: 'Unwanted' })
        const unwanted = (): void => {
          waiting = waiting.filter((other) => other !== one)
          settle({ _tag: 'Unwanted' })
        }
        const ends = (): void => signal?.removeEventListener('abort', unwanted)
        const one: Waiting = {
          followers,
          start: () => {
            ends()
            if (stays?.() === true) settle({ _tag: 'Unwanted' })
            else leave(work).then((answer) => settle({ _tag: 'Made', answer }), fail)
          },
          refuse: (forMs) => {
            ends()
            settle({ _tag: 'Refused', why: closedUntil > clock.elapsed() ? 'refused' : 'throttled', forMs })
          },
        }
        waiting.push(one)
        pump()
        if (signal === undefined || !waiting.includes(one)) return
        // All that waits hears of it; no warning of a leak, since each ends with its request.
        setMaxListeners(0, signal)
        signal.addEventListener('abort', unwanted, { once: true })
      }),
    heard: ({ restMs }) => {
      restUntil = Math.max(restUntil, clock.elapsed() + restMs)
    },
    stop: (forMs) => {
      const now = clock.elapsed()
      // Two answers to requests that left together are one event.
      if (now >= stoppedUntil) share = Math.max(SLOWEST, share / 2)
      stoppedUntil = Math.max(stoppedUntil, now + Math.max(LEAST_STOP_MS, forMs))
      sharedSince = stoppedUntil
      pump()
    },
    close: () => {
      closedUntil = clock.elapsed() + CLOSED_MS
      pump()
    },
    reopen: () => {
      closedUntil = Number.NEGATIVE_INFINITY
    },
  }
}
