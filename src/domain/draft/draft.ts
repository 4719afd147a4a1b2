// Draft: everything that differs in one scope, before any policy or guard has looked at it.
import type { Command } from '../basics/command.ts'
import { each, type Work, whenAsked } from '../basics/work.ts'
import type { Hold } from '../decisions/hold.ts'
import type { Block, Change, Finding, HoldReason } from '../plan/plan.ts'
import { type LiveState, type LiveUser, usersByFold, usersByName } from '../user/live.ts'
import type { FieldName } from '../user/settings.ts'
import { fold } from '../user/username.ts'
import type { BlockWhy, DesiredScope, DesiredUser } from '../wanted/desired.ts'
import type { Scope } from '../wanted/scope.ts'
import { carried } from './carried.ts'
import { type Context, causeOf } from './diff.ts'
import { aboutLive } from './finding.ts'
import { type Governed, governed, governedUnborn, reachIn } from './governing.ts'
import { type Departures, departuresOf, left } from './leaving.ts'
import { caseOnly, elsewhere, formerCaseOnly, missing, pair, restored, secondSpelling } from './listed.ts'
import { drafting, type Part, SILENT, together } from './part.ts'
import { isQuiet } from './quiet.ts'
import { formerOf, formersOf, owing } from './renamed.ts'
import { besideStop, stopping } from './stopping.ts'
import { triedInVain } from './vain.ts'

/** A change that is not made now, with the reason in words. */
export type Withheld = {
  readonly change: Change
  readonly reason: HoldReason
  readonly why: string
  /** What would end it, where that is no approval. */
  readonly command?: Command | undefined
  /** The hold that keeps it back. */
  readonly hold?: Hold
}

/** The block of a user that does not meet a rule, and why it is not made where it was tried in vain. */
export type Unmended = { readonly change: Block; readonly why: BlockWhy; readonly inVain: Withheld | undefined }

export type Draft = {
  readonly scope: Scope
  readonly live: LiveState
  readonly listed: number
  /** The users as rules and dates make them: the listed ones, and those of the others for whom a rule says something. */
  readonly governed: {
    /** Of whom there is nothing to say. */
    readonly quiet: ReadonlyArray<DesiredUser>
    readonly listed: ReadonlyArray<DesiredUser>
    readonly others: ReadonlyArray<DesiredUser>
  }
  readonly due: ReadonlyArray<Change>
  readonly withheld: ReadonlyArray<Withheld>
  /** Changes that a whole look finds and this run is not about; absent where it is about all. */
  readonly aside?: ReadonlyArray<Change>
  /** The changes that would wait for a person, had none run this (S10) or given its digest, by `nameOf`; absent where none would. */
  readonly vouched?: ReadonlySet<string>
  /** Blocks of users that do not meet a rule, to be made where what would mend that is not. */
  readonly unmended: ReadonlyArray<Unmended>
  readonly findings: ReadonlyArray<Finding>
  readonly unlisted: ReadonlyArray<string>
  readonly ignored: number
  readonly inSync: number
  readonly unobservable: ReadonlyArray<{ readonly username: string; readonly fields: ReadonlyArray<FieldName> }>
  readonly assumed: ReadonlyArray<{ readonly username: string; readonly fields: ReadonlyArray<FieldName> }>
}

/** A user as the config spells it, and where. */
export type Named = Pick<DesiredUser, 'username' | 'source'>

/** A listed user with its scope. */
export type Heir = Named & { readonly scope: Scope }

/** What one scope must know of the others. */
export type World = {
  /** The scopes in which a username is live, or was when they were last read. */
  readonly liveIn: (username: string) => ReadonlyArray<Scope>
  /** The same of a username in whatever case. */
  readonly nearlyIn: (username: string) => ReadonlyArray<Scope>
  /** The user that some scope of the config lists by a name in whatever case. */
  readonly listedAs: (username: string) => Named | undefined
  /** Where a username was when a scope that was not read in this run was last read; of scopes that the config names. */
  readonly lastSeenIn?: ReadonlyMap<string, ReadonlyArray<Scope>>
  /** The same of scopes that it does not name any more, which nobody reads again. */
  readonly leftIn?: ReadonlyMap<string, ReadonlyArray<Scope>>
  /** Who is listed under a new name, by the old one, folded. */
  readonly heirs: ReadonlyMap<string, Heir>
  /** Scopes that nobody has read yet, so that anybody may be there. */
  readonly unread: ReadonlyArray<Scope>
}

/** A change that is not made now and that no approval lets through. */
export const withhold = (change: Change, reason: HoldReason, why: string): Withheld => ({
  change,
  reason,
  why,
})

/**
 * Pairs desired and live users of a scope, rules over all of them, and says what differs. Users listed in no scope are left alone unless a
 * rule or the policy says otherwise.
 */
