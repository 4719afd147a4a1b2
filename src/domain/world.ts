// The world of a plan: in which scopes each user is live, or was when they were last read, and who is listed at all.
import type { World } from './draft.ts'
import { heirsOf } from './moved.ts'
import type { PlanFacts } from './planning.ts'
import { ALL_SUBACCOUNTS, type Scope } from './scope.ts'
import { fold } from './username.ts'

const foldedOf = (liveIn: World['liveIn']): ReadonlyMap<string, ReadonlyArray<Scope>> => {
  const all = new Map<string, ReadonlyArray<Scope>>()
  for (const [name, scopes] of liveIn) all.set(fold(name), [...(all.get(fold(name)) ?? []), ...scopes])
  return all
}

/** Where usernames are live, as they are spelled and in whatever case. */
export const placesOf = (liveIn: World['liveIn']): Pick<World, 'liveIn' | 'nearlyIn'> => {
  // Only who is not there is looked for in whatever case, so that it is worked out when the first one is.
  let folded: World['liveIn'] | undefined
  return {
    liveIn,
    nearlyIn: (username) => {
      folded ??= foldedOf(liveIn)
      return folded.get(fold(username)) ?? []
    },
  }
}

/** What each scope must know of the others. */
export const worldOf = (facts: Pick<PlanFacts, 'desired' | 'observed' | 'ledger' | 'search'>): World => {
  const liveIn = new Map<string, ReadonlyArray<Scope>>()
  for (const { scope } of facts.desired.scopes) {
    const seen = facts.observed.get(scope)
    // Of a scope that was not asked for, or that could not be seen, what was last seen there counts (S3), but not of one that is shut.
    const isShut = seen?._tag === 'Unseen' && seen.error.kind === 'refused'
    const names =
      seen?._tag === 'Seen'
        ? seen.live.users.map(({ username }) => username)
        : isShut
          ? []
          : facts.ledger.scopes.get(scope)?.lastSeen
    for (const username of names ?? []) liveIn.set(username, [...(liveIn.get(username) ?? []), scope])
  }
  const named = new Set(facts.desired.scopes.map(({ scope }) => scope))
  const [lastSeenIn, leftIn] = [new Map<string, ReadonlyArray<Scope>>(), new Map<string, ReadonlyArray<Scope>>()]
  for (const [scope, { lastSeen }] of facts.ledger.scopes) {
    if (scope === ALL_SUBACCOUNTS || facts.observed.get(scope)?._tag === 'Seen') continue
    const seen = named.has(scope) ? lastSeenIn : leftIn
    for (const username of lastSeen) seen.set(username, [...(seen.get(username) ?? []), scope])
  }
  return {
    ...placesOf(liveIn),
    lastSeenIn,
    leftIn,
    heirs: heirsOf(facts.desired.scopes),
    unread: unreadIn(facts),
    listed: new Map(facts.desired.scopes.flatMap(({ users }) => users.map((user) => [fold(user.username), user] as const))),
  }
}

/** The scopes that nobody has read yet. Where no search for subaccounts ever came to an end, any may be there. */
const unreadIn = ({ desired, observed, ledger, search }: Pick<PlanFacts, 'desired' | 'observed' | 'ledger' | 'search'>) => {
  const isNew = (scope: Scope): boolean => !ledger.scopes.has(scope)
  const unread = desired.scopes.map(({ scope }) => scope).filter((one) => isNew(one) && observed.get(one)?._tag !== 'Seen')
  const isSearched = desired.coverage === undefined || search?._tag === 'Found' || !isNew(ALL_SUBACCOUNTS)
  return isSearched ? unread : [...unread, ALL_SUBACCOUNTS]
}
