// Dates: a listed user may send from `starts` on and until `expires`; outside it is blocked. What ends is told ahead, 14, 3 and 1 days.
import { DAY, momentText } from '../basics/time.ts'
import type { Finding, Severity } from '../plan/plan.ts'
import type { BlockWhy, DesiredUser, Moment } from './desired.ts'

/** Why a user is blocked for its dates, or with its new name, and where that was said; `undefined` where it is not. */
export const outside = (
  { starts, expires, shut }: Pick<DesiredUser, 'starts' | 'expires' | 'shut'>,
  now: number,
): BlockWhy | undefined => {
  if (shut !== undefined) return shut
  if (starts !== undefined && now < starts.at)
    return { why: `blocked until it starts, at ${timeOf(starts)}`, source: `${starts.source} starts` }
  if (expires !== undefined && now >= expires.at)
    return { why: `blocked since it expired, at ${timeOf(expires)}`, source: `${expires.source} expires` }
  return undefined
}

const NONE: ReadonlyArray<Finding> = []

/** What a person should know of the dates of a user. */
export const aboutDates = ({ username, starts, expires }: DesiredUser, now: number): ReadonlyArray<Finding> => {
  if (starts === undefined && expires === undefined) return NONE
  const [start, end] = [soon(starts?.at, now), soon(expires?.at, now)]
  return [
    ...(starts === undefined || start === undefined
      ? []
      : [
          {
            rule: 'starts-soon',
            severity: 'low',
            username,
            message: `starts at ${timeOf(starts)}, ${start.words}: it is blocked until then`,
            source: starts.source,
          } as const,
        ]),
    ...(expires === undefined || end === undefined
      ? []
      : [
          {
            rule: 'expires-soon',
            severity: end.severity,
            username,
            message: `expires at ${timeOf(expires)}, ${end.words}: it is blocked from then on`,
            source: expires.source,
          },
        ]),
  ]
}

const timeOf = ({ at }: Pick<Moment, 'at'>): string => momentText(at)

type Step = { readonly days: number; readonly severity: Severity; readonly words: string }

const STEPS: ReadonlyArray<Step> = [
  { days: 1, severity: 'high', words: 'within a day' },
  { days: 3, severity: 'medium', words: 'within 3 days' },
  { days: 14, severity: 'low', words: 'within 14 days' },
]

/** How near a moment to come is; `undefined` where it has passed, or is far. The words stay the same from one step to the next. */
export const soon = (at: number | undefined, now: number): Step | undefined =>
  at === undefined || at <= now ? undefined : STEPS.find(({ days }) => at - now <= days * DAY)
