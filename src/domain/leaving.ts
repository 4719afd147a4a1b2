// Leaving: live users that no scope lists. Left alone, reported, blocked, or blocked and after grace removed, as policy, `absent` and `previously` say.
//
//   listed ──► not listed ──block──► blocked by us ──grace, every look shows it blocked──► removed
//     ▲                                    │ opened by hand: blocked again, grace starts anew
//     └────────── listed again ────────────┘ the status from before our block comes back
import { counted } from './counted.ts'
import type { AbsentUser, DesiredScope, DesiredUser } from './desired.ts'
import type { Context } from './diff.ts'
import { memoryOf, settles } from './diff.ts'
import { type Part, type World, withhold } from './draft.ts'
import type { Leaving } from './ledger.ts'
import { DAY } from './ledger.ts'
import { elsewhere, unmakable } from './listed.ts'
import type { LiveState, LiveUser } from './live.ts'
import type { Cause, Change } from './plan.ts'
import { differingIn, fold, matchesAny } from './username.ts'
import { triedInVain } from './vain.ts'

/** Grace that has passed by now: what was counted, and since the last look a day at the most; none where that did not show the user. */
export const elapsedOf = (leaving: Leaving, now: number): number =>
  leaving._tag === 'Blocked' && leaving.unseen === true
    ? 0
    : leaving.elapsedMs + Math.min(DAY, Math.max(0, now - leaving.countedAt))

/** Who is to go although the policy may leave unlisted users alone: by name. */
export type Departures = {
  readonly absent: ReadonlyMap<string, AbsentUser>
  /** Who has taken the place of an old name. */
  readonly successors: ReadonlyMap<string, Successor>
  /** These names as the config spells them, by folded name. */
  readonly spelled: ReadonlyMap<string, { readonly name: string; readonly source: string }>
}

/** A listed user under its new name: whether it is live and does what it is to do, so that the old name is not needed any more. */
type Successor = { readonly name: string; readonly source: string; readonly standing: 'missing' | 'mute' | 'works' }

/** The departures of a scope; `live` are its live users by name. */
export const departuresOf = ({ absent, users }: DesiredScope, live: ReadonlyMap<string, LiveUser>, now: number): Departures => ({
  absent: new Map(absent.map((one) => [one.username, one])),
  successors: new Map(
    users.flatMap((user) =>
      user.previously.map((old) => {
        const standing = standingOf(user, { twin: live.get(user.username), old: live.get(old), now })
        return [old, { name: user.username, source: user.source, standing }] as const
      }),
    ),
  ),
  spelled: new Map([
    ...absent.map(({ username, source }) => [fold(username), { name: username, source }] as const),
    ...users.flatMap(({ previously, source }) => previously.map((name) => [fold(name), { name, source }] as const)),
  ]),
})

type Names = { readonly twin: LiveUser | undefined; readonly old: LiveUser | undefined; readonly now: number }

// Where the config itself says that it is not to send, or the old one may not do more either, nothing is missed when the old one is blocked.
const standingOf = ({ managed, expires }: DesiredUser, { twin, old, now }: Names): Successor['standing'] => {
  if (twin === undefined) return 'missing'
  const { status } = twin.settings
  if (status === undefined || status === 'allowed') return twin.sendingAllowed === false ? 'mute' : 'works'
  const isOver = expires !== undefined && now >= expires.at
  return isOver || status === managed.status?.value || status === old?.settings.status ? 'works' : 'mute'
}

/** Whether a live user that no scope lists is on its way out, so that its status is not for rules to say. */
export const isLeaving = (
  { policy, memory, now }: Context,
  { absent, successors, spelled }: Departures,
  username: string,
): boolean => {
  if (absent.has(username)) return true
  const successor = successors.get(username)
  if (successor !== undefined) {
    const { leaving } = memoryOf(memory, username)
    if (leaving?._tag === 'Blocked') return true
    return leaving !== undefined && successor.standing === 'works' && elapsedOf(leaving, now) >= policy.grace
  }
  return !spelled.has(fold(username)) && (policy.unlisted === 'block' || policy.unlisted === 'remove')
}

type Scene = {
  readonly world: World
  readonly live: LiveState
  readonly departures: Departures
}

/** A live user that no scope of the config lists. */
export const left = (context: Context, { world, live, departures }: Scene, user: LiveUser): Part => {
  const { policy } = context
  const { username } = user
  const absent = departures.absent.get(username)
  if (absent !== undefined) return leave(context, world, live, user, { cause: causeOf(context, user), source: sourceOf(absent) })
  const successor = departures.successors.get(username)
  if (successor !== undefined) return replaced(context, world, live, user, successor)
  const spelled = departures.spelled.get(fold(username))
  if (spelled !== undefined) return misspelled(user, spelled)
  if (policy.unlisted === 'ignore' || matchesAny(policy.ignore, username)) return { ignored: 1 }
  if (policy.unlisted === 'report') return { unlisted: [username] }
  return leave(context, world, live, user, { cause: causeOf(context, user), source: `policy.unlisted ${policy.unlisted}` })
}

// S15: one of the two is a mistake, so nobody is blocked for it.
const misspelled = (user: LiveUser, { name, source }: { readonly name: string; readonly source: string }): Part => {
  const { username } = user
  const message = `the config calls this user ${name}: write ${username}, as it is live`
  return {
    withheld: [withhold(blockOf(user, 'config', source), 'impossible', `differs ${differingIn(name, username)}; ${message}`)],
    findings: [{ rule: 'case-only-difference', severity: 'medium', username, message, source }],
  }
}

const sourceOf = ({ source, reason }: AbsentUser): string => (reason === undefined ? source : `${source}: ${reason}`)

