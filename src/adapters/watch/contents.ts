// What files and folders hold, as prints that tell one content from another. What is as it was when it was last read is not read again, so
// that looking costs an idle daemon next to nothing.
import { type BigIntStats, constants, lstatSync, statSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { codeOf, LARGEST_CONFIG, markOf, printOf } from '../system.ts'

/** What is somewhere: a print of it, or the code of why it cannot be read; and whether it may be another than the one that was loaded. */
export type Content = { readonly print: string; readonly isOther: boolean }

type Known = { readonly mark: string; readonly print: string }

// Of what no load has read, a change since the load is one that is this short a time ago.
const FRESH_MS = 1000
// Times of files are coarse: a second change within one tick shows only in the content.
const SETTLED_MS = 2000

export type ContentReader = {
  /** What the files and folders hold; a folder stands in the answer with a separator at its end. */
  readonly read: (files: ReadonlyArray<string>, directories: ReadonlyArray<string>) => Promise<ReadonlyMap<string, Content>>
  /** Whether they are all as they were when they were last read. */
  readonly untouched: (files: ReadonlyArray<string>, directories: ReadonlyArray<string>) => boolean
}

/** Looks at files and folders, and remembers what it saw; `taken` is the print of what the last load read at a path. */
export const contentReader = (taken: (path: string) => string | undefined): ContentReader => {
  let known: ReadonlyMap<string, Known> = new Map()
  const untouched: ContentReader['untouched'] = (files, directories) =>
    [...files, ...directories.map((directory) => join(directory, sep))].every((path) => {
      const before = known.get(path)
      return before !== undefined && before.mark === markAt(path)
    })
  const isOther = (path: string, print: string, isYoung: boolean): boolean => {
    const loaded = taken(path)
    return loaded === undefined ? isYoung : loaded !== print
  }
  const read: ContentReader['read'] = async (files, directories) => {
    const seen = new Map<string, Known>()
    const contents = new Map<string, Content>()
    const contentAt = async (path: string, readAnew: () => Promise<string | Buffer>): Promise<Content> => {
      const stats = statsAt(path)
      if (typeof stats === 'string') return { print: stats, isOther: taken(path) !== undefined }
      try {
        const mark = settledMarkOf(stats)
        const before = known.get(path)
        const print = before !== undefined && before.mark === mark ? before.print : printOf(await readAnew())
        if (mark !== undefined) seen.set(path, { mark, print })
        return { print, isOther: isOther(path, print, ageOf(stats) < FRESH_MS) }
      } catch (thrown) {
        return { print: codeOf(thrown), isOther: taken(path) !== undefined }
      }
    }
    for (const file of files) contents.set(file, await contentAt(file, () => textOf(file)))
    for (const directory of directories) {
      const path = join(directory, sep)
      const { print, isOther: isYoung } = await contentAt(path, async () => (await namesIn(directory)).join('/'))
      // What is none of our business, a state directory too, makes the folder young as well; a file that was read is looked at itself.
      const unread = isYoung ? (await namesIn(directory)).map((name) => join(directory, name)) : []
      contents.set(path, { print, isOther: unread.some((one) => taken(one) === undefined && isFresh(one)) })
    }
    known = seen
    return contents
  }
  return { read, untouched }
}

const markAt = (path: string): string | undefined => {
  const stats = statsAt(path)
  return typeof stats === 'string' ? undefined : settledMarkOf(stats)
}

/** What a path leads to; the code of the fault where it leads nowhere. */
const statsAt = (path: string): BigIntStats | string => {
  try {
    return statSync(path, { bigint: true })
  } catch (thrown) {
    return codeOf(thrown)
  }
}

/** What changes with the content; nothing where only reading can tell. */
const settledMarkOf = (stats: BigIntStats): string | undefined =>
  // What the kernel makes up when it is read has no size; what changed a moment ago, or in the future, may change again unseen.
  stats.size > 0n && ageOf(stats) > SETTLED_MS ? markOf(stats) : undefined

const ageOf = ({ mtimeMs, ctimeMs }: BigIntStats): number => Date.now() - Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs)

/** What a file holds; of what no config is, such as a pipe, which would have us wait for a writer, only that it is there. */
const textOf = async (path: string): Promise<string | Buffer> => {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat()
    return stats.isFile() && stats.size <= LARGEST_CONFIG ? await handle.readFile() : `no config: ${stats.mode} ${stats.size}`
  } finally {
    await handle.close()
  }
}

// Editors and Kubernetes keep their own things under such names.
const namesIn = async (directory: string): Promise<ReadonlyArray<string>> =>
  (await readdir(directory)).filter((name) => !name.startsWith('.') && !name.endsWith('~')).sort()

const isFresh = (path: string): boolean => {
  const entry = entryAt(path)
  return entry !== undefined && ageOf(entry) < FRESH_MS
}

/** What is at a path itself, be it a link; nothing where that cannot be told. */
export const entryAt = (path: string): BigIntStats | undefined => {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
