// Writing to one scope: what there is to do, what all scopes of a key share meanwhile, and how each change was sent.

import { type ApiFailure, describe } from '../domain/basics/failure.ts'
import type { Expected } from '../domain/guards/believe.ts'
import type { Attempt } from '../domain/plan/outcome.ts'
import type { Change } from '../domain/plan/plan.ts'
import type { LiveState, LiveUser } from '../domain/user/live.ts'
import type { DesiredUser, Policy } from '../domain/wanted/desired.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import type { Accounts, Clock, Ledgers, Secrets, Wish } from '../ports.ts'
import type { Course } from './course.ts'

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
  /** Who should be there still, but for what this job removes. */
  readonly expected: ReadonlyArray<Expected>
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
  /** Whether new changes wait for the file of the config to be whole again. */
  readonly waits: () => boolean
  /** Resolves when an emergency stop waits for this run. */
  readonly stopWaits: Promise<undefined>
  /** Resolves when waiting for what is in flight must end: eight seconds after the signal. */
  readonly givenUp: Promise<undefined>
}

/** What a change of a config that is not in the file any more does: it is left to the next run, or waits for a file that is broken to be whole. */
export type Outdated = 'superseded' | 'waits'

/** How a change was sent. */
export type Sent = { readonly change: Change; readonly attempt: Attempt }

/** What a scope showed after its changes; `undefined` where it could not be read. */
export type Written = { readonly sent: ReadonlyArray<Sent>; readonly after: LiveState | undefined; readonly unread: string }

const PATIENCE_MS = 8000

/** Why what had not begun was not made where the run is to end. */
export const STOPPED = 'stopped before this change'

/** Why what had not begun is left to the next run. */
export const PASSED_OVER = {
  superseded: 'the config was changed meanwhile; the next run goes by what it says now',
  'stop first': 'an emergency stop goes first; the next run goes on with it',
} as const

/** Live users by name. */
export type Names = ReadonlyMap<string, LiveUser>

/** What waits behind an answer that ends the run never leaves. */
export const wishOf = ({ course }: Writing, signal = course.halted): Wish => ({ signal, heard: course.heard })

/** Why what never left was not made: the run ended while it waited for its turn, the key must rest, or nobody listens. */
export const whyKept = ({ course, signal }: Writing, failure: ApiFailure): string => {
  if (signal.aborted) return STOPPED
  course.heldBack(failure)
  return course.tripped() ?? describe(failure)
}

/** When waiting must end after the signal: systemd and people give a stop ten seconds. `over` ends the listening. */
export const givenUpAfter = (clock: Pick<Clock, 'sleep'>, signal: AbortSignal, over: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    const start = (): void => void clock.sleep(PATIENCE_MS).then(() => resolve(undefined))
    if (signal.aborted) start()
    else signal.addEventListener('abort', start, { once: true, signal: over })
  })
