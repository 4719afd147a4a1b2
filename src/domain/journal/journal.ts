// Journal lines: the intent before each write, the outcome after, what a person decided; and for evidence the config in force, what each
// run saw, and what was news in a scope. No value of a secret is ever in one.
//
//   config   whenever another config is in force, and once a process
//   scope    where a run has news of a scope: state, drift, findings, held
//   run      once a run, the last of its lines: what it has no `scope` line for is as it was; where it is `whole`, in sync with nothing open
import type { HoldName } from '../decisions/hold.ts'
import { type Cause, type Kind, type Left, type Outcome, type RunOutcome, SCOPE_ERRORS, type Severity } from '../plan/plan.ts'
import type { FieldName } from '../user/settings.ts'
import type { RuleMatch } from '../wanted/rule.ts'
import type { Scope } from '../wanted/scope.ts'

/** By what an intent and its outcome belong together. */
export const changeKey = ({
  run_id,
  scope,
  username,
}: {
  readonly run_id: string
  readonly scope: Scope
  readonly username: string
}): string => JSON.stringify([run_id, scope, username])

/** A field of a journalled change; secrets stand as `(sensitive)`. */
export type JournalField = {
  readonly field: FieldName
  readonly from: string | number | boolean | null
  readonly to: string | number | boolean | null
}

type Written = {
  readonly at: string
  readonly run_id: string
  readonly scope: Scope
  readonly username: string
  readonly change: Kind
}

/** One rule of the config in force. */
export type RuleNote = {
  readonly id: string
  readonly severity: Severity
  readonly sets: ReadonlyArray<FieldName>
  readonly requires: ReadonlyArray<FieldName>
  readonly otherwise: 'report' | 'block'
  /** What it sets and requires, in words; older lines do not tell. */
  readonly says?: ReadonlyArray<string>
  /** Whom it is for, where not for everybody; older lines do not tell. */
  readonly match?: { readonly [K in keyof RuleMatch]?: string }
}

/** Whom a rule leaves alone, until when, and why. */
export type WaiverNote = { readonly rule: string; readonly username: string; readonly until: string; readonly reason: string }

/** The config that is in force from here on. */
export type ConfigLine = {
  readonly event: 'config'
  readonly at: string
  readonly digest: string
  readonly files: ReadonlyArray<string>
  readonly scopes: ReadonlyArray<Scope>
  readonly mode: 'enforce' | 'observe'
  /** Cron expression; null: no schedule. */
  readonly schedule: string | null
  readonly timezone: string
  readonly rules: ReadonlyArray<RuleNote>
  readonly waivers: ReadonlyArray<WaiverNote>
}

/** `still` only repeats what was told before, in a whole statement; `over` ended by itself. */
export const NOTE_STATES = ['new', 'still', 'over'] as const
export type NoteState = (typeof NOTE_STATES)[number]

export type DriftNote = {
  readonly username: string
  readonly fields: ReadonlyArray<FieldName>
  /** Rules that set one of these fields. */
  readonly rules?: ReadonlyArray<string>
  /** `repaired`: put back in this run, and read back as far as it can be read; the outcome of the change tells. */
  readonly state: NoteState | 'repaired'
}
export type FindingNote = {
  readonly rule: string
  readonly severity: Severity
  readonly username: string
  /** What it is about, where one rule may find several things of one user; older lines do not tell. */
  readonly about?: string
  /** The rules that are not kept for it, where that is not the one that found it. */
  readonly rules?: ReadonlyArray<string>
  readonly state: NoteState
  readonly message?: string
  /** A waiver allows it for a while. */
  readonly waived?: true
}
export type HeldNote = {
  readonly username: string
  readonly change: Kind
  readonly reason: string
  readonly fields: ReadonlyArray<FieldName>
  /** Rules that set one of these fields; older lines do not tell. */
  readonly rules?: ReadonlyArray<string>
  readonly state: NoteState
}

/** How a scope stood at the end of a run; the last ones are why it was not seen. */
export const SCOPE_STATES = ['in_sync', 'out_of_sync', ...SCOPE_ERRORS] as const
export type ScopeState = (typeof SCOPE_STATES)[number]

