// Status: what the daemon would say of itself now, reduced from the events of its runs.
import type { Failure } from '../domain/basics/failure.ts'
import { iso } from '../domain/basics/time.ts'
import type { Hold } from '../domain/decisions/hold.ts'
import type { PauseWhy } from '../domain/memory/pause.ts'
import type { Plan, Report } from '../domain/plan/plan.ts'
import { failureExitCode } from '../domain/plan/report.ts'
import type { RunEvent } from '../domain/run/event.ts'
import type { WebhookStatus } from '../domain/wanted/operation.ts'
import { ALL_SUBACCOUNTS, byScope, mayBeIn, type Scope } from '../domain/wanted/scope.ts'
import { ended, planned, type ScopeStatus } from './scope-status.ts'
import { type RecentChange, type RecentRun, recentChange, recentRun, withChange, withRun } from './timeline.ts'

/** What is known beside the runs: the schedule, where HTTP is served, how the webhooks fare. */
export type Beside = {
  readonly nextRun: string | undefined
  readonly http: string | undefined
  /** Why HTTP cannot be served where the config says. */
  readonly httpFault: string | undefined
  readonly webhooks: ReadonlyArray<WebhookStatus>
  /** Holds that a person set and that have not ended. */
  readonly holds: ReadonlyArray<Hold>
  /** Holds that ended by themselves, within a day. */
  readonly endedHolds: ReadonlyArray<Hold>
}

export type Status = Beside & {
  readonly startedAt: string
  readonly running: boolean
  /** How far the run under way is: scopes looked at, then changes sent. */
  readonly progress: { readonly of: 'scopes' | 'changes'; readonly done: number; readonly due: number } | undefined
  /** What woke the run under way, or else the last one. */
  readonly wokenBy: string
  readonly runs: number
  /** Runs that came to a report. */
  readonly completed: number
  /** The last run that ended; the one under way is not it yet. */
  readonly lastRun: Pick<RecentRun, 'at' | 'by' | 'outcome' | 'exitCode'> | undefined
  /** Why the last run came to no report. */
  readonly runFailure: Failure | undefined
  readonly config: { readonly digest: string; readonly files: ReadonlyArray<string>; readonly since: string } | undefined
  /** Why the config file as it is now is not the one in force. */
  readonly configFailure: Failure | undefined
  /** Since when that is so, whatever was wrong with it meanwhile. */
  readonly configBrokenSince: string | undefined
  /** When the config in the file was last found valid. */
  readonly configTakenAt: string | undefined
  readonly digest: string | undefined
  /** No request is sent for the key before this moment. */
  readonly throttledUntil: string | undefined
  /** Why that is so. */
  readonly pausedFor: PauseWhy | undefined
  readonly scopes: ReadonlyArray<ScopeStatus>
  /** Scopes that the config named until lately and names no more, and since when. Daemons of before tell of none. */
  readonly letGo?: ReadonlyArray<{ readonly scope: Scope; readonly listed: number; readonly since: string }> | undefined
  /** Oldest first. */
  readonly recentRuns: ReadonlyArray<RecentRun>
  /** Newest first. */
  readonly recentChanges: ReadonlyArray<RecentChange>
}

/** The status of a daemon that has just started. */
export const starting = (at: string): Status => ({
  nextRun: undefined,
  http: undefined,
  httpFault: undefined,
  webhooks: [],
  startedAt: at,
  running: false,
  progress: undefined,
  wokenBy: '',
  runs: 0,
  completed: 0,
  lastRun: undefined,
  runFailure: undefined,
  config: undefined,
  configFailure: undefined,
  configBrokenSince: undefined,
  configTakenAt: undefined,
  digest: undefined,
  throttledUntil: undefined,
  pausedFor: undefined,
  scopes: [],
  letGo: [],
  holds: [],
  endedHolds: [],
  recentRuns: [],
  recentChanges: [],
})

