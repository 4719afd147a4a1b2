// A report that is printed on every exit: owed from when it is asked for until something is printed.
import type { Failure } from '../domain/basics/failure.ts'

type Report = (failure: Failure) => string

export type Owed = {
  /** What prints results. */
  readonly out: (text: string) => void
  /** From now on a report is owed. */
  readonly owe: (report: Report) => void
  /** Prints the report of a failure, where one is owed. */
  readonly settle: (failure: Failure) => void
}

/** Standard output as one that may owe a report; `print` is how a text gets there. */
export const owing = (print: (text: string) => void): Owed => {
  let owed: Report | undefined
  const out = (text: string): void => {
    owed = undefined
    print(text)
  }
  return {
    out,
    owe: (report) => {
      owed = report
    },
    settle: (failure) => {
      if (owed !== undefined) out(owed(failure))
    },
  }
}
