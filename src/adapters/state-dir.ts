// The state directory: ours, and closed to everybody else.
import { constants } from 'node:fs'
import { access, chmod, readdir, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Failure } from '../domain/basics/failure.ts'
import type { Room, StateFacts } from '../domain/checkup/checkup.ts'
import { type Shared, sharedFolder } from '../domain/checkup/own-folder.ts'
import { E, type TE } from '../fp.ts'
import { codeOf, makeFolder, missingIn, realPath, stateFault, syncDirectory } from './system.ts'

/** Makes the state directory where there is none, refuses one that is not ours or others' too, and closes it to others (0700). */
export const openStateDir =
  (dir: string): TE.TaskEither<Failure, void> =>
  async () => {
    const unusable = (why: string): E.Either<Failure, void> =>
      E.left({ _tag: 'StateUnusable', path: dir, message: `the state directory cannot be used: ${why}` })
    try {
      const made = await makeFolder(dir)
      if (made !== undefined) await syncDirectory(dirname(made))
      // A link to it is fine: systemd makes one for a dynamic user.
      const found = await stat(dir)
      const us = process.geteuid?.()
      if (us !== undefined && found.uid !== us) {
        return unusable(
          `it belongs to uid ${found.uid} and we are uid ${us}; run as its owner, or choose another with --state-dir`,
        )
      }
      const shared = await sharedAt(dir, found.mode)
      if (shared !== undefined) return unusable(`it ${shared.what}; ${shared.advice}`)
      if ((found.mode & 0o777) !== 0o700) await chmod(dir, 0o700)
      return E.right(undefined)
    } catch (thrown) {
      return unusable(stateFault(thrown))
    }
  }

const sharedAt = async (dir: string, mode: number): Promise<Shared | undefined> =>
  // One that is closed to others may be so to us, too, and need not be looked into.
  sharedFolder({ path: await realPath(dir), mode, names: (mode & 0o077) === 0 ? [] : await readdir(dir) })

/** What there is to know of a state directory; changes nothing. */
export const inspectStateDir = async (dir: string): Promise<StateFacts> => {
  try {
    const found = await stat(dir)
    const [us, isDirectory] = [process.geteuid?.(), found.isDirectory()]
    return {
      _tag: 'There',
      isDirectory,
      owner: found.uid,
      us,
      mode: found.mode & 0o777,
      shared: isDirectory && (us === undefined || us === found.uid) ? await sharedAt(dir, found.mode) : undefined,
      ...(await roomIn(dir)),
    }
  } catch (thrown) {
    return codeOf(thrown) === 'ENOENT' ? absent(dir) : { _tag: 'Unreadable', why: stateFault(thrown) }
  }
}

const absent = async (dir: string): Promise<StateFacts> => {
  try {
    const { within } = await missingIn(dir)
    return { _tag: 'Absent', within, ...(await roomIn(within)) }
  } catch (thrown) {
    return { _tag: 'Unreadable', why: stateFault(thrown) }
  }
}

const roomIn = async (dir: string): Promise<Room> => {
  const space = await statfs(dir)
  const denied = await access(dir, constants.W_OK | constants.X_OK).catch((thrown: unknown) => stateFault(thrown))
  return { writable: denied === undefined, freeBytes: space.bavail * space.bsize }
}
