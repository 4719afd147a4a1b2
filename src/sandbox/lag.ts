// A view that lags behind: what a scope was before each of its latest changes, forgotten once no view can ask for it.
import type { StoredUser } from './user.ts'

type Users = ReadonlyMap<string, StoredUser>

const past = new WeakMap<Users, ReadonlyArray<{ readonly until: number; readonly users: ReadonlyArray<StoredUser> }>>()

/** Keeps what a scope is, just before it changes. */
export const keepPast = (users: Users, lagMs: number): void => {
  if (lagMs === 0) return
  const now = Date.now()
  const kept = (past.get(users) ?? []).filter(({ until }) => until > now - lagMs)
  past.set(users, [...kept, { until: now, users: [...users.values()] }])
}

/** The users of a scope as they were this long ago. */
export const usersAgo = (users: Users, lagMs: number): ReadonlyArray<StoredUser> => {
  const moment = Date.now() - lagMs
  return (lagMs === 0 ? undefined : past.get(users)?.find(({ until }) => until > moment)?.users) ?? [...users.values()]
}
