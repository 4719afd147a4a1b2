// Spoilt answers: users that are not as they are, and bodies as they come in from a socket.
import type { Incoming } from '../../src/adapters/smtp2go/transport.ts'
import { E } from '../../src/fp.ts'
import type { StoredUser } from '../../src/sandbox/user.ts'
import { pick, type Random } from './chance.ts'
import type { Lie } from './faults.ts'

type Shown = { readonly [field: string]: unknown }

/** The users of a view under a lie; `undefined` where even the list is missing. */
export const lied = (
  lie: Lie,
  users: ReadonlyArray<Shown>,
  then: ReadonlyArray<StoredUser> | undefined,
  random: Random,
): ReadonlyArray<Shown> | undefined => {
  const victim = pick(random, users)
  switch (lie) {
    case 'stale':
      // Of subaccounts nothing changes but that one comes to be there.
      return then === undefined ? users.slice(1) : then.map((user) => shownThen(user, users))
    case 'empty':
      return []
    case 'half':
      return users.slice(0, Math.max(0, Math.ceil(users.length / 2) - 1))
    case 'one missing':
      return users.filter((user) => user !== victim)
    case 'twice':
      return victim === undefined ? users : [...users, victim]
    case 'no results':
      return undefined
    case 'wrong type': {
      const known = ['username', 'status', 'custom_ratelimit', 'sending_allowed', 'bounce_notifications']
      const field = victim !== undefined && 'username' in victim ? pick(random, known) : pick(random, ['id', 'name', 'state'])
      return users.map((user) => (user === victim ? { ...user, [field ?? 'status']: { wrong: true } } : user))
    }
  }
}

// As it is shown now, with what has no other name in answers as it was then.
const shownThen = (then: StoredUser, users: ReadonlyArray<Shown>): Shown => {
  const now = users.find(({ username }) => username === then.username) ?? users[0] ?? {}
  const { custom_ratelimit, custom_ratelimit_value, custom_ratelimit_period, ...fields } = then
  const limit = custom_ratelimit
    ? { custom_ratelimit, custom_ratelimit_value, custom_ratelimit_period }
    : { custom_ratelimit, custom_ratelimit_value: null, custom_ratelimit_period: '0:00:00' }
  const known = Object.entries({ ...fields, ...limit }).filter(([field]) => field in now && field !== 'email_password')
  const described = 'comments' in now ? { comments: then.description } : {}
  return { ...now, ...Object.fromEntries(known), ...described }
}

/** The text of an answer with another list in it. */
export const changedList = (
  name: 'results' | 'subaccounts',
  text: string,
  change: (shown: ReadonlyArray<Shown>) => ReadonlyArray<Shown> | undefined,
): string => {
  const answer: { data?: { [list in typeof name]?: ReadonlyArray<Shown> | undefined } } = JSON.parse(text)
  const list = answer.data?.[name]
  return list === undefined ? text : JSON.stringify({ ...answer, data: { ...answer.data, [name]: change(list) } })
}

const NONE = new Headers()

/** An answer as it comes in from the network. */
export const incoming = (status: number, text: string | Uint8Array): Incoming => ({
  status,
  headers: NONE,
  body: E.right(typeof text === 'string' ? Buffer.from(text) : text),
})
