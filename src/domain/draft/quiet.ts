// Quiet: a listed user of whom there is nothing to say. At most looks most are, so they are told from the others first and cost no more than that.
import { isOnlyWanted, type UserMemory } from '../memory/user-memory.ts'
import type { LiveUser } from '../user/live.ts'
import { type Prints, printOf } from '../user/prints.ts'
import { FIELDS, type Value } from '../user/settings.ts'
import type { DesiredUser } from '../wanted/desired.ts'
import { EMPTY_PAGE } from '../wanted/rulebook.ts'
import { type Context, isAsWanted, memoryOf } from './diff.ts'
import type { World } from './draft.ts'
import { isFoundBlocked } from './finding.ts'

/** Whether a listed user is as the config wants it, live once, under no rule, without dates and old names, and with no block of ours to end. */
export const isQuiet = (context: Context, { liveIn }: World, user: DesiredUser, twin: LiveUser): boolean =>
  twin.sendingAllowed !== false &&
  user.previously.length === 0 &&
  (user.starts ?? user.expires) === undefined &&
  isAsWanted(user, twin) &&
  !isFoundBlocked(context, user, twin) &&
  memoryOf(context.memory, user.username).ourBlock === undefined &&
  liveIn(user.username).length <= 1 &&
  context.pages(subjectOf(user, twin.settings.status)) === EMPTY_PAGE

const subjectOf = ({ username, profile, managed }: DesiredUser, shown: Value | undefined) => {
  const status = managed.status?.value ?? shown
  return { username, profile, status: status === undefined ? undefined : String(status) }
}

/** Whether a look at a quiet user leaves what is remembered of it as it is: that all was wanted before, and nothing else. */
export const isAllKnown = (memory: UserMemory, { managed }: DesiredUser, prints: Prints): boolean => {
  // A password that is shown is noted, since it may stop being shown.
  if (managed.email_password !== undefined || !isOnlyWanted(memory)) return false
  let count = 0
  for (const field of FIELDS) {
    const value = managed[field]?.value
    if (value === undefined) continue
    if (memory.wanted.get(field) !== printOf(prints, value)) return false
    count += 1
  }
  return count === memory.wanted.size
}
