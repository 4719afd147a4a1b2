// Station 10: intent to journal and ledger, then the changes, then one view to read back. Blocks, updates, creates, removes, in this order;
// within a kind as many at once as the key allows. One failing user does not stop others; a failing key stops all.
import type { Breaker } from '../domain/breaker.ts'
import { afterAnswer } from '../domain/breaker.ts'
import type { DesiredUser, Policy } from '../domain/desired.ts'
import type { Edit } from '../domain/edit.ts'
import { addOf, editOf } from '../domain/edit.ts'
import type { ApiFailure } from '../domain/failure.ts'
import { concerns, describe } from '../domain/failure.ts'
import type { LiveState, LiveUser } from '../domain/live.ts'
import type { Attempt } from '../domain/outcome.ts'
import { isThere } from '../domain/outcome.ts'
import type { Change, Kind } from '../domain/plan.ts'
import type { Scope } from '../domain/scope.ts'
import { Secret } from '../domain/secret.ts'
import { E } from '../fp.ts'
import type { Accounts, Clock, Secrets } from '../ports.ts'
import { inPool } from './pool.ts'

export type ApplyPorts = { readonly accounts: Accounts; readonly clock: Clock; readonly secrets: Pick<Secrets, 'save'> }

/** What is done in one scope. */
export type Job = {
  readonly scope: Scope
  readonly changes: ReadonlyArray<Change>
  readonly listed: ReadonlyMap<string, DesiredUser>
  readonly live: LiveState
  /** The live users by name. */
  readonly users: ReadonlyMap<string, LiveUser>
}

/** What all scopes of a key share while it is written to. */
export type Course = {
  readonly policy: Policy
  readonly width: number
  /** Aborted when no new change may start; what is in flight is still awaited. */
  readonly signal: AbortSignal
  /** Resolves when waiting for what is in flight must end: eight seconds after the signal. */
  readonly givenUp: Promise<undefined>
  breaker: Breaker
  /** The last failure that concerned the key. */
  keyFailure: ApiFailure | undefined
}

/** How a change was sent. */
export type Sent = { readonly change: Change; readonly attempt: Attempt; readonly requestId: string | undefined }

/** What a scope showed after its changes; `undefined` where it could not be read. */
export type Written = { readonly sent: ReadonlyArray<Sent>; readonly after: LiveState | undefined; readonly unread: string }

const ORDER: ReadonlyArray<Kind> = ['block', 'update', 'create', 'remove']
const PATIENCE_MS = 8000
const LATER_LOOKS_MS = [1000, 3000, 6000]

/** Makes the changes of one scope and reads it back. */
export const applyScope = async (ports: ApplyPorts, job: Job, course: Course): Promise<Written> => {
  const sent: Array<Sent> = []
  for (const kind of ORDER) {
    const items = job.changes.filter((change) => change.change === kind)
    sent.push(
      ...(await inPool({
        items,
        width: course.width,
        stopped: (change) => refusal(course, change),
        work: (change) => send(ports, job, course, change),
      })),
    )
  }
  if (sent.every(({ attempt }) => attempt._tag === 'NotAttempted' || attempt._tag === 'NotSent'))
    return { sent, after: job.live, unread: '' }
  return { sent, ...(await readBack(ports, job, course, sent)) }
}

const notAttempted = (change: Change, why: string): Sent => ({
  change,
  attempt: { _tag: 'NotAttempted', why },
  requestId: undefined,
})

const refusal = ({ breaker, signal }: Course, change: Change): Sent | undefined =>
  breaker.tripped !== undefined
    ? notAttempted(change, breaker.tripped)
    : signal.aborted
      ? notAttempted(change, 'stopped before this change')
      : undefined

const send = async (ports: ApplyPorts, job: Job, course: Course, change: Change): Promise<Sent> => {
  const edit = editFor(job, course, change)
  if (E.isLeft(edit)) return { change, attempt: { _tag: 'NotSent', why: edit.left }, requestId: undefined }
  const unsaved = 'settings' in edit.right ? edit.right.settings.email_password : undefined
  if (unsaved instanceof Secret && unsaved.unsaved !== undefined) {
    const saved = await ports.secrets.save(unsaved)()
    if (E.isLeft(saved))
      return {
        change,
        attempt: { _tag: 'NotSent', why: `the generated password could not be stored in ${unsaved.unsaved}, so it was not sent` },
        requestId: undefined,
      }
  }
  const answer = await Promise.race([ports.accounts.perform(job.scope, edit.right, course.signal)(), course.givenUp])
  const result =
    answer ?? E.left<ApiFailure>({ _tag: 'Unreachable', sent: 'perhaps', message: 'stopped while this request was under way' })
  const failure = E.isLeft(result) ? result.left : undefined
  if (course.signal.aborted && failure?._tag === 'Unreachable' && failure.sent === 'no')
    return notAttempted(change, 'stopped before this change')
  course.breaker = afterAnswer(course.breaker, failure)
  if (failure !== undefined && concerns(failure) === 'key') course.keyFailure = failure
  return E.isLeft(result)
    ? { change, attempt: { _tag: 'Failed', failure: result.left }, requestId: undefined }
    : { change, attempt: { _tag: 'Sent' }, requestId: result.right.requestId }
}

const editFor = (job: Job, course: Course, change: Change): E.Either<string, Edit> => {
  const managed = job.listed.get(change.username)?.managed ?? {}
  if (change.change === 'create') return E.right(addOf(change.username, managed))
  if (change.change === 'remove') return E.right({ _tag: 'Remove', username: change.username })
  const user = job.users.get(change.username)
  return user === undefined
    ? E.left('the user is not live any more')
    : editOf({ fields: change.fields, managed, user, live: job.live, mode: course.policy.edit })
}

/** One view; where something is not there yet, up to three more over ten seconds, since the service may lag behind itself. */
const readBack = async (
  ports: ApplyPorts,
  job: Job,
  course: Course,
  sent: ReadonlyArray<Sent>,
): Promise<Omit<Written, 'sent'>> => {
  let after: LiveState | undefined
  let unread = 'stopped before reading back'
  for (const wait of [0, ...LATER_LOOKS_MS]) {
    if (wait > 0) await Promise.race([ports.clock.sleep(wait), course.givenUp])
    if (course.keyFailure !== undefined && course.keyFailure._tag !== 'PermissionMissing')
      return { after, unread: describe(course.keyFailure) }
    const answer = await Promise.race([ports.accounts.list(job.scope)(), course.givenUp])
    if (answer !== undefined && E.isRight(answer)) {
      after = answer.right
      const names = new Map(after.users.map((user) => [user.username, user]))
      if (sent.every(({ change, attempt }) => attempt._tag !== 'Sent' || isThere(change, names.get(change.username)))) break
    } else if (answer !== undefined && E.isLeft(answer)) {
      unread = describe(answer.left)
      if (concerns(answer.left) === 'key') course.keyFailure = answer.left
    }
    if (course.signal.aborted) break
  }
  return { after, unread }
}

/** When waiting must end after the signal: systemd and people give a stop ten seconds. */
export const givenUpAfter = (clock: Clock, signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    const start = (): void => void clock.sleep(PATIENCE_MS).then(() => resolve(undefined))
    if (signal.aborted) start()
    else signal.addEventListener('abort', start, { once: true })
  })
