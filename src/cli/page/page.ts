// The status page: one document made here, complete without a script. What needs somebody comes first, what is calm is said briefly.

import { faultOf, type Status } from '../../daemon/status.ts'
import { fullMessage } from '../../domain/basics/command.ts'
import { counted } from '../../domain/basics/counted.ts'
import { LET_GO_ADVICE, letGoText } from '../../domain/memory/let-go.ts'
import { isPassing } from '../../domain/plan/held.ts'
import { isDone } from '../../domain/plan/outcome.ts'
import { NOT_KNOWN, type ShownField } from '../../domain/user/shown.ts'
import { typed } from '../render/command.ts'
import { problemLines } from '../render/json.ts'
import { causeWords, endWords, outcomeWords, plainly, wokenWords } from '../render/plainly.ts'
import { heldIn, type Waiting, waitingIn } from '../render/waiting.ts'
import { ICON, SCRIPT, STYLE } from './assets.ts'
import { headlineOf } from './headline.ts'
import { holdList } from './holds.ts'
import { ago, ahead, andMore, lasting, release, section, sentence, some, text } from './html.ts'
import { scopeList } from './scopes.ts'
import { timeline } from './timeline.ts'

const LARGEST = 49_000
const LONGEST_LISTS = 40

/** The page; where there is very much to say, its lists are cut until it is small enough for any line. `reachedBy` leads a quoted command here. */
export const statusPage = (status: Status, now: Date, reachedBy = ''): string => {
  let most = LONGEST_LISTS
  let page = pageWith(status, { now, most, reachedBy })
  while (Buffer.byteLength(page) > LARGEST && most > 1) {
    most = Math.floor(most / 2)
    page = pageWith(status, { now, most, reachedBy })
  }
  return page
}

type Options = { readonly now: Date; readonly most: number; readonly reachedBy: string }

const pageWith = (status: Status, { now, most, reachedBy }: Options): string => {
  const { tone, title } = headlineOf(status)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${text(title)} · smtp2go-reconciler</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}"><style>${STYLE}</style></head>
