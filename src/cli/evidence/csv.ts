// Evidence as a table for spreadsheets: a row a statement. A cell that a spreadsheet would take for a formula gets an apostrophe before it.
import { counted } from '../../domain/basics/counted.ts'
import { visible } from '../../domain/basics/visible.ts'
import type { Evidence, HowEnded } from '../../domain/evidence/document.ts'
import type { Check } from '../report.ts'
import { checkText, runText, whomText } from './words.ts'

const COLUMNS = [
  'kind',
  'journal_line',
  'scope',
  'username',
  'subject',
  'severity',
  'last_right',
  'from',
  'until',
  'seconds',
  'at_most_seconds',
  'state',
  'by',
  'text',
  'until_line',
] as const

type Row = { readonly [C in (typeof COLUMNS)[number]]?: string | number | null }

/** The evidence as CSV, as RFC 4180 has it. */
export const evidenceCsv = (found: Evidence, check: Check): string => {
  const rows: ReadonlyArray<Row> = [
    { kind: 'period', from: found.since, until: found.until },
    {
      kind: 'journal',
      journal_line: check.chain.end?.seq ?? null,
      state: check.fits ? 'fits' : 'does not fit',
      text: checkText(check).join('; '),
    },
    ...found.scopes.map((one) => ({
      kind: 'scope',
      journal_line: one.in_sync_seq,
      scope: one.scope,
      from: one.in_sync_since,
      until: one.last_seen,
      state: one.left_at === null ? one.state : 'left',
      text: `observed ${one.observed}${one.in_config === 1 ? '' : `, in the config ${one.in_config}`}`,
      until_line: one.seq,
    })),
    ...found.rules.flatMap(ruleRows),
    ...found.drift.map((one) => ({
      kind: 'drift',
      journal_line: one.seq,
      scope: one.scope,
      username: one.username,
      subject: one.fields.join(' '),
      last_right: one.last_right,
      from: one.first_wrong,
      until: one.until,
      seconds: one.seconds,
      at_most_seconds: one.at_most_seconds,
      state: one.how,
      text: one.rules.join(' '),
      until_line: one.until_seq,
    })),
    ...found.findings.map((one) => ({
      kind: 'finding',
      journal_line: one.seq,
      scope: one.scope,
      username: one.username,
      subject: one.rule,
      severity: one.severity,
      from: one.since,
      until: one.until,
      state: openOr(one.until, endOr(one, 'resolved'), one.waived ? 'waived' : 'open'),
      text: one.message,
      until_line: one.until_seq,
    })),
    ...found.held.map((one) => ({
      kind: 'held',
      journal_line: one.seq,
      scope: one.scope,
      username: one.username,
      subject: `${one.change} ${one.fields.join(' ')}`.trim(),
      from: one.since,
      until: one.until,
      state: openOr(one.until, endOr(one, 'over')),
      text: one.reason,
      until_line: one.until_seq,
    })),
    ...found.gaps.map((one) => ({
      kind: 'gap',
      journal_line: one.seq,
      scope: one.scope,
      from: one.from,
      until: one.until,
      seconds: one.seconds,
      state: openOr(one.until, endOr(one, 'over')),
      text: one.why,
      until_line: one.until_seq,
    })),
    ...found.decisions.map((one) => ({
      kind: 'decision',
      journal_line: one.seq,
      subject: one.what,
      from: one.at,
      by: one.by,
      text: one.reason,
    })),
    ...found.approved.map((one) => ({
      kind: 'approved',
      journal_line: one.seq,
      scope: one.scope,
      username: one.username,
      subject: one.change,
      from: one.at,
      state: one.outcome ?? 'unknown',
      by: one.by,
      text: one.reason,
    })),
    ...found.no_outcome.map((one) => ({
      kind: 'no_outcome',
      journal_line: one.seq,
      scope: one.scope,
      username: one.username,
      subject: `${one.change} ${one.fields.join(' ')}`.trim(),
      from: one.at,
      state: 'unknown',
      by: one.by,
      text: runText(one),
    })),
    ...found.holds.map((one) => ({
      kind: 'hold',
      journal_line: one.seq,
      subject: one.what,
      from: one.from,
      until: one.until ?? one.ends,
      state: openOr(one.until, 'over'),
      by: one.by,
      text: one.reason,
      until_line: one.until_seq,
    })),
    ...found.waivers.map((one) => ({
      kind: 'waiver',
      journal_line: one.seq,
      username: one.username,
      subject: one.rule,
      from: one.from,
      until: one.until ?? one.ends,
      state: openOr(one.until, 'over'),
      text: one.reason,
      until_line: one.until_seq,
    })),
    ...found.configs.map((one) => ({
      kind: 'config',
      journal_line: one.seq,
      subject: one.digest,
      from: one.from,
      until: one.until,
      state: one.mode,
      text: one.files.join(' '),
      until_line: one.until_seq,
    })),
  ]
  const lines = [COLUMNS.join(','), ...rows.map((row) => COLUMNS.map((column) => cell(row[column])).join(','))]
  return `${lines.join('\r\n')}\r\n`
}

const ruleRows = (rule: Evidence['rules'][number]): ReadonlyArray<Row> => {
  const about = { kind: 'rule', journal_line: rule.seq, subject: rule.rule, severity: rule.severity }
  const whom = whomText(rule)
  if (rule.scopes.length === 0) return [{ ...about, state: 'no scope', text: whom }]
  return rule.scopes.map((one) => ({
    ...about,
    scope: one.scope,
    from: one.kept_since,
    state: one.kept_since !== null ? 'kept' : one.findings_open > 0 ? 'not kept' : 'not observed',
    text: [`${one.findings_open} open, broken ${counted(one.broken, 'time')}`, whom].filter((part) => part !== '').join('; '),
  }))
}

const endOr = ({ how }: { readonly how: HowEnded }, over: string): string => (how === 'left' ? how : over)
const openOr = (until: string | null, over: string, open = 'open'): string => (until === null ? open : over)

// Also where white space or a full-width sign stands before it; and where a spreadsheet begins a cell that takes semicolons for what parts them,
// as most of those in Europe do.
const FORMULA = /(^|;)(?=[\s"]*[=+\-@＝＋－＠])/g

const cell = (value: Row['kind']): string => {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const harmless = visible(value).replace(FORMULA, "$1'")
  return /[",\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
