// How many cases of a property are tried where a hundred are not the right number.
import fc from 'fast-check'

/** So many; fewer where all properties of the process are told to try fewer. */
export const cases = (most: number): { readonly numRuns: number } => ({
  numRuns: Math.min(most, fc.readConfigureGlobal().numRuns ?? most),
})
