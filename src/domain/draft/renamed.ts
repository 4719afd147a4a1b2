// Renamed: a new name and the old ones whose place it takes. What it is to keep of the one in use, and whether that one is there to be asked.
import { onceEach } from '../basics/once.ts'
import { momentText } from '../basics/time.ts'
import { stopOf } from '../decisions/hold.ts'
import { isGone, tried } from '../memory/late.ts'
import { wayOut } from '../memory/our-block.ts'
import type { UserMemory } from '../memory/user-memory.ts'
import { missed } from '../plan/outcome.ts'
import type { UserFacts } from '../remembering/remember-user.ts'
import type { LiveState, LiveUser } from '../user/live.ts'
import { type Print, printOf } from '../user/prints.ts'
import type { FieldName, Settings, Value } from '../user/settings.ts'
import { FIELDS, fields, isRateLimit, RATE_LIMIT, same } from '../user/settings.ts'
import type { BlockWhy, DesiredUser, Managed, Moment, Sourced } from '../wanted/desired.ts'
import type { Context } from './diff.ts'
import { memoryOf } from './diff.ts'

/** The live user that a new name takes over from. What we blocked it for is not of the new name. */
export const formerOf = ({ memory }: Context, { previously }: DesiredUser, live: LiveState): LiveUser | undefined => {
  // Of several old names the one in use, and not one that was blocked when an earlier rename was over.
  const olds = previously.flatMap((name) => live.users.find(({ username }) => username === name) ?? [])
  const old = olds.find(({ username }) => wayOut(memoryOf(memory, username)) === undefined) ?? olds[0]
  if (old === undefined) return undefined
  return { ...old, settings: { ...old.settings, status: statusOf(memory, old) } }
}

/** The status of a user without what we blocked it for. */
const statusOf = (memory: Context['memory'], { username, settings: { status } }: LiveUser): Value | undefined => {
  const before = memoryOf(memory, username).ourBlock?.returnsTo
  return status === 'blocked' ? (before ?? status) : status
}

/** S3: an old name that is remembered and that this answer leaves out. It is gone, or the next answer shows what the new one is to keep of it. */
export const formerAway = ({ memory, seen }: Context, { previously }: DesiredUser, live: LiveState): string | undefined => {
  const isKnown = (name: string): boolean => seen.has(name) || memory?.users.has(name) === true
  const isOver = (name: string): boolean => wayOut(memoryOf(memory, name)) !== undefined
  const isThere = (name: string): boolean => live.users.some(({ username }) => username === name)
  const isInUse = previously.some((name) => isThere(name) && !isOver(name))
  return previously.find(
    (name) => isKnown(name) && !isGone(memoryOf(memory, name)) && !isThere(name) && !(isInUse && isOver(name)),
  )
}

/** Under a new name a user keeps the readable settings of the old one, below what the config says. */
export const inherited = ({ managed }: DesiredUser, old: LiveUser | undefined): Managed => {
  if (old === undefined) return managed
  const limited = RATE_LIMIT.some((field) => managed[field] !== undefined)
  const kept: { [F in FieldName]?: Sourced } = {}
  for (const field of FIELDS) {
    const value = old.settings[field]
    const isOurs = field === 'email_password' || managed[field] !== undefined || (limited && isRateLimit(field))
    if (value !== undefined && !isOurs && !same(field, value, fields[field].reset))
      kept[field] = { value, source: `kept from ${old.username}` }
  }
  return { ...kept, ...managed }
}

/** What a new name has: what is managed, over what the old one had. The limit is one. */
export const settingsUnder = ({ managed }: DesiredUser, { settings }: LiveUser): Settings => {
  const isLimited = RATE_LIMIT.some((field) => managed[field] !== undefined)
  const all: { [F in FieldName]?: Value | undefined } = {}
  for (const field of FIELDS)
    all[field] = managed[field]?.value ?? (isLimited && isRateLimit(field) ? undefined : settings[field])
  return all
}

/** What a new name was to keep of its old one and did not have when it was seen first, by field, with what was there instead. */
const owedIn = ({ owed, pending }: UserMemory): ReadonlyMap<FieldName, Print | undefined> =>
  pending?.change === 'create'
    ? new Map([...[...pending.wanted.keys()].map((field) => [field, undefined] as const), ...owed])
    : owed

/** A live user with what it is still to get of its old name: while that has it, and nobody has set something else since. */
export const owing = (context: Context, user: DesiredUser, { live, twin }: Seen): DesiredUser => {
  const { previously, managed, username } = user
  const owed = previously.length === 0 ? NOTHING : owedIn(memoryOf(context.memory, username))
  if (owed.size === 0 || formerAway(context, user, live) !== undefined) return user
  const old = formerOf(context, user, live)
  if (old === undefined) return { ...user, owed: [] }
  const isOpen = (field: FieldName): boolean => {
    const print = owed.get(field)
    return owed.has(field) && (print === undefined || print === printOf(context.prints, twin.settings[field]))
  }
  const isLimitOpen = RATE_LIMIT.some(isOpen)
  const kept = inherited(user, old)
  const open = FIELDS.filter(
    (field) => managed[field] === undefined && kept[field] !== undefined && (isRateLimit(field) ? isLimitOpen : isOpen(field)),
  )
  const all: { [F in FieldName]?: Sourced | undefined } = { ...managed }
  for (const field of open) all[field] = kept[field]
  return { ...user, managed: all, owed: open }
}

