// A seed: what the service knows at its start, as JSON in the service's own shapes, so that a saved answer of view is one. A user may be
// partial, the service's defaults fill it up. A bad seed is refused with the path of what is wrong, and never with a value that could be a password.
import { isPeriod } from './period.ts'
import { type Answer, dataOf, isAnswer, isRecord } from './saved-answer.ts'
import { switchesFrom } from './switches.ts'
import { STATUSES, type StoredUser } from './user.ts'

/** A user of a seed; only the username is needed. */
export type SeedUser = Partial<StoredUser> & { readonly username: string }

/** The users of a scope; name, e-mail address and state are a subaccount's. */
export type SeedScope = {
  readonly results: ReadonlyArray<SeedUser>
  readonly name?: string
  readonly email?: string
  readonly state?: 'Active' | 'Closed' | 'Suspended'
}

/** What the service knows at its start. */
export type Seed = {
  readonly account: SeedScope
  readonly subaccounts?: { readonly [id: string]: SeedScope }
  /** The only keys that work, each with the endpoints it may call: `/users/smtp/view`, `/users/smtp/*`, `*`. Absent: any well-formed key, all. */
  readonly keys?: { readonly [key: string]: ReadonlyArray<string> }
  readonly switches?: { readonly [name: string]: string }
  readonly dedicated_ips?: ReadonlyArray<{
    readonly id: number
    readonly name: string
    readonly ip_addresses: ReadonlyArray<string>
  }>
}

/** Told of what a saved answer shows and the stand-in does not know. */
type Note = (what: string) => void

/** Reads a seed from JSON text; throws with `name` and what is wrong. */
export const readSeed = (text: string, name: string, note: Note = () => undefined): Seed => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (thrown) {
    // The parser's own message quotes the text, which may hold passwords.
    const at = /position (\d+)/.exec(String(thrown))?.[1]
    const where = at === undefined ? '' : `, near line ${text.slice(0, Number(at)).split('\n').length}`
    throw new Error(
      `${name}: this is not JSON${where}; a seed looks like { "account": { "results": [{ "username": "a@b.example" }] } }`,
    )
  }
  return seedFrom(value, name, (what) => note(`${name}: ${what}`))
}

/** Checks a seed that is JSON already; throws with `name` and what is wrong. */
export const seedFrom = (value: unknown, name: string, note: Note = () => undefined): Seed => {
  const wrong = (path: string, what: string): never => {
    throw new Error(`${name}: ${path} ${what}`)
  }
  const top = isAnswer(value)
    ? {
        account: read(value, {
          path: 'the seed',
          note,
          stray: (stray) => wrong('the seed', `has '${stray}' ${BESIDE}; put the answer under account, beside it`),
        }),
      }
    : record(value, 'the seed', wrong)
  onlyKeys(top, ['account', ...SECTIONS], 'the seed', wrong)
  if (top.account === undefined) wrong('account', 'is missing: { "account": { "results": [] } } is the least')
  const subaccounts = Object.entries(record(top.subaccounts ?? {}, 'subaccounts', wrong))
  return {
    account: scopeFrom(top.account, 'account', wrong, note),
    subaccounts: Object.fromEntries(subaccounts.map(([id, scope]) => [id, scopeFrom(scope, `subaccounts.${id}`, wrong, note)])),
    ...(top.keys === undefined ? {} : { keys: keysFrom(top.keys, wrong) }),
    ...(top.switches === undefined ? {} : { switches: switchesOf(top.switches, wrong) }),
    ...(top.dedicated_ips === undefined ? {} : { dedicated_ips: poolsFrom(top.dedicated_ips, wrong) }),
  }
}

const SECTIONS = ['subaccounts', 'keys', 'switches', 'dedicated_ips']

type Reading = Omit<Parameters<typeof dataOf>[1], 'known' | 'sections'>
const read = (answer: Answer, reading: Reading): unknown =>
  dataOf(answer, { ...reading, sections: SECTIONS, known: { beside: OF_SCOPE, ofUser: OF_USER } })

const BESIDE = 'beside an answer of the service'

