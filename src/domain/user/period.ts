// Rate-limit periods in every spelling seen or documented, compared by meaning, never as text.
//   requests:  "0:30:00"  "1 hour"  "2 days"  "4 months 5:00:00"  "2 months,3:00:00"  "3600"
//   answers:   "01:00:00"  "1 day, 0:00:00"  "7 days"  "1 mon"  "4 mons 05:00:00"  "unlimited"

import { counted } from '../basics/counted.ts'
import { MONTH_SECONDS } from '../basics/time.ts'

/** A length of time as the service keeps it; months have no fixed number of seconds. */
export type Period = { readonly months: number; readonly seconds: number }

const UNITS = new Map<string, Period>([
  ['second', { months: 0, seconds: 1 }],
  ['sec', { months: 0, seconds: 1 }],
  ['minute', { months: 0, seconds: 60 }],
  ['min', { months: 0, seconds: 60 }],
  ['hour', { months: 0, seconds: 3600 }],
  ['day', { months: 0, seconds: 86_400 }],
  ['week', { months: 0, seconds: 604_800 }],
  ['mon', { months: 1, seconds: 0 }],
  ['month', { months: 1, seconds: 0 }],
  ['year', { months: 12, seconds: 0 }],
])
const DAY_SECONDS = 86_400

/** Reads a period in any known spelling; `undefined` where it is none (`unlimited` and the empty text are none). */
export const parsePeriod = (text: string): Period | undefined => {
  const rest = text.trim().toLowerCase()
  if (/^\d+(\.\d+)?$/.test(rest)) return measurable({ months: 0, seconds: Number(rest) })
  const form = /^((?:\d+\s*[a-z]+(?:\s*,\s*(?!$)|\s+|$))*)(\d+:[0-5]?\d:[0-5]?\d(?:\.\d+)?)?$/.exec(rest)
  if (form === null || rest === '') return undefined
  let total: Period = { months: 0, seconds: clockSeconds(form[2]) }
  for (const [, count, word] of (form[1] ?? '').matchAll(/(\d+)\s*([a-z]+)/g)) {
    const unit = UNITS.get(word ?? '') ?? UNITS.get((word ?? '').replace(/s$/, ''))
    if (unit === undefined) return undefined
    total = { months: total.months + Number(count) * unit.months, seconds: total.seconds + Number(count) * unit.seconds }
  }
  return measurable(total)
}

// Sums of fractions are compared in milliseconds; beyond exact numbers nothing can be said, not even that a text equals itself.
const measurable = ({ months, seconds }: Period): Period | undefined =>
  Number.isSafeInteger(months) && Number.isSafeInteger(Math.round(seconds * 1000))
    ? { months, seconds: Math.round(seconds * 1000) / 1000 }
    : undefined

const clockSeconds = (clock: string | undefined): number => {
  if (clock === undefined) return 0
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number)
  return hours * 3600 + minutes * 60 + seconds
}

/** Whether two texts mean the same period: equal months and seconds, or equal with a month of 30 days; unreadable texts only if alike. */
export const samePeriod = (one: string, other: string): boolean => {
  if (one === other) return true
  const [a, b] = [parsePeriod(one), parsePeriod(other)]
  if (a === undefined || b === undefined) return one.trim().toLowerCase() === other.trim().toLowerCase()
  if (a.months === b.months && a.seconds === b.seconds) return true
  return a.months * MONTH_SECONDS + a.seconds === b.months * MONTH_SECONDS + b.seconds
}

/** Whether a period may be asked for: a known spelling of the document *Edit SMTP user details*, longer than nothing. */
export const periodFault = (text: string): string | undefined => {
  const period = parsePeriod(text)
  if (period === undefined) return `not a period; ${WRITE}`
  if (period.months === 0 && period.seconds === 0) return 'a period must be longer than nothing'
  return DOCUMENTED.test(documentedPeriod(text))
    ? undefined
    : `no request can say parts of a second, nor months and days in one; ${WRITE}`
}

const WRITE = 'write "1 hour", "2 days", "1 week", "3 months", "0:30:00" or "4 months 5:00:00"'

const WORDS = [
  [DAY_SECONDS, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** The period as people say it, whatever the service makes of it; what takes many of a unit stays as it is. */
export const periodWords = (text: string): string => {
  const { months, seconds } = parsePeriod(text) ?? { months: 0, seconds: 0 }
  if (months > 0) return seconds === 0 ? counted(months, 'month') : text
  const [size, unit] = WORDS.find(([one]) => seconds >= one && seconds < 100 * one && seconds % one === 0) ?? []
  return size === undefined || unit === undefined ? text : counted(seconds / size, unit)
}

// The documents of 2017 say where a clock ends: at 23:59:59.
const CLOCK = '(?:[01]?\\d|2[0-3]):[0-5]\\d:[0-5]\\d'
const DOCUMENTED = new RegExp(`^\\d+ (?:hour|day|week|month)s?(?: ${CLOCK})?$|^${CLOCK}$`)

/** The period in the syntax that the documents of add and edit share; texts that it cannot say stay as they are. */
export const documentedPeriod = (text: string): string => {
  const period = parsePeriod(text)
  if (period === undefined || DOCUMENTED.test(text)) return text
  const { months, seconds } = period
  const [days, rest] = [Math.floor(seconds / DAY_SECONDS), seconds % DAY_SECONDS]
  if ((months > 0 && days > 0) || !Number.isInteger(seconds)) return text
  const unit = months > 0 ? counted(months, 'month') : days > 0 ? counted(days, 'day') : ''
  return [unit, rest > 0 || unit === '' ? clockText(rest) : ''].filter((part) => part !== '').join(' ')
}

const clockText = (seconds: number): string =>
  [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, '0')))
    .join(':')
