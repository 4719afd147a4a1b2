// Unmasked: a password that most users show is taken for a mask, unless it is one that we know, wanted now or sent before, or another user shows one
// that we know: then nothing is masked there, and they all have it.
// One that shows a part of what is wanted, and hides the rest, is a mask, whatever the others show.
import type { ScopeMemory } from '../memory/ledger.ts'
import type { DesiredScope } from '../wanted/desired.ts'
import type { LiveState, LiveUser } from './live.ts'
import { type Prints, printOf } from './prints.ts'
import { Secret } from './secret.ts'
import { same } from './settings.ts'

/** What tells a password from a mask. */
export type KnownPasswords = {
  readonly desired: Pick<DesiredScope, 'users'>
  readonly memory: ScopeMemory | undefined
  readonly prints: Prints
}

/** A live state with the password that most users share as theirs, where it is one, and without what is a mask of the one that is wanted. */
export const unmasked = (live: LiveState, known: KnownPasswords): LiveState => withoutMasks(withShared(live, known), known)

const withoutMasks = (live: LiveState, { desired }: KnownPasswords): LiveState => {
  const declared = desired.users.filter(({ managed }) => managed.email_password !== undefined)
  if (declared.length === 0) return live
  const wanted = new Map(declared.map(({ username, managed }) => [username, managed.email_password?.value]))
  const isMasked = ({ username, settings }: LiveUser): boolean => {
    const [password, shown] = [wanted.get(username), settings.email_password]
    return password instanceof Secret && shown instanceof Secret && password.isHiddenIn(shown)
  }
  if (!live.users.some(isMasked)) return live
  const users = live.users.map((user) =>
    isMasked(user) ? { ...user, settings: { ...user.settings, email_password: undefined } } : user,
  )
  return { ...live, users }
}

const withShared = (live: LiveState, known: KnownPasswords): LiveState => {
  // It is one text for all of them.
  const shared = live.users.find((user) => user.shared !== undefined)?.shared
  if (shared === undefined || !(isOne(shared, known) || showsPasswords(live, known))) return live
  const users = live.users.map(({ shared: theirs, ...user }) =>
    theirs === undefined ? user : { ...user, settings: { ...user.settings, email_password: theirs } },
  )
  return { ...live, users }
}

/** Whether somebody shows the password that is wanted for this user, or was sent last. */
const showsPasswords = ({ users }: LiveState, { desired, memory, prints }: KnownPasswords): boolean => {
  const wanted = new Map(desired.users.map(({ username, managed }) => [username, managed.email_password?.value]))
  return users.some(({ username, settings: { email_password } }) => {
    if (email_password === undefined) return false
    const sent = memory?.users.get(username)?.sent.get('email_password')?.print
    return same('email_password', wanted.get(username), email_password) || sent === printOf(prints, email_password)
  })
}

const isOne = (shared: Secret, { desired, memory, prints }: KnownPasswords): boolean => {
  const print = printOf(prints, shared)
  const remembered = [...(memory?.users.values() ?? [])]
  return (
    desired.users.some(({ managed }) => same('email_password', managed.email_password?.value, shared)) ||
    remembered.some(({ sent }) => sent.get('email_password')?.print === print)
  )
}
