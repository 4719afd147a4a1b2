// Figures of many seeds, for people.
import type { Verdict } from './many.ts'

/** The one in the middle. */
export const median = (numbers: ReadonlyArray<number>): number =>
  [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? 0

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, number) => total + number, 0)

/** How often each kind of fault met each kind of request. */
const metIn = (verdicts: ReadonlyArray<Verdict>): ReadonlyMap<string, number> => {
  const all = new Map<string, number>()
  for (const { met } of verdicts) for (const [what, times] of met) all.set(what, (all.get(what) ?? 0) + times)
  return new Map([...all].sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** In how many lives rivals did what. */
export const rivalryIn = (verdicts: ReadonlyArray<Verdict>): ReadonlyMap<string, number> => {
  const all = new Map<string, number>()
  for (const { rivalry } of verdicts) for (const what of rivalry) all.set(what, (all.get(what) ?? 0) + 1)
  return all
}

/** The figures in a few lines. */
export const figures = (verdicts: ReadonlyArray<Verdict>, tookMs: number): string => {
  const middle = (what: 'users' | 'scopes'): number => median(verdicts.map((one) => one[what]))
  const of = (what: 'runs' | 'requests' | 'writes' | 'faults'): string => {
    const numbers = verdicts.map((one) => one[what])
    return `${sum(numbers)} ${what} (median ${median(numbers)})`
  }
  const broken = verdicts.filter(({ violation }) => violation !== undefined).length
  return [
    `${verdicts.length} seeds of 24 h in ${Math.round(tookMs / 1000)} s: ${of('runs')}, ${of('requests')}, ${of('writes')}, ${of('faults')}`,
    `a median of ${middle('users')} users in ${middle('scopes')} scopes; ${metIn(verdicts).size} pairs of a fault and a request were met`,
    `lives in which came about: ${[...rivalryIn(verdicts)].map(([what, lives]) => `${what} ${lives}`).join(', ')}`,
    `${broken} broken, ${verdicts.filter(({ unlike }) => unlike).length} not alike when lived again`,
  ].join('\n')
}
