// History as people read it, a line a change, and as `smtp2go-reconciler/history@1`.

import { visible } from '../../domain/basics/visible.ts'
import type { History, HistoryEntry } from '../../domain/journal/history.ts'
import type { JournalField } from '../../domain/journal/journal.ts'
import { isDone } from '../../domain/plan/outcome.ts'
import type { Kind } from '../../domain/plan/plan.ts'
import { SENSITIVE } from '../../domain/user/shown.ts'
import { KIND_COLOURS, type Paint, painter } from './paint.ts'
import { plainly } from './plainly.ts'
import { differenceText, valueText } from './text.ts'
import { wrapped } from './wrap.ts'

type Made = Extract<HistoryEntry, { readonly _tag: 'Change' }>
type Options = { readonly colour: boolean; readonly width: number }

/** One line an entry, the newest last. */
export const historyText = ({ entries }: History, { colour, width }: Options): string => {
  const paint = painter(colour)
  const lines = entries.map((entry) => (entry._tag === 'Change' ? changeLine(paint, entry) : decisionLine(paint, entry)))
  return lines.map((line) => `${wrapped(line, width)}\n`).join('')
}

const changeLine = (paint: Paint, entry: Made): string => {
  const { at, scope, change, username, fields, cause, trigger } = entry.intent
  const outcome = entry.ended?.outcome ?? 'no outcome written down'
  const error = entry.ended?.error === undefined ? '' : `: ${visible(entry.ended.error)}`
  const words = [
    `run ${visible(entry.intent.run_id)}`,
    plainly(cause),
    ...(trigger === undefined ? [] : [`woken by ${visible(trigger)}`]),
    ...saidBy(entry),
  ]
  const ending = `${plainly(outcome)}${error}`
  return [
    paint.dim(visible(at)),
    visible(scope),
    `${paint[KIND_COLOURS[change]](change)} ${paint.bold(visible(username))}`,
    ...(fields.length === 0 ? [] : [fields.map((field) => fieldText(change, field)).join(', ')]),
    `${paint.dim(words.join(', '))}: ${isDone(entry.ended) ? paint.green(ending) : paint.red(ending)}`,
  ].join('  ')
}

// Who let through what was held, and who ran it; of one person it is said once.
const saidBy = ({ intent: { by, approved_by, reason = '' }, run }: Made): ReadonlyArray<string> => {
  const approved = approved_by === undefined ? [] : [personText(approved_by, reason)]
  const own = approved_by === undefined || approved_by === by ? reason : ''
  // A run that was killed has no line of its own: then each of its changes says who ran it.
  const runner = run === undefined ? { by, reason: own } : run
  const ran = runner.by === undefined ? [] : [personText(runner.by, runner.reason ?? '')]
  return [
    ...ran.filter((one) => !approved.includes(one)).map((one) => `run by ${one}`),
    ...approved.map((one) => `approved by ${one}`),
  ]
}

const decisionLine = (paint: Paint, { decision }: Extract<HistoryEntry, { readonly _tag: 'Decision' }>): string =>
  `${paint.dim(visible(decision.at))}  ${visible(decision.what)}, decided by ${personText(decision.by, decision.reason)}`

const personText = (by: string, reason: string): string => `${visible(by)}${reason === '' ? '' : ` ("${visible(reason)}")`}`

const fieldText = (change: Kind, one: JournalField): string => {
  const { field, from, to } = shown(change, one)
  if (field === 'email_password') return `${field} ${change === 'create' ? to : `${from} → ${to}`}`
  const [before, after] = [from ?? undefined, to ?? undefined]
  if (change === 'create' || after === undefined) return `${field} ${valueText(after)}`
  return `${field} ${differenceText(before, after)}`
}

// Whatever the journal holds, no password is shown.
const shown = (change: Kind, { field, from, to }: JournalField): JournalField =>
  field === 'email_password' ? { field, from: change === 'create' ? null : SENSITIVE, to: SENSITIVE } : { field, from, to }

/** History as data; `unreadable`: lines that are not ours. */
export const historyJson = ({ entries, older }: History, unreadable: number): unknown => ({
  format: 'smtp2go-reconciler/history@1',
  changes: entries.flatMap((entry) => (entry._tag === 'Change' ? [changeJson(entry)] : [])),
  decisions: entries.flatMap((entry) =>
    entry._tag === 'Decision'
      ? [{ at: entry.decision.at, what: entry.decision.what, by: entry.decision.by, reason: entry.decision.reason }]
      : [],
  ),
  older,
  unreadable,
})

const changeJson = ({ intent, ended, run }: Made) => ({
  at: intent.at,
  run_id: intent.run_id,
  scope: intent.scope,
  change: intent.change,
  username: intent.username,
  cause: intent.cause,
  fields: intent.fields.map((field) => shown(intent.change, field)),
  trigger: intent.trigger ?? null,
  by: run?.by ?? intent.by ?? null,
  approved_by: intent.approved_by ?? null,
  // Of who approved it, and else of who ran it.
  reason: intent.reason ?? run?.reason ?? null,
  outcome: ended?.outcome ?? null,
  ended_at: ended?.at ?? null,
  error: ended?.error ?? null,
  request_id: ended?.request_id ?? null,
  plan_digest: intent.plan_digest,
  config_digest: intent.config_digest,
})
