// Back-off: when the daemon tries again by itself after a run that met trouble on the way to the service. A key that must rest is tried
// the moment it may, everything else after a minute, doubling to ten.
import type { Report } from './plan.ts'

const FIRST_MS = 61_000
const MOST_MS = 600_000
const JITTER = 0.1
// So that the pause is surely over, however the clock rounds.
const MARGIN_MS = 50

type Facts = { readonly tries: number; readonly now: number /** Uniform in [0, 1). */; readonly random: number }

/** Milliseconds until the next try; `undefined` where trying again by itself would not help. */
export const retryAfterMs = (report: Report, { tries, now, random }: Facts): number | undefined => {
  if (report.pausedUntil !== undefined) return Math.max(0, report.pausedUntil - now) + MARGIN_MS
  const ended = [...report.ended.values()].flat()
  const unsettled = ended.some(({ outcome }) => outcome === 'unknown' || outcome === 'not_attempted')
  // An answer that is not believed may be a passing lie, and looking again only reads.
  const unseen = report.plan.scopes.some((scope) => scope._tag === 'Errored')
  // So may one that leaves out whom a change hangs on; it is believed after a few more, so these are not to come in quick succession.
  const isLeftOut = report.plan.scopes.some(
    (scope) => scope._tag === 'Planned' && scope.held.some((held) => held.change === 'create' && held.unseen === true),
  )
  const longest = MOST_MS * (1 + JITTER * random)
  if (report.cutShort !== true && !unsettled && !unseen) return isLeftOut ? Math.round(longest) : undefined
  return Math.round(Math.min(longest, FIRST_MS * 2 ** tries * (1 + JITTER * random)))
}
