// An emergency stop through the daemon: an urgent errand blocks whom it is for where they are known to be, and the next run of all scopes
// wherever else. Whoever asked waits for both.
import type { Failure } from '../domain/basics/failure.ts'
import { type Users, whereKnown } from '../domain/memory/known.ts'
import type { Report } from '../domain/plan/plan.ts'
import { E, pipe, TE } from '../fp.ts'
import { decide } from '../reconcile/decide.ts'
import type { Config } from '../reconcile/plan.ts'
import type { ReconcilePorts, Run } from '../reconcile/reconcile.ts'
import { stopFirst, wasKeyRefused } from '../reconcile/stop.ts'
import type { Controls } from './controls.ts'
import type { Errands } from './errands.ts'

type Around = {
  readonly ports: ReconcilePorts
  readonly errands: Errands
  readonly wake: () => void
  /** The config in force. */
  readonly config: () => Config
  readonly users: () => Users
  /** How the daemon runs now. */
  readonly sense: () => Pick<Run, 'digest' | 'person' | 'frozen' | 'approveWith' | 'reachedBy' | 'signal'>
}

type Asked = {
  readonly answer: (report: E.Either<Failure, Report>) => void
  /** The key was refused a moment ago, to the first blocks of this stop. */
  readonly refused: boolean
}

type Stops = {
  readonly take: Controls['stop']
  /** Those who wait for a run of all scopes; whoever came later waits for the next. */
  readonly asked: () => ReadonlyArray<Asked>
  readonly answer: (asked: ReadonlyArray<Asked>, report: E.Either<Failure, Report>) => void
}

/** The emergency stops of a daemon. */
export const emergencyStops = ({ ports, errands, wake, config, users, sense }: Around): Stops => {
  let waiting: ReadonlyArray<Asked> = []
  const wholeAfter = (first: ReadonlyArray<Report>): Promise<E.Either<Failure, Report>> =>
    new Promise((answer) => {
      waiting = [...waiting, { answer, refused: wasKeyRefused(first) }]
    })
  return {
    take: async (pattern, until, who) => {
      const decided = await decide(ports, { _tag: 'Hold', what: { _tag: 'Stop', glob: pattern.text }, until }, who)()
      if (E.isLeft(decided)) return decided
      if (E.isLeft(decided.right)) return E.right(decided.right)
      const blocking = () => {
        const run = { ...sense(), by: 'block' as const, who, atOnce: true }
        return pipe(
          stopFirst(ports, config(), { pattern, scopes: whereKnown(users(), pattern), run }),
          TE.map((first) => ({ first, whole: wholeAfter(first) })),
        )
      }
      const done = await errands.addUrgent(blocking, wake)()
      return E.right(
        E.right(
          E.isLeft(done)
            ? { first: [], whole: E.left(done.left.failure) }
            : { first: done.right.first, whole: await done.right.whole },
        ),
      )
    },
    asked: () => waiting,
    answer: (asked, report) => {
      waiting = waiting.filter((one) => !asked.includes(one))
      for (const { answer } of asked) answer(report)
    },
  }
}
