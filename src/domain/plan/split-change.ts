// Parts of a change: its status and what else it does, taken apart so that neither has to wait for what keeps the other, and those of its fields
// that were seen to differ, and not only sent for their age.
import { blockEnd, type Cause, type Change, type FieldChange, type LiveEdit, type Update } from './plan.ts'

/** What a change does to the status, and what is left of it. */
export type Parts = { readonly status: LiveEdit; readonly rest: Update }

/** Takes a block apart, or where it `ends` one an update; `undefined` where a change is one thing. */
export const partsOf = (change: Change, { ends = false }: { readonly ends?: boolean } = {}): Parts | undefined => {
  if (change.change !== 'block' && !(ends && change.change === 'update')) return undefined
  const [status, ...more] = change.fields.filter(({ field }) => field === 'status')
  if (status === undefined || more.length > 0 || change.fields.length === 1) return undefined
  const { username, cause, note, whole } = change
  // What a block is for is told with it.
  const isToldOfBlock = blockEnd(change) !== 'never'
  const noted = note === undefined ? {} : { note }
  const first = { username, cause, ...(isToldOfBlock ? noted : {}), fields: [status] }
  const fields = change.fields.filter((one) => one !== status)
  return {
    status: change.change === 'block' ? { change: 'block', ...first, ends: change.ends } : { change: 'update', ...first },
    rest: {
      change: 'update',
      username,
      cause: causeOfPart(cause, fields),
      ...(whole === undefined ? {} : { whole }),
      ...(isToldOfBlock ? {} : noted),
      fields,
    },
  }
}

/** The fields of a change that were seen to differ, and are not only sent for their age. */
export const differing = ({ fields }: Pick<Change, 'fields'>): ReadonlyArray<FieldChange> =>
  fields.filter(({ unread }) => unread === undefined)

/** The cause of a part of a change: of what is only sent for its age it is no other than that, whatever else is made with it. */
export const causeOfPart = (cause: Cause, fields: ReadonlyArray<FieldChange>): Cause => {
  if (cause === 'first_run' || fields.length === 0 || differing({ fields }).length > 0) return cause
  return fields.some(({ unread }) => unread === 'first') ? 'config' : 'retry'
}
