// Holds: a person's word to keep hands off until a moment, and the emergency stop. Detection goes on; nothing but `release` or the end lifts one.
import { type Said, saying, shellQuoted, shellWord } from '../basics/command.ts'
import { DAY } from '../basics/time.ts'
import type { Change, Kind } from '../plan/plan.ts'
import { glob } from '../user/username.ts'
import type { Scope } from '../wanted/scope.ts'

/** What a hold keeps hands off; a stop besides keeps its users blocked. */
export type HoldWhat =
  | { readonly _tag: 'Users'; readonly glob: string }
  | { readonly _tag: 'Removals' }
  | { readonly _tag: 'All' }
  | { readonly _tag: 'Stop'; readonly glob: string }
  /** The users of a run that was undone: the config is not to set its values again. */
  | { readonly _tag: 'Undo'; readonly run: string; readonly users: ReadonlyArray<string> }

/** What a person puts on hold by that alone: a stop is made by stopping, and the hold of an undo by undoing. */
export type AskedHold = Exclude<HoldWhat, { readonly _tag: 'Stop' | 'Undo' }>

/** What names a hold. */
export type HoldName = Exclude<HoldWhat, { readonly _tag: 'Undo' }> | { readonly _tag: 'Undo'; readonly run: string }

/** A hold as it is remembered. Times are milliseconds since the epoch. */
export type Hold = {
  readonly what: HoldWhat
  readonly since: number
  readonly until: number
  readonly reason: string
  readonly by: string
  /** Whom it keeps something from, by scope; absent: nobody yet. */
  readonly keeps?: ReadonlyArray<Kept>
}

/** The users of a scope from whom a hold keeps a change; `told`: when its end was told there. */
export type Kept = {
  readonly scope: Scope
  readonly users: ReadonlyArray<readonly [username: string, change: Kind]>
  readonly told?: number
}

/** The longest that anything is held: a hold always ends. */
export const LONGEST_HOLD = 30 * DAY

/** The options that name a hold in the journal and wherever it is only told of. */
export const holdOptions = (what: HoldName): string => optionsOf(what, { pattern: (text) => `'${text}'`, run: (id) => id })

/** The command that ends a hold, as a shell takes it. */
export const releaseOf = (what: HoldName): string => `release ${optionsOf(what, { pattern: shellQuoted, run: shellWord })}`

type Written = { readonly pattern: (text: string) => string; readonly run: (id: string) => string }

const optionsOf = (what: HoldName, written: Written): string => {
  switch (what._tag) {
    case 'Users':
      return `--user ${written.pattern(what.glob)}`
    case 'Removals':
      return '--removals'
    case 'All':
      return '--all'
    case 'Stop':
      return `--match ${written.pattern(what.glob)}`
    case 'Undo':
      return `--undo ${written.run(what.run)}`
  }
}

/** Holds that have not ended. */
export const holding = (holds: ReadonlyArray<Hold>, now: number): ReadonlyArray<Hold> => holds.filter(({ until }) => now < until)

const named = (pattern: string, username: string): boolean => glob(pattern)?.matches(username) === true

/** An entry is one user: who is kept from something is not let go under a new name. */
const namesOf = (change: Change): ReadonlyArray<string> =>
  change.change === 'create' ? [change.username, ...(change.formerly ?? [])] : [change.username]

const covers = ({ what }: Hold, change: Change): boolean => {
  switch (what._tag) {
    case 'Users':
    case 'Stop':
      return namesOf(change).some((name) => named(what.glob, name))
    case 'Removals':
      return change.change === 'remove'
    case 'All':
      return true
    case 'Undo':
      // What an undo holds off is the config; the next undo is a person's word as well.
      return change.cause !== 'undo' && namesOf(change).some((name) => what.users.includes(name))
  }
}

/** The emergency stop that a user is under. */
export const stopOf = (holds: ReadonlyArray<Hold>, now: number, username: string): Hold | undefined =>
  holding(holds, now).find(({ what }) => what._tag === 'Stop' && named(what.glob, username))

/** Whether a change is what an emergency stop asks for: it goes before every hold, cap and approval. */
export const isStop = (holds: ReadonlyArray<Hold>, now: number, change: Change): boolean =>
  change.change === 'block' &&
  change.fields.every(({ field, to }) => field === 'status' && to === 'blocked') &&
  stopOf(holds, now, change.username) !== undefined

/** Whether a change is what an emergency stop asked for when it was planned. */
export const isOfStop = (change: Change): boolean => change.change === 'block' && change.stop === true

/** Whether a change is what an emergency stop asked for that has ended since. */
export const isOfEndedStop = (holds: ReadonlyArray<Hold>, now: number, change: Change): boolean =>
  isOfStop(change) && !isStop(holds, now, change)

/** Why it is not made then. */
export const STOP_OVER = 'the emergency stop that asked for this has ended'

/** The hold that a change is under. */
export const heldBy = (holds: ReadonlyArray<Hold>, now: number, change: Change): Hold | undefined =>
  isStop(holds, now, change) ? undefined : holding(holds, now).find((one) => covers(one, change))

/** Why a change is on hold, and the command that ends that. */
export const heldSaid = ({ what, until, by, reason }: Hold): Said => {
  const kind = what._tag === 'Stop' ? 'stopped' : 'on hold'
  const message = `${kind} until ${new Date(until).toISOString()} by ${by}: ${reason}`
  return saying(message, { purpose: 'to end it', line: releaseOf(what) })
}
