// What may be shown of a file beside faults of shape. What stands under an unknown key, or where something else belongs, may be anything, a
// secret too; so may what could not be read. Such a fault shows of its line what stands before it, and no other one shows more.
import { E } from '../fp.ts'
import { type Codec, type Fault, isFault, pathOf } from './codec.ts'
import { type SourceDocument, valueAt } from './document.ts'
import { UNREAD } from './nodes.ts'
import { inWords } from './problem.ts'

/** The column from which on a line is covered: 1 where all of it is, `undefined` where nothing is. */
type Cover = (line: number) => number | undefined

/** What is covered of a document that has these faults of shape. */
export const coverOf = (document: SourceDocument, faults: ReadonlyArray<Fault>): Cover => {
  const covered = new Map<number, number>()
  const cover = (line: number, from: number): void => {
    covered.set(line, Math.min(from, covered.get(line) ?? from))
  }
  const coverBelow = (line: number, last: number): void => {
    for (let below = line + 1; below <= last; below += 1) cover(below, 1)
  }
  const strange = faults.filter(({ show }) => show !== 'line').map((fault) => ({ ...fault, path: pathOf(fault) }))
  for (const { path, part, show } of strange) {
    if (part === 'value' && valueAt(document, path) === UNREAD) continue
    const { line, column } = document.placeOf(path, part)
    cover(line, show === 'nothing' ? 1 : column)
    coverBelow(line, document.linesOf(path)[1])
  }
  const paths = new Set(strange.map(({ path }) => inWords(path)))
  for (const { path, from, last } of document.unread) {
    // Under a key of ours, where a text or a number belongs, only the lines that follow may tell of something else.
    if (path === undefined || paths.has(inWords(path))) cover(from.line, from.column)
    coverBelow(from.line, last)
  }
  return (line) => covered.get(line)
}

/** A document with what is wrong with its shape; its problems show nothing that is covered. */
export type Discreet = { readonly document: SourceDocument; readonly faults: ReadonlyArray<Fault> }

/** A document of which nothing more is shown than what is wrong with its shape shows. */
export const discreet = <A>(shape: Codec<A>, document: SourceDocument): Discreet => {
  const decoded = shape.decode(document.value)
  const faults = E.isLeft(decoded) ? decoded.left.filter(isFault) : []
  const coveredFrom = coverOf(document, faults)
  return {
    faults,
    document: {
      ...document,
      problem: (fault) =>
        document.problem({ ...fault, coveredFrom: coveredFrom(document.placeOf(fault.path, fault.part ?? 'value').line) }),
    },
  }
}
