// Observing: what the service shows now and what the ledger remembers. One view per scope, matched by exact names.
import type { Failure } from '../domain/basics/failure.ts'
import { letIn } from '../domain/guards/believe.ts'
import type { Ledger } from '../domain/memory/ledger.ts'
import { type Pause, pauseOf } from '../domain/memory/pause.ts'
import { afterLooks, MOST_REFUSED, tourOf, type Unshown } from '../domain/memory/shut.ts'
import type { ScopeError } from '../domain/plan/plan.ts'
import type { Observed, PlanAsk } from '../domain/planning/planning.ts'
import { isAsked } from '../domain/planning/planning.ts'
import { askedAs } from '../domain/wanted/declared.ts'
import type { DesiredState } from '../domain/wanted/desired.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../domain/wanted/scope.ts'
import { covered, noneOf, type Search } from '../domain/wanted/subaccount.ts'
import { pipe, TE } from '../fp.ts'
import type { AccountReader, Clock, Connect, Connection, Crypto, Ledgers, Tell } from '../ports.ts'
import { whenAborted } from './aborted.ts'
import { type Course, newCourse } from './course.ts'
import { type Looking, lookAt, type Searched, type Seen, STOPPED, searchAll, type Unseen, unasked, unreached } from './look.ts'
import { inPool } from './pool.ts'

export type ObservePorts<A extends AccountReader = AccountReader> = {
  readonly connect: Connect<A>
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
  readonly course: Course
  /** Whether the key was given an answer. */
  readonly worked: boolean
  /** Why nothing was sent; `undefined` where something was. */
  readonly paused: Pause | undefined
}

/** What is asked of a look. */
export type LookAsk = Pick<PlanAsk, 'scopes' | 'undo' | 'person'> & {
  /** A person asks for it now: what they need not wait for is not waited for. */
  readonly atOnce?: boolean | undefined
  /** The options with which a quoted command finds us. */
  readonly reachedBy?: string | undefined
  /** Aborted when nobody waits for the plan any more. */
  readonly signal?: AbortSignal | undefined
  /** Aborted when an emergency stop waits: nothing more is looked at, and no new change starts. What is in flight is awaited. */
  readonly givesWay?: AbortSignal | undefined
  /** How the key fared in looks before this one that are one with it; the subaccounts are those that are remembered, and none is searched for. */
  readonly goesOn?: Course | undefined
}

/** Looks at the scopes of the config, each once. */
export const observe = <A extends AccountReader>(
  ports: ObservePorts<A>,
  desired: DesiredState,
  ask: LookAsk,
): TE.TaskEither<Failure, Sight<A>> =>
  pipe(
    TE.Do,
    TE.bind('connection', () => ports.connect(askedAs(desired))),
    TE.bind('ledger', () => ports.ledgers.read()),
    TE.chain(({ connection, ledger }) => TE.fromTask(() => look(ports, connection, ledger, desired, ask))),
    TE.chain((sight) => {
      const message = noneOf(ask.scopes, sight.desired, sight.search)
      return message === undefined ? TE.right(sight) : TE.left({ _tag: 'WrongUsage', message })
    }),
  )

const look = async <A extends AccountReader>(
  { clock, tell }: Pick<ObservePorts, 'clock' | 'tell'>,
  connection: Connection<A>,
  ledger: Ledger,
  desired: DesiredState,
  ask: LookAsk,
): Promise<Sight<A>> => {
  const now = clock.now().getTime()
  const atOnce = ask.person || ask.atOnce === true
  const paused = pauseOf(ledger, { key: connection.keyPrint, now, person: atOnce, reachedBy: ask.reachedBy })
  if (atOnce) connection.reopen()
  const { accounts, origin } = connection
  const course = ask.goesOn ?? newCourse()
  const over = new AbortController()
  const stop = Promise.race([whenAborted(ask.signal, over.signal), whenAborted(ask.givesWay, over.signal)])
  const yielded = ask.undo === undefined ? STOPPED.stopFirst : STOPPED.undoLater
  const stopped = (): ScopeError | undefined =>
    ask.signal?.aborted === true ? STOPPED.toEnd : ask.givesWay?.aborted === true ? yielded : undefined
  void stop.then(course.stop)
  const looking: Looking = { accounts, origin, ledger, course, now, paused, stop, stopped }
  const searched = isSearchAsked(desired, ask) ? (notSearched(looking) ?? (await searchAll(looking))) : undefined
  const whole = covered(desired, searched?.search, ledger)
  const scopes = whole.scopes.map(({ scope }) => scope)
  const asked = scopes.filter((scope) => isAsked(ask, scope))
  const { order, waiting } = tourOf(asked, ledger.shut, { origin, all: ask.person && ask.scopes !== undefined })
  const unshown = new Map<Scope, Unshown>()
  let anySeen = false
  let done = 0
  const work = async (scope: Scope): Promise<Seen> => {
    const one = await lookAt(looking, scope)
    if (one.unshown !== undefined) unshown.set(scope, one.unshown)
    if (one.observed._tag === 'Seen') anySeen = true
    done += 1
    tell({ _tag: 'ScopeSeen', scope, done, due: asked.length })
    return one
  }
  const left = (scope: Scope): Unseen | undefined => {
    const error = waiting.get(scope)
    const isRoom = [...waiting.keys()].filter((one) => unshown.has(one)).length < MOST_REFUSED
    return error === undefined || isRoom ? undefined : unasked(error)
  }
  const overFor = (underWay: number): Unseen | undefined => {
    const message = course.looksOver({ underWay, anySeen })
    return message === undefined ? undefined : unasked({ kind: 'unreachable', message })
  }
  const instead = (scope: Scope): Seen | undefined => {
    const observed = unreached(looking) ?? left(scope) ?? overFor(0)
    return observed === undefined ? undefined : { scope, observed }
  }
  // The first is looked at alone: a key or a service in trouble is met by one request, not by as many as are allowed at once.
  const beside = (scope: Scope, underWay: number): boolean => done > 0 && !waiting.has(scope) && overFor(underWay) === undefined
  const seen = await inPool({ items: order, width: desired.api.concurrency, stopped: instead, beside, work })
  over.abort('over')
  const observed = new Map(seen.map((one) => [one.scope, one.observed]))
  const shown = new Set(asked.filter((scope) => observed.get(scope)?._tag === 'Seen'))
  const answers = searched === undefined ? seen : [{ scope: ALL_SUBACCOUNTS, ...searched }, ...seen]
  return {
    connection,
    ledger: letIn(ledger, { observed, origin, now }),
    desired: whole,
    search: searched?.search,
    doubts: new Map(answers.flatMap(({ scope, doubted }) => (doubted === undefined ? [] : [[scope, doubted] as const]))),
    course,
    worked: answers.some(({ worked }) => worked === true),
    paused,
    observed,
    shut: afterLooks(ledger.shut, { scopes, unshown, shown, origin, now }),
  }
}

/** Where only listed scopes are asked for, nobody need search. */
const isSearchAsked = ({ coverage, scopes }: DesiredState, { scopes: only, undo, goesOn }: LookAsk): boolean => {
  if (coverage === undefined || goesOn !== undefined) return false
  const asked = undo === undefined ? only : new Set(undo.deeds.map(({ scope }) => scope))
  return asked === undefined || [...asked].some((scope) => !scopes.some((one) => one.scope === scope))
}

const notSearched = (looking: Looking): Searched | undefined => {
  const search = unreached(looking)
  return search === undefined ? undefined : { search }
}
