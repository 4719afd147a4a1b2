// Coverage: where the config says `subaccounts: all`, the search for them makes each active one a scope, listed or not. What the search does
// not show is no reason to let go: a scope leaves when it is shown as closed, or when a person vouches for an answer without it.

import type { Ledger } from '../memory/ledger.ts'
import type { ScopeError } from '../plan/plan.ts'
import type { LiveState } from '../user/live.ts'
import type { DesiredScope, DesiredState } from './desired.ts'
import { ALL_SUBACCOUNTS, byScope, type Scope, subaccount } from './scope.ts'

/** A subaccount as the service lists it. */
export type Subaccount = { readonly id: string; readonly name: string; readonly state: string }

/** The states in which nobody sends (the words by which *Search subaccounts* filters). */
const SHUT: ReadonlyArray<string> = ['closed', 'suspended']

/** Whether its users may be able to send. What another word means nobody knows, and a look costs less than users without rules. */
export const isActive = ({ state }: Pick<Subaccount, 'state'>): boolean => !SHUT.includes(state.toLowerCase())

/** What a search found, or why that is not known. */
export type Search =
  | {
      readonly _tag: 'Found'
      readonly subaccounts: ReadonlyArray<Subaccount>
      /** Ids that were there and are not shown any more, in no state. */
      readonly missing: ReadonlyArray<string>
    }
  | { readonly _tag: 'Unseen'; readonly error: ScopeError; readonly unasked?: true }

/** The ids of the subaccounts that were active when they were last searched for. */
export const rememberedIn = ({ scopes }: Pick<Ledger, 'scopes'>): ReadonlyArray<string> =>
  scopes.get(ALL_SUBACCOUNTS)?.lastSeen ?? []

/** Ids as a live state, so that an answer is believed, remembered and vouched for as any other. */
export const searchState = (ids: ReadonlyArray<string>): LiveState => ({
  scope: ALL_SUBACCOUNTS,
  users: ids.map((username) => ({ username, settings: {}, sendingAllowed: undefined })),
  returned: new Set(),
  unknownKeys: [],
})

/** The scopes of the config, and where it says so those of all active subaccounts; without a search, of those that are remembered. */
export const covered = (desired: DesiredState, search: Search | undefined, ledger: Pick<Ledger, 'scopes'>): DesiredState => {
  const { coverage } = desired
  if (coverage === undefined) return desired
  const ids = search?._tag === 'Found' ? coveredIds(search) : rememberedIn(ledger)
  const listed = new Set(desired.scopes.map(({ scope }) => scope))
  const found = ids.map(subaccount).filter((scope) => !listed.has(scope))
  return {
    ...desired,
    scopes: [...desired.scopes, ...found.map((scope) => unlistedScope(scope, coverage))].sort((one, other) =>
      byScope(one.scope, other.scope),
    ),
  }
}

/** The ids of what is looked at: all that are active, and those that were. */
export const coveredIds = ({ subaccounts, missing }: Extract<Search, { _tag: 'Found' }>): ReadonlyArray<string> => [
  ...subaccounts.filter(isActive).map(({ id }) => id),
  ...missing,
]

const unlistedScope = (scope: Scope, source: string): DesiredScope => ({
  scope,
  source,
  users: [],
  absent: [],
  files: [],
  isFound: true,
})

/** A scope of the config, the subaccounts as a whole among them. */
export const scopeOf = ({ scopes, coverage = '' }: DesiredState, scope: Scope): DesiredScope | undefined =>
  scope === ALL_SUBACCOUNTS ? unlistedScope(scope, coverage) : scopes.find((one) => one.scope === scope)

/** The scopes that there are, the subaccounts as a whole among them. */
export const scopesIn = ({ scopes, coverage }: DesiredState): ReadonlyArray<Scope> => [
  ...scopes.map(({ scope }) => scope),
  ...(coverage === undefined ? [] : [ALL_SUBACCOUNTS]),
]

const MOST_NAMED = 20

/** That there is none of the scopes that were asked for, in words; `undefined` where there is one, or where a search may find it yet. */
export const noneOf = (
  asked: ReadonlySet<Scope> | undefined,
  desired: DesiredState,
  search: Search | undefined,
): string | undefined => {
  const there = scopesIn(desired)
  const isOpen = desired.coverage !== undefined && search?._tag !== 'Found'
  if (asked === undefined || isOpen || there.some((scope) => asked.has(scope))) return undefined
  const more = there.length > MOST_NAMED ? ` and ${there.length - MOST_NAMED} more` : ''
  return `there is no ${[...asked].join(', ')}; there is ${there.length === 0 ? 'no scope at all' : `${there.slice(0, MOST_NAMED).join(', ')}${more}`}`
}
