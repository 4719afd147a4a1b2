// The service's words made fit to be shown: in one line, not endless, and without what this process knows in confidence, whole or in part, plain
// or in another writing. Whoever resolves or sees a secret has it kept here, since the service may repeat any of them to whatever is asked.
import type { Secret } from '../../domain/user/secret.ts'

/** The secrets that this process knows, by the place they are known from. */
export type Confidence = {
  /** What is known from a place now. What it was before is kept too, since the service may still have it, and no longer what was before that. */
  readonly keep: (place: string, secrets: ReadonlyArray<Secret>) => void
  /** Makes texts of answers to requests that carry these secrets fit to be shown. */
  readonly teller: (sent: ReadonlyArray<Secret>) => (text: string) => string
}

const LONGEST = 300
const MOST_SEARCHED = 4000
/** As little of what was sent gives it away. Of all others a word that many texts have would keep most texts from being shown. */
export const PART = 6
/** So many characters have a part that begins at a multiple of its length. */
const LONG_PART = 2 * PART - 1
const WITHHELD = 'its words are not shown, since they repeat part of a secret'

type Kept = { readonly now: ReadonlyArray<Secret>; readonly before: ReadonlyArray<Secret> }

/** Keeps what is known in confidence; of nothing so far. */
export const confidence = (): Confidence => {
  const places = new Map<string, Kept>()
  // Words are rare and secrets are many, so that they are made ready for a search only when there is one.
  let index: Index | undefined
  return {
    keep: (place, secrets) => {
      const kept = places.get(place) ?? { now: [], before: [] }
      if (isSame(kept.now, secrets)) return
      places.set(place, { now: secrets, before: kept.now })
      index = undefined
    },
    teller: (sent) => (text) => {
      index ??= indexOf([...places.values()])
      return shown(text.slice(0, MOST_SEARCHED), sent.map(textOf), index)
    },
  }
}

const textOf = (secret: Secret): string => secret.reveal()

const isSame = (some: ReadonlyArray<Secret>, others: ReadonlyArray<Secret>): boolean =>
  some.length === others.length && some.every((one, at) => others[at]?.equals(one) === true)

/** All secrets, and in order the numbers of parts of them, of which every long part of a secret has one. */
type Index = { readonly secrets: ReadonlySet<string>; readonly parts: Float64Array; readonly sizes: ReadonlySet<number> }

const indexOf = (places: ReadonlyArray<Kept>): Index => {
  const secrets = new Set(places.flatMap(({ now, before }) => [...now, ...before].map(textOf)))
  secrets.delete('')
  const [parts, sizes]: [Array<number>, Set<number>] = [[], new Set()]
  for (const secret of secrets) {
    const text = secret.toLowerCase()
    const size = Math.min(PART, text.length)
    sizes.add(size)
    for (let at = 0; at + size <= text.length; at += PART) parts.push(numberOf(text, at, size))
  }
  return { secrets, parts: Float64Array.from(parts).sort(), sizes }
}

/** A number for a part of a text, exact where all of it is Latin: hundreds of thousands of them take little room and time, and as texts much. */
export const numberOf = (text: string, at: number, size: number): number => {
  let sum = size
  for (let next = at; next < at + size; next += 1) sum = sum * 256 + (text.charCodeAt(next) & 255)
  return sum
}

const isIn = (sorted: Float64Array, wanted: number): boolean => {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (Number(sorted[middle]) < wanted) low = middle + 1
    else high = middle
  }
  return sorted[low] === wanted
}

type Needle = { readonly secret: string; readonly least: number }

const shown = (text: string, sent: ReadonlyArray<string>, index: Index): string => {
  const needles = [
    ...sent.map((secret): Needle => ({ secret, least: PART })),
    ...suspects(text, index).map((secret): Needle => ({ secret, least: LONG_PART })),
  ]
    .filter(({ secret }) => secret !== '')
    .sort((one, other) => other.secret.length - one.secret.length)
  const clean = needles.reduce((sum, { secret }) => sum.replaceAll(secret, '[secret]'), text)
  const writings = writingsOf(clean)
  if (needles.some((needle) => writings.some((writing) => repeats(writing, needle)))) return WITHHELD
  return clean.replace(/\s+/g, ' ').trim().slice(0, LONGEST)
}

/** The secrets of which a text has a part, and perhaps more. */
const suspects = (text: string, { secrets, parts, sizes }: Index): ReadonlyArray<string> => {
  const found = new Set<string>()
  for (const writing of writingsOf(text).map((one) => one.toLowerCase()))
    for (const size of sizes)
      for (let at = 0; at + size <= writing.length; at += 1)
        if (isIn(parts, numberOf(writing, at, size))) found.add(writing.slice(at, at + size))
  if (found.size === 0) return []
  return [...secrets].filter((secret) => {
    const lower = secret.toLowerCase()
    return [...found].some((part) => lower.includes(part))
  })
}

/** The text as it stands and as it reads once escapes of HTML, addresses and base64 are undone. */
const writingsOf = (text: string): ReadonlyArray<string> => [
  text,
  ...(['utf8', 'latin1'] as const).map((encoding) =>
    text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString(encoding)),
  ),
  text
    .replace(/&#x([0-9a-f]{1,6});/gi, (_, hex: string) => character(Number.parseInt(hex, 16)))
    .replace(/&#(\d{1,7});/g, (_, count: string) => character(Number(count)))
    .replace(/&(quot|apos|lt|gt|amp);/g, (_, name: string) => String(NAMED[name])),
  text.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => character(Number.parseInt(hex, 16))).replace(/\\(.)/g, '$1'),
  ...(text.match(/[\w+/-]{8,}/g) ?? []).map((part) => Buffer.from(part, 'base64').toString('utf8')),
]

const NAMED: { readonly [name: string]: string } = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' }
const character = (point: number): string => (point > 0x10ffff ? '' : String.fromCodePoint(point))

const repeats = (text: string, { secret, least }: Needle): boolean => {
  const [haystack, needle] = [text.toLowerCase(), secret.toLowerCase()]
  const size = Math.min(least, needle.length)
  for (let at = 0; at + size <= needle.length; at += 1) if (haystack.includes(needle.slice(at, at + size))) return true
  return false
}
