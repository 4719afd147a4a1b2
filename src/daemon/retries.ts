// Retries: when a run is made again by itself, after one that met trouble on the way to the service (`domain/backoff.ts`).
import { retryAfterMs } from '../domain/backoff.ts'
import type { Report } from '../domain/plan.ts'
import type { Rule } from '../domain/rule.ts'
import type { Clock } from '../ports.ts'

export type Retries = {
  /** A run begins, of all scopes or of some. Whether what comes of it says anything of the retry that waits. */
  readonly begins: (isOfAll: boolean) => boolean
  readonly ended: (report: Report, rules: ReadonlyArray<Rule>) => void
  /** When the next one is due, in ms since the epoch. */
  readonly at: () => number | undefined
}

type Parts = {
  readonly clock: Clock
  readonly random: () => number
  readonly retry: () => void
  /** Aborted when none is made any more. */
  readonly signal: AbortSignal
}

export const retries = ({ clock, random, retry, signal }: Parts): Retries => {
  let tries = 0
  let runs = 0
  let at: number | undefined
  return {
    begins: (isOfAll) => {
      // L3: what could not be done in all scopes is tried again, whatever is asked of some of them meanwhile.
      if (!isOfAll && at !== undefined) return false
      runs += 1
      at = undefined
      return true
    },
    ended: (report, rules) => {
      const now = clock.now().getTime()
      const after = retryAfterMs(report, { tries, now, random: random(), rules })
      // A key that only rests has met no new trouble.
      if (report.pausedUntil === undefined) tries = after === undefined ? 0 : tries + 1
      if (after === undefined || signal.aborted) return
      const meant = runs
      at = now + after
      void clock.sleep(after).then(() => (meant === runs ? retry() : undefined))
    },
    at: () => at,
  }
}
