// The ledger: what we remember between runs. Losing it only ever makes the reconciler do less.
import type { Hold } from '../decisions/hold.ts'
import type { Due } from '../draft/due.ts'
import type { Severity } from '../plan/plan.ts'
import type { Print } from '../user/prints.ts'
import type { CapName, Ending } from '../wanted/desired.ts'
import type { Scope } from '../wanted/scope.ts'
import type { Shut } from './shut.ts'
import type { UserMemory } from './user-memory.ts'

/** A change that consumed a cap of the rolling 24 hours; `again`: of those alone that only send again what was sent. */
export type Spent = { readonly cap: CapName; readonly username: string; readonly at: number; readonly again?: true }

/** A finding that is open. `seen`: when it was found last, of those that linger. */
export type OpenFinding = {
  readonly rule: string
  readonly username: string
  readonly about?: string
  readonly severity: Severity
  readonly since: number
  readonly seen?: number
  /** Found only by runs that came to no report, so that nobody was told. */
  readonly untold?: true
}

/** What we remember of one scope. */
export type ScopeMemory = {
  /** When the memory of this scope began. */
  readonly since: number
  /** Whether a person's `apply` or approval has stood in for what a young memory cannot know. */
  readonly trusted: boolean
  /** Print of key and endpoint at the last believed answer. */
  readonly origin: Print
  /** Usernames of the last believed answer. Of whom a removal is pending may be gone since. */
  readonly lastSeen: ReadonlyArray<string>
  /** What was shown since, and waits for a person's word; absent where the last answer was believed. */
  readonly doubted?: Shown | undefined
  /** How many users were listed at the last run that applied, and in which files. */
  readonly listed: number
  readonly files: ReadonlyArray<string>
  /** The config files that ended with the document end line then; absent where none did. */
  readonly ends?: ReadonlyArray<FileEnd> | undefined
  /** Users that `safety.protected` matched while they were live; deleting the pattern does not end the protection. */
  readonly protected: ReadonlyArray<string>
  readonly users: ReadonlyMap<string, UserMemory>
  readonly spent: ReadonlyArray<Spent>
  /** Findings that are open; absent where there are none. */
  readonly findings?: ReadonlyArray<OpenFinding> | undefined
  /** Users of whose last change nobody knows what became; absent where there are none. */
  readonly unanswered?: ReadonlyArray<string> | undefined
  /** What was due at the last look at all users; absent until there was one, and in ledgers of before. */
  readonly due?: Due | undefined
  /** When a run first found that the config does not name it any more; absent while it does. */
  readonly letGo?: number | undefined
}

/** What is remembered of a scope never met. */
export const newScope = (now: number, origin: Print): ScopeMemory => ({
  since: now,
  trusted: false,
  origin,
  lastSeen: [],
  listed: 0,
  files: [],
  protected: [],
  users: new Map(),
  spent: [],
})

/**
 * A config file that ended with its end line, and what it then said that restrains what is written in this scope; in ledgers of before, the names of
 * sections alone. `gone`: when it was first found to be no part of the config any more.
 */
export type FileEnd = Pick<Ending, 'file' | 'restraints'> & { readonly gone?: number }

/** The names in an answer, and the print of the key and endpoint that it came by. */
export type Shown = { readonly names: ReadonlyArray<string>; readonly origin: Print }

/** A doubted answer that a person stands behind: it counts until that scope is believed again, for an hour at the most. */
export type Vouched = Shown & { readonly until: number }

/** An approval of exactly these changes, each passing once. */
export type Approval = {
  /** Canonical texts of the approved changes, see `digest.ts`. */
  readonly changes: ReadonlyArray<string>
  readonly until: number
  readonly reason: string
  readonly by: string
}

/** What we remember of one API key: no request before `notBefore`. */
export type KeyMemory = {
  readonly notBefore: number
  readonly failures: number
  readonly why: 'throttled' | 'refused'
  /** How long that was when it began; ledgers of before do not tell. */
  readonly forMs?: number
}

/** A memory that was lost: there was a ledger here once and is none any more, or an older one was put in its place. */
export type Forgotten = { readonly how: 'gone' | 'put_back'; readonly at: number }

/** The latest time of day at which the ledger was written, and since when the time of day is earlier than that. */
export type WrittenAt = { readonly latest: number; readonly behind?: number }

export type Ledger = {
  readonly format: 1
  /** Random key of the keyed hashes; made with the ledger. */
  readonly key: string
  readonly scopes: ReadonlyMap<Scope, ScopeMemory>
  readonly keys: ReadonlyMap<Print, KeyMemory>
  readonly approvals: ReadonlyArray<Approval>
  /** The live answers that a person vouched for. */
  readonly believed: ReadonlyMap<Scope, Vouched>
  readonly holds: ReadonlyArray<Hold>
  /** Scopes that were not shown when they were looked at last. */
  readonly shut: ReadonlyMap<Scope, Shut>
  /** Set until a person has stood behind a whole run, or a day has passed. */
  readonly forgotten: Forgotten | undefined
  /** Absent until it is written for the first time. */
  readonly written?: WrittenAt | undefined
}

/** The ledger of someone who remembers nothing; `forgotten`: any more. */
export const emptyLedger = (key: string, forgotten?: Forgotten): Ledger => ({
  format: 1,
  key,
  scopes: new Map(),
  keys: new Map(),
  approvals: [],
  believed: new Map(),
  holds: [],
  shut: new Map(),
  forgotten,
})
