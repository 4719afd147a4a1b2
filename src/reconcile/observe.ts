// Stations 6 and 7: what the service shows now and what the ledger remembers. One view per scope, matched by exact names.
import { disbelief, letIn, vouchedNames } from '../domain/believe.ts'
import type { Breaker } from '../domain/breaker.ts'
import { afterAnswer, closed } from '../domain/breaker.ts'
import type { DesiredState } from '../domain/desired.ts'
import type { ApiFailure, Failure } from '../domain/failure.ts'
import { concerns, describe, neverLeft } from '../domain/failure.ts'
import type { Ledger } from '../domain/ledger.ts'
import type { LiveState } from '../domain/live.ts'
import { type KeyTrial, type Pause, pauseOf, refusalsOf } from '../domain/pause.ts'
import type { ScopeError, ScopeErrorKind } from '../domain/plan.ts'
import type { Observed } from '../domain/planning.ts'
import { isAsked } from '../domain/planning.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../domain/scope.ts'
import { afterLooks, MOST_REFUSED, tourOf } from '../domain/shut.ts'
import { covered, noneOf, rememberedIn, type Search, searchState } from '../domain/subaccount.ts'
import type { Undo } from '../domain/undo.ts'
import { E, pipe, TE } from '../fp.ts'
import type { AccountReader, Clock, Connect, Connection, Crypto, Ledgers, Tell } from '../ports.ts'
import { inPool } from './pool.ts'

export type ObservePorts = {
  readonly connect: Connect<AccountReader>
  readonly ledgers: Pick<Ledgers, 'read'>
  readonly clock: Clock
  readonly crypto: Crypto
  readonly tell: Tell
}

export type Sight<A extends AccountReader> = {
  readonly connection: Connection<A>
  readonly ledger: Ledger
  /** The desired state with the scopes that the search for subaccounts found. */
  readonly desired: DesiredState
  /** What that search came to; `undefined` where none was asked for. */
  readonly search: Search | undefined
  readonly observed: ReadonlyMap<Scope, Observed>
  readonly shut: Ledger['shut']
  /** The names in the answers that wait for a person's word. */
  readonly doubts: ReadonlyMap<Scope, ReadonlyArray<string>>
  /** How the key fared, for what follows. */
  readonly breaker: Breaker
  readonly trial: KeyTrial
  /** Why nothing was sent; `undefined` where something was. */
  readonly paused: Pause | undefined
}

type Ask = {
  readonly scopes: ReadonlySet<Scope> | undefined
  readonly undo?: Undo | undefined
  readonly person: boolean
  readonly atOnce?: boolean | undefined
  /** Aborted when nobody waits for the plan any more. */
  readonly signal?: AbortSignal | undefined
}

/** Looks at the scopes of the config, each once. */
export const observe = <A extends AccountReader>(
  ports: Omit<ObservePorts, 'connect'> & { readonly connect: Connect<A> },
  desired: DesiredState,
  ask: Ask,
): TE.TaskEither<Failure, Sight<A>> =>
  pipe(
    TE.Do,
    TE.bind('connection', () => ports.connect(desired.api)),
    TE.bind('ledger', () => ports.ledgers.read()),
    TE.chain(({ connection, ledger }) => TE.fromTask(() => look(ports, connection, ledger, desired, ask))),
    TE.chain((sight) => {
      const message = noneOf(ask.scopes, sight.desired, sight.search)
      return message === undefined ? TE.right(sight) : TE.left({ _tag: 'WrongUsage', message })
    }),
  )

type Seen = { readonly scope: Scope; readonly observed: Observed }

