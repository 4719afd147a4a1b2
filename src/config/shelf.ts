// The shelf: documents as they were read last, with what they decoded to, so that a file whose text is as it was is neither parsed nor decoded
// again, and a config of which nothing changed is not resolved again. It only saves time: what comes from it is what reading would give.
import type { Problem } from '../domain/basics/failure.ts'
import { onceEach } from '../domain/basics/once.ts'
import type { DesiredState } from '../domain/wanted/desired.ts'
import type { E } from '../fp.ts'
import type { SourceText } from '../ports.ts'
import { readDocument, type SourceDocument } from './document.ts'
import { type ConfigFile, type ConfigFiles, configFile, type Decoded, decode, type IncludedFile, includedFile } from './file.ts'
import type { Parse } from './parsed.ts'
import { type FoundSecrets, type PlacedRef, sameSecrets } from './secrets.ts'

type Read<A> = E.Either<ReadonlyArray<Problem>, A>

/** What is known of the documents of a config before any secret is: faults of names, the decoded files, the secrets that they ask for. */
export type Together = {
  readonly names: ReadonlyArray<Problem>
  readonly files: Read<ConfigFiles>
  readonly refs: ReadonlyArray<PlacedRef>
}

/** Reads and decodes files, each text once. */
export type Shelf = {
  readonly document: (source: SourceText) => Promise<Read<SourceDocument>>
  readonly main: (document: SourceDocument) => Read<Decoded<ConfigFile>>
  readonly included: (document: SourceDocument) => Read<Decoded<IncludedFile>>
  /** What follows from these documents together, worked out once for as long as they are the ones before. */
  readonly together: (documents: ReadonlyArray<SourceDocument>, work: () => Promise<Together>) => Promise<Together>
  /** The desired state of these files with these secrets, worked out once for as long as both are as before. */
  readonly resolved: (
    files: ConfigFiles,
    secrets: FoundSecrets,
    work: () => Promise<Read<DesiredState>>,
  ) => Promise<Read<DesiredState>>
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
      const document = await readDocument(parse, source)
      documents.set(source.name, { text: source.text, document })
      return document
    },
    main: onceEach((document: SourceDocument) => decode(configFile, document)),
    included: onceEach((document: SourceDocument) => decode(includedFile, document)),
    together: kept(sameItems),
    resolved: resolvedOnce(),
    keepOnly: (texts) => {
      const names = new Set(texts.map(({ name }) => name))
      for (const name of documents.keys()) if (!names.has(name)) documents.delete(name)
    },
  }
}

// The result for the last key, for as long as the next one is the same.
const kept = <K, A>(isSame: (one: K, other: K) => boolean): ((key: K, work: () => A) => A) => {
  let last: { readonly key: K; readonly result: A } | undefined
  return (key, work) => {
    if (last === undefined || !isSame(last.key, key)) last = { key, result: work() }
    return last.result
  }
}

const sameItems = <A>(one: ReadonlyArray<A>, other: ReadonlyArray<A>): boolean =>
  one.length === other.length && one.every((item, at) => item === other[at])

const resolvedOnce = (): Shelf['resolved'] => {
  type Key = { readonly files: ConfigFiles; readonly secrets: FoundSecrets }
  const once = kept<Key, Promise<Read<DesiredState>>>(
    (one, other) => one.files === other.files && sameSecrets(one.secrets, other.secrets),
  )
  return (files, secrets, work) => once({ files, secrets }, work)
}
