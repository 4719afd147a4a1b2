// The client: reader and writer as two values over one way to the service. It retries nothing, and lets no library text out.
import type { ApiFailure } from '../../domain/basics/failure.ts'
import type { Work } from '../../domain/basics/work.ts'
import type { Edit } from '../../domain/plan/edit.ts'
import { type LiveState, passwordsIn } from '../../domain/user/live.ts'
import { Secret } from '../../domain/user/secret.ts'
import type { Api } from '../../domain/wanted/desired.ts'
import type { Scope } from '../../domain/wanted/scope.ts'
import { E, pipe, TE } from '../../fp.ts'
import type { AccountReader, AccountWriter, Clock, EndedCall, Receipt, Wish } from '../../ports.ts'
import { answeredFor, isOfNobody } from './answered.ts'
import { callOf } from './calls.ts'
import { illFormed, type Proof } from './faults.ts'
import { type Last, readingOf } from './last.ts'
import type { Paced, Pacer } from './pace.ts'
import { hintIn } from './quota.ts'
import { transportFailure } from './receive.ts'
import { heard, saidIn } from './said.ts'
import { allSubaccounts, pageOf } from './search.ts'
import type { Confidence } from './tell.ts'
import type { Way } from './way.ts'
import type { WireRequest } from './wire.ts'
import { editRequest, liveStateOf, permissionsOf, VIEW, viewRequest } from './wire.ts'

type Options = {
  readonly way: Way
  /** Base address, up to and including `/v3`. */
  readonly url: string
  readonly key: Secret
  readonly api: Pick<Api, 'timeoutMs' | 'maxAnswerBytes'>
  readonly pacer: Pacer
  readonly clock: Pick<Clock, 'now' | 'turn' | 'inTurns'>
  /** Learns the passwords that are shown, and makes what the service says fit to be shown. */
  readonly confidence: Confidence
  /** What good answers by this connection have shown of the key, and told when an endpoint gives one. */
  readonly proof: { readonly given: (endpoint: string) => Proof; readonly give: (endpoint: string) => void }
  /** Called once for each request that goes out. */
  readonly sent: () => void
  /** Told the time of the service with each answer that has it. */
  readonly dated?: (ms: number) => void
  /** Told how long the service wants quiet; whether the next process will know. */
  readonly rested?: (askedMs: number) => Promise<boolean>
  /** Told what a person should know of answers that were taken all the same. */
  readonly notice: (oddity: Oddity) => void
  /** Called once for each request that went out and ended. */
  readonly called: (call: EndedCall) => void
  /** Wraps what an answer shows where it holds a secret. */
  readonly wrapped: (live: LiveState) => Work<LiveState>
  /** What the last good answer showed of a scope; nothing is kept unless given. */
  readonly lastView?: (scope: Scope) => Last<LiveState>
}

/** What is odd about an answer: keys that no document has, or users that were not asked for. */
export type Oddity =
  | { readonly _tag: 'UnknownKeys'; readonly names: ReadonlyArray<string> }
  | { readonly _tag: 'OtherUsers'; readonly scope: Scope; readonly asked: string; readonly names: ReadonlyArray<string> }

/** What goes with a request: how its answer is read, the secrets in it, what the run wishes. */
type Terms<A> = {
  readonly read: (answer: unknown) => Work<E.Either<ApiFailure, A>>
  readonly secrets?: ReadonlyArray<Secret>
  readonly wish?: Wish | undefined
  readonly last?: Last<A> | undefined
}
type Call = <A>(request: WireRequest, terms: Terms<A>) => TE.TaskEither<ApiFailure, A>

/** The reads of the service; has no way to write. */
export const accountReader = (options: Options): AccountReader => {
  const call = caller(options)
  return {
    list: (scope, wish) =>
      pipe(
        call(viewRequest(scope), {
          read: inShape((answer) => liveStateOf(answer, scope)),
          wish,
          last: options.lastView?.(scope),
        }),
        TE.map((live) => {
          options.confidence.keep(`view of ${scope}`, passwordsIn(live))
          if (live.unknownKeys.length > 0) options.notice({ _tag: 'UnknownKeys', names: live.unknownKeys })
          return live
        }),
        TE.chainTaskK((live) => () => options.clock.inTurns(options.wrapped(live))),
      ),
    subaccounts: (wish) => () =>
      allSubaccounts((body) =>
        call({ method: 'post', path: 'subaccounts/search', body }, { read: inShape(inOneStep(pageOf)), wish }),
      ),
    permissions: (wish) =>
      pipe(
        call({ method: 'post', path: 'api_keys/permissions', body: {} }, { read: inShape(inOneStep(permissionsOf)), wish }),
        TE.map((endpoints) => endpoints.map(options.confidence.teller([options.key]))),
      ),
  }
}

/** The writes of the service. */
export const accountWriter = (options: Options): AccountWriter => {
  const call = caller(options)
  return {
    perform: (scope: Scope, edit, wish) => {
      const secrets = edit._tag === 'Remove' ? [] : Object.values(edit.settings).filter((value) => value instanceof Secret)
      return pipe(
        call(editRequest(scope, edit), { read: taken(edit), secrets, wish }),
        TE.map((answer) => {
          const others = answeredFor(answer).filter((username) => username !== edit.username)
          if (others.length > 0) options.notice({ _tag: 'OtherUsers', scope, asked: edit.username, names: others })
          return receiptOf(answer, others, options.confidence.teller([options.key, ...secrets]))
        }),
      )
    },
  }
}