// The first scope is looked at alone: a key or a service in trouble is met by one request, not by as many as are allowed at once.
const look = async <A extends AccountReader>(
  { clock, tell }: Pick<ObservePorts, 'clock' | 'tell'>,
  connection: Connection<A>,
  ledger: Ledger,
  desired: DesiredState,
  ask: Ask,
): Promise<Sight<A>> => {
  const now = clock.now().getTime()
  const atOnce = ask.person || ask.atOnce === true
  const paused = pauseOf(ledger, connection.keyPrint, now, atOnce)
  if (atOnce) connection.reopen()
  const over = new AbortController()
  const stop = whenAborted(ask.signal, over.signal)
  /** Aborted when nothing more may leave: what waits for its turn then stays. */
  const halt = new AbortController()
  void stop.then(() => halt.abort('stopped'))
  let breaker = closed
  const keyFailures: Array<ApiFailure> = []
  const refused = new Map<Scope, string>()
  let worked = false
  let done = 0
  let due = 0
  const unseen = (scope: Scope, error: ScopeError): Seen => ({ scope, observed: { _tag: 'Unseen', error } })
  const unasked = (scope: Scope, error: ScopeError): Seen => ({ scope, observed: { _tag: 'Unseen', error, unasked: true } })
  const unreached = (scope: Scope): Seen | undefined => {
    if (paused !== undefined)
      return unasked(scope, { kind: paused.why === 'refused' ? 'refused' : 'throttled', message: paused.message })
    if (ask.signal?.aborted === true) return unasked(scope, STOPPED)
    if (breaker.tripped === undefined) return undefined
    const [first] = keyFailures
    return unasked(scope, { kind: first === undefined ? 'unreachable' : kindOf(first), message: breaker.tripped })
  }
  const heard = (failure: ApiFailure | undefined): void => {
    breaker = afterAnswer(breaker, failure)
    if (breaker.tripped !== undefined) halt.abort('tripped')
  }
  const doubts = new Map<Scope, ReadonlyArray<string>>()
  const wordOn = (scope: Scope) => ({ vouched: ledger.believed.get(scope), origin: connection.origin, now })
  const waits = ({ scope, users }: LiveState): void => {
    doubts.set(
      scope,
      users.map(({ username }) => username),
    )
  }
  const doubtOf = (live: LiveState): ScopeError | undefined => {
    const doubt = disbelief({ ...wordOn(live.scope), live, memory: ledger.scopes.get(live.scope) })
    if (doubt !== undefined) waits(live)
    return doubt
  }
  const searchAll = async (): Promise<Search> => {
    // A key that may not search may still do everything else.
    const isOwn = (failure: ApiFailure | undefined): boolean => failure?._tag === 'PermissionMissing'
    const wish = {
      signal: halt.signal,
      heard: (failure: ApiFailure | undefined) => (isOwn(failure) ? undefined : heard(failure)),
    }
    const answer = await Promise.race([connection.accounts.subaccounts(wish)(), stop])
    if (answer === undefined) return { _tag: 'Unseen', error: STOPPED }
    if (E.isLeft(answer)) {
      if (neverLeft(answer.left) && concerns(answer.left) === 'key') heard(answer.left)
      if (concerns(answer.left) === 'key' && !isOwn(answer.left)) keyFailures.push(answer.left)
      const message = `the subaccounts could not be searched for, so those that are listed or remembered go on: ${describe(answer.left)}`
      return { _tag: 'Unseen', error: { kind: kindOf(answer.left), message } }
    }
    worked = true
    const shown = new Set(answer.right.map(({ id }) => id))
    const state = searchState([...shown])
    const doubt = doubtOf(state)
    if (doubt !== undefined) return { _tag: 'Unseen', error: doubt }
    const word = vouchedNames(wordOn(ALL_SUBACCOUNTS))
    const missing = rememberedIn(ledger).filter((id) => !shown.has(id) && word?.includes(id) !== false)
    if (missing.length > 0) waits(state)
    return { _tag: 'Found', subaccounts: answer.right, missing }
  }
  const lookAt = async (scope: Scope): Promise<Seen> => {
    const answer = await Promise.race([connection.accounts.list(scope, { signal: halt.signal, heard })(), stop])
    if (answer === undefined) return unseen(scope, STOPPED)
    if (E.isLeft(answer)) {
      if (neverLeft(answer.left) && concerns(answer.left) === 'key') heard(answer.left)
      else if (neverLeft(answer.left) && breaker.tripped !== undefined) return unreached(scope) ?? unasked(scope, STOPPED)
      const error: ScopeError = { kind: kindOf(answer.left), message: describe(answer.left) }
      if (concerns(answer.left) === 'key') keyFailures.push(answer.left)
      if (concerns(answer.left) === 'user') refused.set(scope, error.message)
      return unseen(scope, error)
    }
    worked = true
    const doubt = doubtOf(answer.right)
    return doubt === undefined ? { scope, observed: { _tag: 'Seen', live: answer.right } } : unseen(scope, doubt)
  }
  const lookTelling = async (scope: Scope): Promise<Seen> => {
    const one = await lookAt(scope)
    done += 1
    tell({ _tag: 'ScopeSeen', scope, done, due })
    return one
  }
  const search = isSearchAsked(desired, ask) ? (searchRefused(unreached(ALL_SUBACCOUNTS)) ?? (await searchAll())) : undefined
  const whole = covered(desired, search, ledger)
  const scopes = whole.scopes.map(({ scope }) => scope)
  const asked = scopes.filter((scope) => isAsked(ask, scope))
  const { origin } = connection
  const turn = refusalsOf(ledger, connection.keyPrint)
  const { open, waiting } = tourOf(asked, ledger.shut, { origin, all: ask.person && ask.scopes !== undefined, turn })
  due = asked.length
  const left = (scope: Scope): Seen | undefined => {
    const error = waiting.get(scope)
    return error === undefined || [...waiting.keys()].filter((one) => refused.has(one)).length < MOST_REFUSED
      ? undefined
      : unasked(scope, error)
  }
  const stopped = (scope: Scope): Seen | undefined => unreached(scope) ?? left(scope)
  const inTurn = (items: ReadonlyArray<Scope>, width: number) => inPool({ items, width, stopped, work: lookTelling })
  const seen = [
    ...(await inTurn(open.slice(0, 1), 1)),
    ...(await inTurn(open.slice(1), desired.api.concurrency)),
    ...(await inTurn([...waiting.keys()], 1)),
  ]
  over.abort('over')
  const observed = new Map(seen.map((one) => [one.scope, one.observed]))
  const shown = new Set(asked.filter((scope) => observed.get(scope)?._tag === 'Seen'))
  return {
    connection,
    ledger: letIn(ledger, { observed, origin, now }),
    desired: whole,
    search,
    doubts,
    breaker,
    trial: { failures: keyFailures, worked },
    paused,
    observed,
    shut: afterLooks(ledger.shut, { scopes, refused, shown, origin, now }),
  }
}

