// Whom we know of before anybody looks: who was seen last, and who is listed.
import { type Listed, type Naming, namingIn } from '../decisions/stop.ts'
import type { Glob } from '../user/username.ts'
import type { DesiredState } from '../wanted/desired.ts'
import { ALL_SUBACCOUNTS, mayBeIn, type Scope } from '../wanted/scope.ts'
import { scopesIn } from '../wanted/subaccount.ts'
import type { Ledger } from './ledger.ts'

/** The users of the scopes of a config. */
export type Users = { readonly seen: ReadonlyArray<readonly [Scope, string]>; readonly listed: Listed; readonly naming: Naming }

/** Whom a config and its memory know. A scope that has left the config is remembered, and nothing is done there. */
export const knownUsers = (ledger: Pick<Ledger, 'scopes'> | undefined, desired: DesiredState): Users => {
  const scopes = scopesIn(desired)
  const seen = [...(ledger?.scopes ?? [])].flatMap(([scope, { lastSeen }]) =>
    scope === ALL_SUBACCOUNTS || !mayBeIn(scopes, scope) ? [] : lastSeen.map((username) => [scope, username] as const),
  )
  const naming = namingIn(desired)
  return { seen, listed: naming.listed, naming }
}

/** Who of these matches, each by name and scope. */
export const matching = (users: Users['seen'], pattern: Glob | undefined): ReadonlyArray<string> =>
  users.filter(([, username]) => pattern?.matches(username) === true).map(([scope, username]) => `${username} (${scope})`)

/** The scopes in which somebody is known who matches: first where they were seen. */
export const whereKnown = ({ seen, listed }: Pick<Users, 'seen' | 'listed'>, { matches }: Glob): ReadonlyArray<Scope> => {
  const wereSeen = seen.filter(([, username]) => matches(username)).map(([scope]) => scope)
  const areListed = [...listed].filter(([, names]) => [...names].some(matches)).map(([scope]) => scope)
  return [...new Set([...wereSeen, ...areListed])]
}
