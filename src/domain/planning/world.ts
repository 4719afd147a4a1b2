// The world of a plan: in which scopes each user is live, or was when they were last read, and who is listed at all.
import { whenAsked } from '../basics/work.ts'
import type { Named, World } from '../draft/draft.ts'
import { heirsOf } from '../draft/moved.ts'
import { usersByName } from '../user/live.ts'
import { fold } from '../user/username.ts'
import type { DesiredScope } from '../wanted/desired.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../wanted/scope.ts'
import type { PlanFacts } from './planning.ts'

/** Names that are live in a scope, or were when it was last read. */
type Place = { readonly scope: Scope; readonly names: ReadonlySet<string> | ReadonlyMap<string, unknown> }

/** Where usernames are live, as they are spelled and in whatever case. */
export const placesOf = (places: ReadonlyArray<Place>): Pick<World, 'liveIn' | 'nearlyIn'> => {
  // Only who is not there is looked for in whatever case.
  const folded = whenAsked(() => scopesByName(places, fold))
  return { liveIn: livingIn(places), nearlyIn: (username) => folded().get(fold(username)) ?? NOWHERE }
}

const livingIn = (places: ReadonlyArray<Place>): World['liveIn'] => {
  const [first, ...others] = places
  if (first === undefined) return () => NOWHERE
  const alone = [first.scope]
  if (others.length === 0) return (username) => (first.names.has(username) ? alone : NOWHERE)
  const known = scopesByName(places, (username) => username)
  return (username) => known.get(username) ?? NOWHERE
}

const NOWHERE: ReadonlyArray<Scope> = []

const scopesByName = (places: ReadonlyArray<Place>, as: (username: string) => string) => {
  const known = new Map<string, ReadonlyArray<Scope>>()
  for (const { scope, names } of places) {
    const alone = [scope]
    for (const username of names.keys()) {
      const name = as(username)
      const others = known.get(name)
      known.set(name, others === undefined ? alone : [...others, scope])
    }
  }
  return known
}

/** What each scope must know of the others. */
export const worldOf = (facts: Pick<PlanFacts, 'desired' | 'observed' | 'ledger' | 'search'>): World => {
  const places = facts.desired.scopes.map(({ scope }): Place => {
    const seen = facts.observed.get(scope)
    if (seen?._tag === 'Seen') return { scope, names: usersByName(seen.live) }
    // Of a scope that was not asked for, or that could not be seen, what was last seen there counts (S3), but not of one that is shut.
    const isShut = seen?._tag === 'Unseen' && seen.error.kind === 'refused'
    return { scope, names: new Set(isShut ? [] : facts.ledger.scopes.get(scope)?.lastSeen) }
  })
  const named = new Set(facts.desired.scopes.map(({ scope }) => scope))
  const [lastSeenIn, leftIn] = [new Map<string, ReadonlyArray<Scope>>(), new Map<string, ReadonlyArray<Scope>>()]
  for (const [scope, { lastSeen }] of facts.ledger.scopes) {
    if (scope === ALL_SUBACCOUNTS || facts.observed.get(scope)?._tag === 'Seen') continue
    const seen = named.has(scope) ? lastSeenIn : leftIn
    for (const username of lastSeen) seen.set(username, [...(seen.get(username) ?? []), scope])
  }
  const listed = whenAsked(() => listedIn(facts.desired.scopes))
  return {
    ...placesOf(places),
    lastSeenIn,
    leftIn,
    heirs: heirsOf(facts.desired.scopes),
    unread: unreadIn(facts),
    listedAs: (username) => listed().get(fold(username)),
  }
}

const listedIn = (scopes: ReadonlyArray<DesiredScope>): ReadonlyMap<string, Named> =>
  new Map(scopes.flatMap(({ users }) => users.map((user) => [fold(user.username), user] as const)))

/** The scopes that nobody has read yet. Where no search for subaccounts ever came to an end, any may be there. */
const unreadIn = ({ desired, observed, ledger, search }: Pick<PlanFacts, 'desired' | 'observed' | 'ledger' | 'search'>) => {
  const isNew = (scope: Scope): boolean => !ledger.scopes.has(scope)
  const unread = desired.scopes.map(({ scope }) => scope).filter((one) => isNew(one) && observed.get(one)?._tag !== 'Seen')
  const isSearched = desired.coverage === undefined || search?._tag === 'Found' || !isNew(ALL_SUBACCOUNTS)
  return isSearched ? unread : [...unread, ALL_SUBACCOUNTS]
}
