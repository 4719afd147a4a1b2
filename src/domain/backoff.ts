// Back-off: when the daemon tries again by itself after a run that met trouble on the way to the service.
import type { Report } from './plan.ts'

const FIRST_MS = 61_000
const MOST_MS = 600_000

/** Milliseconds until the next try; `undefined` where trying again by itself would not help. `random` is uniform in [0, 1). */
export const retryAfterMs = (report: Pick<Report, 'exitCode' | 'ended'>, tries: number, random: number): number | undefined => {
  const unsettled = [...report.ended.values()].flat().some(({ outcome }) => outcome === 'unknown' || outcome === 'not_attempted')
  if (report.exitCode !== 6 && !unsettled) return undefined
  return Math.round(Math.min(MOST_MS, FIRST_MS * 2 ** tries) * (1 + 0.1 * random))
}
