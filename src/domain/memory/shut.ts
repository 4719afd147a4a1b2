// Shut scopes: those that were not shown when they were looked at last. Some the service refuses to show, closed subaccounts say; of others the look
// failed. Five failures in a row end a run, and so do twenty refusals (S11), so what is open comes first, then, in turn, as many of the refused as
// it takes to be refused a few times, and then what failed.

import { momentText } from '../basics/time.ts'
import type { ScopeError } from '../plan/plan.ts'
import type { Print } from '../user/prints.ts'
import type { Scope } from '../wanted/scope.ts'

/** When a scope was not shown last, with which words, and to whom: key and endpoint. `failed`: it was not just this scope that was refused. */
export type Shut = { readonly at: number; readonly message: string; readonly origin: Print; readonly failed?: true }
type Known = ReadonlyMap<Scope, Shut>

/** After so many refusals the rest is left for a later run: a quarter of those that end it, so that what is new has room. */
export const MOST_REFUSED = 5

/** What a run looks at, in order. `waiting`: those that may be left, with what there is to say then. */
export type Tour = { readonly order: ReadonlyArray<Scope>; readonly waiting: ReadonlyMap<Scope, ScopeError> }

type Asked = {
  readonly origin: Print
  /** A person names the scopes. */
  readonly all: boolean
}

/**
 * The order in which scopes are looked at: what was refused or failed comes last, so that others show first whether it is the key or the way. What
 * befell another key says nothing.
 */
export const tourOf = (scopes: ReadonlyArray<Scope>, shut: Known, { origin, all }: Asked): Tour => {
  const known = scopes.flatMap((scope) => {
    const one = shut.get(scope)
    return one === undefined || one.origin !== origin ? [] : [{ scope, ...one }]
  })
  const names = new Set(known.map(({ scope }) => scope))
  const open = scopes.filter((scope) => !names.has(scope))
  const refused = known.filter(({ failed }) => failed !== true)
  const isShort = all || refused.length <= MOST_REFUSED
  const inTurn = isShort ? refused : refused.toSorted(longestAgo)
  const failed = known.filter((one) => one.failed === true).toSorted(longestAgo)
  return {
    order: [...open, ...[...inTurn, ...failed].map(({ scope }) => scope)],
    waiting: new Map(
      (isShort ? [] : inTurn).map(({ scope, message, at }) => [
        scope,
        { kind: 'refused', message: `${message}; that was at ${momentText(at)}, and it was not asked again in this run` },
      ]),
    ),
  }
}

const longestAgo = (one: Shut, other: Shut): number => one.at - other.at

/** How a scope was not shown. */
export type Unshown = Pick<Shut, 'message' | 'failed'>

type Looked = {
  /** The scopes that there are. */
  readonly scopes: ReadonlyArray<Scope>
  readonly unshown: ReadonlyMap<Scope, Unshown>
  readonly shown: ReadonlySet<Scope>
  readonly origin: Print
  readonly now: number
}

/** What is known of shut scopes after the looks of a run. */
export const afterLooks = (shut: Known, { scopes, unshown, shown, origin, now }: Looked): Known =>
  new Map(
    scopes.flatMap((scope) => {
      const how = unshown.get(scope)
      const one = how === undefined ? shut.get(scope) : { at: now, origin, ...how }
      return one === undefined || shown.has(scope) || one.origin !== origin ? [] : [[scope, one] as const]
    }),
  )
