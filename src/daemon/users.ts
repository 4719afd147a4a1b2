// Whom a daemon can reach: who was seen last, and who is listed.
import type { DesiredState } from '../domain/desired.ts'
import type { Ledger } from '../domain/ledger.ts'
import { ALL_SUBACCOUNTS, mayBeIn, type Scope } from '../domain/scope.ts'
import { type Listed, listedIn } from '../domain/stop.ts'
import { scopesIn } from '../domain/subaccount.ts'

/** The users of the scopes of a config. */
export type Users = { readonly seen: ReadonlyArray<readonly [Scope, string]>; readonly listed: Listed }

/** Whom a config and its memory know. A scope that has left the config is remembered, and nothing is done there. */
export const usersOf = (ledger: Pick<Ledger, 'scopes'> | undefined, desired: DesiredState): Users => {
  const scopes = scopesIn(desired)
  const seen = [...(ledger?.scopes ?? [])].flatMap(([scope, { lastSeen }]) =>
    scope === ALL_SUBACCOUNTS || !mayBeIn(scopes, scope) ? [] : lastSeen.map((username) => [scope, username] as const),
  )
  return { seen, listed: listedIn(desired) }
}
