// The client: reader and writer as two values over one ky instance. It retries nothing, follows no redirect, and lets no library text out.
import ky from 'ky'
import type { Api } from '../../domain/desired.ts'
import type { ApiFailure } from '../../domain/failure.ts'
import type { Scope } from '../../domain/scope.ts'
import { Secret } from '../../domain/secret.ts'
import { E, pipe, TE } from '../../fp.ts'
import type { AccountReader, AccountWriter, Receipt, Subaccount } from '../../ports.ts'
import { failureOf } from './faults.ts'
import type { Pacer } from './pace.ts'
import { redactor } from './redact.ts'
import type { WireRequest } from './wire.ts'
import { editRequest, liveStateOf, permissionsOf, subaccountsOf, viewRequest } from './wire.ts'

type Options = {
  /** Base address, up to and including `/v3`. */
  readonly url: string
  readonly key: Secret
  readonly api: Pick<Api, 'timeoutMs' | 'maxAnswerBytes'>
  readonly pacer: Pacer
  /** Called once for each request that goes out. */
  readonly sent: () => void
}

type Call = (request: WireRequest, secrets: ReadonlyArray<Secret>, signal?: AbortSignal) => TE.TaskEither<ApiFailure, unknown>

const LEAST_PAUSE_MS = 60_000
const MAX_PAGES = 1000

/** The reads of the service; has no way to write. */
export const accountReader = (options: Options): AccountReader => {
  const call = caller(options)
  return {
    list: (scope) =>
      pipe(
        call(viewRequest(scope), []),
        TE.chain((answer) => decoded(liveStateOf(answer, scope))),
      ),
    subaccounts: () => () => allSubaccounts(call),
    permissions: () =>
      pipe(
        call({ method: 'post', path: 'api_keys/permissions', body: {} }, []),
        TE.chain((answer) => decoded(permissionsOf(answer))),
      ),
  }
}

/** The writes of the service. */
export const accountWriter = (options: Options): AccountWriter => {
  const call = caller(options)
  return {
    perform: (scope: Scope, edit, signal) => {
      const secrets = edit._tag === 'Remove' ? [] : Object.values(edit.settings).filter((value) => value instanceof Secret)
      return pipe(call(editRequest(scope, edit), secrets, signal), TE.map(receiptOf))
    },
  }
}

const decoded = <A>(result: E.Either<string, A>): TE.TaskEither<ApiFailure, A> =>
  TE.fromEither(
    pipe(
      result,
      E.mapLeft((message): ApiFailure => ({ _tag: 'IllFormed', message })),
    ),
  )

const receiptOf = (answer: unknown): Receipt => {
  const id = typeof answer === 'object' && answer !== null && 'request_id' in answer ? answer.request_id : undefined
  return { requestId: typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : undefined }
}

const allSubaccounts = async (call: Call): Promise<E.Either<ApiFailure, ReadonlyArray<Subaccount>>> => {
  const all: Array<Subaccount> = []
  let next: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const body = { states: 'active', page_size: 100, ...(next === undefined ? {} : { continue_token: next }) }
    const answer = await pipe(
      call({ method: 'post', path: 'subaccounts/search', body }, []),
      TE.chain((json) => decoded(subaccountsOf(json))),
    )()
    if (E.isLeft(answer)) return answer
    all.push(...answer.right.found)
    next = answer.right.next
    if (next === undefined) return E.right(all)
  }
  return E.left({ _tag: 'IllFormed', message: `subaccounts/search did not end after ${MAX_PAGES} pages` })
}

const caller = ({ url, key, api, pacer, sent }: Options): Call => {
  const http = ky.create({
    prefixUrl: url,
    headers: { 'X-Smtp2go-Api-Key': key.reveal() },
    retry: 0,
    timeout: false,
    redirect: 'error',
    throwHttpErrors: false,
  })
  return (request, secrets, stopped) => async () => {
    const tell = teller([key, ...secrets])
    const result = await pacer.request(async (): Promise<E.Either<ApiFailure, unknown>> => {
      sent()
      try {
        const signal = AbortSignal.timeout(api.timeoutMs)
        const response = await http(request.path, { method: request.method, json: request.body, signal })
        const text = await bounded(response, api.maxAnswerBytes)
        if (text === undefined)
          return E.left({ _tag: 'IllFormed', message: `the answer is larger than api.max_answer (${api.maxAnswerBytes} bytes)` })
        return answered({ status: response.status, headers: response.headers, text }, `/${request.path}`, tell)
      } catch (thrown) {
        return E.left(transportFailure(thrown, api.timeoutMs))
      }
    }, stopped)
    if (result === undefined && stopped?.aborted === true)
      return E.left({ _tag: 'Unreachable', sent: 'no', message: 'stopped before this request' })
    if (result === undefined) return E.left({ _tag: 'Throttled', retryAfterMs: undefined })
    if (E.isLeft(result) && result.left._tag === 'Throttled')
      pacer.stopUntil(Date.now() + Math.max(LEAST_PAUSE_MS, result.left.retryAfterMs ?? 0))
    return result
  }
}

type Received = { readonly status: number; readonly headers: Headers; readonly text: string }

const answered = (
  { status, headers, text }: Received,
  endpoint: string,
  tell: (text: string) => string,
): E.Either<ApiFailure, unknown> => {
  const json = parsed(text)
  const failure = failureOf({ status, headers, json }, endpoint, tell)
  if (failure !== undefined) return E.left(failure)
  return json === undefined
    ? E.left({ _tag: 'IllFormed', message: `${endpoint} answered ${text === '' ? 'nothing' : 'something that is not JSON'}` })
    : E.right(json)
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The text of an answer, or `undefined` where it is larger than allowed, however it was compressed. */
const bounded = async (response: Response, most: number): Promise<string | undefined> => {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  let [size, text] = [0, '']
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > most) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** The service's words made fit to be shown: without what we sent in confidence, in one line, not endless. */
const teller =
  (secrets: ReadonlyArray<Secret>) =>
  (text: string): string => {
    const clean = redactor(secrets.map((secret) => secret.reveal()))(text.slice(0, LONGEST_WORDS))
    return clean.replace(/\s+/g, ' ').slice(0, 300)
  }

const LONGEST_WORDS = 10_000

/** Codes of errors that arise before a request has left, so that it cannot have taken effect. */
const NOT_SENT: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nobody listens there'],
  ['ENOTFOUND', 'the name is not known'],
  ['EAI_AGAIN', 'the name could not be looked up'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection in time'],
  ['ENETUNREACH', 'the network is unreachable'],
  ['EHOSTUNREACH', 'the host is unreachable'],
  ['CERT_HAS_EXPIRED', 'its TLS certificate has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its TLS certificate is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its TLS certificate is self-signed'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its TLS certificate cannot be verified'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its TLS certificate is for another name'],
])

const transportFailure = (thrown: unknown, timeoutMs: number): ApiFailure => {
  if (thrown instanceof Error && thrown.name === 'TimeoutError')
    return { _tag: 'Unreachable', sent: 'perhaps', message: `the service did not answer within ${timeoutMs / 1000} s` }
  const cause = thrown instanceof Error ? thrown.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const known = NOT_SENT.get(code)
  if (known !== undefined) return { _tag: 'Unreachable', sent: 'no', message: `the service cannot be reached: ${known}` }
  if (cause instanceof Error && /redirect/i.test(cause.message))
    return { _tag: 'IllFormed', message: 'the service answered with a redirect, which is never followed' }
  return { _tag: 'Unreachable', sent: 'perhaps', message: 'the connection to the service broke' }
}
