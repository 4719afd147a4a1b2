// Canonical plans: of each kind of change the smallest world in which it is made, for cutting it at every step.
import type { SeedUser } from '../../src/sandbox/seed.ts'
import { ACCOUNT, type Config, foreignPassword, type Listing, passwordOf, type ScopeId, type Setting } from './config.ts'
import type { Fault } from './faults.ts'
import type { Script } from './simulate.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** What a config says of each scope, by username. */
type Says = { readonly [scope: ScopeId]: { readonly [username: string]: Setting } }

export type Canonical = {
  readonly name: string
  readonly begun: Script['begun']
  readonly next: Config
  /** When the config becomes that, and from when on the next run is the one that is cut. */
  readonly savedAt: number
  readonly cutFrom: number
  readonly faults: ReadonlyArray<Fault>
}

const CAPS = { creates: 100, updates: 100, passwords: 20, blocks: 10, removes: 10 }

const configOf = (says: Says, some: Partial<Config> = {}): Config => ({
  key: 'TEST_KEY',
  cron: '*/15 * * * *',
  timezone: 'UTC',
  pace: 'off',
  concurrency: 2,
  edit: 'auto',
  mode: 'enforce',
  unlisted: 'remove',
  unblock: 'repair',
  contested: 'enforce',
  caps: CAPS,
  defaults: {},
  searches: false,
  rules: [],
  scopes: new Map(
    Object.entries(says).map(([scope, users]): [ScopeId, Listing] => [
      scope,
      { users: new Map(Object.entries(users)), absent: [] },
    ]),
  ),
  ...some,
})

const ONE = 'user-1@x.example'
const TWO = 'user-2@x.example'
const NEW = 'user-3@x.example'
const LIMITED: Setting = { custom_ratelimit: true, custom_ratelimit_value: 50, custom_ratelimit_period: '1 hour' }

type Told = {
  readonly name: string
  readonly before: Says
  readonly after: Says
  readonly some?: Partial<Config>
  /** What the config said otherwise before. */
  readonly someBefore?: Partial<Config>
  /** Who is live and never listed. */
  readonly strangers?: { readonly [scope: ScopeId]: ReadonlyArray<string> }
  readonly cutFrom?: number
  /** What those who are live have besides. */
  readonly have?: Partial<SeedUser>
  readonly faults?: ReadonlyArray<Fault>
}

const canonical = ({
  name,
  before,
  after,
  some = {},
  someBefore = {},
  strangers = {},
  cutFrom = 5 * MINUTE,
  have = {},
  faults = [],
}: Told): Canonical => {
  const live = (scope: ScopeId): ReadonlyArray<SeedUser> =>
    [...Object.keys(before[scope] ?? {}), ...(strangers[scope] ?? [])].map((username) => ({
      username,
      email_password: foreignPassword(username),
      ...have,
    }))
  const subaccounts = Object.keys(before).filter((scope) => scope !== ACCOUNT)
  return {
    name,
    begun: {
      seed: {
        account: { results: live(ACCOUNT) },
        subaccounts: Object.fromEntries(subaccounts.map((id) => [id, { results: live(id) }])),
        switches: { view_password: 'absent' },
      },
      config: configOf(before, { ...some, ...someBefore }),
      parts: new Map(),
      applied: true,
    },
    next: configOf(after, some),
    savedAt: 5 * MINUTE,
    cutFrom,
    faults,
  }
}

const both = { [ACCOUNT]: { [ONE]: {}, [TWO]: {} } }
const with1 = (setting: Setting): Says => ({ [ACCOUNT]: { [ONE]: setting, [TWO]: {} } })
/** What a full edit must be given, since this service does not show it. */
const WHOLE: Setting = { ...passwordOf(ONE, 'A'), click_tracking_enabled: true, ip_pool: null }
const throttled: Fault = { kind: '429', on: 'edit', at: 5 * MINUTE, times: 1, until: Number.POSITIVE_INFINITY, roll: 0 }

const LIMIT_OF_OTHERS = { custom_ratelimit_value: 7, custom_ratelimit_period: '2 days' }

/** The one whose edit no other request can say. */
export const FULL_EDIT = 'full edit'

/** The canonical plans. */
export const PLANS: ReadonlyArray<Canonical> = [
  canonical({ name: 'add', before: both, after: { [ACCOUNT]: { ...both[ACCOUNT], [NEW]: { description: 'new' } } } }),
  canonical({
    name: 'add with a password',
    before: both,
    after: { [ACCOUNT]: { ...both[ACCOUNT], [NEW]: passwordOf(NEW, 'A') } },
  }),
  canonical({ name: 'patch one', before: both, after: with1({ description: 'other' }) }),
  canonical({ name: 'rate limit', before: both, after: with1(LIMITED) }),
  canonical({ name: 'password', before: both, after: with1(passwordOf(ONE, 'B')) }),
  canonical({ name: 'block', before: both, after: { [ACCOUNT]: { [TWO]: {} } }, some: { unlisted: 'block' } }),
  canonical({
    name: 'remove after grace',
    before: both,
    after: { [ACCOUNT]: { [TWO]: {} } },
    // Blocked at once, and due at the first run two hours later.
    cutFrom: 2 * HOUR + 5 * MINUTE + 30_000,
  }),
  canonical({
    name: 'remove the only one after grace',
    before: { [ACCOUNT]: { [ONE]: {} }, Sub1: {} },
    after: { [ACCOUNT]: { [ONE]: {} }, Sub1: {} },
    strangers: { Sub1: [TWO] },
    someBefore: { unlisted: 'report' },
    cutFrom: 2 * HOUR + 5 * MINUTE + 30_000,
  }),
  canonical({
    name: 'add, patch and block',
    before: both,
    after: { [ACCOUNT]: { [TWO]: { description: 'other' }, [NEW]: {} } },
  }),
  canonical({
    name: 'two scopes',
    before: { [ACCOUNT]: { [ONE]: {} }, Sub1: { [TWO]: {} } },
    after: { [ACCOUNT]: { [ONE]: { description: 'other' } }, Sub1: { [TWO]: { archive_enabled: true } } },
  }),
  canonical({
    name: 'two scopes, searched for',
    before: { [ACCOUNT]: { [ONE]: {} }, Sub1: { [TWO]: {} } },
    after: { [ACCOUNT]: { [ONE]: { description: 'other' } }, Sub1: { [TWO]: { archive_enabled: true } } },
    some: { searches: true },
  }),
  canonical({
    name: 'at the edge of a cap',
    // Half of the list may go at once, and not more.
    before: { [ACCOUNT]: { [ONE]: {}, [TWO]: {}, [NEW]: {}, 'user-4@x.example': {} } },
    after: { [ACCOUNT]: { [NEW]: {}, 'user-4@x.example': {} } },
    some: { unlisted: 'block', caps: { ...CAPS, blocks: 2 } },
  }),
  canonical({ name: 'no rate limit any more', before: with1(LIMITED), after: with1({ custom_ratelimit: null }) }),
  canonical({
    name: FULL_EDIT,
    before: with1(WHOLE),
    after: with1({ ...WHOLE, feedback_domain: 'links.x.example' }),
    // Nobody manages that, so that it stays.
    have: { description: 'of others', audit_email: 'others@x.example', custom_ratelimit: true, ...LIMIT_OF_OTHERS },
  }),
  canonical({
    name: '429 in the middle',
    before: both,
    after: { [ACCOUNT]: { [ONE]: { description: 'other' }, [TWO]: { description: 'other' } } },
    faults: [throttled],
  }),
]
