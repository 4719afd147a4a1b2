// A config file replaced as a whole: only while it is still what was read, with the mode and owner that it has, durable, at the end of the
// link where it is one. Whatever goes wrong, the old file stands.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, syncDirectory } from './system.ts'

type Replacement = { readonly path: string; readonly before: string; readonly after: string }

const MARK = '\ufeff'

/** Replaces a file; gives why it did not, in words. */
export const replaceFile = async ({ path, before, after }: Replacement): Promise<string | undefined> => {
  try {
    const file = await realpath(path)
    const mark = (await readFile(file, 'utf8')).startsWith(MARK) ? MARK : ''
    const isStill = async (): Promise<boolean> => (await readFile(file)).equals(Buffer.from(mark + before))
    if (!(await isStill())) return CHANGED
    const { mode, uid, gid } = await stat(file)
    const fresh = `${file}.${randomBytes(6).toString('hex')}.new`
    const handle = await open(fresh, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
    try {
      const made = await handle.stat()
      if (made.uid !== uid || made.gid !== gid) await handle.chown(uid, gid)
      await handle.chmod(mode & 0o7777)
      await handle.writeFile(mark + after)
      await handle.sync()
      if (!(await isStill())) return CHANGED
      await rename(fresh, file)
    } finally {
      await handle.close()
      await unlink(fresh).catch(gone)
    }
    await syncDirectory(dirname(file))
    return undefined
  } catch (thrown) {
    return `the file cannot be replaced (${codeOf(thrown)}); check owner and mode of it and of its folder`
  }
}

const CHANGED = 'somebody else changed the file meanwhile; nothing was written, try again'

const gone = (thrown: unknown): void => {
  if (codeOf(thrown) !== 'ENOENT') throw thrown
}
