// The first blocks of an emergency stop: where somebody whom it is for is known to be, a few scopes at a time, so that nobody goes on sending
// while all others are looked at. Whatever is not done here is left to the run of all scopes, which is to follow.
import { type Failure, failureLine } from '../domain/basics/failure.ts'
import type { Report } from '../domain/plan/plan.ts'
import type { Glob } from '../domain/user/username.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import { E, TE } from '../fp.ts'
import { newCourse } from './course.ts'
import type { Config } from './plan.ts'
import { type ReconcilePorts, type Run, reconcile } from './reconcile.ts'

type First = {
  readonly pattern: Glob
  /** Where users are known that match, in the order in which they are looked at. */
  readonly scopes: ReadonlyArray<Scope>
  readonly run: Omit<Run, 'user' | 'scopes' | 'agree' | 'givesWay' | 'outdated'>
}

/** Blocks whom a stop that was taken is for in these scopes; the reports of what came to one. */
export const stopFirst =
  (ports: ReconcilePorts, config: Config, { pattern, scopes, run }: First): TE.TaskEither<never, ReadonlyArray<Report>> =>
  async () => {
    // S11: so many failures in a row end it, however few scopes a run is of.
    const goesOn = newCourse()
    const reports: Array<Report> = []
    const width = config.desired.api.concurrency
    for (let at = 0; at < scopes.length && !run.signal.aborted; at += width) {
      const ended: E.Either<Failure, Report> = await reconcile(ports, config, {
        ...run,
        user: pattern,
        scopes: new Set(scopes.slice(at, at + width)),
        goesOn,
        agree: () => TE.right(true),
      })()
      if (E.isLeft(ended)) {
        ports.tell({ _tag: 'Notice', level: 'warn', message: `not blocked at once, as a stop asks: ${failureLine(ended.left)}` })
        break
      }
      reports.push(ended.right)
      if (goesOn.tripped() !== undefined || ended.right.pausedUntil !== undefined) break
    }
    return E.right(reports)
  }

/** Whether the key was refused to them: who stops somebody has that asked once. */
export const wasKeyRefused = (first: ReadonlyArray<Report>): boolean => first.some(({ pausedFor }) => pausedFor === 'refused')
