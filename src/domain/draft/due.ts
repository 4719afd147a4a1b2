// Due: what was due at the last look of a scope and was not made keeps its cause while the config is the same, since nothing has changed the
// config. Memory of the config itself also tells who broke a rule: where that is the same and the rule was kept, somebody changed the user.
import { onceEach } from '../basics/once.ts'
import { findingKey } from '../memory/finding-memory.ts'
import type { ScopeMemory } from '../memory/ledger.ts'
import { blockEnd, type Cause, type Change } from '../plan/plan.ts'
import type { Print } from '../user/prints.ts'
import type { Draft } from './draft.ts'

/** The config of the last look at all users of a scope, and what was due then. */
export type Due = {
  readonly config: Print
  /** Who was due for another reason than that config. */
  readonly users: ReadonlyArray<readonly [username: string, Kept]>
  /** By rule, who was not as it sets, and not because somebody changed that; absent where nobody was, and in ledgers of before. */
  readonly unset?: ReadonlyArray<Unset>
}

type Unset = readonly [rule: string, usernames: ReadonlyArray<string>]

type Kept = Extract<Cause, 'first_run' | 'drift'>

/** What the last look says of the next one. */
export type LastLook = {
  /** The cause for which a user was due already, with the same config. */
  readonly causeOf: (username: string) => Kept | undefined
  /** Whether a user kept a rule then, with the same config. */
  readonly kept: (rule: string, username: string) => boolean
}

const NOTHING: LastLook = { causeOf: () => undefined, kept: () => false }

/** What the last look says of one with this config: nothing where it had another one. */
export const lastLook = (memory: Pick<ScopeMemory, 'due' | 'findings'> | undefined, config: Print): LastLook => {
  if (memory?.due?.config !== config) return NOTHING
  const causes = new Map(memory.due.users)
  const open = new Set(memory.findings?.map(findingKey))
  const isUnset = unsetIn(memory.due)
  return {
    causeOf: (username) => causes.get(username),
    kept: (rule, username) => !isUnset(rule, username) && !open.has(findingKey({ rule, username })),
  }
}

const unsetIn = (due: Due | undefined): ((rule: string, username: string) => boolean) => {
  const byRule = new Map(due?.unset)
  return (rule, username) => {
    const usernames = byRule.get(rule)
    return usernames !== undefined && setOf(usernames).has(username)
  }
}

const setOf = onceEach((names: ReadonlyArray<string>): ReadonlySet<string> => new Set(names))

type Looked = {
  readonly draft: Pick<Draft, 'due' | 'withheld' | 'aside'>
  /** Whose change was made. */
  readonly done: ReadonlySet<string>
  readonly config: Print
  /** Not all users were looked at, or not for what the config says. */
  readonly isPart: boolean
}

/** What is due from now on. */
export const dueAfter = (before: Due | undefined, { draft, done, config, isPart }: Looked): Due | undefined => {
  if (!isPart) {
    const tried = draft.due.filter(({ username }) => !done.has(username))
    const waiting = [...tried, ...draft.withheld.map(({ change }) => change)]
    const unset = unsetAfter(before, waiting)
    return { config, users: [...keptOf(waiting)], ...(unset.length === 0 ? {} : { unset }) }
  }
  if (before === undefined) return undefined
  // Who came or went since the last look is seen by this one, and would be no news for the next.
  const users = [...before.users.filter(([username]) => !done.has(username)), ...keptOf(draft.aside ?? [])]
  return { ...before, users: [...new Map(users)] }
}

const keptOf = (waiting: ReadonlyArray<Change>): ReadonlyMap<string, Kept> => {
  const users = new Map<string, Kept>()
  for (const { username, cause, change } of waiting) {
    // Of an update, what was wanted of each setting tells drift from the rest. Of any other change that is told by this look alone.
    if (cause === 'first_run' || (cause === 'drift' && change !== 'update')) users.set(username, cause)
  }
  return users
}

/** What rules set and was not made. What they require is told as a finding, and remembered with those. */
const unsetAfter = (before: Due | undefined, waiting: ReadonlyArray<Change>): ReadonlyArray<Unset> => {
  const wasUnset = unsetIn(before)
  const byRule = new Map<string, Array<string>>()
  for (const change of waiting)
    for (const { field, rule } of change.fields) {
      if (rule === undefined || (field === 'status' && blockEnd(change) === 'returns')) continue
      const { username, cause } = change
      // What is sent once more is due for what it was sent for at first.
      if (cause === 'drift' || (cause === 'retry' && !wasUnset(rule, username))) continue
      const names = byRule.get(rule)
      if (names === undefined) byRule.set(rule, [username])
      else if (names.at(-1) !== username) names.push(username)
    }
  const known = new Map(before?.unset)
  return [...byRule].map(([rule, names]) => {
    const usernames = known.get(rule)
    // At most looks they are the same ones, of whom one list is enough.
    const isSame = usernames?.length === names.length && names.every((name, at) => name === usernames[at])
    return [rule, isSame ? usernames : names]
  })
}
