// The daemon: triggers → queue → reconcile. Start and stop in order; the last good config stays when the file is broken.
import { defectOf, type Failure } from '../domain/basics/failure.ts'
import { holding } from '../domain/decisions/hold.ts'
import type { Decision } from '../domain/memory/decision.ts'
import { justEnded } from '../domain/memory/hold-memory.ts'
import { knownUsers, type Users } from '../domain/memory/known.ts'
import type { Api, Schedule } from '../domain/wanted/desired.ts'
import { onlyScope, type Scope } from '../domain/wanted/scope.ts'
import { noneOf } from '../domain/wanted/subaccount.ts'
import { E, pipe, TE } from '../fp.ts'
import type { Tell, Trigger, WokenBy } from '../ports.ts'
import { decide } from '../reconcile/decide.ts'
import { type Config, consider, printsOf } from '../reconcile/plan.ts'
import { reconciling } from '../reconcile/reconcile.ts'
import { planUndo, type UndoPorts, undoRun } from '../reconcile/undo.ts'
import { approving } from './approving.ts'
import type { Controls, Person, Taken } from './controls.ts'
import { heedingEnds } from './ends.ts'
import { errands } from './errands.ts'
import { aboutFile, type Found, type Freshness, freshness } from './freshness.ts'
import { runQueue } from './queue.ts'
import { retries } from './retries.ts'
import { scheduling } from './scheduling.ts'
import { afterEvent, type Beside, frozenBy, type Status, starting } from './status.ts'
import { emergencyStops } from './stop.ts'
import { takenIn } from './taking.ts'

export type DaemonPorts = UndoPorts & {
  readonly load: () => TE.TaskEither<Failure, Config>
  /** Becomes the one who writes with the key of a config, or says who is. */
  readonly follow: (api: Api) => TE.TaskEither<Failure, void>
  /** Triggers that never change: files, signals. */
  readonly triggers: ReadonlyArray<Trigger>
  /** The trigger of a schedule; `undefined` where there is none. */
  readonly scheduled: (schedule: Schedule) => Trigger | undefined
  /** Told whenever a config is taken, so that its files are watched. */
  readonly taken: (config: Config) => void
  /** When a schedule fires next. */
  readonly nextOf: (schedule: Schedule) => Date | undefined
  /** What is known beside the runs. */
  readonly beside: () => Omit<Beside, 'nextRun' | 'holds' | 'endedHolds'>
  /** Told where the status is, before the first run. */
  readonly attach: (status: () => Status) => void
  /** The options with which a quoted command finds this daemon. */
  readonly reachedBy?: string
  /** Told when a run begins, before the config is read. */
  readonly runBegan: () => void
  /** Told when a run is over, however it ended. */
  readonly runEnded: (status: Status) => void
}

export type Daemon = { readonly controls: Controls; readonly stop: () => Promise<void> }

