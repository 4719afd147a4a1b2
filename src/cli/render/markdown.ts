// The plan as a comment on a pull request.
import { fullMessage } from '../../domain/basics/command.ts'
import { counted } from '../../domain/basics/counted.ts'
import { visibleMarkdown } from '../../domain/basics/visible.ts'
import { LET_GO_ADVICE, letGoText } from '../../domain/memory/let-go.ts'
import type { Change, Held, Plan } from '../../domain/plan/plan.ts'
import { canBeApproved, leftAlone, summaryOf } from '../../domain/plan/summary.ts'
import { Secret } from '../../domain/user/secret.ts'
import type { Value } from '../../domain/user/settings.ts'
import { NOT_KNOWN, SENSITIVE, sideBefore, startOfDifference } from '../../domain/user/shown.ts'
import { typed } from './command.ts'
import { uncompared, usersIn } from './plainly.ts'
import { type Way, waysThrough } from './ways.ts'

const MOST_OPEN_ROWS = 30
const LONGEST_VALUE = 120
const MOST_NAMED = 5

/** A plan in Markdown; nothing in it can break out of its cell. */
export const planMarkdown = (plan: Plan): string => {
  const { create, update, block, remove, held, in_sync, findings } = summaryOf(plan)
  const summary = `**${create}** to create, **${update}** to update, **${block}** to block, **${remove}** to remove, **${held}** held, ${in_sync} in sync, ${counted(findings, 'finding')}`
  const digest = plan.digest === undefined || !canBeApproved(plan) ? [] : [`\`${plan.digest}\``]
  const ways = waysThrough(plan).map(wayMarkdown)
  const { letGo = [] } = plan
  const lost = letGo.length === 0 ? [] : [`**${visibleMarkdown(letGoText(letGo))}**; ${LET_GO_ADVICE}`]
  return `${['## Plan for the SMTP users', summary, ...lost, ...plan.scopes.map((scope) => scopeMarkdown(scope, plan)), ...ways, ...digest].join('\n\n')}\n`
}

const scopeMarkdown = (scope: Plan['scopes'][number], plan: Plan): string => {
  const title = `### ${visibleMarkdown(scope.scope)}`
  if (scope._tag === 'Errored')
    return `${title}\n\n**${visibleMarkdown(scope.error.kind)}**: ${visibleMarkdown(fullMessage(scope.error))}`
  const parts = [title, usersIn(scope)]
  if (scope.changes.length > 0) parts.push(folded('changes', table(CHANGED, scope.changes.flatMap(changeRows))))
  if (scope.held.length > 0) parts.push(folded('held', table([...CHANGED, 'reason', 'message'], scope.held.flatMap(heldRows))))
  if (scope.findings.length > 0)
    parts.push(
      table(
        ['finding', 'severity', 'user', 'message', 'open since'],
        scope.findings.map(({ rule, severity, username, openSince, ...said }) => [
          rule,
          severity,
          username,
          fullMessage(said),
          openSince === undefined ? 'new' : new Date(openSince).toISOString(),
        ]),
      ),
    )
  const resolved = scope.resolved ?? []
  if (resolved.length > 0)
    parts.push(`resolved: ${resolved.map(({ rule, username }) => visibleMarkdown(`${rule} of ${username}`)).join(', ')}`)
  const told = [
    ...[...scope.changes, ...scope.held].flatMap(({ username, note }) => (note === undefined ? [] : [[username, note] as const])),
    ...uncompared(scope, plan),
  ]
  if (told.length > 0)
    parts.push(told.map(([username, words]) => `- ${visibleMarkdown(username)}: ${visibleMarkdown(words)}`).join('\n'))
  if (scope.loss !== undefined) parts.push(`**${visibleMarkdown(scope.loss)}**`)
  const others = leftAlone(scope)
  if (others.length > 0) parts.push(`unlisted, left alone: ${others.map(visibleMarkdown).join(', ')}`)
  return parts.join('\n\n')
}

const CHANGED = ['user', 'change', 'field', 'from', 'to', 'cause', 'source']

type Rows = ReadonlyArray<ReadonlyArray<string>>

const changeRows = ({ change, username, cause, fields }: Change): Rows =>
  fields.length === 0
    ? [[username, change, '', '', '', cause, '']]
    : fields.map(({ field, from, to, source }) => {
        const start = startOfDifference(from, to, LONGEST_VALUE)
        return [
          username,
          change,
          field,
          change === 'create' ? '' : shown(sideBefore(from, to), start),
          shown(to, start),
          cause,
          source,
        ]
      })

// Why it is held is said with the first field of a user: it is the same for all of them.
const heldRows = ({ reason, message, ...change }: Held): Rows =>
  changeRows(change).map((row, at) => [...row, reason, at === 0 ? message : ''])

const wayMarkdown = (way: Way): string => {
  const { purpose, users } = way
  const named = users.slice(0, MOST_NAMED).map(visibleMarkdown).join(', ')
  const more = users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : ''
  return `held, ${named}${more}: ${visibleMarkdown(purpose)}: ${visibleMarkdown(typed(way))}`
}

const shown = (value: Value | undefined, start: number): string => {
  if (value === undefined) return NOT_KNOWN
  if (value instanceof Secret) return SENSITIVE
  const text = String(value)
  const part = text.slice(start, start + LONGEST_VALUE)
  const before = start > 0 ? '…' : ''
  return start + part.length < text.length ? `${before}${part}… (${text.length} characters)` : `${before}${part}`
}

const table = (head: ReadonlyArray<string>, rows: Rows): string =>
  [head, head.map(() => '---')]
    .map((row) => `| ${row.join(' | ')} |`)
    .concat(rows.map((row) => `| ${row.map(visibleMarkdown).join(' | ')} |`))
    .join('\n')

const folded = (title: string, text: string): string =>
  text.split('\n').length <= MOST_OPEN_ROWS
    ? text
    : `<details><summary>${title}: ${text.split('\n').length - 2} rows</summary>\n\n${text}\n\n</details>`
