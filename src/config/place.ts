// Places across files: a document and a path in it.
import type { Problem } from '../domain/basics/failure.ts'
import { type ProblemAt, type SourceDocument, valueAt } from './document.ts'
import type { Path } from './problem.ts'

/** A value in one of the files. */
export type At = { readonly document: SourceDocument; readonly path: Path }

/** A place as people read it, such as `config.yaml:33:21`. */
export const said = ({ document, path }: At, part: 'key' | 'value' = 'value'): string => {
  const { line, column } = document.placeOf(path, part)
  return `${document.name}:${line}:${column}`
}

/** Whether a file says anything at a place. */
export const isSaid = ({ document, path }: At): boolean => valueAt(document, path) !== undefined

/** A problem at a place. */
export const problemAt = ({ document, path }: At, fault: Omit<ProblemAt, 'path'>): Problem => document.problem({ ...fault, path })
