// The way to a secret: whoever can put another file in its place, on the way to it or at its end, chooses what is taken for it.
import type { Stats } from 'node:fs'
import { lstat, readlink } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { E } from '../fp.ts'
import { codeOf } from './system.ts'

/** What is not there: the file itself, or a directory on the way to it. */
export type Absent = { readonly _tag: 'Absent'; readonly at: string; readonly what: 'file' | 'directory' }

const MOST_LINKS = 40
const LONGEST_MIXED = 12

/** What is said in place of a name that may be a secret. */
export const NAMED_HERE = 'that is named here'

/**
 * Whether a name may be said: a secret may stand where its name belongs. Names are of words, each in one case or with a capital; what a machine
 * made mixes cases, signs and digits, or has a long row of letters and digits. The place is told in any case.
 */
export const isSpoken = (name: string): boolean =>
  name
    .split(/[\s/_.@+:-]/)
    .every((part) => /^(?:[\p{Lu}\d]*|\p{Lu}?[\p{Ll}\d]*)$/u.test(part) && (part.length <= LONGEST_MIXED || !/\d/.test(part)))

/** Whether a file is root's or ours. */
export const isOurs = (stats: Stats): boolean => stats.uid === 0 || stats.uid === (process.geteuid?.() ?? stats.uid)

/** A mode as chmod takes it. */
export const octal = (mode: number): string => `0${(mode & 0o7777).toString(8)}`

// Who runs this in a group has it write with that group, as a volume of a container does.
const isOurGroup = (gid: number): boolean =>
  gid === 0 || gid === process.getegid?.() || process.getgroups?.().includes(gid) === true

const swappable = (here: string, { mode }: Stats, whom: string, mend: string): string =>
  `${here}, a directory on the way to the secret, can be written by ${whom} (mode ${octal(mode)}); chmod ${mend} it`

/** Follows a path link by link: nobody but root and us may be able to put something else there. */
export const walk = async (path: string, links = 0): Promise<E.Either<string | Absent, string>> => {
  if (links > MOST_LINKS) return E.left(`${path} leads through too many links`)
  const names = path.split(sep).filter((name) => name !== '')
  for (let at = 0; at <= names.length; at += 1) {
    const here = sep + names.slice(0, at).join(sep)
    const stats = await lstat(here).catch((thrown: unknown) => codeOf(thrown))
    if (stats === 'ENOENT') return E.left({ _tag: 'Absent', at: here, what: at < names.length ? 'directory' : 'file' })
    if (typeof stats === 'string')
      return E.left(`${isSpoken(here) ? here : `the file ${NAMED_HERE}`} cannot be reached (${stats})`)
    const isLink = stats.isSymbolicLink()
    if ((isLink || stats.isDirectory()) && !isOurs(stats)) {
      const what = isLink ? 'a link' : 'a directory'
      return E.left(`${here}, ${what} on the way to the secret, belongs to uid ${stats.uid}; it must belong to root or to us`)
    }
    if (isLink) {
      const beyond = await walk(resolve(dirname(here), await readlink(here), ...names.slice(at)), links + 1)
      const dangling = at === names.length && E.isLeft(beyond) && typeof beyond.left !== 'string'
      return dangling ? E.left(`${here} is a link to something that does not exist`) : beyond
    }
    // In a sticky directory of root's such as /tmp nobody can replace what is ours.
    const sticky = (stats.mode & 0o1000) !== 0 && stats.uid === 0
    if (stats.isDirectory() && (stats.mode & 0o002) !== 0 && !sticky) return E.left(swappable(here, stats, 'others', 'o-w'))
    // In one that is sticky, whoever's it is, they cannot do so either.
    if (stats.isDirectory() && (stats.mode & 0o1020) === 0o020 && !isOurGroup(stats.gid))
      return E.left(swappable(here, stats, `the group ${stats.gid}, which is not ours`, 'g-w'))
  }
  return E.right(path)
}
