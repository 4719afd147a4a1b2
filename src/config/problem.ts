// What problems are made of: paths in words, names in quotes, the word that was probably meant; and their order.
import { distance } from 'fastest-levenshtein'
import type { Problem } from '../domain/basics/failure.ts'
import { visible } from '../domain/basics/visible.ts'
import { mayHoldSecret, withoutKeys } from './secrecy.ts'

/** The way from the top of a file to a value. */
export type Path = ReadonlyArray<string | number>

/** A path in words, such as `users[3].status`. */
export const inWords = (path: Path): string =>
  path
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`
      if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step)) return `[${quotedKey(step)}]`
      return `${at === 0 ? '' : '.'}${withoutKeys(step)}`
    })
    .join('')

const LONGEST_QUOTE = 60

// A name or a password may stand before the host of an address, and its path may be the secret, as of a webhook. A host alone is none.
const MORE_THAN_A_HOST = /:\/\/(?![\w.-]+$).*/s

/** A name or value made visible and cut where it is long; never an API key, nor what follows in an address that may hold a secret. */
export const inShort = (text: string): string => {
  const shown = withoutKeys(text).replace(MORE_THAN_A_HOST, '://…')
  return shown.length > LONGEST_QUOTE ? `${visible(shown.slice(0, LONGEST_QUOTE))}…` : visible(shown)
}

/** The same in quotes. */
export const quoted = (text: string): string => `'${inShort(text)}'`

/** A key in quotes. Of one that sounds like a secret and goes on, as where its colon is missing, what goes on may be the secret. */
export const quotedKey = (key: string): string => {
  const [name = ''] = key.split(/[^\w-]/, 1)
  return name.length < key.length && mayHoldSecret(name) ? quoted(`${name}…`) : quoted(key)
}

/** The known word that was probably meant, where one is near enough. */
const nearest = (text: string, words: Iterable<string>): string | undefined => {
  const limit = text.length < 4 ? 1 : Math.max(2, Math.floor(text.length / 3))
  if (text.length > 100) return undefined
  let best: string | undefined
  let least = limit + 1
  for (const word of words) {
    if (Math.abs(word.length - text.length) >= least) continue
    const steps = isTwisted(text.toLowerCase(), word.toLowerCase()) ? TWISTED : distance(text.toLowerCase(), word.toLowerCase())
    if (steps < least) [best, least] = [word, steps]
  }
  return best
}

// The same letters in another order are the likeliest slip of all.
const TWISTED = 0.5
const isTwisted = (one: string, other: string): boolean => lettersOf(one) === lettersOf(other)
const lettersOf = (text: string): string => [...text].sort().join('')

/** The hint for a word that is not known. */
export const didYouMean = (text: string, words: Iterable<string>): string | undefined => {
  const word = nearest(text, words)
  return word === undefined ? undefined : `did you mean ${quoted(word)}?`
}

/** A list in words: `a, b or c`. */
export const orList = (words: ReadonlyArray<string>): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** Problems in the order of files, then of position; what is said twice of one place is said once. */
export const sorted = (problems: ReadonlyArray<Problem>, files: ReadonlyArray<string>): ReadonlyArray<Problem> => {
  const rank = new Map(files.map((name, at) => [name, at]))
  const seen = new Set<string>()
  return problems
    .filter((problem) => {
      const key = JSON.stringify([problem.file, problem.line, problem.column, problem.path, problem.message])
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
    .sort(
      (one, other) =>
        (rank.get(one.file) ?? files.length) - (rank.get(other.file) ?? files.length) ||
        (one.line ?? 0) - (other.line ?? 0) ||
        (one.column ?? 0) - (other.column ?? 0),
    )
}
