// Remembering users: what a run leaves behind of each user of a scope, listed or not, live or gone.
import { each, type Work } from '../basics/work.ts'
import { holding, stopOf } from '../decisions/hold.ts'
import { memoryOf } from '../draft/diff.ts'
import type { Draft } from '../draft/draft.ts'
import { isFirstLook } from '../draft/found-shut.ts'
import { isAllKnown } from '../draft/quiet.ts'
import { isOwing, successorsOf } from '../draft/renamed.ts'
import { underStop } from '../memory/hold-memory.ts'
import type { Ledger, ScopeMemory } from '../memory/ledger.ts'
import { leftOut, shownAfter } from '../memory/left-out.ts'
import { stranger, type UserMemory } from '../memory/user-memory.ts'
import { isPassing } from '../plan/held.ts'
import { blockEnd, type Ended } from '../plan/plan.ts'
import { type LiveState, type LiveUser, usersByName } from '../user/live.ts'
import type { Print, Prints } from '../user/prints.ts'
import type { Glob } from '../user/username.ts'
import type { DesiredScope, DesiredUser, Ending } from '../wanted/desired.ts'
import { withBarred } from './barred.ts'
import { type RunFacts, remembered, unlisted, withRules } from './remember-user.ts'

/** What there is to remember after a run of a scope. */
export type ToRemember = {
  readonly draft: Draft
  readonly desired: DesiredScope
  /** The digest of the config. */
  readonly config: Print
  /** The files of the config, and how they end. */
  readonly endings: ReadonlyArray<Ending>
  readonly ended: ReadonlyArray<Ended>
  /** The last answer of the service: read back, or the first where nothing was written or reading back failed. */
  readonly live: LiveState
  readonly origin: Print
  readonly prints: Prints
  readonly now: number
  readonly person: boolean
  /** Globs of users that are protected. */
  readonly protect: ReadonlyArray<Glob>
  /** Only some users were looked at. */
  readonly filtered: boolean
  /** The run comes to no report, or to one that is no news, so that nobody is told of what it found. */
  readonly untold?: boolean
  /** A run was undone, and the config was not applied. */
  readonly undone?: boolean
}

/** What is remembered of each user: of the listed ones, of the others that are live, and of those that are there no more. */
export function* usersAfter(ledger: Ledger, memory: ScopeMemory, given: ToRemember): Work<ReadonlyMap<string, UserMemory>> {
  const after = {
    ...given,
    isFirst: isFirstLook({ memory, forgotten: ledger.forgotten, now: given.now }),
    alsoChanged: new Set(given.ended.flatMap(({ alsoChanged = [] }) => alsoChanged)),
  }
  const { draft, live, now } = after
  const stops = holding(ledger.holds, now).filter(({ what }) => what._tag === 'Stop')
  const [liveByName, planned] = [usersByName(live), usersByName(draft.live)]
  const endedByName = new Map(after.ended.map((one) => [one.username, one]))
  const assumed = new Map(draft.assumed.map(({ username, fields }) => [username, fields]))
  yield
  const isUntouched = (username: string): boolean =>
    live === draft.live && !endedByName.has(username) && !after.alsoChanged.has(username)
  const still = yield* each(draft.governed.quiet, (user) => {
    const before = memory.users.get(user.username)
    return before !== undefined && isUntouched(user.username) && isAllKnown(before, user, after.prints) ? before : undefined
  })
  if (isAllStill(draft, memory, still)) return memory.users
  const users = new Map<string, UserMemory>()
  const keep = (user: DesiredUser): void => {
    const { username } = user
    const facts = {
      user,
      live: liveByName.get(username),
      planned: planned.get(username),
      ended: endedByName.get(username),
      assumed: assumed.get(username) ?? [],
      after,
    }
    users.set(username, remembered(memoryOf(memory, username), facts))
  }
  yield* each(draft.governed.quiet.entries(), ([at, user]) => {
    const before = still[at]
    if (before === undefined) keep(user)
    else users.set(user.username, before)
  })
  yield* each(draft.governed.listed, keep)
  yield
  const successors = successorsOf({ memory, holds: ledger.holds, now }, after.desired.users, liveByName)
  const departing = departingIn(draft)
  const known = { memory, after, planned, endedByName, successors, departing }
  const ruled = new Map(draft.governed.others.map((user) => [user.username, user]))
  const shown = draft.governed.listed.filter(({ username }) => liveByName.has(username)).length + draft.governed.quiet.length
  for (const one of live === draft.live && shown === live.users.length ? [] : live.users) {
    if (users.has(one.username)) continue
    const kept = planned.has(one.username) ? unlistedAfter(known, one, ruled.get(one.username)) : newcomer(memory, one, after.now)
    if (kept !== undefined) users.set(one.username, kept)
  }
  for (const one of unseenOf(known, users, liveByName)) users.set(...one)
  for (const { username } of stops.length === 0 ? [] : live.users) {
    const [before, one] = [memoryOf(memory, username), users.get(username)]
    const isBlank = one === undefined && before.notTaking.length === 0
    if (!isBlank && stopOf(stops, now, username) !== undefined) users.set(username, underStop(before, one ?? stranger, now))
  }
  for (const one of withBarred(memory, users, { after, ended: endedByName, holds: stops, departing })) users.set(...one)
  yield
  return users
}