/** Where only listed scopes are asked for, nobody need search. */
const isSearchAsked = ({ coverage, scopes }: DesiredState, { scopes: only, undo }: Ask): boolean => {
  if (coverage === undefined) return false
  const asked = undo === undefined ? only : new Set(undo.deeds.map(({ scope }) => scope))
  return asked === undefined || [...asked].some((scope) => !scopes.some((one) => one.scope === scope))
}

const searchRefused = (seen: Seen | undefined): Search | undefined =>
  seen?.observed._tag === 'Unseen' ? { _tag: 'Unseen', error: seen.observed.error, unasked: true } : undefined

const STOPPED: ScopeError = { kind: 'unreachable', message: 'stopped before this scope was seen', stopped: true }

const whenAborted = (signal: AbortSignal | undefined, over: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) resolve(undefined)
    else signal?.addEventListener('abort', () => resolve(undefined), { once: true, signal: over })
  })

const kindOf = (failure: ApiFailure): ScopeErrorKind => {
  switch (failure._tag) {
    case 'Throttled':
      return 'throttled'
    case 'KeyRefused':
    case 'PermissionMissing':
    case 'InvalidRequest':
    case 'NameTaken':
    case 'NotFound':
    case 'Rejected':
    case 'Forbidden':
      return 'refused'
    case 'ServerTrouble':
    case 'Unreachable':
      return 'unreachable'
    case 'IllFormed':
      return 'ill_formed'
  }
}
