// Freshness: whether what a run goes by is still what the config says. A run that is at work when the config changes makes no new change, so that
// a mistake that somebody has mended is not carried out to its end; but never two in a row, so that a file that changes all the time keeps
// no run from its end.
import { defectOf, type Failure } from '../domain/failure.ts'
import { E, type TE } from '../fp.ts'

export type Freshness = {
  /** A run begins, and is going to take the config as it is. */
  readonly begins: () => void
  /** The run has taken the config; gives whether it has been changed since, so that no new change of this run may start. */
  readonly taken: (digest: string) => () => boolean
  /** Something in the folder of the config, or somebody, says that it may have changed. */
  readonly touched: () => void
  readonly over: () => void
}

/** Nothing runs yet; the digest is that of the config as it is now. */
export const freshness = (digestNow: TE.TaskEither<Failure, string>): Freshness => {
  let runs = 0
  let isAtWork = false
  /** What the config was found to be since the run began: a digest, or broken. */
  let found: E.Either<Failure, string> | undefined
  /** A run was cut short, and none has come to its end since: that run is owed. */
  let isOwed = false
  let wasCut = false
  /** The run goes by a whole config, so that it can make changes. */
  let isWhole = false
  let isLooking = false
  let isTouched = false

  // One look at a time, since to look takes long where the config is large, and a folder may be written to all the time.
  const look = async (): Promise<void> => {
    isLooking = true
    while (isTouched && isAtWork) {
      isTouched = false
      const run = runs
      const now = await digestNow().catch((thrown: unknown) => E.left(defectOf(thrown)))
      // What was read before the next run began may be older than what that run goes by.
      if (run === runs) found = now
    }
    isLooking = false
  }

  return {
    begins: () => {
      runs += 1
      isAtWork = true
      found = undefined
      wasCut = false
      isWhole = false
    },
    taken: (digest) => {
      isWhole = true
      return () => {
        const isOther = found !== undefined && (E.isLeft(found) || found.right !== digest)
        wasCut ||= !isOwed && isOther
        return wasCut
      }
    },
    touched: () => {
      isTouched = isAtWork
      if (isTouched && !isLooking) void look()
    },
    over: () => {
      isAtWork = false
      if (isWhole) isOwed = wasCut
    },
  }
}
