// Faults: every way in which a call can go wrong, as one of our words. Code and text are looked at before the HTTP status,
// since the service answers 400 for permissions and 400, 403 or 500 for keys, as was seen of it.

import * as t from 'io-ts'
import type { ApiFailure } from '../../domain/basics/failure.ts'
import { retryAfter } from './quota.ts'
import { REDIRECTED } from './receive.ts'
import type { ToldHeaders } from './transport.ts'

const ErrorBody = t.type({ error: t.string })
const Envelope = t.type({ data: ErrorBody })
/** Seen of a key that is not well formed: no error, but a list of what failed. */
const Failures = t.type({ data: t.type({ failures: t.array(t.string) }) })

/** An answer as it came: the parsed body is `undefined` where it is no JSON. */
export type Answer = { readonly status: number; readonly headers: ToldHeaders; readonly json: unknown; readonly now: number }

type Told = { readonly error: string; readonly error_code?: unknown; readonly field_validation_errors?: unknown }

const toldIn = (json: unknown): Told | undefined => {
  if (Envelope.is(json)) return json.data
  if (ErrorBody.is(json)) return json
  const [error] = Failures.is(json) ? json.data.failures : []
  return error === undefined ? undefined : { error }
}

/** What the key has shown before, in the same run: that it works, and that it may call just this endpoint. */
export type Proof = { readonly works: boolean; readonly mayCall: boolean }

/** What was asked, as far as it helps to understand the answer. */
export type Asked = {
  readonly endpoint: string
  /** Texts of the request that the service may repeat; what stands in them says nothing of what went wrong. */
  readonly texts: ReadonlyArray<string>
  readonly proof: Proof
  /** It is a look at a subaccount, which may be refused by itself. */
  readonly looksAtSubaccount: boolean
  /** Makes the service's words fit to be shown. */
  readonly tell: (text: string) => string
}

/** What went wrong; `undefined` where the call succeeded. */
export const failureOf = (answer: Answer, asked: Asked): ApiFailure | undefined => {
  const told = toldIn(answer.json)
  if (told !== undefined) return ofTold(told, answer, asked)
  if (answer.status >= 200 && answer.status < 300) return undefined
  return ofStatus(answer, asked)
}

/** An answer that cannot be taken for what was asked for. */
export const illFormed = (message: string): ApiFailure => ({ _tag: 'IllFormed', message })

/** Time-outs and misled connections are of what stands in between, and say nothing of what was asked. */
const isTrouble = (status: number): boolean => status >= 500 || [408, 421, 425].includes(status)

type Facts = { readonly told: Told; readonly code: string; readonly text: string; readonly answer: Answer; readonly asked: Asked }
type Row = { readonly met: (facts: Facts) => boolean; readonly failure: (facts: Facts) => ApiFailure }

