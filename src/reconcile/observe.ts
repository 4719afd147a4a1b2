// Stations 6 and 7: what the service shows now and what the ledger remembers. One view per scope, matched by exact names.
import { disbelief } from '../domain/believe.ts'
import type { Breaker } from '../domain/breaker.ts'
import { afterAnswer, closed } from '../domain/breaker.ts'
import type { DesiredState } from '../domain/desired.ts'
import type { ApiFailure, Failure } from '../domain/failure.ts'
import { describe } from '../domain/failure.ts'
import type { Approval, Ledger } from '../domain/ledger.ts'
import { pauseAfter, pausedBy, pauseOfForgotten } from '../domain/pause.ts'
import type { ScopeError, ScopeErrorKind } from '../domain/plan.ts'
import type { Observed } from '../domain/planning.ts'
import type { Scope } from '../domain/scope.ts'
import { E, pipe, TE } from '../fp.ts'
import type { AccountReader, Clock, Connect, Connection, Crypto, Ledgers } from '../ports.ts'
import { inPool } from './pool.ts'

export type ObservePorts = {
  readonly connect: Connect<AccountReader>
  readonly ledgers: Pick<Ledgers, 'read'>
  readonly clock: Clock
  readonly crypto: Crypto
}

export type Sight<A extends AccountReader> = {
  readonly connection: Connection<A>
  readonly ledger: Ledger
  readonly observed: ReadonlyMap<Scope, Observed>
  /** How the key fared, for what follows. */
  readonly breaker: Breaker
}

type Ask = {
  readonly scope: Scope | undefined
  readonly person: boolean
  /** Approvals given since the last run. */
  readonly approvals: ReadonlyArray<Approval>
  /** Scopes whose live answer a person vouched for since the last run, until when. */
  readonly vouched: ReadonlyMap<Scope, number>
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
    TE.bind('ledger', () =>
      pipe(
        ports.ledgers.read(),
        TE.map((ledger) => ({
          ...ledger,
          approvals: [...ledger.approvals, ...ask.approvals],
          believed: new Map([...ledger.believed, ...ask.vouched]),
        })),
      ),
    ),
    TE.chain(({ connection, ledger }) => TE.fromTask(() => look(ports, connection, ledger, desired, ask))),
  )

type Seen = { readonly scope: Scope; readonly observed: Observed }

const look = async <A extends AccountReader>(
  ports: Pick<ObservePorts, 'clock' | 'crypto'>,
  connection: Connection<A>,
  ledger: Ledger,
  desired: DesiredState,
  ask: Ask,
): Promise<Sight<A>> => {
  const now = ports.clock.now().getTime()
  const memory = ledger.forgottenAt === undefined ? ledger.keys.get(connection.keyPrint) : pauseOfForgotten(ledger.forgottenAt)
  const paused = pausedBy(memory, now, ask.person)
  const scopes = desired.scopes.map(({ scope }) => scope).filter((scope) => ask.scope === undefined || scope === ask.scope)
  let breaker = closed
  let failure: ApiFailure | undefined
  const unseen = (scope: Scope, error: ScopeError): Seen => ({ scope, observed: { _tag: 'Unseen', error } })
  const seen = await inPool({
    items: scopes,
    width: desired.api.concurrency,
    stopped: (scope): Seen | undefined =>
      paused !== undefined
        ? unseen(scope, { kind: 'throttled', message: paused })
        : breaker.tripped === undefined
          ? undefined
          : unseen(scope, { kind: failure === undefined ? 'unreachable' : kindOf(failure), message: breaker.tripped }),
    work: async (scope): Promise<Seen> => {
      const answer = await connection.accounts.list(scope)()
      breaker = afterAnswer(breaker, E.isLeft(answer) ? answer.left : undefined)
      if (E.isLeft(answer)) {
        failure = answer.left
        return unseen(scope, { kind: kindOf(answer.left), message: describe(answer.left) })
      }
      const facts = {
        live: answer.right,
        memory: ledger.scopes.get(scope),
        origin: connection.origin,
        vouchedUntil: ledger.believed.get(scope) ?? 0,
        now,
      }
      const doubt = disbelief(facts)
      return doubt === undefined ? { scope, observed: { _tag: 'Seen', live: answer.right } } : unseen(scope, doubt)
    },
  })
  const ledgerNow =
    paused === undefined
      ? withPause(ledger, connection.keyPrint, failure, now, ports.crypto.random())
      : { ...ledger, keys: new Map(memory === undefined ? ledger.keys : [...ledger.keys, [connection.keyPrint, memory]]) }
  return { connection, ledger: ledgerNow, breaker, observed: new Map(seen.map(({ scope, observed }) => [scope, observed])) }
}

/** The ledger with the pause that a failure asks for, or without one where the key worked. */
export const withPause = (
  ledger: Ledger,
  keyPrint: string,
  failure: ApiFailure | undefined,
  now: number,
  random: number,
): Ledger => {
  const keys = new Map(ledger.keys)
  const pause = failure === undefined ? undefined : pauseAfter(keys.get(keyPrint), failure, now, random)
  if (pause !== undefined) keys.set(keyPrint, pause)
  else if (failure === undefined) keys.delete(keyPrint)
  return { ...ledger, keys }
}

const kindOf = (failure: ApiFailure): ScopeErrorKind => {
  switch (failure._tag) {
    case 'Throttled':
      return 'throttled'
    case 'KeyRefused':
    case 'PermissionMissing':
    case 'InvalidRequest':
    case 'Rejected':
      return 'refused'
    case 'ServerTrouble':
    case 'Unreachable':
      return 'unreachable'
    case 'IllFormed':
      return 'ill_formed'
  }
}
