// Freshness: whether what a run goes by is still what the config says, and whether the config in the file is whole. A run that is at work when
// the config changes makes no new change, so that a mistake that somebody has mended is not carried out to its end; but only some in a row, so that
// a file that changes all the time keeps no run from its end. While it is broken, none makes any: the run that comes to its end waits meanwhile, and
// where the file is mended to be another one by then, the run after it is the one that does.
import { defectOf, type Failure, failureLine } from '../domain/basics/failure.ts'
import type { RunEvent } from '../domain/run/event.ts'
import { E, type TE } from '../fp.ts'
import type { Clock } from '../ports.ts'
import type { Outdated } from '../reconcile/writing.ts'

/** The mistake, its mending, and one slip more. */
const MOST_IN_A_ROW = 3

/** A file that is not whole by then is not being written to: somebody has left it broken. */
const MOST_WAITED_MS = 300_000

/** What the config in the file is now: its digest, or why it is broken. */
export type Found = E.Either<Failure, string>

/** What of it is news where it makes no run, or one is under way: what the last run went by stays in force. A key with another writer is not in the file. */
export const aboutFile = (known: Failure | undefined, now: Found): RunEvent | undefined => {
  if (known?._tag === 'Locked') return undefined
  if (E.isRight(now)) return known === undefined ? undefined : { _tag: 'ConfigMended' }
  const isKnown = known !== undefined && failureLine(known) === failureLine(now.left)
  return isKnown ? undefined : { _tag: 'ConfigBroken', failure: now.left, lastGood: true }
}

export type Freshness = {
  /** A run begins, and is going to take the config as it is. */
  readonly begins: () => void
  /** The run has taken the config; gives what its having been changed since means for a change of this run that has not started. */
  readonly taken: (digest: string) => () => Outdated | undefined
  /**
   * Something in the folder of the config, or somebody, says that it may have changed. Where another config is not meant to be acted on before
   * somebody asks for it, only a broken one keeps changes from starting.
   */
  readonly touched: (isMeant: boolean) => void
  /** Another run is asked for, which looks whatever the file is: one that waits for it to be whole is over. */
  readonly asked: () => void
  readonly over: () => void
  /** Whether the last run, or the one at work, was kept from its end by a file that was broken or another one. */
  readonly isCutShort: () => boolean
}

/** Work of which one is done at a time, since it may take long and be asked for all the time: once more where it was asked for meanwhile, or says so. */
const oneAtATime = (work: () => Promise<boolean>): (() => void) => {
  let [isAtWork, isAsked] = [false, false]
  const goOn = async (): Promise<void> => {
    isAtWork = true
    while (isAsked) {
      isAsked = false
      isAsked = (await work()) || isAsked
    }
    isAtWork = false
  }
  return () => {
    isAsked = true
    if (!isAtWork) void goOn()
  }
}

/** How long the file was broken while a run was at work; what lies between two such spells is not counted, whoever asks or does not. */
const brokenSpells = (elapsed: Clock['elapsed']) => {
  let before = 0
  let since: number | undefined
  const inAll = (): number => before + (since === undefined ? 0 : elapsed() - since)
  return {
    inAll,
    saw: (found: Found): void => {
      before = inAll()
      since = E.isLeft(found) ? elapsed() : undefined
    },
  }
}

/** Of a run that goes by the config of a digest: what being outdated means for it. */
type Judge = {
  /** Told what the config is now, whenever that was looked up. */
  readonly saw: (found: Found) => void
  readonly outdated: (found: Found | undefined, isAsked: boolean) => Outdated | undefined
  readonly hasCut: () => boolean
  /** Where the file is broken, the run makes no new change any more. */
  readonly cutIfBroken: (found: Found | undefined) => void
}

/** What cuts a run short: any change, or a file that is another one after it was broken than before, or only that it stays broken. */
type CutBy = 'any change' | 'mending' | 'nothing else'

const cutByAfter = (cuts: number): CutBy =>
  cuts < MOST_IN_A_ROW ? 'any change' : cuts === MOST_IN_A_ROW ? 'mending' : 'nothing else'

const judging = (digest: string, cutBy: CutBy, elapsed: Clock['elapsed']): Judge => {
  const broken = brokenSpells(elapsed)
  let hasCut = false
  /** What the file said before it was broken first. */
  let before = digest
  let wasBroken = false
  const isCutBy = (found: Found, isAsked: boolean): boolean => {
    if (E.isLeft(found)) return cutBy === 'any change' || broken.inAll() > MOST_WAITED_MS
    if (!isAsked || found.right === digest) return false
    return cutBy === 'any change' || (cutBy === 'mending' && wasBroken && found.right !== before)
  }
  return {
    saw: (found) => {
      broken.saw(found)
      wasBroken ||= E.isLeft(found)
      if (E.isRight(found) && !wasBroken) before = found.right
    },
    outdated: (found, isAsked) => {
      if (found === undefined) return hasCut ? 'superseded' : undefined
      hasCut ||= isCutBy(found, isAsked)
      return hasCut ? 'superseded' : E.isLeft(found) ? 'waits' : undefined
    },
    hasCut: () => hasCut,
    cutIfBroken: (found) => {
      hasCut ||= found !== undefined && E.isLeft(found)
    },
  }
}

/** Nothing runs yet. `look` gives what the config is now, and `told` hears of whatever no run is going to find at once. */
export const freshness = (
  look: TE.TaskEither<Failure, string>,
  told: (now: Found) => void,
  elapsed: Clock['elapsed'],
): Freshness => {
  let runs = 0
  let isAtWork = false
  /** What the config was found to be since the run began. */
  let found: Found | undefined
  /** Somebody meant the run to go by what it is now. */
  let isAsked = false
  /** So many in a row were cut short. */
  let cuts = 0
  /** `undefined` while the run goes by no whole config, so that it can make no changes. */
  let judge: Judge | undefined
  let wasCutShort = false
  const isCutShort = (): boolean => judge === undefined || judge.hasCut()

  const lookAgain = oneAtATime(async () => {
    const run = runs
    const now = await look().catch((thrown: unknown) => E.left(defectOf(thrown)))
    // Who was to end has found nothing.
    if (E.isLeft(now) && now.left._tag === 'Stopped') return false
    // What was read before a run began may be older than what that run goes by.
    if (run !== runs) return true
    if (isAtWork) found = now
    judge?.saw(now)
    told(now)
    return false
  })

  return {
    begins: () => {
      runs += 1
      isAtWork = true
      found = undefined
      isAsked = false
      judge = undefined
    },
    taken: (digest) => {
      const ofThisRun = judging(digest, cutByAfter(cuts), elapsed)
      judge = ofThisRun
      if (found !== undefined) judge.saw(found)
      // What was told of that look is older than what is told of the run now.
      if (found !== undefined) lookAgain()
      return () => ofThisRun.outdated(found, isAsked)
    },
    touched: (isMeant) => {
      isAsked ||= isMeant
      // Where nothing runs, whatever is meant is taken by the run that begins now.
      if (isAtWork || !isMeant) lookAgain()
    },
    asked: () => (isAtWork ? judge?.cutIfBroken(found) : undefined),
    over: () => {
      isAtWork = false
      wasCutShort = isCutShort()
      if (judge !== undefined) cuts = judge.hasCut() ? cuts + 1 : 0
    },
    isCutShort: () => (isAtWork ? isCutShort() : wasCutShort),
  }
}
