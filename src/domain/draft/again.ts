// Again: what was sent as it is wanted, and comes once more: for its age, since it cannot be read back (policy.reassert_unobservable), or since
// it did not take a day ago. It stands behind all that was changed since, and what of it has to wait is told as on the days before.
import type { Change, FieldChange, LiveEdit, Update } from '../plan/plan.ts'
import { causeOfPart } from '../plan/split-change.ts'
import { FIELDS } from '../user/settings.ts'
import type { Draft } from './draft.ts'

/** Whether a field is only sent again. */
export const isAgain = ({ unread, inVain }: FieldChange): boolean => unread === 'again' || inVain === true

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

/** A change that says of what it sends for its age that it does. */
export const toldAgain = <C extends Change>(change: C): C => {
  const again = againIn(change).filter(({ unread }) => unread === 'again')
  if (again.length === 0) return change
  const names = again.map(({ field }) => field).join(', ')
  const note = `${names}: sent again since policy.reassert_unobservable has passed; it cannot be read back`
  return { ...change, note: change.note === undefined ? note : `${change.note}; ${note}` }
}

/** What of a user is not sent again now. */
export type Unsent = { readonly username: string; readonly fields: ReadonlyArray<FieldChange> }

/** A draft in which what of it cannot be read back is as it was: of whom nothing else is to be done is in sync. */
export const unsent = (draft: Draft, waiting: ReadonlyArray<Unsent>): Draft => {
  const left = new Map(
    waiting.flatMap(({ username, fields }) => {
      const aged = fields.filter(({ unread }) => unread === 'again')
      return aged.length === 0 ? [] : [[username, aged] as const]
    }),
  )
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
