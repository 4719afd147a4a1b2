// Moments as people write them: a date, or a time of a day. What says no time zone means the one of the config, `reconcile.timezone`.
//
//   2027-03-31                    the whole day: a beginning is its first moment, an end the last
//   2027-03-31T18:00              that moment, in the time zone of the config
//   2027-03-31T18:00:00+02:00     that moment, with Z or an offset of its own
import { DAY } from '../domain/basics/time.ts'
import { E } from '../fp.ts'
import { type Codec, parsed } from './codec.ts'

/** A moment as it was written; `offset` is in minutes, `time` in milliseconds since midnight. */
export type Written = { readonly day: number; readonly time: number | undefined; readonly offset: number | undefined }

const FORM = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?$/
const MINUTE = 60_000
// Later ones are written with a sign, and sort before all others.
const LAST = Date.parse('9999-12-31T23:59:59.999Z')
const EXPECTED = 'a date such as 2027-03-31, or a time such as 2027-03-31T18:00'

/** A date or a time. */
export const moment: Codec<Written> = parsed(
  (input) => {
    const [, year, month, day, hours, minutes, seconds = '0', zone] = FORM.exec(input) ?? []
    if (year === undefined) return E.left(`expected ${EXPECTED}`)
    const start = Date.UTC(Number(year), Number(month) - 1, Number(day))
    const isDay = new Date(start).toISOString().startsWith(`${year}-${month}-${day}`)
    if (!isDay || Number(year) < 1970) return E.left(`there is no such day; expected ${EXPECTED}`)
    if (hours === undefined) return E.right({ day: start, time: undefined, offset: undefined })
    const offset = zone === undefined ? 0 : offsetOf(zone)
    if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59 || offset === undefined)
      return E.left(`there is no such time; expected ${EXPECTED}`)
    const time = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
    return E.right({ day: start, time, offset: zone === undefined ? undefined : offset })
  },
  { pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?$' },
  EXPECTED,
)

const FURTHEST = 14 * 60

/** The minutes of an offset; `undefined` where there is no such offset. */
const offsetOf = (zone: string): number | undefined => {
  if (zone === 'Z') return 0
  const beyond = Number(zone.slice(4))
  const minutes = Number(zone.slice(1, 3)) * 60 + beyond
  if (beyond > 59 || minutes > FURTHEST) return undefined
  return zone.startsWith('-') ? -minutes : minutes
}

/** Moments in a time zone, in milliseconds since the epoch. */
export type Calendar = { readonly startOf: (written: Written) => number; readonly endOf: (written: Written) => number }

/** How moments are read in a time zone. */
export const calendarOf = (timezone: string): Calendar => {
  let format: Intl.DateTimeFormat | undefined
  // What the clocks of the zone show at a moment, as if it were UTC.
  const shownAt = (at: number): number => {
    // Made when it is first needed, since that takes as long as reading a whole config.
    format ??= formatOf(timezone)
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  }
  // Twice, since the clocks may be changed between the guess and the moment.
  const inZone = (shown: number): number => {
    const guess = shown - (shownAt(shown) - shown)
    const found = guess - (shownAt(guess) - shown)
    // What clocks that are put forward never show is past once they were.
    return shownAt(found) === shown ? found : Math.max(guess, found)
  }
  const at = ({ day, time = 0, offset }: Written): number =>
    Math.min(LAST, offset === undefined ? inZone(day + time) : day + time - offset * MINUTE)
  return {
    startOf: at,
    endOf: (written) => (written.time === undefined ? Math.min(LAST, inZone(written.day + DAY)) : at(written)),
  }
}

const formatOf = (timezone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
