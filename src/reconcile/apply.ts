// Applying: the changes of one scope, then one view to read back, shared by all of them. Blocks, updates, creates, removes, in this order, and
// what was just refused behind them; within a kind as many at once as the key allows. One failing user does not stop others; a failing key stops
// all. Nothing is sent twice: what has an unknown outcome waits for the fresh view of the next run.

import { fullMessage } from '../domain/basics/command.ts'
import type { ApiFailure } from '../domain/basics/failure.ts'
import { describe, failureLine, neverLeft } from '../domain/basics/failure.ts'
import { heldBy, heldSaid, isOfEndedStop, isStop, STOP_OVER } from '../domain/decisions/hold.ts'
import { besideUndo } from '../domain/draft/undo-draft.ts'
import { inStages } from '../domain/memory/unanswered.ts'
import type { Edit } from '../domain/plan/edit.ts'
import { addOf, editOf, modeOf } from '../domain/plan/edit.ts'
import type { Change, LiveEdit, Waits } from '../domain/plan/plan.ts'
import { type LiveState, type LiveUser, usersByName } from '../domain/user/live.ts'
import { Secret } from '../domain/user/secret.ts'
import type { Managed, Policy } from '../domain/wanted/desired.ts'
import { E } from '../fp.ts'
import { UNDO_AGAIN } from './look.ts'
import { inPool } from './pool.ts'
import { doubtOf, readBack } from './read-back.ts'
import type { ApplyPorts, Job, Names, Sent, Writing, Written } from './writing.ts'
import { PASSED_OVER, STOPPED, whyKept, wishOf } from './writing.ts'

/** Writing in one scope, which ends with the first look of its own that is not believed (S3). */
type Here = Writing & {
  /** What the stages before have sent. */
  readonly before: ReadonlyArray<Sent>
  readonly doubted: () => string | undefined
  readonly doubt: (why: string) => void
  /** Who was shown by the last look of this run. */
  readonly seen: () => Names
  readonly see: (live: LiveState) => void
}

const inOneScope = (writing: Writing, before: ReadonlyArray<Sent>, shown: Names): Here => {
  let doubted: string | undefined
  let seen = shown
  return {
    ...writing,
    before,
    doubted: () => doubted,
    doubt: (why) => {
      doubted = why
    },
    seen: () => seen,
    see: (live) => {
      seen = usersByName(live)
    },
  }
}

/** Makes the changes of one scope and reads it back. */
export const applyScope = async (ports: ApplyPorts, job: Job, all: Writing): Promise<Written> => {
  const sent: Array<Sent> = []
  const shown = usersByName(job.live)
  const writing = inOneScope(all, sent, shown)
  for (const items of inStages(job.changes)) {
    sent.push(
      ...(await inPool({
        items,
        width: writing.width,
        stopped: (change) => notStarted(ports, writing, change),
        work: async (change) => {
          const one = await send(ports, job, writing, change, shown)
          writing.sent(job.scope)
          return one
        },
      })),
    )
  }
  if (sent.every(({ attempt }) => attempt._tag === 'NotAttempted' || attempt._tag === 'NotSent'))
    return { sent, after: job.live, unread: '' }
  return { sent, ...(await readBack(ports, job, writing, sent)) }
}

const notAttempted = (change: Change, why: string, waits?: Waits): Sent => ({
  change,
  attempt: { _tag: 'NotAttempted', why, ...(waits === undefined ? {} : { waits }) },
})

const notStarted = ({ ledgers, clock }: ApplyPorts, writing: Here, change: Change): Sent | undefined => {
  const kept = writing.course.tripped() ?? writing.course.barred(change.change) ?? writing.doubted()
  if (kept !== undefined) return notAttempted(change, kept)
  if (writing.signal.aborted) return notAttempted(change, STOPPED, 'next start')
  const [holds, now] = [ledgers.current()?.holds ?? [], clock.now().getTime()]
  if (isOfEndedStop(holds, now, change)) return notAttempted(change, STOP_OVER, 'next run')
  // A stop asks whatever the config says.
  const passedOver = isStop(holds, now, change) ? undefined : writing.passedOver()
  if (passedOver !== undefined)
    return change.cause === 'undo'
      ? notAttempted(change, UNDO_AGAIN[passedOver])
      : notAttempted(change, PASSED_OVER[passedOver], 'next run')
  // A hold that came after the plan was made counts for whatever has not started.
  const held = heldBy(holds, now, change)
  return held === undefined ? undefined : notAttempted(change, fullMessage(heldSaid(held)), 'hold')
}

/** Whether a change waits for the file of the config to be whole; a stop asks whatever the config says. */
const waits = ({ ledgers, clock }: ApplyPorts, writing: Here, change: Change): boolean =>
  writing.waits() && !isStop(ledgers.current()?.holds ?? [], clock.now().getTime(), change)

