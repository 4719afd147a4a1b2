// Evidence for a terminal.

import { visible } from '../../domain/basics/visible.ts'
import type { Evidence, NoOutcomeEvidence } from '../../domain/evidence/document.ts'
import { moment } from '../render/moment.ts'
import { type Paint, painter } from '../render/paint.ts'
import type { Check } from '../report.ts'
import {
  changesText,
  checkText,
  counted,
  endText,
  gapScopes,
  howText,
  lasting,
  linesOf,
  notKept,
  observedText,
  runText,
  scopeLines,
  sharedGaps,
  stateText,
  verdict,
  waivedText,
  whomText,
  whyText,
} from './words.ts'

const MOST = 50

/** The evidence in words; long lists are cut, the other formats have them whole. */
export const evidenceText = (found: Evidence, check: Check, colour: boolean): string => {
  const paint = painter(colour)
  const { tone, text } = verdict(found, check)
  const head = { good: paint.green, warn: paint.yellow, bad: paint.red }[tone](paint.bold(text))
  return [
    head,
    `from ${moment(found.since)} to ${moment(found.until)}, all times UTC; [n–m] are the journal lines that say so, from the first to the last`,
    ...checkText(check).map((line) => `journal: ${visible(line)}`),
    counts(found),
    ...part(
      paint,
      'scopes',
      found.scopes,
      (one) => `${visible(one.scope)}  ${stateText(one)}, observed ${observedText(one)}  [${linesOf(scopeLines(one))}]`,
    ),
    ...part(paint, 'rules', found.rules, (one) => {
      const kept =
        one.kept_since === null
          ? notKept(one)
          : `kept ${one.match.scope === null ? 'in every scope ' : ''}since ${moment(one.kept_since)}`
      const waived = one.waived === 0 ? '' : `, ${waivedText(one)}`
      const whom = whomText(one)
      return `${visible(one.rule)} (${one.severity})${whom === '' ? '' : ` ${visible(whom)}`}  ${kept}${waived}  [${linesOf(one)}]`
    }),
    ...part(paint, 'drift', found.drift, (one) => {
      const right = one.last_right === null ? 'never seen right' : `last right ${moment(one.last_right)}`
      const end = one.until === null ? 'still so' : `${howText(one)} ${moment(one.until)}, after ${lasting(one.seconds ?? 0)}`
      return `${visible(one.scope)}  ${visible(one.username)}: ${one.fields.join(', ')}  ${right}, first wrong ${moment(one.first_wrong)}, ${end}  [${linesOf(one)}]`
    }),
    ...part(paint, 'findings', found.findings, (one) => {
      const end =
        one.until === null ? (one.waived ? 'excepted for now' : 'still open') : `${endText(one, 'resolved')} ${moment(one.until)}`
      return `${visible(one.scope)}  ${visible(one.rule)} ${visible(one.username)}: since ${moment(one.since)}, ${end}; ${visible(one.message)}  [${linesOf(one)}]`
    }),
    ...part(paint, 'gaps in the observation', sharedGaps(found.gaps), (one) => {
      const end = one.until === null ? 'still' : `to ${moment(one.until)}${one.how === 'left' ? ', when it left the config' : ''}`
      return `${visible(gapScopes(one))}  from ${moment(one.from)} ${end}, ${lasting(one.seconds)}: ${whyText(one)}  [${linesOf(one)}]`
    }),
    ...part(paint, 'decisions', found.decisions, (one) => {
      const why = one.reason === '' ? '' : `: ${visible(one.reason)}`
      const made = one.changes === 0 ? '' : ` (${counted(one.changes, 'change')})`
      return `${moment(one.at)}  ${visible(one.what)}, ${visible(one.by)}${why}${made}  [${linesOf(one)}]`
    }),
    ...part(paint, 'changes with no outcome written down', found.no_outcome, noOutcomeText),
    ...part(paint, 'holds and stops', found.holds, (one) => {
      const end = one.until === null ? `in force until ${moment(one.ends)}` : `over ${moment(one.until)}`
      return `${visible(one.what)} from ${moment(one.from)}, ${end}; ${visible(one.by)}: ${visible(one.reason)}  [${linesOf(one)}]`
    }),
    ...part(paint, 'waivers', found.waivers, (one) => {
      const end = one.until === null ? `until ${moment(one.ends)}` : `over ${moment(one.until)}`
      return `${visible(one.rule)}: ${visible(one.username)} from ${moment(one.from)}, ${end}: ${visible(one.reason)}  [${linesOf(one)}]`
    }),
    ...part(paint, 'configs in force', found.configs, (one) => {
      const end = one.until === null ? '' : ` to ${moment(one.until)}`
      return `${one.digest}  from ${moment(one.from)}${end}, ${one.mode}, ${counted(one.rules, 'rule')}  [${linesOf(one)}]`
    }),
    '',
  ].join('\n')
}

const noOutcomeText = (one: NoOutcomeEvidence): string => {
  const what = `${one.change} ${visible(one.username)}${one.fields.length === 0 ? '' : `: ${one.fields.join(', ')}`}`
  return `${moment(one.at)}  ${visible(one.scope)}  ${what}  ${visible(runText(one))}, may have been made  [${linesOf(one)}]`
}

const counts = ({ runs, changes, repair_seconds: repair, drift }: Evidence): string => {
  const failed = runs.failed === 0 ? '' : `, ${runs.failed} failed`
  const frozen = runs.frozen === 0 ? '' : `, ${runs.frozen} with a broken config file`
  const killed = runs.unfinished === 0 ? '' : `, and ${runs.unfinished} more with no end written down`
  const times =
    repair === null ? '' : `; put back after ${lasting(repair.median)} (median), ${lasting(repair.longest)} at the longest`
  return `${counted(runs.total, 'run')}${failed}${frozen}${killed}; ${changesText(changes)}; drift ${counted(drift.length, 'time')}${times}`
}

const part = <A>(paint: Paint, title: string, all: ReadonlyArray<A>, line: (one: A) => string): ReadonlyArray<string> => {
  if (all.length === 0) return ['', `${paint.bold(title)}: none`]
  const more = all.length - MOST
  return [
    '',
    paint.bold(title),
    ...all.slice(0, MOST).map((one) => `  ${line(one)}`),
    ...(more > 0 ? [`  and ${more} more, see --format html, csv or json`] : []),
  ]
}
