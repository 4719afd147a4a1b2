// Diff: one listed user against its live twin. Three-way, since memory tells a changed config from a changed service:
//
//   remembered = desired, live differs   drift
//   remembered ≠ desired                 config
//   nothing remembered of the scope      first_run
//   the same was sent, its fate unknown  retry, also where nobody can ever see it and it is sent again for its age
import { DAY } from '../basics/time.ts'
import { type Hold, stopOf } from '../decisions/hold.ts'
import type { Forgotten, ScopeMemory } from '../memory/ledger.ts'
import { isTriedAgain } from '../memory/not-taking.ts'
import { forNow } from '../memory/our-block.ts'
import { isDueAgain } from '../memory/overtaken.ts'
import { type Pending, stranger, type UserMemory } from '../memory/user-memory.ts'
import type { Cause, FieldChange } from '../plan/plan.ts'
import { causeOfPart, differing } from '../plan/split-change.ts'
import type { LiveUser } from '../user/live.ts'
import { type Prints, printOf } from '../user/prints.ts'
import { Secret } from '../user/secret.ts'
import type { FieldName, Value } from '../user/settings.ts'
import { FIELDS, isLimit, isRateLimit, same } from '../user/settings.ts'
import type { DesiredUser, Policy, Sourced } from '../wanted/desired.ts'
import type { Pages } from '../wanted/rulebook.ts'
import type { LastLook } from './due.ts'

/** What comparing needs to know besides the two users. */
export type Context = {
  readonly memory: ScopeMemory | undefined
  /** Usernames of the last believed answer. */
  readonly seen: ReadonlySet<string>
  readonly policy: Policy
  readonly holds: ReadonlyArray<Hold>
  /** That what was remembered of users is lost, for as long as that makes a difference. */
  readonly forgotten: Forgotten | undefined
  /** The rules that hold for a user of this scope. */
  readonly pages: Pages
  readonly last: LastLook
  readonly prints: Prints
  readonly now: number
}

/** What differs, what cannot be known, and what was tried in vain. */
export type Difference = {
  readonly fields: ReadonlyArray<FieldChange>
  readonly cause: Cause
  /** Fields that were sent and did not take, with nothing changed since. */
  readonly notTaking: ReadonlyArray<FieldChange>
  /** Desired, last sent as desired, cannot be read back. */
  readonly unobservable: ReadonlyArray<FieldName>
  /** Passwords taken as right without having been sent (`unknown_password: assume`). */
  readonly assumed: ReadonlyArray<FieldName>
}

/** What is remembered of a user. */
export const memoryOf = (memory: ScopeMemory | undefined, username: string): UserMemory => memory?.users.get(username) ?? stranger

/** Compares a listed user with its live twin. */
export const difference = (context: Context, desired: DesiredUser, live: LiveUser): Difference => {
  const memory = memoryOf(context.memory, desired.username)
  const found: Array<Compared> = []
  for (const field of FIELDS) {
    const one = compare(context, memory, desired, live, field)
    if (one !== undefined) found.push(one)
  }
  if (found.length === 0) return context.memory === undefined ? ALIKE_AT_FIRST : ALIKE
  const due = found.filter((one) => one._tag === 'Differs').map((one) => one.change)
  const stuck = stuckFields(context, memory, due)
  const old = triedBefore(context, memory, due)
  const fields = due.flatMap((change) =>
    stuck.has(change.field) ? [] : [old.has(change.field) ? { ...change, inVain: true as const } : change],
  )
  return {
    fields,
    // What is stuck may yet go by the full edit, and is due for what made it so.
    cause: causeOf(context, desired, fields.length === 0 ? due : fields),
    notTaking: due.filter((change) => stuck.has(change.field)),
    unobservable: found.filter((one) => one._tag === 'Unobservable').map((one) => one.field),
    assumed: found.filter((one) => one._tag === 'Assumed').map((one) => one.field),
  }
}

/** Whether nothing at all was found. */
export const isAlike = ({ fields, notTaking, unobservable, assumed }: Difference): boolean =>
  fields.length + notTaking.length + unobservable.length + assumed.length === 0

