// The journal as files of one JSON object a line, hash-chained: each line carries `seq`, counted from 1, and `prev`, the
// SHA-256 in hex of the previous line's bytes without its line end (64 zeros before the first).
//
//   journal-1.jsonl      journal-814.jsonl      journal.jsonl        a full file is renamed after its first seq;
//   seq 1 … 813     ──►  seq 814 … 1602    ──►  seq 1603 …           the chain goes on in the next one
//
// A last line torn by a crash is cut off, and a line with `event: "torn"` says so. Where the last line is not the one that was noted, lines are
// gone or an older journal was put back: a line with `event: "rewound"` says so for good, since the note goes on with the new lines.
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Failure } from '../domain/basics/failure.ts'
import { visibleJson } from '../domain/basics/visible.ts'
import { firstSeqOf, isRewound, NOTHING_BEFORE, type Noted } from '../domain/journal/chain.ts'
import type { JournalLine } from '../domain/journal/journal.ts'
import { E, TE } from '../fp.ts'
import type { Journal } from '../ports.ts'
import { note, notedIn } from './journal/note.ts'
import { codeOf, inodeOf, renameToFree, syncDirectory, wayOut } from './system.ts'

type Options = {
  readonly dir: string
  readonly maxBytes?: number
  /** Told once, when the journal is found not to end with the last line written. */
  readonly onRewound?: (message: string) => void
}
type OwnLine =
  | { readonly event: 'torn'; readonly at: string; readonly bytes: number; readonly sha256: string }
  | { readonly event: 'rewound'; readonly at: string; readonly noted_seq: number; readonly noted_sha256: string }
/** The open file and the end of the chain; `first` is the seq of the file's first line. */
type Tail = {
  readonly handle: FileHandle
  readonly inode: bigint
  readonly size: number
  readonly first: number
  readonly seq: number
  readonly prev: string
}
type Waiting = { readonly lines: ReadonlyArray<JournalLine>; readonly settle: (result: E.Either<Failure, void>) => void }

const MAX_BYTES = 64 * 1024 * 1024
/** After so many lines others have their turn. */
const SLICE = 500

/** The journal in `dir`, opened by the first append; lines appended at the same time share one write and one sync. */
export const journalFile = ({
  dir,
  maxBytes = MAX_BYTES,
  onRewound,
}: Options): Journal & { readonly close: () => Promise<void> } => {
  const file = join(dir, 'journal.jsonl')
  let tail: Tail | undefined
  let waiting: Waiting[] = []
  let flushing: Promise<void> | undefined

  const forget = async (): Promise<void> => {
    const { handle } = tail ?? {}
    tail = undefined
    await handle?.close()
  }
  const commit = async (lines: ReadonlyArray<JournalLine>): Promise<void> => {
    if (tail !== undefined && !(await isStill(file, tail))) await forget()
    tail ??= await openTail({ dir, file, onRewound })
    if (tail.size > 0 && tail.size >= maxBytes) {
      const full = tail
      await forget()
      await retire({ dir, file, first: full.first })
      tail = await openTail({ dir, file, onRewound })
    }
    tail = await extend(dir, tail, lines)
  }
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const result = await commit(batch.flatMap(({ lines }) => lines)).then(
        () => E.right(undefined),
        async (thrown: unknown) => {
          await forget().catch(() => undefined)
          return E.left(unusable(file, thrown))
        },
      )
      for (const { settle } of batch) settle(result)
    }
    // In the same turn as the last look at what waits: whoever comes later starts a new one.
    flushing = undefined
  }

  return {
    append: (lines) => () =>
      new Promise((settle) => {
        waiting.push({ lines, settle })
        flushing ??= flush()
      }),
    close: async () => {
      await flushing
      await forget()
    },
  }
}

// The file may have been moved away or written to by another process since.
const isStill = async (file: string, { inode, size }: Tail): Promise<boolean> => {
  const found = await stat(file, { bigint: true }).catch(() => undefined)
  return found?.ino === inode && found.size === BigInt(size)
}

const extend = async (dir: string, tail: Tail, lines: ReadonlyArray<JournalLine | OwnLine>): Promise<Tail> => {
  let { seq, prev } = tail
  // Made bytes at once, a long text would hold everybody up.
  const pieces: Array<Buffer> = []
  let text = ''
  for (const [at, line] of lines.entries()) {
    if (at % SLICE === SLICE - 1) {
      pieces.push(Buffer.from(text))
      text = ''
      await nextTurn()
    }
    seq += 1
    const json = visibleJson(JSON.stringify({ seq, prev, ...line }))
    prev = hash(json)
    text += `${json}\n`
  }
  const bytes = Buffer.concat([...pieces, Buffer.from(text)])
  try {
    await tail.handle.appendFile(bytes)
    await tail.handle.datasync()
  } catch (thrown) {
    // What was not made durable as a whole was not said.
    await tail.handle.truncate(tail.size).catch(() => undefined)
    throw thrown
  }
  // Where the note cannot be written the lines stand all the same.
  await note(dir, { seq, sha256: prev })
  return { ...tail, size: tail.size + bytes.length, seq, prev }
}

type ToOpen = { readonly dir: string; readonly file: string; readonly onRewound: Options['onRewound'] }

