// Faults: every way in which a call can go wrong, as one of our words. Code and text are looked at before the HTTP status,
// since the service answers 400 for permissions and 400, 403 or 500 for keys (note on the API, section 1.6).
import * as t from 'io-ts'
import type { ApiFailure } from '../../domain/failure.ts'
import { retryAfter } from './quota.ts'

const Fields = t.union([t.UnknownRecord, t.array(t.UnknownRecord)])
const ErrorBody = t.intersection([
  t.type({ error: t.string }),
  t.partial({ error_code: t.string, field_validation_errors: Fields }),
])
const Envelope = t.type({ data: ErrorBody })

/** An answer as it came: the parsed body is `undefined` where it is no JSON. */
export type Answer = { readonly status: number; readonly headers: Headers; readonly json: unknown; readonly now: number }

type Told = t.TypeOf<typeof ErrorBody>

const toldIn = (json: unknown): Told | undefined => (Envelope.is(json) ? json.data : ErrorBody.is(json) ? json : undefined)

/** What went wrong; `undefined` where the call succeeded. `tell` makes the service's text fit to be shown. */
export const failureOf = (answer: Answer, endpoint: string, tell: (text: string) => string): ApiFailure | undefined => {
  const told = toldIn(answer.json)
  if (told !== undefined) return ofTold(told, answer, endpoint, tell)
  if (answer.status >= 200 && answer.status < 300) return undefined
  return ofStatus(answer)
}

const ofTold = (told: Told, answer: Answer, endpoint: string, tell: (text: string) => string): ApiFailure => {
  const code = told.error_code ?? ''
  const text = told.error
  if (code.includes('ENDPOINT_PERMISSION_DENIED') || /permission to access this api endpoint/i.test(text))
    return { _tag: 'PermissionMissing', endpoint }
  if (answer.status === 429 || code.includes('REQ_LIMIT_EXCEEDED') || /rate ?limit|too many requests/i.test(text))
    return throttled(answer)
  if (/api[_ ]key|api user/i.test(text) || answer.status === 401 || answer.status === 403)
    return { _tag: 'KeyRefused', message: tell(text) }
  const field = fieldIn(told)
  // The text of a refused password may repeat it.
  if (field !== undefined)
    return {
      _tag: 'InvalidRequest',
      field: field.name,
      message: field.name === 'email_password' ? 'too weak for the service, or not allowed' : tell(field.message ?? text),
    }
  if (code.includes('NON_VALIDATING_IN_PAYLOAD')) return { _tag: 'InvalidRequest', field: undefined, message: tell(text) }
  if (answer.status >= 500) return { _tag: 'ServerTrouble', status: answer.status }
  return { _tag: 'Rejected', message: tell(text) }
}

const fieldIn = (told: Told): { readonly name: string; readonly message: string | undefined } | undefined => {
  const errors = told.field_validation_errors
  const first = Array.isArray(errors) ? errors[0] : errors
  if (first === undefined) return undefined
  const entry = Object.entries(first).find(([, message]) => typeof message === 'string')
  const name = typeof first.fieldname === 'string' ? first.fieldname : entry?.[0]
  const message = typeof first.fieldname === 'string' ? first.message : entry?.[1]
  return name === undefined || !/^[a-z_]{1,40}$/.test(name)
    ? undefined
    : { name, message: typeof message === 'string' ? message : undefined }
}

const ofStatus = (answer: Answer): ApiFailure => {
  if (answer.status === 429) return throttled(answer)
  if (answer.status === 401 || answer.status === 403) return { _tag: 'KeyRefused', message: `HTTP ${answer.status}` }
  if (answer.status >= 500) return { _tag: 'ServerTrouble', status: answer.status }
  if (answer.status === 413)
    return { _tag: 'InvalidRequest', field: undefined, message: 'the request is larger than the service takes (1 MB)' }
  return { _tag: 'Rejected', message: `HTTP ${answer.status} without a word` }
}

const throttled = ({ headers, now }: Answer): ApiFailure => ({ _tag: 'Throttled', retryAfterMs: retryAfter(headers, now) })