const ALIKE: Difference = { fields: [], cause: 'drift', notTaking: [], unobservable: [], assumed: [] }
const ALIKE_AT_FIRST: Difference = { ...ALIKE, cause: 'first_run' }

/**
 * The change that sets the declared password where another one may be set. What was sent in vain within a day was told and counted then, and is
 * no change.
 */
export const unsetPassword = (
  context: Context,
  desired: Pick<DesiredUser, 'username' | 'managed'>,
  live: LiveUser,
): FieldChange | undefined => {
  const memory = memoryOf(context.memory, desired.username)
  const wanted = desired.managed.email_password
  const found = compare(context, memory, desired, live, 'email_password')
  const isOld = found?._tag === 'Differs' && found.change.unread === 'again'
  const isSent = isOld || (found?._tag === 'Unobservable' && memory.sent.get('email_password')?.assumed !== true)
  if (wanted === undefined || found === undefined || isSent) return undefined
  const { change } = differs('email_password', live.settings.email_password, wanted)
  return stuckFields(context, memory, [change]).size > 0 ? undefined : change
}

/** Whether all that is managed of a user can be seen, and is as wanted. */
export const isAsWanted = ({ managed }: Pick<DesiredUser, 'managed'>, { settings }: LiveUser): boolean => {
  for (const field of FIELDS) {
    const value = managed[field]?.value
    if (value === undefined) continue
    const from = settings[field]
    if (from === undefined || isUnfetched(value) || !same(field, from, value)) return false
  }
  return true
}

// Whether it is the one that the user has, nobody here knows.
const isUnfetched = (value: Value): boolean => value instanceof Secret && value.isUnfetched

type Compared =
  | { readonly _tag: 'Differs'; readonly change: FieldChange }
  | { readonly _tag: 'Unobservable'; readonly field: FieldName }
  | { readonly _tag: 'Assumed'; readonly field: FieldName }

const compare = (
  context: Context,
  memory: UserMemory,
  desired: Pick<DesiredUser, 'managed'>,
  live: LiveUser,
  field: FieldName,
): Compared | undefined => {
  const wanted = desired.managed[field]
  if (wanted === undefined) return undefined
  if (isUnfetched(wanted.value)) return { _tag: 'Unobservable', field }
  const from = live.settings[field]
  if (from !== undefined) return same(field, from, wanted.value) ? undefined : differs(field, from, wanted)
  // The service keeps value and period only together with the flag: while it is off they are null, and differ from whatever is desired.
  if (isLimit(field) && live.settings.custom_ratelimit !== undefined) return differs(field, from, wanted)
  return unread(context, memory, field, wanted) ?? differs(field, from, wanted)
}

const differs = (
  field: FieldName,
  from: Value | undefined,
  { value: to, ...said }: Sourced,
): Extract<Compared, { _tag: 'Differs' }> => ({
  _tag: 'Differs',
  change: { field, from, to, ...said },
})

/** A field that cannot be read back: sent once, and again when there is a reason to. */
const unread = (context: Context, memory: UserMemory, field: FieldName, wanted: Sourced): Compared | undefined => {
  const { pending } = memory
  if (pending?.wanted.has(field) === true && isDueAgain(pending, context.now)) return undefined
  const sent = memory.sent.get(field)
  if (sent?.doubted === true) return undefined
  if (sent === undefined)
    return context.policy.unknown_password === 'assume' && mayBeSet(wanted.value) ? { _tag: 'Assumed', field } : undefined
  if (sent.print !== printOf(context.prints, wanted.value)) return undefined
  const { reassert_unobservable: after } = context.policy
  if (after === undefined || context.now - sent.at < after) return { _tag: 'Unobservable', field }
  const { change } = differs(field, undefined, wanted)
  return { _tag: 'Differs', change: { ...change, unread: sent.assumed === true ? 'first' : 'again' } }
}

// A password that is only made now can stand nowhere yet.
const mayBeSet = (value: Value): boolean => value instanceof Secret && value.unsaved === undefined

