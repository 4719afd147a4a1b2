// A config file as plain data with the way back to line and column. YAML 1.2 core, one document, nothing clever in it.
import { Composer } from 'yaml'
import type { Problem } from '../domain/failure.ts'
import { E } from '../fp.ts'
import type { SourceText } from '../ports.ts'
import { type Placed, readNodes, unusableAt } from './nodes.ts'
import { inWords, type Path } from './problem.ts'
import { mayHoldLiteral } from './secrecy.ts'
import { syntaxFault } from './syntax.ts'
import { type FaultAt, readTokens } from './tokens.ts'

/** Line and column, counted from 1. */
export type Place = { readonly line: number; readonly column: number }

/** A file as data. `placeOf` a path that is not there is the place of the nearest thing around it. */
export type SourceDocument = {
  readonly name: string
  readonly value: unknown
  readonly lines: number
  /** Whether the document end line `...` is there: without it the file may have been cut off. */
  readonly endsWithMarker: boolean
  readonly placeOf: (path: Path, part: 'key' | 'value') => Place
  /** Whether the last line has its end; a file without one may have been cut off in a word. */
  readonly endsLine: boolean
  /** Whether the file ends with this value, with neither a quote nor a line end after it: then it may have been cut off within it. */
  readonly endsIn: (path: Path, value: string) => boolean
  /** A problem at a path. `show`: the whole line, only up to the key, or only what stands before the value. */
  readonly problem: (fault: ProblemAt) => Problem
}

/** A fault at a path of a document. */
export type ProblemAt = {
  readonly path: Path
  readonly part?: 'key' | 'value'
  readonly show?: 'line' | 'key' | 'before' | 'nothing'
  readonly message: string
  readonly hint?: string | undefined
}

const MOST_CHARACTERS = 64 * 1024 * 1024
const LONGEST_EXCERPT = 240
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  prettyErrors: false,
  uniqueKeys: false,
  merge: false,
  resolveKnownTags: false,
  logLevel: 'error',
} as const

/** Reads the text of a config file. */
export const readDocument = (source: SourceText): E.Either<ReadonlyArray<Problem>, SourceDocument> => {
  const text = source.text.startsWith('\ufeff') ? source.text.slice(1) : source.text
  const { name } = source
  if (text.length > MOST_CHARACTERS) return E.left([wholeFile(name, 'a config file has at most 64 MiB')])
  const unusable = unusableAt(text)
  const lines = lineStarts(text)
  const refuse = (faults: ReadonlyArray<FaultAt>, hidden: (line: number) => boolean): E.Either<ReadonlyArray<Problem>, never> =>
    E.left(faults.map((fault) => syntaxProblem({ name, text, lines, hidden }, fault)))
  const literal = mayHoldLiteral(text)

  if (unusable >= 0)
    return refuse(
      [{ offset: unusable, message: 'a NUL character or half a character; is this a text file in UTF-8?' }],
      () => true,
    )
  const { tokens, endsWithMarker, fault } = readTokens(text)
  if (fault !== undefined) return refuse([fault], () => literal)
  const [document] = new Composer(OPTIONS).compose(tokens, true, text.length)
  const unreadable = [...(document?.errors ?? []), ...(document?.warnings ?? [])]
  if (unreadable.length > 0) {
    // One fault a line: what follows in the same line follows from it.
    const first = new Map(
      unreadable.reverse().map(({ code, pos }) => [placeAt(lines, pos[0]).line, { offset: pos[0], ...syntaxFault(code) }]),
    )
    return refuse([...first.values()].reverse(), () => literal)
  }
  const placed = readNodes(document?.contents)
  const hidden = hiddenLines(placed, lines)
  if (placed.faults.length > 0) return refuse(placed.faults, hidden)
  return E.right(located({ name, text, lines, hidden, placed, endsWithMarker }))
}

const wholeFile = (file: string, message: string): Problem => ({
  file,
  line: undefined,
  column: undefined,
  path: '',
  message,
  hint: undefined,
  excerpt: undefined,
})

type Text = {
  readonly name: string
  readonly text: string
  readonly lines: ReadonlyArray<number>
  readonly hidden: (line: number) => boolean
}

const syntaxProblem = (from: Text, { offset, message, hint }: FaultAt): Problem => {
  const place = placeAt(from.lines, offset)
  return { file: from.name, ...place, path: '', message, hint, excerpt: excerptOf(from, place, undefined) }
}

const located = (from: Text & { readonly placed: Placed; readonly endsWithMarker: boolean }): SourceDocument => {
  const { name, text, lines, placed } = from
  const findOffset = offsetFinder(placed)
  const placeOf = (path: Path, part: 'key' | 'value'): Place => placeAt(lines, findOffset(path, part))
  return {
    name,
    value: placed.value,
    lines: lines.length - (text.endsWith('\n') ? 1 : 0),
    endsWithMarker: from.endsWithMarker,
    placeOf,
    endsLine: text.endsWith('\n'),
    endsIn: (path, value) => text.slice(findOffset(path, 'value')) === value,
    problem: ({ path, part = 'value', show = 'line', message, hint }) => {
      const offset = findOffset(path, part)
      const place = placeAt(lines, offset)
      const end = show === 'before' ? offset : show === 'key' ? offset + keyLength(text, offset, path.at(-1)) : undefined
      const excerpt = show === 'nothing' ? undefined : excerptOf(from, place, end)
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

const keyLength = (text: string, offset: number, key: string | number | undefined): number => {
  const name = String(key ?? '')
  if (text.startsWith(name, offset)) return name.length
  return text.startsWith(name, offset + 1) ? name.length + 2 : 1
}

/** Offsets by path; mappings with many keys get an index when they are first asked for. */
const offsetFinder = ({ value, offsets, start }: Placed): ((path: Path, part: 'key' | 'value') => number) => {
  const indexes = new WeakMap<object, ReadonlyMap<string, number>>()
  const keyAt = (map: object, key: string): number => {
    const index = indexes.get(map) ?? new Map(Object.keys(map).map((name, at) => [name, at]))
    indexes.set(map, index)
    return index.get(key) ?? -1
  }
  return (path, part) => {
    let found = start
    let inside: unknown = value
    for (const [depth, step] of path.entries()) {
      if (typeof inside !== 'object' || inside === null) return found
      const places = offsets.get(inside) ?? []
      const list = Array.isArray(inside)
      const at = list ? Number(step) : keyAt(inside, String(step)) * 2
      const place = places[list || (part === 'key' && depth === path.length - 1) ? at : at + 1]
      if (place === undefined || at < 0) return found
      found = place
      inside = Object.getOwnPropertyDescriptor(inside, step)?.value
    }
    return found
  }
}

const hiddenLines = ({ hidden }: Placed, lines: ReadonlyArray<number>): ((line: number) => boolean) => {
  const flags = new Uint8Array(lines.length + 2)
  for (const [start, end] of hidden) flags.fill(1, placeAt(lines, start).line, placeAt(lines, Math.max(start, end - 1)).line + 1)
  return (line) => flags[line] === 1
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

const lineStarts = (text: string): ReadonlyArray<number> => {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

const placeAt = (lines: ReadonlyArray<number>, offset: number): Place => {
  let low = 0
  let high = lines.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((lines[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: Math.max(0, offset) - (lines[low] ?? 0) + 1 }
}