/** Starts the daemon on a config that was just loaded. */
export const startDaemon = (ports: DaemonPorts, first: Config): Daemon => {
  const [clock, stopping] = [ports.clock, new AbortController()]
  let status = starting(clock.now().toISOString())
  let lastGood = first
  let woken: { readonly by: WokenBy; readonly atOnce: boolean } = { by: 'start', atOnce: false }

  const statusNow = (): Status => {
    const schedule = scheduled.current()
    const next = schedule === undefined ? undefined : ports.nextOf(schedule)?.getTime()
    const times = [next, retry.at()].filter((time) => time !== undefined)
    const nextRun = times.length === 0 ? undefined : new Date(Math.min(...times)).toISOString()
    const [all, now] = [ports.ledgers.current()?.holds ?? [], clock.now().getTime()]
    return { ...status, ...ports.beside(), nextRun, holds: holding(all, now), endedHolds: justEnded(all, now) }
  }

  const tell: Tell = (event) => {
    status = afterEvent(status, event, clock.now().toISOString())
    if (event._tag === 'PlanMade') approvals.planMade(event.plan)
    if (event._tag === 'RunFailed') retry.ended(undefined, lastGood.desired.rules)
    ports.tell(event)
  }

  const noted = (now: Found): void => {
    const event = aboutFile(status.configFailure, now)
    if (event !== undefined) tell(event)
    if (event?._tag === 'ConfigMended' && isToGoOn(now, lastGood) && fresh.isCutShort()) wake('retry')
  }
  const fresh = freshness(async () => E.map((found: Config) => found.digest)(await ports.load()()), noted, clock.elapsed)

  const take = (config: Config): void => {
    lastGood = config
    tell(takenIn(status, config, clock.now()))
    ports.taken(config)
    scheduled.follow(config.desired.schedule)
    heedEnds(config.desired, ports.ledgers.current())
  }

  // S6: nothing is sent with a key of which another process is the writer.
  const loadToWrite = (): TE.TaskEither<Failure, Config> =>
    pipe(
      ports.load(),
      TE.chainFirst(({ desired }) => ports.follow(desired.api)),
    )

  const run = async (scopes: ReadonlySet<Scope> | undefined): Promise<void> => {
    if (stopping.signal.aborted) return
    retry.begins(scopes === undefined)
    const { by, atOnce } = woken
    woken = { by, atOnce: false }
    fresh.begins()
    const loaded = await loadToWrite()()
    if (E.isRight(loaded)) take(loaded.right)
    else if (loaded.left._tag !== 'Stopped') tell({ _tag: 'ConfigBroken', failure: loaded.left, lastGood: true })
    const frozen = E.isLeft(loaded) ? frozenBy(loaded.left, ports.reachedBy) : undefined
    const ofConfig = E.isLeft(loaded) ? {} : { outdated: fresh.taken(loaded.right.digest) }
    const givesWay = await between.runAll(ofConfig)
    // What some scopes come to is no answer to who asked for all.
    const asked = scopes === undefined ? stops.asked() : []
    // Who is to end goes by no config any more.
    if (E.isLeft(loaded) && loaded.left._tag === 'Stopped') return stops.answer(asked, loaded)
    const report = await reconciling({ ...ports, tell }, lastGood, {
      ...sense(),
      user: undefined,
      scopes,
      // Who stops somebody need not wait for what a person need not wait for, once.
      atOnce: atOnce || asked.some(({ refused }) => !refused),
      frozen,
      by,
      agree: () => TE.right(true),
      givesWay,
      ...ofConfig,
    })()
    if (E.isLeft(report)) tell({ _tag: 'RunFailed', runId: report.left.run?.runId, failure: report.left.failure })
    else retry.ended(report.right, lastGood.desired.rules)
    if (!givesWay.aborted) stops.answer(asked, E.isLeft(report) ? E.left(report.left.failure) : report)
  }

  const between = errands()
  const sense = () => ({
    frozen: status.configFailure && frozenBy(status.configFailure, ports.reachedBy),
    reachedBy: ports.reachedBy,
    digest: undefined,
    person: false,
    approveWith: (digest: string) => `approve ${digest}`,
    signal: stopping.signal,
  })
  const aside = { ...ports, tell: besideRuns(tell) }

  const queue = runQueue(async (scopes) => {
    ports.runBegan()
    const began = clock.now().getTime()
    await run(scopes).catch((defect: unknown) => tell({ _tag: 'RunFailed', failure: defectOf(defect) }))
    fresh.over()
    heedEnds(lastGood.desired, ports.ledgers.current(), began)
    ports.runEnded(status)
  })
  const wake = (name: WokenBy, scope?: Scope, atOnce = false): void => {
    if (stopping.signal.aborted) return
    const isMeant = name !== 'file change' || lastGood.desired.schedule.onChange
    heard(fresh, name, isMeant)
    if (!isMeant) return
    woken = { by: name, atOnce: atOnce || woken.atOnce }
    queue.wake(scope)
  }
  const retry = retries({ clock, random: ports.crypto.random, retry: () => wake('retry'), signal: stopping.signal })
  const scheduled = scheduling({ scheduled: ports.scheduled, wake: (by) => wake(by) })
  const users = (): Users => knownUsers(ports.ledgers.current(), lastGood.desired)
  const stops = emergencyStops({
    ports: aside,
    errands: between,
    wake: () => wake('control'),
    config: () => lastGood,
    users,
    sense,
  })
  const heedEnds = heedingEnds(clock, () => wake('retry'), stopping.signal)
  const taken = async (decision: Decision, person: Person): Promise<Taken<string>> => {
    const answer = await decide(ports, decision, person)()
    if (E.isRight(answer)) wake('control')
    return answer
  }

  const approvals = approving({
    prints: () => printsOf(ports.crypto, lastGood.desired, ''),
    reachedBy: ports.reachedBy,
    look: pipe(
      TE.fromTask(() => queue.idle()),
      TE.chain(ports.load),
      TE.chain((config) =>
        consider({ ...ports, tell: () => undefined }, config, { ...sense(), user: undefined, scopes: undefined }),
      ),
    ),
    sleep: clock.sleep,
    taken,
  })

  ports.attach(statusNow)
  const endings = ports.triggers.map((trigger) => trigger((name) => wake(name)))
  take(first)
  wake('start')

  return {
    controls: {
      status: statusNow,
      reconcile: (scope) => {
        if (stopping.signal.aborted) return ENDING
        const message = noneOf(onlyScope(scope), lastGood.desired, undefined)
        if (message !== undefined) return { _tag: 'Misused', message }
        wake('control', scope, true)
        return undefined
      },
      approve: approvals.take,
      decide: taken,
      planUndo: (run) => planUndo(ports, lastGood, run, sense()),
      undo: (run, agreement, word) =>
        between.add(
          (way) => undoRun(aside, lastGood, { wanted: run, agreement, word, ...sense(), ...way }),
          () => wake('control'),
        ),
      stop: stops.take,
      users,
    },
    stop: async () => {
      stopping.abort()
      for (const stop of [...endings, scheduled.stop]) await stop()
      await queue.idle()
    },
  }
}

const ENDING = {
  _tag: 'Refused',
  message: 'this daemon is ending and makes no run any more; the next one begins with a run',
} as const

/** Where no change of the file is to be acted on, nobody else makes the rest of the run that a moment of a broken file has cut short. */
const isToGoOn = (now: Found, { digest, desired }: Config): boolean =>
  E.isRight(now) && now.right === digest && !desired.schedule.onChange

const heard = (fresh: Freshness, by: WokenBy, isMeant: boolean): void => {
  if (by === 'file change' || by === 'SIGHUP') fresh.touched(isMeant)
  if (by !== 'file change' && by !== 'retry') fresh.asked()
}

/** What an errand comes to says nothing of how the config fares. */
const besideRuns =
  (tell: Tell): Tell =>
  (event) => {
    if (event._tag === 'RunEnded') tell({ _tag: 'AsideEnded', report: event.report })
    else if (event._tag !== 'PlanMade') tell(event)
  }
