// Shut scopes: those that the service refuses to show, closed subaccounts say. Twenty refusals end a run (S11), so where there are many, those
// that are open come first, and of the others, in turn, as many as it takes to be refused a few times.
import { momentText } from './dates.ts'
import type { Print } from './ledger.ts'
import type { ScopeError } from './plan.ts'
import type { Scope } from './scope.ts'

/** When a scope was refused last, with which words, and to whom: key and endpoint. */
export type Shut = { readonly at: number; readonly message: string; readonly origin: Print }
type Known = ReadonlyMap<Scope, Shut>

/** After so many refusals the rest is left for a later run: a quarter of those that end it, so that what is new has room. */
export const MOST_REFUSED = 5

/** What a run looks at: first what is open, then what was refused before, longest ago first, with what there is to say where it is left. */
export type Tour = { readonly open: ReadonlyArray<Scope>; readonly waiting: ReadonlyMap<Scope, ScopeError> }

type Asked = {
  readonly origin: Print
  /** A person names the scopes. */
  readonly all: boolean
  /** How often in a row the key was refused: each time another scope comes first, since it may have been the scope that was. */
  readonly turn: number
}

/** The order in which scopes are looked at: those that were refused last, so that others show first whether it is the key. What another key was refused says nothing. */
export const tourOf = (scopes: ReadonlyArray<Scope>, shut: Known, { origin, all, turn }: Asked): Tour => {
  const known = scopes.flatMap((scope) => {
    const one = shut.get(scope)
    return one === undefined || one.origin !== origin ? [] : [{ scope, ...one }]
  })
  const names = new Set(known.map(({ scope }) => scope))
  const others = scopes.filter((scope) => !names.has(scope))
  const first = others.length === 0 ? 0 : turn % others.length
  const open = [...others.slice(first), ...others.slice(0, first)]
  if (all || known.length <= MOST_REFUSED) return { open: [...open, ...known.map(({ scope }) => scope)], waiting: new Map() }
  const waiting = known.sort((one, other) => one.at - other.at)
  return {
    open,
    waiting: new Map(
      waiting.map(({ scope, message, at }) => [
        scope,
        { kind: 'refused', message: `${message}; that was at ${momentText(at)}, and it was not asked again in this run` },
      ]),
    ),
  }
}

type Looks = {
  /** The scopes that there are. */
  readonly scopes: ReadonlyArray<Scope>
  readonly refused: ReadonlyMap<Scope, string>
  readonly shown: ReadonlySet<Scope>
  readonly origin: Print
  readonly now: number
}

/** What is known of shut scopes after the looks of a run. */
export const afterLooks = (shut: Known, { scopes, refused, shown, origin, now }: Looks): Known =>
  new Map(
    scopes.flatMap((scope) => {
      const message = refused.get(scope)
      const one = message === undefined ? shut.get(scope) : { at: now, message, origin }
      return one === undefined || shown.has(scope) || one.origin !== origin ? [] : [[scope, one] as const]
    }),
  )