type Seen = { readonly live: LiveState; readonly twin: LiveUser }
const NOTHING: UserMemory['owed'] = new Map()

/** What a new name is still to get after a look at it. */
export const owedAfter = (memory: UserMemory, { user, live, ended, after }: UserFacts): UserMemory['owed'] => {
  const { owed, managed, previously } = user
  if (previously.length === 0) return NOTHING
  const isMade = ended?.change === 'create' && ended.outcome !== 'failed' && ended.refusal === undefined
  const made = isMade ? tried(ended) : undefined
  if (live === undefined || (made === undefined && owed === undefined)) return memory.owed
  const open =
    made === undefined
      ? (owed ?? []).filter((field) => !same(field, live.settings[field], managed[field]?.value))
      : missed(made, live).flatMap(({ field }) => (managed[field] === undefined ? [field] : []))
  return new Map(open.map((field) => [field, printOf(after.prints, live.settings[field])]))
}

/** A listed user under its new name, in the place of an old one. */
export type Successor = { readonly name: string; readonly source: string; readonly standing: SuccessorState }

/** Whether it is live and does what it is to do, so that the old name is not needed any more; `shut` where the config itself has it blocked. */
export type SuccessorState = 'missing' | 'mute' | 'shut' | 'works'

/** What was done to the old names before. */
export type Past = Pick<Context, 'memory' | 'holds' | 'now'>

/** The users that had other names before; most lists have none. */
export const renamedIn = onceEach((users: ReadonlyArray<DesiredUser>) => users.filter(({ previously }) => previously.length > 0))

/** Who takes the place of which old name; `live` are the live users of the scope by name. */
export const successorsOf = (
  past: Past,
  users: ReadonlyArray<DesiredUser>,
  live: ReadonlyMap<string, LiveUser>,
): ReadonlyMap<string, Successor> =>
  new Map(
    renamedIn(users).flatMap((user) =>
      user.previously.map((old) => {
        const standing = standingOf(past, user, { twin: live.get(user.username), old: live.get(old) })
        return [old, { name: user.username, source: user.source, standing }] as const
      }),
    ),
  )

type Names = { readonly twin: LiveUser | undefined; readonly old: LiveUser | undefined }

// Where the config itself names its status, or the old one may not do more either, nothing is missed when the old one is blocked.
const standingOf = ({ memory, holds, now }: Past, { managed, expires }: DesiredUser, { twin, old }: Names): SuccessorState => {
  if (twin === undefined) return 'missing'
  const { status } = twin.settings
  if (status === undefined || status === 'allowed') return twin.sendingAllowed === false ? 'mute' : 'works'
  if (isExpired(expires, now) || (status === 'blocked' && managed.status?.value === 'blocked')) return 'shut'
  const isStopped = old !== undefined && stopOf(holds, now, old.username) !== undefined
  const isAsOld = old !== undefined && !isStopped && status === statusOf(memory, old)
  return status === managed.status?.value || isAsOld ? 'works' : 'mute'
}

const isExpired = (expires: Moment | undefined, now: number): expires is Moment => expires !== undefined && now >= expires.at

type Ruled = {
  /** A user as its entry has it. */
  readonly own: DesiredUser
  /** The same as rules and dates make it. */
  readonly user: DesiredUser
  readonly twin: LiveUser | undefined
}

/** An old name: why it is blocked with its new one; else whether it returns with that, where it was. */
export type Former = { readonly shut: BlockWhy | undefined; readonly returns: boolean }

/**
 * The old names of the listed users, be the new ones live or not: an entry is one user, so what it says itself holds for all its names. What a rule
 * says of the new one it says of that name.
 */
export const formersOf = (listed: ReadonlyArray<Ruled>, now: number): ReadonlyMap<string, Former> =>
  new Map(
    listed.flatMap((one) => {
      if (one.own.previously.length === 0) return []
      const former = { shut: shutBy(one, now), returns: isOpening(one) }
      return one.own.previously.map((old) => [old, former] as const)
    }),
  )

/** Whether a new name is open after this run, as far as that goes; one that is not there yet is made as its old one was. */
const isOpening = ({ twin, user }: Ruled): boolean => (user.managed.status?.value ?? twin?.settings.status) !== 'blocked'

const shutBy = ({ own: { username, expires, managed }, user }: Ruled, now: number): BlockWhy | undefined => {
  const blocked = `blocked with ${username}, its new name`
  if (isExpired(expires, now))
    return { why: `${blocked}, which expired at ${momentText(expires.at)}`, source: `${expires.source} expires` }
  const { status } = managed
  return status?.value === 'blocked' && user.managed.status?.value === 'blocked'
    ? { why: `${blocked}, by its status`, source: status.source }
    : undefined
}

/** Whether a new name is still to be made, or still to get something of its old one. */
export const isOwing = (one: Successor | undefined, users: ReadonlyMap<string, UserMemory>): boolean =>
  one !== undefined && (one.standing === 'missing' || (users.get(one.name)?.owed.size ?? 0) > 0)
