// Errands: what must not overlap with a run and is done before the next one.
import { defectOf } from '../domain/failure.ts'
import type { Unfinished } from '../domain/report.ts'
import { E, type TE } from '../fp.ts'

type Errands = {
  /** The same work, done at its turn; `wake` sees to it that there is one. */
  readonly add: <A>(work: () => TE.TaskEither<Unfinished, A>, wake: () => void) => TE.TaskEither<Unfinished, A>
  /** Does what waits, in order. */
  readonly runAll: () => Promise<void>
}

/** Errands that wait for their turn. */
export const errands = (): Errands => {
  let waiting: ReadonlyArray<() => Promise<void>> = []
  return {
    add: (work, wake) => () =>
      new Promise((answer) => {
        const errand = async (): Promise<void> =>
          answer(await work()().catch((defect: unknown) => E.left({ failure: defectOf(defect) })))
        waiting = [...waiting, errand]
        wake()
      }),
    runAll: async () => {
      const asked = waiting
      waiting = []
      for (const errand of asked) await errand()
    },
  }
}
