// Live state: what the service's view answers now, in canonical form.
import { onceEach } from '../basics/once.ts'
import type { Scope } from '../wanted/scope.ts'
import { Secret } from './secret.ts'
import type { FieldName, Settings } from './settings.ts'
import { fold } from './username.ts'

/** A user as `view` showed it. A field missing from `settings` could not be read (it is absent, masked or unreadable). */
export type LiveUser = {
  readonly username: string
  readonly settings: Settings
  /** The service's own verdict; false while `status` is allowed means blocked by the provider. */
  readonly sendingAllowed: boolean | undefined
  /** A password that most users show: a mask, unless it is one that we know. */
  readonly shared?: Secret
}

/** One believable or unbelievable answer of `view`, decoded. */
export type LiveState = {
  readonly scope: Scope
  readonly users: ReadonlyArray<LiveUser>
  /** Fields that this answer carried for at least one user. */
  readonly returned: ReadonlySet<FieldName>
  /** Keys of the answer that we do not know; names only. */
  readonly unknownKeys: ReadonlyArray<string>
}

/** The users of an answer by name. */
export const usersByName = onceEach(
  ({ users }: LiveState): ReadonlyMap<string, LiveUser> => new Map(users.map((user) => [user.username, user])),
)

/** The same in whatever case. */
export const usersByFold = onceEach(({ users }: LiveState): ReadonlyMap<string, LiveUser> => {
  const byFold = new Map<string, LiveUser>()
  for (const user of users) {
    const other = byFold.get(fold(user.username))
    // S14: of several spellings the first by name, whichever the service shows first.
    if (other === undefined || user.username < other.username) byFold.set(fold(user.username), user)
  }
  return byFold
})

/** Their names. */
export const namesOf = onceEach(({ users }: LiveState): ReadonlyArray<string> => users.map(({ username }) => username))

/** The passwords that it shows, masks among them. */
export const passwordsIn = onceEach(({ users }: LiveState): ReadonlyArray<Secret> => {
  const found: Array<Secret> = []
  for (const { settings, shared } of users)
    for (const value of [settings.email_password, shared]) if (value instanceof Secret) found.push(value)
  return found
})
