// Shut scopes: those that the service refuses to show, closed subaccounts say. Twenty refusals end a run (S11), so where there are many, those
// that are open come first, and of the others a few in each run, in turn.
import type { ScopeError } from './plan.ts'
import type { Scope } from './scope.ts'

/** When a scope was refused last, and with which words. */
export type Shut = { readonly at: number; readonly message: string }
type Known = ReadonlyMap<Scope, Shut>

/** How many of them a run looks at: a quarter of the refusals that end it, so that what is new has room. */
const MOST_LOOKS = 5

/** What a run looks at, in this order, and what it leaves for a later one, with what there is to say of it meanwhile. */
export type Tour = { readonly looks: ReadonlyArray<Scope>; readonly later: ReadonlyMap<Scope, ScopeError> }

/** The looks of a run; `all`: a person names the scopes. */
export const tourOf = (scopes: ReadonlyArray<Scope>, shut: Known, all: boolean): Tour => {
  const known = scopes.flatMap((scope) => {
    const one = shut.get(scope)
    return one === undefined ? [] : [{ scope, ...one }]
  })
  if (all || known.length <= MOST_LOOKS) return { looks: scopes, later: new Map() }
  const waiting = known.sort((one, other) => one.at - other.at)
  return {
    looks: [...scopes.filter((scope) => !shut.has(scope)), ...waiting.slice(0, MOST_LOOKS).map(({ scope }) => scope)],
    later: new Map(waiting.slice(MOST_LOOKS).map(({ scope, message }) => [scope, { kind: 'refused', message }])),
  }
}

type Looks = {
  /** The scopes that there are. */
  readonly scopes: ReadonlyArray<Scope>
  readonly refused: ReadonlyMap<Scope, string>
  readonly shown: ReadonlySet<Scope>
  readonly now: number
}

/** What is known of shut scopes after the looks of a run. */
export const afterLooks = (shut: Known, { scopes, refused, shown, now }: Looks): Known =>
  new Map(
    scopes.flatMap((scope) => {
      const message = refused.get(scope)
      const one = message === undefined ? shut.get(scope) : { at: now, message }
      return one === undefined || shown.has(scope) ? [] : [[scope, one] as const]
    }),
  )
