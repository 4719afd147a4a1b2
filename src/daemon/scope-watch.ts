// What was told of a scope, so that it is told once, and what of it is over.
import { counted } from '../domain/basics/counted.ts'
import { heldUser } from '../domain/plan/held.ts'
import type { ScopeErrorKind } from '../domain/plan/plan.ts'

/** What was told of a scope. */
export type ToldOfScope = {
  readonly error: ScopeErrorKind | undefined
  readonly drift: ReadonlySet<string>
  readonly held: ReadonlySet<string>
  readonly missed: ReadonlySet<string>
}

/** Nothing was told of it yet. */
export const UNTOLD: ToldOfScope = { error: undefined, drift: new Set(), held: new Set(), missed: new Set() }

type Course = {
  readonly before: ToldOfScope
  readonly now: ToldOfScope
  readonly repaired: ReadonlyArray<string>
  /** Whether something was left to the next run or start. */
  readonly waits: boolean
}

/** What is over, in words, and whose it was; drift that was put back is told by itself. */
export const over = ({
  before,
  now,
  repaired,
  waits,
}: Course): ReadonlyArray<{ users: ReadonlyArray<string>; message: string }> => {
  const waiting = waitingIn(now)
  const gone = [...waitingIn(before)].filter((username) => !waiting.has(username))
  if (!waits && now.drift.size + waiting.size === 0) {
    const waited = gone.length > 0 || (before.drift.size > 0 && repaired.length === 0)
    return before.error === undefined && !waited ? [] : [{ users: [], message: 'in sync again' }]
  }
  const users = gone.filter((username) => !now.drift.has(username) && !repaired.includes(username))
  const said = [
    ...(before.error === undefined ? [] : ['the service can be read and believed again']),
    ...(users.length === 0
      ? []
      : [`nothing is held or fails any more for ${counted(users.length, 'user')}, while something of others still does`]),
  ]
  return said.length === 0 ? [] : [{ users, message: said.join('; ') }]
}

const waitingIn = ({ held, missed }: ToldOfScope): ReadonlySet<string> =>
  new Set([...[...held].flatMap((key) => heldUser(key) ?? []), ...missed])