/** The status after an event. */
export const afterEvent = (status: Status, event: RunEvent, at: string): Status => {
  switch (event._tag) {
    case 'RunStarted':
      return { ...status, running: true, progress: undefined, runs: status.runs + 1, wokenBy: event.by }
    case 'ConfigTaken':
      return {
        ...status,
        configFailure: undefined,
        configBrokenSince: undefined,
        configTakenAt: at,
        // Whoever takes a scope out waits for nothing there any more, and what was told of it is nobody's trouble.
        scopes: status.scopes.filter(({ scope }) => mayBeIn(event.scopes, scope)),
        config: status.config?.digest === event.digest ? status.config : { digest: event.digest, files: event.files, since: at },
      }
    case 'ConfigBroken':
      return { ...status, configFailure: event.failure, configBrokenSince: status.configBrokenSince ?? at }
    case 'ConfigMended':
      return { ...status, configFailure: undefined, configBrokenSince: undefined }
    case 'PlanMade': {
      const seen = event.plan.scopes.map((one) => planned(one, scopeIn(status, one.scope), at))
      return { ...status, digest: event.plan.digest, scopes: withScopes(status, seen), letGo: letGoAt(event.plan, at) }
    }
    case 'ChangeEnded':
      return { ...status, recentChanges: withChange(status.recentChanges, recentChange(event, at)) }
    case 'ScopeSeen':
    case 'ChangeSent':
      return { ...status, progress: { of: event._tag === 'ScopeSeen' ? 'scopes' : 'changes', done: event.done, due: event.due } }
    case 'Notice':
      return status
    case 'RunEnded':
      return afterRun(status, event.report, at)
    case 'AsideEnded':
      return { ...afterRun(status, event.report, at), completed: status.completed, scopes: status.scopes }
    case 'RunFailed': {
      const run: RecentRun = {
        at,
        by: status.wokenBy,
        outcome: 'failed',
        exitCode: failureExitCode(event.failure),
        drift: 0,
        made: 0,
        missed: 0,
        held: 0,
        unread: 0,
        durationMs: 0,
      }
      return {
        ...status,
        running: false,
        progress: undefined,
        runFailure: event.failure,
        ...withRan(status, run),
      }
    }
  }
}

const letGoAt = ({ letGo = [] }: Plan, at: string): Status['letGo'] =>
  letGo.map(({ scope, listed, since }) => ({ scope, listed, since: since === undefined ? at : iso(since) }))

/** Whether the daemon waits because of what it lost itself: nobody throttled its key then. */
export const isForgetful = ({ pausedFor }: Pick<Status, 'pausedFor'>): boolean => pausedFor === 'gone' || pausedFor === 'put_back'

const afterRun = (status: Status, report: Report, at: string): Status => {
  const seen = report.plan.scopes.map((one) => ended(one, scopeIn(status, one.scope), report, at))
  return {
    ...status,
    running: false,
    progress: undefined,
    completed: status.completed + 1,
    runFailure: undefined,
    throttledUntil: report.pausedUntil === undefined ? undefined : new Date(report.pausedUntil).toISOString(),
    pausedFor: report.pausedFor,
    scopes: withScopes(status, seen),
    ...withRan(status, recentRun(report, status.wokenBy, at)),
  }
}

const withRan = (status: Status, run: RecentRun): Pick<Status, 'lastRun' | 'recentRuns'> => {
  const { at, by, outcome, exitCode } = run
  return { lastRun: { at, by, outcome, exitCode }, recentRuns: withRun(status.recentRuns, run) }
}

const scopeIn = (status: Status, scope: Scope): ScopeStatus | undefined => status.scopes.find((one) => one.scope === scope)

// A run may have looked at one scope only; what it did not look at is kept unless all subaccounts are known.
const withScopes = (status: Status, seen: ReadonlyArray<ScopeStatus>): ReadonlyArray<ScopeStatus> => {
  const names = new Set(seen.map(({ scope }) => scope))
  const kept = names.has(ALL_SUBACCOUNTS) ? [] : status.scopes.filter(({ scope }) => !names.has(scope))
  return [...seen, ...kept].sort((one, other) => byScope(one.scope, other.scope))
}

/** What is wrong with a config that cannot come into force, in words that quote neither it nor anybody. */
export const faultOf = ({ _tag }: Failure): string =>
  _tag === 'Locked' ? 'the key that the config names has another writer' : 'the config file is broken'

/** Why nothing is written meanwhile; `reachedBy`: the options with which a quoted command finds us. */
export const frozenBy = (failure: Failure, reachedBy = ''): string => {
  const where = failure._tag === 'ConfigInvalid' ? `; \`status${reachedBy}\` names the place` : ''
  return `${faultOf(failure)}; drift is only reported, against the last good config, until it is mended${where}`
}

/** Why the daemon is not ready; `undefined` where a run completed and the config in the file is valid. */
export const unready = (status: Status): string | undefined =>
  status.configFailure !== undefined
    ? `${faultOf(status.configFailure)}, see: smtp2go-reconciler status`
    : status.completed === 0
      ? status.runFailure === undefined
        ? 'the first run has not completed yet'
        : 'no run has completed yet, the last one failed; see: smtp2go-reconciler status'
      : undefined
