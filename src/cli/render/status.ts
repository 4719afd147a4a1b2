// The status of the daemon as a person reads it at a glance: first what needs somebody, then each scope.
import pc from 'picocolors'
import type { ScopeStatus } from '../../daemon/scope-status.ts'
import type { Status, WebhookStatus } from '../../daemon/status.ts'
import type { Failure } from '../../domain/failure.ts'
import { holdOptions } from '../../domain/hold.ts'
import { visible } from '../../domain/visible.ts'
import { problemLines } from './json.ts'
import { since, until } from './moment.ts'

type Options = { readonly colour: boolean; readonly width: number; readonly now: Date }
type Paint = ReturnType<typeof pc.createColors>

/** The status in words. */
export const statusText = (status: Status, { colour, now }: Options): string => {
  const paint = pc.createColors(colour)
  const lines = [
    `running since ${status.startedAt}, ${status.runs} ${status.runs === 1 ? 'run' : 'runs'}${status.running ? ', one under way' : ''}`,
    ...runLines(paint, status, now),
    status.config === undefined
      ? 'no config taken yet'
      : `config in force since ${status.config.since}: ${status.config.files.map(visible).join(', ')}`,
    ...failureLines(
      paint,
      status.configFailure,
      'the config in the file is not valid; the one above stays in force, and drift is only reported:',
    ),
    ...(status.http === undefined ? [] : [`status page: ${status.http}`]),
    ...status.webhooks.flatMap((webhook) => webhookLines(paint, webhook)),
  ]
  for (const { what, until: end, reason, by } of status.holds)
    lines.push(
      paint.yellow(
        `on hold for ${until(new Date(end).toISOString(), now)} by ${visible(by)}: ${visible(reason)}; to end it: release ${visible(holdOptions(what))}`,
      ),
    )
  for (const scope of status.scopes) lines.push('', ...scopeLines(paint, scope, now))
  return `${lines.join('\n')}\n`
}

const runLines = (
  paint: Paint,
  { lastRun, nextRun, running, runFailure, throttledUntil }: Status,
  now: Date,
): ReadonlyArray<string> => {
  const last =
    lastRun === undefined
      ? 'no run yet'
      : `last run ${since(lastRun.at, now)} ago (${lastRun.by}): ${lastRun.outcome.replaceAll('_', ' ')}`
  const next = running
    ? 'a run is under way'
    : nextRun === undefined
      ? 'no run is scheduled'
      : `next run in ${until(nextRun, now)}`
  const throttled =
    throttledUntil === undefined || Date.parse(throttledUntil) <= now.getTime()
      ? []
      : [paint.yellow(`the service asked for quiet: no request before ${throttledUntil} (${until(throttledUntil, now)})`)]
  return [`${last}; ${next}`, ...failureLines(paint, runFailure, 'the last run came to no report:'), ...throttled]
}

const failureLines = (paint: Paint, failure: Failure | undefined, head: string): ReadonlyArray<string> =>
  failure === undefined ? [] : [paint.red(head), ...problemLines(failure).map((line) => `  ${line}`)]

const webhookLines = (paint: Paint, { name, waiting, lastFailure }: WebhookStatus): ReadonlyArray<string> =>
  lastFailure === undefined
    ? []
    : [paint.yellow(`webhook ${visible(name)}: the last notification did not arrive: ${lastFailure}; ${waiting} waiting`)]

const scopeLines = (paint: Paint, scope: ScopeStatus, now: Date): ReadonlyArray<string> => {
  const unlisted = scope.unlisted === 0 ? '' : `, ${scope.unlisted} unlisted`
  return [
    `${paint.bold(visible(scope.scope))}  ${scope.liveUsers} live, ${scope.inSync} in sync${unlisted}  ${stateText(paint, scope, now)}`,
    ...driftLines(scope, now),
    ...scope.missed.map(
      ({ username, change, outcome, error }) =>
        `  ${paint.red('failed')} ${change} ${visible(username)}: ${outcome.replaceAll('_', ' ')}${error === undefined ? '' : `, ${visible(error)}`}`,
    ),
    ...scope.held.map(
      ({ username, reason, message }) => `  held ${visible(username)} (${reason.replaceAll('_', ' ')}): ${visible(message)}`,
    ),
    ...scope.findings.map(({ username, rule, message }) => `  ${rule} ${visible(username)}: ${visible(message)}`),
  ]
}

const stateText = (paint: Paint, scope: ScopeStatus, now: Date): string => {
  if (scope.error !== undefined) return paint.red(`${scope.error.kind.replaceAll('_', ' ')}: ${visible(scope.error.message)}`)
  if (scope.inSyncSince !== undefined) return paint.green(`in sync for ${since(scope.inSyncSince, now)}`)
  return paint.yellow(
    scope.verifiedAt === undefined ? 'not in sync' : `not in sync; last seen in sync ${since(scope.verifiedAt, now)} ago`,
  )
}

const driftLines = ({ drift, driftSince }: ScopeStatus, now: Date): ReadonlyArray<string> =>
  driftSince === undefined
    ? []
    : drift.map(
        ({ username, fields }) =>
          `  drift ${visible(username)}: ${fields.join(', ')}; not put back, known for up to ${since(driftSince, now)}`,
      )
