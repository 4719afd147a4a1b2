// One look: a scope, or the search for subaccounts, asked within the course of the key. What could not be seen is told with its reason.
import type { ApiFailure } from '../domain/basics/failure.ts'
import { concerns, describe, neverLeft } from '../domain/basics/failure.ts'
import { disbelief, vouchedNames } from '../domain/guards/believe.ts'
import type { Ledger } from '../domain/memory/ledger.ts'
import { type Pause, restError } from '../domain/memory/pause.ts'
import type { Unshown } from '../domain/memory/shut.ts'
import type { ScopeError, ScopeErrorKind } from '../domain/plan/plan.ts'
import type { Observed } from '../domain/planning/planning.ts'
import { type LiveState, namesOf } from '../domain/user/live.ts'
import type { Print } from '../domain/user/prints.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../domain/wanted/scope.ts'
import { rememberedIn, type Search, searchState } from '../domain/wanted/subaccount.ts'
import { E } from '../fp.ts'
import type { AccountReader } from '../ports.ts'
import type { Course } from './course.ts'

/** What the looks of a run have in common. */
export type Looking = {
  readonly accounts: AccountReader
  readonly origin: Print
  readonly ledger: Ledger
  readonly course: Course
  readonly now: number
  /** Why the key must rest; `undefined` where it need not. */
  readonly paused: Pause | undefined
  /** Resolves when nobody waits for the answers any more; `stopped` says why. */
  readonly stop: Promise<undefined>
  readonly stopped: () => ScopeError | undefined
}

/** What an answer came to besides what it shows. */
type Answered = {
  /** Whether the key was given it. */
  readonly worked?: true
  /** The names in an answer that waits for a person's word. */
  readonly doubted?: ReadonlyArray<string>
}

export type Seen = Answered & {
  readonly scope: Scope
  readonly observed: Observed
  /** How it was not shown, where it was asked. */
  readonly unshown?: Unshown
}

export type Searched = Answered & { readonly search: Search }

export type Unseen = Extract<Observed, { readonly _tag: 'Unseen' }>

/** What there is to say of an undo that was kept from going on: no run goes on with it. */
export const UNDO_AGAIN = {
  superseded: 'the config was changed meanwhile; undo this once more',
  'stop first': 'an emergency stop goes first; undo this once more',
} as const

/** What there is to say of a scope that was not seen since the run was to end. */
export const STOPPED = {
  toEnd: { kind: 'unreachable', message: 'stopped before this scope was seen', stopped: 'next start' },
  stopFirst: { kind: 'unreachable', message: 'an emergency stop goes first; the next run looks here', stopped: 'next run' },
  undoLater: { kind: 'unreachable', message: UNDO_AGAIN['stop first'], stopped: 'next run' },
} as const satisfies { readonly [why: string]: ScopeError }

/** What is not asked at all. */
export const unasked = (error: ScopeError): Unseen => ({ _tag: 'Unseen', error, unasked: true })

/** Why nothing may be asked; `undefined` where something may. */
export const unreached = ({ paused, stopped, course }: Looking): Unseen | undefined => {
  if (paused !== undefined) return unasked(restError(paused))
  const over = stopped()
  if (over !== undefined) return unasked(over)
  const tripped = course.tripped()
  if (tripped === undefined) return undefined
  const [first] = course.failures()
  return unasked({ kind: first === undefined ? 'unreachable' : kindOf(first), message: tripped })
}

/** Looks at one scope. */
export const lookAt = async (looking: Looking, scope: Scope): Promise<Seen> => {
  const { accounts, course, stop, stopped } = looking
  const wish = { signal: course.halted, heard: course.heard }
  const answer = await Promise.race([accounts.list(scope, wish)(), stop])
  if (answer === undefined) return { scope, observed: { _tag: 'Unseen', error: stopped() ?? STOPPED.toEnd } }
  if (E.isRight(answer)) return { scope, worked: true, ...believed(looking, answer.right) }
  const failure = answer.left
  course.heldBack(failure)
  if (neverLeft(failure) && concerns(failure) !== 'key' && course.tripped() !== undefined)
    return { scope, observed: unreached(looking) ?? unasked(STOPPED.toEnd) }
  const message = describe(failure)
  const observed: Unseen = { _tag: 'Unseen', error: { kind: kindOf(failure), message } }
  if (neverLeft(failure) || failure._tag === 'Throttled') return { scope, observed }
  return { scope, observed, unshown: concerns(failure) === 'user' ? { message } : { message, failed: true } }
}

const believed = (
  looking: Looking,
  live: LiveState,
): { readonly observed: Observed; readonly doubted?: ReadonlyArray<string> } => {
  const doubt = doubtOf(looking, live)
  return doubt === undefined
    ? { observed: { _tag: 'Seen', live } }
    : { observed: { _tag: 'Unseen', error: doubt }, doubted: namesOf(live) }
}

/** Searches for the subaccounts. */
export const searchAll = async (looking: Looking): Promise<Searched> => {
  const { accounts, course, stop, stopped, ledger } = looking
  // A key that may not search may still do everything else.
  const isOwn = (failure: ApiFailure | undefined): boolean => failure?._tag === 'PermissionMissing'
  const heard = (failure: ApiFailure | undefined): void => (isOwn(failure) ? undefined : course.heard(failure))
  const answer = await Promise.race([accounts.subaccounts({ signal: course.halted, heard })(), stop])
  if (answer === undefined) return { search: { _tag: 'Unseen', error: stopped() ?? STOPPED.toEnd } }
  if (E.isLeft(answer)) {
    course.heldBack(answer.left)
    const message = `the subaccounts could not be searched for, so those that are listed or remembered go on: ${describe(answer.left)}`
    return { search: { _tag: 'Unseen', error: { kind: kindOf(answer.left), message } } }
  }
  const shown = new Set(answer.right.map(({ id }) => id))
  const state = searchState([...shown])
  const doubted = namesOf(state)
  const doubt = doubtOf(looking, state)
  if (doubt !== undefined) return { search: { _tag: 'Unseen', error: doubt }, worked: true, doubted }
  const word = vouchedNames(wordOn(looking, ALL_SUBACCOUNTS))
  const missing = rememberedIn(ledger).filter((id) => !shown.has(id) && word?.includes(id) !== false)
  const search: Search = { _tag: 'Found', subaccounts: answer.right, missing }
  return missing.length > 0 ? { search, worked: true, doubted } : { search, worked: true }
}

const wordOn = ({ ledger, origin, now }: Looking, scope: Scope) => ({ vouched: ledger.believed.get(scope), origin, now })

const doubtOf = (looking: Looking, live: LiveState): ScopeError | undefined =>
  disbelief({ ...wordOn(looking, live.scope), live, memory: looking.ledger.scopes.get(live.scope) })

const kindOf = (failure: ApiFailure): ScopeErrorKind => {
  switch (failure._tag) {
    case 'Throttled':
      return 'throttled'
    case 'KeyRefused':
    case 'PermissionMissing':
    case 'InvalidRequest':
    case 'NameTaken':
    case 'NotFound':
    case 'Rejected':
    case 'Forbidden':
      return 'refused'
    case 'ServerTrouble':
    case 'Unreachable':
      return 'unreachable'
    case 'IllFormed':
      return 'ill_formed'
  }
}
