// The plan and the report as people read them: by scope and user, `from → to`, where each value comes from, what is held and why.
import pc from 'picocolors'
import type { Cause, Change, Ended, Held, Plan, Report, ScopePlan } from '../../domain/plan.ts'
import { summaryOf } from '../../domain/plan.ts'
import { Secret } from '../../domain/secret.ts'
import type { Value } from '../../domain/settings.ts'
import { visible } from '../../domain/visible.ts'

type Options = { readonly colour: boolean; readonly width: number }
type Paint = ReturnType<typeof pc.createColors>

const SIGNS = { create: '+', update: '~', block: '!', remove: '-' } as const
const CAUSES: { readonly [C in Cause]: string } = {
  config: 'the config changed',
  drift: 'changed on the service',
  first_run: 'first run',
  retry: 'tried before, outcome unknown',
  grace_elapsed: 'grace has passed',
}
const LONGEST_VALUE = 48

/** A plan; `command` is what would apply it. */
export const planText = (plan: Plan, { colour, command }: Options & { readonly command: string }): string => {
  const paint = pc.createColors(colour)
  const scopes = plan.scopes.map((scope) =>
    scope._tag === 'Errored'
      ? errorText(paint, scope)
      : scopeText(
          paint,
          scope,
          scope.changes.map((change) => changeText(paint, change)),
        ),
  )
  const { create, update, block, remove, held, in_sync, findings } = summaryOf(plan)
  const due = create + update + block + remove
  const counts = `${create} to create, ${update} to update, ${block} to block, ${remove} to remove; ${held} held, ${in_sync} in sync, ${findings} ${findings === 1 ? 'finding' : 'findings'}`
  const calm =
    due + held === 0 && !plan.scopes.some(({ _tag }) => _tag === 'Errored')
      ? [paint.green('nothing to do: the live users are as the config says')]
      : []
  const cost = due === 0 ? [] : [`${command} would send ${plan.cost.requests} requests, about ${plan.cost.seconds} s`]
  const digest = due + held === 0 || plan.digest === undefined ? [] : [paint.dim(`digest ${plan.digest}`)]
  return `${[...scopes, ...calm, paint.bold(counts), ...cost, ...digest].join('\n')}\n`
}

/** A report: the same with outcomes. */
export const reportText = (report: Report, { colour }: Options): string => {
  const paint = pc.createColors(colour)
  const scopes = report.plan.scopes.map((scope) => {
    if (scope._tag === 'Errored') return errorText(paint, scope)
    return scopeText(
      paint,
      scope,
      (report.ended.get(scope.scope) ?? []).map((ended) => `${changeText(paint, ended)}\n      ${outcomeText(paint, ended)}`),
    )
  })
  const ended = [...report.ended.values()].flat()
  const good = ended.filter(({ outcome }) => outcome === 'verified' || outcome === 'unobservable').length
  const closing = `${report.outcome.replace('_', ' ')}: ${good} of ${ended.length} ${ended.length === 1 ? 'change' : 'changes'} made, ${report.requests} requests, ${(report.durationMs / 1000).toFixed(1)} s`
  return `${[...scopes, (report.exitCode === 0 ? paint.green : paint.yellow)(closing)].join('\n')}\n`
}

const errorText = (paint: Paint, { scope, error }: Extract<Plan['scopes'][number], { _tag: 'Errored' }>): string =>
  `${paint.bold(visible(scope))}\n  ${paint.red(error.kind.replaceAll('_', ' '))}: ${visible(error.message)}\n`

const scopeText = (paint: Paint, scope: ScopePlan, changes: ReadonlyArray<string>): string => {
  const ignored = scope.ignored === 0 ? '' : `, ${scope.ignored} ignored`
  const lines = [
    `${paint.bold(visible(scope.scope))}  ${paint.dim(`${scope.liveUsers} live, ${scope.inSync} in sync${ignored}`)}`,
    ...changes,
    ...scope.held.map((held) => heldText(paint, held)),
  ]
  for (const { username, rule, severity, message } of scope.findings)
    lines.push(`  ${paint.yellow('?')} ${visible(username)}  ${severity} ${rule}: ${visible(message)}`)
  for (const { username, fields } of scope.unobservable)
    lines.push(paint.dim(`  · ${visible(username)}  ${fields.join(', ')}: asserted, cannot be read back`))
  if (scope.unlisted.length > 0) lines.push(`  unlisted, left alone: ${scope.unlisted.map(visible).join(', ')}`)
  return `${lines.join('\n')}\n`
}

const COLOURS = { create: 'green', update: 'cyan', block: 'red', remove: 'red' } as const

const changeText = (paint: Paint, change: Change): string => {
  const head = `  ${paint[COLOURS[change.change]](`${SIGNS[change.change]} ${change.change}`)} ${paint.bold(visible(change.username))}  ${paint.dim(CAUSES[change.cause])}`
  const note = change.note === undefined ? [] : [`      ${paint.dim(change.note)}`]
  return [head, ...fieldLines(paint, change), ...note].join('\n')
}

const heldText = (paint: Paint, held: Held): string => {
  const head = `  ${paint.yellow('‖ held')} ${paint.bold(visible(held.username))}  ${held.change}, ${paint.yellow(held.reason.replaceAll('_', ' '))}`
  return [head, ...fieldLines(paint, held), `      ${visible(held.message)}`].join('\n')
}

const fieldLines = (paint: Paint, { change, fields }: Change): ReadonlyArray<string> => {
  const nameWidth = Math.max(0, ...fields.map(({ field }) => field.length))
  const texts = fields.map(({ from, to }) => (change === 'create' ? valueText(to) : differenceText(from, to)))
  const textWidth = Math.min(60, Math.max(0, ...texts.map((text) => text.length)))
  return fields.map(
    ({ field, source }, at) =>
      `      ${field.padEnd(nameWidth)}  ${(texts[at] ?? '').padEnd(textWidth)}  ${paint.dim(visible(source))}`,
  )
}

/** Both sides; of long texts, the part where they begin to differ. */
export const differenceText = (from: Value | undefined, to: Value): string => {
  if (typeof from !== 'string' || typeof to !== 'string' || Math.max(from.length, to.length) <= LONGEST_VALUE)
    return `${valueText(from)} → ${valueText(to)}`
  let at = 0
  while (at < from.length && from[at] === to[at]) at += 1
  const start = Math.max(0, at - 8)
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
export const valueText = (value: Value | undefined): string => {
  if (value === undefined) return '(not known)'
  if (value instanceof Secret) return '(sensitive)'
  if (typeof value !== 'string') return String(value)
  return value.length <= LONGEST_VALUE ? (/^[\w.@-]+$/.test(value) ? value : `"${visible(value)}"`) : excerpt(value, 0)
}

const outcomeText = (paint: Paint, { outcome, error }: Ended): string => {
  const words = outcome.replaceAll('_', ' ')
  const shown =
    outcome === 'verified'
      ? paint.green(words)
      : outcome === 'unobservable'
        ? paint.green(`${words}: sent, cannot be read back`)
        : paint.red(words)
  return error === undefined ? shown : `${shown}: ${visible(error)}`
}
