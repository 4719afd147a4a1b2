// Leaving: live users that no scope lists. Left alone, reported, blocked, or blocked and after grace removed, as policy, `absent` and `previously` say.
//
//   listed ──► not listed ──block──► blocked by us ──grace, every look shows it blocked──► removed
//     ▲                                    │ opened by hand: blocked again, grace starts anew
//     └────────── listed again ────────────┘ the status from before our block comes back
import { aboutSpan, elapsedOf } from '../memory/grace.ts'
import { leavingOf, wayOut } from '../memory/our-block.ts'
import type { Leaving } from '../memory/user-memory.ts'
import type { Block, Cause, Change, Remove } from '../plan/plan.ts'
import type { LiveState, LiveUser } from '../user/live.ts'
import { differingIn, fold, matchesAny } from '../user/username.ts'
import type { AbsentUser, DesiredScope } from '../wanted/desired.ts'
import { dueUnlessContested } from './contested.ts'
import type { Context } from './diff.ts'
import { memoryOf, settles } from './diff.ts'
import { type Heir, type World, withhold } from './draft.ts'
import { elsewhere, liveTwice } from './listed.ts'
import { unmakable } from './makeable.ts'
import { heirElsewhere, stays } from './moved.ts'
import type { Part } from './part.ts'
import { type Past, renamedIn, type Successor, successorsOf } from './renamed.ts'
import { triedInVain } from './vain.ts'

/** Who is to go although the policy may leave unlisted users alone: by name. */
export type Departures = {
  readonly absent: ReadonlyMap<string, AbsentUser>
  /** Who has taken the place of an old name. */
  readonly successors: ReadonlyMap<string, Successor>
  /** These names as the config spells them, by folded name. */
  readonly spelled: ReadonlyMap<string, { readonly name: string; readonly source: string }>
  /** Who takes the place of the name of a live user in another scope. */
  readonly heirOf: (username: string) => Heir | undefined
}

/** The departures of a scope; `live` are its live users by name. */
export const departuresOf = (
  past: Past,
  { scope, absent, users }: Pick<DesiredScope, 'scope' | 'absent' | 'users'>,
  live: ReadonlyMap<string, LiveUser>,
  heirs: World['heirs'],
): Departures => ({
  absent: new Map(absent.map((one) => [one.username, one])),
  successors: successorsOf(past, users, live),
  spelled: new Map([
    ...absent.map(({ username, source }) => [fold(username), { name: username, source }] as const),
    ...renamedIn(users).flatMap(({ previously, source }) => previously.map((name) => [fold(name), { name, source }] as const)),
  ]),
  heirOf: (username) => heirElsewhere(heirs, username, scope),
})

/** Whether a live user that no scope lists is on its way out, so that its status is not for rules to say. */
export const isLeaving = (context: Context, { absent, successors, spelled, heirOf }: Departures, user: LiveUser): boolean => {
  const { username } = user
  if (absent.has(username)) return true
  const successor = successors.get(username)
  if (successor !== undefined) return isBlockedByUs(context, user) || isOver(context, user, successor)
  if (heirOf(username) !== undefined) return isBlockedByUs(context, user)
  const { unlisted } = context.policy
  return !spelled.has(fold(username)) && (unlisted === 'block' || unlisted === 'remove')
}

/** Whether a user is blocked still as it was on its way out. */
const isBlockedByUs = ({ memory }: Context, { username, settings: { status = 'blocked' } }: LiveUser): boolean =>
  status === 'blocked' && wayOut(memoryOf(memory, username)) !== undefined

/** Whether a new name works, and has for as long as grace is: the old one is not needed any more, also where the config shuts the new one since. */
const isOver = (context: Context, { username }: LiveUser, { standing }: Successor): boolean => {
  const leaving = leavingOf(memoryOf(context.memory, username))
  if (leaving?._tag === 'WayOut') return standing === 'works' || standing === 'shut'
  return standing === 'works' && graceOf(context, leaving) <= 0
}

const graceOf = ({ policy, now }: Context, leaving: Leaving | undefined): number =>
  policy.grace - (leaving === undefined ? 0 : elapsedOf(leaving, now))

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
  if (absent !== undefined) {
    const { source, reason } = absent
    return leave(context, world, live, user, { cause: causeOf(context, user), source, reason })
  }
  const successor = departures.successors.get(username)
  if (successor !== undefined) return replaced(context, world, live, user, successor)
  const spelled = departures.spelled.get(fold(username))
  if (spelled !== undefined) return misspelled(context, user, spelled)
  const heir = departures.heirOf(username)
  if (heir !== undefined) return moved(context, live, user, heir)
  if (policy.unlisted === 'ignore' || matchesAny(policy.ignore, username)) return { ignored: 1 }
  if (policy.unlisted === 'report') return { unlisted: [username] }
  return leave(context, world, live, user, {
    cause: causeOf(context, user),
    source: `${policy.unlistedAt} policy.unlisted ${policy.unlisted}`,
  })
}

// S15: one of the two is a mistake, so nobody is blocked for it.
const misspelled = (
  context: Context,
  user: LiveUser,
  { name, source }: { readonly name: string; readonly source: string },
): Part => {
  const { username } = user
  const message = `the config calls this user ${name}: write ${username}, as it is live`
  const change = endOf(context, user, source)
  return {
    withheld: change === undefined ? [] : [withhold(change, 'impossible', `differs ${differingIn(name, username)}; ${message}`)],
    findings: [{ rule: 'case-only-difference', severity: 'medium', username, message, source }],
  }
}

