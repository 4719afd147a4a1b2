// Config files as text. A file that changed a moment ago is read until two reads agree and it has been quiet for the settle
// time; one that has long been quiet is read at once. What cannot be read is a fault of the config, never an empty one.
import { constants } from 'node:fs'
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure, Problem } from '../domain/failure.ts'
import { type Matches, setGlob } from '../domain/glob.ts'
import { E } from '../fp.ts'
import type { ConfigText, NoPattern } from '../ports.ts'
import { codeOf, LARGEST_CONFIG, markOf, printOf } from './system.ts'

type Options = {
  /** The main file, as the user typed it. */
  readonly file: string
  readonly settleMs?: number
  /** A daemon is patient with a missing file: it may be in the middle of being deleted and made again. */
  readonly live: boolean
}

/** Whole paths of what was looked at for the config, whether it is there or not: files, and the folders that a pattern was sought in. */
export type Looked = {
  readonly files: ReadonlyArray<string>
  readonly folders: ReadonlyArray<string>
  /** A print of what was read at a path. */
  readonly taken: (path: string) => string | undefined
}

/** The config file `file` and what it includes. `find` never names the main file itself. */
export const configText = ({ file, settleMs = 250, live }: Options): ConfigText & { readonly looked: () => Looked } => {
  const folder = dirname(file)
  // Of the last load and the one before: the last may be under way, or have ended early.
  let [now, before] = [nothingLooked(), nothingLooked()]
  const look: Look = (what, path) => void now[what].add(resolve(path))
  const lookedAt = (what: 'files' | 'folders'): ReadonlyArray<string> => [...new Set([...before[what], ...now[what]])]
  const shown = (path: string): string => (path === '' ? file : isAbsolute(path) ? path : join(folder, path))
  return {
    looked: () => ({
      files: lookedAt('files'),
      folders: lookedAt('folders'),
      taken: (path) => now.taken.get(path) ?? before.taken.get(path),
    }),
    read: (path) => async () => {
      if (path === '') [before, now] = [now, nothingLooked()]
      const name = shown(path)
      look('files', name)
      const bytes = await settled({ path: name, settleMs, patient: live })
      const text = E.chain(decoded)(bytes)
      if (E.isRight(bytes)) now.taken.set(resolve(name), printOf(bytes.right))
      return E.isLeft(text)
        ? E.left(invalid(name, text.left))
        : E.right({ name, text: text.right, remembered: relative(folder, name) })
    },
    find: (pattern) => async () => {
      const [root, steps] = isAbsolute(pattern) ? ['/', pattern.slice(1)] : [folder, pattern]
      const sought = steps.split('/').filter((step) => step !== '' && step !== '.')
      const found = await matches({ root, steps: sought, look, done: new Set() })
      if (E.isLeft(found)) return found
      const paths = isAbsolute(pattern) ? found.right.map((path) => `/${path}`) : found.right
      return E.right([...new Set(paths)].filter((path) => resolve(folder, path) !== resolve(file)).sort())
    },
  }
}

type Look = (what: 'files' | 'folders', path: string) => void

const nothingLooked = () => ({ files: new Set<string>(), folders: new Set<string>(), taken: new Map<string, string>() })

type Fault = Pick<Problem, 'message' | 'missing'> & { readonly hint: string }
type Seen = { readonly mark: string; readonly bytes: Buffer; readonly changedMs: number }

const OTHERS = 'check owner and mode of it and of its folders: a service is another user, and a config holds no secret (0644)'
const LONGEST_WAIT_MS = 10_000

const invalid = (file: string, fault: Fault): Failure => ({
  _tag: 'ConfigInvalid',
  problems: [{ file, line: undefined, column: undefined, path: '', excerpt: undefined, ...fault }],
})

/*
 *   read ──► quiet for the settle time? ──yes──► take it
 *     ▲                │ no
 *     └── sleep ◄──────┘        a second read that agrees with the first, a settle time apart, is quiet too
 */
const settled = async ({ path, settleMs, patient }: Readonly<{ path: string; settleMs: number; patient: boolean }>) => {
  const started = performance.now()
  let [before, missing]: [Seen | undefined, number] = [undefined, 0]
  while (performance.now() - started < LONGEST_WAIT_MS) {
    // The time first: who stands still right after the look must not take what was half written then for quiet.
    const [at, seen] = [Date.now(), await readOnce(path)]
    if (E.isLeft(seen)) {
      before = undefined
      if (seen.left === 'changing') {
        await sleep(Math.min(settleMs, 20))
        continue
      }
      missing += 1
      if (seen.left !== MISSING || !patient || missing > 2) return E.left(seen.left)
      await sleep(settleMs)
      continue
    }
    const age = at - seen.right.changedMs
    const agrees = before?.mark === seen.right.mark && before.bytes.equals(seen.right.bytes)
    if (age >= settleMs || agrees) return E.right(seen.right.bytes)
    before = seen.right
    // A time in the future says that clocks differ: then two reads a settle time apart have to do.
    await sleep(age < 0 ? settleMs : settleMs - age)
  }
  return E.left<Fault>({ message: 'the file does not stop changing', hint: 'write it elsewhere and rename it into place' })
}

