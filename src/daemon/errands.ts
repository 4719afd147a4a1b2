// Errands: what must not overlap with a run and is done before the next one. To an urgent one whatever is under way gives way.
import { defectOf } from '../domain/basics/failure.ts'
import type { Unfinished } from '../domain/plan/report.ts'
import { E, type TE } from '../fp.ts'
import type { Run } from '../reconcile/reconcile.ts'

/** What keeps new changes of an errand from starting: `givesWay` is aborted when it is to give way, and `outdated` tells of the config it goes by. */
type Way = { readonly givesWay: AbortSignal } & Pick<Run, 'outdated'>

export type Errands = {
  /** The same work, done at its turn; `wake` sees to it that there is one. */
  readonly add: <A>(work: (way: Way) => TE.TaskEither<Unfinished, A>, wake: () => void) => TE.TaskEither<Unfinished, A>
  /** The same before all others, and at once: it gives way to nothing. */
  readonly addUrgent: <A>(work: () => TE.TaskEither<Unfinished, A>, wake: () => void) => TE.TaskEither<Unfinished, A>
  /** Does what waits, and what comes meanwhile, in order; gives what is aborted when what follows is to give way. */
  readonly runAll: (config?: Pick<Run, 'outdated'>) => Promise<AbortSignal>
}

type Errand = (way: Way) => Promise<void>

/** Errands that wait for their turn. */
export const errands = (): Errands => {
  let waiting: ReadonlyArray<Errand> = []
  let urgent: ReadonlyArray<Errand> = []
  let way = new AbortController()
  const answering =
    <A>(work: (way: Way) => TE.TaskEither<Unfinished, A>, answer: (found: E.Either<Unfinished, A>) => void): Errand =>
    async (meanwhile) =>
      answer(await work(meanwhile)().catch((defect: unknown) => E.left({ failure: defectOf(defect) })))
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
    runAll: async (config = {}) => {
      for (;;) {
        const errand = next()
        way = new AbortController()
        if (errand === undefined) return way.signal
        await errand({ ...config, givesWay: way.signal })
      }
    },
  }
}