const inShape = <A>(read: (answer: unknown) => Work<E.Either<string, A>>): Terms<A>['read'] =>
  function* (answer) {
    return pipe(yield* read(answer), E.mapLeft(illFormed))
  }

/** How what is short is read. */
const inOneStep = <L, A>(read: (answer: unknown) => E.Either<L, A>) =>
  function* (answer: unknown): Work<E.Either<L, A>> {
    yield
    return read(answer)
  }

// A success that met nobody has set no password, and where a password cannot be read back nothing else would ever tell.
const taken = ({ _tag }: Edit): Terms<unknown>['read'] =>
  inOneStep((answer) =>
    (_tag === 'Patch' || _tag === 'FullEdit') && isOfNobody(answer)
      ? E.left({ _tag: 'NotFound', message: 'its answer to this edit shows no user, so it changed nobody' })
      : E.right(answer),
  )

const receiptOf = (answer: unknown, others: ReadonlyArray<string>, tell: (text: string) => string): Receipt => {
  const id = typeof answer === 'object' && answer !== null && 'request_id' in answer ? answer.request_id : undefined
  const isFit = typeof id === 'string' && /^[\w-]{1,64}$/.test(id) && tell(id) === id
  return { requestId: isFit ? id : undefined, others }
}

// What a request waits for by itself is over before the next process asks, or nearly so.
const NOTED_MS = 60_000

const caller = ({
  way,
  url,
  key,
  api,
  pacer,
  clock,
  confidence,
  proof,
  sent,
  dated,
  rested = async () => true,
  called,
}: Options): Call => {
  // A header with it would be refused with its value in the message.
  if (!key.fitsHeader)
    return () =>
      TE.left({
        _tag: 'KeyRefused',
        message: 'it has characters that no key has, such as a space or a line end; nothing was sent',
        sent: 'no',
      })
  const send = way({ url, key, mostBytes: api.maxAnswerBytes })
  return <A>(request: WireRequest, { read, secrets = [], wish, last }: Terms<A>) =>
    async (): Promise<E.Either<ApiFailure, A>> => {
      const asked = {
        endpoint: `/${request.path}`,
        texts: Object.values(request.body).filter((value) => typeof value === 'string'),
        tell: confidence.teller([key, ...secrets]),
        looksAtSubaccount: request.path === VIEW && 'subaccount_id' in request.body,
      }
      const exchanged = async (): Promise<E.Either<ApiFailure, A>> => {
        try {
          const { reading, said, hint } = await send(request, api.timeoutMs, (incoming) => {
            const now = clock.now().getTime()
            const served = Date.parse(incoming.headers.get('date') ?? '')
            if (!Number.isNaN(served)) dated?.(served)
            const reading = readingOf(incoming, { read, last })
            const said = reading.isKnown ? undefined : saidIn(incoming, { api, now })
            return { reading, said, hint: hintIn(incoming.headers, now) }
          })
          const result =
            said === undefined ? E.right(undefined) : await heard(clock, said, { ...asked, proof: proof.given(asked.endpoint) })
          if (E.isLeft(result) && result.left._tag === 'Throttled') {
            const askedMs = result.left.retryAfterMs ?? 0
            pacer.stop(askedMs)
            if (!(await rested(askedMs))) return E.left({ ...result.left, unnoted: true })
          } else if (E.isLeft(result) && result.left._tag === 'KeyRefused') pacer.close()
          else if (hint !== undefined) {
            pacer.heard(hint)
            if (hint.restMs >= NOTED_MS) await rested(hint.restMs)
          }
          // A long answer took its time already. The request is not over, so nothing that waits for it leaves meanwhile.
          await clock.turn()
          const understood = E.isLeft(result) ? result : await clock.inTurns(reading.understood(result.right))
          if (E.isRight(understood)) proof.give(asked.endpoint)
          return understood
        } catch (thrown) {
          return E.left(transportFailure(thrown, api))
        }
      }
      const paced = await pacer.request(async () => {
        sent()
        const result = await exchanged()
        // Before the request is over, so that nothing that waits leaves in between.
        wish?.heard?.(E.isLeft(result) ? result.left : undefined)
        return result
      }, wish)
      await clock.turn()
      switch (paced._tag) {
        case 'Made':
          called(callOf(request.path, E.isLeft(paced.answer) ? paced.answer.left : undefined))
          return paced.answer
        case 'Refused':
          return E.left(heldBack(paced))
        case 'Unwanted':
          return E.left({ _tag: 'Unreachable', message: 'stopped before this request left', sent: 'no' })
      }
    }
}

const heldBack = ({ why, forMs }: Extract<Paced<unknown>, { readonly _tag: 'Refused' }>): ApiFailure =>
  why === 'throttled'
    ? { _tag: 'Throttled', retryAfterMs: forMs, sent: 'no' }
    : {
        _tag: 'KeyRefused',
        message: `it said so a moment ago, and nothing was sent for ${Math.ceil(forMs / 1000)} s more`,
        sent: 'no',
      }
