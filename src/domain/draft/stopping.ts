// Stopping: whom an emergency stop blocks in a scope, listed or not, what comes of it, and what else is wanted of them meanwhile.
import { holding, stopOf } from '../decisions/hold.ts'
import type { Block } from '../plan/plan.ts'
import type { LiveState, LiveUser } from '../user/live.ts'
import type { DesiredScope, DesiredUser } from '../wanted/desired.ts'
import { contestsOf } from './contested.ts'
import type { Context } from './diff.ts'
import type { Withheld } from './draft.ts'
import { unmakable } from './makeable.ts'
import type { Part } from './part.ts'
import { wasRefused } from './vain.ts'

/** Whom an emergency stop blocks, and what comes of it. */
export const stopping = (
  context: Context,
  desired: DesiredScope,
  live: LiveState,
  byName: ReadonlyMap<string, LiveUser>,
): { readonly stopped: ReadonlySet<string>; readonly part: Part } => {
  const isStopped = holding(context.holds, context.now).some(({ what }) => what._tag === 'Stop')
  const stops = new Map((isStopped ? live.users : []).flatMap((user) => stopChange(context, user)))
  const changes = [...stops.values()]
  const listed = new Map(stops.size === 0 ? [] : desired.users.map((user) => [user.username, user]))
  const withheld = changes.flatMap((change): ReadonlyArray<Withheld> => {
    const twin = byName.get(change.username)
    const user = listed.get(change.username) ?? { managed: {} }
    const found = twin === undefined ? undefined : unmakable(context, live, { user, twin }, change)
    return found === undefined ? [] : [found]
  })
  const impossible = new Set(withheld.map(({ change }) => change))
  const due = changes.filter((change) => !impossible.has(change))
  const findings = changes.flatMap((change) => contestsOf(context, change))
  return { stopped: new Set(stops.keys()), part: { due, withheld, findings } }
}

/** A user as the config asks for it beside the block of a stop, which is instead of all that it says of the status. It waits for that to end. */
export const besideStop = <One extends { readonly user: DesiredUser }>(one: One): One => ({
  ...one,
  user: { ...one.user, managed: { ...one.user.managed, status: undefined }, blockedFor: undefined },
})

/** The block that an emergency stop asks for, listed or not. Since it waits for no cap, a password that a full edit sets with it keeps it from nothing. */
const stopChange = (context: Context, { username, settings }: LiveUser): ReadonlyArray<readonly [string, Block]> => {
  const stop = stopOf(context.holds, context.now, username)
  if (stop === undefined || settings.status === 'blocked') return []
  const source = `block --match, by ${stop.by}: ${stop.reason}`
  const fields = [{ field: 'status', from: settings.status, to: 'blocked', source } as const]
  const block: Block = { change: 'block', username, cause: 'config', fields, ends: 'never', stop: true }
  return [[username, wasRefused(context, block) ? { ...block, refusedBefore: true } : block]]
}
