// Groups of this machine: from a name to its number, as the system's own look-up gives it, directories of a network included.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** The number of a group; `undefined` where this machine knows none of that name. */
export const groupId = async (name: string): Promise<number | undefined> =>
  gidIn(await readFile('/etc/group', 'utf8').catch(() => ''), name) ?? gidIn(await lookedUp(name), name)

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
