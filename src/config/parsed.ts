// From the text of a config file to plain data with places, without the file's name or anything of ours: the part of reading that costs most,
// so it can be done elsewhere. YAML 1.2 core, one document, nothing clever in it.
import { Composer } from 'yaml'
import { type Placed, readNodes, type Stretch, unusableAt } from './nodes.ts'
import { mayHoldLiteral } from './secrecy.ts'
import { syntaxFaults } from './syntax.ts'
import { type FaultAt, readTokens } from './tokens.ts'

/** What a text came to. All of it is plain data, offsets included, so that it can be sent from one thread to another. */
export type Parsed =
  | { readonly _tag: 'NoYaml'; readonly faults: ReadonlyArray<FaultAt>; readonly isText: boolean }
  | { readonly _tag: 'Data'; readonly placed: Placed; readonly endsWithMarker: boolean }

/** Parses a text, here or elsewhere. */
export type Parse = (text: string) => Promise<Parsed>

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  prettyErrors: false,
  uniqueKeys: false,
  merge: false,
  resolveKnownTags: false,
  logLevel: 'error',
} as const

const UNUSABLE = 'a NUL character or half a character; is this a text file in UTF-8?'

/** Parses a text. */
export const parseText = (text: string): Parsed => {
  const unusable = unusableAt(text)
  if (unusable >= 0) return { _tag: 'NoYaml', faults: [{ offset: unusable, message: UNUSABLE }], isText: false }
  const { tokens, endsWithMarker, faults, hopeless } = readTokens(text)
  if (hopeless !== undefined) return { _tag: 'NoYaml', faults: [...faults, hopeless], isText: true }
  const [document] = new Composer(OPTIONS).compose(tokens, true, text.length)
  const errors = [...(document?.errors ?? []), ...(document?.warnings ?? [])]
  const told = syntaxFaults(text, errors)
  if (errors.some(({ code }) => code !== 'TAG_RESOLVE_FAILED'))
    return { _tag: 'NoYaml', faults: [...faults, ...told], isText: true }
  const placed = readNodes(document?.contents, told)
  // Of what follows the first document nothing is read, so nobody knows what is secret in it.
  const unread = faults.length > 0 && mayHoldLiteral(text) ? faults.map(({ offset }): Stretch => [offset, offset + 1]) : []
  return {
    _tag: 'Data',
    placed: { ...placed, faults: [...faults, ...placed.faults], hidden: [...placed.hidden, ...unread] },
    endsWithMarker,
  }
}
