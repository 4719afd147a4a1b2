// Mutants of answers: a true one, of which parts are left out, stand twice, change their places or are of another type.
import { LIES, type Path, pathsIn, valueAt } from './liar.ts'

/** One step: which change, where, and with what. */
export type Step = readonly [what: number, where: number, how: number]

type Entry = readonly [string | number, unknown]

const entriesOf = (value: unknown): ReadonlyArray<Entry> | undefined =>
  Array.isArray(value)
    ? value.map((one: unknown, at) => [at, one])
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : undefined

/** With each entry at a path replaced by others. */
const changed = (value: unknown, [step, ...rest]: Path, change: (entry: Entry) => ReadonlyArray<Entry>): unknown => {
  const entries = entriesOf(value)
  if (entries === undefined) return value
  const each = entries.flatMap((entry): ReadonlyArray<Entry> => {
    if (entry[0] !== step) return [entry]
    return rest.length === 0 ? change(entry) : [[entry[0], changed(entry[1], rest, change)]]
  })
  return Array.isArray(value) ? each.map(([, one]) => one) : Object.fromEntries(each)
}

const pathOf = (value: unknown, where: number): Path => {
  const paths = pathsIn(value, [], Number.POSITIVE_INFINITY).slice(1)
  return paths[where % Math.max(1, paths.length)] ?? []
}

const CHANGES: ReadonlyArray<(value: unknown, path: Path, how: number) => unknown> = [
  (value, path) => changed(value, path, () => []),
  (value, path) =>
    changed(value, path, ([step, one]) => [
      [step, one],
      [typeof step === 'string' ? `${step}_` : step, one],
    ]),
  (value, path, how) => changed(value, path, ([step]) => [[step, LIES[how % LIES.length]?.[1]]]),
  (value, path) => changed(value, path, ([step, one]) => [[step, [one]]]),
  (value, path) => changed(value, path, ([step, one]) => [[step, { data: one }]]),
  (value, path) => changed(value, path, ([step, one]) => [[step, typeof one === 'string' ? one.toUpperCase() : String(one)]]),
  (value, path) => changed(value, path, ([step, one]) => [[typeof step === 'string' ? step.toUpperCase() : step, one]]),
  (value, path, how) => changed(value, path, ([step]) => [[step, valueAt(value, pathOf(value, how))]]),
  (value, path) => changed(value, path, ([step, one]) => [[typeof step === 'string' ? '__proto__' : step, one]]),
]

/** A value after these steps; what stands under `__proto__` is data too. */
export const mutated = (value: unknown, steps: ReadonlyArray<Step>): unknown =>
  steps.reduce((sum, [what, where, how]) => CHANGES[what % CHANGES.length]?.(sum, pathOf(sum, where), how) ?? sum, value)
