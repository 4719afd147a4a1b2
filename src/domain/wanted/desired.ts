// Desired state: what the config asks for, after defaults, profiles and secrets are resolved.
import type { Secret } from '../user/secret.ts'
import type { FieldName, Settings, Value } from '../user/settings.ts'
import type { Glob } from '../user/username.ts'
import type { Operation } from './operation.ts'
import type { Rule } from './rule.ts'
import type { Scope } from './scope.ts'

/** Where something was said, such as `config.yaml:33:21 user`, and the rule that says it, where one does. */
export type Provenance = { readonly source: string; readonly rule?: string }

/** Why somebody is blocked, and where that is said. */
export type BlockWhy = Provenance & { readonly why: string }

/** A value and where it was said. */
export type Sourced = Provenance & { readonly value: Value }

/** The managed fields of a user; a field that is absent is never written. */
export type Managed = { readonly [F in FieldName]?: Sourced | undefined }

/** A moment that the config names, in milliseconds since the epoch, and where it was said. */
export type Moment = { readonly at: number; readonly source: string }

/** A listed user; `source` is the place of its entry, `previously` the names that it had before. Outside its dates it is blocked. */
export type DesiredUser = {
  readonly username: string
  readonly managed: Managed
  readonly previously: ReadonlyArray<string>
  readonly source: string
  readonly profile?: string | undefined
  readonly starts?: Moment | undefined
  readonly expires?: Moment | undefined
  /** Why it is blocked for now, for a rule or for its dates; the status from before returns. */
  readonly blockedFor?: string | undefined
  /** That status, of one that is made blocked. */
  readonly blockedFrom?: string | undefined
  /** Why it is to be blocked unless this run makes what would mend it. */
  readonly unless?: BlockWhy
  /** The fields that only its old name says, which it is still to get. */
  readonly owed?: ReadonlyArray<FieldName>
  /** Of an old name: why it is blocked for as long as its new one is. */
  readonly shut?: BlockWhy | undefined
  /** Nothing is left of what it was blocked for, so that its status waits for nothing else of it. */
  readonly freed?: true
}

/** A user that must not be there. */
export type AbsentUser = { readonly username: string; readonly reason: string | undefined; readonly source: string }

/** One scope of the config, be its list empty; users sorted by name. */
export type DesiredScope = {
  readonly scope: Scope
  readonly users: ReadonlyArray<DesiredUser>
  readonly absent: ReadonlyArray<AbsentUser>
  /** The files that list users of this scope, as they are remembered. */
  readonly files: ReadonlyArray<string>
  readonly source: string
  /** No file lists it: the search for subaccounts found it. Unlisted users are never taken away there. */
  readonly isFound?: true
}

/** What the defaults give every listed user: of a scope that has its own besides, listed or not, and of any other. */
export type Defaults = { readonly general: Settings; readonly scopes: ReadonlyMap<Scope, Settings> }

/** What the defaults give every user that is listed in a scope. */
export const defaultsIn = ({ general, scopes }: Defaults, scope: Scope): Settings => scopes.get(scope) ?? general

/** A number, a percentage, or both (then the larger one counts). */
export type Cap = { readonly count: number | undefined; readonly percent: number | undefined }

/** The kinds of change that are capped. */
export const CAP_NAMES = ['max_creates', 'max_updates', 'max_password_changes', 'max_blocks', 'max_removes'] as const
export type CapName = (typeof CAP_NAMES)[number]

export type Policy = {
  readonly mode: 'enforce' | 'observe'
  readonly missing: 'create' | 'report'
  readonly unlisted: 'ignore' | 'report' | 'block' | 'remove'
  /** Where that is said, such as `config.yaml:12:13`. */
  readonly unlistedAt: string
  /** How long a user on its way out stays blocked, and a replaced one as it is, in milliseconds. */
  readonly grace: number
  readonly ignore: ReadonlyArray<Glob>
  readonly protected: ReadonlyArray<Glob>
  readonly unblock: 'repair' | 'hold'
  readonly contested: 'enforce' | 'hold'
  readonly unknown_password: 'send' | 'assume'
  /** In milliseconds; `undefined`: never. */
  readonly reassert_unobservable: number | undefined
  readonly edit: 'auto' | 'patch' | 'full'
  readonly caps: { readonly [C in CapName]: Cap }
}

/** How the service is reached. */
export type Api = {
  /** Base address up to and including `/v3`, or the embedded stand-in. */
  readonly endpoint: { readonly _tag: 'Address'; readonly url: string } | { readonly _tag: 'Sandbox' }
  /** `undefined` only with the embedded stand-in. */
  readonly key: Secret | undefined
  /** Sliding window; `undefined`: off. */
  readonly pace: Pace | undefined
  readonly concurrency: number
  readonly timeoutMs: number
  readonly maxAnswerBytes: number
}

/** At most `count` requests in any `perMs` milliseconds. */
export type Pace = { readonly count: number; readonly perMs: number }

/** When runs start. */
export type Schedule = {
  readonly onChange: boolean
  /** Cron expression; `undefined`: no schedule. */
  readonly cron: string | undefined
  readonly timezone: string
}

/** Everything the config says, checked as a whole. */
export type DesiredState = {
  readonly api: Api
  readonly schedule: Schedule
  readonly policy: Policy
  readonly scopes: ReadonlyArray<DesiredScope>
  readonly defaults: Defaults
  /** Where `subaccounts: all` stands; `undefined`: only listed subaccounts are scopes. */
  readonly coverage?: string | undefined
  readonly rules: ReadonlyArray<Rule>
  readonly operation: Operation
  readonly stateDir: string | undefined
  /** Names of the files as shown to people, the main file first. */
  readonly files: ReadonlyArray<string>
  /** How each of them ends. */
  readonly endings: ReadonlyArray<Ending>
  /** Why some should end with the document end line and do not, for people; absent where none should. */
  readonly unmarked?: string | undefined
}

/** How a config file ends, and what in it lets less be written. */
export type Ending = {
  /** The file as it is remembered. */
  readonly file: string
  /** With the document end line. */
  readonly isMarked: boolean
  /** Ways to all that it says of users besides its lists of them, such as `safety`, `safety.protected` and `safety.protected[1]`. */
  readonly restraints: ReadonlyArray<string>
  /** Ways to what it says besides of all users of one scope; absent where that is nothing. */
  readonly inScopes?: ReadonlyMap<Scope, ReadonlyArray<string>>
  /** The listed user whose entry stands last, where more of it could have followed. */
  readonly last?: {
    readonly scope: Scope
    readonly username: string
    /** It says its status itself, so that no weaker layer does. */
    readonly hasStatus: boolean
  }
}
