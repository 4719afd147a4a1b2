// Durations as people write them. A file of its own, because the command line reads them too and needs nothing else of a config.
import { DAY } from '../domain/basics/time.ts'

const UNITS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', DAY],
])

/** The form of a duration, as a pattern. */
export const DURATION = '([1-9][0-9]*)(ms|s|m|h|d)'
const WHOLE = new RegExp(`^${DURATION}$`)

/** A duration in milliseconds, such as `30s`, however long; `undefined` where the text is none. */
export const parseDuration = (text: string): number | undefined => {
  const found = WHOLE.exec(text)
  const unit = UNITS.get(found?.[2] ?? '')
  return unit === undefined ? undefined : Number(found?.[1]) * unit
}
