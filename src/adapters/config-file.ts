// Config files as text, each taken once it is quiet, and all of a load within one time. What cannot be read is a fault of the config, never an
// empty one.
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { Failure } from '../domain/basics/failure.ts'
import { type Matches, setGlob } from '../domain/user/glob.ts'
import { E } from '../fp.ts'
import type { ConfigText, NoPattern } from '../ports.ts'
import { type Fault, type Seen, settling } from './settled.ts'
import { codeOf } from './system.ts'

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
  const settled = settling({ settleMs, patient: live })
  const takenAt = (path: string): Seen | undefined => now.taken.get(path) ?? before.taken.get(path)
  const look: Look = (what, path) => void now[what].add(resolve(path))
  const lookedAt = (what: 'files' | 'folders'): ReadonlyArray<string> => [...new Set([...before[what], ...now[what]])]
  const shown = (path: string): string => (path === '' ? file : isAbsolute(path) ? path : join(folder, path))
  return {
    looked: () => ({
      files: lookedAt('files'),
      folders: lookedAt('folders'),
      taken: (path) => takenAt(path)?.print,
    }),
    read: (path) => async () => {
      if (path === '') [before, now] = [now, nothingLooked()]
      const name = shown(path)
      look('files', name)
      const [load, place] = [now, resolve(name)]
      const taken = await settled({ path: name, known: takenAt(place), untilMs: load.untilMs })
      if (E.isRight(taken)) load.taken.set(place, taken.right.seen)
      const text = E.chain(decoded)(taken)
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
    placeOf: (path) => resolve(folder, path),
  }
}

type Look = (what: 'files' | 'folders', path: string) => void

/** How long a load waits for files that do not stop changing, all of them together. */
const LONGEST_WAIT_MS = 10_000

const nothingLooked = () => ({
  files: new Set<string>(),
  folders: new Set<string>(),
  taken: new Map<string, Seen>(),
  untilMs: performance.now() + LONGEST_WAIT_MS,
})

const invalid = (file: string, fault: Fault): Failure => ({
  _tag: 'ConfigInvalid',
  problems: [{ file, line: undefined, column: undefined, path: '', excerpt: undefined, ...fault }],
})

const decoded = ({ bytes }: { readonly bytes: Buffer }): E.Either<Fault, string> => {
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
