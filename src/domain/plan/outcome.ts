// Outcomes: what a later read shows of a change. The answer to a write is advisory; only reading back counts.
import type { ApiFailure } from '../basics/failure.ts'
import { concerns, describe, neverLeft, outcomeUnknown } from '../basics/failure.ts'
import type { LiveUser } from '../user/live.ts'
import { Secret } from '../user/secret.ts'
import type { FieldName, Value } from '../user/settings.ts'
import { FIELDS, isLimit, same } from '../user/settings.ts'
import { SENSITIVE } from '../user/shown.ts'
import type { Cause, Change, Ended, FieldChange, Left, Waits } from './plan.ts'

/** How sending a change went. */
export type Attempt =
  | { readonly _tag: 'Sent'; readonly requestId?: string | undefined; readonly alsoChanged?: ReadonlyArray<string> | undefined }
  | { readonly _tag: 'Failed'; readonly failure: ApiFailure }
  | { readonly _tag: 'NotSent'; readonly why: string }
  | { readonly _tag: 'NotAttempted'; readonly why: string; readonly waits?: Waits }

/** A clear no of the service to a change, whatever the user looks like now: what it was about, where it said so. */
export type Refusal = {
  readonly field?: FieldName
  readonly taken?: true
  /** Its words, where the same request would be refused again: where the user came or went meanwhile, the next plan is another one. */
  readonly lasting?: string
}

/** What reading back showed: the user, that there is none, or that it could not be read. */
export type ReadBack =
  | { readonly _tag: 'Read'; readonly user: LiveUser | undefined }
  | { readonly _tag: 'Unread'; readonly why: string }

/** The fields of a change that the live user does not have as asked. */
export const missed = (change: Change, user: LiveUser): ReadonlyArray<FieldChange> =>
  readable(change, user).filter(({ field, to }) => !same(field, user.settings[field], to))

/** The fields of a change that the service shows. */
export const readable = (change: Change, user: LiveUser): ReadonlyArray<FieldChange> =>
  change.fields.filter(({ field }) => isReadable(user, field))

const isReadable = (user: LiveUser, field: FieldName): boolean =>
  user.settings[field] !== undefined || (isLimit(field) && user.settings.custom_ratelimit !== undefined)

const unread = (change: Change, user: LiveUser): ReadonlyArray<FieldChange> =>
  change.fields.filter(({ field }) => !isReadable(user, field))

/** Whether the live side already is as the change wants it, as far as it can be read. */
export const isThere = (change: Change, user: LiveUser | undefined): boolean =>
  change.change === 'remove' ? user === undefined : user !== undefined && missed(change, user).length === 0

/** Whether a change came about, as far as that can be seen; journals of other versions may have outcomes of their own. */
export const isDone = (ended: { readonly outcome: string } | undefined): boolean =>
  ended?.outcome === 'verified' || ended?.outcome === 'unobservable'

/** Whether no request of a change has left: it has no fate to settle. */
export const neverSent = ({ outcome, unsent }: Ended): boolean => outcome === 'not_attempted' || unsent === true

/** Whether a change makes what the config says: an undo brings back what was before, and an emergency stop shuts. */
export const isConfigured = ({ cause, stop }: { readonly cause: Cause; readonly stop?: true }): boolean =>
  cause !== 'undo' && stop !== true

/** How a change ended. */
export const outcomeOf = (change: Change, attempt: Attempt, after: ReadBack): Ended => ({
  ...seen(change, attempt, after),
  ...answeredWith(change, attempt, after),
})

const answeredWith = (
  change: Change,
  attempt: Attempt,
  after: ReadBack,
): Pick<Ended, 'refusal' | 'requestId' | 'unconfirmed' | 'alsoChanged'> => {
  if (attempt._tag === 'Failed')
    return outcomeUnknown(attempt.failure) ? { unconfirmed: true } : { refusal: refusalOf(change, attempt.failure, after) }
  if (attempt._tag !== 'Sent') return {}
  const { requestId, alsoChanged = [] } = attempt
  return { ...(requestId === undefined ? {} : { requestId }), ...(alsoChanged.length === 0 ? {} : { alsoChanged }) }
}

