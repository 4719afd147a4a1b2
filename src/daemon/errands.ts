// Errands: what must not overlap with a run and is done before the next one. To an urgent one whatever is under way gives way.
import { defectOf } from '../domain/failure.ts'
import type { Unfinished } from '../domain/report.ts'
import { E, type TE } from '../fp.ts'

export type Errands = {
  /** The same work, done at its turn; `wake` sees to it that there is one. The signal is aborted when the work is to give way. */
  readonly add: <A>(
    work: (givesWay: AbortSignal) => TE.TaskEither<Unfinished, A>,
    wake: () => void,
  ) => TE.TaskEither<Unfinished, A>
  /** The same before all others, and at once: it gives way to nothing. */
  readonly addUrgent: <A>(work: () => TE.TaskEither<Unfinished, A>, wake: () => void) => TE.TaskEither<Unfinished, A>
  /** Does what waits, and what comes meanwhile, in order; gives what is aborted when what follows is to give way. */
  readonly runAll: () => Promise<AbortSignal>
}

type Errand = (givesWay: AbortSignal) => Promise<void>

/** Errands that wait for their turn. */
export const errands = (): Errands => {
  let waiting: ReadonlyArray<Errand> = []
  let urgent: ReadonlyArray<Errand> = []
  let way = new AbortController()
  const answering =
    <A>(
      work: (givesWay: AbortSignal) => TE.TaskEither<Unfinished, A>,
      answer: (found: E.Either<Unfinished, A>) => void,
    ): Errand =>
    async (givesWay) =>
      answer(await work(givesWay)().catch((defect: unknown) => E.left({ failure: defectOf(defect) })))
  const next = (): Errand | undefined => {
    const [errand, ...rest] = urgent.length > 0 ? urgent : waiting
    if (urgent.length > 0) urgent = rest
    else waiting = rest
    return errand
  }
  return {
    add: (work, wake) => () =>
      new Promise((answer) => {
        waiting = [...waiting, answering(work, answer)]
        wake()
      }),
    addUrgent: (work, wake) => () =>
      new Promise((answer) => {
        urgent = [...urgent, answering(work, answer)]
        way.abort('something urgent')
        wake()
      }),
    runAll: async () => {
      for (;;) {
        const errand = next()
        way = new AbortController()
        if (errand === undefined) return way.signal
        await errand(way.signal)
      }
    },
  }
}