const send = async (ports: ApplyPorts, job: Job, writing: Here, change: Change, shown: Names): Promise<Sent> => {
  const isKept = (): boolean => notStarted(ports, writing, change) !== undefined
  while (waits(ports, writing, change) && !isKept()) await ports.clock.sleep(LOOK_AGAIN_MS)
  const notSent = (why: string): Sent => ({ change, attempt: { _tag: 'NotSent', why } })
  const edit = await editFor(ports, job, writing, change, shown)
  if (E.isLeft(edit) && edit.left._tag === 'Unsafe') return notSent(edit.left.why)
  if (E.isLeft(edit)) return notStarted(ports, writing, change) ?? notAttempted(change, edit.left.why)
  const unsaved = 'settings' in edit.right ? edit.right.settings.email_password : undefined
  if (unsaved instanceof Secret && unsaved.unsaved !== undefined) {
    const saved = await ports.secrets.save(unsaved)()
    if (E.isLeft(saved)) return notSent(`not sent, for ${failureLine(saved.left)}`)
  }
  // While it waits for its turn a person may put the user on hold, or stop it.
  const wish = { ...wishOf(writing), stays: () => isKept() || waits(ports, writing, change) }
  const answer = await Promise.race([ports.accounts.perform(job.scope, edit.right, wish)(), writing.givenUp])
  const result = answer ?? E.left(CUT_OFF)
  if (E.isLeft(result) && neverLeft(result.left)) {
    if (waits(ports, writing, change) && !isKept()) return send(ports, job, writing, change, shown)
    const why = whyKept(writing, result.left)
    return notStarted(ports, writing, change) ?? notAttempted(change, why)
  }
  if (E.isLeft(result)) return { change, attempt: { _tag: 'Failed', failure: result.left } }
  return { change, attempt: { _tag: 'Sent', requestId: result.right.requestId, alsoChanged: result.right.others } }
}

/** How soon a file that is whole again is noticed. */
const LOOK_AGAIN_MS = 1000

const CUT_OFF: ApiFailure = { _tag: 'Unreachable', sent: 'perhaps', message: 'stopped while this request was under way' }

const THERE = 'the user is live meanwhile; the next run brings it in line'
const OPENED = 'the user is not blocked any more'

/** Whoever is removed was shown blocked by every look since it was blocked. */
const isOpened = (user: LiveUser | undefined): boolean => user !== undefined && user.settings.status !== 'blocked'

/** Why there is no edit: none is safe, or the service could not be asked what it would overwrite. */
type NoEdit = { readonly _tag: 'Unsafe' | 'Unasked'; readonly why: string }

const editFor = async (
  ports: ApplyPorts,
  job: Job,
  writing: Here,
  change: Change,
  shown: Names,
): Promise<E.Either<NoEdit, Edit>> => {
  const listed = job.wanted.get(change.username)?.managed ?? {}
  const managed = change.cause === 'undo' ? besideUndo(listed) : listed
  // An answer may leave somebody out, and what nobody was told of may come late: whom a later look shows is not made once more (S7).
  if (change.change === 'create')
    return writing.seen().has(change.username) ? E.left({ _tag: 'Unsafe', why: THERE }) : E.right(addOf(change))
  if (change.change === 'remove')
    return isOpened(writing.seen().get(change.username))
      ? E.left({ _tag: 'Unsafe', why: OPENED })
      : E.right({ _tag: 'Remove', username: change.username })
  const edit = editOn(job.live, shown.get(change.username), managed, writing.policy, change)
  if (E.isLeft(edit) || edit.right._tag !== 'FullEdit') return edit
  // A full edit overwrites what somebody may have changed since the run looked, so it goes out straight after a look of its own.
  const wish = { ...wishOf(writing), followers: 1, stays: () => notStarted(ports, writing, change) !== undefined }
  const again = await Promise.race([ports.accounts.list(job.scope, wish)(), writing.givenUp])
  if (again === undefined) return E.left({ _tag: 'Unasked', why: STOPPED })
  if (E.isLeft(again) && neverLeft(again.left)) return E.left({ _tag: 'Unasked', why: whyKept(writing, again.left) })
  if (E.isLeft(again)) return E.left({ _tag: 'Unasked', why: `not looked at afresh before a full edit: ${describe(again.left)}` })
  const doubt = doubtOf(job, again.right, writing.before)
  if (doubt !== undefined) writing.doubt(doubt)
  writing.see(again.right)
  if (notStarted(ports, writing, change) !== undefined) return E.left({ _tag: 'Unasked', why: STOPPED })
  return editOn(again.right, usersByName(again.right).get(change.username), managed, writing.policy, change)
}

const editOn = (
  live: LiveState,
  user: LiveUser | undefined,
  managed: Managed,
  policy: Policy,
  change: LiveEdit,
): E.Either<NoEdit, Edit> => {
  const edit =
    user === undefined
      ? E.left('the user is not live any more')
      : editOf({ fields: change.fields, managed, user, live, mode: modeOf(change, policy) })
  return E.isLeft(edit) ? E.left({ _tag: 'Unsafe', why: edit.left }) : edit
}
