// Quantities as people write them: durations, sizes, paces and caps.
import { DAY } from '../domain/basics/time.ts'
import type { Cap, Pace } from '../domain/wanted/desired.ts'
import { E } from '../fp.ts'
import { type Codec, codec, integer, parsed, refuse, wrongKind } from './codec.ts'
import { DURATION, parseDuration } from './duration.ts'

const DURATION_FORM = 'a duration such as 500ms, 30s, 5m, 2h or 7d'

/** A duration in milliseconds, of at most `most`. */
export const duration = (most: { readonly ms: number; readonly words: string }): Codec<number> =>
  parsed(
    (text) => {
      const ms = parseDuration(text)
      if (ms === undefined) return E.left(`expected ${DURATION_FORM}`)
      return ms > most.ms ? E.left(`longer than ${most.words}`) : E.right(ms)
    },
    { pattern: `^${DURATION}$` },
    DURATION_FORM,
  )

/** A timer waits for 24 days at most, and a pace that the service has slowed down is waited for up to sixteen times as long. */
export const A_DAY = { ms: DAY, words: 'a day' }

/** Long enough for anyone. */
export const A_CENTURY = { ms: 36_500 * DAY, words: 'a hundred years' }

/** A count with as many digits as a number holds exactly. */
const COUNT = '[1-9][0-9]{0,14}'

const SIZE = `(${COUNT}) ?(KiB|MiB|GiB)`
const BYTES = new Map([
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
])

/** A size in bytes, such as `128 MiB`; the blank may be left out, as in a duration. */
export const size: Codec<number> = parsed(
  (text) => {
    const found = new RegExp(`^${SIZE}$`).exec(text)
    const unit = BYTES.get(found?.[2] ?? '')
    return unit === undefined ? E.left('expected a size such as 512 KiB, 128 MiB or 1 GiB') : E.right(Number(found?.[1]) * unit)
  },
  { pattern: `^${SIZE}$` },
  'a size such as 128 MiB',
)

const PACE_FORM = 'expected a pace such as 60 per 1m, or off'

/** A pace, such as `60 per 1m`, or `off`. */
export const pace: Codec<Pace | undefined> = parsed<Pace | undefined>(
  (text) => {
    if (text === 'off') return E.right(undefined)
    const found = new RegExp(`^(${COUNT}) per (\\S+)$`).exec(text)
    const perMs = parseDuration(found?.[2] ?? '')
    if (perMs === undefined) return E.left(PACE_FORM)
    return perMs > A_DAY.ms ? E.left('a pace is per a day at most') : E.right({ count: Number(found?.[1]), perMs })
  },
  { pattern: `^(?:off|${COUNT} per ${DURATION})$` },
  'a pace such as 60 per 1m, or off',
)

const CAP_FORM = 'a number, a percentage or both, such as 10, 25% or "25% or 10"'
const PERCENT = '(?:100|[0-9]{1,2}(?:\\.[0-9]{1,2})?)%'
const counts = integer(0, 1_000_000_000)

/** A cap: a number, a percentage, or both. */
export const cap: Codec<Cap> = codec<Cap>(
  'cap',
  { anyOf: [counts.schema, { type: 'string', pattern: `^${PERCENT}(?: or (?:0|[1-9][0-9]{0,8}))?$` }] },
  (input, context) => {
    if (typeof input === 'number') {
      const count = counts.validate(input, context)
      return E.isLeft(count) ? count : E.right({ count: count.right, percent: undefined })
    }
    if (input === null)
      return refuse(input, context, `expected ${CAP_FORM}, got nothing`, {
        hint: 'caps cannot be switched off; raise the number instead',
      })
    if (typeof input !== 'string') return wrongKind(input, context, CAP_FORM)
    const found = /^(100|[0-9]{1,2}(?:\.[0-9]{1,2})?)%(?: or (0|[1-9][0-9]{0,8}))?$/.exec(input)
    if (found === null) return refuse(input, context, `expected ${CAP_FORM}`)
    return E.right({ percent: Number(found[1]), count: found[2] === undefined ? undefined : Number(found[2]) })
  },
)
