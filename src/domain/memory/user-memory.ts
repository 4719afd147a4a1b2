// What the ledger holds of one user.
import type { Kind } from '../plan/plan.ts'
import type { Print } from '../user/prints.ts'
import type { FieldName } from '../user/settings.ts'

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

/**
 * A value that was sent last. `assumed`: taken as set without having been sent; `doubted`: it may never have been set, so it is sent again, agreed
 * to and counted anew.
 */
export type LastSent = { readonly print: Print; readonly at: number; readonly assumed?: true; readonly doubted?: true }

/** Blocked by us on its way out, or by an emergency stop; `true` in a ledger of before may stand for either. */
export type Barred = true | 'stop'

/** What we remember of one user. Times are milliseconds since the epoch. */
export type UserMemory = {
  /** The desired values of the last run: tells a changed config from drift. */
  readonly wanted: ReadonlyMap<FieldName, Print>
  /** Of fields that cannot be read back. */
  readonly sent: ReadonlyMap<FieldName, LastSent>
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
  readonly barred: Barred | undefined
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
