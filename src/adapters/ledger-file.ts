// The ledger as a file: ledger.json, replaced as a whole, durable before the next step. A missing file is an empty ledger;
// one that cannot be understood is a failure, since guessing at memory could block or remove people. Each is numbered, one higher than the
// one before, and `ledger.head` notes the number of the last one after it is durable: a ledger with a lower number was put back.
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Failure } from '../domain/basics/failure.ts'
import { visible } from '../domain/basics/visible.ts'
import { type Hold, holdOptions } from '../domain/decisions/hold.ts'
import { putBack } from '../domain/memory/forgotten.ts'
import { emptyLedger } from '../domain/memory/ledger.ts'
import { takenUp, writtenAt } from '../domain/memory/time-of-day.ts'
import { E, TE } from '../fp.ts'
import type { Clock, Ledgers } from '../ports.ts'
import { decode, encoding, type Stored } from './ledger-json.ts'
import { codeOf, noteInPlace, printOf, printOfFile, replaceDurably, wayOut } from './system.ts'

type Options = {
  readonly dir: string
  readonly newKey: () => string
  readonly clock: Pick<Clock, 'now' | 'inTurns'>
  /** Told once, when a ledger is found to be older than the last one written, or gone with holds that others still know of. */
  readonly onLoss?: (message: string) => void
  /** The holds in force of which others know, from those of an older ledger on. */
  readonly recalled?: (before: ReadonlyArray<Hold>) => Promise<ReadonlyArray<Hold>>
}

/** The ledger in `dir`; the directory must exist before the first write. */
export const ledgerFile = ({ dir, newKey, clock, onLoss, recalled = async (before) => before }: Options): Ledgers => {
  const file = join(dir, 'ledger.json')
  const unusable = (message: string): Failure => ({ _tag: 'StateUnusable', path: file, message })
  // One step after the other: they share the file, and each builds on what the one before left.
  let last: Promise<unknown> = Promise.resolve()
  let known: Stored | undefined
  let understood: Understood | undefined
  /** Another process has written since: what this one knows is of before, and nothing is built on it until all is read anew. */
  let overtaken = false
  let lostAt: number | undefined
  const next = <A>(step: () => Promise<A>): Promise<A> => {
    const done = last.then(step)
    last = done.catch(() => undefined)
    return done
  }
  /** The moment at which the loss was first seen, so that looking again does not make the wait longer. */
  const lost = (): number => {
    lostAt ??= clock.now().getTime()
    return lostAt
  }
  const without = async (noted: number): Promise<Stored> => {
    if (noted === 0 && !(await wasUsed(dir))) return { generation: noted, ledger: emptyLedger(newKey()) }
    const holds = await recalled([])
    if (lostAt === undefined && holds.length > 0) onLoss?.(`${file}: ${GONE}: ${namesOf(holds)}`)
    return { generation: noted, ledger: { ...emptyLedger(newKey(), { how: 'gone', at: lost() }), holds } }
  }
  const compared = async (stored: Stored, noted: number): Promise<Stored> => {
    if (stored.generation >= noted) return stored
    if (lostAt === undefined) onLoss?.(`${file}: ${PUT_BACK}`)
    const holds = await recalled(stored.ledger.holds)
    return { generation: noted, ledger: { ...putBack(stored.ledger, lost()), holds } }
  }
  /** What the file says; `undefined` where there is none. What it said before is not read again, large as it may be. */
  const storedNow = async (): Promise<E.Either<string, Understood['stored'] | undefined>> => {
    const print = understood === undefined ? E.right('') : await TE.tryCatch(() => printOfFile(file), codeOf)()
    if (understood !== undefined && E.isRight(print) && print.right === understood.print) return E.right(understood.stored)
    const bytes = await bytesOf(file)
    if (E.isLeft(bytes)) return bytes
    if (bytes.right === undefined) return E.right(undefined)
    understood = { print: printOf(bytes.right), stored: decoded(bytes.right) }
    return E.right(understood.stored)
  }
  const notedNow = async (): Promise<E.Either<string, number>> =>
    E.map((noted: Buffer | undefined) => Number(NOTE.exec(noted?.toString('latin1') ?? '')?.[1] ?? 0))(
      await bytesOf(join(dir, 'ledger.head')),
    )
  const readNow = async (): Promise<E.Either<Failure, Stored>> => {
    // First of all: the note is written after the ledger that it names.
    const noted = await notedNow()
    const read = await storedNow()
    known = undefined
    if (E.isLeft(noted) || E.isLeft(read)) {
      const code = E.isLeft(read) ? read.left : E.isLeft(noted) ? noted.left : ''
      return E.left(unusable(`the ledger cannot be read (${code}); check its owner and mode`))
    }
    const stored = read.right === undefined ? E.right(await without(noted.right)) : read.right
    if (E.isLeft(stored)) return E.left(unusable(`${stored.left}; ${MOVE_AWAY}`))
    const found = read.right === undefined ? stored.right : await compared(stored.right, noted.right)
    known = { ...found, ledger: takenUp(found.ledger, clock.now().getTime()) }
    return E.right(known)
  }
  /** The ledger to build on: what this process last read or wrote, unless another one has written since where no lock could be seen. */
  const latest = async (): Promise<E.Either<Failure, Stored>> => {
    if (known === undefined) return readNow()
    const noted = await notedNow()
    overtaken ||= E.isRight(noted) && noted.right > known.generation
    return overtaken ? E.left(unusable(ANOTHER)) : E.right(known)
  }
  return {
    read: () => () =>
      next(async () => {
        overtaken = false
        return E.map(ledgerIn)(await readNow())
      }),
    update: (change) => () =>
      next(async () => {
        const before = await latest()
        if (E.isLeft(before)) return before
        const generation = before.right.generation + 1
        try {
          const after = { generation, ledger: writtenAt(await change(before.right.ledger), clock.now().getTime()) }
          const text = await clock.inTurns(encoding(after))
          await replace(file, text)
          understood = { print: printOf(...text), stored: E.right(after) }
          // Where it cannot be noted the ledger stands all the same.
          await note(dir, generation)
          known = after
          lostAt = undefined
          return E.right(after.ledger)
        } catch (thrown) {
          return E.left(unusable(`the ledger cannot be written (${codeOf(thrown)}); ${wayOut(thrown)}`))
        }
      }),
    current: () => known?.ledger,
  }
}