/** Whether what is remembered of all users stays as it is, as at most looks: then it is the very same, and nothing need be made anew of it. */
const isAllStill = (
  { governed: { quiet, listed, others }, live: { users } }: Draft,
  memory: ScopeMemory,
  still: ReadonlyArray<UserMemory | undefined>,
): boolean =>
  listed.length + others.length === 0 &&
  users.length === quiet.length &&
  memory.users.size === quiet.length &&
  still.every((one) => one !== undefined)

/** Those whom the last answer leaves out, as far as there is anything of them to remember. */
const unseenOf = (
  { memory, after: { now }, endedByName, successors }: Known,
  users: ReadonlyMap<string, UserMemory>,
  live: ReadonlyMap<string, LiveUser>,
): ReadonlyArray<readonly [string, UserMemory]> => {
  const isAwaited = (username: string): boolean => isOwing(successors.get(username), users)
  const isUnseen = (username: string): boolean => !users.has(username) && !live.has(username)
  const known = [...memory.users.keys()].filter(isUnseen)
  const awaited = successors.size === 0 ? [] : memory.lastSeen.filter((username) => isUnseen(username) && isAwaited(username))
  return [...new Set([...known, ...awaited])].flatMap((username) => {
    const facts = { ended: endedByName.get(username), isAwaited: isAwaited(username), now }
    const kept = leftOut(memoryOf(memory, username), facts)
    return kept === undefined ? [] : [[username, kept] as const]
  })
}

/** Whom the config wants away. Of one whose new name has to work first nothing is asked yet. */
const departingIn = ({ due, withheld }: Draft): ReadonlySet<string> => {
  const asked = [...due, ...withheld.filter((one) => !isPassing(one)).map(({ change }) => change)]
  return new Set(asked.flatMap((change) => (blockEnd(change) === 'departs' ? [change.username] : [])))
}

/** One that only the answer read back shows. */
const newcomer = (memory: ScopeMemory, { username }: LiveUser, now: number): UserMemory | undefined =>
  memory.users.has(username) ? shownAfter(memoryOf(memory, username), now) : undefined

type Known = {
  readonly memory: ScopeMemory
  readonly after: RunFacts
  readonly planned: ReadonlyMap<string, LiveUser>
  readonly endedByName: ReadonlyMap<string, Ended>
  readonly successors: ReturnType<typeof successorsOf>
  readonly departing: ReadonlySet<string>
}

/** A live user that is not listed; `user` where rules say something of it. */
const unlistedAfter = (
  { memory, after, planned, endedByName, successors, departing }: Known,
  one: LiveUser,
  user: DesiredUser | undefined,
): UserMemory | undefined => {
  const before = memoryOf(memory, one.username)
  const ended = endedByName.get(one.username)
  const looks = { live: one, planned: planned.get(one.username), ended, after }
  const left = unlisted(before, { ...looks, successor: successors.get(one.username)?.standing })
  if (user === undefined) return left
  return withRules(before, { user, ...looks, assumed: [] }, { left, departs: departing.has(one.username) })
}
