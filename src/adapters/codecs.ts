// Codecs of words that more than one adapter reads, made from the lists of domain.
import * as t from 'io-ts'
import { KINDS } from '../domain/plan.ts'
import { isScope, isWatched, type Scope } from '../domain/scope.ts'
import { FIELDS } from '../domain/settings.ts'
import { isOneOf } from '../domain/words.ts'

const told = <A>(name: string, is: t.Is<A>): t.Type<A> =>
  new t.Type<A>(name, is, (value, context) => (is(value) ? t.success(value) : t.failure(value, context)), t.identity)

/** One of some words. */
export const oneOf = <W extends string>(words: ReadonlyArray<W>): t.Type<W> => told('word', isOneOf(words))

/** The account or one subaccount. */
export const scopeName = told('scope', (value): value is Scope => typeof value === 'string' && isScope(value))

/** The same, or the subaccounts as a whole. */
export const watchedName = told('scope', isWatched)

/** A field of a user. */
export const fieldName = oneOf(FIELDS)

/** A kind of change. */
export const kind = oneOf(KINDS)
