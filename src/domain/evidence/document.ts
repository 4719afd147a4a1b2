// The evidence of a period, as it follows from the journal alone. Each statement names the journal lines that say so, by their seq: the one
// with which it began, and `until_seq`, with which it ended; `null` where it has not ended, or ended at a date that the first one says.
// Times are ISO 8601; `until: null` is still so at the end of the period.
import type { HoldName } from '../decisions/hold.ts'
import type { DecisionNote, HeldNote, ScopeState } from '../journal/journal.ts'
import type { Kind, Outcome, Severity } from '../plan/plan.ts'
import type { FieldName } from '../user/settings.ts'
import type { RuleMatch } from '../wanted/rule.ts'
import type { Scope } from '../wanted/scope.ts'

/** A config while it was in force. */
export type ConfigEvidence = {
  readonly seq: number
  readonly digest: string
  readonly from: string
  readonly until: string | null
  readonly until_seq: number | null
  readonly files: ReadonlyArray<string>
  readonly mode: 'enforce' | 'observe'
  readonly schedule: string | null
  readonly timezone: string
  readonly scopes: number
  readonly rules: number
}

/** How something ended. `left`: its scope left the config; nobody has looked since, so that it may still be so. */
export type HowEnded = 'over' | 'left' | 'open'

/** A user who was not as the config says though the config had not changed: last seen right, first seen wrong, and how it ended. */
export type DriftEvidence = {
  readonly seq: number
  readonly scope: Scope
  readonly username: string
  readonly fields: ReadonlyArray<FieldName>
  readonly rules: ReadonlyArray<string>
  /** `null`: it was never seen right in this journal. */
  readonly last_right: string | null
  readonly first_wrong: string
  /** When it was put back, seen to be over, or left. */
  readonly until: string | null
  readonly until_seq: number | null
  /** `repaired`: put back and read back; `sent`: put back, and not all of it can be read back; `over`: it ended without us. */
  readonly how: 'repaired' | 'sent' | HowEnded
  /** From first seen wrong to the end. */
  readonly seconds: number | null
  /** From last seen right to the end: it cannot have lasted longer. */
  readonly at_most_seconds: number | null
}

/** Something that a person should have known, while it was so. */
export type FindingEvidence = {
  readonly seq: number
  readonly scope: Scope
  readonly rule: string
  readonly severity: Severity
  readonly username: string
  readonly message: string
  /** The rules that are not kept for it, besides the one that found it. */
  readonly rules: ReadonlyArray<string>
  /** It is an exception that the config allows for a while. */
  readonly waived: boolean
  readonly since: string
  readonly until: string | null
  readonly until_seq: number | null
  readonly how: HowEnded
}

/** A change that was due and not made, while it was held. */
export type HeldEvidence = Omit<HeldNote, 'state'> & {
  readonly seq: number
  readonly scope: Scope
  readonly rules: ReadonlyArray<string>
  readonly since: string
  readonly until: string | null
  readonly until_seq: number | null
  readonly how: HowEnded
}

/** What a person decided, or ran; `changes` were let through or made by it. */
export type DecisionEvidence = {
  readonly seq: number
  readonly at: string
  readonly what: string
  /** The same as data; absent where nobody can tell, and of what was run. */
  readonly decision?: DecisionNote
  readonly by: string
  readonly reason: string
  readonly changes: number
}

/** A change that was begun and of which no outcome is written down, as of a run that was killed: it may have been made, or not. */
export type NoOutcomeEvidence = {
  readonly seq: number
  readonly at: string
  readonly run_id: string
  /** What woke the run, and the person who ran it, where one did; `null` also where the journal does not tell. */
  readonly trigger: string | null
  readonly by: string | null
  readonly scope: Scope
  readonly username: string
  readonly change: Kind
  readonly fields: ReadonlyArray<FieldName>
}

/** A change that was held and that a person let through. */
export type ApprovedEvidence = {
  readonly seq: number
  readonly at: string
  readonly scope: Scope
  readonly username: string
  readonly change: Kind
  readonly by: string
  readonly reason: string
  readonly outcome: Outcome | null
}

/** An exception of a rule; `ends` is what the config says, `until` when it was over. */
export type WaiverEvidence = {
  readonly seq: number
  readonly rule: string
  readonly username: string
  readonly reason: string
  readonly from: string
  readonly ends: string
  readonly until: string | null
  readonly until_seq: number | null
}

/** A hold or an emergency stop; `ends` is what was decided, `until` when it was over. */
export type HoldEvidence = {
  readonly seq: number
  readonly what: string
  readonly hold: HoldName
  readonly by: string
  readonly reason: string
  readonly from: string
  readonly ends: string
  readonly until: string | null
  readonly until_seq: number | null
}

