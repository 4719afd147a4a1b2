// Further faults: a config with a fault of shape is left without the sections that have one, so that the faults which take more than one key
// to see are found in the others. Nothing else is ever done with what is left.
import { E } from '../fp.ts'
import type { Codec } from './codec.ts'
import type { SourceDocument } from './document.ts'
import { type ConfigFiles, configFile, type Decoded, decode, includedFile } from './file.ts'
import { didYouMean } from './problem.ts'

/** What every main file has, for one that is left without it. */
const AT_LEAST = { version: 1, api: { endpoint: 'sandbox' } }
/** What sections rest on, in all files: what they come to without it says nothing. */
const RESTS_ON: { readonly [section: string]: ReadonlyArray<string> } = {
  users: ['defaults', 'profiles'],
  subaccounts: ['defaults', 'profiles', 'subaccounts'],
  rules: ['profiles'],
}

/** The files without their faulty sections, and without what rests on such a one; nothing where not even that can be read. */
export const soundParts = (main: SourceDocument, included: ReadonlyArray<SourceDocument>): ConfigFiles | undefined => {
  const first = partsOf(configFile, main, AT_LEAST)
  const others = included.map((document) => partsOf(includedFile, document, {}))
  const faulty = [first, ...others].flatMap(({ sections, sound }) =>
    sections.flatMap((one) => (sound.includes(one) ? [] : [one[0]])),
  )
  const isLost = (name: string): boolean => faulty.some((one) => one === name || didYouMean(one, [name]) !== undefined)
  const stands = ([name]: Section): boolean => RESTS_ON[name]?.some(isLost) !== true
  const file = onlyWith(configFile, first, stands)
  return file === undefined
    ? undefined
    : { main: file, included: others.flatMap((one) => onlyWith(includedFile, one, stands) ?? []) }
}

type Section = readonly [name: string, value: unknown]
type Parts = {
  readonly document: SourceDocument
  readonly besides: object
  readonly sections: ReadonlyArray<Section>
  readonly sound: ReadonlyArray<Section>
}

const partsOf = <A>(shape: Codec<A>, document: SourceDocument, besides: object): Parts => {
  const { value } = document
  const sections = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
  const sound = sections.filter(([name, inside]) => E.isRight(shape.decode({ ...besides, [name]: inside })))
  return { document, besides, sections, sound }
}

const onlyWith = <A>(
  shape: Codec<A>,
  { document, besides, sections, sound }: Parts,
  stands: (section: Section) => boolean,
): Decoded<A> | undefined => {
  const kept = sound.filter(stands)
  const value = { ...besides, ...Object.fromEntries(kept) }
  const decoded = decode(shape, {
    ...document,
    value,
    faults: [],
    problem: kept.length < sections.length || document.faults.length > 0 ? blind(document) : document.problem,
  })
  return E.isRight(decoded) ? decoded.right : undefined
}

// What stands in a line beside a fault may be anything, a secret too.
const blind =
  ({ problem }: SourceDocument): SourceDocument['problem'] =>
  (fault) =>
    problem({ ...fault, show: 'nothing' })
