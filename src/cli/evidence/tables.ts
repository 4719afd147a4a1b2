// The tables of the page. A list that has nothing says so: none is a statement too.
import type { Evidence, HowEnded } from '../../domain/evidence/document.ts'
import { text } from '../page/html.ts'
import { moment } from '../render/moment.ts'
import { plainly as words } from '../render/plainly.ts'
import { decisionWords, holdWords } from './said.ts'
import {
  endText,
  gapScopes,
  howText,
  lasting,
  linesOf,
  notKept,
  observedText,
  runText,
  scopeLines,
  scopeName,
  sharedGaps,
  stateText,
  waivedText,
  whomText,
  whyText,
} from './words.ts'

const MOST_ROWS = 500

type Column<A> = readonly [title: string, cell: (one: A) => string, kind?: 'n' | 'seq']

const time = (iso: string | null, otherwise = ''): string =>
  iso === null ? otherwise : `<time datetime="${text(iso)}">${moment(iso)}</time>`
const ended = (one: { readonly until: string | null; readonly how: HowEnded }, open: string): string =>
  [time(one.until, open), endText(one, '')].filter((part) => part !== '').join('<br>')
const plainly = (word: string): string => text(words(word))
const named = (scope: string): string => text(scopeName(scope))
const seq = <A extends Parameters<typeof linesOf>[0]>(): Column<A> => ['Lines', linesOf, 'seq']

const said = (plain: string, asSaid: string): string =>
  plain === asSaid ? `<code>${text(asSaid)}</code>` : `${text(plain)}<br><code class="quiet">${text(asSaid)}</code>`

