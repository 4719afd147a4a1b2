// Retries: when a run is made again by itself, after one that met trouble on the way to the service, or failed (`domain/run/backoff.ts`).

import type { Report } from '../domain/plan/plan.ts'
import { retryAfterMs } from '../domain/run/backoff.ts'
import type { Rule } from '../domain/wanted/rule.ts'
import type { Clock } from '../ports.ts'

export type Retries = {
  /** A run begins, of all scopes or of some. */
  readonly begins: (isOfAll: boolean) => void
  /** It ended with a report, or failed. */
  readonly ended: (report: Report | undefined, rules: ReadonlyArray<Rule>) => void
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
  /** Whether what comes of the run says anything of the retry that waits. */
  let decides = true
  return {
    begins: (isOfAll) => {
      // L3: what could not be done in all scopes is tried again, whatever is asked of some of them meanwhile.
      decides = isOfAll || at === undefined
      if (!decides) return
      runs += 1
      at = undefined
    },
    ended: (report, rules) => {
      if (!decides) return
      const now = clock.now().getTime()
      const after = retryAfterMs(report, { tries, now, random: random(), rules })
      // A key that only rests has met no new trouble.
      if (report?.pausedUntil === undefined) tries = after === undefined ? 0 : tries + 1
      if (after === undefined || signal.aborted) return
      const meant = runs
      at = now + after
      void clock.sleep(after).then(() => (meant === runs ? retry() : undefined))
    },
    at: () => at,
  }
}
