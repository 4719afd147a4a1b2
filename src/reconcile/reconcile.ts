// One run, from the config to the report. Read it aloud: consider (observe, plan, guard), agree, write down the intent, write, read back,
// remember, report, testify.
import type { Failure } from '../domain/basics/failure.ts'
import { LET_GO_ADVICE, letGoText } from '../domain/memory/let-go.ts'
import { sameDigest } from '../domain/plan/digest.ts'
import type { Plan, Report } from '../domain/plan/plan.ts'
import { reportOf, type Unfinished } from '../domain/plan/report.ts'
import { plannedIn } from '../domain/plan/summary.ts'
import { E, pipe, TE } from '../fp.ts'
import type { Accounts, Clock, Journal, Ledgers, Secrets, WitnessMemory, WokenBy } from '../ports.ts'
import type { ObservePorts } from './observe.ts'
import type { Ask, Config, Considered } from './plan.ts'
import { consider } from './plan.ts'
import { intend, remember } from './record.ts'
import { restingAtOnce } from './rest.ts'
import { testify } from './testify.ts'
import { unwritten, write } from './write.ts'
import type { Outdated } from './writing.ts'

export type ReconcilePorts = Omit<ObservePorts<Accounts>, 'ledgers'> & {
  readonly ledgers: Ledgers
  readonly secrets: Pick<Secrets, 'save'>
  readonly journal: Journal
  readonly told: WitnessMemory
}

/** What a person says with a run. */
export type Word = { readonly by: string; readonly reason: string }

/** A run that is asked for. */
export type Run = Ask & {
  readonly by: WokenBy | 'apply' | 'block' | `undo ${string}`
  /** Whose word an undo is, and why. */
  readonly word?: Word
  /** The person who runs it, where one does, and why. */
  readonly who?: Word
  /** Asks the person who sits there, if one does; `anew` where what they had agreed to is not the plan any more. */
  readonly ask?: (plan: Plan, anew: boolean) => TE.TaskEither<Failure, boolean>
  /** Whether the plan may be applied. */
  readonly agree: (plan: Plan) => TE.TaskEither<Failure, boolean>
  /** Aborted when no new change may start. */
  readonly signal: AbortSignal
  /** What it means for a change that has not started that the config was changed since it was loaded. */
  readonly outdated?: () => Outdated | undefined
}

/** Agrees to exactly the plan of a digest. Where a scope could not be looked at, that is what there is to tell, and nothing is done. */
export const exactly = (wanted: string, { digest: found = '', scopes }: Plan): TE.TaskEither<Failure, boolean> => {
  if (sameDigest(wanted, found)) return TE.right(true)
  return scopes.some(({ _tag }) => _tag === 'Errored') ? TE.right(false) : TE.left({ _tag: 'WrongDigest', wanted, found })
}

/** Makes the live users as the config says, as far as policies and guards allow, and tells what came of it. */
export const reconcile = (ports: ReconcilePorts, config: Config, run: Run): TE.TaskEither<Failure, Report> =>
  pipe(
    reconciling(ports, config, run),
    TE.mapLeft(({ failure }) => failure),
  )

/** The same, for who is told how far it came also where it ends before its report. */
export const reconciling =
  (ports: ReconcilePorts, config: Config, run: Run): TE.TaskEither<Unfinished, Report> =>
  async () => {
    const runId = ports.crypto.newId()
    const began = ports.clock.now().getTime()
    let looked: number | undefined
    let plan: Plan | undefined
    let done: Report['ended'] = new Map()
    let requests = (): number => 0
    const connect: ReconcilePorts['connect'] = (api) =>
      pipe(
        ports.connect(api),
        TE.map((connection) => {
          const before = requests()
          requests = () => before + connection.requests()
          return restingAtOnce(ports, connection)
        }),
      )
    ports.tell({ _tag: 'RunStarted', runId, by: run.by })
    const ended = await oneRun({ ...ports, connect }, config, run, {
      runId,
      began,
      requests: () => requests(),
      planned: (made, at) => {
        const isKnown = plan !== undefined && plan.digest === made.digest
        ;[plan, looked] = [made, at]
        if (isKnown) return
        ports.tell({ _tag: 'PlanMade', runId, plan: made })
        for (const message of [...lossesIn(made), ...newlyLetGo(made)]) ports.tell({ _tag: 'Notice', level: 'warn', message })
      },
      written: (ended) => {
        done = ended
      },
    })()
    const far = { runId, plan, ended: done, requests: requests(), durationMs: ports.clock.now().getTime() - began }
    await testify(ports, config, { runId, run, began, looked, ended: asDeclined(ended, far) })
    if (E.isLeft(ended)) return E.left({ failure: ended.left, run: far })
    await ports.clock.turn()
    ports.tell({ _tag: 'RunEnded', report: ended.right })
    return ended
  }

