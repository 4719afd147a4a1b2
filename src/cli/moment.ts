// A moment as people give it on the command line: a time, or how long ago.
import { parseDuration } from '../config/quantities.ts'
import type { Words } from './words.ts'

/** A time in milliseconds, or so many milliseconds before now. */
export type Moment = { readonly _tag: 'At'; readonly ms: number } | { readonly _tag: 'Ago'; readonly ms: number }

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/

/** Reads a moment; a time without a zone is UTC, as all times that are printed. */
export const momentOf = ({ text, refuse }: Words, option: string): Moment | undefined => {
  const given = text(option)
  if (given === undefined) return undefined
  const ago = parseDuration(given)
  if (ago !== undefined) return { _tag: 'Ago', ms: ago }
  const [, date, time = '00:00', zone = 'Z'] = ISO.exec(given) ?? []
  const ms = date === undefined || !isDate(date) ? Number.NaN : Date.parse(`${date}T${time}${zone}`)
  if (Number.isNaN(ms))
    return refuse(`--${option}: expected a duration such as 30m, 12h or 7d, or a time such as 2026-03-31 or 2026-03-31T16:00Z`)
  return { _tag: 'At', ms }
}

// JavaScript takes 30 February for a day in March.
const isDate = (date: string): boolean => {
  const ms = Date.parse(`${date}T00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date)
}

/** The moment in milliseconds. */
export const since = (moment: Moment | undefined, now: number): number =>
  moment === undefined ? Number.NEGATIVE_INFINITY : moment._tag === 'At' ? moment.ms : now - moment.ms
