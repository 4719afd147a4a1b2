// Writing: the changes of all scopes, each scope by itself, all within the budget of their key.
import { type Failure, failureLine } from '../domain/basics/failure.ts'
import { atOnce, each, type Work } from '../domain/basics/work.ts'
import type { Draft } from '../domain/draft/draft.ts'
import { expectedOf } from '../domain/guards/believe.ts'
import { answeredFirst, answeredScopesFirst } from '../domain/memory/unanswered.ts'
import { outcomeOf } from '../domain/plan/outcome.ts'
import type { Ended, ScopePlan } from '../domain/plan/plan.ts'
import { type LiveState, usersByName } from '../domain/user/live.ts'
import { unmasked } from '../domain/user/unmasked.ts'
import type { DesiredUser } from '../domain/wanted/desired.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import { scopeOf } from '../domain/wanted/subaccount.ts'
import { pipe, TE } from '../fp.ts'
import type { Accounts } from '../ports.ts'
import { whenAborted } from './aborted.ts'
import { applyScope } from './apply.ts'
import type { Config, Considered } from './plan.ts'
import type { ReconcilePorts } from './reconcile.ts'
import type { ApplyPorts, Outdated, Sent, Writing, Written } from './writing.ts'
import { givenUpAfter } from './writing.ts'

type Facts = {
  readonly runId: string
  readonly config: Config
  readonly considered: Considered<Accounts>
  /** The scopes whose changes are to be made. */
  readonly intended: ReadonlyArray<ScopePlan>
  readonly signal: AbortSignal
  readonly outdated?: (() => Outdated | undefined) | undefined
  readonly givesWay?: AbortSignal | undefined
}

/** How the changes of a run ended. */
export type WriteResult = {
  readonly ended: ReadonlyMap<Scope, ReadonlyArray<Ended>>
  /** The last answer of each scope that was written to. */
  readonly after: ReadonlyMap<Scope, LiveState>
  /** The key or the way to the service failed, so that the rest was not attempted. */
  readonly cutShort: boolean
}

/** Makes the intended changes; never rejects. */
export const write =
  (ports: Pick<ReconcilePorts, 'clock' | 'ledgers' | 'secrets' | 'tell'>, facts: Facts) => async (): Promise<WriteResult> => {
    const { considered, config, intended, signal, outdated = () => undefined, givesWay } = facts
    const { connection, course } = considered.sight
    const over = new AbortController()
    if (signal.aborted) course.stop()
    else signal.addEventListener('abort', course.stop, { once: true, signal: over.signal })
    const { policy, api } = config.desired
    const due = intended.reduce((sum, { changes }) => sum + changes.length, 0)
    let [sent, done] = [0, 0]
    const writing: Writing = {
      course,
      policy,
      width: api.concurrency,
      sent: (scope) => {
        sent += 1
        ports.tell({ _tag: 'ChangeSent', scope, done: sent, due })
      },
      signal,
      passedOver: () => (givesWay?.aborted === true ? 'stop first' : outdated() === 'superseded' ? 'superseded' : undefined),
      waits: () => outdated() === 'waits',
      stopWaits: whenAborted(givesWay, over.signal),
      givenUp: givenUpAfter(ports.clock, signal, over.signal),
    }
    const applyPorts: ApplyPorts = { ...ports, accounts: knowing(considered, connection.accounts) }
    const make = async ({ scope, changes }: ScopePlan): Promise<OfScope> => {
      const draft = considered.drafts.get(scope)
      if (draft === undefined) throw new Error(`a plan of ${scope} without a live state`)
      const memory = considered.sight.ledger.scopes.get(scope)
      await ports.clock.turn()
      const { live } = draft
      const ordered = answeredFirst(changes, memory?.unanswered)
      const job = { scope, changes: ordered, wanted: wantedIn(draft), live, expected: expectedOf(memory, live) }
      const written = await applyScope(applyPorts, job, writing)
      const ended = await ports.clock.inTurns(endedOf(changes, written))
      for (const one of ended) {
        done += 1
        ports.tell({ _tag: 'ChangeEnded', runId: facts.runId, scope, ended: one, done, due })
        await ports.clock.turn()
      }
      return { scope, written, ended }
    }
    await ports.clock.turn()
    const { first, last } = answeredScopesFirst(intended, considered.sight.ledger)
    const made = [...(await Promise.all(first.map(make))), ...(await Promise.all(last.map(make)))]
    const found = new Map(made.map((one) => [one.scope, one]))
    const results = intended.flatMap(({ scope }) => found.get(scope) ?? [])
    over.abort('over')
    return resultOf(results, course.gaveOut())
  }

type OfScope = { readonly scope: Scope; readonly written: Written; readonly ended: ReadonlyArray<Ended> }

const resultOf = (results: ReadonlyArray<OfScope>, cutShort: boolean): WriteResult => ({
  ended: new Map(results.map(({ scope, ended }) => [scope, ended])),
  after: new Map(results.flatMap(({ scope, written }) => (written.after === undefined ? [] : [[scope, written.after] as const]))),
  cutShort,
})

/** How changes ended of which none may leave, since that could not be written down. */
export const unwritten = (scopes: ReadonlyArray<ScopePlan>, failure: Failure): WriteResult => {
  const why = `nothing was sent, since that could not be written down: ${failureLine(failure)}`
  const results = scopes.map(({ scope, changes }) => {
    const sent = changes.map((change): Sent => ({ change, attempt: { _tag: 'NotAttempted', why } }))
    const written: Written = { sent, after: undefined, unread: why }
    return { scope, written, ended: atOnce(endedOf(changes, written)) }
  })
  return resultOf(results, false)
}

/** The accounts as the plan saw them: what is a password and what a mask does not depend on when it is looked at. */
const knowing = ({ sight, prints }: Considered<Accounts>, accounts: Accounts): Accounts => ({
  ...accounts,
  list: (scope, wish) =>
    pipe(
      accounts.list(scope, wish),
      TE.map((live) => {
        const desired = scopeOf(sight.desired, scope)
        return desired === undefined ? live : unmasked(live, { desired, memory: sight.ledger.scopes.get(scope), prints })
      }),
    ),
})

const wantedIn = ({ governed }: Draft): ReadonlyMap<string, DesiredUser> =>
  new Map([...governed.quiet, ...governed.listed, ...governed.others].map((user) => [user.username, user]))

function* endedOf(changes: ScopePlan['changes'], { sent, after, unread }: Written): Work<ReadonlyArray<Ended>> {
  const attempts = new Map(sent.map(({ change, attempt }) => [change.username, attempt]))
  const users = after === undefined ? undefined : usersByName(after)
  yield
  return yield* each(changes, (change) => {
    const attempt = attempts.get(change.username) ?? { _tag: 'NotAttempted', why: 'not reached' }
    return outcomeOf(
      change,
      attempt,
      after === undefined ? { _tag: 'Unread', why: unread } : { _tag: 'Read', user: users?.get(change.username) },
    )
  })
}
