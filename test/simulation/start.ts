// How a world begins: who is live, what the config says, and for whom which trouble is meant. Each user has one part to play, so that what
// people do to it does not depend on how fast the program is, and a life with faults must end as the same life without them.
import type { Seed, SeedScope, SeedUser } from '../../src/sandbox/seed.ts'
import { byHand, oneOf, someSetting } from '../support/sequence-world.ts'
import { type Chance, pick, type Random, whole } from './chance.ts'
import { ACCOUNT, type Config, foreignPassword, LIMIT, type Listing, passwordOf, type ScopeId, type Setting } from './config.ts'
import { withFullEdits } from './whole.ts'

/** What may happen to a user besides edits of its fields. */
export type Part = 'plain' | 'leaver' | 'erased' | 'new password' | 'foreign password' | 'renamed'

export type Beginning = {
  readonly seed: Seed
  readonly config: Config
  /** By scope and username, see `placeOf`. */
  readonly parts: ReadonlyMap<string, Part>
  /** Whether a person has applied this config before the daemon starts, so that its memory is trusted. */
  readonly applied: boolean
}

/** A subaccount that no config lists; it is met where all are searched for. */
const UNLISTED_SCOPE = 'SubUnlisted'

export const placeOf = (scope: ScopeId, username: string): string => `${scope} ${username}`

const PARTS: ReadonlyArray<readonly [upTo: number, part: Part]> = [
  [0.2, 'leaver'],
  [0.35, 'erased'],
  [0.45, 'new password'],
  [0.55, 'foreign password'],
  [0.9, 'plain'],
  [1, 'renamed'],
]

const partOf = (random: Random): Part => {
  const roll = random()
  return PARTS.find(([upTo]) => roll < upTo)?.[1] ?? 'plain'
}

/** Everybody of a scope who is there, or listed, at the beginning. */
export const namesIn = ({ seed, config }: Pick<Beginning, 'seed' | 'config'>, scope: ScopeId): ReadonlyArray<string> => {
  const live = (scope === ACCOUNT ? seed.account : seed.subaccounts?.[scope])?.results ?? []
  return [...new Set([...(config.scopes.get(scope)?.users.keys() ?? []), ...live.map(({ username }) => username)])]
}

/** A setting of some fields. */
export const someFields = (random: Random, most: number): Setting => {
  let setting: Setting = {}
  for (let count = whole(random, 1, most); count > 0; count -= 1)
    setting = withField(setting, someSetting(random, { edit: 'patch' }, false))
  return setting
}

/** A setting with another one over it; the three of the rate limit go together. */
export const withField = (setting: Setting, more: Setting): Setting => ({
  ...('custom_ratelimit' in more
    ? Object.fromEntries(Object.entries(setting).filter(([field]) => !LIMIT.includes(field)))
    : setting),
  ...more,
})

const hasPassword = (part: Part, random: Random): boolean => part.endsWith('password') || random() < 0.2

