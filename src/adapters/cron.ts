// Cron schedules: a trigger, and what a person should know of an expression before it is used.
import { CronJob, CronTime } from 'cron'
import type { Trigger } from '../ports.ts'

type Schedule = { readonly expression: string; readonly timezone: string }

/** A trigger that wakes as the schedule says. */
export const cronTrigger =
  ({ expression, timezone, onError }: Schedule & { readonly onError: (message: string) => void }): Trigger =>
  (wake) => {
    const fault = checkSchedule(expression, timezone)
    if (fault !== undefined) {
      onError(fault)
      return async () => undefined
    }
    const job = CronJob.from({
      cronTime: expression,
      timeZone: timezone,
      onTick: () => wake('schedule'),
      start: true,
      // Without it the library prints errors by itself and goes on.
      errorHandler: () => onError('a scheduled run could not be asked for; the next one is'),
      // A tick that is late, because the process was busy, is made up for and not skipped.
      threshold: 60_000,
    })
    return async () => {
      await job.stop()
    }
  }

/** When the schedule fires next; `undefined` when never. */
export const nextRun = (expression: string, timezone: string, now: Date): Date | undefined =>
  nextOf(readTime(expression, timezone), timezone, now)

const readTime = (expression: string, timezone: string): CronTime | undefined => {
  // The library also takes words of its own, such as @daily.
  if (![5, 6].includes(expression.trim().split(/\s+/).length)) return undefined
  try {
    return new CronTime(expression, timezone)
  } catch {
    return undefined
  }
}

const nextOf = (time: CronTime | undefined, timezone: string, now: Date): Date | undefined => {
  try {
    return time?.getNextDateFrom(now, timezone).toJSDate()
  } catch {
    return undefined
  }
}

/** What is wrong with a schedule, in words; `undefined` when nothing is. */
export const checkSchedule = (expression: string, timezone: string): string | undefined => {
  if (!isZone(timezone)) return `'${timezone}' is no time zone; write one such as Europe/Oslo, or UTC`
  const time = readTime(expression, timezone)
  if (time === undefined)
    return `'${expression}' is no cron expression; write 5 fields (minute hour day month weekday), or 6 with seconds first`
  // 30 February is a valid expression that no day fits.
  return nextOf(time, timezone, new Date()) === undefined ? `'${expression}' never fires: no such day in 8 years` : undefined
}

const SAMPLES = 20
// The same whenever it is asked, since a report that is made again must say the same: some days of a year have 23 hours.
const FIRST = new Date('2026-01-01T00:00:00Z')

/** The shortest time between fire times that follow each other, in milliseconds; infinite when there are none. */
export const shortestGapMs = (expression: string, timezone: string, from = FIRST): number => {
  const time = readTime(expression, timezone)
  let at = nextOf(time, timezone, from)
  let shortest = Number.POSITIVE_INFINITY
  for (let sample = 1; sample < SAMPLES && at !== undefined; sample += 1) {
    const next = nextOf(time, timezone, at)
    const gap = next === undefined ? 0 : next.getTime() - at.getTime()
    // Where clocks are put back by less than an hour, the library may name a time that is past.
    if (gap > 0) shortest = Math.min(shortest, gap)
    at = next
  }
  return shortest
}

const isZone = (timezone: string): boolean => {
  // An empty one would silently mean the zone of the machine.
  if (timezone === '') return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
    return true
  } catch {
    return false
  }
}
