// Progress: how long what is left will take, by what was measured and by the pace, whichever is slower.
import type { Pace } from '../wanted/desired.ts'

/** How far something is; moments are milliseconds of a clock that never jumps. */
export type Progress = {
  readonly startedAt: number
  /** When requests were answered that are not of this kind, but count for the pace. */
  readonly before: ReadonlyArray<number>
  /** When each request so far was answered, oldest first. */
  readonly answeredAt: ReadonlyArray<number>
  readonly left: number
  readonly pace: Pace | undefined
}

/** Milliseconds until the last of what is left is answered; `undefined` where nothing was measured yet. */
export const leftMs = ({ startedAt, before, answeredAt, left, pace }: Progress, now: number): number | undefined => {
  if (answeredAt.length === 0) return undefined
  // Only requests that the pace did not hold up tell how fast the service is.
  const free = Math.min(answeredAt.length, pace?.count ?? answeredAt.length)
  const eachMs = Math.max(0, ((answeredAt[free - 1] ?? startedAt) - startedAt) / free)
  const times = [...before, ...answeredAt]
  for (let at = 0; at < left; at += 1) {
    const soonest = Math.max(now, at === 0 ? now : (times.at(-1) ?? now)) + eachMs
    const room =
      pace === undefined ? soonest : (times[times.length - pace.count] ?? Number.NEGATIVE_INFINITY) + pace.perMs + eachMs
    times.push(Math.max(soonest, room))
  }
  return left === 0 ? 0 : (times.at(-1) ?? now) - now
}
