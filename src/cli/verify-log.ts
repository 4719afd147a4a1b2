// `verify-log`: whether the journal is as it was written, from its first line to its last. Reads only, also while a daemon writes.

import { counted } from '../domain/basics/counted.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { visible } from '../domain/basics/visible.ts'
import { E, pipe, TE } from '../fp.ts'
import type { JournalReader } from '../ports.ts'
import { type Checked, readChecked } from '../reconcile/journal.ts'
import { failing } from './ending.ts'
import { failureJson, printJson } from './render/json.ts'
import type { EvidencePorts } from './report.ts'
import type { Terminal } from './terminal.ts'
import { type ReportVerdict, reportVerdict } from './verify-report.ts'

export type VerifyLogOptions = {
  /** SHA-256 in hex of a line, kept elsewhere. */
  readonly expect: string | undefined
  /** The text of a report, and its file. */
  readonly report: { readonly file: string; readonly text: TE.TaskEither<Failure, string> } | undefined
  readonly format: 'text' | 'json'
}

type Ports = EvidencePorts & { readonly terminal: Terminal; readonly dir: string }

/** How the journal stands, and the line whose hash was expected. */
type Verdict = Checked & { readonly expectedAt: number | undefined }

const FORMAT = 'smtp2go-reconciler/log-check@1'

/** Runs `verify-log`; gives its exit code: 4 where the journal does not fit. */
export const verifyLog = async (ports: Ports, { expect, report, format }: VerifyLogOptions): Promise<number> => {
  const { terminal } = ports
  const fail = failing(terminal, format, failureJson(FORMAT))
  const verdict = await verified(ports.journal, expect)
  const ofReport = report === undefined ? E.right(undefined) : await verdictOn(ports, report)
  if (E.isLeft(ofReport)) return fail(ofReport.left)
  if (E.isLeft(verdict)) return fail(verdict.left)
  const told = report === undefined ? undefined : { file: report.file, verdict: ofReport.right }
  const { misfit, expectedAt } = verdict.right
  const isReported = told === undefined || told.verdict?._tag === 'Fits'
  const fits = misfit === undefined && (expect === undefined || expectedAt !== undefined) && isReported
  terminal.out(
    format === 'json'
      ? printJson(json(verdict.right, { fits, expect, told }))
      : `${text(verdict.right, { expect, dir: ports.dir })}${told === undefined ? '' : reportText(told)}`,
  )
  return fits ? 0 : 4
}

const verdictOn = (ports: EvidencePorts, { text }: NonNullable<VerifyLogOptions['report']>) =>
  pipe(
    text,
    TE.chain((found) => () => reportVerdict(ports, found)),
  )()

const verified = async (journal: JournalReader, expect: string | undefined) => {
  let expectedAt: number | undefined
  const read = await readChecked(journal, {
    files: 'all',
    take: (part, { chain, misfit }) => {
      if (part._tag === 'Line' && expect !== undefined && chain.end?.sha256 === expect) expectedAt ??= chain.end.seq
      return misfit === undefined
    },
  })()
  return E.isLeft(read) ? read : E.right<never, Verdict>({ ...read.right, expectedAt })
}

const text = (
  { chain, misfit, expectedAt }: Verdict,
  { expect, dir }: { readonly expect: string | undefined; readonly dir: string },
) => {
  const lines: Array<string> = []
  if (misfit !== undefined)
    lines.push(
      `${visible(misfit.file)}:${misfit.line} does not fit: ${misfit.meaning}`,
      `  expected  ${misfit.expected}`,
      `  found     ${misfit.found}`,
      `${counted(chain.lines, 'line')} before it fit; keep a copy of the files as they are before anything else`,
    )
  else if (chain.lines === 0) lines.push(`no journal in ${visible(dir)} yet`)
  else
    lines.push(
      `the journal fits: ${counted(chain.lines, 'line')} in ${counted(chain.files, 'file')}, each follows the one before`,
    )
  if (misfit === undefined && chain.torn !== undefined)
    lines.push(
      `after the last line: ${counted(chain.torn, 'byte')} of one that is not whole, being written now or torn by a crash; the next one to write cuts it off and says so`,
    )
  if (misfit === undefined && chain.noted === undefined && chain.lines > 0)
    lines.push('journal.head is not there or not readable: nothing vouches for the last line but a hash that you kept')
  if (chain.end !== undefined && chain.lines > 0)
    lines.push(`last line that fits: seq ${chain.end.seq}, hash sha256:${chain.end.sha256}`)
  if (expect !== undefined)
    lines.push(
      expectedAt === undefined
        ? `no line has the hash sha256:${expect}: the journal is not the one that it was taken from, or was written anew`
        : `seq ${expectedAt} has the expected hash: everything up to it is as it was then`,
    )
  else if (misfit === undefined && chain.lines > 0)
    lines.push(
      'a chain alone cannot show that somebody wrote all of it anew, or cut off its end: keep this hash elsewhere, and compare with --expect',
    )
  return `${lines.join('\n')}\n`
}

const json = (
  { chain, misfit, expectedAt }: Verdict,
  { fits, expect, told }: { readonly fits: boolean; readonly expect: string | undefined; readonly told: Told | undefined },
) => ({
  format: FORMAT,
  fits,
  files: chain.files,
  lines: chain.lines,
  last: chain.end === undefined || chain.lines === 0 ? null : { seq: chain.end.seq, sha256: chain.end.sha256 },
  last_noted: chain.noted !== undefined,
  torn_bytes: chain.torn ?? 0,
  misfit: misfit ?? null,
  ...(expect === undefined ? {} : { expected: { sha256: expect, seq: expectedAt ?? null } }),
  ...(told === undefined
    ? {}
    : {
        report: {
          file: told.file,
          fits: told.verdict?._tag === 'Fits',
          line: told.verdict?._tag === 'Differs' ? told.verdict.line : null,
          ...(told.verdict?._tag === 'LeavesOut' ? { more: told.verdict.more } : {}),
        },
      }),
})

type Told = { readonly file: string; readonly verdict: ReportVerdict }

const reportText = ({ file, verdict }: Told): string => {
  const name = visible(file)
  switch (verdict?._tag) {
    case undefined:
      return `${name} is no report in html, csv or json, so nothing can be said of it\n`
    case 'Fits':
      return `${name} says what lines 1 to ${verdict.seq} of the journal say\n`
    case 'Differs':
      return `${name}:${verdict.line} does not say what the journal says: the report was changed, made of another journal or by another version\n`
    case 'LeavesOut': {
      const { lines, first, last } = verdict.more
      return `${name} does not say all: its period has ${lines} more ${lines === 1 ? 'line' : 'lines'} in the journal (seq ${first} to ${last}) than it was made from\n`
    }
  }
}
