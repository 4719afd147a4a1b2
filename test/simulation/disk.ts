// A disk that can be full, and that at a crash keeps what was synced and some of what was not. Ledger and journal lie on it as text.
import { decode } from '../../src/adapters/ledger-json.ts'
import type { Failure } from '../../src/domain/basics/failure.ts'
import type { JournalLine } from '../../src/domain/journal/journal.ts'
import { emptyLedger, type Ledger } from '../../src/domain/memory/ledger.ts'
import { takenUp, writtenAt } from '../../src/domain/memory/time-of-day.ts'
import { E } from '../../src/fp.ts'
import type { Journal, Ledgers } from '../../src/ports.ts'
import { ledgerText } from '../support/ledger-text.ts'
import { type Random, whole } from './chance.ts'
import type { Time } from './time.ts'

/** A ledger as it was written; its bytes are made when somebody reads them, since that takes longer than all else that a write does. */
export type Stored = { readonly text: () => string; readonly ledger: Ledger }

/** What outlives the process: a state directory. */
export type Disk = {
  readonly dir: string
  ledger: Stored | undefined
  readonly journal: Array<JournalLine>
  /** When the ledger was last written. */
  writtenAt: number
  /** Whether the last attempt to write it failed. */
  isBehind: boolean
  /** Neither can be written before these moments. */
  readonly failsUntil: { ledger: number; journal: number }
  /** Appends that a crash would cut. */
  unsynced: ReadonlyArray<JournalLine>
}

/** A state directory with nothing in it. */
export const emptyDisk = (dir: string): Disk => ({
  dir,
  ledger: undefined,
  journal: [],
  writtenAt: 0,
  isBehind: false,
  failsUntil: { ledger: 0, journal: 0 },
  unsynced: [],
})

/** Lets stores fail until a moment. */
export const failUntil = ({ failsUntil }: Disk, stores: ReadonlyArray<keyof Disk['failsUntil']>, moment: number): void => {
  for (const store of stores) failsUntil[store] = moment
}

/** What a crash leaves: of what was being appended the first lines, if any. */
export const crash = (disk: Disk, random: Random): void => {
  disk.journal.push(...disk.unsynced.slice(0, whole(random, 0, disk.unsynced.length)))
  disk.unsynced = []
}

const storedOf = (generation: number, ledger: Ledger): Stored => {
  let text: string | undefined
  return {
    text: () => {
      text ??= ledgerText({ generation, ledger })
      return text
    },
    ledger,
  }
}

type Options = {
  readonly disk: Disk
  readonly time: Time
  readonly life: { readonly alive: boolean }
  readonly newKey: () => string
  /** Told when something is written. */
  readonly wrote: () => void
}

/** Ledger and journal of one life of the program. */
export const stateOn = ({
  disk,
  time,
  life,
  newKey,
  wrote,
}: Options): { readonly ledgers: Ledgers; readonly journal: Journal } => {
  const fails = (store: keyof Disk['failsUntil']): boolean => time.elapsed() < disk.failsUntil[store]
  const full = (path: string): E.Either<Failure, never> => E.left({ _tag: 'StateUnusable', path, message: 'no space left' })
  /** A step on the disk takes a moment; a process that is killed meanwhile never hears of it. */
  const moment = <A>(work: () => A, begin: () => void = () => undefined): Promise<A> =>
    new Promise((resolve) => {
      if (!life.alive) return
      begin()
      time.after(1, () => {
        if (!life.alive) return
        const result = work()
        time.after(1, () => {
          if (life.alive) resolve(result)
        })
      })
    })
  let last: Promise<unknown> = Promise.resolve()
  let known: Ledger | undefined
  let lostAt: number | undefined
  let generation = 0
  const inTurn = <A>(step: () => Promise<A>): Promise<A> => {
    const done = last.then(step)
    last = done
    return done
  }
  const readNow = (): E.Either<Failure, Ledger> => {
    if (disk.ledger === undefined) {
      if (disk.journal.length > 0) lostAt ??= time.now()
      return E.right(emptyLedger(newKey(), lostAt === undefined ? undefined : { how: 'gone', at: lostAt }))
    }
    const read = decode(disk.ledger.text())
    return E.isLeft(read)
      ? E.left({ _tag: 'StateUnusable', path: 'ledger.json', message: read.left })
      : E.right(takenUp(read.right.ledger, time.now()))
  }
  const read = (): E.Either<Failure, Ledger> => {
    const found = readNow()
    known = E.isRight(found) ? found.right : undefined
    return found
  }
  const again = (last: Ledger): E.Either<Failure, Ledger> => {
    known = takenUp(last, time.now())
    return E.right(known)
  }
  return {
    ledgers: {
      // Nobody but this process writes it, and a process that has just read or written it reads the same.
      read: () => () => inTurn(() => moment(() => (known === undefined || disk.ledger === undefined ? read() : again(known)))),
      update: (change) => () =>
        inTurn(async () => {
          const before = known === undefined ? await moment(read) : E.right(known)
          if (E.isLeft(before)) return before
          const after = writtenAt(await change(before.right), time.now())
          return moment((): E.Either<Failure, Ledger> => {
            wrote()
            disk.isBehind = fails('ledger')
            if (disk.isBehind) return full('ledger.json')
            generation += 1
            disk.ledger = storedOf(generation, after)
            disk.writtenAt = time.elapsed()
            known = after
            return E.right(after)
          })
        }),
      current: () => known,
    },
    journal: {
      append: (lines) => () =>
        moment(
          (): E.Either<Failure, void> => {
            disk.unsynced = disk.unsynced.filter((line) => !lines.includes(line))
            wrote()
            if (fails('journal')) return full('journal.jsonl')
            disk.journal.push(...lines)
            return E.right(undefined)
          },
          () => {
            disk.unsynced = [...disk.unsynced, ...lines]
          },
        ),
    },
  }
}
