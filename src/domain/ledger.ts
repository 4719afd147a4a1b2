// The ledger: what we remember between runs. Losing it only ever makes the reconciler do less.
import type { CapName, Ending } from './desired.ts'
import type { Due } from './due.ts'
import type { Hold } from './hold.ts'
import type { Kind, Severity } from './plan.ts'
import type { Scope } from './scope.ts'
import type { FieldName } from './settings.ts'
import type { Shut } from './shut.ts'

/** A short stand-in for a value: its JSON text, a hash of it where it is long, a keyed hash where it is secret. */
export type Print = string

/** A field that was sent and did not take: not sent again until either side changes or a day has passed. */
export type NotTaking = {
  readonly field: FieldName
  readonly wanted: Print
  readonly live: Print
  readonly at: number
  /** The full edit did not make it either. */
  readonly whole?: true
  /** The service's words, where it refused this field. */
  readonly why?: string
}

/** A request that the service refused for this user: not repeated until desired or live changes or a day has passed. */
export type Refused = {
  readonly wanted: Print
  readonly live: Print
  readonly at: number
  readonly message: string
  /** The name is taken in no scope that we see. */
  readonly taken?: true
}

/** A write whose outcome is not known, or was not yet known when the process ended, with the values that it asked for. */
export type Pending = {
  readonly change: Kind
  readonly wanted: ReadonlyMap<FieldName, Print>
  readonly at: number
  /** Some of the values had been asked for before, of an add all of them by an add, and nobody could see what became of them. */
  readonly again?: true
  /** When another one was sent before it that asked for these other values, and may take effect after it. */
  readonly overtakes?: { readonly at: number; readonly wanted: ReadonlyMap<FieldName, Print> }
  /** Its fate was told: it is only sent again for what it overtook, once that can come no more. */
  readonly answered?: true
}

/** A block of ours that may yet show: nobody told its fate, or what was told may turn out otherwise. */
export type BlockUnderWay = {
  /** When it was sent. */
  readonly at: number
  /** The status before, where it begins the way out of the user; else it is for a rule or for dates, and `ourBlock` has it already. */
  readonly departs?: string
  /** When one before it was sent that may yet show, too, and whether its fate was told. With `answered` one shows, and this one is still to come. */
  readonly earlier?: number
  readonly earlierAnswered?: true
  /** Its fate was told, so that it is not waited for any longer than an answer can be late. */
  readonly answered?: true
}

/** What we remember of one user. Times are milliseconds since the epoch. */
export type UserMemory = {
  /** The desired values of the last run: tells a changed config from drift. */
  readonly wanted: ReadonlyMap<FieldName, Print>
  /** Values last sent of fields that cannot be read back. `assumed`: taken as set without having been sent. */
  readonly sent: ReadonlyMap<FieldName, { readonly print: Print; readonly at: number; readonly assumed?: true }>
  readonly notTaking: ReadonlyArray<NotTaking>
  /** The last requests that were refused, no two of them the same. */
  readonly refused: ReadonlyArray<Refused>
  /** When drift of a field was repaired, within the last 24 hours. */
  readonly repairs: ReadonlyMap<FieldName, ReadonlyArray<number>>
  readonly pending: Pending | undefined
  readonly block: BlockUnderWay | undefined
  /** What we blocked this user for, while it is or may yet be blocked by that. */
  readonly ourBlock: OurBlock | undefined
  /** Set while this user is replaced by a new name and still as it was. */
  readonly replaced: Replaced | undefined
  /** What it did not get of the name that it had before when it was made, with what was there instead. */
  readonly owed: ReadonlyMap<FieldName, Print>
  /** We blocked it on its way out, or an emergency stop did: to open it sets that back. */
  readonly barred: true | undefined
  /** It was not open when it was first looked at though the config asked for that, and neither has changed since. */
  readonly foundShut: true | undefined
  /** How many answers in a row have left this user out, of whom there is more to remember than that. */
  readonly unseen: number | undefined
}

/** Grace that runs: summed run by run, so that a jumping clock cannot shorten it; `countedAt` is the last run that counted. */
type Grace = { readonly elapsedMs: number; readonly countedAt: number }

/** A user whose new name works: on its way out, and still as it was. */
export type Replaced = { readonly _tag: 'Replaced' } & Grace

/**
 * A user that we blocked on its way out. `unseen`: an answer has left it out then, or the one that takes its place did not work, so grace begins
 * anew with the next look.
 */
export type WayOut = { readonly _tag: 'WayOut'; readonly returnsTo: string; readonly unseen?: true } & Grace

/** How far a user is on its way out. */
export type Leaving = Replaced | WayOut

/**
 * A block of ours, by what it is for, and the status before it, which returns when it ends. Dates are of listed users only; `NewName` is of an old
 * name, whose new one the config itself shuts.
 */
export type OurBlock = { readonly _tag: 'Rule' | 'Dates' | 'NewName'; readonly returnsTo: string } | WayOut

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
}

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

/** What is remembered of a user never met. */
export const stranger: UserMemory = {
  wanted: new Map(),
  sent: new Map(),
  notTaking: [],
  refused: [],
  repairs: new Map(),
  pending: undefined,
  block: undefined,
  ourBlock: undefined,
  replaced: undefined,
  owed: new Map(),
  barred: undefined,
  foundShut: undefined,
  unseen: undefined,
}

/** Whether of a user nothing is remembered but what was wanted: of most nothing is. */
export const isOnlyWanted = (memory: UserMemory): boolean =>
  memory.sent.size === 0 &&
  memory.notTaking.length === 0 &&
  memory.refused.length === 0 &&
  memory.repairs.size === 0 &&
  memory.owed.size === 0 &&
  memory.pending === undefined &&
  memory.block === undefined &&
  memory.ourBlock === undefined &&
  memory.replaced === undefined &&
  memory.barred === undefined &&
  memory.unseen === undefined &&
  memory.foundShut === undefined
