// The plan and the report as people read them: by scope and user, `from → to`, where each value comes from, what is held and why.

import { fullMessage } from '../../domain/basics/command.ts'
import { counted } from '../../domain/basics/counted.ts'
import { span } from '../../domain/basics/time.ts'
import { visible } from '../../domain/basics/visible.ts'
import { LET_GO_ADVICE, letGoText } from '../../domain/memory/let-go.ts'
import { isDone } from '../../domain/plan/outcome.ts'
import type { Change, Ended, Held, Plan, Report, ScopePlan } from '../../domain/plan/plan.ts'
import { canBeApproved, leftAlone, summaryOf } from '../../domain/plan/summary.ts'
import { Secret } from '../../domain/user/secret.ts'
import type { Value } from '../../domain/user/settings.ts'
import { NOT_KNOWN, needsQuotes, SENSITIVE, sideBefore, startOfDifference } from '../../domain/user/shown.ts'
import { typed } from './command.ts'
import { KIND_COLOURS, type Paint, painter } from './paint.ts'
import { causeWords, NO_LIST, plainly, uncompared, usersIn } from './plainly.ts'
import { type Way, waysThrough } from './ways.ts'
import { columnsOf, padded, wrapped } from './wrap.ts'

type Options = {
  readonly colour: boolean
  readonly width: number
  /** An undo looks at the users of its run alone, and cannot tell who else is in sync. */
  readonly undoes?: boolean
}

const SIGNS = { create: '+', update: '~', block: '!', remove: '-' } as const
const LONGEST_VALUE = 48

/** A plan; `command` is what would apply it, and `partial` says that it is of some users or scopes only. */
export const planText = (
  plan: Plan,
  { colour, width, command, partial = false }: Options & { readonly command: string; readonly partial?: boolean },
): string => {
  const paint = painter(colour)
  const shared = sharedWays(plan)
  const scopes = plan.scopes.map((scope) =>
    scope._tag === 'Errored'
      ? errorText(paint, scope)
      : scopeText(
          { paint, width, undoes: command === 'undo', plan, shared },
          scope,
          scope.changes.map((change) => changeText(paint, change, width)),
        ),
  )
  const { create, update, block, remove, held, in_sync, findings } = summaryOf(plan)
  const due = create + update + block + remove
  const counts = `${create} to create, ${update} to update, ${block} to block, ${remove} to remove; ${held} held${command === 'undo' ? '' : `, ${in_sync} in sync, ${counted(findings, 'finding')}`}`
  const idle = plan.scopes.length === 0 && command !== 'undo' ? [paint.yellow(`nothing was looked at: ${NO_LIST}`)] : undefined
  const calm =
    idle ??
    (due + held === 0 && !plan.scopes.some(({ _tag }) => _tag === 'Errored')
      ? [
          paint.green(
            `nothing to do: ${partial ? 'what was looked at is' : 'the live users are'} as ${command === 'undo' ? 'before that run' : 'the config says'}`,
          ),
        ]
      : [])
  const cost =
    due === 0 ? [] : [`${command} would send ${counted(plan.cost.requests, 'request')}, about ${span(plan.cost.seconds)}`]
  const digest = plan.digest === undefined || !canBeApproved(plan) ? [] : [paint.dim(`digest ${plan.digest}`)]
  return `${wrapped([...scopes, ...letGoLines(paint, plan), ...calm, paint.bold(counts), ...cost, ...shared.map(wayText), ...digest].join('\n'), width)}\n`
}

const letGoLines = (paint: Paint, { letGo = [] }: Plan): ReadonlyArray<string> =>
  letGo.length === 0 ? [] : [`${paint.yellow('!')} ${visible(letGoText(letGo))}`, `  ${LET_GO_ADVICE}`, '']

/** A report: the same with outcomes. */
export const reportText = (report: Report, { colour, width, undoes = false }: Options): string => {
  const paint = painter(colour)
  const shared = sharedWays(report.plan)
  const scopes = report.plan.scopes.map((scope) => {
    if (scope._tag === 'Errored') return errorText(paint, scope)
    return scopeText(
      { paint, width, undoes, plan: report.plan, shared },
      scope,
      (report.ended.get(scope.scope) ?? []).map(
        (ended) => `${changeText(paint, ended, width)}\n      ${outcomeText(paint, ended)}`,
      ),
    )
  })
  const ended = [...report.ended.values()].flat()
  const good = ended.filter(isDone).length
  const closing = `${plainly(report.outcome)}: ${good} of ${counted(ended.length, 'change')} made, ${counted(report.requests, 'request')}, ${(report.durationMs / 1000).toFixed(1)} s`
  const ending = (report.exitCode === 0 ? paint.green : paint.yellow)(closing)
  return `${wrapped([...scopes, ...shared.map(wayText), ending].join('\n'), width)}\n`
}

// A command that stands under one user alone stays there, where it is read with what it is for.
const sharedWays = (plan: Plan): ReadonlyArray<Way> => waysThrough(plan).filter(({ users }) => users.length > 1)

const wayText = (way: Way): string => `${way.users.length} held; ${way.purpose}:\n  ${visible(typed(way))}`

const errorText = (paint: Paint, { scope, error }: Extract<Plan['scopes'][number], { _tag: 'Errored' }>): string =>
  `${paint.bold(visible(scope))}\n  ${paint.red(plainly(error.kind))}: ${visible(fullMessage(error))}\n`

