// The state directory: ours, and closed to everybody else.
import { constants } from 'node:fs'
import { access, chmod, mkdir, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { StateFacts } from '../domain/checkup.ts'
import type { Failure } from '../domain/failure.ts'
import { E, type TE } from '../fp.ts'
import { codeOf, stateFault, syncDirectory } from './system.ts'

/** Makes the state directory where there is none, refuses one that is not ours, and closes it to others (0700). */
export const openStateDir =
  (dir: string): TE.TaskEither<Failure, void> =>
  async () => {
    const unusable = (why: string): E.Either<Failure, void> =>
      E.left({ _tag: 'StateUnusable', path: dir, message: `the state directory cannot be used: ${why}` })
    try {
      const made = await makeWhole(dir)
      if (made !== undefined) await syncDirectory(dirname(made))
      // A link to it is fine: systemd makes one for a dynamic user.
      const found = await stat(dir)
      const us = process.geteuid?.()
      if (us !== undefined && found.uid !== us) {
        return unusable(
          `it belongs to uid ${found.uid} and we are uid ${us}; run as its owner, or choose another with --state-dir`,
        )
      }
      if ((found.mode & 0o777) !== 0o700) await chmod(dir, 0o700)
      return E.right(undefined)
    } catch (thrown) {
      return unusable(stateFault(thrown))
    }
  }

// Node's recursive mkdir says ENOENT for a file system that is full or read-only; a plain one says what it is.
const makeWhole = (dir: string): Promise<string | undefined> =>
  mkdir(dir, { recursive: true, mode: 0o700 }).catch(async (thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') await mkdir(dir, { mode: 0o700 })
    throw thrown
  })

/** What there is to know of a state directory; changes nothing. */
export const inspectStateDir = async (dir: string): Promise<StateFacts> => {
  try {
    const found = await stat(dir)
    const space = await statfs(dir)
    const denied = await access(dir, constants.W_OK).catch((thrown: unknown) => stateFault(thrown))
    return {
      _tag: 'There',
      isDirectory: found.isDirectory(),
      owner: found.uid,
      us: process.geteuid?.(),
      mode: found.mode & 0o777,
      writable: denied === undefined,
      freeBytes: space.bavail * space.bsize,
    }
  } catch (thrown) {
    const isAbsent = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
    return isAbsent ? { _tag: 'Absent' } : { _tag: 'Unreadable', why: stateFault(thrown) }
  }
}
