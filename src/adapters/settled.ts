// When a file may be taken: once it has been quiet for the settle time. One that has long been quiet is taken at once. Files settle side by
// side, and only a few are open at a time, so that many cost no more time than one, and no more memory or open files than those few.
import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Problem } from '../domain/basics/failure.ts'
import { E } from '../fp.ts'
import { codeOf, LARGEST_CONFIG, markOf, printOf } from './system.ts'

/** What is wrong with a file as a whole. */
export type Fault = Pick<Problem, 'message' | 'missing'> & { readonly hint: string }

/** What a file was when it was read, and since when it has been seen to be so, by the clock that never jumps. */
export type Seen = { readonly mark: string; readonly print: string; readonly sinceMs: number }

/** A file that was quiet. */
type Taken = { readonly seen: Seen; readonly bytes: Buffer }

type Wanted = {
  readonly path: string
  /** What it was when it was taken before, however long ago. */
  readonly known: Seen | undefined
  /** When whatever still changes is given up, by the clock that never jumps. */
  readonly untilMs: number
}

/** Gives files once they are quiet. Who is patient waits for a missing one, which may be in the middle of being deleted and made again. */
export const settling = ({ settleMs, patient }: Readonly<{ settleMs: number; patient: boolean }>) => {
  const inTurn = fewAtATime(MOST_OPEN)
  return async ({ path, known, untilMs }: Wanted): Promise<E.Either<Fault, Taken>> => {
    let [earlier, missing] = [known, 0]
    for (let looks = 1; ; looks += 1) {
      const found = await inTurn(() => lookAt({ path, settleMs, earlier }))
      if (found._tag === 'Taken') return E.right(found)
      if (found._tag === 'Unreadable') {
        missing += 1
        if (found.fault !== MISSING || !patient || missing > 2) return E.left(found.fault)
      } else if (found.isNew && looks > 1 && performance.now() >= untilMs) {
        // Seen to change: a file that only waits for its time is not at fault where others took long.
        return E.left(RESTLESS)
      }
      earlier = found._tag === 'Restless' ? found.seen : undefined
      await sleep(found._tag === 'Restless' ? found.waitMs : settleMs)
    }
  }
}

/** Node reads so many files at once; more that are asked for together only wait there, where a signal to end does not reach them. */
const MOST_OPEN = 4

/** Does a few pieces of work at a time, in the order in which they came. */
const fewAtATime = (most: number): (<A>(work: () => Promise<A>) => Promise<A>) => {
  const waiting: Array<() => void> = []
  let free = most
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((next) => waiting.push(next))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

type Look =
  | ({ readonly _tag: 'Taken' } & Taken)
  /** `seen` is missing where it changed while it was read; `isNew`: it is another than it was. What it holds is not kept, since many may wait. */
  | { readonly _tag: 'Restless'; readonly seen: Seen | undefined; readonly isNew: boolean; readonly waitMs: number }
  | { readonly _tag: 'Unreadable'; readonly fault: Fault }

/*
 *   read ──► quiet for the settle time? ──yes──► take it
 *     ▲                │ no
 *     └── sleep ◄──────┘        a second read that agrees with the first, a settle time apart, is quiet too, also where
 *                               the first was that of an earlier load
 */
const lookAt = async ({
  path,
  settleMs,
  earlier,
}: Readonly<{ path: string; settleMs: number; earlier: Seen | undefined }>): Promise<Look> => {
  // The time first: who stands still right after the look must not take what was half written then for quiet.
  const [at, beganMs] = [Date.now(), performance.now()]
  const read = await readOnce(path)
  if (E.isLeft(read)) {
    if (read.left !== 'changing') return { _tag: 'Unreadable', fault: read.left }
    return { _tag: 'Restless', seen: undefined, isNew: true, waitMs: Math.min(settleMs, 20) }
  }
  const endedMs = performance.now()
  const { mark, bytes, changedMs } = read.right
  const print = printOf(bytes)
  const same = earlier?.mark === mark && earlier.print === print ? earlier : undefined
  const seen = same ?? { mark, print, sinceMs: endedMs }
  // A time in the future says that clocks differ: then two reads a settle time apart have to do.
  const age = Math.max(0, at - changedMs)
  const stoodMs = same === undefined ? 0 : beganMs - same.sinceMs
  const quietMs = Math.max(age, stoodMs)
  if (quietMs >= settleMs) return { _tag: 'Taken', seen, bytes }
  return { _tag: 'Restless', seen, isNew: same === undefined, waitMs: Math.ceil(settleMs - quietMs) }
}

const RESTLESS: Fault = { message: 'the file does not stop changing', hint: 'write it elsewhere and rename it into place' }

const MISSING: Fault = {
  message: 'the file does not exist',
  hint: 'check the path, or name the file with --config',
  missing: true,
}

const OTHERS = 'check owner and mode of it and of its folders: a service is another user, and a config holds no secret (0644)'

type Read = { readonly mark: string; readonly bytes: Buffer; readonly changedMs: number }

const readOnce = async (path: string): Promise<E.Either<Fault | 'changing', Read>> => {
  try {
    // Not blocking: a pipe in place of the file must not hold us up.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const before = await handle.stat({ bigint: true })
      if (before.isDirectory()) return E.left({ message: 'this is a directory', hint: 'name a file in it' })
      if (!before.isFile()) return E.left({ message: 'this is not a regular file', hint: 'write the config to a file first' })
      if (before.size > LARGEST_CONFIG)
        return E.left({ message: 'the file is larger than 64 MiB', hint: 'is it the right file?' })
      const bytes = await handle.readFile()
      const marks = [before, await handle.stat({ bigint: true }), await stat(path, { bigint: true })].map(markOf)
      const [mark = ''] = marks
      if (marks.some((other) => other !== mark) || BigInt(bytes.length) !== before.size) return E.left('changing')
      // A copy may keep an old mtime; the ctime tells when it came.
      return E.right({ mark, bytes, changedMs: Math.max(Number(before.mtimeMs), Number(before.ctimeMs)) })
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code === 'ENOENT') return E.left(MISSING)
    if (code === 'ELOOP') return E.left({ message: 'its links lead in a circle (ELOOP)', hint: 'let the link lead to a file' })
    return E.left({ message: `the file cannot be read (${code})`, hint: code === 'EACCES' ? OTHERS : 'check the path' })
  }
}
