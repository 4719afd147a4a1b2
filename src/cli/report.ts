// `report`: evidence of a period for an auditor, from the journal alone. It checks the chain while it reads, and says what came of that.
import type { Failure } from '../domain/basics/failure.ts'
import { type EvidencePeriod, evidenceOf } from '../domain/evidence/collect.ts'
import type { Evidence } from '../domain/evidence/document.ts'
import type { Calendar } from '../domain/evidence/gap.ts'
import { type JournalPart, seqOf } from '../domain/journal/chain.ts'
import type { JournalLine } from '../domain/journal/journal.ts'
import { E } from '../fp.ts'
import type { JournalReader } from '../ports.ts'
import { type Checked, readChecked } from '../reconcile/journal.ts'
import { delivered, failing } from './ending.ts'
import { evidenceCsv } from './evidence/csv.ts'
import { evidenceHtml } from './evidence/html.ts'
import { evidenceJson } from './evidence/json.ts'
import { evidenceText } from './evidence/text.ts'
import { nowhere } from './history.ts'
import { failureJson, printJson } from './render/json.ts'
import type { Terminal } from './terminal.ts'
import { before, type TimeOrSpan } from './words.ts'

export type ReportFormat = 'text' | 'json' | 'csv' | 'html'

export type ReportOptions = {
  readonly since: TimeOrSpan
  readonly until: TimeOrSpan | undefined
  readonly format: ReportFormat
  readonly out: string | undefined
}

/** What reading the journal showed of itself. */
export type Check = Checked & {
  readonly fits: boolean
  /** Lines that are none of ours. */
  readonly unreadable: number
  /** Seq and moment of the first and of the last line with something for this report. */
  readonly first: string | undefined
  readonly last: string | undefined
}

/** What evidence is made from. */
export type EvidencePorts = { readonly journal: JournalReader; readonly calendar: Calendar }

type Ports = EvidencePorts & { readonly terminal: Terminal; readonly dir: string; readonly now: Date }

/** Runs `report`; gives its exit code: 4 where the journal does not fit. */
export const report = async (ports: Ports, options: ReportOptions): Promise<number> => {
  const { terminal, dir, now } = ports
  const period = periodOf(options, now.getTime())
  const made = E.isLeft(period) ? period : await madeFrom(ports, period.right)
  if (E.isLeft(made)) return failing(terminal, options.format, failureJson('smtp2go-reconciler/evidence@1'))(made.left)
  const { found, check } = made.right
  const text = rendered(options.format, made.right, terminal.colour && options.out === undefined)
  if ((await delivered(terminal, options.out, text)) !== 0) return 1
  if (!check.fits) terminal.err('the journal does not fit, so this report proves nothing from there on; see: verify-log\n')
  else if (check.chain.lines === 0) terminal.err(nowhere(dir))
  else if (found.runs.total === 0) terminal.err('the journal tells of no run in this period\n')
  return check.fits ? 0 : 4
}

const periodOf = (options: ReportOptions, now: number): E.Either<Failure, EvidencePeriod> => {
  const since = before(options.since, now)
  const until = Math.min(now, options.until === undefined ? now : before(options.until, now))
  if (since < until) return E.right({ since, until })
  const [from, to] = [since, until].map((at) => new Date(at).toISOString())
  const message = `--since is ${from}, and the period would end at ${to}${until === now ? ', which is now' : ''}: it must begin before that`
  return E.left({ _tag: 'WrongUsage', message })
}

/** Evidence, and how the journal stands from which it was made. */
export type Made = { readonly found: Evidence; readonly check: Check }

/** The last line of a report that was made before, and who gets each line after it that can be understood. */
export type MadeBefore = { readonly seq: number; readonly after: (line: JournalLine, seq: number) => void }

/** Makes the evidence of a period, of the lines that a report was made of before, or of all. */
export const madeFrom = async (
  { journal, calendar }: EvidencePorts,
  period: EvidencePeriod,
  earlier?: MadeBefore,
): Promise<E.Either<Failure, Made>> => {
  const collected = evidenceOf(period, calendar)
  let unreadable = 0
  let [first, last]: ReadonlyArray<string | undefined> = []
  const take = (part: JournalPart): boolean => {
    if (part._tag !== 'Line') return part._tag !== 'Endless'
    const line = part.told()
    if (line === undefined) unreadable += 1
    else if (line !== 'other') {
      first ??= line.at
      last = line.at
      collected.take(line, seqOf(part.start()) ?? 0)
    }
    return true
  }
  const read = await readChecked(journal, { files: 'all', take, ...(earlier === undefined ? {} : upToIt(earlier)) })()
  if (E.isLeft(read)) return read
  const check: Check = { ...read.right, fits: read.right.misfit === undefined, unreadable, first, last }
  return E.right({ found: collected.evidence(), check })
}

const upToIt = ({ seq, after }: MadeBefore) => ({
  upTo: seq,
  after: (part: JournalPart): void => {
    const line = part._tag === 'Line' ? part.told() : undefined
    if (part._tag === 'Line' && line !== undefined && line !== 'other') after(line, seqOf(part.start()) ?? 0)
  },
})

/** The evidence in a format. */
export const rendered = (format: ReportFormat, { found, check }: Made, colour: boolean): string => {
  switch (format) {
    case 'json':
      return printJson(evidenceJson(found, check))
    case 'csv':
      return evidenceCsv(found, check)
    case 'html':
      return evidenceHtml(found, check)
    case 'text':
      return evidenceText(found, check, colour)
  }
}