const causeOf = (context: Context, { username, settings }: LiveUser): Cause => {
  if (context.memory === undefined) return 'first_run'
  const memory = memoryOf(context.memory, username)
  const { leaving } = memory
  const block = [{ field: 'status', from: settings.status, to: 'blocked', source: '' }] as const
  if (settles(context, memory, block)) return 'retry'
  return leaving?._tag === 'Blocked' || !context.seen.has(username) ? 'drift' : 'config'
}

const NOT_YET = { missing: 'is not live yet', mute: 'may not send now' }

/** A user with a new name stays as it is until the new one has worked for as long as grace is. */
const replaced = (
  context: Context,
  world: World,
  live: LiveState,
  user: LiveUser,
  { name, source, standing }: Successor,
): Part => {
  const { leaving } = memoryOf(context.memory, user.username)
  if (leaving?._tag === 'Blocked') return leave(context, world, live, user, { cause: 'drift', source })
  const left = context.policy.grace - (leaving === undefined ? 0 : elapsedOf(leaving, context.now))
  if (standing === 'works' && left <= 0) return leave(context, world, live, user, { cause: 'grace_elapsed', source })
  const when = standing === 'works' ? `; blocked in ${inDays(left)}` : `, which ${NOT_YET[standing]}`
  return { withheld: [withhold(blockOf(user, 'config', source), 'awaiting_grace', `replaced by ${name}${when}`)] }
}

const blockOf = ({ username, settings }: LiveUser, cause: Cause, source: string): Change => ({
  change: 'block',
  username,
  cause,
  fields: [{ field: 'status', from: settings.status, to: 'blocked', source }],
  departs: true,
})

const leave = (
  context: Context,
  world: World,
  live: LiveState,
  user: LiveUser,
  { cause, source }: { readonly cause: Cause; readonly source: string },
): Part => {
  const { username, settings } = user
  const { leaving } = memoryOf(context.memory, username)
  const ours = leaving?._tag === 'Blocked'
  const isBlocked = settings.status === 'blocked' || (settings.status === undefined && ours)
  const others = elsewhere(world, username, live.scope)
  const twice = `this name is also live in ${others.join(', ')}: it is written in neither; remove one of the two`
  if (!isBlocked) {
    const change = blockOf(user, cause, source)
    if (others.length > 0) return { withheld: [withhold(change, 'impossible', twice)] }
    const impossible = unmakable(context, live, { user: NOTHING_MANAGED, twin: user }, change)
    return impossible === undefined ? dueUnlessInVain(context, change) : { withheld: [impossible] }
  }
  if (context.policy.unlisted !== 'remove') return {}
  if (!ours)
    return {
      unlisted: [username],
      findings: [
        {
          rule: 'blocked-by-others',
          severity: 'low',
          username,
          message:
            'not listed, and not blocked by the reconciler on its way out, which alone leads to a removal; remove it by hand',
          source,
        },
      ],
    }
  const change: Change = { change: 'remove', username, cause: 'grace_elapsed', fields: [] }
  if (settings.status === undefined)
    return { withheld: [withhold(change, 'impossible', 'the service does not show whether this user is still blocked')] }
  const remaining = context.policy.grace - elapsedOf(leaving, context.now)
  if (remaining > 0)
    return {
      withheld: [
        withhold(change, 'awaiting_grace', `blocked here as ${source}; removed in ${inDays(remaining)} if it stays blocked`),
      ],
    }
  return others.length > 0 ? { withheld: [withhold(change, 'impossible', twice)] } : dueUnlessInVain(context, change)
}

const NOTHING_MANAGED = { managed: {} }

const dueUnlessInVain = (context: Context, change: Change): Part => {
  const inVain = triedInVain(context, change)
  return inVain === undefined ? { due: [change] } : { withheld: [inVain] }
}

type Seen = {
  readonly live: LiveUser
  /** The status before our block of this user on its way out, where this run made one. An emergency stop is for now, and leads to no removal. */
  readonly blockedFrom: string | undefined
  /** Whether this run found it open. */
  readonly wasOpen: boolean
  /** Whether the user that takes its place works there. */
  readonly isReplaced: boolean
  readonly now: number
}

/** What to remember of the way out of a live user that is not listed, after a look at it. */
export const leavingAfter = (
  before: Leaving | undefined,
  { live, blockedFrom, wasOpen, isReplaced, now }: Seen,
): Leaving | undefined => {
  if (blockedFrom !== undefined) return { _tag: 'Blocked', statusBefore: blockedFrom, elapsedMs: 0, countedAt: now }
  const { status } = live.settings
  const isOpen = wasOpen || (status !== undefined && status !== 'blocked')
  if (before?._tag === 'Blocked' && !isOpen)
    return { _tag: 'Blocked', statusBefore: before.statusBefore, elapsedMs: elapsedOf(before, now), countedAt: now }
  // Opened by hand: the way out begins anew with our next block, and what somebody else blocks meanwhile is none.
  if (!isReplaced) return undefined
  const elapsedMs = before === undefined ? 0 : before._tag === 'Replaced' ? elapsedOf(before, now) : PASSED
  return { _tag: 'Replaced', elapsedMs, countedAt: now }
}

// Longer than any grace: one that was blocked when its grace had passed has none left before it is blocked again.
const PASSED = 1000 * 365 * DAY

const UNITS = [
  ['day', DAY],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

const inDays = (ms: number): string => {
  const [unit, size] = UNITS.find(([, length]) => ms >= 2 * length) ?? UNITS[3]
  const count = Math.ceil(ms / size)
  return `about ${counted(count, unit)}`
}
