// Quota: what the headers of an answer say of the requests to come. Today the service documents none of them, in 2017 it documented two
// spellings, and whatever stands in front of it may send the standard ones (RFC 9110; the draft on RateLimit fields).
import { DAY } from '../../domain/basics/time.ts'
import type { ToldHeaders } from './transport.ts'

/** How long nothing should be sent. */
export type Hint = { readonly restMs: number }

// A lying or broken header must not silence us for ever.
const LONGEST_MS = DAY
const PREFIXES = ['ratelimit', 'x-ratelimit', 'x-rate-limit'] as const
// Larger numbers are moments, not durations: seconds or milliseconds since the epoch.
const [EPOCH_SECONDS, EPOCH_MS] = [1e9, 1e12]

/** What an answer of any kind asks for; `undefined` where it asks for nothing. */
export const hintIn = (headers: ToldHeaders, ours: number): Hint | undefined => {
  const now = momentOf(headers, ours)
  const remaining = PREFIXES.some((prefix) => isNone(headers.get(`${prefix}-remaining`))) || isNone(itemIn(headers, 'remaining'))
  const asked = durationOf(headers.get('retry-after'), now) ?? (remaining ? resetIn(headers, now) : undefined)
  return asked === undefined || asked === 0 ? undefined : { restMs: asked }
}

/** How long a throttled key is asked to wait, in milliseconds. */
export const retryAfter = (headers: ToldHeaders, ours: number): number | undefined => {
  const now = momentOf(headers, ours)
  return durationOf(headers.get('retry-after'), now) ?? resetIn(headers, now)
}

/** When an answer was given, by the clock that says until when to wait; by ours where it does not tell. */
const momentOf = (headers: ToldHeaders, ours: number): number => {
  const said = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(said) ? ours : said
}

const resetIn = (headers: ToldHeaders, now: number): number | undefined => {
  const said = PREFIXES.map((prefix) => headers.get(`${prefix}-reset`)).find((value) => value !== null)
  return durationOf(said ?? itemIn(headers, 'reset') ?? null, now)
}

/** An item of the combined field, such as `RateLimit: limit=30, remaining=0, reset=41`. */
const itemIn = (headers: ToldHeaders, name: string): string | undefined =>
  new RegExp(`\\b${name}=(\\d+)`).exec(headers.get('ratelimit') ?? '')?.[1]

const isNone = (value: string | null | undefined): boolean => typeof value === 'string' && /^\s*0+\s*$/.test(value)

const durationOf = (said: string | null, now: number): number | undefined => {
  if (said === null) return undefined
  const text = said.trim()
  const ms = /^\d+(\.\d+)?$/.test(text)
    ? ofNumber(Number(text), now)
    : /^[A-Z][a-z]{2,8},? /.test(text)
      ? Date.parse(text) - now
      : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.min(LONGEST_MS, Math.max(0, Math.ceil(ms)))
}

const ofNumber = (number: number, now: number): number =>
  number > EPOCH_MS ? number - now : number > EPOCH_SECONDS ? number * 1000 - now : number * 1000
