// Receiving: an answer as hostile data. It is read within a size, a depth, a number of values and a deadline, is UTF-8 or nothing, and no
// library's words about it get out: they quote what they were given.
import type { ApiFailure } from '../../domain/basics/failure.ts'
import { parsedJson } from '../../domain/basics/json.ts'
import type { Work } from '../../domain/basics/work.ts'
import type { Api } from '../../domain/wanted/desired.ts'
import { E } from '../../fp.ts'
import { codeOf } from '../system.ts'
import { TOO_LARGE } from './transport.ts'

const DEEPEST = 64
/** So many characters are looked at in one step. */
const STEP = 1_000_000
// A value of a user takes some thirty characters, and in memory much the same. A small answer may be as dense as it likes.
const [FEWEST_CHARACTERS, ALWAYS_TAKEN] = [16, 1_000_000]
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The text of a body. A replaced character could make one username look like another, so what is no UTF-8 is no answer. */
export const textOf = (body: Uint8Array): E.Either<ApiFailure, string> =>
  E.tryCatch(
    () => utf8.decode(body),
    () => ill('it is not text in UTF-8'),
  )

/** What a text says as JSON; `undefined` where it is none. What is too deep or too much is a failure. */
export function* received(text: string): Work<E.Either<ApiFailure, unknown>> {
  const fault = yield* faultIn(text)
  if (fault !== undefined) return E.left(ill(fault))
  yield
  return E.right(parsedJson(text))
}

const ill = (message: string): ApiFailure => ({ _tag: 'IllFormed', message })

const [QUOTE, BACKSLASH] = ['"', '\\']
// As numbers, since a text of millions of characters is walked before anything is warm.
const [A_QUOTE, MAP_OPENS, MAP_ENDS, LIST_OPENS, LIST_ENDS, COMMA] = [0x22, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c]

/** Whether objects and lists are nested deeper, or are more, than in any answer of the service; looked at before anything is made of it. */
function* faultIn(text: string): Work<string | undefined> {
  const most = Math.max(ALWAYS_TAKEN, Math.floor(text.length / FEWEST_CHARACTERS))
  let [depth, values, next] = [0, 0, STEP]
  for (let at = 0; at < text.length; at += 1) {
    if (at > next) {
      yield
      next = at + STEP
    }
    const character = text.charCodeAt(at)
    if (character === A_QUOTE) at = endOfString(text, at)
    else if (character === MAP_ENDS || character === LIST_ENDS) depth -= 1
    else if (character === COMMA) values += 1
    else if (character === MAP_OPENS || character === LIST_OPENS) {
      depth += 1
      values += 1
    }
    if (depth > DEEPEST) return `it is nested deeper than ${DEEPEST} levels`
    if (values > most) return `it has more values than an answer of its length (${text.length} characters) may have`
  }
  return undefined
}

const endOfString = (text: string, start: number): number => {
  let end = text.indexOf(QUOTE, start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf(QUOTE, end + 1)
  return end === -1 ? text.length : end
}

const isEscaped = (text: string, at: number): boolean => {
  let before = at
  while (text[before - 1] === BACKSLASH) before -= 1
  return (at - before) % 2 === 1
}

const UNKNOWN_AUTHORITY = 'its TLS certificate is signed by an authority that is not known here'

/** Codes of errors that arise before a request has left, so that it cannot have taken effect. */
const NOT_SENT: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nobody listens there'],
  ['ENOTFOUND', 'the name is not known'],
  ['EAI_AGAIN', 'the name could not be looked up'],
  ['ENETUNREACH', 'the network is unreachable'],
  ['EHOSTUNREACH', 'the host is unreachable'],
  ['CERT_HAS_EXPIRED', 'its TLS certificate has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its TLS certificate is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its TLS certificate is self-signed'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its TLS certificate cannot be verified'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its TLS certificate is for another name'],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['CERT_UNTRUSTED', UNKNOWN_AUTHORITY],
  ['CERT_NOT_YET_VALID', 'its TLS certificate is not valid yet; check the clock of this machine'],
  ['CERT_REVOKED', 'its TLS certificate was revoked'],
  ['CERT_REJECTED', 'its TLS certificate is not good for this'],
  ['INVALID_CA', 'its TLS certificate is signed by what is no authority'],
  ['INVALID_PURPOSE', 'its TLS certificate is not good for this'],
  ['CERT_SIGNATURE_FAILURE', 'its TLS certificate has a wrong signature'],
])

/** What went wrong on the way, in our words. */
export const transportFailure = (
  thrown: unknown,
  { timeoutMs, maxAnswerBytes }: Pick<Api, 'timeoutMs' | 'maxAnswerBytes'>,
): ApiFailure => {
  if (thrown instanceof Error && thrown.name === 'TimeoutError')
    return { _tag: 'Unreachable', sent: 'perhaps', message: `the service did not answer within ${timeoutMs / 1000} s` }
  const code = codeOf(thrown)
  if (code === TOO_LARGE) return { _tag: 'IllFormed', message: `it is larger than api.max_answer (${maxAnswerBytes} bytes)` }
  const known = isOfOpen(thrown) ? undefined : NOT_SENT.get(code)
  if (known !== undefined) return { _tag: 'Unreachable', sent: 'no', message: `the service cannot be reached: ${known}` }
  return { _tag: 'Unreachable', sent: 'perhaps', message: 'the connection to the service broke' }
}

// A host may become unreachable when the request is on its way.
const isOfOpen = (thrown: unknown): boolean =>
  thrown instanceof Error && 'syscall' in thrown && (thrown.syscall === 'read' || thrown.syscall === 'write')

/** An answer that points elsewhere; following it would carry the key and passwords there. */
export const REDIRECTED: ApiFailure = { _tag: 'IllFormed', message: 'it is a redirect, which is never followed' }