/** What bytes were found to say, so that the same ones need not be read by every run. */
type Understood = { readonly print: string; readonly stored: E.Either<string, Stored> }

const ledgerIn = ({ ledger }: Stored) => ledger

/** The bytes of a file, nothing where there is none, or the code of what went wrong. */
const bytesOf = async (file: string): Promise<E.Either<string, Buffer | undefined>> => {
  const read = await TE.tryCatch(() => readFile(file), codeOf)()
  return E.isLeft(read) && read.left === 'ENOENT' ? E.right(undefined) : read
}

const decoded = (bytes: Buffer): E.Either<string, Stored> => {
  const text = E.tryCatch(
    () => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    () => 'the ledger is not text in UTF-8',
  )
  return E.isLeft(text) ? text : decode(text.right)
}

const NOTE_LENGTH = 40
const NOTE = /^\{"generation":([1-9]\d{0,15})\} *\n$/

const note = (dir: string, generation: number): Promise<void> =>
  noteInPlace(join(dir, 'ledger.head'), { generation }, NOTE_LENGTH)

const PUT_BACK =
  'this ledger is older than the last one written here; approvals given before count no more, and for 24 h every change waits for a person (`apply`, or an approval); if you have the last one, stop the daemon and put that back'

const ANOTHER =
  'another process has written this ledger since it was read here, perhaps on another machine or in another container, so nothing was written over it, and the next run begins with what it says; a state directory is for one daemon: end the other one'

const GONE = 'this ledger is gone; what the journal tells is held and stopped again'

const namesOf = (holds: ReadonlyArray<Hold>): string => holds.map(({ what }) => visible(holdOptions(what))).join(', ')

// A journal with lines in it is only where a ledger was written, or was about to be.
const wasUsed = async (dir: string): Promise<boolean> => {
  const journals = (await readdir(dir).catch(() => [])).filter((name) => /^journal(-\d+)?\.jsonl$/.test(name))
  const sizes = await Promise.all(
    journals.map((name) =>
      stat(join(dir, name)).then(
        ({ size }) => size,
        () => 1,
      ),
    ),
  )
  return sizes.some((size) => size > 0)
}

const MOVE_AWAY =
  'move it away to begin with an empty one: holds and emergency stops come back from the journal, and the reconciler only does less until it has learned anew'

const replace = async (file: string, text: ReadonlyArray<Uint8Array>): Promise<void> => {
  const fresh = `${file}.new`
  // What a process that was killed has left. One writer at a time (S6), so a name that stays the same leaves no more than one.
  await rm(fresh, { force: true })
  await replaceDurably({ file, text, fresh })
}
