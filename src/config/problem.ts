// Problems as people read them: place, path in words, what was expected, the line with a caret, and what to do.
//
//   config.yaml:14:5  users[3].stauts: unknown key 'stauts'
//     14 |     stauts: blocked
//        |     ^
//     did you mean 'status'?
import { distance } from 'fastest-levenshtein'
import type { Problem } from '../domain/failure.ts'
import { visible } from '../domain/visible.ts'

/** The way from the top of a file to a value. */
export type Path = ReadonlyArray<string | number>

/** A path in words, such as `users[3].status`. */
export const inWords = (path: Path): string =>
  path
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`
      if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step)) return `[${quoted(step)}]`
      return at === 0 ? step : `.${step}`
    })
    .join('')

const LONGEST_QUOTE = 60

/** A name or value in quotes, made visible and cut where it is long. */
export const quoted = (text: string): string =>
  text.length > LONGEST_QUOTE ? `'${visible(text.slice(0, LONGEST_QUOTE))}…'` : `'${visible(text)}'`

/** The known word that was probably meant, where one is near enough. */
export const nearest = (text: string, words: Iterable<string>): string | undefined => {
  const limit = text.length < 4 ? 1 : Math.max(2, Math.floor(text.length / 3))
  if (text.length > 100) return undefined
  let best: string | undefined
  let least = limit + 1
  for (const word of words) {
    if (Math.abs(word.length - text.length) >= least) continue
    const steps = distance(text.toLowerCase(), word.toLowerCase())
    if (steps < least) [best, least] = [word, steps]
  }
  return best
}

/** The hint for a word that is not known. */
export const didYouMean = (text: string, words: Iterable<string>): string | undefined => {
  const word = nearest(text, words)
  return word === undefined ? undefined : `did you mean ${quoted(word)}?`
}

/** A list in words: `a, b or c`. */
export const orList = (words: ReadonlyArray<string>): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** A problem as text of one or more lines, without a line end. */
export const printProblem = (problem: Problem): string => {
  const { file, line, column, path, message, hint } = problem
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`
  const head = `${place}  ${path === '' ? '' : `${path}: `}${message}`
  return [visible(head), ...excerptLines(problem), ...(hint === undefined ? [] : [`  ${visible(hint)}`])].join('\n')
}

// A tab is one blank wide, so that the caret stands where it should.
const shown = (line: string): string => visible(line.replace(/\t/g, ' '))

const excerptLines = ({ line, column, excerpt }: Problem): ReadonlyArray<string> => {
  if (excerpt === undefined || line === undefined) return []
  const margin = String(line)
  // As wide as what stands before the place; what is cut off there counts as blank.
  const before = shown(excerpt.padEnd((column ?? 1) - 1).slice(0, (column ?? 1) - 1)).replace(/./gsu, ' ')
  return [`  ${margin} | ${shown(excerpt).trimEnd()}`, `  ${' '.repeat(margin.length)} | ${before}^`]
}

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
