// Connecting: from what the config says of the service to a connection. One pacer a key lives as long as the process, so that runs that
// follow each other share one window, also where the config changes its pace in between.
import { createHash } from 'node:crypto'
import type { Failure } from '../../domain/basics/failure.ts'
import { isLoopback } from '../../domain/basics/loopback.ts'
import { asStandIn } from '../../domain/basics/origin.ts'
import type { LiveState } from '../../domain/user/live.ts'
import { Secret } from '../../domain/user/secret.ts'
import type { Asked } from '../../domain/wanted/declared.ts'
import type { Api } from '../../domain/wanted/desired.ts'
import type { Scope } from '../../domain/wanted/scope.ts'
import { pipe, TE } from '../../fp.ts'
import type { AccountReader, Accounts, Clock, Connect, Connection, EndedCall, Rests } from '../../ports.ts'
import { accountReader, accountWriter, type Oddity } from './client.ts'
import type { Last } from './last.ts'
import type { Pacer } from './pace.ts'
import { pacer } from './pace.ts'
import type { Confidence } from './tell.ts'
import { wrapping } from './typed.ts'
import { network, type Way } from './way.ts'

type Options = {
  readonly clock: Clock
  readonly confidence: Confidence
  /** The address of the embedded stand-in, which is started or joined for it. */
  readonly sandbox: () => TE.TaskEither<Failure, string>
  /** Told in words what is odd about answers; the same only once a process. */
  readonly notice: (message: string) => void
  /** Told of each call that ended, for those who count. */
  readonly called?: (call: EndedCall) => void
  /** Told where the service wants quiet of a key, and for how long; whether the next process will know. */
  readonly rested?: Rests['note']
  /** How requests reach the service; over the network unless given. */
  readonly way?: Way
}

/** Connections for reading only, and for both. */
export type Connector = { readonly reader: Connect<AccountReader>; readonly accounts: Connect<Accounts> }

// Well-formed, and known to be no key of anybody: the stand-in takes any key of this form. With a word in it, whatever the stand-in says with
// that word would be withheld as a part of a secret.
const SANDBOX_KEY = new Secret('api-Q7ZK2XW9V4MB8RTH6NPD3GJC5LFS0YQ7')

const NONE: ReadonlyArray<Secret> = []

/** Makes connections. */
export const connector = ({
  clock,
  confidence,
  sandbox,
  notice,
  called = () => undefined,
  rested,
  way = network,
}: Options): Connector => {
  const told = new Set<string>()
  const pacers = new Map<string, Pacer>()
  const views = new Map<string, Last<LiveState>>()
  const lastView = (whose: string, scope: Scope): Last<LiveState> => {
    const name = `${whose} ${scope}`
    const last = views.get(name) ?? {}
    views.set(name, last)
    return last
  }
  const wrap = wrapping()
  let requests = 0
  const reach = <A extends AccountReader>(
    api: Asked,
    accountsOf: (options: Parameters<typeof accountReader>[0]) => A,
  ): TE.TaskEither<Failure, Connection<A>> =>
    pipe(
      api.endpoint._tag === 'Sandbox' ? sandbox() : TE.right<Failure, string>(api.endpoint.url),
      TE.map((url) => {
        const key = api.key ?? SANDBOX_KEY
        const keyPrint = printOfKey(key)
        const pace = pacers.get(keyPrint) ?? pacer(clock, api)
        pace.tune(api)
        pacers.set(keyPrint, pace)
        const before = requests
        const origin = originOf(api, keyPrint, url)
        let aheadMs: number | undefined
        const answered = new Set<string>()
        const dated = (served: number): void => {
          aheadMs = clock.now().getTime() - served
        }
        const sent = (): void => {
          requests += 1
        }
        return {
          accounts: accountsOf({
            way,
            url,
            key,
            api,
            pacer: pace,
            clock,
            confidence,
            wrapped: (live) => wrap(live, api.declared ?? NONE),
            proof: {
              given: (endpoint) => ({ works: answered.size > 0, mayCall: answered.has(endpoint) }),
              give: (endpoint) => void answered.add(endpoint),
            },
            sent,
            dated,
            ...(rested === undefined ? {} : { rested: (askedMs) => rested(keyPrint, askedMs) }),
            called,
            lastView: (scope) => lastView(origin, scope),
            notice: (oddity) => noticed(oddity, told, { notice, tell: confidence.teller([key]) }),
          }),
          keyPrint,
          origin,
          requests: () => requests - before,
          reopen: pace.reopen,
          aheadMs: () => aheadMs,
        }
      }),
    )
  return {
    reader: (api) => reach(api, accountReader),
    accounts: (api) => reach(api, (options) => ({ ...accountReader(options), ...accountWriter(options) })),
  }
}

const originOf = ({ endpoint }: Api, keyPrint: string, url: string): string => {
  // The embedded stand-in may listen on another port each time and is still the same service.
  const isEmbedded = endpoint._tag === 'Sandbox'
  const origin = print(`origin ${keyPrint} ${isEmbedded ? 'sandbox' : url}`)
  return isEmbedded || isLoopback(new URL(url).hostname) ? asStandIn(origin) : origin
}

const MOST_TOLD = 100

type Voice = { readonly notice: (message: string) => void; readonly tell: (text: string) => string }

/** Tells a new key of answers once, by its name and never with a value; and every time that a write met others than it meant. */
const noticed = (oddity: Oddity, told: Set<string>, { notice, tell }: Voice): void => {
  const shown = (names: ReadonlyArray<string>): string => names.map((name) => shownName(tell(name))).join(', ')
  switch (oddity._tag) {
    case 'UnknownKeys': {
      const fresh = oddity.names.filter((name) => !told.has(name)).slice(0, MOST_TOLD - told.size)
      for (const name of fresh) told.add(name)
      if (fresh.length > 0) notice(`the service shows ${shown(fresh)}, which this version does not know; it is left alone`)
      return
    }
    case 'OtherUsers':
      notice(
        `${oddity.scope}: the service says that the change of ${shownName(oddity.asked)} also met ${shown(oddity.names.slice(0, MOST_TOLD))}; look at them`,
      )
  }
}

// Names of answers are somebody else's text: quoted unless plain.
const shownName = (name: string): string => (/^[\w.@-]{1,100}$/.test(name) ? name : JSON.stringify(name.slice(0, 100)))

/** Print of the key that a lock is taken for; `undefined` with the embedded stand-in, which every state directory has for itself. */
export const lockPrint = (api: Api): string | undefined =>
  api.endpoint._tag === 'Sandbox' || api.key === undefined ? undefined : printOfKey(api.key)

const printOfKey = (key: Secret): string => print(`key ${key.reveal()}`)

const print = (text: string): string => createHash('sha256').update(`smtp2go-reconciler ${text}`).digest('hex').slice(0, 32)
