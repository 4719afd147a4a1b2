// The journal read from its files in order, retired ones first, a piece at a time: memory stays flat however long it is. It may be
// read while a daemon writes: what is being appended is at worst a last line without its end.
import { hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Failure } from '../../domain/basics/failure.ts'
import type { JournalPart } from '../../domain/journal/chain.ts'
import { firstSeqOf } from '../../domain/journal/chain.ts'
import { TE } from '../../fp.ts'
import type { JournalReader } from '../../ports.ts'
import { codeOf } from '../system.ts'
import { readLine } from './line.ts'
import { notedIn } from './note.ts'

type Take = (part: JournalPart) => boolean
type Opened = { readonly name: string; readonly first: number | undefined; readonly handle: FileHandle }

const CURRENT = 'journal.jsonl'
const PIECE = 256 * 1024
const LONGEST_LINE = 32 * 1024 * 1024
/** Enough of a line for its seq and prev. */
const START = 120

/** The journal in a directory, for reading. */
export const journalReader = (dir: string): JournalReader => ({
  read: (which, take) =>
    TE.tryCatch(
      async () => {
        // First of all: the note is written after the line that it names.
        if (!take({ _tag: 'Noted', noted: await notedIn(dir) })) return
        // The current file is opened before the others are listed, so that a rotation meanwhile hides nothing.
        const current = await opened(dir, CURRENT, undefined)
        try {
          const retired = await retiredIn(dir)
          if (which === 'all') await readAll(dir, retired, current, take)
          else await readLast(dir, retired.at(-1), current, take)
        } finally {
          await current?.handle.close()
        }
      },
      (thrown): Failure => ({
        _tag: 'StateUnusable',
        path: dir,
        message: `the journal cannot be read (${codeOf(thrown)}); check owner and mode of its files`,
      }),
    ),
})

const readAll = async (dir: string, retired: ReadonlyArray<number>, current: Opened | undefined, take: Take): Promise<void> => {
  let isRetired = false
  for (const first of retired) {
    const file = await opened(dir, `journal-${first}.jsonl`, first)
    if (file === undefined) continue
    try {
      // A rotation that is going on, or was left half done: two names, one file.
      if (current !== undefined && (await inodeOf(file)) === (await inodeOf(current))) isRetired = true
      if (!(await partsOf(file, take))) return
    } finally {
      await file.handle.close()
    }
  }
  if (current !== undefined && !isRetired) await partsOf(current, take)
}

const readLast = async (dir: string, newest: number | undefined, current: Opened | undefined, take: Take): Promise<void> => {
  if (current !== undefined && (await current.handle.stat()).size > 0) {
    await partsOf(current, take)
    return
  }
  const file = newest === undefined ? undefined : await opened(dir, `journal-${newest}.jsonl`, newest)
  if (file === undefined) return
  try {
    await partsOf(file, take)
  } finally {
    await file.handle.close()
  }
}

const retiredIn = async (dir: string): Promise<ReadonlyArray<number>> => {
  const names = await readdir(dir).catch((thrown: unknown) => nothingIfAbsent(thrown, []))
  return names.flatMap((name) => firstSeqOf(name) ?? []).sort((one, other) => one - other)
}

const opened = async (dir: string, name: string, first: number | undefined): Promise<Opened | undefined> => {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const handle = await open(join(dir, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((thrown: unknown) =>
    nothingIfAbsent(thrown, undefined),
  )
  return handle === undefined ? undefined : { name, first, handle }
}

const inodeOf = async ({ handle }: Opened): Promise<bigint> => (await handle.stat({ bigint: true })).ino

const partsOf = async ({ name, first, handle }: Opened, take: Take): Promise<boolean> => {
  if (!take({ _tag: 'File', name, first })) return false
  const piece = Buffer.allocUnsafe(PIECE)
  let begun: ReadonlyArray<Buffer> = []
  let begunSize = 0
  for (;;) {
    const { bytesRead } = await handle.read(piece, 0, PIECE, null)
    if (bytesRead === 0) return begunSize === 0 || take({ _tag: 'Torn', bytes: begunSize })
    const bytes = piece.subarray(0, bytesRead)
    let from = 0
    for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', from)) {
      const rest = bytes.subarray(from, end)
      if (!take(lineOf(begunSize === 0 ? rest : Buffer.concat([...begun, rest])))) return false
      begun = []
      begunSize = 0
      from = end + 1
    }
    if (from === bytesRead) continue
    begun = [...begun, Buffer.from(bytes.subarray(from))]
    begunSize += bytesRead - from
    if (begunSize > LONGEST_LINE) return take({ _tag: 'Endless' }) && false
  }
}

const lineOf = (bytes: Buffer): JournalPart => ({
  _tag: 'Line',
  start: () => bytes.toString('latin1', 0, START),
  told: () => readLine(bytes.toString('utf8')),
  sha256: () => hash('sha256', bytes, 'hex'),
})

const nothingIfAbsent = <A>(thrown: unknown, nothing: A): A => {
  if (codeOf(thrown) === 'ENOENT') return nothing
  throw thrown
}
