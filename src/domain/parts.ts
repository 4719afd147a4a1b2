// Parts: a change of a status and of something else too, taken apart, so that neither has to wait for what keeps the other.
import { type Change, causeOfPart } from './plan.ts'

/** What a change does to the status, and what is left of it. */
export type Parts = { readonly status: Change; readonly rest: Change }

/** Takes a block apart, or what ends one; `undefined` where a change is one thing. */
export const partsOf = (change: Change, ends = false): Parts | undefined => {
  const [status, ...more] = change.fields.filter(({ field }) => field === 'status')
  if (!(change.change === 'block' || ends) || status === undefined || more.length > 0 || change.fields.length === 1)
    return undefined
  const { note, whole, departs, returns, ...plain } = change
  // What a block is for is told with it.
  const isToldOfBlock = departs === true || returns === true
  const noted = note === undefined ? {} : { note }
  const fields = change.fields.filter((one) => one !== status)
  return {
    status: {
      ...plain,
      ...(departs === undefined ? {} : { departs }),
      ...(returns === undefined ? {} : { returns }),
      ...(isToldOfBlock ? noted : {}),
      fields: [status],
    },
    rest: {
      ...plain,
      change: 'update',
      cause: causeOfPart(change.cause, fields),
      ...(whole === undefined ? {} : { whole }),
      ...(isToldOfBlock ? {} : noted),
      fields,
    },
  }
}
