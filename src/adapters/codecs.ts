// Codecs of words that more than one adapter reads, made from the lists of domain.
import * as t from 'io-ts'
import { isMoment } from '../domain/basics/time.ts'
import { isOneOf } from '../domain/basics/words.ts'
import { KINDS } from '../domain/plan/plan.ts'
import { FIELDS } from '../domain/user/settings.ts'
import { isScope, isWatched, type Scope } from '../domain/wanted/scope.ts'

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

/** A moment in UTC as ISO 8601, with milliseconds or without. */
export const moment = t.refinement(t.string, isMoment)

/** A kind of change. */
export const kind = oneOf(KINDS)

/** A record that refuses keys it does not know. */
export const sealed = <R extends t.Props, O extends t.Props>(required: R, optional: O) => {
  const names = new Set([...Object.keys(required), ...Object.keys(optional)])
  const shape = t.intersection([t.type(required), t.partial(optional)])
  return t.refinement(shape, (value) => Object.keys(value).every((name) => names.has(name)))
}