/** Fields remembered as not taking, while neither side changed and no day has passed. */
export const stuckFields = (context: Context, memory: UserMemory, due: ReadonlyArray<FieldChange>): ReadonlySet<FieldName> =>
  untaken(
    context,
    due,
    memory.notTaking.filter(({ at }) => context.now - at < DAY),
  )

/** The same, once a day has passed. */
const triedBefore = (context: Context, memory: UserMemory, due: ReadonlyArray<FieldChange>): ReadonlySet<FieldName> =>
  untaken(
    context,
    due,
    memory.notTaking.filter(({ field, at }) => isTriedAgain(field) && context.now - at >= DAY),
  )

/** Fields that did not take and are as they were. The rate limit counts as one. */
const untaken = (context: Context, due: ReadonlyArray<FieldChange>, known: UserMemory['notTaking']): ReadonlySet<FieldName> => {
  if (known.length === 0) return NONE
  const stuck = due.filter((change) =>
    known.some(
      (one) =>
        one.field === change.field &&
        one.wanted === printOf(context.prints, change.to) &&
        one.live === printOf(context.prints, change.from),
    ),
  )
  const limits = due.filter((change) => isRateLimit(change.field))
  const limitMoves = limits.some((change) => !stuck.includes(change))
  return new Set(stuck.map((change) => change.field).filter((field) => !(isRateLimit(field) && limitMoves)))
}

const NONE: ReadonlySet<FieldName> = new Set()

/** Why these fields of a user are due. */
export const causeOf = (
  context: Context,
  { username, blockedFor }: Pick<DesiredUser, 'username' | 'blockedFor'>,
  fields: ReadonlyArray<FieldChange>,
): Cause => {
  const { memory: scope, holds, seen, last, prints, now } = context
  const memory = memoryOf(scope, username)
  if (scope === undefined) return 'first_run'
  const differ = differing({ fields })
  if (differ.length < fields.length && differ.length === 0) return causeOfPart('config', fields)
  if (settles(context, memory, differ)) return 'retry'
  // What an emergency stop has blocked did not drift: a person's word here stands against the config.
  const isStopped = stopOf(holds, now, username) !== undefined
  // A rule had been there before a user that has only come now, or has only now been changed so that it does not keep it.
  const isNew = !seen.has(username)
  const breaks = ({ rule }: FieldChange): boolean => rule !== undefined && (isNew || last.kept(rule, username))
  const asked = differ.filter(
    (change) => (isStopped && change.field === 'status') || !(wasWanted(prints, memory, change) || breaks(change)),
  )
  if (asked.length === 0) return 'drift'
  // Dates are said by the config long before they are due.
  const isDated = blockedFor !== undefined && asked.some(({ field, rule }) => field === 'status' && rule === undefined)
  return isDated || isStopped ? 'config' : (last.causeOf(username) ?? 'config')
}

/** Whether the value of a field was wanted before. Of whom we block for now, or have barred, it is the block, and not the status that returns. */
export const wasWanted = (prints: Prints, memory: UserMemory, { field, to }: Pick<FieldChange, 'field' | 'to'>): boolean => {
  const isBlocked = forNow(memory) !== undefined || memory.barred !== undefined
  return field === 'status' && isBlocked ? to === 'blocked' : memory.wanted.get(field) === printOf(prints, to)
}

/** Whether these fields only ask once more for what was sent with an unknown fate within the last day: counted and agreed to then. */
export const settles = (
  { prints, now }: Pick<Context, 'prints' | 'now'>,
  { pending }: UserMemory,
  fields: ReadonlyArray<FieldChange>,
): boolean => pending !== undefined && now - pending.at < DAY && asksAgain(prints, pending, fields)

/** Whether these fields ask for nothing but what was sent with an unknown fate, whenever that was. */
export const asksAgain = (prints: Prints, { wanted }: Pending, fields: ReadonlyArray<FieldChange>): boolean =>
  fields.every(({ field, to }) => wanted.get(field) === printOf(prints, to))
