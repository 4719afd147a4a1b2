// What several adapters need of the operating system and of the network, and nothing of one of them.
import { createHash, randomBytes } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, link, lstat, mkdir, open, realpath, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** Who we are to those whom we ask over HTTP; firewalls refuse who does not say it. Nothing of the machine or of who runs us. */
export const USER_AGENT = 'smtp2go-reconciler'

/** The code of a system error, such as ENOENT; the text of an error is never shown, since it may quote anything. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error'

/** That there is no room, and what to do; nothing where something else is wrong. */
export const noRoom = (thrown: unknown): string | undefined => {
  const code = codeOf(thrown)
  return code === 'ENOSPC' ? 'the disk is full: make room' : code === 'EDQUOT' ? 'the quota is used up: make room' : undefined
}

/** What to do where a file of the state directory cannot be written. */
export const wayOut = (thrown: unknown): string => {
  switch (codeOf(thrown)) {
    case 'ENOENT':
      return 'the state directory is gone; the next start makes a new one, so restart the daemon where one runs'
    case 'EROFS':
      return 'the file system is read-only: make it writable, or choose another with --state-dir'
    default:
      return noRoom(thrown) ?? 'check space, owner and mode of its directory'
  }
}

/** Where a path leads in the end; as it is where that cannot be known. */
export const realPath = (path: string): Promise<string> => realpath(path).catch(() => resolve(path))

/** A print by which one content is told from another. */
export const printOf = (...pieces: ReadonlyArray<string | Uint8Array>): string => {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

const SLICE = 1024 * 1024

/** The same of what a file holds, which is read in slices and not kept. Rejects as reading does. */
export const printOfFile = async (file: string): Promise<string> => {
  const [hash, slice] = [createHash('sha256'), Buffer.alloc(SLICE)]
  const handle = await open(file, 'r')
  try {
    for (;;) {
      const { bytesRead } = await handle.read(slice, 0, SLICE)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(slice.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
  }
}

/** What changes with the content of a file, and with the file at its place. */
export const markOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string => [dev, ino, size, mtimeNs, ctimeNs].join(':')

/** A config file that is larger is none, in bytes. */
export const LARGEST_CONFIG = 64 * 1024 * 1024

/** Writes a note as JSON, padded to one length in bytes, so that it is never half old and half new; one that cannot be written lags behind. */
export const noteInPlace = async (file: string, note: unknown, length: number): Promise<void> => {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants
  const text = `${JSON.stringify(note).padEnd(length - 1)}\n`
  await writeFile(file, text, { flag: O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o600 }).catch(() => undefined)
}

/** Makes the names in a directory durable: a rename or a new file is on disk only after this. */
export const syncDirectory = async (dir: string): Promise<void> => {
  const handle = await open(dir, 'r').catch((why) => {
    // Into a folder that we may not read we may write all the same.
    if (codeOf(why) !== 'EACCES') throw why
  })
  try {
    await handle?.sync()
  } catch (thrown) {
    // A file system that knows no such thing has its names on disk, or cannot be helped.
    if (codeOf(thrown) !== 'EINVAL') throw thrown
  } finally {
    await handle?.close()
  }
}

/** What a file system says that knows no hard links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/**
 * Gives a file another name, and takes no other file's: by a link, which unlike a rename never replaces one. Where there are no hard links it
 * is looked first, and whoever else took the name in that moment would lose it.
 */
export const renameToFree = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to)
  } catch (thrown) {
    if (!NO_LINKS.has(codeOf(thrown))) throw thrown
    if ((await inodeOf(to)) !== undefined) throw Object.assign(new Error('the name is taken'), { code: 'EEXIST' })
    return rename(from, to)
  }
  await unlink(from)
}

/** Which file has a name; nothing where none has. */
export const inodeOf = async (path: string): Promise<bigint | undefined> => {
  try {
    return (await lstat(path, { bigint: true })).ino
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown
    return undefined
  }
}

/** The innermost folder of a path that is there, and the names of those that are missing below it, from the outermost on. */
export const missingIn = async (dir: string): Promise<{ readonly within: string; readonly missing: ReadonlyArray<string> }> => {
  const missing: Array<string> = []
  let within = dir
  while (!(await isFolder(within)) && dirname(within) !== within) {
    missing.unshift(within)
    within = dirname(within)
  }
  return { within, missing }
}

