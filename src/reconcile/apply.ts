// Station 10: the changes of one scope, then one view to read back, shared by all of them. Blocks, updates, creates, removes, in this order, and
// what was just refused behind them; within a kind as many at once as the key allows. One failing user does not stop others; a failing key stops
// all. Nothing is sent twice: what has an unknown outcome waits for the fresh view of the next run.

import { shrunk } from '../domain/believe.ts'
import { fullMessage } from '../domain/command.ts'
import type { DesiredUser, Managed, Policy } from '../domain/desired.ts'
import type { Edit } from '../domain/edit.ts'
import { addOf, editOf, modeOf } from '../domain/edit.ts'
import type { ApiFailure } from '../domain/failure.ts'
import { describe, failureLine, neverLeft } from '../domain/failure.ts'
import { heldBy, heldSaid, isStop } from '../domain/hold.ts'
import { type LiveState, type LiveUser, usersByName } from '../domain/live.ts'
import type { Attempt } from '../domain/outcome.ts'
import { isThere } from '../domain/outcome.ts'
import type { Change, LiveEdit, Waits } from '../domain/plan.ts'
import type { Scope } from '../domain/scope.ts'
import { Secret } from '../domain/secret.ts'
import { inStages } from '../domain/unanswered.ts'
import { besideUndo } from '../domain/undo-draft.ts'
import { E } from '../fp.ts'
import type { Accounts, Clock, Ledgers, Secrets, Wish } from '../ports.ts'
import type { Course } from './course.ts'
import { UNDO_AGAIN } from './look.ts'
import { inPool } from './pool.ts'

export type ApplyPorts = {
  readonly accounts: Accounts
  readonly clock: Clock
  readonly secrets: Pick<Secrets, 'save'>
  readonly ledgers: Pick<Ledgers, 'current'>
}

/** What is done in one scope. */
export type Job = {
  readonly scope: Scope
  readonly changes: ReadonlyArray<Change>
  /** The users of whom something is wanted, listed or not. */
  readonly wanted: ReadonlyMap<string, DesiredUser>
  readonly live: LiveState
  /** Who is live and should stay so, but for what this job removes. */
  readonly staying: ReadonlyArray<string>
}

/** What all scopes of a key share while it is written to. */
export type Writing = {
  readonly course: Course
  readonly policy: Policy
  readonly width: number
  /** Told of each change that was sent. */
  readonly sent: (scope: Scope) => void
  /** Aborted when no new change may start; what is in flight is still awaited. */
  readonly signal: AbortSignal
  /** What keeps new changes from starting: the config was changed meanwhile, or an emergency stop goes first. */
  readonly passedOver: () => keyof typeof PASSED_OVER | undefined
  /** Resolves when an emergency stop waits for this run. */
  readonly stopWaits: Promise<undefined>
  /** Resolves when waiting for what is in flight must end: eight seconds after the signal. */
  readonly givenUp: Promise<undefined>
}

/** How a change was sent. */
export type Sent = { readonly change: Change; readonly attempt: Attempt }

/** What a scope showed after its changes; `undefined` where it could not be read. */
export type Written = { readonly sent: ReadonlyArray<Sent>; readonly after: LiveState | undefined; readonly unread: string }

const PATIENCE_MS = 8000
const LATER_LOOKS_MS = [1000, 3000, 6000]
const STOPPED = 'stopped before this change'
const PASSED_OVER = {
  superseded: 'the config was changed meanwhile; the next run goes by what it says now',
  'stop first': 'an emergency stop goes first; the next run goes on with it',
} as const

