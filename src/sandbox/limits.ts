// Limits of the calling address: too many requests or errors put it in a time-out, which answers 429.
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Entry, Running } from './running.ts'
import { millisecondsOf } from './switches.ts'

const limitOf = (text: string): { readonly count: number; readonly ms: number } | undefined => {
  const [count, duration] = text.split(' per ')
  return duration === undefined ? undefined : { count: Number(count), ms: millisecondsOf(duration) }
}

/** Whether the address is in a time-out; a request in it makes it longer. */
export const isBlocked = (running: Running, now: number): boolean => {
  const { switches } = running.world
  const [most, mostErrors] = [limitOf(switches.rate_limit), limitOf(switches.error_limit)]
  if (most !== undefined) running.requests = [...running.requests.filter((at) => now - at < most.ms), now]
  if (mostErrors !== undefined) running.errors = running.errors.filter((at) => now - at < mostErrors.ms)
  const over =
    (most !== undefined && running.requests.length > most.count) ||
    (mostErrors !== undefined && running.errors.length > mostErrors.count)
  if (over || now < running.blockedUntil) running.blockedUntil = now + millisecondsOf(switches.time_out)
  return now < running.blockedUntil
}

/** The answer in a time-out. */
export const throttled = (running: Running, entry: Entry, response: ServerResponse): void => {
  const { switches } = running.world
  entry.status = 429
  const headers =
    switches.retry_after === 'seconds' ? { 'retry-after': String(Math.ceil(millisecondsOf(switches.time_out) / 1000)) } : {}
  response.writeHead(429, headers)
  response.end(
    switches.throttled_body === 'json'
      ? JSON.stringify({
          request_id: randomUUID(),
          data: { error: 'This endpoint is rate limited', error_code: 'E_ApiResponseCodes.REQ_LIMIT_EXCEEDED' },
        })
      : '',
  )
}