/**
 * Makes a folder with those above it that are missing, for us alone; gives the outermost that was made. One by one, since Node's own way goes
 * round for ever where a folder says ENOENT to a new one, as those that are mounted on demand do, and says ENOENT for a full disk.
 */
export const makeFolder = async (dir: string): Promise<string | undefined> => {
  const { missing } = await missingIn(dir)
  for (const one of missing)
    await mkdir(one, { mode: 0o700 }).catch(async (thrown: unknown) => {
      // Made by somebody else meanwhile, it is as good.
      if (codeOf(thrown) !== 'EEXIST' || !(await isFolder(one))) throw thrown
    })
  return missing[0]
}

// Asked of what is in the folder, so that a file in its place is an error.
const isFolder = (dir: string): Promise<boolean> =>
  stat(`${dir}/.`).then(
    () => true,
    async (thrown: unknown) => {
      if (codeOf(thrown) !== 'ENOENT') throw thrown
      // Its name is taken, so nothing can be made there, though nothing is.
      if (await isLink(dir)) throw Object.assign(new Error('a link that leads nowhere'), { code: 'EEXIST' })
      return false
    },
  )

const isLink = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  )

const LARGE = 256 * 1024

// Each piece is a step of the disk, and small ones may be many.
const inFew = (pieces: ReadonlyArray<Uint8Array>): ReadonlyArray<Uint8Array> => {
  const few: Array<Uint8Array> = []
  let small: Array<Uint8Array> = []
  for (const piece of pieces) {
    if (piece.length < LARGE) small.push(piece)
    else {
      few.push(Buffer.concat(small), piece)
      small = []
    }
  }
  return [...few, Buffer.concat(small)]
}

type Replacement = {
  /** The file itself; a link in its place would be replaced. */
  readonly file: string
  /** What is to be in it, in one piece or in several. */
  readonly text: string | ReadonlyArray<Uint8Array>
  /** Where the new file is made first, and nothing may be yet. */
  readonly fresh?: string
  /** Makes the new file, while it is empty, as open to others as it is to be; else it is ours alone. */
  readonly dressed?: (made: FileHandle) => Promise<void>
  /** Asked last: whether the file may still be replaced. */
  readonly isStill?: () => Promise<boolean>
}

/** Replaces a file, durably; whether it did. Whatever goes wrong, a full disk too, the old file stands as it was. */
export const replaceDurably = async ({
  file,
  text,
  fresh = `${file}.${randomBytes(6).toString('hex')}.new`,
  dressed = (made) => made.chmod(0o600),
  isStill = async () => true,
}: Replacement): Promise<boolean> => {
  const { O_WRONLY, O_CREAT, O_EXCL } = constants
  // Exclusive: what is there already, in a folder of others, may be a link to anything.
  const made = await open(fresh, O_WRONLY | O_CREAT | O_EXCL, 0o600)
  let replaced = false
  try {
    try {
      await dressed(made)
      // All of it, or it rejects: a single write may put down a part and say so in nothing but its count.
      for (const piece of typeof text === 'string' ? [text] : inFew(text)) await made.writeFile(piece)
      await made.sync()
    } finally {
      await made.close()
    }
    if (await isStill()) {
      await rename(fresh, file)
      replaced = true
    }
  } finally {
    if (!replaced) await rm(fresh, { force: true })
  }
  if (replaced) await syncDirectory(dirname(file))
  return replaced
}

/** What is wrong with a state directory, and what to do. */
export const stateFault = (thrown: unknown): string => {
  const code = codeOf(thrown)
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `no permission (${code}); run as its owner, or choose another with --state-dir`
    case 'ENOTDIR':
      return `a file is in the way (${code}); choose another with --state-dir`
    case 'EEXIST':
      return `a link that leads nowhere is in the way (${code}); mount or make what it leads to, or choose another with --state-dir`
    case 'EROFS':
      return 'the file system is read-only (EROFS); choose another with --state-dir'
    case 'ENOSPC':
      return 'the disk is full (ENOSPC); make room'
    case 'EDQUOT':
      return 'the quota is used up (EDQUOT); make room'
    default:
      return `${code}; check owner, mode and space of its folder, or choose another with --state-dir`
  }
}
