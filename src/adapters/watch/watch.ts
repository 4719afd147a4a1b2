// Watches config files by watching the folders that hold them, and every folder that holds a link on the way to them: a
// watch on a file dies with an atomic rename, and a swapped link changes nothing in the folder of the file itself.
//
//   event in such a folder ─┐                 ┌─ the same ──► nothing (touch, chmod, other files)
//                           ├─► look at all ──┤
//   slow poll ──────────────┘    contents     └─ another ───► wake
import { readlinkSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { Trigger } from '../../ports.ts'
import { codeOf } from '../system.ts'
import { contentReader, entryAt } from './contents.ts'

type Options = {
  /** The main file and the included ones. */
  readonly files: () => ReadonlyArray<string>
  /** Folders in which a new file may match an include pattern. */
  readonly directories: () => ReadonlyArray<string>
  /** A print of what the last load read at a path. */
  readonly taken: (path: string) => string | undefined
  readonly pollMs?: number
  readonly onError: (message: string) => void
}

/** A trigger that wakes on changed content; `refresh` looks at the lists of files and folders anew, after each load. */
export const watchTrigger = ({
  files,
  directories,
  taken,
  pollMs = 20_000,
  onError,
}: Options): { trigger: Trigger; refresh: () => void } => {
  const watches = new Set<Watch>()
  const trigger: Trigger = (wake) => {
    const started = start({ files, directories, taken, pollMs, onError, wake: () => wake('file change') })
    watches.add(started)
    return async () => {
      watches.delete(started)
      await started.stop()
    }
  }
  const refresh = (): void => {
    for (const { look } of watches) look()
  }
  return { trigger, refresh }
}

type Watch = { readonly look: () => void; readonly stop: () => Promise<void> }

// Long enough for the events of one save to be over, short enough to be noticed within 300 ms.
const QUIET_MS = 50
const LONGEST_MS = 200
// Folders may come and go faster than they can be followed; the next look goes on.
const ROUNDS = 5

const start = ({
  files,
  directories,
  taken,
  pollMs,
  onError,
  wake,
}: Required<Options> & { readonly wake: () => void }): Watch => {
  const watchers = new Map<string, { readonly made: string; readonly watcher: FSWatcher }>()
  const content = contentReader(taken)
  let contents: ReadonlyMap<string, string> = new Map()
  let timer: NodeJS.Timeout | undefined
  let firstEventAt: number | undefined
  let looking: Promise<void> | undefined
  let again = false
  let stopped = false
  const follow = async (): Promise<boolean> => {
    let changed = false
    const wanted = foldersOf([...files(), ...directories()])
    for (const [folder, { made, watcher }] of watchers) {
      if (wanted.get(folder) === made) continue
      changed = true
      watchers.delete(folder)
      await watcher.close()
    }
    for (const [folder, made] of wanted) {
      if (watchers.has(folder) || stopped) continue
      changed = true
      watchers.set(folder, { made, watcher: await watching({ folder, soon, trouble }) })
    }
    return changed
  }
  const lookOnce = async (): Promise<void> => {
    // Folders first: what changes after them makes an event. What changed while we came to hear does not, so look twice.
    for (let round = 1; round <= ROUNDS && (await follow()); round += 1);
    const before = contents
    const now = await content.read(files(), directories())
    contents = new Map([...now].map(([path, { print }]) => [path, print]))
    const changed = [...now].some(([path, { print, isOther }]) => (before.has(path) ? before.get(path) !== print : isOther))
    if (changed && !stopped) wake()
  }
  const look = (): void => {
    if (stopped) return
    if (looking !== undefined) {
      again = true
      return
    }
    looking = lookOnce()
      .catch((thrown: unknown) =>
        onError(`looking at the config files went wrong (${codeOf(thrown)}); the next look tries again`),
      )
      .then(() => {
        looking = undefined
        if (!again) return
        again = false
        look()
      })
  }
  const soon = (): void => {
    const at = performance.now()
    firstEventAt ??= at
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        firstEventAt = undefined
        look()
      },
      Math.max(0, Math.min(QUIET_MS, firstEventAt + LONGEST_MS - at)),
    )
  }

  const trouble = (thrown: unknown): void => onError(troubleInWords(codeOf(thrown), pollMs))

  const poll = setInterval(() => (content.untouched(files(), directories()) ? undefined : look()), pollMs)
  look()
  return {
    look,
    stop: async () => {
      stopped = true
      clearInterval(poll)
      clearTimeout(timer)
      await looking
      clearTimeout(timer)
      await Promise.all([...watchers.values()].map(({ watcher }) => watcher.close()))
    },
  }
}

type Ears = { readonly folder: string; readonly soon: () => void; readonly trouble: (thrown: unknown) => void }

// One watcher a folder: one that is made again under the same name then gets a new one. Resolves when it hears.
const watching = ({ folder, soon, trouble }: Ears): Promise<FSWatcher> =>
  new Promise((ready) => {
    // Only the folder itself: the files beside the config are none of our business, and may not be ours to open.
    const ignored = (path: string): boolean => resolve(path) !== folder
    const watcher = watch(folder, { depth: 0, ignoreInitial: true, followSymlinks: false, ignored })
    // The raw events of a folder tell of everything in it, also of what is ignored.
    watcher.on('raw', soon)
    watcher.on('all', soon)
    watcher.on('error', (thrown) => {
      trouble(thrown)
      ready(watcher)
    })
    watcher.on('ready', () => ready(watcher))
  })

const troubleInWords = (code: string, pollMs: number): string => {
  const todo = code === 'ENOSPC' || code === 'EMFILE' ? '; raise fs.inotify.max_user_watches and max_user_instances' : ''
  return `the file watcher is in trouble (${code}); changes are noticed every ${pollMs / 1000} s by content${todo}`
}

/** The folders to watch, each with what tells it from another of the same name. */
const foldersOf = (paths: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const folders = new Map<string, string>()
  const seen = new Set<string>()
  const keep = (folder: string): void => {
    const found = entryAt(folder)
    // A folder made again may get the inode of the one that went.
    if (found?.isDirectory() === true) folders.set(folder, `${found.dev}:${found.ino}:${found.birthtimeMs}`)
  }
  const follow = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const names = path.split(sep).filter((name) => name !== '')
    let here: string = sep
    for (const [at, name] of names.entries()) {
      const next = join(here, name)
      const found = entryAt(next)
      // What is not there yet appears here; what is linked is swapped here.
      if (found === undefined || found.isSymbolicLink() || at === names.length - 1) keep(here)
      if (found === undefined) return
      if (found.isSymbolicLink()) {
        follow(resolve(here, readlinkSync(next), ...names.slice(at + 1)))
        return
      }
      here = next
    }
    keep(here)
  }
  for (const path of paths) follow(resolve(path))
  return folders
}
