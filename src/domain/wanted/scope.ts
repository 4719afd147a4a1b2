// A scope: one set of SMTP users on the service, the account that owns the key or one subaccount.
import { type Glob, glob } from '../user/username.ts'

/** `account`, or `subaccount:ID`. */
export type Scope = 'account' | `subaccount:${string}`

/** The scope of a subaccount. */
export const subaccount = (id: string): Scope => `subaccount:${id}`

/** The id that the service wants beside each request; `undefined` for the account itself. */
export const subaccountId = (scope: Scope): string | undefined =>
  scope === 'account' ? undefined : scope.slice('subaccount:'.length)

/** Whether a text can be the id of a subaccount. It goes into names of scopes, where a lone star stands for all subaccounts. */
export const isSubaccountId = (text: string): boolean => /^(?!\*$)[^\s\p{C}]{1,128}$/u.test(text)

/** Whether a text names the account or one subaccount. */
export const isScope = (text: string): text is Scope =>
  text === 'account' || (text.startsWith('subaccount:') && isSubaccountId(text.slice('subaccount:'.length)))

/** Whether a value names what is looked at like a scope: the account, one subaccount, or all of them. */
export const isWatched = (value: unknown): value is Scope =>
  typeof value === 'string' && (value === ALL_SUBACCOUNTS || isScope(value))

/** Whether there can be a scope that a pattern matches. */
export const canMatchScope = (pattern: Glob): boolean => pattern.matches('account') || canMatchSubaccount(pattern)

/** Whether there can be a subaccount that a pattern matches: some beginning of it is the `subaccount:` of one, and the rest fits an id. */
export const canMatchSubaccount = ({ text }: Pick<Glob, 'text'>): boolean =>
  text.split('').some((character, at) => {
    // A star that ends the beginning may go on into the id.
    const rest = text.slice(character === '*' ? at : at + 1)
    return (rest === '*' || isSubaccountId(rest)) && glob(text.slice(0, at + 1))?.matches('subaccount:') === true
  })

/** Fixed order: `account` first, as in the alphabet, then by id. */
export const byScope = (one: Scope, other: Scope): number => (one < other ? -1 : one > other ? 1 : 0)

/** A filter for one scope, or for none. */
export const onlyScope = (scope: Scope | undefined): ReadonlySet<Scope> | undefined =>
  scope === undefined ? undefined : new Set([scope])

/**
 * The subaccounts as a whole, where the config says `subaccounts: all`: the search for them is looked at like a scope whose names are their ids.
 * No id is a lone star.
 */
export const ALL_SUBACCOUNTS = 'subaccount:*' as const

/** Whether a scope is among these, or may be one that the search for subaccounts finds. */
export const mayBeIn = (scopes: ReadonlyArray<Scope>, scope: Scope): boolean =>
  scopes.includes(scope) || (scope !== 'account' && scopes.includes(ALL_SUBACCOUNTS))
