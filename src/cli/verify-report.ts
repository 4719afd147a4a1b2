// Whether a report says what the journal says: it is made again, of the same period and of the lines that there were then, and compared
// line by line.
import type { Failure } from '../domain/failure.ts'
import { isMoment } from '../domain/time.ts'
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

/** How a report stands: as the journal has it, or the first of its lines that is not so; `undefined`: it cannot be told what it is. */
export type ReportVerdict =
  | { readonly fits: true; readonly seq: number }
  | { readonly fits: false; readonly line: number }
  | undefined

/** Makes a report again and compares. */
export const reportVerdict = async (ports: EvidencePorts, text: string): Promise<E.Either<Failure, ReportVerdict>> => {
  const head = headOf(text)
  if (head === undefined) return E.right(undefined)
  const { format, since, until, seq } = head
  const made = await madeFrom(ports, { since: Date.parse(since), until: Date.parse(until) }, seq)
  if (E.isLeft(made)) return made
  const [here, there] = [text.split('\n'), rendered(format, made.right, false).split('\n')]
  const at = there.findIndex((line, index) => line !== here[index])
  if (at < 0 && here.length === there.length) return E.right({ fits: true, seq })
  return E.right({ fits: false, line: (at < 0 ? there.length : at) + 1 })
}
