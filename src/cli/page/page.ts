// The status page: one document made here, complete without a script. What needs somebody comes first, what is calm is said briefly.
import type { Status } from '../../daemon/status.ts'
import type { ShownField } from '../../domain/shown.ts'
import { withCommand } from '../render/command.ts'
import { problemLines } from '../render/json.ts'
import { headlineOf } from './headline.ts'
import { ago, ahead, andMore, counted, lasting, outcomeWords, plainly, section, some, text } from './html.ts'
import { scopeList } from './scopes.ts'
import { timeline } from './timeline.ts'

const LARGEST = 42_000
const LONGEST_LISTS = 40

/** The page; where there is very much to say, its lists are cut until it is small enough for any line. */
export const statusPage = (status: Status, now: Date): string => {
  let most = LONGEST_LISTS
  let page = pageWith(status, now, most)
  while (Buffer.byteLength(page) > LARGEST && most > 1) {
    most = Math.floor(most / 2)
    page = pageWith(status, now, most)
  }
  return page
}

const pageWith = (status: Status, now: Date, most: number): string => {
  const { tone, title } = headlineOf(status)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${text(title)} · smtp2go-reconciler</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/page.css"><script src="/page.js" defer></script></head>
<body><header><p class="name">smtp2go-reconciler</p><p id="away" role="status" hidden>no answer; this may be out of date</p></header>
<main><div data-part="headline" aria-live="polite"><h1 class="${tone}">${text(title)}</h1></div>
<div data-part="facts">${facts(status, now)}</div>
${section('config', 'The config file', configProblems(status))}
${section('failure', 'The last run', runFailure(status))}
${section('held', 'Waiting for you', held(status, most))}
${section('runs', 'Recent runs', timeline(status.recentRuns, now))}
${section('scopes', 'Scopes', scopeList(status.scopes, now, most))}
${section('findings', 'Findings', findings(status, most))}
${section('changes', 'Recent changes', changes(status, now, most))}
</main>
<footer><nav aria-label="For machines"><a href="/api/status">status as JSON</a> <a href="/metrics">metrics</a> <a href="/readyz">ready</a> <a href="/healthz">alive</a></nav>
<p>This page only shows; changes are made by the config file, and by commands on the machine itself.</p></footer>
</body></html>
`
}

const facts = (status: Status, now: Date): string => {
  const { lastRun, nextRun, config, throttledUntil } = status
  const rows: ReadonlyArray<readonly [name: string, value: string]> = [
    [
      'Last run',
      lastRun === undefined ? 'none yet' : `${ago(lastRun.at, now)}, by ${text(lastRun.by)}: ${outcomeWords(lastRun.outcome)}`,
    ],
    ['Next run', status.running ? 'under way' : nextRun === undefined ? 'none scheduled' : ahead(nextRun, now)],
    [
      'Config',
      config === undefined
        ? 'none taken yet'
        : `${config.files.map(shortened).join(', ')}, in force for ${lasting(config.since, now)}`,
    ],
    ...(throttledUntil !== undefined && Date.parse(throttledUntil) > now.getTime()
      ? [['Service', `asked for quiet; next request ${ahead(throttledUntil, now)}`] as const]
      : []),
    ...status.webhooks
      .filter(({ lastFailure }) => lastFailure !== undefined)
      .map(
        ({ name, lastFailure = '' }) =>
          ['Webhook', `${text(name)}: the last notification did not arrive, ${text(lastFailure)}`] as const,
      ),
  ]
  return `<dl>${rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`
}

const shortened = (file: string): string => `<code>${text(file.split('/').at(-1) ?? file)}</code>`

const configProblems = ({ configFailure }: Status): string => {
  if (configFailure === undefined) return ''
  const { shown, more } = some(problemLines(configFailure), 12)
  const lines = shown.map((line) => `<li><code>${text(line)}</code></li>`).join('')
  return `<p>It is not valid as it is now. The last good one stays in force; nothing is written, and drift is only reported.</p><ul class="problems">${lines}</ul>${more === 0 ? '' : `<p class="quiet">and ${more} more; <code>smtp2go-reconciler validate</code> shows all</p>`}`
}

const runFailure = ({ runFailure: failure }: Status): string =>
  failure === undefined
    ? ''
    : `<p>It came to no report.</p><ul class="problems">${problemLines(failure)
        .slice(0, 5)
        .map((line) => `<li><code>${text(line)}</code></li>`)
        .join('')}</ul>`

// One command often releases many, so they stand together above it.
const held = ({ scopes }: Status, most: number): string => {
  const groups = new Map<string, Array<string>>()
  const { shown, more } = some(
    scopes.flatMap((scope) => scope.held.map((one) => ({ ...one, scope: scope.scope }))),
    most,
  )
  for (const { username, change, reason, message, fields, scope } of shown) {
    const { words, command = '' } = withCommand(message)
    const where = scopes.length > 1 ? ` <span class="quiet">${text(scope)}</span>` : ''
    const item = `<li><b>${text(username)}</b>${where} <span class="tag">${plainly(change)}, ${plainly(reason)}</span><br>${fieldsText(change, fields)}<br><span class="quiet">${text(words)}</span></li>`
    groups.set(command, [...(groups.get(command) ?? []), item])
  }
  for (const { error, scope } of scopes) {
    const { words, command } = withCommand(error?.message ?? '')
    if (command !== undefined) groups.set(command, [`<li><b>${text(scope)}</b><br>${text(words)}</li>`])
  }
  const lists = [...groups].map(([command, items]) => {
    const release =
      command === ''
        ? ''
        : `<p class="release">To let ${items.length === 1 ? 'it' : 'them'} through:</p><pre><code>${text(command)}</code></pre>`
    return `<div class="group"><ul class="rows">${items.join('')}</ul>${release}</div>`
  })
  return `${lists.join('')}${andMore(more)}`
}

const MOST_FIELDS = 6

const fieldsText = (change: string, fields: ReadonlyArray<ShownField>): string => {
  const said = fields
    .slice(0, MOST_FIELDS)
    .map(
      ({ field, from, to }) => `${text(field)} ${change === 'create' ? '' : `<del>${text(from)}</del> → `}<ins>${text(to)}</ins>`,
    )
  const more = fields.length - MOST_FIELDS
  return `${said.join('; ')}${more > 0 ? `; and ${counted(more, 'field')} more` : ''}`
}

const findings = ({ scopes }: Status, most: number): string => {
  const { shown, more } = some(
    scopes.flatMap((scope) => scope.findings),
    most,
  )
  const rows = shown.map(
    ({ username, rule, severity, message }) =>
      `<li><b>${text(username)}</b> <span class="tag">${text(rule)}, ${plainly(severity)}</span><br>${text(message)}</li>`,
  )
  return rows.length === 0 ? '' : `<ul class="rows">${rows.join('')}</ul>${andMore(more)}`
}

const CAUSES: ReadonlyMap<string, string> = new Map([
  ['config', 'the config changed'],
  ['drift', 'changed on the service'],
  ['first_run', 'first run'],
  ['retry', 'tried again'],
  ['grace_elapsed', 'grace has passed'],
])

const changes = ({ recentChanges }: Status, now: Date, most: number): string => {
  const { shown } = some(recentChanges, Math.ceil(most / 2))
  const rows = shown.map(({ at, username, change, cause, outcome, error, fields }) => {
    const good = outcome === 'verified' || outcome === 'unobservable'
    const result = `<span class="${good ? 'good' : 'bad'}">${plainly(outcome)}${error === undefined ? '' : `: ${text(error)}`}</span>`
    return `<li><b>${text(username)}</b> <span class="tag">${plainly(change)}, ${CAUSES.get(cause) ?? plainly(cause)}</span><br>${fieldsText(change, fields)}<br><span class="quiet">${ago(at, now)}</span> ${result}</li>`
  })
  return rows.length === 0 ? '' : `<ul class="rows">${rows.join('')}</ul>`
}
