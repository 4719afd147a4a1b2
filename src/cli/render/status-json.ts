// The status as `smtp2go-reconciler/status@1`: for `status --format json` and for `/api/status`.

import type { ScopeStatus } from '../../daemon/scope-status.ts'
import type { Status } from '../../daemon/status.ts'
import { unready } from '../../daemon/status.ts'
import { fullMessage, type Said } from '../../domain/basics/command.ts'
import type { Failure } from '../../domain/basics/failure.ts'
import { type Hold, holdOptions } from '../../domain/decisions/hold.ts'
import { errorJson, problemsJson } from './json.ts'

/** The status as a document. */
export const statusJson = (status: Status): unknown => ({
  format: 'smtp2go-reconciler/status@1',
  ready: unready(status) === undefined,
  not_ready: unready(status) ?? null,
  started_at: status.startedAt,
  running: status.running,
  progress: status.progress ?? null,
  runs: status.runs,
  completed: status.completed,
  last_run:
    status.lastRun === undefined
      ? null
      : {
          at: status.lastRun.at,
          by: status.lastRun.by,
          outcome: status.lastRun.outcome,
          exit_code: status.lastRun.exitCode,
          problems: problemsOf(status.runFailure),
        },
  next_run: status.nextRun ?? null,
  throttled_until: status.throttledUntil ?? null,
  config: status.config ?? null,
  config_broken: status.configFailure !== undefined,
  config_broken_since: status.configBrokenSince ?? null,
  config_problems: problemsOf(status.configFailure),
  digest: status.digest ?? null,
  http: status.http ?? null,
  http_fault: status.httpFault ?? null,
  holds: status.holds.map(holdJson),
  ended_holds: status.endedHolds.map(holdJson),
  scopes: status.scopes.map(scopeJson),
  scopes_let_go: status.letGo ?? [],
  recent_runs: status.recentRuns.map(({ exitCode, durationMs, ...run }) => ({
    ...run,
    exit_code: exitCode,
    duration_ms: durationMs,
  })),
  recent_changes: status.recentChanges.map(({ error, ...change }) => ({ ...change, error: error ?? null })),
  notifications: status.webhooks.map(({ name, format, waiting, delivered, failed, lastFailure }) => ({
    webhook: name,
    format,
    waiting,
    delivered,
    failed,
    last_failure: lastFailure ?? null,
  })),
})

const holdJson = ({ what, since, until, reason, by }: Hold) => ({
  what: holdOptions(what),
  since: new Date(since).toISOString(),
  until: new Date(until).toISOString(),
  reason,
  by,
})

const problemsOf = (failure: Failure | undefined): ReadonlyArray<unknown> => (failure === undefined ? [] : problemsJson(failure))

// Machines get the message as one sentence.
const told = ({ command, ...one }: Said) => ({ ...one, message: fullMessage({ ...one, command }) })

const scopeJson = (scope: ScopeStatus) => ({
  scope: scope.scope,
  digest: scope.digest ?? null,
  known_since: scope.knownSince,
  looked_at: scope.lookedAt ?? null,
  in_sync_since: scope.inSyncSince ?? null,
  verified_at: scope.verifiedAt ?? null,
  live_users: scope.liveUsers,
  ...(scope.subaccounts === undefined ? {} : { subaccounts: scope.subaccounts }),
  in_sync: scope.inSync,
  unlisted: scope.unlisted,
  changes: scope.changes,
  drift: scope.drift,
  drift_since: scope.driftSince ?? null,
  held: scope.held.map(told),
  findings: scope.findings.map(({ openSince, ...finding }) => ({ ...told(finding), open_since: openSince })),
  resolved: scope.resolved.map(({ openSince, resolvedAt, ...finding }) => ({
    ...finding,
    open_since: openSince,
    resolved_at: resolvedAt,
  })),
  missed: scope.missed.map(({ error, ...missed }) => ({ ...missed, error: error ?? null })),
  error: scope.error === undefined ? null : errorJson(scope.error),
})