const refusalOf = (change: Change, failure: ApiFailure, after: ReadBack): Refusal => ({
  ...aboutOf(failure),
  ...(isLasting(change, failure, after) ? { lasting: describe(failure) } : {}),
})

const aboutOf = (failure: ApiFailure): Refusal => {
  if (failure._tag === 'NameTaken') return { taken: true }
  const field = failure._tag === 'InvalidRequest' ? FIELDS.find((one) => one === failure.field) : undefined
  return field === undefined ? {} : { field }
}

const isLasting = ({ change }: Change, failure: ApiFailure, after: ReadBack): boolean => {
  if (concerns(failure) !== 'user') return false
  // It may have been the key after all, which the next good answer shows.
  return after._tag === 'Unread' ? failure._tag !== 'Forbidden' : (after.user !== undefined) === (change !== 'create')
}

const seen = (change: Change, attempt: Attempt, after: ReadBack): Ended => {
  if (attempt._tag === 'NotAttempted') {
    const waits = attempt.waits === undefined ? {} : { waits: attempt.waits }
    return { ...change, outcome: 'not_attempted', error: attempt.why, ...waits }
  }
  if (attempt._tag === 'NotSent') return { ...change, outcome: 'failed', error: attempt.why, unsent: true }
  const failure = attempt._tag === 'Failed' ? attempt.failure : undefined
  if (failure !== undefined && neverLeft(failure)) return { ...change, outcome: 'not_attempted', error: describe(failure) }
  if (after._tag === 'Unread') return unseen(change, failure, after.why)
  const there = isThere(change, after.user)
  const blind = after.user === undefined || change.change === 'remove' ? [] : unread(change, after.user)
  if (there && blind.length === 0) return { ...change, outcome: 'verified' }
  // Add is not idempotent: a refused add whose user is there now was made by an earlier try of ours, or by somebody else a moment ago.
  if (failure !== undefined && change.change === 'create' && after.user !== undefined && concerns(failure) === 'user')
    return { ...change, outcome: 'unknown', error: `${describe(failure)}; it is there now: the next run brings it in line` }
  if (failure !== undefined)
    return { ...change, outcome: outcomeUnknown(failure) ? 'unknown' : 'failed', error: describe(failure) }
  if (there) return { ...change, outcome: 'unobservable' }
  const left = after.user === undefined ? [] : leftIn(change, after.user)
  const error = differenceText(change, after.user)
  return { ...change, outcome: 'not_converged', error, ...(left.length === 0 ? {} : { left }) }
}

const leftIn = (change: Change, user: LiveUser): ReadonlyArray<Left> =>
  missed(change, user).flatMap(({ field, from }) => {
    const value = user.settings[field]
    return value === undefined || value instanceof Secret || same(field, value, from) ? [] : [{ field, value }]
  })

const unseen = (change: Change, failure: ApiFailure | undefined, why: string): Ended =>
  failure !== undefined && !outcomeUnknown(failure)
    ? { ...change, outcome: 'failed', error: describe(failure), unread: true }
    : { ...change, outcome: 'unknown', error: `could not be read back: ${why}` }

const differenceText = (change: Change, user: LiveUser | undefined): string => {
  if (change.change === 'remove') return 'the service still shows this user'
  if (user === undefined) return 'the service does not show this user'
  return missed(change, user)
    .map(
      ({ field, to }) => `${field}: asked for ${valueInOutcome(to)}, the service shows ${valueInOutcome(user.settings[field])}`,
    )
    .join('; ')
}

const valueInOutcome = (value: Value | undefined): string =>
  value === undefined ? 'nothing' : value instanceof Secret ? SENSITIVE : JSON.stringify(value)
