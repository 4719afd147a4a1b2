// Usernames: what may be created, how they are folded, and the globs that match them.

/** An anchored, case-insensitive pattern: `*` any characters, `?` one character. */
export type Glob = { readonly text: string; readonly matches: (username: string) => boolean }

/** Case-folded form: two usernames with the same one are never both created. */
export const fold = (username: string): string => username.toLowerCase()

/** Reads a glob; `undefined` where the pattern is empty. */
export const glob = (text: string): Glob | undefined => {
  if (text === '') return undefined
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.')
  const pattern = new RegExp(`^${source}$`, 'isu')
  return { text, matches: (username) => pattern.test(username) }
}

/** Whether any of the globs matches. */
export const matchesAny = (globs: ReadonlyArray<Glob>, username: string): boolean => globs.some((one) => one.matches(username))

/** What is wrong with a username that is to be created; `undefined` where nothing is. Source: the documents *Add an SMTP user*, 2017 and 3.0.4. */
export const usernameFault = (username: string): string | undefined => {
  if (username.length < 5 || username.length > 100) return `a username has 5 to 100 characters, this one has ${username.length}`
  const odd = [...username].find((character) => !/[A-Za-z0-9._@-]/.test(character))
  return odd === undefined ? undefined : 'a username has only letters, digits and . _ @ -'
}