type Wrong = (path: string, what: string) => never
type Fields = { readonly [key: string]: unknown }

const record = (value: unknown, path: string, wrong: Wrong): Fields => (isRecord(value) ? value : wrong(path, 'is not an object'))
const list = (value: unknown, path: string, wrong: Wrong): ReadonlyArray<unknown> =>
  Array.isArray(value) ? value : wrong(path, 'is not a list')
const string = (value: unknown, path: string, wrong: Wrong): string =>
  typeof value === 'string' ? value : wrong(path, 'is not text')
const strings = (value: unknown, path: string, wrong: Wrong): ReadonlyArray<string> =>
  list(value, path, wrong).map((item, at) => string(item, `${path}[${at}]`, wrong))

const onlyKeys = (value: Fields, known: ReadonlyArray<string>, path: string, wrong: Wrong): void => {
  const stray = Object.keys(value).find((key) => !known.includes(key))
  if (stray !== undefined) wrong(path, `has the unknown key '${stray}'; there are ${known.join(', ')}`)
}

// The example of view has them beside the users, its schema in each of them.
const DEFAULT_LIMIT = ['default_ratelimit_value', 'default_ratelimit_period']

const OF_SCOPE = ['results', 'name', 'email', 'state', ...DEFAULT_LIMIT]

const scopeFrom = (value: unknown, path: string, wrong: Wrong, note: Note): SeedScope => {
  const stray = (name: string): never =>
    SECTIONS.includes(name)
      ? wrong(path, `has '${name}' ${BESIDE}; that stands beside account`)
      : wrong(path, `has '${name}' ${BESIDE}; put it into data, beside results`)
  const scope = record(isAnswer(value) ? read(value, { path, note, stray }) : value, path, wrong)
  onlyKeys(scope, OF_SCOPE, path, wrong)
  const names = new Set<string>()
  const results = list(scope.results, `${path}.results`, wrong).map((item, at) => {
    const user = userFrom(item, `${path}.results[${at}]`, wrong)
    if (names.has(user.username)) wrong(`${path}.results[${at}].username`, `'${user.username}' stands twice`)
    names.add(user.username)
    return user
  })
  return {
    results,
    ...(scope.name === undefined ? {} : { name: string(scope.name, `${path}.name`, wrong) }),
    ...(scope.email === undefined ? {} : { email: string(scope.email, `${path}.email`, wrong) }),
    ...(scope.state === undefined ? {} : { state: stateFrom(scope.state, `${path}.state`, wrong) }),
  }
}

const stateFrom = (value: unknown, path: string, wrong: Wrong): 'Active' | 'Closed' | 'Suspended' => {
  switch (string(value, path, wrong).toLowerCase()) {
    case 'active':
      return 'Active'
    case 'closed':
      return 'Closed'
    case 'suspended':
      return 'Suspended'
    default:
      return wrong(path, 'is not Active, Closed or Suspended')
  }
}

type Check = readonly [what: string, holds: (value: unknown) => boolean]
const text: Check = ['text', (value) => typeof value === 'string']
const flag: Check = ['true or false', (value) => typeof value === 'boolean']
const whole: Check = ['a whole number or null', (value) => value === null || Number.isSafeInteger(value)]
const CHECKS: { readonly [F in keyof StoredUser]: Check } = {
  username: ['text of at least one character', (value) => typeof value === 'string' && value !== ''],
  email_password: ['text of at least one character', (value) => typeof value === 'string' && value !== ''],
  sending_allowed: flag,
  custom_ratelimit: flag,
  custom_ratelimit_value: whole,
  custom_ratelimit_period: ['a period', (value) => typeof value === 'string' && (/^[0:]*$/.test(value) || isPeriod(value))],
  description: text,
  ippool: whole,
  feedback_enabled: flag,
  feedback_domain: text,
  feedback_html: text,
  feedback_text: text,
  archive_enabled: flag,
  open_tracking_enabled: flag,
  click_tracking_enabled: flag,
  audit_email: ['text or null', (value) => value === null || typeof value === 'string'],
  bounce_notifications: text,
  status: [`one of ${STATUSES.join(', ')}`, (value) => STATUSES.some((status) => status === value)],
}