/** The beginning of a seed. */
export const beginning = ({ world, edits }: Chance): Beginning => {
  const count = Math.max(2, Math.round(19 * (0.2 + 1.6 * world())))
  const ids: ReadonlyArray<ScopeId> = [ACCOUNT, 'Sub1', 'Sub2', 'Sub3', 'Sub4'].slice(0, whole(world, 1, 5))
  const parts = new Map<string, Part>()
  const live = new Map(ids.map((id): [ScopeId, SeedUser[]] => [id, []]))
  const listed = new Map(ids.map((id) => [id, new Map<string, Setting>()]))
  for (let n = 1; n <= count; n += 1) {
    const id = pick(world, ids) ?? ACCOUNT
    const username = `${world() < 0.05 ? 'prot-' : ''}user-${n}@x.example`
    const isLive = world() < 0.8
    const part = partOf(world)
    // What is done to a user by hand is done to one that is there from the start.
    parts.set(placeOf(id, username), isLive || part === 'leaver' || part === 'new password' ? part : 'plain')
    const setting = someFields(world, 4)
    const password = hasPassword(part, world) ? passwordOf(username, 'A') : {}
    listed.get(id)?.set(username, { ...setting, ...password })
    const given = inSeed(byHand(world))
    if (isLive) live.get(id)?.push({ username, ...given, ...ownPassword(username, given) })
  }
  for (const id of ids) {
    if (world() < 0.6) live.get(id)?.push({ username: `stranger-${id}@x.example`, ...inSeed(byHand(world)) })
    if (world() < 0.3) live.get(id)?.push({ username: `ign-${id}@x.example`, ...inSeed(byHand(world)) })
  }
  const scopes = new Map(ids.map((id): [ScopeId, Listing] => [id, { users: listed.get(id) ?? new Map(), absent: [] }]))
  const subaccounts = ids.filter((id) => id !== ACCOUNT).map((id): [string, SeedScope] => [id, { results: live.get(id) ?? [] }])
  return {
    seed: {
      account: { results: live.get(ACCOUNT) ?? [] },
      subaccounts: { ...Object.fromEntries(subaccounts), [UNLISTED_SCOPE]: { results: [{ username: 'other@x.example' }] } },
      switches: someSwitches(world),
    },
    config: withFullEdits({ ...someConfig(world), scopes }, edits),
    parts,
    applied: world() < 0.8,
  }
}

type Cron = readonly [cron: string, timezone: string]

const CRONS: readonly [Cron, ...Cron[]] = [
  ['*/15 * * * *', 'UTC'],
  ['*/20 * * * *', 'Europe/Oslo'],
  ['*/30 * * * *', 'UTC'],
  ['*/30 * * * *', 'Europe/Oslo'],
  ['7 * * * *', 'Europe/Oslo'],
  ['45 * * * *', 'America/New_York'],
]

const someConfig = (random: Random): Omit<Config, 'scopes'> => {
  const [cron, timezone] = oneOf(random, CRONS)
  const isTight = random() < 0.3
  return {
    key: 'TEST_KEY',
    cron,
    timezone,
    pace: oneOf(random, ['60 per 1m', '120 per 1m', '30 per 1m', 'off']),
    concurrency: whole(random, 1, 3),
    edit: oneOf(random, ['auto', 'patch']),
    mode: 'enforce',
    unlisted: oneOf(random, ['report', 'report', 'block', 'remove', 'ignore']),
    unblock: oneOf(random, ['repair', 'repair', 'hold']),
    contested: oneOf(random, ['enforce', 'enforce', 'hold']),
    caps: isTight
      ? { creates: 2, updates: 4, passwords: 1, blocks: 1, removes: 1 }
      : { creates: 100, updates: 100, passwords: 20, blocks: 10, removes: 10 },
    defaults: random() < 0.5 ? {} : someFields(random, 1),
    searches: false,
    rules: [],
  }
}

const someSwitches = (random: Random): { readonly [name: string]: string } => ({
  view_password: oneOf(random, ['clear', 'masked', 'absent']),
  write_password: oneOf(random, ['clear', 'masked', 'absent']),
  click_tracking: oneOf(random, ['absent', 'present']),
  unset_ippool: oneOf(random, ['absent', 'null', 'zero']),
  period_style: oneOf(random, ['postgres', 'python', 'verbatim']),
  patch_answer: oneOf(random, ['array', 'wrapped_array', 'results', 'object']),
  unknown_user: oneOf(random, ['400', '404', 'empty']),
  error_envelope: oneOf(random, ['nested', 'nested', 'flat', 'status_200']),
  field_errors: oneOf(random, ['object', 'array', 'map', 'absent']),
})

// One that many share would be taken for a mask, and one that is made up anew would make each process live other lives.
const ownPassword = (username: string, { email_password }: Omit<SeedUser, 'username'>): Partial<SeedUser> =>
  email_password === undefined ? {} : { email_password: foreignPassword(username) }

const inSeed = ({ ip_pool, ...rest }: ReturnType<typeof byHand>): Omit<SeedUser, 'username'> => ({
  ...rest,
  ...(rest.audit_email === '' ? { audit_email: null } : {}),
  ...(ip_pool === undefined ? {} : { ippool: 1234 }),
})