/** The new name of a user is listed in another scope: it stays as it is, on its way out or not. */
const moved = (context: Context, { scope }: LiveState, user: LiveUser, heir: Heir): Part => {
  const change = endOf(context, user, heir.source)
  return change === undefined ? {} : { withheld: [withhold(change, 'impossible', stays(heir, scope))] }
}

const causeOf = (context: Context, { username, settings }: LiveUser): Cause => {
  if (context.memory === undefined) return 'first_run'
  const memory = memoryOf(context.memory, username)
  const block = [{ field: 'status', from: settings.status, to: 'blocked', source: '' }] as const
  if (settles(context, memory, block)) return 'retry'
  return wayOut(memory) !== undefined || !context.seen.has(username) ? 'drift' : (context.last.causeOf(username) ?? 'config')
}

// What is not due yet has no other cause than that the config asks for it.
const askedBy = ({ memory, last }: Context, { username }: LiveUser): Cause =>
  memory === undefined ? 'first_run' : (last.causeOf(username) ?? 'config')

const NOT_YET = { missing: 'is not live yet', mute: 'may not send now', shut: 'may not send now' }

/** A user with a new name stays as it is until the new one has worked for as long as grace is, and goes on only while that works. */
const replaced = (context: Context, world: World, live: LiveState, user: LiveUser, successor: Successor): Part => {
  const { name, source, standing } = successor
  const leaving = leavingOf(memoryOf(context.memory, user.username))
  if (isOver(context, user, successor))
    return leave(context, world, live, user, { cause: leaving?._tag === 'WayOut' ? 'drift' : 'grace_elapsed', source })
  const change = endOf(context, user, source)
  if (change === undefined) return {}
  const when = standing === 'works' ? `; blocked in ${aboutSpan(graceOf(context, leaving))}` : `, which ${NOT_YET[standing]}`
  return { withheld: [withhold(change, 'awaiting_grace', `replaced by ${name}${when}`)] }
}

/** What the end of a user takes now, were it to come. Where something else has blocked it, there is nothing to announce: no block, and no removal either. */
const endOf = (context: Context, user: LiveUser, source: string): Block | Remove | undefined => {
  const cause = askedBy(context, user)
  if (isBlockedByUs(context, user)) return context.policy.unlisted === 'remove' ? removalOf(user, cause) : undefined
  return user.settings.status === 'blocked' ? undefined : blockOf(user, cause, source)
}

const removalOf = ({ username }: LiveUser, cause: Cause): Remove => ({ change: 'remove', username, cause, fields: [] })

const blockOf = ({ username, settings }: LiveUser, cause: Cause, source: string): Block => ({
  change: 'block',
  username,
  cause,
  fields: [{ field: 'status', from: settings.status, to: 'blocked', source }],
  ends: 'departs',
})

/** What a user is to go for: its cause, where that is said, and why, where that is said too. */
type Asked = { readonly cause: Cause; readonly source: string; readonly reason?: string | undefined }

const leave = (context: Context, world: World, live: LiveState, user: LiveUser, { cause, source, reason }: Asked): Part => {
  const { username, settings } = user
  const noted = reason === undefined ? {} : { note: reason }
  const way = wayOut(memoryOf(context.memory, username))
  const isBlocked = settings.status === 'blocked' || (settings.status === undefined && way !== undefined)
  const others = elsewhere(world, username, live.scope)
  const twice = liveTwice(others)
  if (!isBlocked) {
    const change = { ...blockOf(user, cause, source), ...noted }
    if (others.length > 0) return { withheld: [withhold(change, 'impossible', twice)] }
    const impossible = unmakable(context, live, { user: NOTHING_MANAGED, twin: user }, change)
    return impossible === undefined ? dueUnlessInVain(context, change) : { withheld: [impossible] }
  }
  if (context.policy.unlisted !== 'remove') return {}
  if (way === undefined)
    return {
      unlisted: [username],
      findings: [
        {
          rule: 'blocked-by-others',
          severity: 'low',
          username,
          message: `not listed${reason === undefined ? '' : ` (${reason})`}, and not blocked by the reconciler on its way out, which alone leads to a removal; remove it by hand`,
          source,
        },
      ],
    }
  const remaining = context.policy.grace - elapsedOf(way, context.now)
  const change = { ...removalOf(user, remaining > 0 ? askedBy(context, user) : 'grace_elapsed'), ...noted }
  if (settings.status === undefined)
    return { withheld: [withhold(change, 'impossible', 'the service does not show whether this user is still blocked')] }
  if (remaining > 0)
    return {
      withheld: [
        withhold(change, 'awaiting_grace', `blocked here as ${source}; removed in ${aboutSpan(remaining)} if it stays blocked`),
      ],
    }
  return others.length > 0 ? { withheld: [withhold(change, 'impossible', twice)] } : dueUnlessInVain(context, change)
}

const NOTHING_MANAGED = { managed: {} }

const dueUnlessInVain = (context: Context, change: Change): Part => {
  const inVain = triedInVain(context, change)
  return inVain === undefined ? dueUnlessContested(context, change) : { withheld: [inVain] }
}
