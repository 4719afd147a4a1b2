// What several adapters need of the operating system, and nothing of one of them.
import { open, realpath } from 'node:fs/promises'
import { resolve } from 'node:path'

/** The code of a system error, such as ENOENT; the text of an error is never shown, since it may quote anything. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error'

/** Where a path leads in the end; as it is where that cannot be known. */
export const realPath = (path: string): Promise<string> => realpath(path).catch(() => resolve(path))

/** Makes the names in a directory durable: a rename or a new file is on disk only after this. */
export const syncDirectory = async (dir: string): Promise<void> => {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** What is wrong with a state directory, and what to do. */
export const stateFault = (thrown: unknown): string => {
  const code = codeOf(thrown)
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `no permission (${code}); run as its owner, or choose another with --state-dir`
    case 'ENOTDIR':
    case 'EEXIST':
      return `a file is in the way (${code}); choose another with --state-dir`
    case 'EROFS':
      return 'the file system is read-only (EROFS); choose another with --state-dir'
    case 'ENOSPC':
      return 'the disk is full (ENOSPC); make room'
    default:
      return `${code}; check owner, mode and space of its folder, or choose another with --state-dir`
  }
}
