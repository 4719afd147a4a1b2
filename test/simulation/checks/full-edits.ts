// S5 of full edits: they reset what they are not given, and so they carry the whole user. What counts is what one does to the user: no field is
// another one after it than before, but for what the config says of it, and for what a look of its own had shown just before.
import { LIMIT, type Setting } from '../config.ts'
import { courseOf } from '../faults.ts'
import type { Run } from '../program.ts'
import type { Entry } from '../service.ts'
import { same } from './same.ts'

export const isFullEdit = ({ method, endpoint }: Entry): boolean => method === 'POST' && endpoint === 'edit'

const looksIn = ({ requests }: Run, scope: string): ReadonlyArray<Entry> =>
  requests.filter((one) => one.endpoint === 'view' && one.scope === scope && one.ending === 'good')

/** Whether there was no look for a full edit besides the one that the plan was made by, and those for the full edits before it. */
export const isUnseen = (run: Run, { scope }: Entry): boolean =>
  looksIn(run, scope).length < 2 + run.requests.filter((one) => one.scope === scope && isFullEdit(one)).length

/**
 * What was shown of a user to whom a full edit is sent by the looks that may be its own: as many of the last as there can be requests under way, and
 * never the one that the plan was made by.
 */
export const shownTo = (run: Run, { scope, username }: Entry): ReadonlyArray<Setting> =>
  looksIn(run, scope)
    .slice(1)
    .slice(-(run.config?.concurrency ?? 1))
    .flatMap(({ shown }) => {
      const user = shown?.get(username)
      return user === undefined ? [] : [user]
    })

/** What may become of a user by a full edit, as it is known when that leaves. */
export type Sent = {
  readonly entry: Entry
  readonly wanted: Setting
  readonly looks: ReadonlyArray<Setting>
  /** Whether its status is ours to change. */
  readonly ofStatus: boolean
}

/** The service itself made something else of it. */
const isSpoilt = ({ fault }: Entry): boolean => ['without a field', 'with another text'].includes(courseOf(fault).does)

/** The fields that a full edit changed and should not have. */
export const overwritten = ({ entry, wanted, looks, ofStatus }: Sent): ReadonlyArray<string> => {
  if (isSpoilt(entry)) return []
  return entry.effects.flatMap(({ before, after }) => {
    if (before === undefined || after === undefined) return []
    const may = (name: string, value: unknown): boolean => {
      if (name === 'status' && ofStatus) return true
      // Without a limit there is no value and no period.
      if (LIMIT.includes(name) && name !== 'custom_ratelimit' && !after.custom_ratelimit) return true
      return [{ ...before }, wanted, ...looks].some((one) => name in one && same(one, name, value)) || isNone(name, value, looks)
    }
    return Object.entries(after).flatMap(([name, value]) => (may(name, value) ? [] : [name]))
  })
}

/** A pool that a user does not have is not always shown. */
const isNone = (name: string, value: unknown, looks: ReadonlyArray<Setting>): boolean =>
  name === 'ippool' && value === null && looks.some((one) => same(one, name, value))
