// Draft: everything that differs in one scope, before any policy or guard has looked at it.
import { carried } from './carried.ts'
import type { DesiredScope, DesiredUser } from './desired.ts'
import type { Context } from './diff.ts'
import { aboutLive, contestsOf } from './finding.ts'
import { governed, governedUnborn, reachIn, type Why } from './governing.ts'
import { type Hold, stopOf } from './hold.ts'
import { departuresOf, left } from './leaving.ts'
import { caseOnly, elsewhere, formerCaseOnly, missing, pair, restored, secondSpelling, unmakable } from './listed.ts'
import type { LiveState, LiveUser } from './live.ts'
import type { Change, Finding, HoldReason } from './plan.ts'
import { formerOf, owing } from './renamed.ts'
import type { Scope } from './scope.ts'
import type { FieldName } from './settings.ts'
import { fold } from './username.ts'
import { triedInVain } from './vain.ts'
import { each, type Work } from './work.ts'

/** A change that is not made now, with the reason in words; `approvable` where an approval of the digest lets it through. */
export type Withheld = {
  readonly change: Change
  readonly reason: HoldReason
  readonly why: string
  readonly approvable: boolean
  /** The hold that keeps it back. */
  readonly hold?: Hold
}

/** The block of a user that does not meet a rule, and why it is not made where it was tried in vain. */
export type Unmended = { readonly change: Change; readonly inVain: Withheld | undefined }

