// The shelf: documents as they were read last, with what they decoded to, so that a file whose text is as it was is neither parsed nor decoded
// again. It only saves time: what comes from it is what reading would give.
import type { Problem } from '../domain/failure.ts'
import type { E } from '../fp.ts'
import type { SourceText } from '../ports.ts'
import { readDocumentWith, type SourceDocument } from './document.ts'
import { type ConfigFile, configFile, type Decoded, decode, type IncludedFile, includedFile } from './file.ts'
import type { Parse } from './parsed.ts'

type Read<A> = E.Either<ReadonlyArray<Problem>, A>

/** Reads and decodes files, each text once. */
export type Shelf = {
  readonly document: (source: SourceText) => Promise<Read<SourceDocument>>
  readonly main: (document: SourceDocument) => Read<Decoded<ConfigFile>>
  readonly included: (document: SourceDocument) => Read<Decoded<IncludedFile>>
  /** Drops every file that is none of these. */
  readonly keepOnly: (texts: ReadonlyArray<SourceText>) => void
}

/** An empty shelf. */
export const emptyShelf = (parse: Parse): Shelf => {
  const documents = new Map<string, { readonly text: string; readonly document: Read<SourceDocument> }>()
  return {
    document: async (source) => {
      const known = documents.get(source.name)
      if (known?.text === source.text) return known.document
      const document = await readDocumentWith(parse, source)
      documents.set(source.name, { text: source.text, document })
      return document
    },
    main: onceEach((document) => decode(configFile, document)),
    included: onceEach((document) => decode(includedFile, document)),
    keepOnly: (texts) => {
      const names = new Set(texts.map(({ name }) => name))
      for (const name of documents.keys()) if (!names.has(name)) documents.delete(name)
    },
  }
}

const onceEach = <A>(work: (document: SourceDocument) => Read<A>): ((document: SourceDocument) => Read<A>) => {
  const done = new WeakMap<SourceDocument, Read<A>>()
  return (document) => {
    const result = done.get(document) ?? work(document)
    done.set(document, result)
    return result
  }
}
