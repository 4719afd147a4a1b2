// How a planted fault breaks a request before the service did anything, or spoils its answer after.
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Answer } from './answer.ts'
import type { Fault } from './faults.ts'
import type { Entry, Running } from './running.ts'

/** A fault that comes before the service did anything; true where it ends the request. */
export const brokenBefore = async (fault: Fault | undefined, entry: Entry, response: ServerResponse): Promise<boolean> => {
  if (fault === undefined) return false
  if (fault.kind === 'delay') await wait(fault.ms)
  if (fault.kind === 'reset_before') {
    response.destroy()
    return true
  }
  if (fault.kind === 'status') {
    entry.status = fault.status
    response.writeHead(fault.status, fault.headers ?? {})
    response.end(fault.body ?? '')
    return true
  }
  if (fault.kind === 'redirect') {
    entry.status = 307
    response.writeHead(307, { location: fault.location })
    response.end()
    return true
  }
  return false
}

/** Sends an answer, as the fault wants it spoilt. */
export const reply = async (
  running: Running,
  fault: Fault | undefined,
  answer: Answer,
  entry: Entry,
  response: ServerResponse,
): Promise<void> => {
  entry.status = fault?.kind === 'status_after' ? fault.status : answer.status
  entry.finished_at = running.now()
  if (fault?.kind === 'reset_after') {
    response.destroy()
    return
  }
  if (fault?.kind === 'status_after') {
    response.writeHead(fault.status)
    response.end()
    return
  }
  if (fault?.kind === 'hang_after') await wait(fault.ms)
  const whole = `{"request_id":"${entry.request_id}",${answer.members}}`
  const text = fault === undefined ? whole : spoilt(fault, whole)
  const html = fault?.kind === 'html_200'
  response.writeHead(fault === undefined || fault.kind === 'ignore_field' || fault.kind === 'headers' ? answer.status : 200, {
    ...(fault?.kind === 'headers' ? fault.headers : {}),
    'content-type': html ? 'text/html' : 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

const spoilt = (fault: Fault, whole: string): string => {
  switch (fault.kind) {
    case 'truncated_json':
      return whole.slice(0, Math.floor(whole.length / 2))
    case 'html_200':
      return '<html><body>maintenance</body></html>'
    case 'empty_body':
      return ''
    case 'error_200':
      return JSON.stringify({
        request_id: randomUUID(),
        data: { error: fault.error, error_code: 'E_ApiResponseCodes.API_EXCEPTION' },
      })
    case 'huge':
      return `{"request_id":"","data":{"results":[],"padding":"${'x'.repeat(fault.bytes)}"}}`
    case 'missing_results':
      return '{"request_id":"","data":{}}'
    case 'empty_results':
      return '{"request_id":"","data":{"results":[]}}'
    case 'half_results':
      return changedResults(whole, (results) => results.slice(0, Math.floor(results.length / 2) - 1))
    case 'wrong_type':
      return changedResults(whole, (results) =>
        results.map((user, at) => (at === 0 ? { ...user, [fault.field]: { wrong: true } } : user)),
      )
    default:
      return whole
  }
}

const changedResults = (whole: string, change: (results: ReadonlyArray<object>) => ReadonlyArray<object>): string => {
  const answer: unknown = JSON.parse(whole)
  if (typeof answer !== 'object' || answer === null || !('data' in answer)) return whole
  const { data } = answer
  if (typeof data !== 'object' || data === null) return whole
  const lists = Object.entries(data).filter(([name]) => name === 'results' || name === 'subaccounts')
  const changed = lists.map(([name, list]) => [name, Array.isArray(list) ? change(list) : list])
  return JSON.stringify({ ...answer, data: { ...data, ...Object.fromEntries(changed) } })
}
