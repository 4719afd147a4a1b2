// Whether a report says what the journal says: it is made again, of the same period and of the lines that there were then, and compared
// line by line. Lines of its period that came later, or that it hides, are told.
import type { Failure } from '../domain/basics/failure.ts'
import { isMoment } from '../domain/basics/time.ts'
import type { EvidencePeriod } from '../domain/evidence/collect.ts'
import type { JournalLine } from '../domain/journal/journal.ts'
import { E } from '../fp.ts'
import type { EvidencePorts, ReportFormat } from './report.ts'
import { madeFrom, rendered } from './report.ts'

/** What a report says of itself: its period, and the last line of the journal that it was made from. */
type Head = { readonly format: ReportFormat; readonly since: string; readonly until: string; readonly seq: number }

const MOMENT = String.raw`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)`
const HTML = new RegExp(`<meta name="evidence" content="${MOMENT} ${MOMENT} (\\d+)">`)
const CSV_PERIOD = new RegExp(`^period,+${MOMENT},${MOMENT},`, 'm')
const CSV_LINE = /^journal,(\d*),/m
const JSON_PERIOD = new RegExp(`"since":\\s*"${MOMENT}",\\s*"until":\\s*"${MOMENT}"`)
const JSON_LINE = /"last":\s*(?:null|\{\s*"seq":\s*(\d+))/

const headOf = (text: string): Head | undefined => {
  const html = HTML.exec(text)
  const [period, line, format] =
    html !== null
      ? [html, html[3], 'html' as const]
      : text.startsWith('kind,')
        ? [CSV_PERIOD.exec(text), CSV_LINE.exec(text)?.[1], 'csv' as const]
        : [JSON_PERIOD.exec(text), JSON_LINE.exec(text)?.[1], 'json' as const]
  const [, since, until] = period ?? []
  if (since === undefined || until === undefined || !isPeriod(since, until)) return undefined
  return { format, since, until, seq: Number(line ?? 0) }
}

const isPeriod = (since: string, until: string): boolean => isMoment(since) && isMoment(until) && since < until

/** Lines of the journal, by their number, and the seq of the first and of the last of them. */
export type MoreLines = { readonly lines: number; readonly first: number; readonly last: number }

/**
 * How a report stands: as the journal has it, or the first of its lines that is not so, or the lines of its period that it was not made of;
 * `undefined`: it cannot be told what it is.
 */
export type ReportVerdict =
  | { readonly _tag: 'Fits'; readonly seq: number }
  | { readonly _tag: 'Differs'; readonly line: number }
  | { readonly _tag: 'LeavesOut'; readonly more: MoreLines }
  | undefined

// A line may be on its way to the file while a report is made.
const GRACE_MS = 1000

/** Counts the lines of a period. */
const linesWithin = ({ since, until }: EvidencePeriod) => {
  let more: MoreLines | undefined
  return {
    more: (): MoreLines | undefined => more,
    take: ({ at }: JournalLine, seq: number): void => {
      const written = Date.parse(at)
      if (written < since || written >= until - GRACE_MS) return
      more = { lines: (more?.lines ?? 0) + 1, first: more?.first ?? seq, last: seq }
    },
  }
}

/** Makes a report again and compares. */
export const reportVerdict = async (ports: EvidencePorts, text: string): Promise<E.Either<Failure, ReportVerdict>> => {
  const head = headOf(text)
  if (head === undefined) return E.right(undefined)
  const { format, since, until, seq } = head
  const period = { since: Date.parse(since), until: Date.parse(until) }
  const later = linesWithin(period)
  const made = await madeFrom(ports, period, { seq, after: later.take })
  if (E.isLeft(made)) return made
  const [here, there] = [text.split('\n'), rendered(format, made.right, false).split('\n')]
  const at = there.findIndex((line, index) => line !== here[index])
  if (at >= 0 || here.length !== there.length) return E.right({ _tag: 'Differs', line: (at < 0 ? there.length : at) + 1 })
  const more = later.more()
  return E.right(more === undefined ? { _tag: 'Fits', seq } : { _tag: 'LeavesOut', more })
}