/** Makes the changes of one scope and reads it back. */
export const applyScope = async (ports: ApplyPorts, job: Job, writing: Writing): Promise<Written> => {
  const sent: Array<Sent> = []
  const shown = usersByName(job.live)
  for (const items of inStages(job.changes)) {
    sent.push(
      ...(await inPool({
        items,
        width: writing.width,
        stopped: (change) => refusal(ports, writing, change),
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

type Names = ReadonlyMap<string, LiveUser>

const notAttempted = (change: Change, why: string, waits?: Waits): Sent => ({
  change,
  attempt: { _tag: 'NotAttempted', why, ...(waits === undefined ? {} : { waits }) },
})

const refusal = ({ ledgers, clock }: ApplyPorts, writing: Writing, change: Change): Sent | undefined => {
  const tripped = writing.course.tripped()
  if (tripped !== undefined) return notAttempted(change, tripped)
  if (writing.signal.aborted) return notAttempted(change, STOPPED, 'next start')
  const [holds, now] = [ledgers.current()?.holds ?? [], clock.now().getTime()]
  // A stop asks whatever the config says.
  const passedOver = isStop(holds, now, change) ? undefined : writing.passedOver()
  if (passedOver !== undefined)
    return change.cause === 'undo' ? notAttempted(change, UNDO_AGAIN) : notAttempted(change, PASSED_OVER[passedOver], 'next run')
  // A hold that came after the plan was made counts for whatever has not started.
  const held = heldBy(holds, now, change)
  return held === undefined ? undefined : notAttempted(change, fullMessage(heldSaid(held)))
}

const send = async (ports: ApplyPorts, job: Job, writing: Writing, change: Change, shown: Names): Promise<Sent> => {
  const notSent = (why: string): Sent => ({ change, attempt: { _tag: 'NotSent', why } })
  const edit = await editFor(ports, job, writing, change, shown)
  if (E.isLeft(edit) && edit.left._tag === 'Unsafe') return notSent(edit.left.why)
  if (E.isLeft(edit)) return refusal(ports, writing, change) ?? notAttempted(change, edit.left.why)
  const unsaved = 'settings' in edit.right ? edit.right.settings.email_password : undefined
  if (unsaved instanceof Secret && unsaved.unsaved !== undefined) {
    const saved = await ports.secrets.save(unsaved)()
    if (E.isLeft(saved)) return notSent(`not sent, for ${failureLine(saved.left)}`)
  }
  // While it waits for its turn a person may put the user on hold, or stop it.
  const wish = { ...wishOf(writing), stays: () => refusal(ports, writing, change) !== undefined }
  const answer = await Promise.race([ports.accounts.perform(job.scope, edit.right, wish)(), writing.givenUp])
  const result = answer ?? E.left(CUT_OFF)
  if (E.isLeft(result) && neverLeft(result.left)) {
    const why = whyKept(writing, result.left)
    return refusal(ports, writing, change) ?? notAttempted(change, why)
  }
  if (E.isLeft(result)) return { change, attempt: { _tag: 'Failed', failure: result.left } }
  return { change, attempt: { _tag: 'Sent', requestId: result.right.requestId, alsoChanged: result.right.others } }
}

const CUT_OFF: ApiFailure = { _tag: 'Unreachable', sent: 'perhaps', message: 'stopped while this request was under way' }

/** What waits behind an answer that ends the run never leaves. */
const wishOf = ({ course }: Writing, signal = course.halted): Wish => ({ signal, heard: course.heard })

/** Why what never left was not made: the run ended while it waited for its turn, the key must rest, or nobody listens. */
const whyKept = ({ course, signal }: Writing, failure: ApiFailure): string => {
  if (signal.aborted) return STOPPED
  course.heldBack(failure)
  return course.tripped() ?? describe(failure)
}

/** Why there is no edit: none is safe, or the service could not be asked what it would overwrite. */
type NoEdit = { readonly _tag: 'Unsafe' | 'Unasked'; readonly why: string }

const editFor = async (
  ports: ApplyPorts,
  job: Job,
  writing: Writing,
  change: Change,
  shown: Names,
): Promise<E.Either<NoEdit, Edit>> => {
  const listed = job.wanted.get(change.username)?.managed ?? {}
  const managed = change.cause === 'undo' ? besideUndo(listed) : listed
  if (change.change === 'create') return E.right(addOf(change))
  if (change.change === 'remove') return E.right({ _tag: 'Remove', username: change.username })
  const edit = editOn(job.live, shown.get(change.username), managed, writing.policy, change)
  if (E.isLeft(edit) || edit.right._tag !== 'FullEdit') return edit
  // A full edit overwrites what somebody may have changed since the run looked, so it goes out straight after a look of its own.
  const wish = { ...wishOf(writing), followers: 1, stays: () => refusal(ports, writing, change) !== undefined }
  const again = await Promise.race([ports.accounts.list(job.scope, wish)(), writing.givenUp])
  if (again === undefined) return E.left({ _tag: 'Unasked', why: STOPPED })
  if (E.isLeft(again) && neverLeft(again.left)) return E.left({ _tag: 'Unasked', why: whyKept(writing, again.left) })
  if (E.isLeft(again)) return E.left({ _tag: 'Unasked', why: `not looked at afresh before a full edit: ${describe(again.left)}` })
  if (refusal(ports, writing, change) !== undefined) return E.left({ _tag: 'Unasked', why: STOPPED })
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

/**
 * One view; where something is not there yet, up to three more over ten seconds, since the service may lag behind itself. After twenty
 * refusals one view tells what was done; a service that is down, or a key that must rest, is not asked at all. An emergency stop is not kept waiting.
 */
const readBack = async (
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
      await Promise.race([ports.clock.sleep(wait), givenUp, stopWaits])
      // What shows late is seen by the run that follows on the stop.
      if (writing.passedOver() === 'stop first') break
    }
    if (course.down.aborted) return { after, unread: course.tripped() ?? unread }
    const answer = await Promise.race([ports.accounts.list(job.scope, wishOf(writing, course.down))(), givenUp])
    if (answer !== undefined && E.isLeft(answer) && neverLeft(answer.left))
      return { after, unread: whyKept(writing, answer.left) }
    const doubt = answer !== undefined && E.isRight(answer) ? shrunk(namesLeft(job, sent), answer.right) : undefined
    if (doubt !== undefined) unread = `not believed: ${doubt}`
    else if (answer !== undefined && E.isRight(answer)) {
      after = answer.right
      const names = usersByName(after)
      if (sent.every(({ change, attempt }) => attempt._tag !== 'Sent' || isThere(change, names.get(change.username)))) break
    } else if (answer !== undefined && E.isLeft(answer)) unread = describe(answer.left)
    if (writing.signal.aborted) break
  }
  return { after, unread }
}

/** Who was there before, and still should be: what a run remembers is believed no more easily than what it began with (S3). */
const namesLeft = ({ staying }: Job, sent: ReadonlyArray<Sent>): ReadonlyArray<string> => {
  const isGone = ({ change, attempt }: Sent): boolean =>
    change.change === 'remove' || (attempt._tag === 'Failed' && attempt.failure._tag === 'NotFound')
  const gone = new Set(sent.filter(isGone).map(({ change }) => change.username))
  return staying.filter((username) => !gone.has(username))
}

/** When waiting must end after the signal: systemd and people give a stop ten seconds. `over` ends the listening. */
export const givenUpAfter = (clock: Pick<Clock, 'sleep'>, signal: AbortSignal, over: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    const start = (): void => void clock.sleep(PATIENCE_MS).then(() => resolve(undefined))
    if (signal.aborted) start()
    else signal.addEventListener('abort', start, { once: true, signal: over })
  })
