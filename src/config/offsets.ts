// Where things stand in a text: offsets by path, lines by offset.
import type { Placed, Stretch } from './nodes.ts'
import type { Path } from './problem.ts'

/** Line and column, counted from 1. */
export type Place = { readonly line: number; readonly column: number }

/** The offsets at which the lines of a text begin. */
export const lineStarts = (text: string): ReadonlyArray<number> => {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The place of an offset. */
export const placeAt = (lines: ReadonlyArray<number>, offset: number): Place => {
  const low = Math.max(0, lastUpTo(lines, offset))
  return { line: low + 1, column: Math.max(0, offset) - (lines[low] ?? 0) + 1 }
}

/** Where the last number stands that is not above another one; -1 where all are. */
const lastUpTo = (sorted: ReadonlyArray<number>, most: number): number => {
  let low = -1
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((sorted[middle] ?? 0) <= most) low = middle
    else high = middle - 1
  }
  return low
}

/** The lines of these stretches. */
export const linesWith = (stretches: ReadonlyArray<Stretch>, lines: ReadonlyArray<number>): ((line: number) => boolean) => {
  const flags = new Uint8Array(lines.length + 2)
  for (const [start, end] of stretches)
    flags.fill(1, placeAt(lines, start).line, placeAt(lines, Math.max(start, end - 1)).line + 1)
  return (line) => flags[line] === 1
}

/** Of a longer beginning nobody asks what is in it: such a line is not shown. */
const LONG = 240

type Lines = { readonly text: string; readonly lines: ReadonlyArray<number> }

/** The last line of what stands before an offset. */
export const lastLine = ({ text, lines }: Lines, next: number | undefined): number => {
  if (next === undefined) return lines.length
  const { line, column } = placeAt(lines, next)
  const isFirst = column <= LONG && /^[\s,[\]{}?-]*$/.test(text.slice(next - column + 1, next))
  return isFirst ? line - 1 : line
}

/** So many keys are found sooner one by one. */
const FEW_KEYS = 32

/** Offsets by path; mappings with many keys get an index when they are first asked for. */
export const offsetFinder = ({ value, offsets, start }: Placed): ((path: Path, part: 'key' | 'value') => number) => {
  const indexes = new WeakMap<object, ReadonlyMap<string, number>>()
  const keyAt = (map: object, key: string): number => {
    const known = indexes.get(map)
    if (known !== undefined) return known.get(key) ?? -1
    const keys = Object.keys(map)
    if (keys.length <= FEW_KEYS) return keys.indexOf(key)
    const index = new Map(keys.map((name, at) => [name, at]))
    indexes.set(map, index)
    return index.get(key) ?? -1
  }
  return (path, part) => {
    let found = start
    let inside: unknown = value
    for (const [depth, step] of path.entries()) {
      if (typeof inside !== 'object' || inside === null) return found
      const places = offsets.get(inside) ?? []
      const list = Array.isArray(inside)
      const at = list ? Number(step) : keyAt(inside, String(step)) * 2
      const place = places[list || (part === 'key' && depth === path.length - 1) ? at : at + 1]
      if (place === undefined || at < 0) return found
      found = place
      inside = Object.getOwnPropertyDescriptor(inside, step)?.value
    }
    return found
  }
}

/** Finds the offset of the key or item that follows what a path leads to, and all that is in it; `undefined` where none does. */
export const nextFinder = ({ value, offsets }: Placed): ((path: Path, start: number) => number | undefined) => {
  const sorted = new WeakMap<object, ReadonlyArray<number>>()
  const placesIn = (inside: object): ReadonlyArray<number> => {
    const places = sorted.get(inside) ?? [...(offsets.get(inside) ?? [])].sort((one, other) => one - other)
    sorted.set(inside, places)
    return places
  }
  return (path, start) => {
    let next: number | undefined
    let inside: unknown = value
    for (const step of path) {
      if (typeof inside !== 'object' || inside === null) return next
      const places = placesIn(inside)
      next = places[lastUpTo(places, start) + 1] ?? next
      inside = Object.getOwnPropertyDescriptor(inside, step)?.value
    }
    return next
  }
}
