// Sent: what cannot be read back, and counts as set because it was sent, or was seen to be set while it could be read. A password that nobody set must not count as set.
import { isGone, tried } from '../memory/late.ts'
import { isDueAgain } from '../memory/overtaken.ts'
import type { LastSent, Pending, UserMemory } from '../memory/user-memory.ts'
import { isConfigured, isDone, missed, readable } from '../plan/outcome.ts'
import type { Ended } from '../plan/plan.ts'
import type { LiveUser } from '../user/live.ts'
import { type Print, type Prints, printOf } from '../user/prints.ts'
import type { FieldName } from '../user/settings.ts'
import { FIELDS, same } from '../user/settings.ts'
import type { DesiredUser } from '../wanted/desired.ts'

type Facts = {
  readonly user: DesiredUser
  readonly live: LiveUser | undefined
  readonly ended: Ended | undefined
  /** Fields that count as set although they never were. */
  readonly assumed: ReadonlyArray<FieldName>
  readonly after: { readonly prints: Prints; readonly now: number }
}

/** What counts as set after a run. */
export const sentOf = (memory: UserMemory, { user, live, ended, assumed, after }: Facts): UserMemory['sent'] => {
  // Most users have nothing that cannot be read back, and in most runs nothing is sent.
  if (memory.sent.size === 0 && ended === undefined && assumed.length === 0 && !isSeen('email_password', user, live))
    return memory.sent
  const sent = new Map(memory.sent)
  for (const field of FIELDS) {
    const wanted = user.managed[field]
    if (wanted === undefined) {
      sent.delete(field)
      continue
    }
    // What is shown is in no doubt.
    if (sent.get(field)?.doubted === true && live?.settings[field] !== undefined) sent.delete(field)
    const isAsked = isBlind(field, live) && ended?.fields.some((change) => change.field === field) === true
    const isAssumed = assumed.includes(field)
    const isThere = isSeen(field, user, live)
    if (!isAsked && !isAssumed && !isThere) continue
    const print = printOf(after.prints, wanted.value)
    const isNews = isThere && !(isSure(sent.get(field), print) && sent.get(field)?.assumed !== true)
    if (isNews || (isAsked && counts(memory, { ended, live, field, print }))) sent.set(field, { print, at: after.now })
    else if (isAssumed) sent.set(field, { print, at: after.now, assumed: true })
  }
  return sent
}

// A password that is as declared, sent by us or not, is remembered even where the service shows it now, since it may stop showing it.
const isSeen = (field: FieldName, { managed }: DesiredUser, live: LiveUser | undefined): boolean =>
  field === 'email_password' && managed[field] !== undefined && same(field, live?.settings[field], managed[field].value)

const isBlind = (field: FieldName, live: LiveUser | undefined): boolean =>
  field === 'email_password' || live?.settings[field] === undefined

type Hidden = Pick<Facts, 'ended' | 'live'> & { readonly field: FieldName; readonly print: Print }

// Where nothing that is shown took, the service may have done nothing at all. Nor does an add say anything where the user had been there before,
// and may only have been left out of an answer.
const counts = (memory: UserMemory, { ended, live, field, print }: Hidden): boolean => {
  if (ended === undefined) return false
  // A password may be seen not to have taken.
  if (live !== undefined && missed(ended, live).some((one) => one.field === field)) return false
  const isAdd = ended.change === 'create'
  const wasThere = !isGone(memory) && (ended.cause === 'drift' || memory.wanted.size > 0)
  const isMade = isDone(ended) || (ended.outcome === 'not_converged' && live !== undefined)
  if (isAdd && wasThere) return isMade && isSure(memory.sent.get(field), print)
  // It is sent once more and not for ever, since what is beside it may never take.
  if (isAdd || isDone(ended) || live === undefined || memory.pending?.again === true) return isMade
  return isMade && missed(ended, live).length < readable(ended, live).length
}

/** Whether that value is known to have been sent, or taken as set. */
export const isSure = (sent: LastSent | undefined, print: Print): boolean => sent?.print === print && sent.doubted !== true

const doubting = (memory: UserMemory, { wanted, at }: Pending, isDoubted: (field: FieldName) => boolean): UserMemory => {
  const doubts = [...wanted].filter(([field]) => isDoubted(field))
  if (doubts.length === 0) return memory
  return {
    ...memory,
    sent: new Map([...memory.sent, ...doubts.map(([field, print]) => [field, { print, at, doubted: true }] as const)]),
  }
}

/** What it says before another write takes the place of one whose fate nobody told: what that asked for, and this one does not, stays in doubt. */
export const doubtedBefore = (memory: UserMemory, wanted: Pending['wanted'], now: number): UserMemory => {
  const { pending } = memory
  return pending === undefined || pending.change === 'remove' || !isDueAgain(pending, now)
    ? memory
    : doubting(memory, pending, (field) => !wanted.has(field))
}

/**
 * After a write whose fate is known. Where it was refused, a password that was never set, and what was in doubt before, stay in doubt: else they
 * would count as set from then on. What a stop or an undo did not ask for is as open as before.
 */
export const doubtedAfter = (memory: UserMemory, last: Ended | undefined): UserMemory => {
  const { pending } = memory
  const ended = tried(last)
  if (pending === undefined || pending.change === 'remove' || pending.answered === true) return memory
  if (ended === undefined || ended.outcome === 'unknown') return memory
  if (!isConfigured(ended)) return doubting(memory, pending, (field) => !ended.fields.some((one) => one.field === field))
  const isEdit = ended.change === 'update' || ended.change === 'block'
  if (!isEdit || ended.outcome !== 'failed' || pending.overtakes !== undefined) return memory
  return doubting(memory, pending, (field) => (memory.sent.has(field) ? pending.again === true : field === 'email_password'))
}

type Open = Pick<Facts, 'user' | 'ended' | 'live'> & { readonly sent: UserMemory['sent'] }

/**
 * What was hidden in a request of which nothing took, or in an add of a user that may have been there, is sent again: it was agreed to and counted
 * when it was sent first.
 */
export const hiddenStill = (pending: Pending, { user, ended, live, sent }: Open): Pending | undefined => {
  const isAdd = ended?.change === 'create' && isDone(ended)
  if (live === undefined || !(isAdd || ended?.outcome === 'not_converged')) return undefined
  const wanted = [...pending.wanted].filter(
    ([field, print]) =>
      live.settings[field] === undefined && user.managed[field] !== undefined && !isSure(sent.get(field), print),
  )
  const change = ended?.change === 'create' ? 'create' : 'update'
  const { overtakes, at } = pending
  const older = overtakes === undefined ? {} : { overtakes }
  return wanted.length === 0 ? undefined : { change, wanted: new Map(wanted), at, ...older }
}