<body><header><p class="name">smtp2go-reconciler</p><p id="away" role="status" hidden>no answer; this may be out of date</p></header>
<main><div data-part="headline" aria-live="polite"><h1 class="${tone}">${text(title)}</h1></div>
<div data-part="facts">${facts(status, now)}</div>
${section('config', 'The config file', configProblems(status))}
${section('failure', 'The last run', runFailure(status))}
${section('let-go', 'In the config no more', letGo(status))}
${section('held', 'Waiting for you', held(status, most))}
${section('holds', 'On hold', holdList(status, { now, most, reachedBy }))}
${section('grace', 'Waiting for time to pass', passing(status, most))}
${section('runs', 'Recent runs', timeline(status.recentRuns, now))}
${section('scopes', 'Scopes', scopeList(status.scopes, now, most))}
${section('findings', 'Findings', findings(status, now, most))}
${section('changes', 'Recent changes', changes(status, now, most))}
</main>
<footer><nav aria-label="For machines"><a href="/api/status">status as JSON</a> <a href="/metrics">metrics</a> <a href="/readyz">ready</a> <a href="/healthz">alive</a></nav>
<p>This page only shows; changes are made by the config file, and by commands on the machine itself.</p></footer>
<script>${SCRIPT}</script>
</body></html>
`
}

const facts = (status: Status, now: Date): string => {
  const { lastRun, nextRun, config, throttledUntil, pausedFor } = status
  const rows: ReadonlyArray<readonly [name: string, value: string]> = [
    [
      'Last run',
      lastRun === undefined
        ? 'none yet'
        : `${ago(lastRun.at, now)}: ${outcomeWords(lastRun.outcome)} <span class="quiet woken">(${text(wokenWords(lastRun.by))})</span>`,
    ],
    ['Next run', status.running ? underWay(status) : nextRun === undefined ? 'none scheduled' : ahead(nextRun, now)],
    [
      'Config',
      config === undefined
        ? 'none taken yet'
        : `${config.files.map(fileName).join(', ')}, in force for ${lasting(config.since, now)}`,
    ],
    ...lastDrift(status, now),
    ...(throttledUntil !== undefined && Date.parse(throttledUntil) > now.getTime()
      ? [
          [
            'Service',
            `${pausedFor === 'throttled' ? 'asked for quiet; ' : ''}next request ${ahead(throttledUntil, now)}`,
          ] as const,
        ]
      : []),
    ...status.webhooks
      .filter(({ lastFailure }) => lastFailure !== undefined)
      .map(
        ({ name, lastFailure = '' }) =>
          ['Webhook', `${text(name)}: the last notification did not arrive, ${text(lastFailure)}`] as const,
      ),
  ]
  return `<dl>${rows.map(([name, value]) => `<div${name === DRIFT ? ' class="wide"' : ''}><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`
}

const underWay = ({ progress }: Status): string =>
  progress === undefined ? 'under way' : `under way, ${progress.done} of ${counted(progress.due, progress.of.slice(0, -1))}`

const DRIFT = 'Last drift'

const lastDrift = ({ recentChanges }: Status, now: Date): ReadonlyArray<readonly [name: string, value: string]> => {
  const last = recentChanges.find(({ cause }) => cause === 'drift')
  if (last === undefined) return []
  const end = isDone(last) ? 'put back' : 'not put back'
  return [[DRIFT, `<b>${text(last.username)}</b>, ${ago(last.at, now)}: ${end}`]]
}

const fileName = (file: string): string => `<code>${text(file.split('/').at(-1) ?? file)}</code>`

const configProblems = ({ configFailure }: Status): string => {
  if (configFailure === undefined) return ''
  const { shown, more } = some(problemLines(configFailure), 12)
  const lines = shown.map((line) => `<li><code>${text(line)}</code></li>`).join('')
  return `<p>${text(sentence(faultOf(configFailure)))}. The last good one stays in force; nothing is written, and drift is only reported.</p><ul class="problems">${lines}</ul>${andMore(more)}`
}

const letGo = ({ letGo: ones = [] }: Status): string =>
  ones.length === 0 ? '' : `<p>${text(letGoText(ones))}; ${text(LET_GO_ADVICE)}.</p>`

const runFailure = ({ runFailure: failure }: Status): string =>
  failure === undefined
    ? ''
    : `<p>It came to no report.</p><ul class="problems">${problemLines(failure)
        .slice(0, 5)
        .map((line) => `<li><code>${text(line)}</code></li>`)
        .join('')}</ul>`

const held = ({ scopes }: Status, most: number): string => {
  const { shown, more } = some(
    heldIn(scopes).filter((one) => !isPassing(one)),
    most,
  )
  const doubted = scopes.flatMap(({ error, scope }) => {
    if (error?.command === undefined) return []
    const { message, command } = error
    return [
      `<div class="group"><ul class="rows"><li><b>${text(scope)}</b><br>${text(message)}</li></ul>${release('If that is right', typed(command))}</div>`,
    ]
  })
  const groups = waitingIn(shown).map((waiting) => group(waiting, scopes.length > 1))
  return `${[...doubted, ...groups].join('')}${andMore(more)}`
}

const passing = ({ scopes }: Status, most: number): string => {
  const { shown, more } = some(heldIn(scopes).filter(isPassing), most)
  return `${waitingIn(shown)
    .map((waiting) => group(waiting, scopes.length > 1))
    .join('')}${andMore(more)}`
}

const group = ({ command, reasons }: Waiting, several: boolean): string => {
  const count = reasons.reduce((sum, { held: ones }) => sum + ones.length, 0)
  const lists = reasons.map(({ words, held: ones }) => {
    const items = ones.map(
      ({ username, change, reason, fields, note, scope }) =>
        `<li><b>${text(username)}</b> ${tag(scope, several, change, plainly(reason))}${fieldsText(change, fields)}${note === undefined ? '' : `<p class="why">${text(note)}</p>`}</li>`,
    )
    return `<ul class="rows">${items.join('')}</ul><p class="why">${text(words)}</p>`
  })
  return `<div class="group">${lists.join('')}${command === undefined ? '' : release(`To let ${count === 1 ? 'it' : 'them'} through`, command)}</div>`
}

const tag = (scope: string, several: boolean, ...words: ReadonlyArray<string>): string =>
  `<span class="tag">${several ? `${text(scope.replace('subaccount:', ''))} · ` : ''}${text(words.join(', '))}</span>`

const MOST_FIELDS = 6
const MOST_OF_NEW = 3

const fieldsText = (change: string, fields: ReadonlyArray<ShownField>): string => {
  const most = change === 'create' ? MOST_OF_NEW : MOST_FIELDS
  const said = fields.slice(0, most).map(({ field, from, to }) => {
    const before = change === 'create' || from === NOT_KNOWN ? '' : `<del>${text(from)}</del> → `
    return `<li><span class="field">${text(field)}</span> ${before}<ins>${text(to)}</ins></li>`
  })
  const more = fields.length - most
  return said.length === 0
    ? ''
    : `<ul class="fields">${said.join('')}${more > 0 ? `<li class="quiet">and ${counted(more, 'field')} more</li>` : ''}</ul>`
}

const findings = ({ scopes }: Status, now: Date, most: number): string => {
  const { shown, more } = some(
    scopes.flatMap((scope) => scope.findings),
    most,
  )
  const rows = shown.map(
    ({ username, rule, severity, openSince, ...said }) =>
      `<li><b>${text(username)}</b> <span class="tag">${text(rule)}, ${text(plainly(severity))}, for ${lasting(openSince, now)}</span><br>${text(fullMessage(said))}</li>`,
  )
  const over = some(
    scopes.flatMap(({ resolved }) => resolved),
    most,
  )
  const gone = over.shown.map(
    ({ username, rule, resolvedAt }) =>
      `<li class="quiet"><b>${text(username)}</b> ${text(rule)}: resolved ${ago(resolvedAt, now)}</li>`,
  )
  const all = [...rows, ...gone]
  return all.length === 0 ? '' : `<ul class="rows">${all.join('')}</ul>${andMore(more + over.more)}`
}

const changes = ({ recentChanges, scopes }: Status, now: Date, most: number): string => {
  const { shown } = some(recentChanges, Math.ceil(most / 2))
  const rows = shown.map(({ at, scope, username, change, cause, outcome, error, fields }) => {
    const result = `<span class="state ${isDone({ outcome }) ? 'good' : 'bad'}">${text(endWords(outcome))}${error === undefined ? '' : `: ${text(error)}`}</span>`
    return `<li class="change"><div><b>${text(username)}</b> ${tag(scope, scopes.length > 1, change, causeWords(cause))}</div><p class="end">${result} <span class="quiet">${ago(at, now)}</span></p>${fieldsText(change, fields)}</li>`
  })
  return rows.length === 0 ? '' : `<ul class="rows">${rows.join('')}</ul>`
}
