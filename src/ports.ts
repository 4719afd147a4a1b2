// Ports: what we ask of the world. Types only; each is a record of functions, filled by one adapter.

import type { ApiFailure, Failure } from './domain/basics/failure.ts'
import type { Work } from './domain/basics/work.ts'
import type { JournalPart } from './domain/journal/chain.ts'
import type { JournalLine } from './domain/journal/journal.ts'
import type { Witness } from './domain/journal/witness.ts'
import type { AskedDecision } from './domain/memory/decision.ts'
import type { KeyMemory, Ledger } from './domain/memory/ledger.ts'
import type { Edit } from './domain/plan/edit.ts'
import type { RunEvent } from './domain/run/event.ts'
import type { LiveState } from './domain/user/live.ts'
import type { Print } from './domain/user/prints.ts'
import type { Secret } from './domain/user/secret.ts'
import type { Asked } from './domain/wanted/declared.ts'
import type { Scope } from './domain/wanted/scope.ts'
import type { Subaccount } from './domain/wanted/subaccount.ts'
import type { TE } from './fp.ts'

/** A config file: its name as shown to people, and its text. */
export type SourceText = {
  readonly name: string
  readonly text: string
  /** What it is remembered by, however it was typed: its path from the folder of the main file. Where absent, its name. */
  readonly remembered?: string
}

/** Reads config files; a file being written is read until two reads agree and it has been quiet for the settle time. */
export type ConfigText = {
  /** Paths are relative to the main config file; the main file itself is `''`. */
  readonly read: (path: string) => TE.TaskEither<Failure, SourceText>
  /** Files that match an include pattern, relative to the main file's folder, sorted. */
  readonly find: (pattern: string) => TE.TaskEither<Failure | NoPattern, ReadonlyArray<string>>
  /** One name for the place that a path leads to from the main file's folder, however it is written. */
  readonly placeOf: (path: string) => string
}

/** What was sought is no pattern; only who wrote it knows where it stands. */
export type NoPattern = { readonly _tag: 'NoPattern' }

/** Where a secret is kept. `generate` names a file that is made when it does not exist yet. */
export type SecretRef =
  | { readonly _tag: 'env'; readonly name: string }
  | { readonly _tag: 'file'; readonly path: string }
  | { readonly _tag: 'credential'; readonly name: string }
  | { readonly _tag: 'generate'; readonly path: string }

/** The outcome of looking one secret up: the secret, or what is wrong in words (never the value). */
export type FetchedSecret =
  | { readonly _tag: 'Found'; readonly secret: Secret }
  | { readonly _tag: 'Missing'; readonly why: string }

export type Secrets = {
  readonly fetch: (ref: SecretRef) => Promise<FetchedSecret>
  /** Stores a generated secret durably (0600, never over an existing file) before it is sent. */
  readonly save: (secret: Secret) => TE.TaskEither<Failure, void>
}

/** What a run wishes of a request. */
export type Wish = {
  /** Once aborted, what has not left yet stays; a request under way is never torn. */
  readonly signal?: AbortSignal | undefined
  /** Asked when its turn has come: whether it stays all the same. */
  readonly stays?: (() => boolean) | undefined
  /** It leaves as late as so many requests may follow it at once. */
  readonly followers?: number | undefined
  /** Told how a request that left has ended, before what waits behind it leaves. */
  readonly heard?: ((failure: ApiFailure | undefined) => void) | undefined
}

/** Reads of the service; all that `plan`, `export` and `doctor` ever get. */
export type AccountReader = {
  readonly list: (scope: Scope, wish?: Wish) => TE.TaskEither<ApiFailure, LiveState>
  /** All subaccounts of all states, or a failure: never a part of them. */
  readonly subaccounts: (wish?: Wish) => TE.TaskEither<ApiFailure, ReadonlyArray<Subaccount>>
  readonly permissions: (wish?: Wish) => TE.TaskEither<ApiFailure, ReadonlyArray<string>>
}

/** The service's own id of an answered request, and the users besides the one asked for that it says it changed. */
export type Receipt = { readonly requestId: string | undefined; readonly others: ReadonlyArray<string> }

export type AccountWriter = {
  readonly perform: (scope: Scope, edit: Edit, wish?: Wish) => TE.TaskEither<ApiFailure, Receipt>
}

/** Both sides: what `apply` and `run` get. */
export type Accounts = AccountReader & AccountWriter

/** The service, reached. */
export type Connection<A extends AccountReader> = {
  readonly accounts: A
  /** Print of the key, for its pauses and its lock. */
  readonly keyPrint: string
  /** Print of key and endpoint together, for noticing that they lead elsewhere; shows of a stand-in that it is one. */
  readonly origin: string
  /** How many requests went out so far. */
  readonly requests: () => number
  /** Lets requests leave again though the key was refused a moment ago: it may have been mended since. */
  readonly reopen: () => void
  /** How far our clock was ahead of the service's at the last answer that told the time, in milliseconds. */
  readonly aheadMs?: () => number | undefined
}

/** Reaches the service as the config says; starts or joins the embedded stand-in where it says `sandbox`. */
export type Connect<A extends AccountReader> = (api: Asked) => TE.TaskEither<Failure, Connection<A>>

/** A call to the service that ended, as it is counted. */
export type EndedCall = { readonly endpoint: string; readonly class: string }

