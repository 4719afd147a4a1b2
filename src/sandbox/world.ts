// The world: everything that the service knows, made from a seed and made into one again.
import { createHash } from 'node:crypto'
import type { Seed, SeedScope } from './seed.ts'
import { changedSwitches, type Switches, switchesFrom } from './switches.ts'
import { newUser, type ShownUser, type StoredUser, wholeUser } from './user.ts'

/** The users of one scope by name. */
export type Users = Map<string, StoredUser>
type Subaccount = {
  readonly name: string
  readonly email: string
  readonly state: 'Active' | 'Closed' | 'Suspended'
  readonly users: Users
}
type Pools = NonNullable<Seed['dedicated_ips']>

/** Everything that the service knows. */
export type World = {
  readonly account: Users
  readonly subaccounts: ReadonlyMap<string, Subaccount>
  /** Grants by key; `undefined`: every well-formed key may call everything. */
  readonly keys: ReadonlyMap<string, ReadonlyArray<string>> | undefined
  readonly pools: Pools
  switches: Switches
  /** Changes with each write. */
  version: number
}

const POOLS: Pools = [{ id: 1234, name: 'Main Pool', ip_addresses: ['127.0.0.1'] }]

const usersOf = ({ results }: SeedScope): Users => new Map(results.map((user) => [user.username, stored(user)]))

// A seed may leave passwords out: then each user has its own, the same at every start.
const stored = (user: SeedScope['results'][number]): StoredUser => {
  const made = createHash('sha256').update(`password of ${user.username}`).digest('base64url').slice(0, 24)
  return { ...newUser(user.username, made), ...user }
}

/** The world of a seed. */
export const worldOf = (seed: Seed): World => ({
  account: usersOf(seed.account),
  subaccounts: new Map(
    Object.entries(seed.subaccounts ?? {}).map(([id, scope]) => [
      id,
      { name: scope.name ?? id, email: scope.email ?? 'test@example.com', state: scope.state ?? 'Active', users: usersOf(scope) },
    ]),
  ),
  keys: seed.keys === undefined ? undefined : new Map(Object.entries(seed.keys)),
  pools: seed.dedicated_ips ?? POOLS,
  switches: switchesFrom(seed.switches ?? {}),
  version: 0,
})

/** The world as a seed again, each user as it is to be kept: a state file plays the service's own memory. */
export const seedOf = (world: World, kept: (user: StoredUser) => StoredUser): Seed => ({
  account: { results: [...world.account.values()].map(kept) },
  subaccounts: Object.fromEntries(
    [...world.subaccounts].map(([id, { users, ...rest }]) => [id, { results: [...users.values()].map(kept), ...rest }]),
  ),
  ...(world.keys === undefined ? {} : { keys: Object.fromEntries(world.keys) }),
  switches: changedSwitches(world.switches),
  dedicated_ips: world.pools,
})

/** The users as they are, for tests and people; of passwords only a hash. */
export const groundTruth = (world: World): unknown => {
  const whole = (users: Users): ReadonlyArray<ShownUser> =>
    [...users.values()].map((user) => ({
      ...wholeUser(user, world.switches.period_style),
      email_password_sha256: createHash('sha256').update(user.email_password).digest('hex'),
    }))
  return {
    account: { results: whole(world.account) },
    subaccounts: Object.fromEntries([...world.subaccounts].map(([id, { users }]) => [id, { results: whole(users) }])),
  }
}