/** All sections after the course. */
export const sections = (found: Evidence): string =>
  [
    section(
      'Scopes',
      'A scope is one set of SMTP users: the main account, or a subaccount. In sync: every user is as the config says.',
      found.scopes,
      [
        ['Scope', (one) => `<b>${named(one.scope)}</b>`],
        ['At the end', (one) => `<span class="${one.state === 'in_sync' ? 'good' : 'warn'}">${text(stateText(one))}</span>`],
        ['Observed', (one) => observedText(one), 'n'],
        [
          'Looks',
          (one) => `${one.looks.toLocaleString('en')}${one.missed_looks === 0 ? '' : `, ${one.missed_looks} in vain`}`,
          'n',
        ],
        ['Deviations', (one) => String(one.drift), 'n'],
        ['Open findings', (one) => String(one.findings_open), 'n'],
        ['Lines', (one) => linesOf(scopeLines(one)), 'seq'],
      ],
    ),
    section(
      'Rules',
      'What must hold for every user, listed in the config or not, or for those that a rule names. Kept since: no finding, no deviation and no gap since then.',
      found.rules,
      [
        ['Rule', (one) => [`<b>${text(one.rule)}</b>`, text(whomText(one))].filter((part) => part !== '').join('<br>')],
        ['Severity', (one) => plainly(one.severity)],
        [
          'Says',
          (one) =>
            `${one.kind === 'set' ? 'enforces' : one.otherwise === 'block' ? 'blocks who breaks it' : 'tells who breaks it'}: ${text(one.says.length === 0 ? one.fields.join(', ') : one.says.join('; '))}`,
        ],
        [
          'Kept since',
          (one) =>
            [one.kept_since === null ? `<span class="warn">${text(notKept(one))}</span>` : time(one.kept_since), waivedText(one)]
              .filter((part) => part !== '')
              .join('<br>'),
        ],
        ['Broken', (one) => `${one.broken}`, 'n'],
        seq(),
      ],
    ),
    section(
      'Deviations',
      'Users that somebody changed on the service although the config had not changed, with the window in which it happened.',
      found.drift,
      [
        ['User', (one) => `<b>${text(one.username)}</b><br>${text(one.fields.join(', '))}`],
        ['Scope', (one) => named(one.scope)],
        ['Last seen right', (one) => time(one.last_right, 'never')],
        ['First seen wrong', (one) => time(one.first_wrong)],
        [
          'Ended',
          (one) =>
            `${time(one.until)}${one.until === null ? '' : '<br>'}<span class="${one.how === 'open' || one.how === 'left' ? 'warn' : 'good'}">${howText(one)}</span>`,
        ],
        ['After', (one) => (one.seconds === null ? '' : lasting(one.seconds)), 'n'],
        seq(),
      ],
    ),
    section('Findings', 'What a person should know that the program does not change by itself.', found.findings, [
      ['User', (one) => `<b>${text(one.username)}</b><br>${text(one.message)}`],
      ['Scope', (one) => named(one.scope)],
      ['Rule', (one) => `${text(one.rule)}<br><span class="quiet">${plainly(one.severity)}</span>`],
      ['Since', (one) => time(one.since)],
      ['Resolved', (one) => ended(one, one.waived ? 'excepted for now' : '<span class="warn">open</span>')],
      seq(),
    ]),
    section(
      'Held back',
      'Changes that were due and were not made, because a limit, a hold or a missing approval stopped them, or because the service did not take what a rule sets.',
      found.held,
      [
        ['User', (one) => `<b>${text(one.username)}</b><br>${plainly(one.change)} ${text(one.fields.join(', '))}`],
        ['Scope', (one) => named(one.scope)],
        ['Why', (one) => plainly(one.reason)],
        ['Since', (one) => time(one.since)],
        ['Until', (one) => ended(one, '<span class="warn">still held</span>')],
        seq(),
      ],
    ),
    section(
      'Gaps in the observation',
      'Times longer than two periods of the schedule in which a scope was not seen. Nothing is claimed of them.',
      sharedGaps(found.gaps),
      [
        ['Scope', (one) => `<b>${text(gapScopes(one))}</b>`],
        ['Last seen', (one) => time(one.from)],
        ['Seen again', (one) => ended(one, '<span class="warn">not yet</span>')],
        ['Length', (one) => lasting(one.seconds), 'n'],
        ['Why', (one) => text(whyText(one))],
        seq(),
      ],
    ),
    section('Decisions', 'Who decided what, and why.', found.decisions, [
      ['When', (one) => time(one.at)],
      ['What', (one) => said(decisionWords(one), one.what)],
      ['Who', (one) => `<b>${text(one.by)}</b>`],
      ['Why', (one) => text(one.reason)],
      ['Changes', (one) => (one.changes === 0 ? '' : String(one.changes)), 'n'],
      seq(),
    ]),
    section('Approved changes', 'Changes that were held back until a person let them through.', found.approved, [
      ['When', (one) => time(one.at)],
      ['User', (one) => `<b>${text(one.username)}</b><br>${plainly(one.change)}, ${named(one.scope)}`],
      ['Approved by', (one) => `<b>${text(one.by)}</b><br>${text(one.reason)}`],
      ['Came to', (one) => plainly(one.outcome ?? 'not written down')],
      seq(),
    ]),
    section(
      'Changes with no outcome',
      'Changes that were begun by a run that wrote down no outcome of them, as one that was killed. They may have been made, or not: what a later look shows, the journal says of the scope.',
      found.no_outcome,
      [
        ['When', (one) => time(one.at)],
        ['User', (one) => `<b>${text(one.username)}</b><br>${plainly(one.change)}, ${named(one.scope)}`],
        ['Fields', (one) => text(one.fields.join(', '))],
        ['Run', (one) => text(runText(one))],
        seq(),
      ],
    ),
    section('Holds and stops', 'Times in which a person kept hands off, or kept users blocked.', found.holds, [
      ['What', (one) => said(holdWords(one.hold), one.what)],
      ['Who', (one) => `<b>${text(one.by)}</b><br>${text(one.reason)}`],
      ['From', (one) => time(one.from)],
      ['Until', (one) => (one.until === null ? `${time(one.ends)}, in force` : time(one.until))],
      seq(),
    ]),
    section('Waivers', 'Exceptions from rules; each has an end.', found.waivers, [
      ['Rule', (one) => `<b>${text(one.rule)}</b>`],
      ['Users', (one) => text(one.username)],
      ['Why', (one) => text(one.reason)],
      ['From', (one) => time(one.from)],
      ['Until', (one) => (one.until === null ? `${time(one.ends)}, in force` : time(one.until))],
      seq(),
    ]),
    section('Configs in force', 'The digest is that of the config files as they were.', found.configs, [
      ['Digest', (one) => `<code>${text(one.digest)}</code><br><span class="quiet">${text(one.files.join(', '))}</span>`],
      ['From', (one) => time(one.from)],
      ['Until', (one) => time(one.until, 'in force')],
      ['Mode', (one) => (one.mode === 'enforce' ? 'put back' : 'only observe')],
      ['Schedule', (one) => (one.schedule === null ? 'none' : `<code>${text(one.schedule)}</code> ${text(one.timezone)}`)],
      seq(),
    ]),
  ].join('\n')

const section = <A>(title: string, says: string, all: ReadonlyArray<A>, columns: ReadonlyArray<Column<A>>): string => {
  const head = `<h2>${title}</h2><p class="quiet">${says}</p>`
  if (all.length === 0) return `<section>${head}<p class="none">None in this period.</p></section>`
  const titles = columns
    .map(([name, , kind]) => `<th scope="col"${kind === undefined ? '' : ` class="${kind}"`}>${name}</th>`)
    .join('')
  const rows = all.slice(0, MOST_ROWS).map((one) => `<tr>${columns.map((column) => cellOf(column, one)).join('')}</tr>`)
  const more = all.length - rows.length
  const rest =
    more > 0
      ? `<p class="quiet">and ${more.toLocaleString('en')} more: <code>--format csv</code> and <code>json</code> hold all of them</p>`
      : ''
  return `<section>${head}<table><thead><tr>${titles}</tr></thead><tbody>${rows.join('')}</tbody></table>${rest}</section>`
}

const cellOf = <A>([title, cell, kind]: Column<A>, one: A): string =>
  `<td data-of="${title}"${kind === undefined ? '' : ` class="${kind}"`}>${cell(one)}</td>`
