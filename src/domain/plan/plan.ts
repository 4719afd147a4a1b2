// The plan: all changes and all held changes of all scopes, in a fixed order, as data.
import type { Said } from '../basics/command.ts'
import type { LetGo } from '../memory/let-go.ts'
import type { PauseWhy } from '../memory/pause.ts'
import type { FieldName, Value } from '../user/settings.ts'
import type { Provenance } from '../wanted/desired.ts'
import type { Scope } from '../wanted/scope.ts'
import type { Refusal } from './outcome.ts'

export const KINDS = ['create', 'update', 'block', 'remove'] as const
export type Kind = (typeof KINDS)[number]

/** Why a change is due. */
export const CAUSES = ['config', 'drift', 'first_run', 'retry', 'grace_elapsed', 'undo'] as const
export type Cause = (typeof CAUSES)[number]

/** One field, both sides. `from` is undefined where the live value cannot be read or there is none. */
export type FieldChange = Provenance & {
  readonly field: FieldName
  readonly from: Value | undefined
  readonly to: Value
  /** Nobody can see whether it differs. It is sent since its time has come: again, or for the first time where it was only taken as set. */
  readonly unread?: 'again' | 'first'
  /** It was sent before and did not take; a day has passed, so it is tried once more. */
  readonly inVain?: true
}

/** One edit to one user. A user has at most one change in a plan. */
export type Change = Create | Update | Block | Remove

type Common = {
  readonly username: string
  readonly cause: Cause
  /** Something the person should know before it is done, such as that the service makes the password. */
  readonly note?: string
}

/** A user is made. */
export type Create = Common & {
  readonly change: 'create'
  readonly fields: ReadonlyArray<FieldChange>
  /** It is made blocked, for a rule or for dates: the status that it would have had is remembered, and returns. */
  readonly returns?: true
  /** Hangs on a user that this answer leaves out, and the next one may show. */
  readonly unseen?: true
  /** The names that the user had before: who holds or stops one of them means this one too. */
  readonly formerly?: ReadonlyArray<string>
}

/** A change of a user that is live, and stays so. */
export type LiveEdit = Update | Block

type Editing = Common & {
  readonly fields: ReadonlyArray<FieldChange>
  /** Goes by the full edit, since PATCH was seen not to make it. */
  readonly whole?: true
}

/** Settings are changed, the status perhaps too; nobody is blocked. */
export type Update = Editing & { readonly change: 'update' }

/** The status becomes blocked, and other settings may go with it. */
export type Block = Editing & {
  readonly change: 'block'
  readonly ends: BlockEnd
  /** An emergency stop asks for it, whatever the config says, and though the service has refused it within a day. */
  readonly stop?: true
  readonly refusedBefore?: true
}

/** How a block ends: `returns` to the status from before, for a rule or dates; `departs`, on the way out; `never`, where it is what is wanted. */
export type BlockEnd = 'never' | 'returns' | 'departs'

/** A user is removed. */
export type Remove = Common & { readonly change: 'remove'; readonly fields: readonly [] }

/** How the block ends that a change makes; where it makes none, none ends. */
export const blockEnd = (change: Change): BlockEnd => {
  switch (change.change) {
    case 'block':
      return change.ends
    case 'create':
      return change.returns === true ? 'returns' : 'never'
    case 'update':
    case 'remove':
      return 'never'
  }
}

/** Whether a change goes by the full edit though the config lets PATCH make it. */
export const goesWhole = (change: Change): boolean => 'whole' in change && change.whole === true

export const HOLD_REASONS = [
  'observe_mode',
  'report_only',
  'capped',
  'protected',
  'on_hold',
  'needs_approval',
  'not_converging',
  'contested',
  'awaiting_grace',
  'impossible',
  'changed_since',
] as const
export type HoldReason = (typeof HOLD_REASONS)[number]

/** A change that is due but not made now, and why, in words with the numbers and the command that would let it through. */
export type Held = Change & Said & { readonly reason: HoldReason }

