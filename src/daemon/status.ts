// Status: what the daemon would say of itself now, reduced from the events of its runs.
import type { RunEvent } from '../domain/event.ts'
import type { Failure } from '../domain/failure.ts'
import type { Ended, Plan, Report, ScopeError } from '../domain/plan.ts'
import type { Scope } from '../domain/scope.ts'

/** One scope at a glance. Times are ISO 8601. */
export type ScopeStatus = {
  readonly scope: Scope
  readonly inSyncSince: string | undefined
  readonly inSync: number
  readonly liveUsers: number
  readonly changes: number
  readonly held: ReadonlyArray<{ readonly username: string; readonly reason: string; readonly message: string }>
  readonly findings: ReadonlyArray<{ readonly username: string; readonly rule: string; readonly message: string }>
  readonly error: ScopeError | undefined
}

export type Status = {
  readonly startedAt: string
  readonly running: boolean
  readonly runs: number
  readonly lastRun:
    | { readonly at: string; readonly by: string; readonly outcome: Report['outcome'] | 'not run'; readonly exitCode: number }
    | undefined
  readonly config: { readonly digest: string; readonly files: ReadonlyArray<string>; readonly since: string } | undefined
  /** Why the config file as it is now is not the one in force. */
  readonly configFailure: Failure | undefined
  /** Why the last run came to no end; its plan, if it had one, stands in `scopes`. */
  readonly runFailure: Failure | undefined
  readonly digest: string | undefined
  readonly scopes: ReadonlyArray<ScopeStatus>
}

/** The status of a daemon that has just started. */
export const starting = (at: string): Status => ({
  startedAt: at,
  running: false,
  runs: 0,
  lastRun: undefined,
  config: undefined,
  configFailure: undefined,
  runFailure: undefined,
  digest: undefined,
  scopes: [],
})

/** The status after an event. */
export const afterEvent = (status: Status, event: RunEvent, at: string): Status => {
  switch (event._tag) {
    case 'RunStarted':
      return { ...status, running: true, runs: status.runs + 1, lastRun: { at, by: event.by, outcome: 'not run', exitCode: 0 } }
    case 'ConfigTaken':
      return status.config?.digest === event.digest
        ? { ...status, configFailure: undefined }
        : { ...status, configFailure: undefined, config: { digest: event.digest, files: event.files, since: at } }
    case 'ConfigBroken':
      return { ...status, configFailure: event.failure }
    case 'PlanMade':
      return { ...status, digest: event.plan.digest, scopes: scopesOf(status, event.plan, new Map(), at) }
    case 'ChangeEnded':
    case 'Notice':
      return status
    case 'RunEnded':
      return { ...status, ...ended(status, event.report, at), running: false, runFailure: undefined }
    case 'RunFailed': {
      const lastRun = { at, by: status.lastRun?.by ?? '', outcome: 'failed', exitCode: 1 } as const
      return { ...status, running: false, lastRun, runFailure: event.failure }
    }
  }
}

const ended = (status: Status, report: Report, at: string): Partial<Status> => ({
  lastRun: { at, by: status.lastRun?.by ?? '', outcome: report.outcome, exitCode: report.exitCode },
  scopes: scopesOf(status, report.plan, report.ended, at),
})

const scopesOf = (status: Status, plan: Plan, made: Report['ended'], at: string): ReadonlyArray<ScopeStatus> => {
  const before = new Map(status.scopes.map((one) => [one.scope, one]))
  const seen = plan.scopes.map((one) => scopeStatus(one, before.get(one.scope), made.get(one.scope) ?? [], at))
  const kept = status.scopes.filter(({ scope }) => !seen.some((one) => one.scope === scope))
  return [...seen, ...kept]
}

const scopeStatus = (
  one: Plan['scopes'][number],
  before: ScopeStatus | undefined,
  made: ReadonlyArray<Ended>,
  at: string,
): ScopeStatus => {
  if (one._tag === 'Errored')
    return {
      scope: one.scope,
      inSyncSince: undefined,
      inSync: before?.inSync ?? 0,
      liveUsers: before?.liveUsers ?? 0,
      changes: 0,
      held: [],
      findings: [],
      error: one.error,
    }
  const good =
    made.every(({ outcome }) => outcome === 'verified' || outcome === 'unobservable') && made.length === one.changes.length
  const synced = good && one.held.length === 0
  return {
    scope: one.scope,
    inSyncSince: synced ? (one.changes.length === 0 ? (before?.inSyncSince ?? at) : at) : undefined,
    inSync: one.inSync + made.filter(({ outcome }) => outcome === 'verified' || outcome === 'unobservable').length,
    liveUsers: one.liveUsers,
    changes: one.changes.length,
    held: one.held.map(({ username, reason, message }) => ({ username, reason, message })),
    findings: one.findings.map(({ username, rule, message }) => ({ username, rule, message })),
    error: undefined,
  }
}