/** Who named the digest of another plan said no to this one, which is no failure: what the look showed was seen. */
const asDeclined = (ended: E.Either<Failure, Report>, { plan, ...far }: NonNullable<Unfinished['run']>): typeof ended =>
  E.isLeft(ended) && ended.left._tag === 'WrongDigest' && plan !== undefined
    ? E.right(reportOf({ ...far, plan, cutShort: false, declined: true, pausedUntil: undefined, pausedFor: undefined }))
    : ended

const lossesIn = ({ scopes }: Plan): ReadonlyArray<string> =>
  scopes.flatMap((one) =>
    one._tag === 'Planned' && one.loss !== undefined
      ? [`${one.scope}: ${one.loss}; what that would do to users waits for an approval; if it was not meant, restore the file`]
      : [],
  )

// Once: the next run finds it remembered.
const newlyLetGo = ({ letGo = [] }: Plan): ReadonlyArray<string> => {
  const fresh = letGo.filter(({ since }) => since === undefined)
  return fresh.length === 0 ? [] : [`${letGoText(fresh)}; ${LET_GO_ADVICE}`]
}

type Begun = {
  readonly runId: string
  readonly began: number
  /** How many requests have left for it. */
  readonly requests: () => number
  /** Told of the plan, and of when the look that it rests on was over. */
  readonly planned: (plan: Plan, looked: number) => void
  /** Told how the changes ended. */
  readonly written: (ended: Report['ended']) => void
}

/** Until when a look is as good to write by as that of a run which asks nobody. */
const FRESH_MS = 10_000

/** What has passed since, also while the machine was suspended, which one of the clocks does not count. */
const timer = ({ now, elapsed }: Pick<Clock, 'now' | 'elapsed'>): (() => number) => {
  const [at, since] = [now().getTime(), elapsed()]
  return () => Math.max(elapsed() - since, Math.abs(now().getTime() - at))
}

/** Whether a plan makes nothing but what another that was agreed to would make. What it only showed as held has the same digest. */
const isAgreedTo = (plan: Plan, shown: Plan): boolean => {
  const before = new Set(madeBy(shown))
  return plan.digest === shown.digest && madeBy(plan).every((one) => before.has(one))
}

const madeBy = (plan: Plan): ReadonlyArray<string> =>
  plannedIn(plan).flatMap(({ scope, changes }) =>
    changes.map(({ change, username }) => JSON.stringify([scope, change, username])),
  )

/**
 * Looks, plans, and asks who is to be asked. A person may think for long, and meanwhile others change what was shown: so it is looked at again, and
 * asked again where the plan is another one.
 */
const settle =
  (ports: ReconcilePorts, config: Config, run: Run, { planned }: Begun) =>
  async (): Promise<
    E.Either<Failure, { readonly considered: Considered<Accounts>; readonly answer: E.Either<Failure, boolean> }>
  > => {
    let shown: Plan | undefined
    let answer: E.Either<Failure, boolean> = E.right(true)
    for (;;) {
      const looked = await consider(ports, config, run)()
      if (E.isLeft(looked)) return looked
      const considered = looked.right
      const { plan } = considered
      planned(plan, considered.now)
      const asked = timer(ports.clock)
      if (run.ask !== undefined && (shown === undefined || !isAgreedTo(plan, shown)))
        answer = await run.ask(plan, shown !== undefined)()
      if (E.isLeft(answer) || !answer.right) return E.right({ considered, answer })
      if (run.ask === undefined || asked() < FRESH_MS) return E.right({ considered, answer: await run.agree(plan)() })
      shown = plan
    }
  }

const oneRun = (ports: ReconcilePorts, config: Config, run: Run, begun: Begun): TE.TaskEither<Failure, Report> => {
  const { runId, began } = begun
  const { signal, outdated, givesWay } = run
  return pipe(
    TE.Do,
    TE.chain(() => settle(ports, config, run, begun)),
    TE.let('agreed', ({ answer }) => E.isRight(answer) && answer.right),
    TE.bind('intended', ({ considered, agreed }) => TE.fromTask(intend(ports, { runId, config, considered, agreed, run }))),
    TE.bind('written', ({ considered, intended: { scopes, failure } }) =>
      failure === undefined
        ? TE.fromTask(write(ports, { runId, config, considered, intended: scopes, signal, outdated, givesWay }))
        : TE.right(unwritten(scopes, failure)),
    ),
    TE.chain(({ considered, answer, agreed, intended, written }) => {
      begun.written(written.ended)
      return pipe(
        remember(ports, { runId, config, considered, agreed, intended, written, run }),
        // A plan that is not the one that was meant, or cannot be written down, ends the run; what the look showed is remembered all the same.
        TE.chainFirst(() => TE.fromEither(answer)),
        TE.chainFirst(() => (intended.failure === undefined ? TE.right(undefined) : TE.left(intended.failure))),
        TE.map((paused) => {
          const durationMs = ports.clock.now().getTime() - began
          const { ended, cutShort } = written
          return reportOf({
            runId,
            plan: considered.plan,
            ended,
            cutShort,
            declined: !agreed,
            pausedUntil: paused?.until,
            pausedFor: paused?.why,
            requests: begun.requests(),
            durationMs,
          })
        }),
      )
    }),
  )
}
