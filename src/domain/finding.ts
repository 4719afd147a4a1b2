// Findings that need no change: what the provider did, names that live twice, fields that somebody keeps setting back.
import type { DesiredUser } from './desired.ts'
import type { Context, Difference } from './diff.ts'
import { memoryOf, wasWanted } from './diff.ts'
import { type World, withhold } from './draft.ts'
import { stopOf } from './hold.ts'
import type { LiveUser } from './live.ts'
import { type Part, SILENT } from './part.ts'
import type { Change, Finding } from './plan.ts'
import { printOf } from './prints.ts'
import type { FieldName, Value } from './settings.ts'
import { isRateLimit } from './settings.ts'
import { DAY } from './time.ts'

/** The findings that are made without any rule; no rule may have such a name. */
export const BUILT_IN = [
  'provider-block',
  'contested',
  'listed-in-two-scopes',
  'case-only-difference',
  'blocked-by-others',
  'found-blocked',
  'rules-contradict',
  'starts-soon',
  'expires-soon',
  'waiver-ends',
  'waiver-ended',
  'hold-ends',
  'hold-ended',
  'subaccount-undeclared',
  'subaccount-closed',
  'subaccount-unknown',
  'subaccount-missing',
] as const

/** A user as it is governed, its live twin, and its entry where it has one. */
type Met = { readonly user: DesiredUser; readonly twin: LiveUser | undefined; readonly own?: DesiredUser }

/** What a person should know of a live user, listed or not. */
export const aboutLive = (context: Context, world: World, { user, twin, own }: Met): Part => {
  if (twin === undefined) return SILENT
  const findings: Array<Finding> = []
  const { username } = twin
  if (twin.sendingAllowed === false && (twin.settings.status ?? lastSent(context, user, username)) === 'allowed')
    findings.push({
      rule: 'provider-block',
      severity: 'high',
      username,
      message: 'the provider has stopped this user from sending although its status is allowed; ask SMTP2GO support',
    })
  const scopes = world.liveIn(username)
  if (scopes.length > 1)
    findings.push({
      rule: 'listed-in-two-scopes',
      severity: 'medium',
      username,
      message: `live in ${scopes.join(' and ')}: it is written in neither`,
    })
  if (own !== undefined && isFoundBlocked(context, own, twin, user))
    findings.push({
      rule: 'found-blocked',
      severity: 'medium',
      username,
      message:
        'blocked, and by whom is not known any more, since the ledger was lost or an older one put back: if it was for a rule, a date or the list, nothing opens it by itself; give it `status: allowed` if it is to send',
      source: own.source,
    })
  return findings.length === 0 ? SILENT : { findings }
}

/**
 * Whether a listed user is blocked, by us perhaps, and nothing that is known would ever open it: whose block it was went with the memory. `user` is how
 * it is governed, where that is not just what its entry says.
 */
export const isFoundBlocked = (
  { forgotten, memory, holds, now }: Context,
  own: DesiredUser,
  twin: LiveUser,
  user: DesiredUser = own,
): boolean => {
  if (forgotten === undefined || twin.settings.status !== 'blocked' || own.managed.status !== undefined) return false
  if (user.managed.status !== undefined && user.blockedFor === undefined) return false
  const { ourBlock, barred } = memoryOf(memory, own.username)
  return ourBlock === undefined && barred === undefined && stopOf(holds, now, own.username) === undefined
}

/** The status of a user that the service does not show, where what is wanted is what was sent. */
const lastSent = (
  { memory, prints }: Context,
  { managed }: Pick<DesiredUser, 'managed'>,
  username: string,
): Value | undefined => {
  const wanted = managed.status?.value
  if (wanted === undefined) return undefined
  return memoryOf(memory, username).sent.get('status')?.print === printOf(prints, wanted) ? wanted : undefined
}

/** Fields whose drift is about to be repaired for the third time or more within 24 hours. */
export const contestedFields = (
  context: Context,
  username: string,
  found: Pick<Difference, 'fields'>,
): ReadonlyArray<FieldName> => {
  const memory = memoryOf(context.memory, username)
  const often = found.fields
    .filter((change) => wasWanted(context.prints, memory, change))
    .map(({ field }) => field)
    .filter((field) => (memory.repairs.get(field) ?? []).filter((at) => context.now - at < DAY).length >= 2)
  return found.fields
    .map(({ field }) => field)
    .filter((field) => often.includes(field) || (isRateLimit(field) && often.some(isRateLimit)))
}

/** The finding of a contested field. */
export const contest = (username: string, field: FieldName): Finding => ({
  rule: 'contested',
  severity: 'high',
  username,
  about: field,
  message: `${field} was set back by somebody at least three times in 24 hours: find out who else changes this user`,
})

/** What is contested of a change, as findings. */
export const contestsOf = (context: Context, change: Change): ReadonlyArray<Finding> =>
  contestedFields(context, change.username, change).map((field) => contest(change.username, field))

/** Why what is contested is not made. */
export const leftToPeople = (fields: ReadonlyArray<FieldName>): string =>
  `${fields.join(', ')}: somebody set this back at least three times in 24 hours, and policy.contested is hold; it is repaired again a day later, or at once where the config says another value or contested: enforce`

/** A change of which no part can be left out: made, unless it is contested and that is left to people. */
export const dueUnlessContested = (context: Context, change: Change): Part => {
  const findings = contestsOf(context, change)
  if (findings.length === 0) return { due: [change] }
  const why = leftToPeople(contestedFields(context, change.username, change))
  return context.policy.contested === 'hold'
    ? { findings, withheld: [withhold(change, 'contested', why)] }
    : { findings, due: [change] }
}
