// From YAML nodes to plain data with compact places: two numbers a key, one a list item, kept beside the data so that
// the nodes can be dropped. Refuses what a config file has no use for: aliases, anchors, tags, merge keys.
import { isAlias, isCollection, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import { type Path, quotedKey } from './problem.ts'
import { holdsCredentials, mayHoldSecret } from './secrecy.ts'
import type { FaultAt } from './tokens.ts'

/** A stretch of the text, by offsets. */
export type Stretch = readonly [start: number, end: number]

/**
 * What is not in the data, and the way to it where that tells what belongs there: it does not under a key that is no text, nor of what holds keys
 * and values of its own.
 */
export type Unread = { readonly stretch: Stretch; readonly path: Path | undefined }

/** Plain data and where everything in it stands. */
export type Placed = {
  readonly value: unknown
  /** Offsets of a mapping's keys and values by turns, or of a list's items. */
  readonly offsets: ReadonlyMap<object, ReadonlyArray<number>>
  readonly start: number
  /** What may hold a secret. */
  readonly hidden: ReadonlyArray<Stretch>
  readonly unread: ReadonlyArray<Unread>
  /** What is wrong with it and lets all else in it be read. Of keys that stand twice the data has what is said last. */
  readonly faults: ReadonlyArray<FaultAt>
}

/**
 * Stands in the data for what could not be read, and of which a fault tells. No key takes such a value, so that nothing follows from it; what is
 * wrong with it by itself is told already.
 */
export const UNREAD = 0n

const PROFILES = 'profiles do that job'

/** What is wrong with a text that no config holds. */
export const UNUSABLE = 'a text with a NUL character or half a character in it'

/** Where a text has a NUL character or half a character, as UTF-16 knows them; -1 where it has none. */
export const unusableAt = (text: string): number => {
  const nul = text.indexOf('\0')
  const half = text.search(/\p{Cs}/u)
  return nul < 0 || half < 0 ? Math.max(nul, half) : Math.min(nul, half)
}

/** Reads a tree of nodes into data. `tags`: what is wrong with tags, in the order of the text. */
export const readNodes = (top: unknown, tags: ReadonlyArray<FaultAt>): Placed => {
  const offsets = new Map<object, ReadonlyArray<number>>()
  const hidden: Array<Stretch> = []
  const unread: Array<Unread> = []
  const faults: Array<FaultAt> = []
  // The way to what is being read.
  const way: Array<string | number> = []
  let tagsTold = 0
  const secretKeys = new Map<string, boolean>()

  const isSecretKey = (name: string): boolean => {
    const known = secretKeys.get(name) ?? mayHoldSecret(name)
    secretKeys.set(name, known)
    return known
  }

  const tell = (node: unknown, message: string, hint?: string): void => {
    faults.push({ offset: startOf(node), path: [...way], message, ...(hint === undefined ? {} : { hint }) })
  }

  // A tag stands before what it is the tag of.
  const tellTags = (node: unknown): void => {
    for (let tag = tags[tagsTold]; tag !== undefined && tag.offset < startOf(node); tag = tags[tagsTold]) {
      faults.push({ ...tag, path: [...way] })
      tagsTold += 1
    }
  }

  const inside = (step: string | number, node: unknown): unknown => {
    way.push(step)
    const value = read(node)
    way.pop()
    return value
  }

  const read = (node: unknown): unknown => {
    if (isAlias(node)) {
      tell(node, 'YAML aliases are not supported', `${PROFILES}; a text that begins with * must be in quotes`)
      return UNREAD
    }
    if (isMap(node)) return checked(node, () => readMap(node))
    if (isSeq(node)) return checked(node, () => readList(node))
    return isScalar(node) ? checked(node, () => readScalar(node)) : null
  }

  const checked = (node: Node & { readonly anchor?: string; readonly tag?: string }, then: () => unknown): unknown => {
    tellTags(node)
    if (node.anchor !== undefined)
      tell(node, 'YAML anchors are not supported', `${PROFILES}; a text that begins with & must be in quotes`)
    // The library warns of all others.
    if (node.tag === '!') tell(node, 'YAML tags are not supported', `${PROFILES}; a text that begins with ! must be in quotes`)
    const value = then()
    // What a set or the like holds is no list, and no mapping, of ours; a tag that somebody made up stands before either.
    const isOdd = isCollection(node) && node.tag?.startsWith(YAML) === true && isForeign(node.tag, isMap(node) ? 'map' : 'seq')
    if (isOdd || value === UNREAD) unread.push({ stretch: stretchOf(node), path: isOdd ? undefined : [...way] })
    return isOdd ? UNREAD : value
  }

  const readScalar = (node: Scalar): unknown => {
    if (typeof node.value !== 'string') return node.value
    if (holdsCredentials(node.value)) hidden.push(stretchOf(node))
    if (unusableAt(node.value) < 0) return isForeign(node.tag, 'str') ? UNREAD : node.value
    tell(node, UNUSABLE)
    return UNREAD
  }

  const readList = (node: YAMLSeq): ReadonlyArray<unknown> => {
    const places: Array<number> = []
    const items = node.items.map((item, at) => {
      places.push(startOf(item))
      return inside(at, item)
    })
    offsets.set(items, places)
    return items
  }

  const readMap = (node: YAMLMap): object => {
    const map: Record<string, unknown> = {}
    const placeOfKey = new Map<string, readonly [key: number, value: number, end: number]>()
    for (const { key, value } of node.items) {
      const name = keyOf(key)
      const at = startOf(key)
      const end = Math.max(stretchOf(key)[1], stretchOf(value)[1])
      if (name === undefined) {
        // What is wrong in it is told as well, and what is secret in it stays hidden.
        if (!isAlias(value)) read(value)
        const path = isMergeKey(key) ? [...way, MERGE] : undefined
        unread.push({ stretch: [at < 0 ? startOf(value) : at, end], path })
        if (path !== undefined) {
          placeOfKey.set(MERGE, [at, at, end])
          Object.defineProperty(map, MERGE, { value: UNREAD, enumerable: true, configurable: true, writable: true })
        }
        continue
      }
      const earlier = placeOfKey.get(name)
      if (earlier !== undefined) {
        const path = [...way, name]
        const isText = typeof Object.getOwnPropertyDescriptor(map, name)?.value !== 'object'
        unread.push({ stretch: [earlier[0], earlier[2]], path: isText ? path : undefined })
        faults.push({ offset: at, path, message: `duplicate key ${quotedKey(name)}`, hint: 'each key stands once in a mapping' })
      }
      if (isSecretKey(name) || (name === 'api' && isScalar(value))) hidden.push([at, end])
      // Defined, not assigned: `__proto__` is a key like any other.
      Object.defineProperty(map, name, { value: inside(name, value), enumerable: true, configurable: true, writable: true })
      const start = startOf(value)
      placeOfKey.set(name, [at, start < 0 ? at : start, end])
    }
    // In the order of Object.keys, which is not that of the file for keys such as 10 and 9.
    const places: Array<number> = []
    for (const name of Object.keys(map)) {
      const place = placeOfKey.get(name)
      if (place !== undefined) places.push(place[0], place[1])
    }
    offsets.set(map, places)
    return map
  }

  const keyOf = (key: unknown): string | undefined => {
    if (isAlias(key)) {
      tell(key, 'YAML aliases are not supported', PROFILES)
      return undefined
    }
    if (!isScalar(key) || typeof key.value !== 'string') {
      tellTags(key)
      tell(key, 'a key must be text', 'put it in quotes')
      return undefined
    }
    checked(key, () => readScalar(key))
    if (!isMergeKey(key)) return key.value
    faults.push({ offset: startOf(key), path: [...way, MERGE], message: 'YAML merge keys are not supported', hint: PROFILES })
    return undefined
  }

  const value = read(top)
  return { value, offsets, start: Math.max(0, startOf(top)), hidden, unread, faults: [...faults, ...tags.slice(tagsTold)] }
}

const YAML = 'tag:yaml.org,2002:'
const isForeign = (tag: string | undefined, own: string): boolean => tag !== undefined && tag !== `${YAML}${own}`

/** The key that stands for all keys of what it names. */
export const MERGE = '<<'
const isMergeKey = (key: unknown): boolean => isScalar(key) && key.value === MERGE && key.type === 'PLAIN'

const rangeOf = (node: unknown): readonly number[] | undefined =>
  isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? (node.range ?? undefined) : undefined
const startOf = (node: unknown): number => rangeOf(node)?.[0] ?? -1
const stretchOf = (node: unknown): Stretch => {
  const range = rangeOf(node)
  return [range?.[0] ?? 0, range?.[2] ?? 0]
}
