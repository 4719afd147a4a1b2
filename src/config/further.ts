// Further faults: a config with faults of shape is left without the entries that have one, or without the section where it is more than an entry,
// so that the faults which take more than one key to see are found in the rest. Nothing else is ever done with what is left.
import { E } from '../fp.ts'
import { type Codec, isMapping, pathOf } from './codec.ts'
import type { SourceDocument } from './document.ts'
import { type ConfigFiles, configFile, type Decoded, decode, includedFile } from './file.ts'
import { didYouMean, type Path } from './problem.ts'

/** What every main file has, for one that is left without it. */
const AT_LEAST = { version: 1, api: { endpoint: 'sandbox' } }
/** What sections rest on, in all files: what they come to without it says nothing. */
const RESTS_ON: { readonly [section: string]: ReadonlyArray<string> } = {
  users: ['defaults', 'profiles'],
  absent: ['users', 'defaults', 'profiles'],
  subaccounts: ['defaults', 'profiles', 'subaccounts'],
  rules: ['profiles'],
}
/** Lists of which nothing rests on a single entry, and a mapping of the same kind; a subaccount has two of them. */
const OF_ENTRIES = ['users', 'absent', 'rules', 'policy']
const OF_SUBACCOUNTS = ['users', 'absent']

/** The files without their faulty entries and sections, and without what rests on such a section; nothing where not even that can be read. */
export const soundParts = (main: SourceDocument, included: ReadonlyArray<SourceDocument>): ConfigFiles | undefined => {
  const first = partsOf(configFile, main, AT_LEAST)
  const others = included.map((document) => partsOf(includedFile, document, {}))
  const faulty = [first, ...others].flatMap(({ sections }) => sections.flatMap(({ name, isSound }) => (isSound ? [] : [name])))
  const isLost = (name: string): boolean => faulty.some((one) => one === name || didYouMean(one, [name]) !== undefined)
  const stands = ({ name, isSound }: Section): boolean => isSound && RESTS_ON[name]?.some(isLost) !== true
  const file = onlyWith(configFile, first, stands)
  return file === undefined
    ? undefined
    : { main: file, included: others.flatMap((one) => onlyWith(includedFile, one, stands) ?? []) }
}

type Section = {
  readonly name: string
  readonly inside: unknown
  /** Whether nothing is wrong with it but with single entries. */
  readonly isSound: boolean
  /** The ways to these entries. */
  readonly faulty: ReadonlyArray<Path>
}
type Parts = { readonly document: SourceDocument; readonly besides: object; readonly sections: ReadonlyArray<Section> }

const partsOf = <A>(shape: Codec<A>, document: SourceDocument, besides: object): Parts => {
  const entries = isMapping(document.value) ? Object.entries(document.value) : []
  const sections = entries.map(([name, inside]) => {
    const decoded = shape.decode({ ...besides, [name]: inside })
    const found = E.isLeft(decoded) ? decoded.left.map((error) => entryOf(pathOf(error))) : []
    return { name, inside, isSound: !found.includes(undefined), faulty: found.flatMap((one) => (one === undefined ? [] : [one])) }
  })
  return { document, besides, sections }
}

const entryOf = (path: Path): Path | undefined => {
  const [section, , list] = path.map(String)
  if (section === 'subaccounts')
    return list !== undefined && OF_SUBACCOUNTS.includes(list) && path.length > 3 ? path.slice(0, 4) : undefined
  return section !== undefined && OF_ENTRIES.includes(section) && path.length > 1 ? path.slice(0, 2) : undefined
}

const onlyWith = <A>(
  shape: Codec<A>,
  { document, besides, sections }: Parts,
  stands: (section: Section) => boolean,
): Decoded<A> | undefined => {
  const kept = sections.filter(stands)
  const faulty = kept.flatMap((section) => section.faulty)
  const { value, original } = leftOf(Object.fromEntries(kept.map(({ name, inside }) => [name, inside])), faulty)
  const isWhole = kept.length === sections.length && faulty.length === 0 && document.faults.length === 0
  const decoded = decode(shape, {
    ...document,
    value: { ...besides, ...value },
    faults: [],
    placeOf: (path, part) => document.placeOf(original(path), part),
    // What stands in a line beside a fault may be anything, a secret too.
    problem: ({ path, ...fault }) =>
      document.problem({ ...fault, path: original(path), ...(isWhole ? {} : { show: 'nothing' }) }),
  })
  return E.isRight(decoded) ? decoded.right : undefined
}

type Left = {
  readonly value: object
  /** The way to something as it was before. */
  readonly original: (path: Path) => Path
}

/** What is left of sections without some entries. */
const leftOf = (sections: object, entries: ReadonlyArray<Path>): Left => {
  const keyOf = (path: Path): string => path.join('.')
  const gone = new Set(entries.map(keyOf))
  const ways = new Set(entries.flatMap((entry) => entry.map((_, at) => keyOf(entry.slice(0, at)))))
  const places = new Map<string, ReadonlyArray<number>>()
  const left = (value: unknown, path: Path): unknown => {
    if (!ways.has(keyOf(path))) return value
    const stays = (step: string | number): boolean => !gone.has(keyOf([...path, step]))
    if (isMapping(value)) return mapped(value, stays, path)
    if (!Array.isArray(value)) return value
    const kept = [...value.keys()].filter(stays)
    places.set(keyOf(path), kept)
    return kept.map((at) => left(value[at], [...path, at]))
  }
  const mapped = (value: object, stays: (step: string) => boolean, path: Path): object =>
    Object.fromEntries(
      Object.entries(value).flatMap(([name, inside]) => (stays(name) ? [[name, left(inside, [...path, name])]] : [])),
    )
  return {
    value: mapped(sections, () => true, []),
    original: (path) =>
      path.map((step, at) => (typeof step === 'number' ? (places.get(keyOf(path.slice(0, at)))?.[step] ?? step) : step)),
  }
}