export type Ledgers = {
  /** A missing ledger is an empty one; one that cannot be understood is a failure. It is taken up by the time of day, which may have gone back. */
  readonly read: () => TE.TaskEither<Failure, Ledger>
  /** Changes the ledger as it is by then, atomically and durably, one change after the other, and notes when; gives what it is now. */
  readonly update: (change: (ledger: Ledger) => Ledger | Promise<Ledger>) => TE.TaskEither<Failure, Ledger>
  /** The ledger as this process last read or wrote it. */
  readonly current: () => Ledger | undefined
}

/** What the service said of a key to whoever asked last, kept for the next process as far as that can be. */
export type Rests = {
  readonly read: () => Promise<ReadonlyMap<Print, KeyMemory>>
  /** Notes that a key was told to rest; whether that could be kept. */
  readonly note: (key: Print, askedMs: number) => Promise<boolean>
}

export type Journal = {
  /** Appends lines and makes them durable. */
  readonly append: (lines: ReadonlyArray<JournalLine>) => TE.TaskEither<Failure, void>
}

/** What the witness knows: what the journal was told last; kept for as long as the process lives. */
export type WitnessMemory = {
  readonly last: () => Witness
  readonly keep: (witness: Witness) => void
  /** How changes ended, where the journal could not be told of it yet. */
  readonly owed: () => ReadonlyArray<JournalLine>
  readonly owe: (lines: ReadonlyArray<JournalLine>) => void
}

export type JournalReader = {
  /** Gives the journal part by part, oldest first, until `take` has had enough; changes nothing. */
  readonly read: (files: 'all' | 'last', take: (part: JournalPart) => boolean) => TE.TaskEither<Failure, void>
}

export type Clock = {
  readonly now: () => Date
  /** Milliseconds since some moment; never jumps, whatever happens to the time of day. */
  readonly elapsed: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Lets whatever waits have its turn where it has not had one for a while, so that questions are answered while much is worked out. */
  readonly turn: () => Promise<void>
  /** Does work, and lets others have their turn between its steps. */
  readonly inTurns: <A>(work: Work<A>) => Promise<A>
}

export type Crypto = {
  /** SHA-256 in hex. */
  readonly sha256: (text: string) => string
  /** HMAC-SHA-256 in hex, under a random key that the ledger keeps. */
  readonly ledgerHash: (ledgerKey: string, secret: Secret) => string
  /** HMAC-SHA-256 in hex, under a key derived from the API key, so that another machine computes the same. */
  readonly digestHash: (apiKey: Secret | undefined, secret: Secret) => string
  readonly newId: () => string
  readonly newKey: () => string
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** The service manager that started us, such as systemd. Each resolves when it was told, and none ever rejects. */
export type ServiceManager = {
  readonly ready: () => Promise<void>
  readonly status: (text: string) => Promise<void>
  readonly stopping: () => Promise<void>
  /** Ends with the next `ready`. */
  readonly reloading: () => Promise<void>
  /** A sign of life. */
  readonly alive: () => Promise<void>
  /** Asks for so much time more, from now, for the start or the reload that is under way. */
  readonly patience: (ms: number) => Promise<void>
  /** How often `alive` must be called; `undefined`: nobody waits for it. */
  readonly signOfLifeEveryMs: number | undefined
}

/** What can be said of a cron expression without waiting for it. Pure. */
export type Schedules = {
  /** What is wrong with an expression, in words; `undefined` where nothing is. */
  readonly check: (expression: string, timezone: string) => string | undefined
  /** The shortest time between two of its runs. */
  readonly shortestGapMs: (expression: string, timezone: string) => number
}

/** How somebody elsewhere agreed to a plan: as it was shown, exactly this one whatever caps say, or whatever it is. */
export type Agreed =
  | { readonly _tag: 'Shown'; readonly digest: string }
  | { readonly _tag: 'Exactly'; readonly digest: string }
  | { readonly _tag: 'Anyway' }

/** What is asked of a running daemon over its control socket. `by` is what the caller says of itself. */
export type Question =
  | { readonly _tag: 'Status' }
  | { readonly _tag: 'Reconcile'; readonly scope?: Scope | undefined }
  | { readonly _tag: 'Approve'; readonly digest: string; readonly reason: string; readonly by: string }
  | { readonly _tag: 'Decide'; readonly decision: AskedDecision; readonly reason: string; readonly by: string }
  /** What undoing a run would come to. */
  | { readonly _tag: 'PlanUndo'; readonly run: string }
  /** Undoes a run, and answers when that is done. */
  | { readonly _tag: 'Undo'; readonly run: string; readonly agreement: Agreed; readonly reason: string; readonly by: string }
  /** Whom an emergency stop would meet, by what was last seen. */
  | { readonly _tag: 'Matching'; readonly glob: string }
  /** Stops these users at once, and answers when that is done. */
  | { readonly _tag: 'Stop'; readonly glob: string; readonly until: number; readonly reason: string; readonly by: string }

/** Who may read a result that is written: its owner alone, or, as a config, whoever may read that. */
export type Readers = 'owner' | 'as a config'

/** The one way a run speaks. */
export type Tell = (event: RunEvent) => void

/** Something that says "now"; it carries nothing but its name, for the log. */
export type Trigger = (wake: (by: WokenBy) => void) => Stop
export type WokenBy = 'start' | 'file change' | 'schedule' | 'SIGHUP' | 'control' | 'retry'
export type Stop = () => Promise<void>