/** A time in which a scope was not observed: nothing is known of it. */
export type GapEvidence = {
  /** The journal line after which nothing was seen; `null`: none before. */
  readonly seq: number | null
  readonly scope: Scope
  readonly from: string
  readonly until: string | null
  readonly until_seq: number | null
  readonly seconds: number
  /** `no_run`: nothing ran, so the daemon was stopped or hung. Else why the runs did not see it. */
  readonly why: 'no_run' | ScopeState
  readonly how: HowEnded
}

/** A stretch of time in which a scope was so. */
export type Stretch = { readonly from: number; readonly to: number; readonly is: 'in_sync' | 'out_of_sync' | 'unobserved' }

/** One scope that stood in the config in the period, as it was at the end, and its counts within. */
export type ScopeEvidence = {
  readonly scope: Scope
  /** `unobserved`: not seen for longer than two periods of the schedule, or left out of the config, so that nobody looks. */
  readonly state: 'in_sync' | 'out_of_sync' | 'unobserved'
  /** Since when it was in sync without a gap; `null`: it is not. */
  readonly in_sync_since: string | null
  /** The line of the run from which on it was. */
  readonly in_sync_seq: number | null
  /** When it was last observed, and the line that says so. */
  readonly last_seen: string | null
  readonly seq: number | null
  readonly looks: number
  readonly missed_looks: number
  readonly drift: number
  readonly findings_open: number
  readonly held_open: number
  readonly gaps: number
  readonly gap_seconds: number
  /** Share of the period for which it stood in the config, from 0 to 1, rounded down to four digits. */
  readonly in_config: number
  /** Share of the period in which it stood there and was not in a gap, likewise. */
  readonly observed: number
  /** When it left the config, and the line that says so; `null`: it stands there at the end. */
  readonly left_at: string | null
  readonly left_seq: number | null
}

/** A rule of the config in force at the end, and since when each scope that it is for keeps it. */
export type RuleEvidence = {
  readonly seq: number
  readonly rule: string
  readonly severity: Severity
  /** What it is about. */
  readonly fields: ReadonlyArray<FieldName>
  /** What it sets and requires, in words; empty where the journal does not tell. */
  readonly says: ReadonlyArray<string>
  /** Whom it is for; `null` where it is the same, or the journal does not tell. */
  readonly match: { readonly [K in keyof RuleMatch]: string | null }
  readonly kind: 'set' | 'require'
  readonly otherwise: 'report' | 'block'
  readonly in_force_since: string
  /** Since when every such scope keeps it; `null`: not every one does, not every one is observed, or there is none. */
  readonly kept_since: string | null
  readonly findings_open: number
  /** Users that do not keep it and need not for now. */
  readonly waived: number
  readonly broken: number
  readonly scopes: ReadonlyArray<{
    readonly scope: Scope
    readonly kept_since: string | null
    readonly findings_open: number
    readonly broken: number
  }>
}

export type Evidence = {
  readonly since: string
  readonly until: string
  /** `unfinished`: they began changes and wrote down no end, so that they are in no other count of runs. */
  readonly runs: { readonly total: number; readonly failed: number; readonly frozen: number; readonly unfinished: number }
  /** Each that was tried is verified or not; of those that are not, `no_outcome` have no outcome written down. */
  readonly changes: {
    readonly tried: number
    readonly verified: number
    readonly unverified: number
    readonly no_outcome: number
  }
  /** Median and longest time from first seen wrong to repaired, in seconds; `null`: nothing was repaired. */
  readonly repair_seconds: { readonly median: number; readonly longest: number } | null
  readonly scopes: ReadonlyArray<ScopeEvidence>
  readonly rules: ReadonlyArray<RuleEvidence>
  readonly drift: ReadonlyArray<DriftEvidence>
  readonly findings: ReadonlyArray<FindingEvidence>
  readonly held: ReadonlyArray<HeldEvidence>
  readonly gaps: ReadonlyArray<GapEvidence>
  readonly decisions: ReadonlyArray<DecisionEvidence>
  readonly approved: ReadonlyArray<ApprovedEvidence>
  readonly no_outcome: ReadonlyArray<NoOutcomeEvidence>
  readonly holds: ReadonlyArray<HoldEvidence>
  readonly waivers: ReadonlyArray<WaiverEvidence>
  readonly configs: ReadonlyArray<ConfigEvidence>
  /** How each scope stood over the period, for drawing. */
  readonly course: ReadonlyMap<Scope, ReadonlyArray<Stretch>>
}
