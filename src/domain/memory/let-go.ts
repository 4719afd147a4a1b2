// Let go: a scope that is remembered, and that the config names no more. Nothing is asked or written there, so nothing would ever be said of it
// again; yet that is also how a file looks that was cut short above its first list, or an include that somebody took out by mistake.
import { counted } from '../basics/counted.ts'
import { DAY } from '../basics/time.ts'
import type { DesiredState } from '../wanted/desired.ts'
import { ALL_SUBACCOUNTS, byScope, mayBeIn, type Scope } from '../wanted/scope.ts'
import { scopesIn } from '../wanted/subaccount.ts'
import type { Ledger, ScopeMemory } from './ledger.ts'

/** A scope that was let go, with how many users were listed there. `since`: when a run first found it so; absent: this is the first one. */
export type LetGo = { readonly scope: Scope; readonly listed: number; readonly since?: number | undefined }

/** Long enough that what happens on a Friday evening is still told on Monday. */
const TOLD_FOR = 3 * DAY

/** The scopes that were let go lately. */
export const letGoIn = ({ scopes }: Pick<Ledger, 'scopes'>, desired: DesiredState, now: number): ReadonlyArray<LetGo> => {
  const named = scopesIn(desired)
  const gone = [...scopes].filter(
    ([scope, { letGo }]) => !mayBeIn(named, scope) && (letGo === undefined || now - letGo < TOLD_FOR),
  )
  const isAllGone = gone.some(([scope]) => scope === ALL_SUBACCOUNTS)
  return (
    gone
      // Those that only the search had found go with it.
      .filter(([scope, { listed }]) => scope === 'account' || scope === ALL_SUBACCOUNTS || listed > 0 || !isAllGone)
      .map(([scope, { listed, letGo }]) => ({ scope, listed, ...(letGo === undefined ? {} : { since: letGo }) }))
      .sort((one, other) => byScope(one.scope, other.scope))
  )
}

/** When nothing more is said of each of them. */
export const letGoEnds = ({ scopes }: Pick<Ledger, 'scopes'>): ReadonlyArray<number> =>
  [...scopes.values()].flatMap(({ letGo }) => (letGo === undefined ? [] : [letGo + TOLD_FOR]))

/** The memory after a run by this config: since when each of them is let go. One that is named again begins anew should it go again. */
export const lettingGo = (ledger: Ledger, desired: DesiredState, now: number): Ledger => {
  const named = scopesIn(desired)
  const after = (scope: Scope, { letGo, ...memory }: ScopeMemory): ScopeMemory =>
    mayBeIn(named, scope) ? memory : { ...memory, letGo: letGo ?? now }
  return { ...ledger, scopes: new Map([...ledger.scopes].map(([scope, memory]) => [scope, after(scope, memory)])) }
}

const MOST_NAMED = 10

/** What there is to say of them. */
export const letGoText = (ones: ReadonlyArray<Pick<LetGo, 'scope' | 'listed'>>): string => {
  const names = ones.slice(0, MOST_NAMED).map(({ scope, listed }) => `${scope} (${counted(listed, 'user')} listed)`)
  const more = ones.length > MOST_NAMED ? ` and ${ones.length - MOST_NAMED} more` : ''
  const [is, it, its] = ones.length === 1 ? ['is', 'it', 'its'] : ['are', 'they', 'their']
  return `${names.join(', ')}${more} ${is} in the config no more: ${it} ${is} looked at no more, and ${its} users stay as they are`
}

/** What to do about it. */
export const LET_GO_ADVICE =
  'if that was not meant, put the lists of users back: a file may have been cut short, or an include be gone; if it was, there is nothing to do, and in 3 days nothing more is said of it'