export type Draft = {
  readonly scope: Scope
  readonly live: LiveState
  readonly listed: number
  /** The users as rules and dates make them: all listed ones, and those of the others for whom a rule says something. */
  readonly governed: { readonly listed: ReadonlyArray<DesiredUser>; readonly others: ReadonlyArray<DesiredUser> }
  readonly due: ReadonlyArray<Change>
  readonly withheld: ReadonlyArray<Withheld>
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

/** What one scope must know of the others. */
export type World = {
  /** The scopes in which a username is live, or was when they were last read. */
  readonly liveIn: ReadonlyMap<string, ReadonlyArray<Scope>>
  /** Every user that some scope of the config lists, by folded name. */
  readonly listed: ReadonlyMap<string, Named>
  /** Where a username was when a scope that was not read in this run was last read; of scopes that the config names. */
  readonly lastSeenIn?: ReadonlyMap<string, ReadonlyArray<Scope>>
  /** The same of scopes that it does not name any more, which nobody reads again. */
  readonly leftIn?: ReadonlyMap<string, ReadonlyArray<Scope>>
}

/** What one user adds to the draft. */
export type Part = Partial<Pick<Draft, 'due' | 'withheld' | 'findings' | 'unlisted' | 'unobservable' | 'assumed'>> & {
  readonly inSync?: number
  readonly ignored?: number
}

/** A user that is as it should be, and one of whom there is nothing to say. */
export const IN_SYNC: Part = { inSync: 1 }
export const SILENT: Part = {}

/** A change that is not made now and that no approval lets through. */
export const withhold = (change: Change, reason: HoldReason, why: string): Withheld => ({
  change,
  reason,
  why,
  approvable: false,
})

/**
 * Pairs desired and live users of a scope, rules over all of them, and says what differs. Users listed in no scope are left alone unless a
 * rule or the policy says otherwise.
 */
export function* draft(context: Context, world: World, desired: DesiredScope, live: LiveState): Work<Draft> {
  const byName = new Map(live.users.map((user) => [user.username, user]))
  const byFold = new Map<string, LiveUser>()
  for (const user of live.users) {
    const other = byFold.get(fold(user.username))
    // S14: of several spellings the first by name, whichever the service shows first.
    if (other === undefined || user.username < other.username) byFold.set(fold(user.username), user)
  }
  yield
  const here = new Set(desired.users.map(({ username }) => username))
  yield
  const departures = departuresOf(context, desired, byName)
  const scene = { world, live, departures }
  const stops = new Map(live.users.flatMap((user) => stopChange(context, user)))
  const listedNow = new Map(stops.size === 0 ? [] : desired.users.map((user) => [user.username, user]))
  const unstoppable = [...stops.values()].flatMap((change): ReadonlyArray<Withheld> => {
    const twin = byName.get(change.username)
    const user = listedNow.get(change.username) ?? { managed: {} }
    const found = twin === undefined ? undefined : unmakable(context, live, { user, twin }, change)
    return found === undefined ? [] : [found]
  })
  const impossible = new Set(unstoppable.map(({ change }) => change))
  const isStranger = ({ username }: LiveUser): boolean => !world.listed.has(fold(username))
  const reach = reachIn(
    context,
    departures,
    (user) => stops.has(user.username) || (!here.has(user.username) && !isStranger(user)),
  )
  const listed = yield* each(desired.users, (user) => {
    const twin = byName.get(user.username)
    return twin === undefined
      ? { ...governedUnborn(context, user, formerOf(context, user, live), reach.listed), twin, unless: undefined }
      : { ...governed(context, owing(context, user, { live, twin }), twin, reach.listed), twin }
  })
  const others = yield* each(
    live.users.filter(({ username }) => !here.has(username)),
    (twin) => ({ twin, ...governed(context, { username: twin.username, ...UNLISTED }, twin, reach.other) }),
  )
  const parts = [
    ...(yield* each(listed, ({ user, twin, isDue }): Part => {
      if (stops.has(user.username)) return {}
      if (twin !== undefined) return pair(context, world, live, restored(context, user, twin), twin)
      const nearly = byFold.get(fold(user.username))
      if (nearly !== undefined) return caseOnly(context, user, nearly)
      if (!isDue) return {}
      for (const name of user.previously) {
        const former = byName.has(name) ? undefined : byFold.get(fold(name))
        if (former !== undefined) return formerCaseOnly(context, user, name, former)
      }
      return missing(context, world, live, user)
    })),
    ...(yield* each(
      others.filter(({ twin }) => isStranger(twin) && !stops.has(twin.username)),
      ({ twin, user, isRuled }) =>
        isRuled ? together(left(context, scene, twin), pair(context, world, live, user, twin)) : left(context, scene, twin),
    )),
    ...others.flatMap(({ twin }): ReadonlyArray<Part> => {
      const named = world.listed.get(fold(twin.username))
      if (named === undefined || named.username === twin.username) return []
      // The first spelling of one who is to be made here is told with that.
      const isTold = here.has(named.username) && !byName.has(named.username) && byFold.get(fold(twin.username)) === twin
      return isTold ? [] : [secondSpelling(twin, named)]
    }),
    ...(yield* each([...listed, ...others], ({ user, twin }) =>
      twin === undefined ? SILENT : aboutLive(context, world, user, twin),
    )),
    ...[...listed, ...others].filter(({ findings }) => findings.length > 0).map(({ findings }): Part => ({ findings })),
    {
      due: [...stops.values()].filter((change) => !impossible.has(change)),
      withheld: unstoppable,
      findings: [...stops.values()].flatMap((change) => contestsOf(context, change)),
    },
  ]
  yield
  // Most users have nothing to say.
  const telling = parts.filter((part) => part !== IN_SYNC && part !== SILENT)
  const all = <A>(of: (part: Part) => ReadonlyArray<A> | undefined): ReadonlyArray<A> => telling.flatMap((part) => of(part) ?? [])
  return {
    scope: desired.scope,
    live,
    listed: desired.users.length,
    governed: {
      listed: listed.map(({ user }) => user),
      others: others.filter(({ isRuled }) => isRuled).map(({ user }) => user),
    },
    due: all((part) => part.due),
    withheld: all((part) => part.withheld),
    unmended: [...listed, ...others].flatMap(({ user, twin, unless }) =>
      // Who is live twice is written in neither place.
      twin === undefined || unless === undefined || elsewhere(world, twin.username, live.scope).length > 0
        ? []
        : [unmendedBlock(context, user, twin, unless)],
    ),
    findings: all((part) => part.findings),
    unlisted: all((part) => part.unlisted),
    ignored: parts.reduce((sum, part) => sum + (part.ignored ?? 0), 0),
    inSync: parts.reduce((sum, part) => sum + (part.inSync ?? 0), 0),
    unobservable: all((part) => part.unobservable),
    assumed: all((part) => part.assumed),
  }
}

const UNLISTED = { managed: {}, previously: [], source: 'listed nowhere' }

/** What is due of a user on its way out, and what rules set, as one change. A full edit waits until the user is blocked. */
const together = (leaving: Part, ruled: Part): Part => {
  const [block, edit] = [leaving.due?.[0], ruled.due?.[0]]
  const joined = <A>(one: ReadonlyArray<A> = [], other: ReadonlyArray<A> = []): ReadonlyArray<A> => [...one, ...other]
  const both = {
    ...leaving,
    ...ruled,
    inSync: 0,
    withheld: joined(leaving.withheld, ruled.withheld),
    findings: joined(leaving.findings, ruled.findings),
  }
  if (block === undefined || edit === undefined) return { ...both, due: joined(leaving.due, ruled.due) }
  const isPatch =
    block.change === 'block' && edit.whole === undefined && edit.fields.every(({ field }) => field !== 'feedback_domain')
  if (!isPatch) return { ...both, due: [block] }
  const fields = [...edit.fields.filter(({ field }) => field !== 'status'), ...block.fields]
  return { ...both, due: [{ ...block, fields }] }
}

const unmendedBlock = (context: Context, user: DesiredUser, twin: LiveUser, { why, source }: Why): Unmended => {
  const block: Change = {
    change: 'block',
    username: user.username,
    cause: 'config',
    fields: [{ field: 'status', from: twin.settings.status, to: 'blocked', source }],
    returns: true,
    note: why,
  }
  const change = carried(context, { user, twin }, block)
  return { change, inVain: triedInVain(context, change) }
}

/** The block that an emergency stop asks for, listed or not. Since it waits for no cap, a password that a full edit sets with it keeps it from nothing. */
const stopChange = (context: Context, { username, settings }: LiveUser): ReadonlyArray<readonly [string, Change]> => {
  const stop = stopOf(context.holds, context.now, username)
  if (stop === undefined || settings.status === 'blocked') return []
  const source = `block --match, by ${stop.by}: ${stop.reason}`
  const fields = [{ field: 'status', from: settings.status, to: 'blocked', source } as const]
  return [[username, { change: 'block', username, cause: 'config', fields }]]
}
