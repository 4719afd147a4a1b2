// A config file as plain data with the way back to line and column.
import type { Problem } from '../domain/basics/failure.ts'
import { E } from '../fp.ts'
import type { SourceText } from '../ports.ts'
import { conflictsIn } from './conflict.ts'
import type { Placed } from './nodes.ts'
import { lastLine, lineStarts, linesWith, nextFinder, offsetFinder, type Place, placeAt } from './offsets.ts'
import type { Parse, Parsed } from './parsed.ts'
import { inWords, type Path } from './problem.ts'
import { mayHoldLiteral } from './secrecy.ts'
import type { FaultAt } from './tokens.ts'

/** A file as data. `placeOf` a path that is not there is the place of the nearest thing around it. */
export type SourceDocument = {
  readonly name: string
  readonly remembered: string
  readonly value: unknown
  readonly lines: number
  /** Whether the document end line `...` is there: without it the file may have been cut off. */
  readonly endsWithMarker: boolean
  readonly placeOf: (path: Path, part: 'key' | 'value') => Place
  /** The first and the last line of a key and all of its value. */
  readonly linesOf: (path: Path) => readonly [first: number, last: number]
  /** What is not in the data: the way to it, where it begins, and its last line. */
  readonly unread: ReadonlyArray<{ readonly path: Path | undefined; readonly from: Place; readonly last: number }>
  /** Whether the last line has its end; a file without one may have been cut off in a word. */
  readonly endsLine: boolean
  /** Whether the file ends with this value, with neither a quote nor a line end after it: then it may have been cut off within it. */
  readonly endsIn: (path: Path, value: string) => boolean
  /** Whether the mapping or list at a path stands in brackets, which end it. */
  readonly isInBrackets: (path: Path) => boolean
  /** What is wrong with it and lets all else in it be read. */
  readonly faults: ReadonlyArray<Problem>
  /** A problem at a path. `show`: the whole line, only up to the key, or only what stands before the value. */
  readonly problem: (fault: ProblemAt) => Problem
}

/** What stands at a path of a document; `undefined` where nothing does. */
export const valueAt = ({ value }: Pick<SourceDocument, 'value'>, path: Path): unknown => {
  let inside = value
  for (const step of path)
    inside = typeof inside === 'object' && inside !== null ? Object.getOwnPropertyDescriptor(inside, step)?.value : undefined
  return inside
}

/** A fault at a path of a document. */
export type ProblemAt = {
  readonly path: Path
  readonly part?: 'key' | 'value'
  readonly show?: 'line' | 'key' | 'before' | 'nothing'
  /** The column from which on nothing of the line may be shown; nothing of it is where the fault stands behind that. */
  readonly coveredFrom?: number | undefined
  readonly message: string
  readonly hint?: string | undefined
}

const MOST_CHARACTERS = 64 * 1024 * 1024
const LONGEST_EXCERPT = 240
/** The part of a source that is parsed. */
const yamlOf = ({ text }: SourceText): string => (text.startsWith('\ufeff') ? text.slice(1) : text)

/** Reads the text of a config file. */
export const readDocument = async (parse: Parse, source: SourceText): Promise<Read> =>
  isTooLong(source) ? tooLong(source) : documentOf(source, await parse(yamlOf(source)))

type Read = E.Either<ReadonlyArray<Problem>, SourceDocument>

const isTooLong = (source: SourceText): boolean => yamlOf(source).length > MOST_CHARACTERS
const tooLong = ({ name }: SourceText): Read => E.left([wholeFile(name, 'a config file has at most 64 MiB')])

const documentOf = (source: SourceText, parsed: Parsed): Read => {
  const text = yamlOf(source)
  const { name, remembered = name } = source
  const lines = lineStarts(text)
  const told = (faults: ReadonlyArray<FaultAt>, hidden: (line: number) => boolean): ReadonlyArray<Problem> =>
    faults.map((fault) => syntaxProblem({ name, text, lines, hidden }, fault))
  if (parsed._tag === 'NoYaml') {
    const isHidden = !parsed.isText || mayHoldLiteral(text)
    const conflicts = conflictsIn(text)
    if (conflicts.length > 0) return E.left(told(conflicts, () => isHidden))
    // One fault a line: what follows in the same line follows from it.
    const first = new Map([...parsed.faults].reverse().map((fault) => [placeAt(lines, fault.offset).line, fault]))
    return E.left(told([...first.values()].reverse(), () => isHidden))
  }
  const { placed, endsWithMarker } = parsed
  const hidden = linesWith(placed.hidden, lines)
  const faults = told(placed.faults, hidden)
  return E.right(located({ name, remembered, text, lines, hidden, placed, endsWithMarker, faults }))
}

