// Said: from the bytes of an answer to what it comes to. Its text is taken at once, since the bytes are not ours for long; what a long text says is
// worked out in steps.
import type { ApiFailure } from '../../domain/basics/failure.ts'
import { atOnce, type Work } from '../../domain/basics/work.ts'
import type { Api } from '../../domain/wanted/desired.ts'
import { E, pipe } from '../../fp.ts'
import type { Clock } from '../../ports.ts'
import { type Asked, failureOf, illFormed } from './faults.ts'
import { received, textOf, transportFailure } from './receive.ts'
import type { Incoming } from './transport.ts'

/** What was said, as text, or why it is none. */
type Said = Pick<Incoming, 'status' | 'headers'> & {
  readonly text: E.Either<ApiFailure, string>
  readonly isCutOff: boolean
  readonly now: number
}

/** What an answer says. */
export const saidIn = (
  { status, headers, body }: Incoming,
  { api, now }: { readonly api: Pick<Api, 'timeoutMs' | 'maxAnswerBytes'>; readonly now: number },
): Said => ({
  status,
  headers,
  text: pipe(
    body,
    E.mapLeft((thrown) => transportFailure(thrown, api)),
    E.chain(textOf),
  ),
  isCutOff: E.isLeft(body),
  now,
})

/** What it comes to. */
export const heard = async (
  { inTurns }: Pick<Clock, 'inTurns'>,
  said: Said,
  asked: Asked,
): Promise<E.Either<ApiFailure, unknown>> => (isLong(said) ? inTurns(answered(said, asked)) : atOnce(answered(said, asked)))

/** What an answer comes to. A status that refuses stands whatever its body is: gateways send pages in any encoding, packed, or cut off. */
function* answered({ status, headers, text, isCutOff, now }: Said, asked: Asked): Work<E.Either<ApiFailure, unknown>> {
  const json = E.isLeft(text) ? text : yield* received(text.right)
  const failure = failureOf({ status, headers, json: E.isRight(json) ? json.right : undefined, now }, asked)
  if (failure === undefined) return pipe(json, E.chain(inJson(asked.endpoint)))
  // A refusal whose words were lost on the way may have been of anything, unless its status tells.
  return isCutOff && failure._tag === 'Rejected' ? json : E.left(failure)
}

// A list of users is long; what refuses is not, and until it is heard nothing else may leave.
const LONG = 1_000_000
const isLong = ({ status, text }: Said): boolean => status === 200 && E.isRight(text) && text.right.length > LONG

const inJson =
  (endpoint: string) =>
  (json: unknown): E.Either<ApiFailure, unknown> =>
    json === undefined ? E.left(illFormed(`${endpoint} answered nothing, or something that is not JSON`)) : E.right(json)
