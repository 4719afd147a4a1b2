// `verify-log`: whether the journal is as it was written, from its first line to its last. Reads only, also while a daemon writes.

import type { Chain, Misfit } from '../domain/chain.ts'
import { follow, goneFrom, whole } from '../domain/chain.ts'
import { counted } from '../domain/counted.ts'
import { visible } from '../domain/visible.ts'
import { E } from '../fp.ts'
import type { JournalReader } from '../ports.ts'
import { failureExitCode, failureText } from './failure.ts'
import { failureJson, printJson } from './render/json.ts'
import type { Terminal } from './terminal.ts'

export type VerifyLogOptions = {
  /** SHA-256 in hex of a line, kept elsewhere. */
  readonly expect: string | undefined
  readonly format: 'text' | 'json'
}

type Ports = { readonly terminal: Terminal; readonly journal: JournalReader; readonly dir: string }

/** How the journal stands: how far it holds, the first line that does not fit, the line whose hash was expected. */
type Verdict = { readonly chain: Chain; readonly misfit: Misfit | undefined; readonly expectedAt: number | undefined }

/** Runs `verify-log`; gives its exit code: 4 where the journal does not fit. */
export const verifyLog = async (ports: Ports, { expect, format }: VerifyLogOptions): Promise<number> => {
  const { terminal } = ports
  const verdict = await verified(ports.journal, expect)
  if (E.isLeft(verdict)) {
    if (format === 'json') terminal.out(printJson({ ...failureJson(verdict.left), format: 'smtp2go-reconciler/log-check@1' }))
    terminal.err(failureText(verdict.left))
    return failureExitCode(verdict.left)
  }
  const { misfit, expectedAt } = verdict.right
  const fits = misfit === undefined && (expect === undefined || expectedAt !== undefined)
  terminal.out(
    format === 'json' ? printJson(json(verdict.right, { fits, expect })) : text(verdict.right, { expect, dir: ports.dir }),
  )
  return fits ? 0 : 4
}

const verified = async (journal: JournalReader, expect: string | undefined) => {
  let chain = whole
  let misfit: Misfit | undefined
  let expectedAt: number | undefined
  const read = await journal.read('all', (part) => {
    const next = follow(chain, part)
    if (E.isLeft(next)) misfit = next.left
    else chain = next.right
    if (part._tag === 'Line' && expect !== undefined && chain.end?.sha256 === expect) expectedAt ??= chain.end.seq
    return misfit === undefined
  })()
  return E.isLeft(read) ? read : E.right<never, Verdict>({ chain, misfit: misfit ?? goneFrom(chain), expectedAt })
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
  { fits, expect }: { readonly fits: boolean; readonly expect: string | undefined },
) => ({
  format: 'smtp2go-reconciler/log-check@1',
  fits,
  files: chain.files,
  lines: chain.lines,
  last: chain.end === undefined || chain.lines === 0 ? null : { seq: chain.end.seq, sha256: chain.end.sha256 },
  last_noted: chain.noted !== undefined,
  torn_bytes: chain.torn ?? 0,
  misfit: misfit ?? null,
  ...(expect === undefined ? {} : { expected: { sha256: expect, seq: expectedAt ?? null } }),
})