const MISSING: Fault = {
  message: 'the file does not exist',
  hint: 'check the path, or name the file with --config',
  missing: true,
}

const readOnce = async (path: string): Promise<E.Either<Fault | 'changing', Seen>> => {
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

const decoded = (bytes: Buffer): E.Either<Fault, string> => {
  try {
    return E.right(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return E.left({ message: 'the file is not text in UTF-8', hint: 'save it in the encoding UTF-8' })
  }
}

type Search = {
  readonly root: string
  readonly look: Look
  readonly steps: ReadonlyArray<string>
  /** Each folder that was sought in, with how many steps were left: several `**` lead to the same places in many ways. */
  readonly done: Set<string>
  readonly under?: string
  /** The folders that links were followed from, as they are without links. */
  readonly from?: ReadonlyArray<string>
}

// Walks step by step, so that only folders that can match are opened. A folder that is there and cannot be opened is a
// failure: who was listed in it would otherwise look as if taken off the list.
const matches = async ({
  root,
  look,
  steps,
  done,
  under = '',
  from = [],
}: Search): Promise<E.Either<Failure | NoPattern, ReadonlyArray<string>>> => {
  const [step, ...rest] = steps
  const search = `${steps.length}/${under}`
  if (step === undefined || done.has(search)) return E.right([])
  done.add(search)
  if (!/[*?[]/.test(step)) {
    const path = join(under, step)
    if (rest.length > 0) return matches({ root, look, steps: rest, done, under: path, from })
    look('files', join(root, path))
    const there = await lstat(join(root, path)).then(() => true, isAbsent)
    return typeof there === 'boolean' ? E.right(there ? [path] : []) : E.left(unopened(join(root, path), there))
  }
  look('folders', join(root, under))
  const entries = await readdir(join(root, under), { withFileTypes: true }).catch(isAbsent)
  if (entries === false) return E.right([])
  if (typeof entries === 'string') return E.left(unopened(join(root, under), entries))
  const found: string[] = []
  const anyDepth = step === '**'
  if (anyDepth && rest.length > 0) {
    const here = await matches({ root, look, steps: rest, done, under, from })
    if (E.isLeft(here)) return here
    found.push(...here.right)
  }
  const fits = namesFor(anyDepth ? '*' : step)
  if (fits === undefined) return E.left({ _tag: 'NoPattern' })
  for (const entry of entries.filter(({ name }) => fits(name))) {
    const path = join(under, entry.name)
    const linked = entry.isSymbolicLink() && (await leadsToFolder(join(root, path)))
    if (!linked && !entry.isDirectory()) {
      if (rest.length === 0) found.push(path)
      continue
    }
    // At any depth no link is followed, since it may lead in a circle.
    if (anyDepth ? linked : rest.length === 0) continue
    const left = linked ? await withoutLinks(join(root, under)) : undefined
    // Two links that lead back are twice as many folders with each step.
    if (left !== undefined && from.includes(left)) return E.left(invalid(join(root, path), CIRCLE))
    const way = left === undefined ? from : [...from, left]
    const deeper = await matches({ root, look, steps: anyDepth ? steps : rest, done, under: path, from: way })
    if (E.isLeft(deeper)) return deeper
    found.push(...deeper.right)
  }
  return E.right(found)
}

const CIRCLE: Fault = {
  message: 'links lead in a circle here',
  hint: 'take the link to a folder above away, or name the folders in the pattern',
}

const isAbsent = (thrown: unknown): false | string => {
  const code = codeOf(thrown)
  return code === 'ENOENT' || code === 'ENOTDIR' ? false : code
}

const unopened = (path: string, code: string): Failure =>
  invalid(path, { message: `the folder cannot be searched (${code})`, hint: 'check owner and mode of the folder' })

const leadsToFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

// Where it is gone by now, reading on says so.
const withoutLinks = (path: string): Promise<string> =>
  realpath(path).then(
    (found) => found,
    () => path,
  )

/** What the names of files are that one step of a pattern finds; a leading dot must be written out, as in a shell. */
const namesFor = (step: string): Matches | undefined => {
  const matches = setGlob(step)
  return step.startsWith('.') ? matches : matches && ((name) => !name.startsWith('.') && matches(name))
}
