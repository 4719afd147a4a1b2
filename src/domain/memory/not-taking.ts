// What a user does not take: fields that were sent in vain, or refused. They are not sent again while both sides stay as they were (S8).

import { DAY } from '../basics/time.ts'
import { missed } from '../plan/outcome.ts'
import { type Ended, goesWhole } from '../plan/plan.ts'
import type { UserFacts } from '../remembering/remember-user.ts'
import type { LiveUser } from '../user/live.ts'
import { printOf } from '../user/prints.ts'
import type { FieldName, Value } from '../user/settings.ts'
import { isRateLimit } from '../user/settings.ts'
import type { NotTaking, UserMemory } from './user-memory.ts'

/** What is tried again, after a day, only where there is room for it. Who may send, and by what password, is as urgent as ever. */
export const isTriedAgain = (field: FieldName): boolean => field !== 'status' && field !== 'email_password'

/** What a user did not take, and what is as it was then: for a day, or until it is tried again and found otherwise. */
export const notTakingOf = (memory: UserMemory, facts: UserFacts): ReadonlyArray<NotTaking> => {
  const { live, ended, after, user } = facts
  const { now, prints } = after
  const printed = (field: FieldName) => ({
    wanted: printOf(prints, askedFor(memory, facts, field)),
    live: printOf(prints, live?.settings[field]),
  })
  const whole = ended !== undefined && goesWhole(ended) ? { whole: true as const } : {}
  const refused = refusedFields(ended)
  const why = refused.length === 0 ? undefined : ended?.refusal?.lasting
  const failed = why !== undefined ? refused : notMade(ended, live)
  const fresh = after.alsoChanged.has(user.username)
    ? []
    : failed.map((field): NotTaking => ({ field, ...printed(field), at: now, ...whole, ...(why === undefined ? {} : { why }) }))
  // A user that one answer left out has not changed by that, and what it would have been made with says nothing of what it did not take.
  const isLeftOut = live === undefined || (ended?.change === 'create' && ended.refusal !== undefined)
  const old = memory.notTaking.filter((one) => {
    const is = printed(one.field)
    const isAsked = one.wanted === is.wanted || isUnasked(memory, facts, one)
    const isSame = isLeftOut || (isAsked && one.live === is.live)
    const isKept = now - one.at < DAY || isTriedAgain(one.field)
    return isKept && isSame && !fresh.some(({ field }) => field === one.field)
  })
  return [...old, ...fresh]
}

/** What is asked of a field, be it by the config or because a user that we blocked is listed again. */
const askedFor = (memory: UserMemory, facts: UserFacts, field: FieldName): Value | undefined =>
  saidOf(facts, field) ?? (field === 'status' ? memory.ourBlock?.returnsTo : undefined)

const saidOf = ({ user, ended }: UserFacts, field: FieldName): Value | undefined =>
  ended?.fields.find((change) => change.field === field)?.to ?? user.managed[field]?.value

/** Whether no block is asked for now, and may be again with no change of the config: a rule asks for none while what would mend the user is tried. */
const isUnasked = ({ ourBlock }: UserMemory, facts: UserFacts, { field, wanted }: NotTaking): boolean => {
  if (field !== 'status') return false
  if (facts.user.unless !== undefined && wanted === printOf(facts.after.prints, 'blocked')) return true
  const before = ourBlock?.returnsTo
  return saidOf(facts, field) === undefined && (before === undefined || before === facts.live?.settings.status)
}

const notMade = (ended: Ended | undefined, live: LiveUser | undefined): ReadonlyArray<FieldName> =>
  ended?.outcome === 'not_converged' && live !== undefined ? missed(ended, live).map(({ field }) => field) : []

/** The fields that the service refused of an edit, so that the others need not wait; the rate limit counts as one. */
export const refusedFields = (ended: Ended | undefined): ReadonlyArray<FieldName> => {
  const field = ended?.refusal?.field
  if (ended === undefined || ended.change === 'create' || !ended.fields.some((change) => change.field === field)) return []
  const sent = ended.fields.map((change) => change.field)
  return field !== undefined && isRateLimit(field) ? sent.filter(isRateLimit) : sent.filter((one) => one === field)
}
