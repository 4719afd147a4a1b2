// Renamed: a new name and the old ones whose place it takes. What it is to keep of the one in use, and whether that one is there to be asked.
import type { DesiredUser, Managed, Sourced } from './desired.ts'
import type { Context } from './diff.ts'
import { memoryOf } from './diff.ts'
import { isGone } from './late.ts'
import type { LiveState, LiveUser } from './live.ts'
import type { FieldName } from './settings.ts'
import { FIELDS, fields, isRateLimit, RATE_LIMIT, same } from './settings.ts'

/** The live user that a new name takes over from. What we blocked it for is not of the new name. */
export const formerOf = ({ memory }: Context, { previously }: DesiredUser, live: LiveState): LiveUser | undefined => {
  // Of several old names the one in use, and not one that was blocked when an earlier rename was over.
  const olds = previously.flatMap((name) => live.users.find(({ username }) => username === name) ?? [])
  const old = olds.find(({ username }) => memoryOf(memory, username).leaving?._tag !== 'Blocked') ?? olds[0]
  if (old === undefined) return undefined
  const { statusBefore, leaving } = memoryOf(memory, old.username)
  const before = statusBefore ?? (leaving?._tag === 'Blocked' ? leaving.statusBefore : undefined)
  return before === undefined || old.settings.status !== 'blocked'
    ? old
    : { ...old, settings: { ...old.settings, status: before } }
}

/** S3: an old name that is remembered and that this answer leaves out. It is gone, or the next answer shows what the new one is to keep of it. */
export const formerAway = ({ memory, seen }: Context, { previously }: DesiredUser, live: LiveState): string | undefined => {
  const isKnown = (name: string): boolean => seen.has(name) || memory?.users.has(name) === true
  return previously.find(
    (name) => isKnown(name) && !isGone(memoryOf(memory, name)) && !live.users.some(({ username }) => username === name),
  )
}

/** Under a new name a user keeps the readable settings of the old one, below what the config says. */
export const inherited = ({ managed }: DesiredUser, old: LiveUser | undefined): Managed => {
  if (old === undefined) return managed
  const limited = RATE_LIMIT.some((field) => managed[field] !== undefined)
  const kept: { [F in FieldName]?: Sourced } = {}
  for (const field of FIELDS) {
    const value = old.settings[field]
    const isOurs = field === 'email_password' || managed[field] !== undefined || (limited && isRateLimit(field))
    if (value !== undefined && !isOurs && !same(field, value, fields[field].reset))
      kept[field] = { value, source: `kept from ${old.username}` }
  }
  return { ...kept, ...managed }
}
