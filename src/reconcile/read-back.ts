// Reading back: what a scope shows of what was just sent there.

import { describe, neverLeft, outcomeUnknown } from '../domain/basics/failure.ts'
import { shrunk } from '../domain/guards/believe.ts'
import { isThere } from '../domain/plan/outcome.ts'
import { type LiveState, usersByName } from '../domain/user/live.ts'
import { E } from '../fp.ts'
import type { ApplyPorts, Job, Sent, Writing, Written } from './writing.ts'
import { whyKept, wishOf } from './writing.ts'

const LATER_LOOKS_MS = [1000, 3000, 6000]

/**
 * One view; where something is not there yet, up to three more over ten seconds, since the service may lag behind itself. After twenty
 * refusals one view tells what was done; a service that is down, or a key that must rest, is not asked at all. An emergency stop is kept waiting
 * only for whom we made.
 */
export const readBack = async (
  ports: ApplyPorts,
  job: Job,
  writing: Writing,
  sent: ReadonlyArray<Sent>,
): Promise<Omit<Written, 'sent'>> => {
  const { course, givenUp, stopWaits } = writing
  let after: LiveState | undefined
  let unread = 'stopped before reading back'
  for (const wait of [0, ...LATER_LOOKS_MS]) {
    if (wait > 0) {
      if (course.tripped() !== undefined) break
      const isOwed = isUnborn(sent, after)
      await Promise.race([ports.clock.sleep(wait), givenUp, ...(isOwed ? [] : [stopWaits])])
      // What shows late is seen by the run that follows on the stop.
      if (!isOwed && writing.passedOver() === 'stop first') break
    }
    if (course.down.aborted) return { after, unread: course.tripped() ?? unread }
    const answer = await Promise.race([ports.accounts.list(job.scope, wishOf(writing, course.down))(), givenUp])
    if (answer !== undefined && E.isLeft(answer) && neverLeft(answer.left))
      return { after, unread: whyKept(writing, answer.left) }
    await ports.clock.turn()
    const doubt = answer !== undefined && E.isRight(answer) ? doubtOf(job, answer.right, sent) : undefined
    if (doubt !== undefined) unread = doubt
    else if (answer !== undefined && E.isRight(answer)) {
      after = answer.right
      await ports.clock.turn()
      const names = usersByName(after)
      if (sent.every(({ change, attempt }) => attempt._tag !== 'Sent' || isThere(change, names.get(change.username)))) break
    } else if (answer !== undefined && E.isLeft(answer)) unread = describe(answer.left)
    if (writing.signal.aborted) break
  }
  return { after, unread }
}

/** Whether somebody is not shown yet whom we made: a stop could not meet them, and the run after it would make them once more. */
const isUnborn = (sent: ReadonlyArray<Sent>, after: LiveState | undefined): boolean => {
  const names = after === undefined ? undefined : usersByName(after)
  return sent.some(
    ({ change, attempt }) => change.change === 'create' && attempt._tag === 'Sent' && names?.has(change.username) !== true,
  )
}

/** Why a later look of a run is not believed: it is no more easily than the first (S3). */
export const doubtOf = ({ expected }: Pick<Job, 'expected'>, live: LiveState, sent: ReadonlyArray<Sent>): string | undefined => {
  const gone = new Set(sent.filter(mayBeGone).map(({ change }) => change.username))
  for (const one of expected) {
    const doubt = shrunk(one, live, gone)
    if (doubt !== undefined) return doubt
  }
  return undefined
}

const mayBeGone = ({ change, attempt }: Sent): boolean =>
  (change.change === 'remove' && (attempt._tag === 'Sent' || (attempt._tag === 'Failed' && outcomeUnknown(attempt.failure)))) ||
  (attempt._tag === 'Failed' && attempt.failure._tag === 'NotFound')
