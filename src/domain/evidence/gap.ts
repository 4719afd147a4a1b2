// Gaps: how long a scope may go unseen before that is told. Longer than two periods of the schedule, and a little for runs that take their time.
import { DAY } from '../basics/time.ts'

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

/** A measure of gaps, and from when on it is in force. */
type Measure = { readonly from: number; readonly said: string; readonly isGap: IsGap }

/**
 * The measure of gaps through the configs of a journal: each stretch of time counts by the schedule of then, and all of it is a gap too where
 * it is one by every schedule that was in force meanwhile.
 */
export const gapsThrough = (
  calendar: Calendar,
): { readonly take: (line: Schedule & { readonly at: string }) => void; readonly isGap: IsGap } => {
  const measures: Array<Measure> = []
  const unscheduled = gapsUnder(calendar, { schedule: null, timezone: 'UTC' })
  const spansOf = (from: number, to: number): ReadonlyArray<readonly [from: number, to: number, isGap: IsGap]> =>
    measures.flatMap(({ from: begun, isGap }, index) => {
      const [start, end] = [Math.max(begun, from), Math.min(measures[index + 1]?.from ?? to, to)]
      return start < end ? [[start, end, isGap] as const] : []
    })
  return {
    take: ({ at, schedule, timezone }) => {
      const said = JSON.stringify([schedule, timezone])
      if (measures.at(-1)?.said === said) return
      // What was before the first config of a journal, that one tells too.
      const from = measures.length === 0 ? Number.NEGATIVE_INFINITY : Date.parse(at)
      measures.push({ from, said, isGap: gapsUnder(calendar, { schedule, timezone }) })
    },
    isGap: (from, to) => {
      const last = measures.at(-1)
      if (last === undefined) return unscheduled(from, to)
      if (last.from <= from) return last.isGap(from, to)
      const spans = spansOf(from, to)
      return (
        spans.some(([start, end, isGap]) => isGap(start, end)) ||
        (spans.length > 0 && spans.every(([, , isGap]) => isGap(from, to)))
      )
    },
  }
}
