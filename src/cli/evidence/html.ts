// Evidence as one page that needs nothing else: for who knows nothing of this program, on screen, on a phone and on paper.
import type { Evidence } from '../../domain/evidence/document.ts'
import { text } from '../page/html.ts'
import { moment } from '../render/moment.ts'
import type { Check } from '../report.ts'
import { courseOf } from './course.ts'
import { STYLE } from './style.ts'
import { sections } from './tables.ts'
import { checkText, counted, lasting, percent, present, sharedGaps, verdict } from './words.ts'

/** The page. */
export const evidenceHtml = (found: Evidence, check: Check): string => {
  const { tone, text: title } = verdict(found, check)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="evidence" content="${found.since} ${found.until} ${check.chain.end?.seq ?? 0}">
<title>${text(`Evidence ${found.since.slice(0, 10)} to ${found.until.slice(0, 10)}: ${title}`)}</title><style>${STYLE}</style></head>
<body><header><p class="name">Configuration of SMTP users: evidence</p><h1 class="${tone}">${text(title)}</h1>
<p><time>${moment(found.since)}</time> to <time>${moment(found.until)}</time>, all times in UTC</p></header>
<main>
${figures(found)}
<p>A program compares the SMTP users of an SMTP2GO account with a file that says how they should be, and puts back what differs. Each look, each change and
each decision is a line of its journal, and this report is made of that journal alone. The numbers at the right of a row are the journal lines (<code>seq</code>) that say so: the one with which it began, and after the dash the one with which it ended.
What was not observed is told as a gap, never as in order.</p>
${journal(check)}
<section><h2>Course</h2>${courseOf(found)}</section>
${sections(found)}
</main>
<footer><p>Made by smtp2go-reconciler from its journal, offline. To check it: <code>smtp2go-reconciler verify-log --report FILE</code> on that journal shows whether the lines are as they were written,
and whether this report says what they say.</p></footer>
</body></html>
`
}

const journal = (check: Check): string => {
  const lines = checkText(check).map((line) => `<p>${whole(line)}</p>`)
  const title = check.fits ? 'The lines of the journal follow each other' : 'The journal is not as it was written'
  return `<div class="check${check.fits ? '' : ' bad'}"><p><b>${title}</b></p>${lines.join('')}</div>`
}

// A hash is never cut.
const whole = (line: string): string => text(line).replace(/sha256:[0-9a-f]{64}/, (hash) => `<code>${hash}</code>`)

const sumOf = (all: ReadonlyArray<number>): number => all.reduce((sum, one) => sum + one, 0)

const figures = ({ scopes, drift, repair_seconds: repair, rules, findings, gaps, approved, runs, changes }: Evidence): string => {
  const [observed, there] = [sumOf(scopes.map((one) => one.observed)), sumOf(scopes.map((one) => one.in_config))]
  const isWhole = scopes.every((one) => one.in_config === 1)
  const remaining = present({ scopes })
  const synced = remaining.filter(({ state }) => state === 'in_sync').length
  const open = findings.filter(({ until, waived }) => until === null && !waived).length
  const unknown = changes.no_outcome === 0 ? '' : `${changes.no_outcome} with no outcome written down; `
  const killed = runs.unfinished === 0 ? '' : `; ${runs.unfinished} more with no end written down`
  const kept = rules.filter(({ kept_since }) => kept_since !== null).length
  const rows: ReadonlyArray<readonly [name: string, value: string, more: string]> = [
    [
      'Observed',
      percent(there === 0 ? 0 : Math.floor((10_000 * observed) / there) / 10_000),
      `${isWhole ? '' : 'of the time in the config; '}${gaps.length === 0 ? 'without a gap' : counted(sharedGaps(gaps).length, 'gap')}`,
    ],
    ['In sync at the end', `${synced} of ${remaining.length}`, remaining.length === 1 ? 'scope' : 'scopes'],
    ['Deviations', String(drift.length), 'changed by somebody else'],
    [
      'Put back within',
      repair === null ? 'none' : lasting(repair.longest),
      repair === null
        ? `nothing was ${drift.length === 0 ? 'to be put back' : 'put back and read back'}`
        : `at the longest; median ${lasting(repair.median)}`,
    ],
    [
      'Rules kept',
      rules.length === 0 ? 'none set' : `${kept} of ${rules.length}`,
      'in every scope that they are for, at the end',
    ],
    ['Findings', String(findings.length), open === 0 ? 'none open at the end' : `${open} open at the end`],
    [
      'Changes',
      String(changes.tried),
      `${changes.verified} verified by reading back; ${unknown}${approved.length} approved by a person`,
    ],
    [
      'Looks',
      runs.total.toLocaleString('en'),
      `${runs.failed === 0 ? 'runs, none failed' : `runs, ${runs.failed} failed`}${killed}`,
    ],
  ]
  return `<dl>${rows.map(([name, value, more]) => `<div><dt>${name}</dt><dd>${text(value)}<small>${text(more)}</small></dd></div>`).join('')}</dl>`
}
