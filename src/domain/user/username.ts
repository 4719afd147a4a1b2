// Usernames: what may be created, how they are folded, and the globs that match them.
import { unseenIn } from '../basics/visible.ts'
import { plainGlob } from './glob.ts'

/** An anchored, case-insensitive pattern: `*` any characters, `?` one character. */
export type Glob = { readonly text: string; readonly matches: (username: string) => boolean }

/** Case-folded and composed form: two usernames with the same one are never both created. */
export const fold = (username: string): string => username.normalize('NFC').toLowerCase()

/** In what two spellings of one name differ, in words. Composed and decomposed characters look alike. */
export const differingIn = (one: string, other: string): string =>
  one.toLowerCase() === other.toLowerCase() ? 'only in case' : 'only in its Unicode normal form, or in case'

/** In characters. A username has at most 100, so a longer pattern is a mistake, and matching stays cheap whatever the names are. */
export const LONGEST_GLOB = 128

/** Reads a glob; `undefined` where the pattern is empty, or longer than any username needs. */
export const glob = (text: string): Glob | undefined => {
  if (text === '' || text.length > LONGEST_GLOB) return undefined
  const [, head = '', star = '', tail = ''] = /^([^*?]*)(\**)([^*?]*)$/.exec(fold(text)) ?? []
  // Most patterns are a name, or have one star and nothing else: for these the beginning and the end say it all.
  if (head + star + tail !== '')
    return { text, matches: star === '' ? (username) => fold(username) === head + tail : endsIn(head, tail) }
  const matches = plainGlob(fold(text))
  return { text, matches: (username) => matches(fold(username)) }
}

/** What other patterns give a meaning to, and no username that can be created has or begins with. As a part of a regular expression, for schemas. */
export const FOREIGN_SIGN = '[\\s,|()[\\]{}\\\\]|^[!^]|\\$$|^\\.[*+]'

/** Why a pattern is surely not meant as it would be read, in words; an older name with such a sign is matched by `?` in its place. */
export const patternFault = (text: string): string | undefined => {
  const unseen = unseenIn(text)
  if (unseen !== undefined) return `a character that cannot be seen (${unseen}) is in it; type the name anew, or ? in its place`
  const [sign] = new RegExp(FOREIGN_SIGN).exec(text) ?? []
  if (sign === undefined) return undefined
  const only = 'only * and ? are special in a pattern of usernames'
  return sign.startsWith('.')
    ? `${only}, and ${sign} is for names that begin with a dot; write * for any characters`
    : `${only}, and no name that can be created has ${/\s/.test(sign) ? 'a blank' : sign}; write a pattern for each name, or ? in its place`
}

const endsIn =
  (head: string, tail: string) =>
  (username: string): boolean => {
    if (head === '' && tail === '') return true
    const folded = fold(username)
    return folded.length >= head.length + tail.length && folded.startsWith(head) && folded.endsWith(tail)
  }

/** Whether any of the globs matches. */
export const matchesAny = (globs: ReadonlyArray<Glob>, username: string): boolean => globs.some((one) => one.matches(username))

/** What is wrong with a username that is to be created; `undefined` where nothing is. Source: the documents *Add an SMTP user*, 2017 and 3.0.4. */
export const usernameFault = (username: string): string | undefined => {
  if (username.length < 5 || username.length > 100) return `a username has 5 to 100 characters, this one has ${username.length}`
  const odd = [...username].find((character) => !/[A-Za-z0-9._@-]/.test(character))
  return odd === undefined ? undefined : 'a username has only letters, digits and . _ @ -'
}
