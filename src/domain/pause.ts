// Pauses of a key, kept in the ledger so that they survive restarts: after a 429 a minute or more, doubling to ten minutes;
// after a refused key five minutes, doubling to an hour (promise S11; document *Rate limiting*); after a lost ledger one minute (S10).
import type { ApiFailure } from './failure.ts'
import type { KeyMemory } from './ledger.ts'

const MINUTE = 60_000
const PAUSES = { throttled: { first: MINUTE, most: 10 * MINUTE }, refused: { first: 5 * MINUTE, most: 60 * MINUTE } } as const
const JITTER = 0.1

/** The pause after a failure that concerns the key; `undefined` where it does not. `random` is uniform in [0, 1). */
export const pauseAfter = (
  memory: KeyMemory | undefined,
  failure: ApiFailure,
  now: number,
  random: number,
): KeyMemory | undefined => {
  const why = failure._tag === 'Throttled' ? 'throttled' : failure._tag === 'KeyRefused' ? 'refused' : undefined
  if (why === undefined) return undefined
  const failures = memory?.why === why ? memory.failures + 1 : 1
  const { first, most } = PAUSES[why]
  const doubled = Math.min(most, first * 2 ** (failures - 1))
  const asked = failure._tag === 'Throttled' ? (failure.retryAfterMs ?? 0) : 0
  return { why, failures, notBefore: now + Math.max(asked, Math.round(doubled * (1 + JITTER * random))) }
}

/** The pause of a key whose memory is lost: the service may have throttled it a moment ago. */
export const pauseOfForgotten = (at: number): KeyMemory => ({ why: 'forgotten', failures: 0, notBefore: at + MINUTE })

/** Why nothing may be sent for this key now; `undefined` where it may. A person need not wait for a refused key or a lost memory. */
export const pausedBy = (memory: KeyMemory | undefined, now: number, person: boolean): string | undefined => {
  if (memory === undefined || now >= memory.notBefore || (person && memory.why !== 'throttled')) return undefined
  const seconds = Math.ceil((memory.notBefore - now) / 1000)
  const moment = `${new Date(memory.notBefore).toISOString()} (${seconds} s)`
  switch (memory.why) {
    case 'throttled':
      return `the service throttled this key; no request before ${moment}`
    case 'refused':
      return `the service refused this key; tried again at ${moment}, or by a person's apply`
    case 'forgotten':
      return `the ledger of this state directory is gone, and with it what is known of this key; first request at ${moment}, or by a person's apply`
  }
}
