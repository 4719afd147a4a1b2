// Pauses of a key, kept in the ledger, or noted beside it by whoever only reads, so that they survive restarts: after a 429 a minute or more,
// doubling to ten minutes; after a refused key five minutes, doubling to an hour (promise S11; document *Rate limiting*); after a lost ledger
// one minute (S10).
import { type ApiFailure, neverLeft } from '../basics/failure.ts'
import { DAY } from '../basics/time.ts'
import type { ScopeError } from '../plan/plan.ts'
import type { Print } from '../user/prints.ts'
import type { Forgotten, KeyMemory, Ledger } from './ledger.ts'

const MINUTE = 60_000
const PAUSES = { throttled: { first: MINUTE, most: 10 * MINUTE }, refused: { first: 5 * MINUTE, most: 60 * MINUTE } } as const
const JITTER = 0.1
// What a service asks for is honoured, but a lying answer must not stop us for good.
const LONGEST = DAY

/** The pause after a failure that concerns the key; `undefined` where it does not. `random` is uniform in [0, 1). */
export const pauseAfter = (
  memory: KeyMemory | undefined,
  failure: ApiFailure,
  now: number,
  random: number,
): KeyMemory | undefined => {
  const why = failure._tag === 'Throttled' ? 'throttled' : failure._tag === 'KeyRefused' ? 'refused' : undefined
  if (why === undefined) return undefined
  return pause(memory, { why, askedMs: failure._tag === 'Throttled' ? (failure.retryAfterMs ?? 0) : 0, now, random })
}

type Told = { readonly askedMs: number; readonly now: number; readonly random: number }

const pause = (
  memory: KeyMemory | undefined,
  { why, askedMs, now, random }: Told & { readonly why: KeyMemory['why'] },
): KeyMemory => {
  const failures = memory?.why === why ? memory.failures + 1 : 1
  const { first, most } = PAUSES[why]
  const doubled = Math.min(most, first * 2 ** (failures - 1))
  const forMs = Math.max(Math.min(LONGEST, askedMs), Math.round(doubled * (1 + JITTER * random)))
  return { why, failures, notBefore: now + forMs, forMs }
}

/** The rest of a key that was told to rest, after what was noted of it before. What comes while it rests is the same trouble. */
export const restAfter = (known: KeyMemory | undefined, { askedMs, now, random }: Told): KeyMemory => {
  if (known === undefined || !isOfUse(known, now)) return pause(undefined, { why: 'throttled', askedMs, now, random })
  const isOver = now >= known.notBefore
  const next = pause(isOver ? known : undefined, { why: 'throttled', askedMs, now, random })
  return isOver ? next : longer(known, next)
}

/** Whether what was noted of a key still says something: trouble within as long again is the same trouble, which goes on doubling. */
export const isOfUse = ({ notBefore, forMs = 0 }: KeyMemory, now: number): boolean =>
  now < notBefore + forMs && now >= notBefore - 2 * forMs

/** The ledger with the rests that were noted beside it, as far as they last and it knows of none that is longer. */
export const withRests = (ledger: Ledger, rests: ReadonlyMap<Print, KeyMemory>, now: number): Ledger => {
  const found = [...rests].filter(([key, rest]) => {
    const known = ledger.keys.get(key)
    return now < rest.notBefore && isOfUse(rest, now) && !(known?.why === 'throttled' && known.notBefore >= rest.notBefore)
  })
  return found.length === 0 ? ledger : { ...ledger, keys: new Map([...ledger.keys, ...found]) }
}

/** A pause that began at a time of day yet to come: from now on it lasts as long as it did when it began, at the most. */
export const noLonger = (memory: KeyMemory, now: number): KeyMemory => ({
  ...memory,
  notBefore: Math.min(memory.notBefore, now + (memory.forMs ?? LONGEST)),
})

/** Why a key rests. */
export type PauseWhy = KeyMemory['why'] | Forgotten['how']

/** A key that must rest: why, and until when. */
export type Pause = { readonly why: PauseWhy; readonly until: number; readonly message: string }

/** Who would send something for a key. `reachedBy`: the options with which a quoted command finds us. */
type Asking = { readonly key: Print; readonly now: number; readonly person: boolean; readonly reachedBy?: string | undefined }

/** Why nothing may be sent for this key now; `undefined` where it may. A person need not wait for a refused key or a lost memory. */
export const pauseOf = (
  { keys, forgotten, written }: Pick<Ledger, 'keys' | 'forgotten' | 'written'>,
  { key, now, person, reachedBy = '' }: Asking,
): Pause | undefined => {
  const asked = { now, person, reachedBy }
  const memory = keys.get(key)
  const said = memory === undefined ? undefined : waiting(memory.why, memory.notBefore, asked)
  // The service may have throttled the key a moment before its memory was lost.
  if (said !== undefined || forgotten === undefined) return said
  // What began at a time of day yet to come lasts no longer than from when that was noticed.
  const since = Math.min(forgotten.at, written?.behind ?? forgotten.at)
  return waiting(forgotten.how, since + MINUTE, asked)
}

/** What nothing is asked for because of it is told with. */
export const restError = ({ why, message }: Pause): ScopeError => ({ kind: why === 'refused' ? 'refused' : 'throttled', message })

type Asked = { readonly now: number; readonly person: boolean; readonly reachedBy: string }

const waiting = (why: PauseWhy, until: number, { now, person, reachedBy }: Asked): Pause | undefined => {
  if (now >= until || (person && why !== 'throttled')) return undefined
  const leftMs = until - now
  // No pause is that long: the time of day was wrong when it was written down.
  if (leftMs > 2 * DAY) return undefined
  return {
    why,
    until,
    message: WORDS[why](`${new Date(until).toISOString()} (${Math.ceil(leftMs / 1000)} s)`, `\`reconcile${reachedBy}\``),
  }
}

const WORDS: { readonly [W in PauseWhy]: (at: string, command: string) => string } = {
  throttled: (at) => `the service throttled this key; no request before ${at}`,
  refused: (at, command) => `the service refused this key; tried again at ${at}, or at once by ${command}`,
  gone: (at, command) =>
    `the ledger of this state directory is gone, and with it what is known of this key; first request at ${at}, or at once by ${command}`,
  put_back: (at, command) =>
    `ledger.json is older than the last one written in this state directory, so what it says of this key may have changed since; first request at ${at}, or at once by ${command}`,
}

/** How a key fared in a run: it failed, it worked, or it was not tried. */
export type KeyTrial = { readonly failures: ReadonlyArray<ApiFailure>; readonly worked: boolean }

/** What is remembered of a key after a run: only one in which it never failed ends its troubles, so that pauses go on doubling. */
export const afterTrial = (ledger: Ledger, key: Print, { failures, worked }: KeyTrial, now: number, random: number): Ledger => {
  const keys = new Map(ledger.keys)
  const known = keys.get(key)
  if (failures.length === 0) {
    if (worked) keys.delete(key)
    return { ...ledger, keys }
  }
  const pauses = failures.flatMap((failure) => pauseAfter(known, failure, now, random) ?? [])
  // Requests in flight together may be told of different troubles. What was held back here may be so by what is known already, and ends that no sooner.
  const longest = pauses.reduce<KeyMemory | undefined>(longer, failures.every(neverLeft) ? known : undefined)
  if (longest !== undefined) keys.set(key, longest)
  return { ...ledger, keys }
}

const longer = (one: KeyMemory | undefined, other: KeyMemory): KeyMemory =>
  one === undefined || other.notBefore > one.notBefore ? other : one
