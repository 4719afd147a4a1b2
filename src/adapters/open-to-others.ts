// Files into which others than root and we can write, by themselves or by the folder that they are in.
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { OpenFile } from '../domain/checkup/checkup.ts'
import { realPath } from './system.ts'

/** Those of these files, and of their folders; what is not there is open to nobody. */
export const openToOthers = async (files: ReadonlyArray<string>): Promise<ReadonlyArray<OpenFile>> => {
  const real = await Promise.all(files.map(realPath))
  const paths = [...new Set([...real, ...real.map(dirname)])].sort()
  const found = await Promise.all(paths.map(async (path) => ({ path, mode: await openMode(path) })))
  return found.flatMap(({ path, mode }) => (mode === undefined ? [] : [{ path, mode }]))
}

const openMode = async (path: string): Promise<number | undefined> => {
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined) return undefined
  const isOurGroup = stats.gid === 0 || stats.gid === process.getegid?.()
  // In a folder such as /tmp nobody can replace what is another's.
  const isSticky = stats.isDirectory() && (stats.mode & 0o1000) !== 0
  const others = stats.mode & (isOurGroup ? 0o002 : 0o022)
  return others === 0 || isSticky ? undefined : stats.mode & 0o7777
}
