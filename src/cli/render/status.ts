// The status of the daemon as a person reads it at a glance.
import pc from 'picocolors'
import type { ScopeStatus, Status } from '../../daemon/status.ts'
import { failureLine } from '../../domain/failure.ts'
import { visible } from '../../domain/visible.ts'

type Options = { readonly colour: boolean; readonly width: number; readonly now: Date }

/** The status in words. */
export const statusText = (status: Status, { colour, now }: Options): string => {
  const paint = pc.createColors(colour)
  const last = status.lastRun
  const lines = [
    `running since ${status.startedAt}, ${status.runs} ${status.runs === 1 ? 'run' : 'runs'}${status.running ? ', one under way' : ''}`,
    last === undefined ? 'no run yet' : `last run ${ago(last.at, now)} ago (${last.by}): ${last.outcome.replace('_', ' ')}`,
    status.config === undefined
      ? 'no config taken yet'
      : `config in force since ${status.config.since}: ${status.config.files.map(visible).join(', ')}`,
  ]
  if (status.configFailure !== undefined)
    lines.push(paint.red('the config file as it is now is broken; see `validate`. Drift is only reported until it is mended'))
  if (status.runFailure !== undefined) lines.push(paint.red(`the last run failed: ${visible(failureLine(status.runFailure))}`))
  for (const scope of status.scopes) lines.push('', ...scopeLines(paint, scope, now))
  return `${lines.join('\n')}\n`
}

const scopeLines = (paint: ReturnType<typeof pc.createColors>, scope: ScopeStatus, now: Date): ReadonlyArray<string> => {
  const state =
    scope.error !== undefined
      ? paint.red(`${scope.error.kind.replaceAll('_', ' ')}: ${visible(scope.error.message)}`)
      : scope.inSyncSince === undefined
        ? paint.yellow('not in sync')
        : paint.green(`in sync for ${ago(scope.inSyncSince, now)}`)
  const held = scope.held.map(
    ({ username, reason, message }) => `  held ${visible(username)} (${reason.replaceAll('_', ' ')}): ${visible(message)}`,
  )
  const findings = scope.findings.map(({ username, rule, message }) => `  ${rule} ${visible(username)}: ${visible(message)}`)
  return [`${paint.bold(visible(scope.scope))}  ${scope.liveUsers} live, ${scope.inSync} in sync  ${state}`, ...held, ...findings]
}

const ago = (since: string, now: Date): string => {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 1000))
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}

/** The status as `smtp2go-reconciler/status@1`. */
export const statusJson = (status: Status): unknown => ({
  format: 'smtp2go-reconciler/status@1',
  started_at: status.startedAt,
  running: status.running,
  runs: status.runs,
  last_run: status.lastRun ?? null,
  config: status.config ?? null,
  config_broken: status.configFailure !== undefined,
  run_failure: status.runFailure === undefined ? null : failureLine(status.runFailure),
  digest: status.digest ?? null,
  scopes: status.scopes.map((scope) => ({
    scope: scope.scope,
    in_sync_since: scope.inSyncSince ?? null,
    live_users: scope.liveUsers,
    in_sync: scope.inSync,
    changes: scope.changes,
    held: scope.held,
    findings: scope.findings,
    error: scope.error ?? null,
  })),
})