type Setting = {
  readonly paint: Paint
  readonly width: number
  readonly undoes: boolean
  readonly plan: Plan
  readonly shared: ReadonlyArray<Way>
}

const scopeText = ({ paint, width, undoes, plan, shared }: Setting, scope: ScopePlan, changes: ReadonlyArray<string>): string => {
  const ignored = scope.ignored === 0 ? '' : `, ${scope.ignored} ignored`
  const lines = [
    `${paint.bold(visible(scope.scope))}  ${paint.dim(`${undoes ? `${scope.liveUsers} live` : usersIn(scope)}${ignored}`)}`,
    ...changes,
    ...scope.held.map((held) => heldText(paint, unrepeated(held, shared), width)),
  ]
  for (const { username, rule, severity, openSince, raisedFrom, ...said } of scope.findings) {
    const open =
      openSince === undefined
        ? ''
        : paint.dim(
            `, open since ${new Date(openSince).toISOString()}${raisedFrom === undefined ? '' : `, ${raisedFrom} before`}`,
          )
    lines.push(`  ${paint.yellow('?')} ${visible(username)}  ${severity} ${rule}: ${visible(fullMessage(said))}${open}`)
  }
  for (const { username, rule } of scope.resolved ?? []) lines.push(paint.dim(`  ✓ ${visible(username)}  ${rule}: resolved`))
  for (const [whose, words] of uncompared(scope, plan)) lines.push(paint.dim(`  · ${visible(whose)}  ${words}`))
  if (scope.loss !== undefined) lines.push(`  ${paint.yellow('!')} ${visible(scope.loss)}`)
  const others = leftAlone(scope)
  if (others.length > 0) lines.push(`  unlisted, left alone: ${others.map(visible).join(', ')}`)
  return `${lines.join('\n')}\n`
}

const changeText = (paint: Paint, change: Change, width: number): string => {
  const head = `  ${paint[KIND_COLOURS[change.change]](`${SIGNS[change.change]} ${change.change}`)} ${paint.bold(visible(change.username))}  ${paint.dim(causeWords(change.cause))}`
  return [head, ...detailLines(paint, change, width)].join('\n')
}

const unrepeated = (held: Held, shared: ReadonlyArray<Way>): Held =>
  shared.some(({ line }) => line === held.command?.line) ? { ...held, command: undefined } : held

const heldText = (paint: Paint, held: Held, width: number): string => {
  const head = `  ${paint.yellow('‖ held')} ${paint.bold(visible(held.username))}  ${held.change}, ${paint.yellow(plainly(held.reason))}`
  return [head, ...detailLines(paint, held, width), `      ${visible(fullMessage(held))}`].join('\n')
}

const detailLines = (paint: Paint, change: Change, width: number): ReadonlyArray<string> => [
  ...fieldLines(paint, change, width),
  ...(change.note === undefined ? [] : [`      ${paint.dim(visible(change.note))}`]),
]

const fieldLines = (paint: Paint, { change, fields }: Change, width: number): ReadonlyArray<string> => {
  const rows = fields.map(({ field, from, to, source }) => ({
    field,
    text: change === 'create' ? valueText(to) : differenceText(from, to),
    source: paint.dim(visible(source)),
  }))
  const nameWidth = Math.max(0, ...rows.map(({ field }) => field.length))
  const textWidth = Math.min(60, Math.max(0, ...rows.map(({ text }) => columnsOf(text))))
  const aligned = rows.map(({ field, text, source }) => `      ${field.padEnd(nameWidth)}  ${padded(text, textWidth)}  ${source}`)
  // Columns that do not fit are none: then each value is followed by where it comes from.
  return aligned.every((line) => columnsOf(line) <= width)
    ? aligned
    : rows.flatMap(({ field, text, source }) => [`      ${field}  ${text}`, `          ${source}`])
}

/** Both sides; of long texts, the part where they begin to differ. */
export const differenceText = (from: Value | undefined, to: Value): string => {
  if (typeof from !== 'string' || typeof to !== 'string' || Math.max(from.length, to.length) <= LONGEST_VALUE) {
    const quoted = needsQuotes(from, to)
    return `${valueText(sideBefore(from, to), quoted)} → ${valueText(to, quoted)}`
  }
  const start = startOfDifference(from, to, LONGEST_VALUE)
  return `${excerpt(from, start)} → ${excerpt(to, start)}`
}

const excerpt = (text: string, start: number): string => {
  const part = text.slice(start, start + LONGEST_VALUE / 2)
  const before = start > 0 ? '…' : ''
  return start + part.length < text.length
    ? `"${before}${visible(part)}…" (${text.length} characters)`
    : `"${before}${visible(part)}"`
}

/** A value as people read it; a long text is cut. */
export const valueText = (value: Value | undefined, quoted = needsQuotes(value)): string => {
  if (value === undefined) return NOT_KNOWN
  if (value instanceof Secret) return SENSITIVE
  if (typeof value !== 'string') return String(value)
  return value.length <= LONGEST_VALUE ? (quoted ? `"${visible(value)}"` : value) : excerpt(value, 0)
}

const outcomeText = (paint: Paint, { outcome, error }: Ended): string => {
  const words = plainly(outcome)
  const shown =
    outcome === 'verified'
      ? paint.green(words)
      : outcome === 'unobservable'
        ? paint.green(`${words}: sent, cannot be read back`)
        : paint.red(words)
  return error === undefined ? shown : `${shown}: ${visible(error)}`
}
