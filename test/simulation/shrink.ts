// Making a failure small: whatever can be left out of the workload while the same promise still breaks is left out.

import { simulateBoth } from './differential.ts'
import type { Violation } from './scene.ts'
import type { Workload } from './workload.ts'

/** What is left out of a workload: acts and faults by their number, as `a3,f12`. */
export type Without = { readonly acts: ReadonlySet<number>; readonly faults: ReadonlySet<number> }

/** A workload less some of its entries. */
export const less = ({ acts, faults }: Workload, without: Without): Workload => ({
  acts: acts.filter((_, n) => !without.acts.has(n)),
  faults: faults.filter((_, n) => !without.faults.has(n)),
})

/** What is left out, as text and back. */
export const textOfWithout = ({ acts, faults }: Without): string =>
  [...[...acts].map((n) => `a${n}`), ...[...faults].map((n) => `f${n}`)].join(',')

/** Reads what is to be left out. */
export const withoutOf = (text: string): Without => {
  const numbers = (kind: string): ReadonlySet<number> =>
    new Set(
      text
        .split(',')
        .filter((one) => one.startsWith(kind))
        .map((one) => Number(one.slice(1))),
    )
  return { acts: numbers('a'), faults: numbers('f') }
}

type Entry = { readonly kind: 'acts' | 'faults'; readonly n: number }

const withoutThese = (entries: ReadonlyArray<Entry>): Without => {
  const of = (kind: Entry['kind']): ReadonlySet<number> => new Set(entries.filter((one) => one.kind === kind).map(({ n }) => n))
  return { acts: of('acts'), faults: of('faults') }
}

/** Leaves out first halves, then quarters, at last single entries, within so many tries; gives what could be left out. */
export const shrink = async (seed: number, workload: Workload, violation: Violation, tries = 200): Promise<Without> => {
  let left = tries
  let kept: ReadonlyArray<Entry> = [
    ...workload.acts.map((_, n): Entry => ({ kind: 'acts', n })),
    ...workload.faults.map((_, n): Entry => ({ kind: 'faults', n })),
  ]
  const gone: Entry[] = []
  const stillFails = async (without: ReadonlyArray<Entry>): Promise<boolean> => {
    left -= 1
    const { violations } = await simulateBoth(seed, less(workload, withoutThese(without)))
    return violations[0]?.promise === violation.promise
  }
  for (let size = Math.ceil(kept.length / 2); size >= 1 && left > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length && left > 0; ) {
      const part = kept.slice(from, from + size)
      if (await stillFails([...gone, ...part])) {
        gone.push(...part)
        kept = kept.filter((one) => !part.includes(one))
      } else from += size
    }
  }
  return withoutThese(gone)
}