/** How grave a finding is. */
export const SEVERITIES = ['low', 'medium', 'high'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Something a person should know that is not a change. */
export type Finding = Said & {
  readonly rule: string
  readonly severity: Severity
  readonly username: string
  readonly source?: string
  /** What it is about, where one rule may find several things of one user. */
  readonly about?: string
  /** The rules that are not kept for it, where that is not the one that found it. */
  readonly rules?: ReadonlyArray<string>
  /** A waiver allows it for a while. */
  readonly waived?: true
  /** Since when it is open, in milliseconds since the epoch; absent: it is new. */
  readonly openSince?: number
  /** How grave it was at the run before, where it is graver now: what was to come is nearer, or what was waived is so no longer. */
  readonly raisedFrom?: Severity
}

/** A finding that was open and is not there any more. */
export type ResolvedFinding = Pick<Finding, 'rule' | 'severity' | 'username' | 'about'> & { readonly since: number }

export const SCOPE_ERRORS = [
  'suspicious_answer',
  'identity_mismatch',
  'ill_formed',
  'unreachable',
  'throttled',
  'refused',
] as const
export type ScopeErrorKind = (typeof SCOPE_ERRORS)[number]

/** Why there is no plan for a scope. `stopped`: the run was to end before it was seen, which says nothing of the service; who looks then. */
export type ScopeError = Said & { readonly kind: ScopeErrorKind; readonly stopped?: Exclude<Waits, 'hold'> }

/** The plan of one scope that could be read. */
export type ScopePlan = {
  readonly _tag: 'Planned'
  readonly scope: Scope
  readonly digest: string
  readonly liveUsers: number
  /** How many subaccounts are active; only of the subaccounts as a whole. */
  readonly subaccounts?: number
  readonly inSync: number
  readonly unlisted: ReadonlyArray<string>
  /** What the config has lost since the last run that applied, half of its list or a file; absent where nothing. */
  readonly loss?: string
  readonly ignored: number
  readonly changes: ReadonlyArray<Change>
  /** The users of these changes that are listed here nowhere; absent where there are none. */
  readonly unlistedDue?: ReadonlyArray<string>
  readonly held: ReadonlyArray<Held>
  readonly findings: ReadonlyArray<Finding>
  /** What was open at the last run and is not found any more; absent where there is nothing. */
  readonly resolved?: ReadonlyArray<ResolvedFinding>
  /** Users and fields that are desired but cannot be read back: asserted, not verified. */
  readonly unobservable: ReadonlyArray<{ readonly username: string; readonly fields: ReadonlyArray<FieldName> }>
}

/** A scope without a plan: nothing is written there. */
export type ScopeRefusal = {
  readonly _tag: 'Errored'
  readonly scope: Scope
  readonly error: ScopeError
  /** No request for it left. */
  readonly unasked?: true
}

export type Plan = {
  /** `undefined` when made from a saved snapshot. */
  readonly digest: string | undefined
  readonly config: { readonly files: ReadonlyArray<string>; readonly digest: string }
  readonly scopes: ReadonlyArray<ScopePlan | ScopeRefusal>
  /** A filter was given, and nobody of the config or live is named by it; absent where that cannot be told. */
  readonly ofNobody?: true
  /** Scopes that the config named until lately and names no more; absent where there are none. */
  readonly letGo?: ReadonlyArray<LetGo>
  readonly cost: { readonly requests: number; readonly seconds: number }
}

/** What waits though nothing failed: for the run that follows at once, the next start, or, of a change alone, the end of a hold taken since. */
export type Waits = 'next run' | 'next start' | 'hold'

/** How one change ended, by what a later read showed. */
export const OUTCOMES = ['verified', 'not_converged', 'unobservable', 'failed', 'unknown', 'not_attempted'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What a field was read back as that is neither as before nor as asked for. */
export type Left = { readonly field: FieldName; readonly value: string | number | boolean }

/** A change with its outcome. */
export type Ended = Change & {
  readonly outcome: Outcome
  readonly error?: string
  /** It failed here: no request has left. */
  readonly unsent?: true
  /** It was refused, and no look since shows whom it found. */
  readonly unread?: true
  readonly refusal?: Refusal
  /** By what the service knows the request. */
  readonly requestId?: string
  /** No answer said that it was done: all that is known of it is what was read back. */
  readonly unconfirmed?: true
  /** Users besides the one meant that the service says it changed: what was sent to them may have been overwritten. */
  readonly alsoChanged?: ReadonlyArray<string>
  /** What the service made of fields that it took otherwise; no password. */
  readonly left?: ReadonlyArray<Left>
  readonly waits?: Waits
}

/** What a run came to. */
export const RUN_OUTCOMES = ['in_sync', 'applied', 'partial', 'stopped', 'failed'] as const
export type RunOutcome = (typeof RUN_OUTCOMES)[number]

/** The report of one run: the plan with outcomes. */
export type Report = {
  readonly runId: string
  readonly plan: Plan
  /** In the order of the plan, per scope. */
  readonly ended: ReadonlyMap<Scope, ReadonlyArray<Ended>>
  readonly outcome: RunOutcome
  readonly exitCode: number
  /** The key or the way to the service failed while writing, so that the rest was not attempted. */
  readonly cutShort?: true
  /** No request for this key before this moment (milliseconds since the epoch); `undefined` where it is free. */
  readonly pausedUntil: number | undefined
  /** Why that is so. */
  readonly pausedFor?: PauseWhy | undefined
  readonly requests: number
  readonly durationMs: number
}
