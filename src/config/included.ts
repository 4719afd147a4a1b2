// Which of the files that the patterns of a config find are included files. A pattern that is too wide finds secrets too, and nothing of one may be
// shown: neither its lines, nor its keys, nor where in it YAML breaks off.
import type { Problem } from '../domain/basics/failure.ts'
import { onceEach } from '../domain/basics/once.ts'
import type { Work } from '../domain/basics/work.ts'
import { E } from '../fp.ts'
import type { SourceText } from '../ports.ts'
import { isMapping } from './codec.ts'
import { type SourceDocument, wholeFile } from './document.ts'
import { KNOWN_KEYS, OF_INCLUDED } from './file.ts'
import { type At, said } from './place.ts'
import { orList, type Path } from './problem.ts'

/** A file that a pattern found: its path from the folder of the main file, and what reading it came to. */
export type FoundFile = {
  readonly path: string
  readonly text: SourceText
  readonly document: E.Either<ReadonlyArray<Problem>, SourceDocument>
}

export type Sifted = { readonly documents: ReadonlyArray<SourceDocument>; readonly problems: ReadonlyArray<Problem> }

/** The included files among those that were found, and what is wrong with all others. `placeOf`: one name for each place that a path leads to. */
export function* sifted(main: SourceDocument, found: ReadonlyArray<FoundFile>, placeOf: (path: string) => string): Work<Sifted> {
  const shown = found.filter(mayBeShown)
  const secrets = yield* secretFiles([main, ...shown.flatMap(({ document }) => (E.isRight(document) ? [document.right] : []))], {
    found,
    placeOf,
  })
  const documents: Array<SourceDocument> = []
  const problems: Array<Problem> = []
  for (const one of found) {
    const by = secrets.get(placeOf(one.path))
    if (by !== undefined) problems.push(wholeFile(one.text.name, `a secret is kept in this file, as ${said(by)} says`, ONLY))
    else if (!mayBeShown(one)) problems.push(wholeFile(one.text.name, NO_KEY, ONLY))
    else if (E.isLeft(one.document)) for (const problem of one.document.left) problems.push(problem)
    else documents.push(one.document.right)
  }
  return { documents, problems }
}

const NO_KEY = `this file does not begin as an included file does, with ${orList(OF_INCLUDED)}`
const ONLY = 'include only config files, such as customers/*.yaml; nothing is shown of this one, since it may be a secret'

// That no config names a file as a secret says little: the one that does may have faults of its own, or be written a moment later.
const mayBeShown = ({ text, document }: FoundFile): boolean => {
  if (E.isLeft(document)) return BEGINS.test(text.text.replace(/^\ufeff/, ''))
  const { value, faults } = document.right
  if (value === null) return faults.length === 0
  return isMapping(value) && KNOWN_KEYS.some((key) => Object.hasOwn(value, key))
}

/** Of a text that is no YAML: a line that begins with a key of ours. */
const BEGINS = new RegExp(`^[ \\t{]*["']?(?:${KNOWN_KEYS.join('|')})["']?[ \\t]*:(?:\\s|$)`, 'm')

type Sought = { readonly found: ReadonlyArray<FoundFile>; readonly placeOf: (path: string) => string }

/** Where these documents say that a secret is kept in one of the files that were found. */
function* secretFiles(documents: ReadonlyArray<SourceDocument>, { found, placeOf }: Sought): Work<ReadonlyMap<string, At>> {
  const places = new Set(found.map(({ path }) => placeOf(path)))
  // Whose last name is another one leads elsewhere, which is known at once.
  const names = new Set(found.map(({ path }) => lastName(path)))
  const kept = new Map<string, At>()
  if (found.length === 0) return kept
  for (const document of documents) {
    for (const { file, path } of filesNamedIn(document)) {
      const name = lastName(file)
      if (!names.has(name) && name !== '' && name !== '.' && name !== '..') continue
      const place = placeOf(file)
      if (places.has(place) && !kept.has(place)) kept.set(place, { document, path })
    }
    yield
  }
  return kept
}

const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

type Named = { readonly file: string; readonly path: Path }

/** The files that a document names as the place of a secret, also where that stands under a key that nobody knows. */
const filesNamedIn = onceEach(({ value }: SourceDocument): ReadonlyArray<Named> => {
  const named: Array<Named> = []
  const left: Array<{ readonly inside: unknown; readonly path: Path }> = [{ inside: value, path: [] }]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { inside, path } = next
    if (typeof inside !== 'object' || inside === null) continue
    for (const [key, one] of Object.entries(inside)) {
      const step = Array.isArray(inside) ? Number(key) : key
      if (typeof one === 'object') left.push({ inside: one, path: [...path, step] })
      else if (typeof one === 'string' && KEEPS.has(key)) named.push({ file: one, path: [...path, step] })
    }
  }
  return named
})

const KEEPS: ReadonlySet<string> = new Set(['file', 'generate'])