/** What the service says of what went wrong, by the texts that were seen. */
const PERMISSION = /permission to access this api endpoint/i
const THROTTLED = /\brate limited\b|ratelimit exceeded|too many requests/i
const TAKEN = /already (exists|in use|taken|registered)|(is|been) taken/i
const UNKNOWN = /not found|(doesn't|does not|doesn’t) exist|no such/i
/** With words of a key, these say what it may not touch, a scope or a user. */
const ACCESS = /\b(?:access|permi(?:ssions?|tted)|allowed|authori[sz]ed|subaccount)\b/i
const KEY_ITSELF = /'api_key'|\bapi user\b/i
const KEY =
  /'api_key'|\bapi user\b|\bapi[ _]?key (?:passed )?(?:is|was|has|must|does|not|missing|malformed|expired|disabled)|\b(?:invalid|unknown|missing|malformed|expired|disabled|wrong) api[ _]?key\b/i

/** The first row that is met tells what happened. Codes and fields go before texts, which may repeat what was sent. */
const ROWS: ReadonlyArray<Row> = [
  {
    met: ({ code, asked }) => isDenied(code) && !asked.proof.mayCall,
    failure: ({ asked }) => ({ _tag: 'PermissionMissing', endpoint: asked.endpoint }),
  },
  {
    met: ({ answer, code }) => answer.status === 429 || code.includes('REQ_LIMIT_EXCEEDED'),
    failure: ({ answer }) => throttled(answer),
  },
  {
    met: ({ told }) => fieldIn(told)?.name === 'api_key',
    failure: ({ told, answer, asked }) => keyRefused(answer, asked, asked.tell(fieldIn(told)?.message ?? told.error)),
  },
  {
    met: ({ told, code }) =>
      code.includes('NON_VALIDATING_IN_PAYLOAD') || (fieldIn(told) !== undefined && !code.includes('API_EXCEPTION')),
    failure: ({ told, asked }) => invalid(fieldIn(told), told.error, asked.tell),
  },
  {
    met: ({ code, text, asked }) => isDenied(code, text) && !asked.proof.mayCall,
    failure: ({ asked }) => ({ _tag: 'PermissionMissing', endpoint: asked.endpoint }),
  },
  {
    met: (facts) => facts.answer.status === 401 || isOfKey(facts),
    failure: ({ told, answer, asked }) => keyRefused(answer, asked, asked.tell(told.error)),
  },
  {
    met: ({ text }) => THROTTLED.test(text),
    failure: ({ answer }) => throttled(answer),
  },
  // A failing server may say anything, also of what it has done; only what it says of keys is believed, and the rest is for whoever reads.
  {
    met: ({ answer }) => isTrouble(answer.status),
    failure: ({ told, answer, asked }) => troubled(answer, wordsOf(fieldIn(told), told.error, asked.tell)),
  },
  {
    met: ({ told, code }) => fieldIn(told) !== undefined || isBadPayload(code),
    failure: ({ told, asked }) => invalid(fieldIn(told), told.error, asked.tell),
  },
  {
    met: (facts) => isDenied(facts.code, facts.text) || KEY.test(facts.text) || (facts.answer.status === 403 && !isOfName(facts)),
    failure: ({ told, asked }) => forbidden(asked, asked.tell(told.error)),
  },
  {
    met: ({ text }) => TAKEN.test(text),
    failure: ({ told, asked }) => ({ _tag: 'NameTaken', message: asked.tell(told.error) }),
  },
  {
    met: ({ answer, text }) => answer.status === 404 || UNKNOWN.test(text),
    failure: ({ told, asked }) => ({ _tag: 'NotFound', message: asked.tell(told.error) }),
  },
]

const isDenied = (code: string, text = ''): boolean => code.includes('ENDPOINT_PERMISSION_DENIED') || PERMISSION.test(text)

/** Whether it is the service that speaks, and not what stands before it, and of a name: whatever the status, nothing was forbidden then. */
const isOfName = ({ code, text }: Facts): boolean =>
  code.startsWith('E_ApiResponseCodes.') && (TAKEN.test(text) || UNKNOWN.test(text))

const isBadPayload = (code: string): boolean => code.includes('INVALID_IN_PAYLOAD')

/**
 * Whether the key as a whole is meant. Of one that works only what says what is wrong with the key itself: one scope or user that is refused in words of
 * keys must not stop all others.
 */
const isOfKey = ({ text, code, answer, asked }: Facts): boolean => {
  if (!asked.proof.works) return KEY.test(text) || isBadPayload(code)
  if (KEY.test(text)) return KEY_ITSELF.test(text) || !ACCESS.test(text)
  return isBadPayload(code) && answer.status === 403
}

const ofTold = (told: Told, answer: Answer, asked: Asked): ApiFailure => {
  const code = typeof told.error_code === 'string' ? told.error_code : ''
  const facts = { told, code, text: ownWords(told.error, asked.texts), answer, asked }
  return ROWS.find(({ met }) => met(facts))?.failure(facts) ?? { _tag: 'Rejected', message: asked.tell(told.error) }
}

/**
 * The words without what they repeat of the request, where that by itself reads like something that went wrong. A text that is only a word of it, or
 * is all of it, takes nothing away: a refused key must not be hidden by what somebody's description says.
 */
const ownWords = (error: string, texts: ReadonlyArray<string>): string => {
  const speaking = texts
    .flatMap((one) => [`'${one}'`, one])
    .filter((one) => [PERMISSION, THROTTLED, TAKEN, UNKNOWN, KEY].some((words) => words.test(one)))
  const rest = speaking.reduce((sum, one) => sum.replaceAll(one, ''), error)
  return /\w/.test(rest) ? rest : error
}

type Field = { readonly name: string; readonly message: string | undefined }

const invalid = (field: Field | undefined, text: string, tell: (text: string) => string): ApiFailure => ({
  _tag: 'InvalidRequest',
  field: field === undefined || tell(field.name) !== field.name ? undefined : field.name,
  message: wordsOf(field, text, tell),
})

// The text of a refused password may repeat it.
const wordsOf = (field: Field | undefined, text: string, tell: (text: string) => string): string =>
  field?.name === 'email_password' ? 'too weak for the service, or not allowed' : tell(field?.message ?? text)

// Seen as { fieldname, message }, as a list of those, and as { name: message }.
const fieldIn = ({ field_validation_errors: errors }: Told): Field | undefined => {
  const first: unknown = Array.isArray(errors) ? errors[0] : errors
  if (!t.UnknownRecord.is(first)) return undefined
  const pair = Object.entries(first).find(([, message]) => typeof message === 'string')
  const [name, message] = typeof first.fieldname === 'string' ? [first.fieldname, first.message] : (pair ?? [])
  if (name === undefined || !/^[a-z_]{1,40}$/.test(name)) return undefined
  return { name, message: typeof message === 'string' ? message : undefined }
}

const ofStatus = (answer: Answer, asked: Asked): ApiFailure => {
  const { status } = answer
  if (status === 429) return throttled(answer)
  if (status === 401) return keyRefused(answer, asked, 'HTTP 401')
  if (status === 403) return forbidden(asked, 'HTTP 403')
  if (isTrouble(status)) return troubled(answer)
  if (status === 404) return { _tag: 'NotFound', message: `HTTP 404 for ${asked.endpoint}` }
  if (status === 413)
    return { _tag: 'InvalidRequest', field: undefined, message: 'the request is larger than the service takes (1 MB)' }
  if (status >= 300 && status < 400) return REDIRECTED
  return { _tag: 'Rejected', message: `HTTP ${status} without a word` }
}

const troubled = ({ status }: Answer, message = ''): ApiFailure => ({
  _tag: 'ServerTrouble',
  status,
  ...(message === '' ? {} : { message }),
})

// A subaccount whose data is in another region is said to be answered in words of the key. Where that key was shown another scope, they are of
// the subaccount: it must not keep all others from what is due there, run after run. A change is only ever sent where a look was answered, so there
// they are of the key.
const keyRefused = (answer: Answer, { proof, looksAtSubaccount }: Asked, message: string): ApiFailure => {
  if (!(looksAtSubaccount && proof.mayCall)) return { _tag: 'KeyRefused', message }
  return isTrouble(answer.status) ? troubled(answer, message) : { _tag: 'Forbidden', message }
}

// Services say so to keys and of what is asked, and firewalls of what is sent, so that it stops everybody only where nothing shows that the key works.
const forbidden = ({ proof }: Asked, message: string): ApiFailure => ({
  _tag: proof.works ? 'Forbidden' : 'KeyRefused',
  message,
})

const throttled = ({ headers, now }: Answer): ApiFailure => ({ _tag: 'Throttled', retryAfterMs: retryAfter(headers, now) })
