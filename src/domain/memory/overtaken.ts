// Overtaken: a write whose fate nobody told may take effect after a newer one, and replace what that has set. What can be read back is drift then.
// What cannot is sent once more when the older one can come no more, since nothing else would ever tell.
import { isDone } from '../plan/outcome.ts'
import type { Ended } from '../plan/plan.ts'
import type { LiveUser } from '../user/live.ts'
import { type Print, type Prints, printOf } from '../user/prints.ts'
import type { FieldName } from '../user/settings.ts'
import type { DesiredUser } from '../wanted/desired.ts'
import { isUnderWay } from './late.ts'
import type { Pending } from './user-memory.ts'

/** What may take effect after a write that asks for other values, which is sent now. */
export const overtakenBy = (before: Pending | undefined, wanted: Pending['wanted'], now: number): Pending['overtakes'] => {
  if (before === undefined) return undefined
  const older = before.overtakes !== undefined && isUnderWay(before.overtakes, now) ? before.overtakes : undefined
  const isOpen = before.answered !== true && isUnderWay(before, now)
  const others = [...(isOpen ? before.wanted : [])].filter(([field, print]) => (wanted.get(field) ?? print) !== print)
  return others.length === 0 ? older : { at: before.at, wanted: new Map([...(older?.wanted ?? []), ...others]) }
}

/** Whether what is pending is to be sent again by now. */
export const isDueAgain = ({ answered, overtakes }: Pending, now: number): boolean =>
  answered !== true || overtakes === undefined || !isUnderWay(overtakes, now)

type Written = {
  readonly user: DesiredUser
  readonly live: LiveUser | undefined
  readonly ended: Ended | undefined
  readonly prints: Prints
}

/** What stays pending of a write that has an answer, for what it overtook: the same once more, or where it was refused what that was. */
export const overtakenStill = (pending: Pending, { user, live, ended, prints }: Written): Pending | undefined => {
  const { overtakes, at } = pending
  if (overtakes === undefined || live === undefined) return undefined
  const hidden = [...overtakes.wanted].filter(
    ([field]) => live.settings[field] === undefined && user.managed[field] !== undefined,
  )
  if (!isDone(ended)) return hidden.length === 0 ? undefined : { change: 'update', wanted: new Map(hidden), at: overtakes.at }
  const wanted = hidden.flatMap(([field, older]): ReadonlyArray<readonly [FieldName, Print]> => {
    const print = printOf(prints, user.managed[field]?.value)
    return print === older ? [] : [[field, print]]
  })
  return wanted.length === 0 ? undefined : { change: 'update', wanted: new Map(wanted), at, overtakes, answered: true }
}
