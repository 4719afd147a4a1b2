// Findings that need no change: what the provider did, names that live twice, blocks of which nobody knows any more whose they are.
import { momentText } from '../basics/time.ts'
import { stopOf } from '../decisions/hold.ts'
import type { Finding } from '../plan/plan.ts'
import type { LiveUser } from '../user/live.ts'
import { printOf } from '../user/prints.ts'
import type { Value } from '../user/settings.ts'
import type { DesiredUser } from '../wanted/desired.ts'
import type { Context } from './diff.ts'
import { memoryOf } from './diff.ts'
import type { World } from './draft.ts'
import { type Part, SILENT } from './part.ts'

/** The findings that are made without any rule; no rule may have such a name. */
export const BUILT_IN = [
  'provider-block',
  'contested',
  'listed-in-two-scopes',
  'case-only-difference',
  'blocked-by-others',
  'found-blocked',
  'emergency-stop',
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
  const stopped = own === undefined ? undefined : stoppedText(context, own, twin, user)
  if (own !== undefined && stopped !== undefined)
    findings.push({ rule: 'emergency-stop', severity: 'medium', username, message: stopped, source: own.source })
  return findings.length === 0 ? SILENT : { findings }
}

/** Why a listed user that an emergency stop has blocked does not send, though nothing in the config says so. */
const stoppedText = (
  { memory, holds, now }: Context,
  own: DesiredUser,
  twin: LiveUser,
  user: DesiredUser,
): string | undefined => {
  const { ourBlock, barred } = memoryOf(memory, own.username)
  if (barred !== 'stop' || twin.settings.status !== 'blocked' || saysOfStatus(own, user)) return undefined
  // Whom only the list had blocked returns with it.
  if (ourBlock !== undefined && ourBlock.returnsTo !== 'blocked') return undefined
  const stop = stopOf(holds, now, own.username)
  return stop === undefined
    ? 'blocked since an emergency stop, and nothing opens it by itself: give it `status: allowed` if it is to send, or undo the run of the stop, which `history` names'
    : `blocked by the emergency stop of ${stop.by} (${stop.reason}), which keeps it so until ${momentText(stop.until)}, and nothing opens it by itself then`
}

/** Whether the config, or a rule or a date, has a word on the status of a listed user. */
const saysOfStatus = (own: DesiredUser, user: DesiredUser): boolean =>
  own.managed.status !== undefined || (user.managed.status !== undefined && user.blockedFor === undefined)

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
  if (forgotten === undefined || twin.settings.status !== 'blocked' || saysOfStatus(own, user)) return false
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
