// Found shut: who blocked a user before anybody looked, nobody here knows. What the config asked for then is no new wish, however often it is
// looked at, so `unblock: hold` keeps such a user until a person says so, or the config first asks for something else.
import { isPutBack } from '../memory/forgotten.ts'
import type { Forgotten, ScopeMemory } from '../memory/ledger.ts'
import { forNow, wayOut } from '../memory/our-block.ts'
import type { UserMemory } from '../memory/user-memory.ts'
import type { LiveUser } from '../user/live.ts'
import { type Prints, printOf } from '../user/prints.ts'
import { outside } from '../wanted/dates.ts'
import type { DesiredUser } from '../wanted/desired.ts'
import { memoryOf } from './diff.ts'

type Known = {
  readonly memory: ScopeMemory | undefined
  readonly forgotten: Forgotten | undefined
  readonly now: number
}

/** Whether it cannot be told what the config asked for before this look: there was none of the whole scope, or what it left is lost. */
export const isFirstLook = ({ memory, forgotten, now }: Known): boolean => memory?.due === undefined || isPutBack(forgotten, now)

/** Whether the config newly asks for a user to be open, or what we blocked it for is over: then nobody's block stands against it. */
export const isWished = (username: string, known: Known & { readonly prints: Prints }): boolean => {
  const user = memoryOf(known.memory, username)
  const isOfStop = user.barred !== undefined && wayOut(user) === undefined
  if (forNow(user) !== undefined || isOfStop) return true
  return !isFirstLook(known) && user.foundShut === undefined && !wasOpen(user.wanted, known.prints)
}

const wasOpen = (wanted: UserMemory['wanted'], prints: Prints): boolean => wanted.get('status') === printOf(prints, 'allowed')

type Looked = {
  readonly user: DesiredUser
  /** As it was shown last, and by the look that the run is based on. */
  readonly live: LiveUser | undefined
  readonly planned: LiveUser | undefined
  readonly after: { readonly isFirst: boolean; readonly prints: Prints; readonly now: number }
}

/** Whether a user counts as found shut after a look; `wanted` is what is remembered as asked for from now on. */
export const foundShutAfter = (
  before: UserMemory,
  wanted: UserMemory['wanted'],
  { user, live, planned, after }: Looked,
): true | undefined => {
  const isReached = live?.settings.status === 'allowed' || wasOpen(wanted, after.prints)
  if (isReached || !isAsked(user, after.now)) return undefined
  const isFound = after.isFirst && planned !== undefined && planned.settings.status !== 'allowed' && forNow(before) === undefined
  return isFound ? true : before.foundShut
}

// Who breaks a rule that blocks is to be open again by itself. Dates are said by the config, so their end is its word.
const isAsked = (user: DesiredUser, now: number): boolean =>
  user.managed.status?.value === 'allowed' || (user.blockedFor !== undefined && outside(user, now) === undefined)
