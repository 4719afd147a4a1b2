// Gaps: how long a scope may go unseen before that is told. Longer than two periods of the schedule, and a little for runs that take their time.
import { DAY } from '../time.ts'

/** What can be said of a schedule; cron expressions are understood elsewhere. */
export type Calendar = {
  /** The shortest time between two runs, in milliseconds. */
  readonly shortestGapMs: (expression: string, timezone: string) => number
  /** When the schedule fires next after a moment. */
  readonly next: (expression: string, timezone: string, after: Date) => Date | undefined
}

type Schedule = { readonly schedule: string | null; readonly timezone: string }

/** Without a schedule somebody should look once a day. */
const DEFAULT_PERIOD_MS = DAY
const MOST_SLACK_MS = 60_000

/** Whether from one moment to another two periods of the schedule passed, and a little more. */
export type IsGap = (from: number, to: number) => boolean

/** The measure of gaps under a schedule. */
export const gapsUnder = ({ shortestGapMs, next }: Calendar, { schedule, timezone }: Schedule): IsGap => {
  const found = schedule === null ? DEFAULT_PERIOD_MS : shortestGapMs(schedule, timezone)
  const period = Number.isFinite(found) ? found : DEFAULT_PERIOD_MS
  const slack = Math.min(MOST_SLACK_MS, period / 2)
  return (from, to) => {
    if (to - from <= 2 * period + slack) return false
    if (schedule === null) return true
    // A schedule such as that of weekdays has longer periods than its shortest one.
    const first = next(schedule, timezone, new Date(from))
    const second = first === undefined ? undefined : next(schedule, timezone, first)
    return second === undefined || to > second.getTime() + slack
  }
}
