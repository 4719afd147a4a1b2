// Further faults: a config with faults of shape is left without what has one, which is as little as can be without making the rest say something
// else, so that the faults which take more than one key to see are found in the rest. Nothing else is ever done with what is left.
import { RATE_LIMIT } from '../domain/user/settings.ts'
import { E } from '../fp.ts'
import { type Codec, type Fault, isMapping, pathOf } from './codec.ts'
import type { Discreet } from './discreet.ts'
import { valueAt } from './document.ts'
import { type ConfigFiles, configFile, type Decoded, decode, includedFile, OF_INCLUDED } from './file.ts'
import { MERGE, UNREAD } from './nodes.ts'
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

/** A part of a file; its keys are left out one by one, but for those on which the others rest. */
type Part = {
  /** The way to it; a star is any step. */
  readonly at: Path
  readonly vital: ReadonlyArray<string> | 'all'
  /** What goes where such a key has a fault: the part, the whole section, or all of these keys. */
  readonly goes: 'part' | 'section' | 'keys'
}

const OF_LAYERS = [...RATE_LIMIT, 'status']
const OF_USERS = [...OF_LAYERS, 'username', 'profile', 'unmanaged']

const PARTS: ReadonlyArray<Part> = [
  // Whether a key is needed goes by the endpoint.
  { at: ['api'], vital: ['endpoint', 'key'], goes: 'keys' },
  ...['reconcile', 'policy'].map((name): Part => ({ at: [name], vital: [], goes: 'section' })),
  ...[['defaults'], ['profiles', '*'], ['subaccounts', '*', 'defaults']].map(
    (at): Part => ({ at, vital: OF_LAYERS, goes: 'section' }),
  ),
  { at: ['subaccounts', '*'], vital: ['id', 'defaults', 'users'], goes: 'section' },
  ...[
    ['users', '*'],
    ['subaccounts', '*', 'users', '*'],
  ].map((at): Part => ({ at, vital: OF_USERS, goes: 'part' })),
  ...[
    ['absent', '*'],
    ['subaccounts', '*', 'absent', '*'],
  ].map((at): Part => ({ at, vital: ['username'], goes: 'part' })),
  // Of a rule every word narrows what it does.
  { at: ['rules', '*'], vital: 'all', goes: 'part' },
]

/**
 * The files without what is faulty, and without what rests on a section that is, or may be in a file that is not read; nothing where not even
 * that can be read.
 */
export const soundParts = (main: Discreet, included: ReadonlyArray<Discreet>, areAllRead: boolean): ConfigFiles | undefined => {
  const faulty = [main, ...included].map(({ document, faults }) => ({
    document,
    faulty: faults.flatMap((fault) => faultyOf(fault, valueAt(document, pathOf(fault)) === UNREAD)),
  }))
  const told = faulty.flatMap((one) => one.faulty.flatMap(([name, ...inside]) => (inside.length === 0 ? [String(name)] : [])))
  const sections = areAllRead ? told : [...told, ...OF_INCLUDED]
  const isLost = (name: string): boolean =>
    sections.some((one) => one === name || one === MERGE || didYouMean(one, [name]) !== undefined)
  const resting = Object.keys(RESTS_ON).flatMap((name) => (RESTS_ON[name]?.some(isLost) === true ? [[name]] : []))
  const [first, ...others] = faulty.map(({ document, faulty: entries }) => ({ document, without: [...entries, ...resting] }))
  const file = first === undefined ? undefined : soundPart(configFile, first, AT_LEAST)
  return file === undefined
    ? undefined
    : { main: file, included: others.flatMap((one) => soundPart(includedFile, one, {}) ?? []) }
}

/** The ways to what is left out for a fault of shape; a way of one step is that of a section. */
const faultyOf = (fault: Fault, isUnread: boolean): ReadonlyArray<Path> => {
  const path = pathOf(fault)
  const [part] = PARTS.filter(
    ({ at }) => at.length <= path.length && at.every((step, n) => step === '*' || step === path[n]),
  ).sort((one, other) => other.at.length - one.at.length)
  if (part === undefined) return [path.slice(0, 1)]
  const key = path[part.at.length]
  const whole = path.slice(0, part.goes === 'section' ? 1 : part.at.length)
  if (key === undefined) return [whole]
  const alone = path.slice(0, part.at.length + 1)
  if (!isVital(part, String(key), fault.part === 'key' ? (isUnread ? 'anything' : 'unknown') : 'known')) return [alone]
  return part.vital !== 'all' && part.goes === 'keys' ? [alone, ...part.vital.map((one) => [...whole, one])] : [whole]
}

/** Whether what else is said rests on a key, or on the one that was probably meant; a merge key may stand for any. */
const isVital = ({ vital }: Part, key: string, is: 'known' | 'unknown' | 'anything'): boolean =>
  vital === 'all' || is === 'anything' || vital.includes(key) || (is === 'unknown' && didYouMean(key, vital) !== undefined)

type Faulty = { readonly document: Discreet['document']; readonly without: ReadonlyArray<Path> }

const soundPart = <A>(shape: Codec<A>, { document, without }: Faulty, atLeast: object): Decoded<A> | undefined => {
  const { value, original } = leftOf(isMapping(document.value) ? document.value : {}, without)
  const decoded = decode(shape, {
    ...document,
    value: laidOver(atLeast, value),
    faults: [],
    unread: [],
    placeOf: (path, part) => document.placeOf(original(path), part),
    linesOf: (path) => document.linesOf(original(path)),
    problem: ({ path, ...fault }) => document.problem({ ...fault, path: original(path) }),
  })
  return E.isRight(decoded) ? decoded.right : undefined
}

const laidOver = (weaker: object, stronger: object): object => ({
  ...weaker,
  ...stronger,
  ...Object.fromEntries(
    Object.entries(weaker).flatMap(([name, inside]) => {
      const over = Object.getOwnPropertyDescriptor(stronger, name)?.value
      return isMapping(inside) && isMapping(over) ? [[name, { ...inside, ...over }]] : []
    }),
  ),
})

type Left = {
  readonly value: object
  /** The way to something as it was before. */
  readonly original: (path: Path) => Path
}

/** What is left of a file without some of it. */
const leftOf = (value: object, entries: ReadonlyArray<Path>): Left => {
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
    value: mapped(value, (name) => !gone.has(name), []),
    original: (path) =>
      path.map((step, at) => (typeof step === 'number' ? (places.get(keyOf(path.slice(0, at)))?.[step] ?? step) : step)),
  }
}
