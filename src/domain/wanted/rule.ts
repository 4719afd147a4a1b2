// Rules: what holds for every live user of every scope, listed or not. A rule enforces (`set`) or watches (`require`); waivers end by themselves.
import type { Severity } from '../plan/plan.ts'
import type { FieldName, Value } from '../user/settings.ts'
import type { Glob } from '../user/username.ts'
import type { Managed } from './desired.ts'

/** Whom a rule is for; what is absent matches everybody. The status is the one that counts without any rule: of the config, else the live one. */
export type RuleMatch = {
  readonly username: Glob | undefined
  readonly scope: Glob | undefined
  readonly status: Glob | undefined
  readonly profile: Glob | undefined
}

/** What a rule asks of one field. `per` is the period that the value of a rate limit is counted in; every other number has none. */
export type Demand = { readonly field: FieldName } & (
  | { readonly _tag: 'Equals'; readonly value: Value }
  | { readonly _tag: 'Max'; readonly max: number; readonly per: string | undefined }
  | { readonly _tag: 'Min'; readonly min: number; readonly per: string | undefined }
  | { readonly _tag: 'OneOf'; readonly values: ReadonlyArray<Value> }
  | { readonly _tag: 'Matches'; readonly glob: Glob }
  | { readonly _tag: 'Present'; readonly present: boolean }
)

/** A user that a rule leaves alone until a moment, in milliseconds since the epoch. */
export type Waiver = { readonly username: Glob; readonly until: number; readonly reason: string; readonly source: string }

export type Rule = {
  readonly id: string
  readonly severity: Severity
  readonly match: RuleMatch
  /** Values that are enforced over every other layer; empty where the rule only watches. */
  readonly set: Managed
  readonly require: ReadonlyArray<Demand>
  /** What is done about a user that does not meet `require`. */
  readonly otherwise: 'report' | 'block'
  readonly waivers: ReadonlyArray<Waiver>
  readonly source: string
}