const openTail = async ({ dir, file, onRewound }: ToOpen): Promise<Tail> => {
  const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants
  const handle = await open(file, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
  try {
    await handle.chmod(0o600)
    const { size, ino } = await handle.stat({ bigint: true })
    const end = await endOf(handle, Number(size))
    if (size === 0n) await syncDirectory(dir)
    if (end.torn.length > 0) await handle.truncate(end.whole)
    const before = end.last === undefined ? await endOfRetired(dir) : chained(end.last)
    const first = end.whole === 0 ? before.seq + 1 : seqOf(await lineFrom(handle, 0))
    const tail = { handle, inode: ino, size: end.whole, first, ...before }
    const at = new Date().toISOString()
    const lines: Array<OwnLine> = []
    if (end.torn.length > 0) lines.push({ event: 'torn', at, bytes: end.torn.length, sha256: hash(end.torn) })
    // A note that cannot be read vouches for nothing.
    const read = await TE.tryCatch(() => notedIn(dir), codeOf)()
    const noted = E.isRight(read) ? read.right : undefined
    if (noted !== undefined && isRewound(noted, { seq: before.seq, sha256: before.prev })) {
      onRewound?.(rewoundText(file, before.seq, noted))
      lines.push({ event: 'rewound', at, noted_seq: noted.seq, noted_sha256: noted.sha256 })
    }
    return lines.length === 0 ? tail : await extend(dir, tail, lines)
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
}

const rewoundText = (file: string, seq: number, noted: Noted): string =>
  `${file}: it ends with seq ${seq}, and the last line written here was seq ${noted.seq}, hash ${noted.sha256}: lines are gone or changed, or an older journal was put back; a line says so for good, and verify-log tells it; if you have the last one, stop the daemon and put that back`

type End = { readonly whole: number; readonly torn: Buffer; readonly last: Buffer | undefined }

// Reads backwards until it holds the last whole line and what follows it.
const endOf = async (handle: FileHandle, size: number): Promise<End> => {
  let from = size
  let bytes = Buffer.alloc(0)
  for (;;) {
    const lineEnd = bytes.lastIndexOf('\n')
    const lineStart = lineEnd <= 0 ? -1 : bytes.lastIndexOf('\n', lineEnd - 1)
    if (from === 0 || lineStart >= 0) {
      const last = lineEnd < 0 ? undefined : bytes.subarray(lineStart + 1, lineEnd)
      return { whole: from + lineEnd + 1, torn: bytes.subarray(lineEnd + 1), last }
    }
    const step = Math.min(from, Math.max(65_536, bytes.length))
    from -= step
    bytes = Buffer.concat([await readAt(handle, from, step), bytes])
  }
}

const readAt = async (handle: FileHandle, from: number, length: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await handle.read(bytes, 0, length, from)
  return bytes.subarray(0, bytesRead)
}

const lineFrom = async (handle: FileHandle, from: number): Promise<Buffer> => {
  for (let length = 65_536; ; length *= 2) {
    const bytes = await readAt(handle, from, length)
    const lineEnd = bytes.indexOf('\n')
    if (lineEnd >= 0 || bytes.length < length) return bytes.subarray(0, lineEnd < 0 ? bytes.length : lineEnd)
  }
}

const chained = (line: Buffer): { readonly seq: number; readonly prev: string } => ({ seq: seqOf(line), prev: hash(line) })

const seqOf = (line: Buffer): number => {
  const json: unknown = JSON.parse(line.toString('utf8'))
  if (typeof json === 'object' && json !== null && 'seq' in json && Number.isSafeInteger(json.seq)) return Number(json.seq)
  throw new SyntaxError('no seq')
}

// Where the chain ends when the current file is new: in the newest retired one.
const endOfRetired = async (dir: string): Promise<{ readonly seq: number; readonly prev: string }> => {
  const numbers = (await readdir(dir)).flatMap((name) => firstSeqOf(name) ?? [])
  if (numbers.length === 0) return { seq: 0, prev: NOTHING_BEFORE }
  const handle = await open(join(dir, `journal-${Math.max(...numbers)}.jsonl`), 'r')
  try {
    const { last } = await endOf(handle, (await handle.stat()).size)
    return last === undefined ? { seq: 0, prev: NOTHING_BEFORE } : chained(last)
  } finally {
    await handle.close()
  }
}

const retire = async ({ dir, file, first }: Pick<ToOpen, 'dir' | 'file'> & Pick<Tail, 'first'>): Promise<void> => {
  const retired = join(dir, `journal-${first}.jsonl`)
  // It may have both names, when a crash came before it lost the old one.
  if ((await inodeOf(file)) === (await inodeOf(retired))) await unlink(file)
  else await renameToFree(file, retired)
  await syncDirectory(dir)
}

const hash = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex')

const unusable = (path: string, thrown: unknown): Failure => {
  if (thrown instanceof SyntaxError) {
    const message =
      'the last line of the journal is not one of ours; move the file away, and journal.head with it, to begin a new one, and keep both'
    return { _tag: 'StateUnusable', path, message }
  }
  return {
    _tag: 'StateUnusable',
    path,
    message: `the journal cannot be written (${codeOf(thrown)}); ${wayOut(thrown)}`,
  }
}