/** A problem of a file as a whole, which shows nothing of it. */
export const wholeFile = (file: string, message: string, hint?: string): Problem => ({
  file,
  line: undefined,
  column: undefined,
  path: '',
  message,
  hint,
  excerpt: undefined,
})

type Text = {
  readonly name: string
  readonly text: string
  readonly lines: ReadonlyArray<number>
  readonly hidden: (line: number) => boolean
}

const syntaxProblem = (from: Text, { offset, path = [], message, hint }: FaultAt): Problem => {
  const place = placeAt(from.lines, offset)
  return { file: from.name, ...place, path: inWords(path), message, hint, excerpt: excerptOf(from, place, undefined) }
}

const located = (
  from: Text & Pick<SourceDocument, 'remembered' | 'endsWithMarker' | 'faults'> & { readonly placed: Placed },
): SourceDocument => {
  const { name, text, lines, placed } = from
  const findOffset = offsetFinder(placed)
  const findNext = nextFinder(placed)
  const placeOf = (path: Path, part: 'key' | 'value'): Place => placeAt(lines, findOffset(path, part))
  return {
    name,
    remembered: from.remembered,
    value: placed.value,
    lines: lines.length - (text.endsWith('\n') ? 1 : 0),
    endsWithMarker: from.endsWithMarker,
    faults: from.faults,
    placeOf,
    linesOf: (path) => [placeOf(path, 'key').line, lastLine(from, findNext(path, findOffset(path, 'value')))],
    unread: placed.unread.map(({ path, stretch: [start, end] }) => ({
      path,
      from: placeAt(lines, start),
      last: placeAt(lines, Math.max(start, end - 1)).line,
    })),
    endsLine: text.endsWith('\n'),
    endsIn: (path, value) => text.slice(findOffset(path, 'value')) === value,
    isInBrackets: (path) => /[[{]/.test(text.charAt(findOffset(path, 'value'))),
    problem: ({ path, part = 'value', show = 'line', coveredFrom, message, hint }) => {
      const offset = findOffset(path, part)
      const place = placeAt(lines, offset)
      const end = show === 'before' ? offset : show === 'key' ? offset + keyLength(text, offset, path.at(-1)) : undefined
      const excerpt = show === 'nothing' ? undefined : shownOf(excerptOf(from, place, end), place, coveredFrom)
      return {
        file: name,
        ...place,
        path: inWords(path),
        message,
        hint,
        excerpt: excerpt && show === 'key' ? `${excerpt}: …` : excerpt,
      }
    },
  }
}

/** What is left of an excerpt. */
export const shownOf = (
  excerpt: string | undefined,
  { column = 1 }: Pick<Problem, 'column'>,
  coveredFrom: number | undefined,
): string | undefined => {
  if (excerpt === undefined || coveredFrom === undefined || excerpt.length < coveredFrom) return excerpt
  const left = column > coveredFrom ? '' : excerpt.slice(0, coveredFrom - 1).trimEnd()
  return left === '' ? undefined : `${left} …`
}

const keyLength = (text: string, offset: number, key: string | number | undefined): number => {
  const name = String(key ?? '')
  if (text.startsWith(name, offset)) return name.length
  return text.startsWith(name, offset + 1) ? name.length + 2 : 1
}

const excerptOf = ({ text, lines, hidden }: Text, { line, column }: Place, end: number | undefined): string | undefined => {
  if (hidden(line)) return undefined
  const start = lines[line - 1] ?? 0
  const stop = Math.min(end ?? text.length, (lines[line] ?? text.length + 1) - 1)
  if (stop - start > LONGEST_EXCERPT) return undefined
  const excerpt = text.slice(start, stop)
  // A comment may say anything.
  const comment = excerpt.slice(column - 1).search(/(?:^|\s)#/)
  const shown = (comment < 0 ? excerpt : excerpt.slice(0, column - 1 + comment)).trimEnd()
  return shown === '' || mayHoldLiteral(shown) ? undefined : shown
}
