// The status of the daemon as a person reads it at a glance: first what needs somebody, then each scope.

import type { ScopeStatus } from '../../daemon/scope-status.ts'
import { faultOf, isForgetful, type Status } from '../../daemon/status.ts'
import { fullMessage } from '../../domain/basics/command.ts'
import { counted } from '../../domain/basics/counted.ts'
import type { Failure } from '../../domain/basics/failure.ts'
import { visible } from '../../domain/basics/visible.ts'
import { holdOptions, releaseOf } from '../../domain/decisions/hold.ts'
import { LET_GO_ADVICE, letGoText } from '../../domain/memory/let-go.ts'
import type { ScopeError } from '../../domain/plan/plan.ts'
import type { ShownField } from '../../domain/user/shown.ts'
import type { WebhookStatus } from '../../domain/wanted/operation.ts'
import { typed } from './command.ts'
import { problemLines } from './json.ts'
import { since, until } from './moment.ts'
import { type Paint, painter } from './paint.ts'
import { outcomeWords, plainly, usersIn, wokenWords } from './plainly.ts'
import { heldIn, type Waiting, waitingIn } from './waiting.ts'
import { wrapped } from './wrap.ts'

type Options = { readonly colour: boolean; readonly width: number; readonly reachedBy?: string; readonly now: Date }

/** The status in words. */
export const statusText = (status: Status, { colour, width, reachedBy = '', now }: Options): string => {
  const paint = painter(colour)
  const lines = [
    `running for ${since(status.startedAt, now)}, ${counted(status.runs, 'run')}`,
    ...runLines(paint, status, now),
    status.config === undefined
      ? 'no config taken yet'
      : `config in force for ${since(status.config.since, now)}: ${status.config.files.map(visible).join(', ')}`,
    ...(status.configFailure === undefined
      ? []
      : failureLines(
          paint,
          status.configFailure,
          `${faultOf(status.configFailure)}; the one above stays in force, and drift is only reported:`,
        )),
    ...letGoLines(paint, status, now),
    ...(status.httpFault === undefined ? [] : [paint.yellow(status.httpFault)]),
    ...(status.http === undefined ? [] : [`status page: ${status.http}`]),
    ...status.webhooks.flatMap((webhook) => webhookLines(paint, webhook)),
  ]
  for (const { what, until: end, reason, by } of status.holds)
    lines.push(
      paint.yellow(
        `on hold for ${until(new Date(end).toISOString(), now)} by ${visible(by)}: ${visible(reason)}; to end it: ${visible(releaseOf(what))}${visible(reachedBy)}`,
      ),
    )
  for (const { what, until: end, reason, by } of status.endedHolds)
    lines.push(
      paint.dim(
        `the hold ${visible(holdOptions(what))} by ${visible(by)} ended ${since(new Date(end).toISOString(), now)} ago: ${visible(reason)}`,
      ),
    )
  const told = new Set<string>()
  for (const scope of status.scopes) {
    const trouble = scope.error === undefined ? undefined : wayOutOf(scope.error)
    // Forty customers in one trouble need one way out of it.
    const isTold = trouble !== undefined && told.has(trouble)
    if (trouble !== undefined) told.add(trouble)
    lines.push(...(isTold ? [] : ['']), ...scopeLines(paint, scope, { status, now, isTold }))
  }
  return `${wrapped(lines.join('\n'), width)}\n`
}

const runLines = (
  paint: Paint,
  { lastRun, nextRun, running, progress, runFailure, throttledUntil, pausedFor }: Status,
  now: Date,
): ReadonlyArray<string> => {
  const last =
    lastRun === undefined
      ? 'no run yet'
      : `last run ${since(lastRun.at, now)} ago (${wokenWords(lastRun.by)}): ${outcomeWords(lastRun.outcome)}`
  const far =
    progress === undefined
      ? ''
      : `, ${progress.done} of ${counted(progress.due, progress.of.slice(0, -1))} ${progress.of === 'scopes' ? 'looked at' : 'sent'}`
  const next = running
    ? `one is under way${far}`
    : nextRun === undefined
      ? 'no run is scheduled'
      : `next run in ${until(nextRun, now)}`
  const throttled =
    throttledUntil === undefined || Date.parse(throttledUntil) <= now.getTime()
      ? []
      : [
          paint.yellow(
            `${pausedFor === 'throttled' ? 'the service asked for quiet: no request' : 'nothing is sent by itself'} before ${throttledUntil} (${until(throttledUntil, now)})`,
          ),
        ]
  return [`${last}; ${next}`, ...failureLines(paint, runFailure, 'the last run came to no report:'), ...throttled]
}

const letGoLines = (paint: Paint, { letGo = [] }: Pick<Status, 'letGo'>, now: Date): ReadonlyArray<string> => {
  const [first] = [...letGo].sort((one, other) => Date.parse(one.since) - Date.parse(other.since))
  return first === undefined
    ? []
    : [paint.yellow(visible(letGoText(letGo))), `  since ${since(first.since, now)}; ${LET_GO_ADVICE}`]
}

