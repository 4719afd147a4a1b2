// Groups of this machine: from a name to its number, as the system's own look-up gives it, directories of a network included.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The number of a group; `undefined` where this machine knows none of that name. */
export const groupId = async (name: string): Promise<number | undefined> =>
  gidIn(await readFile('/etc/group', 'utf8').catch(() => ''), name) ?? gidIn(await lookedUp(name), name)

/** Whether we may give what is ours in a folder to a group, which is for root and its members. Where nothing can be tried, we may. */
export const mayGive = async (folder: string, gid: number): Promise<boolean> => {
  // A new file of its own: one that is there already may be anybody's, or a link to anything.
  const probe = join(folder, `control.${randomBytes(6).toString('hex')}.probe`)
  const made = await writeFile(probe, '', { mode: 0o600, flag: 'wx' }).then(
    () => true,
    () => false,
  )
  if (!made) return true
  try {
    return await chown(probe, -1, gid).then(
      () => true,
      () => false,
    )
  } finally {
    await rm(probe, { force: true })
  }
}

const gidIn = (entries: string, name: string): number | undefined => {
  const entry = entries.split('\n').find((line) => line.startsWith(`${name}:`))
  const gid = Number(entry?.split(':')[2] ?? Number.NaN)
  return Number.isSafeInteger(gid) ? gid : undefined
}

const lookedUp = (name: string): Promise<string> =>
  new Promise((resolve) => {
    // Nothing of our environment: it may hold secrets.
    const options = { env: { PATH: '/usr/bin:/bin' }, timeout: 5000 }
    execFile('getent', ['group', '--', name], options, (error, out) => resolve(error === null ? out : ''))
  })
