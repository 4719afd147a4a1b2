// What a run of tests came to, as it tells it at its end.

export type Outcome =
  | { readonly _tag: 'Green' }
  /** At least one test ran and failed; the first line that says so. */
  | { readonly _tag: 'Red'; readonly first: string }
  /** No test ran, or they did not come to their end: that is no word on the program. */
  | { readonly _tag: 'NotRun' }

const LAST = /^(\d+) passed, (\d+) failed$/

/** A test that failed, or one that never came to its end; a file that cannot even be imported says nothing of what is in it. */
const FAILED = /^ +FAIL {2}|^FAIL .*: its process ended before it did$/

/** What `test/run.ts` came to that said this. */
export const outcomeOf = (said: string): Outcome => {
  const lines = said.split('\n')
  const [, passed, failed] = lines.map((line) => LAST.exec(line)).findLast((found) => found !== null) ?? []
  // A run that matches no test ends with an error too.
  if (passed === undefined || Number(passed) + Number(failed) === 0) return { _tag: 'NotRun' }
  if (Number(failed) === 0) return { _tag: 'Green' }
  const first = lines.find((line) => FAILED.test(line))
  return first === undefined ? { _tag: 'NotRun' } : { _tag: 'Red', first: first.trim() }
}