/** News of one scope. */
export type ScopeLine = {
  readonly event: 'scope'
  readonly at: string
  readonly run_id: string
  readonly scope: Scope
  readonly state: ScopeState
  /** Why it was not seen, in words. */
  readonly message?: string
  readonly live_users?: number
  readonly in_sync?: number
  readonly drift?: ReadonlyArray<DriftNote>
  readonly findings?: ReadonlyArray<FindingNote>
  readonly held?: ReadonlyArray<HeldNote>
}

/** A run that is over, however it ended. */
export type RunLine = {
  readonly event: 'run'
  readonly at: string
  readonly run_id: string
  readonly trigger: string
  /** The person who ran it, where one did, and why. */
  readonly by?: string
  readonly reason?: string
  readonly config_digest: string
  readonly plan_digest?: string
  readonly outcome: RunOutcome
  readonly duration_ms: number
  /** When every scope had been looked at; absent where it came to no look. */
  readonly looked_at?: string
  readonly requests: number
  /** Scopes that were asked for, and those of them that were seen and believed. */
  readonly scopes: number
  readonly seen: number
  /** Changes that were tried. */
  readonly changes: number
  /** Only these scopes were asked for. */
  readonly only?: ReadonlyArray<Scope>
  /** Only some users were looked at: it says nothing about a scope as a whole. */
  readonly filtered?: true
  /** The config in the file was broken: nothing was written, drift was found against the last good one. */
  readonly frozen?: true
  /** All scopes there are: those that no line of this run tells of are in sync, with nothing open. */
  readonly whole?: ReadonlyArray<Scope>
  /** Why it came to no report. */
  readonly error?: string
}

/** What a person decided. What an approval lets through, the changes tell, and whom the hold of an undo is for, its run. */
export type DecisionNote =
  | { readonly _tag: 'Hold'; readonly what: HoldName; readonly until: string }
  /** Without `what` it ends every hold that there is. */
  | { readonly _tag: 'Release'; readonly what?: HoldName }
  | { readonly _tag: 'Unprotect'; readonly glob: string }
  | { readonly _tag: 'Vouch'; readonly scope: Scope }
  | { readonly _tag: 'Approve'; readonly digest: string }

/** The person who runs something, and why, as its lines tell it. */
export const ranBy = (
  who: { readonly by: string; readonly reason: string } | undefined,
): { readonly by?: string; readonly reason?: string } =>
  who === undefined ? {} : { by: who.by, ...(who.reason === '' ? {} : { reason: who.reason }) }

/** What is about to be written. */
export type IntentLine = Written & {
  readonly event: 'intent'
  readonly cause: Cause
  readonly plan_digest: string
  readonly config_digest: string
  readonly fields: ReadonlyArray<JournalField>
  /** What the service showed of the limit that is switched off with this, which it then forgets; older lines do not tell. */
  readonly along?: ReadonlyArray<Left>
  /** Rules that set one of these fields; older lines do not tell. */
  readonly rules?: ReadonlyArray<string>
  /** What woke the run; older lines do not tell. */
  readonly trigger?: string
  /** The person who ran it, where one did: a run that is killed has no line of its own. Older lines do not tell. */
  readonly by?: string
  /** An emergency stop asked for it, whatever the config says; older lines do not tell. */
  readonly stop?: true
  /** Who let the change through where it was held, and why. */
  readonly approved_by?: string
  /** That was by an approval, and is not the word of who ran it; older lines do not tell. */
  readonly approval?: true
  /** Of who let it through, and else of who ran it. */
  readonly reason?: string
}

/** How a write ended. */
export type OutcomeLine = Written & {
  readonly event: 'outcome'
  readonly outcome: Outcome
  readonly error?: string
  /** What the service made of fields that it took otherwise; older lines do not tell. */
  readonly left?: ReadonlyArray<Left>
  readonly request_id?: string
}

/** What a person decided, and why. */
export type DecisionLine = {
  readonly event: 'decision'
  readonly at: string
  /** What was decided, in words. */
  readonly what: string
  readonly by: string
  readonly reason: string
  /** The same as data; absent where nobody can tell. */
  readonly decision?: DecisionNote
}

/** One line of the journal, before it is chained. */
export type JournalLine = ConfigLine | ScopeLine | RunLine | IntentLine | OutcomeLine | DecisionLine
