// A config file replaced as a whole: only while it is still what was read, with the mode and owner that it has, durable, at the end of the
// link where it is one. Whatever goes wrong, the old file stands.
import { readFile, realpath, stat } from 'node:fs/promises'
import { codeOf, replaceDurably } from './system.ts'

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
    const replaced = await replaceDurably({
      file,
      text: mark + after,
      isStill,
      dressed: async (made) => {
        const own = await made.stat()
        if (own.uid !== uid || own.gid !== gid) await made.chown(uid, gid)
        await made.chmod(mode & 0o7777)
      },
    })
    return replaced ? undefined : CHANGED
  } catch (thrown) {
    return `the file cannot be replaced (${codeOf(thrown)}); check owner and mode of it and of its folder`
  }
}

const CHANGED = 'somebody else changed the file meanwhile; nothing was written, try again'
