// Draft: everything that differs in one scope, before any policy or guard has looked at it.
import type { DesiredScope } from './desired.ts'
import type { Context } from './diff.ts'
import { aboutLive } from './finding.ts'
import { stopOf } from './hold.ts'
import { departuresOf, left } from './leaving.ts'
import { caseOnly, missing, pair } from './listed.ts'
import type { LiveState, LiveUser } from './live.ts'
import type { Change, Finding, HoldReason } from './plan.ts'
import type { Scope } from './scope.ts'
import type { FieldName } from './settings.ts'
import { fold } from './username.ts'

/** A change that is not made now, with the reason in words; `approvable` where an approval of the digest lets it through. */
export type Withheld = {
  readonly change: Change
  readonly reason: HoldReason
  readonly why: string
  readonly approvable: boolean
}

export type Draft = {
  readonly scope: Scope
  readonly live: LiveState
  readonly listed: number
  readonly due: ReadonlyArray<Change>
  readonly withheld: ReadonlyArray<Withheld>
  readonly findings: ReadonlyArray<Finding>
  readonly unlisted: ReadonlyArray<string>
  readonly ignored: number
  readonly inSync: number
  readonly unobservable: ReadonlyArray<{ readonly username: string; readonly fields: ReadonlyArray<FieldName> }>
  readonly assumed: ReadonlyArray<{ readonly username: string; readonly fields: ReadonlyArray<FieldName> }>
}

/** What one scope must know of the others. */
export type World = {
  /** The scopes in which a username is live. */
  readonly liveIn: ReadonlyMap<string, ReadonlyArray<Scope>>
  /** Every username that some scope of the config lists. */
  readonly listed: ReadonlySet<string>
  /** Where a username was when a scope that was not read in this run was last read. */
  readonly lastSeenIn?: ReadonlyMap<string, ReadonlyArray<Scope>>
}

/** What one user adds to the draft. */
export type Part = Partial<Pick<Draft, 'due' | 'withheld' | 'findings' | 'unlisted' | 'unobservable' | 'assumed'>> & {
  readonly inSync?: number
  readonly ignored?: number
}

/** A change that is not made now and that no approval lets through. */
export const withhold = (change: Change, reason: HoldReason, why: string): Withheld => ({
  change,
  reason,
  why,
  approvable: false,
})

/** Pairs desired and live users of a scope and says what differs. Users listed in no scope are left alone unless the policy says otherwise. */
export const draft = (context: Context, world: World, desired: DesiredScope, live: LiveState): Draft => {
  const byName = new Map(live.users.map((user) => [user.username, user]))
  const byFold = new Map(live.users.map((user) => [fold(user.username), user]))
  const folds = new Set(desired.users.map((user) => fold(user.username)))
  const scene = { world, live, byName, departures: departuresOf(desired) }
  const stops = new Map(live.users.flatMap((user) => stopChange(context, user)))
  const parts = [
    ...desired.users.map((user): Part => {
      const twin = byName.get(user.username)
      if (stops.has(user.username)) return {}
      if (twin !== undefined) return pair(context, world, live, user, twin)
      const nearly = byFold.get(fold(user.username))
      return nearly === undefined ? missing(context, world, live, user) : caseOnly(context, user, nearly)
    }),
    ...live.users
      .filter((user) => !world.listed.has(user.username) && !folds.has(fold(user.username)) && !stops.has(user.username))
      .map((user) => left(context, scene, user)),
    ...live.users.map((user) => aboutLive(world, user)),
    { due: [...stops.values()] },
  ]
  const all = <A>(of: (part: Part) => ReadonlyArray<A> | undefined): ReadonlyArray<A> => parts.flatMap((part) => of(part) ?? [])
  return {
    scope: desired.scope,
    live,
    listed: desired.users.length,
    due: all((part) => part.due),
    withheld: all((part) => part.withheld),
    findings: all((part) => part.findings),
    unlisted: all((part) => part.unlisted),
    ignored: parts.reduce((sum, part) => sum + (part.ignored ?? 0), 0),
    inSync: parts.reduce((sum, part) => sum + (part.inSync ?? 0), 0),
    unobservable: all((part) => part.unobservable),
    assumed: all((part) => part.assumed),
  }
}

/** The block that an emergency stop asks for, listed or not. */
const stopChange = (context: Context, { username, settings }: LiveUser): ReadonlyArray<readonly [string, Change]> => {
  const stop = stopOf(context.holds, context.now, username)
  if (stop === undefined || settings.status === 'blocked') return []
  const source = `block --match, by ${stop.by}: ${stop.reason}`
  const fields = [{ field: 'status', from: settings.status, to: 'blocked', source } as const]
  return [[username, { change: 'block', username, cause: 'config', fields }]]
}
