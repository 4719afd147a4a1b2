// Again: what cannot be read back, was sent as it is wanted, and comes once more for its age (policy.reassert_unobservable). Nobody saw it
// differ, so it stands behind all that did, and what of it has to wait is as it was: sent, and not to be seen.
import type { Draft } from './draft.ts'
import type { Change, FieldChange, LiveEdit, Update } from './plan.ts'
import { causeOfPart } from './plan.ts'
import { FIELDS } from './settings.ts'

const isAgain = ({ unread }: FieldChange): boolean => unread === 'again'

/** The fields of a change that are only sent again. */
export const againIn = (change: Pick<Change, 'fields'>): ReadonlyArray<FieldChange> => {
  const fields: ReadonlyArray<FieldChange> = change.fields
  return fields.some(isAgain) ? fields.filter(isAgain) : NOTHING
}

// Most changes have none.
const NOTHING: ReadonlyArray<FieldChange> = []

/** A change without what is only sent again; the very change where that is nothing, `undefined` where it is all. */
export const withoutAgain = (change: Change): Change | undefined => withoutSome(change, againIn(change))

/** A change without some of its fields: a block that loses its status is none. */
export const withoutSome = (change: Change, some: ReadonlyArray<FieldChange>): Change | undefined => {
  if (some.length === 0 || change.change === 'create' || change.change === 'remove') return change
  const fields = change.fields.filter((one) => !some.includes(one))
  return fields.length === 0 ? undefined : edited(change, fields)
}

const edited = (change: LiveEdit, fields: ReadonlyArray<FieldChange>): LiveEdit => {
  const cause = causeOfPart(change.cause, fields)
  if (change.change === 'update' || fields.some(({ field }) => field === 'status')) return { ...change, cause, fields }
  const { username, whole } = change
  const update: Update = { change: 'update', username, cause, fields }
  return whole === undefined ? update : { ...update, whole }
}

/** A change that says of what it only sends again that it does. */
export const toldAgain = <C extends Change>(change: C): C => {
  const again = againIn(change)
  if (again.length === 0) return change
  const names = again.map(({ field }) => field).join(', ')
  const note = `${names}: sent again since policy.reassert_unobservable has passed; it cannot be read back`
  return { ...change, note: change.note === undefined ? note : `${change.note}; ${note}` }
}

/** What of a user is not sent again now. */
export type Unsent = { readonly username: string; readonly fields: ReadonlyArray<FieldChange> }

/** A draft in which that is as it was: of whom nothing else is to be done is in sync. */
export const unsent = (draft: Draft, waiting: ReadonlyArray<Unsent>): Draft => {
  const left = new Map(waiting.filter(({ fields }) => fields.length > 0).map(({ username, fields }) => [username, fields]))
  const other = new Set([...draft.due, ...draft.withheld.map(({ change }) => change)].map(({ username }) => username))
  const calm = draft.governed.listed.filter(({ username }) => left.has(username) && !other.has(username))
  const before = new Map(draft.unobservable.map(({ username, fields }) => [username, fields]))
  const blind = [...left].map(([username, fields]) => {
    const names = [...(before.get(username) ?? []), ...fields.map(({ field }) => field)]
    return { username, fields: FIELDS.filter((field) => names.includes(field)) }
  })
  return {
    ...draft,
    inSync: draft.inSync + calm.length,
    unobservable: [...draft.unobservable.filter(({ username }) => !left.has(username)), ...blind],
  }
}
