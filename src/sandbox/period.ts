// Periods of rate limits as the service takes and prints them. It keeps months, days and seconds apart, as PostgreSQL does.
//   taken:    "0:30:00"  "1 hour"  "2 days"  "1 week"  "4 months 5:00:00"  "2 months,3:00:00"  "3600"  and what it prints
//   postgres: "00:30:00" "01:00:00" "2 days" "7 days"  "4 mons 05:00:00"
//   python:   "0:30:00"  "1:00:00"  "2 days, 0:00:00"  "7 days, 0:00:00"  "120 days, 5:00:00"

type Interval = { readonly months: number; readonly days: number; readonly seconds: number }

/** How periods are printed. */
export type PeriodStyle = 'postgres' | 'python' | 'verbatim'

const UNITS: { readonly [unit: string]: Interval } = {
  hour: { months: 0, days: 0, seconds: 3600 },
  day: { months: 0, days: 1, seconds: 0 },
  week: { months: 0, days: 7, seconds: 0 },
  mon: { months: 1, days: 0, seconds: 0 },
  month: { months: 1, days: 0, seconds: 0 },
  year: { months: 12, days: 0, seconds: 0 },
}
const DAY_SECONDS = 86_400

const parse = (text: string): Interval | undefined => {
  const plain = text.trim().toLowerCase()
  if (/^\d{1,10}$/.test(plain)) return { months: 0, days: 0, seconds: Number(plain) }
  const form = /^((?:\d{1,7} +[a-z]+(?: *, *| +|$))*)(?:(\d{1,7}):([0-5]\d):([0-5]\d(?:\.\d{1,6})?))?$/.exec(plain)
  if (form === null || plain === '') return undefined
  const [, units = '', hours = '0', minutes = '0', rest = '0'] = form
  let [months, days, seconds] = [0, 0, Number(hours) * 3600 + Number(minutes) * 60 + Number(rest)]
  for (const [, count, word = ''] of units.matchAll(/(\d+) +([a-z]+)/g)) {
    const unit = UNITS[word.replace(/s$/, '')]
    if (unit === undefined) return undefined
    months += Number(count) * unit.months
    days += Number(count) * unit.days
    seconds += Number(count) * unit.seconds
  }
  return { months, days, seconds }
}

/** Whether the service takes this text as a period: readable, and longer than nothing. */
export const isPeriod = (text: string): boolean => {
  const interval = parse(text)
  return interval !== undefined && interval.months + interval.days + interval.seconds > 0
}

/** A stored period as an answer shows it. */
export const printPeriod = (text: string, style: PeriodStyle): string => {
  const interval = parse(text)
  if (interval === undefined || style === 'verbatim') return text
  return style === 'postgres' ? postgres(interval) : python(interval)
}

const postgres = ({ months, days, seconds }: Interval): string => {
  const parts = [counted(Math.floor(months / 12), 'year'), counted(months % 12, 'mon'), counted(days, 'day')].filter(
    (part) => part !== '',
  )
  if (seconds > 0 || parts.length === 0)
    parts.push(
      clock(seconds)
        .padStart(8, '0')
        .replace(/^(\d):/, '0$1:'),
    )
  return parts.join(' ')
}

const python = ({ months, days, seconds }: Interval): string => {
  const all = months * 30 + days + Math.floor(seconds / DAY_SECONDS)
  return [counted(all, 'day'), clock(seconds % DAY_SECONDS)].filter((part) => part !== '').join(', ')
}

const counted = (count: number, unit: string): string => (count === 0 ? '' : `${count} ${unit}${count === 1 ? '' : 's'}`)

const clock = (seconds: number): string => {
  const whole = Math.floor(seconds)
  const fraction = Math.round((seconds - whole) * 1e6)
  const text = [Math.floor(whole / 3600), twoDigits(Math.floor(whole / 60) % 60), twoDigits(whole % 60)].join(':')
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`
}

const twoDigits = (count: number): string => String(count).padStart(2, '0')