export function* draft(context: Context, world: World, desired: DesiredScope, live: LiveState): Work<Draft> {
  const names = namesIn(live)
  const { byName } = names
  yield
  const here = whenAsked(() => new Set(desired.users.map(({ username }) => username)))
  const departures = departuresOf(context, desired, byName, world.heirs)
  const { stopped, part: stops } = stopping(context, desired, live, byName)
  const scene = { context, world, live, departures, names, stopped }
  const isStranger = ({ username }: LiveUser): boolean => world.listedAs(username) === undefined
  const reach = reachIn(
    context,
    departures,
    (user) => stopped.has(user.username) || (!here().has(user.username) && !isStranger(user)),
  )
  let paired = 0
  const seen = yield* each(desired.users, (user) => {
    const twin = byName.get(user.username)
    if (twin !== undefined) paired += 1
    if (twin !== undefined && !stopped.has(user.username) && isQuiet(context, world, user, twin)) return undefined
    return twin === undefined
      ? { ...governedUnborn(context, user, formerOf(context, user, live), reach.listed), own: user, twin }
      : { ...governed(context, owing(context, user, { live, twin }), twin, reach.listed), own: user, twin }
  })
  const listed = seen.filter((one) => one !== undefined)
  const formers = formersOf(listed, context.now)
  const others = yield* each(
    paired === live.users.length ? [] : live.users.filter(({ username }) => !here().has(username)),
    (twin) => {
      const { username } = twin
      const former = formers.get(username)
      const standing = former?.returns === true ? reach.former : reach.other
      return { twin, ...governed(context, { username, ...UNLISTED, shut: former?.shut }, twin, standing) }
    },
  )
  const all = [...listed, ...others]
  const parts = [
    stops,
    { inSync: seen.length - listed.length },
    ...(yield* each(listed, (one) => ofListed(scene, one))),
    ...(yield* each(
      others.filter(({ twin }) => isStranger(twin) && !stopped.has(twin.username)),
      (one) => ofStranger(scene, one),
    )),
    ...others.flatMap(({ twin }) => ofSecond(scene, here(), twin)),
    ...(yield* each(all, (one) => aboutLive(context, world, one))),
    ...all.filter(({ findings }) => findings.length > 0).map(({ findings }): Part => ({ findings })),
  ]
  return yield* drafting(parts, {
    scope: desired.scope,
    live,
    listed: desired.users.length,
    governed: {
      quiet: desired.users.filter((_user, at) => seen[at] === undefined),
      listed: listed.map(({ user }) => user),
      others: others.filter(({ isRuled }) => isRuled).map(({ user }) => user),
    },
    unmended: (yield* each(all, (one) => unmendedOf(scene, one))).flat(),
  })
}

/** Live users by name, and in whatever case. */
type Names = { readonly byName: ReadonlyMap<string, LiveUser>; readonly spelled: (username: string) => LiveUser | undefined }

const namesIn = (live: LiveState): Names => ({
  byName: usersByName(live),
  spelled: (username) => usersByFold(live).get(fold(username)),
})

/** Where the users of a scope are compared. */
type Scene = {
  readonly context: Context
  readonly world: World
  readonly live: LiveState
  readonly departures: Departures
  readonly names: Names
  /** Whom an emergency stop blocks. */
  readonly stopped: ReadonlySet<string>
}

type Listed = Pick<Governed, 'user' | 'isDue'> & { readonly twin: LiveUser | undefined }

/** A listed user, and of one that a stop blocks what else is wanted of it. */
const ofListed = (scene: Scene, one: Listed): Part =>
  scene.stopped.has(one.user.username) ? { ...against(scene, besideStop(one)), inSync: 0 } : against(scene, one)

/** A listed user against its live twin, one that differs only in case, or nobody. */
const against = ({ context, world, live, names: { byName, spelled } }: Scene, { user, twin, isDue }: Listed): Part => {
  if (twin !== undefined) return pair(context, world, live, restored(context, user, twin), twin)
  const nearly = spelled(user.username)
  if (nearly !== undefined) return caseOnly(context, user, nearly)
  if (!isDue) return SILENT
  for (const name of user.previously) {
    const former = byName.has(name) ? undefined : spelled(name)
    if (former !== undefined) return formerCaseOnly(context, user, name, former)
  }
  return missing(context, world, live, user)
}

/** A live user that is listed nowhere, as it leaves, and under its rules. */
const ofStranger = (
  scene: Scene,
  { user, twin, isRuled }: Pick<Governed, 'user' | 'isRuled'> & { readonly twin: LiveUser },
): Part => {
  const { context, world, live } = scene
  if (!isRuled) return left(context, scene, twin)
  const isShut = user.shut !== undefined && user.blockedFor !== undefined
  return together(context, isShut ? SILENT : left(context, scene, twin), pair(context, world, live, user, twin))
}

/** A second spelling of somebody who is listed. */
const ofSecond = (
  { world, names: { byName, spelled } }: Scene,
  here: ReadonlySet<string>,
  twin: LiveUser,
): ReadonlyArray<Part> => {
  const named = world.listedAs(twin.username)
  if (named === undefined || named.username === twin.username) return []
  // The first spelling of one who is to be made here is told with that.
  const isTold = here.has(named.username) && !byName.has(named.username) && spelled(twin.username) === twin
  return isTold ? [] : [secondSpelling(twin, named)]
}

const UNLISTED = { managed: {}, previously: [], source: 'listed nowhere' }

type Paired = Pick<Governed, 'user'> & { readonly twin: LiveUser | undefined }

const unmendedOf = ({ context, world, live }: Scene, { user, twin }: Paired): ReadonlyArray<Unmended> => {
  const { unless: why } = user
  // Who is live twice is written in neither place.
  if (twin === undefined || why === undefined || elsewhere(world, twin.username, live.scope).length > 0) return []
  const { why: note, ...said } = why
  const fields = [{ field: 'status', from: twin.settings.status, to: 'blocked', ...said } as const]
  const block: Block = {
    change: 'block',
    username: user.username,
    cause: causeOf(context, { ...user, blockedFor: note }, fields),
    fields,
    ends: 'returns',
    note,
  }
  const change = carried(context, { user, twin }, block)
  return [{ change, why, inVain: triedInVain(context, change) }]
}