const failureLines = (paint: Paint, failure: Failure | undefined, head: string): ReadonlyArray<string> =>
  failure === undefined ? [] : [paint.red(head), ...problemLines(failure).map((line) => `  ${line}`)]

const webhookLines = (paint: Paint, { name, waiting, lastFailure }: WebhookStatus): ReadonlyArray<string> =>
  lastFailure === undefined
    ? []
    : [paint.yellow(`webhook ${visible(name)}: the last notification did not arrive: ${lastFailure}; ${waiting} waiting`)]

const wayOutOf = ({ message, command }: ScopeError): string => JSON.stringify([message, command])

type About = { readonly status: Pick<Status, 'lastRun' | 'pausedFor'>; readonly now: Date }
/** `isTold`: what its error says, and what to do, stands above. */
type Told = { readonly isTold: boolean }

const scopeLines = (paint: Paint, scope: ScopeStatus, { status, now, isTold }: About & Told): ReadonlyArray<string> => {
  const unlisted = scope.unlisted === 0 ? '' : `, ${scope.unlisted} unlisted`
  // A run of another scope alone leaves this one as it was.
  const looked =
    scope.lookedAt === undefined || scope.lookedAt === status.lastRun?.at ? '' : `, looked at ${since(scope.lookedAt, now)} ago`
  return [
    `${paint.bold(visible(scope.scope))}  ${stateText(paint, scope, { status, now })}  ${paint.dim(`${usersIn(scope)}${unlisted}${looked}`)}`,
    ...(isTold ? [] : errorLines(paint, scope)),
    ...lastReadLines(scope),
    ...driftLines(scope, now),
    ...scope.missed.map(
      ({ username, change, outcome, error }) =>
        `  ${paint.red('failed')} ${change} ${visible(username)}: ${plainly(outcome)}${error === undefined ? '' : `, ${visible(error)}`}`,
    ),
    ...waitingIn(heldIn([scope])).flatMap((waiting) => waitingLines(paint, waiting)),
    ...scope.findings.map(
      ({ username, rule, openSince, ...said }) =>
        `  ${paint.yellow(rule)} ${visible(username)}: ${visible(fullMessage(said))}; open for ${since(openSince, now)}`,
    ),
    ...scope.resolved.map(({ username, rule, resolvedAt }) =>
      paint.dim(`  ${rule} ${visible(username)}: resolved ${since(resolvedAt, now)} ago`),
    ),
  ]
}

const stateText = (paint: Paint, scope: ScopeStatus, { status, now }: About): string => {
  if (scope.error !== undefined)
    return paint.red(scope.error.kind === 'throttled' && isForgetful(status) ? 'not asked yet' : plainly(scope.error.kind))
  if (scope.inSyncSince !== undefined) return paint.green(`in sync for ${since(scope.inSyncSince, now)}`)
  return paint.yellow(
    scope.verifiedAt === undefined ? 'not in sync' : `not in sync; last seen in sync ${since(scope.verifiedAt, now)} ago`,
  )
}

const errorLines = (paint: Paint, { error }: ScopeStatus): ReadonlyArray<string> => {
  if (error === undefined) return []
  const { message, command } = error
  return [
    `  ${visible(message)}`,
    ...(command === undefined ? [] : ['  if that is right:', `  ${paint.bold(visible(typed(command)))}`]),
  ]
}

const lastReadLines = ({ error, drift, missed, held, findings }: ScopeStatus): ReadonlyArray<string> =>
  error === undefined || [drift, missed, held, findings].every(({ length }) => length === 0) ? [] : ['  when it was last read:']

const waitingLines = (paint: Paint, { command, reasons }: Waiting): ReadonlyArray<string> => {
  const count = reasons.reduce((sum, { held }) => sum + held.length, 0)
  return [
    ...reasons.flatMap(({ words, held }) => [
      ...held.flatMap(({ username, change, reason, fields, note }) => [
        `  ${paint.yellow('held')} ${paint.bold(visible(username))}  ${change}, ${paint.yellow(plainly(reason))}`,
        ...fields.map((field) => `      ${fieldText(change, field)}`),
        ...(note === undefined ? [] : [`      ${paint.dim(visible(note))}`]),
      ]),
      `    ${visible(words)}`,
    ]),
    ...(command === undefined
      ? []
      : [`    to let ${count === 1 ? 'it' : 'them'} through:`, `    ${paint.bold(visible(command))}`]),
  ]
}

const fieldText = (change: string, { field, from, to }: ShownField): string =>
  change === 'create' ? `${field} ${visible(to)}` : `${field} ${visible(from)} → ${visible(to)}`

const driftLines = ({ drift, driftSince }: ScopeStatus, now: Date): ReadonlyArray<string> =>
  driftSince === undefined
    ? []
    : drift.map(
        ({ username, fields }) =>
          `  drift ${visible(username)}: ${fields.join(', ')}; not put back, known for up to ${since(driftSince, now)}`,
      )
