// Errands: what must not overlap with a run and is done before the next one.
import { defectOf, type Failure } from '../domain/failure.ts'
import { E, type TE } from '../fp.ts'

type Errands = {
  /** The same work, done at its turn; `wake` sees to it that there is one. */
  readonly add: <A>(work: () => TE.TaskEither<Failure, A>, wake: () => void) => TE.TaskEither<Failure, A>
  /** Does what waits, in order. */
  readonly runAll: () => Promise<void>
}

/** Errands that wait for their turn. */
export const errands = (): Errands => {
  let waiting: ReadonlyArray<() => Promise<void>> = []
  return {
    add: (work, wake) => () =>
      new Promise((answer) => {
        const errand = async (): Promise<void> => answer(await work()().catch((defect: unknown) => E.left(defectOf(defect))))
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
