// A result in a file that a person named: whole or not at all, and in the place that they meant. It is its owner's alone, but for a config: that
// holds no secret, and the service that goes by it is another user.
import { constants } from 'node:fs'
import { open, readlink, realpath, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import { codeOf, replaceDurably } from './system.ts'

/** Writes a result; why it could not, in words. `configMode`: it is a config, which has this mode where it is new, and else the one that it had. */
export const saveResult = async (path: string, text: string, configMode?: number): Promise<string | undefined> => {
  try {
    const kind = await kindOf(path)
    if (kind === 'special') await writeInto(path, text)
    else if (kind === 'missing') {
      const mode = configMode ?? OURS
      await replaceDurably({ file: await meantBy(path), text, dressed: (made) => made.chmod(mode) })
    } else await replaceFile(await realpath(path), text, configMode !== undefined)
    return undefined
  } catch (why) {
    if (!(why instanceof Error && 'syscall' in why)) throw why
    return codeOf(why) === 'ENXIO'
      ? 'nobody reads from there: start its reader first'
      : `cannot be written (${codeOf(why)}): check that its folder exists, is yours and has space`
  }
}

const OURS = 0o600

/** Why a result must not be written there: it would replace one of these files of the config. */
export const wouldReplace = async (path: string, config: ReadonlyArray<string>): Promise<string | undefined> =>
  (await Promise.all(config.map((file) => isSame(path, file)))).includes(true)
    ? 'the config is there; name another place, or move the config away first'
    : undefined

const isSame = async (path: string, other: string): Promise<boolean> => {
  const [one, two] = await Promise.all([path, other].map((name) => stat(name, { bigint: true }).catch(() => undefined)))
  return one !== undefined && two !== undefined && one.isFile() && one.ino === two.ino && one.dev === two.dev
}

const kindOf = async (path: string): Promise<'missing' | 'file' | 'special'> => {
  try {
    return (await stat(path)).isFile() ? 'file' : 'special'
  } catch (why) {
    if (codeOf(why) === 'ENOENT') return 'missing'
    throw why
  }
}

/** Still theirs whose the file was, as far as we may give anything away. */
const replaceFile = async (file: string, text: string, isConfig: boolean): Promise<void> => {
  const { mode, uid, gid } = await stat(file)
  await replaceDurably({
    file,
    text,
    dressed: async (made) => {
      await made.chmod(isConfig ? mode & 0o777 : OURS)
      await made.chown(uid, gid).catch((why) => {
        if (!['EPERM', 'EINVAL'].includes(codeOf(why))) throw why
      })
    },
  })
}

/** A pipe or a device, which a file in its place would take away from everybody else. To open a pipe that nobody reads takes for ever. */
const writeInto = async (path: string, text: string): Promise<void> => {
  const probe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK)
  try {
    await writeFile(path, text)
  } finally {
    await probe.close()
  }
}

/** Where a link leads that has no target yet; else the place itself. */
const meantBy = async (path: string): Promise<string> => {
  try {
    const target = await readlink(path)
    return await meantBy(isAbsolute(target) ? target : `${dirname(path)}/${target}`)
  } catch (why) {
    if (['ENOENT', 'EINVAL'].includes(codeOf(why))) return path
    throw why
  }
}