// What answers show of a user and nobody can set.
const SHOWN_ONLY = [...DEFAULT_LIMIT, 'sending_status', 'email_password_sha256']
// Fields under the name that they had before, or have in requests or in the schema of another answer.
const OTHER_NAMES = new Map<string, keyof StoredUser>([
  ['comments', 'description'],
  ['ip_pool', 'ippool'],
  ['custom_rate_limit', 'custom_ratelimit'],
])
const OF_USER = [...Object.keys(CHECKS), ...SHOWN_ONLY, ...OTHER_NAMES.keys()]
const MASK = /^\**$/

/** A field of an answer as the user has it; nothing where the answer does not show it. */
const shownIn = (name: string, value: unknown): unknown => {
  if (value === null) return undefined
  if (name === 'email_password') return typeof value === 'string' && MASK.test(value) ? undefined : value
  if (name !== 'ippool' && name !== 'custom_ratelimit_value') return value
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return count === 0 ? undefined : count
}

const fieldsIn = (given: Fields): Fields => {
  const fields = Object.entries(given).flatMap(([name, value]) => {
    const field = OTHER_NAMES.get(name) ?? name
    const shown = shownIn(field, value)
    return SHOWN_ONLY.includes(name) || shown === undefined ? [] : [{ field, shown, isOther: field !== name }]
  })
  // Where a field has both of its names, the one of today comes last, and counts.
  const ordered = fields.toSorted((one, other) => Number(other.isOther) - Number(one.isOther))
  return Object.fromEntries(ordered.map(({ field, shown }) => [field, shown]))
}

const userFrom = (value: unknown, path: string, wrong: Wrong): SeedUser => {
  const user = fieldsIn(record(value, path, wrong))
  onlyKeys(user, Object.keys(CHECKS), path, wrong)
  if (user.username === undefined) wrong(path, 'has no username')
  for (const [field, [what, holds]] of Object.entries(CHECKS)) {
    if (user[field] !== undefined && !holds(user[field])) wrong(`${path}.${field}`, `is not ${what}`)
  }
  if (!isUser(user)) return wrong(path, 'is not a user')
  if (user.custom_ratelimit === true && !(user.custom_ratelimit_value && isPeriod(user.custom_ratelimit_period ?? ''))) {
    wrong(path, 'has custom_ratelimit true without custom_ratelimit_value and custom_ratelimit_period')
  }
  return user
}

const isUser = (user: Fields): user is SeedUser =>
  typeof user.username === 'string' &&
  Object.entries(CHECKS).every(([field, [, holds]]) => user[field] === undefined || holds(user[field]))

const keysFrom = (value: unknown, wrong: Wrong): { readonly [key: string]: ReadonlyArray<string> } => {
  const entries = Object.entries(record(value, 'keys', wrong)).map(([key, grants], at) => {
    if (!/^api-[A-Za-z0-9]{32}$/.test(key)) wrong(`keys, number ${at + 1},`, 'is no key: api- and 32 letters or digits')
    return [key, strings(grants, `keys, number ${at + 1}`, wrong)] as const
  })
  return Object.fromEntries(entries)
}

const switchesOf = (value: unknown, wrong: Wrong): { readonly [name: string]: string } => {
  try {
    return switchesFrom(value)
  } catch (thrown) {
    return wrong('switches:', thrown instanceof Error ? thrown.message : 'are bad')
  }
}

const poolsFrom = (value: unknown, wrong: Wrong): NonNullable<Seed['dedicated_ips']> =>
  list(value, 'dedicated_ips', wrong).map((item, at) => {
    const path = `dedicated_ips[${at}]`
    const pool = record(item, path, wrong)
    const id =
      typeof pool.id === 'number' && Number.isSafeInteger(pool.id) ? pool.id : wrong(`${path}.id`, 'is not a whole number')
    return {
      id,
      name: string(pool.name ?? `Pool ${id}`, `${path}.name`, wrong),
      ip_addresses: strings(pool.ip_addresses ?? [], `${path}.ip_addresses`, wrong),
    }
  })
