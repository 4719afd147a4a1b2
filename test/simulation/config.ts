// What a config says, as a model: its text for the program, and what it manages for the witness, who knows nothing of the program.
import { createHash } from 'node:crypto'
import { DATES } from './dates.ts'
import { entryOf, type Rule, setOf } from './rules.ts'

/** The account, or the id of a subaccount. */
export type ScopeId = string
export const ACCOUNT: ScopeId = 'account'

export type Setting = Readonly<Record<string, unknown>>

/** What is said of one scope. */
export type Listing = { readonly users: ReadonlyMap<string, Setting>; readonly absent: ReadonlyArray<string> }

export type Caps = {
  readonly creates: number
  readonly updates: number
  readonly passwords: number
  readonly blocks: number
  readonly removes: number
}

export type Config = {
  /** Under which name the environment has the key. */
  readonly key: keyof typeof KEYS
  readonly cron: string
  readonly timezone: string
  readonly pace: string
  readonly concurrency: number
  readonly edit: 'auto' | 'patch' | 'full'
  readonly mode: 'enforce' | 'observe'
  readonly unlisted: 'ignore' | 'report' | 'block' | 'remove'
  readonly unblock: 'repair' | 'hold'
  readonly contested: 'enforce' | 'hold'
  readonly caps: Caps
  readonly defaults: Setting
  /** Whether all subaccounts are searched for; the lists of them then stand in a file of their own. */
  readonly searches: boolean
  readonly rules: ReadonlyArray<Rule>
  readonly scopes: ReadonlyMap<ScopeId, Listing>
}

/** Passwords by the name that a config refers to them by. */
export const PASSWORDS: { readonly [name: string]: string } = Object.fromEntries(
  Array.from({ length: 100 }, (_, n) => [`${n}A`, `${n}B`])
    .flat()
    .map((name) => [`P${name}`, `tall-Giraffe4-in-the-attic-${name}`]),
)
/** What stands in every password. */
export const IN_PASSWORDS = 'Giraffe4-in-the'
/** What stands in every password that we did not set. */
const IN_FOREIGN_PASSWORDS = 'Otter5-and-river'
/** Such a password. */
export const foreignPassword = (username: string): string => `not-ours-${IN_FOREIGN_PASSWORDS}-${username}`
/** How the config refers to a password of a user: its first or its second one. */
export const passwordOf = (username: string, which: 'A' | 'B'): Setting => ({
  email_password: { env: `P${/\d+/.exec(username)?.[0] ?? '0'}${which}` },
})
const keyOf = (words: string): string => `api-${createHash('sha256').update(words).digest('hex').slice(0, 32)}`
export const KEY = keyOf('the key of all simulated lives')
/** All keys, by the name that a config refers to them by. */
export const KEYS = { TEST_KEY: KEY, OTHER_KEY: keyOf('another key of the same account') } as const
/** Those of them that stand in a text, and all of the passwords that do. */
export const secretsIn = (text: string): ReadonlyArray<string> =>
  [...Object.values(KEYS), IN_PASSWORDS, IN_FOREIGN_PASSWORDS].filter((secret) => text.includes(secret))
const URL = 'https://service.example/v3'
/** How long a user stays blocked before it is removed. */
export const GRACE_MS = 2 * 3_600_000

export const isIgnored = (username: string): boolean => username.startsWith('ign-')
export const isProtected = (username: string): boolean => username.startsWith('prot-')

/** The three that are one. */
export const LIMIT: ReadonlyArray<string> = ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period']

/** Between the main file and the included one. */
const NEXT_FILE = '\u0000'
const INCLUDED = 'lists.yaml'

/** The config as text. JSON is YAML, and the end line tells that nothing is cut off. */
export const textOf = (config: Config): string => {
  const listed = ({ users, absent }: Listing) => ({
    users: [...users].map(([username, setting]) => ({ username, ...setting })),
    absent: absent.map((username) => ({ username })),
  })
  const account = config.scopes.get(ACCOUNT)
  const { caps } = config
  const body = {
    version: 1,
    api: { endpoint: URL, key: { env: config.key }, pace: config.pace, concurrency: config.concurrency, edit: config.edit },
    reconcile: { mode: config.mode, schedule: config.cron, timezone: config.timezone },
    policy: { unlisted: config.unlisted, grace: '2h', ignore: ['ign-*'], unblock: config.unblock, contested: config.contested },
    safety: {
      max_creates: caps.creates,
      max_updates: caps.updates,
      max_password_changes: caps.passwords,
      max_blocks: caps.blocks,
      max_removes: caps.removes,
      protected: ['prot-*'],
    },
    defaults: config.defaults,
    ...(config.rules.length === 0 ? {} : { rules: config.rules.map(entryOf) }),
    ...(account === undefined ? {} : listed(account)),
  }
  const subaccounts = [...config.scopes].filter(([id]) => id !== ACCOUNT).map(([id, listing]) => ({ id, ...listed(listing) }))
  return config.searches
    ? [{ ...body, subaccounts: 'all', include: [INCLUDED] }, { subaccounts }].map(document).join(NEXT_FILE)
    : document({ ...body, subaccounts })
}

const document = (body: object): string => `${JSON.stringify(body)}\n...\n`

/** The files of a text as the program reads them, each by its path; of a text that is cut off the last one is what is left. */
export const filesOf = (text: string): ReadonlyMap<string, string> => {
  const [main = '', included] = text.split(NEXT_FILE)
  return new Map([['', main], ...(main.includes(INCLUDED) ? [[INCLUDED, included ?? ''] as const] : [])])
}

/** What the service's users have instead of `null`. */
const RESET: Setting = {
  description: '',
  open_tracking_enabled: false,
  click_tracking_enabled: false,
  archive_enabled: false,
  audit_email: null,
  ippool: null,
  feedback_enabled: false,
  feedback_domain: 'default',
  feedback_html: '',
  feedback_text: '',
  status: 'allowed',
  custom_ratelimit: false,
}

/** What the service stores where the config says this. */
export const stored = (field: string, value: unknown): readonly [string, unknown] => {
  if (field === 'email_password') {
    const name = typeof value === 'object' && value !== null && 'env' in value ? String(value.env) : ''
    return [field, PASSWORDS[name]]
  }
  const name = field === 'ip_pool' ? 'ippool' : field
  return [name, value === null ? RESET[name] : value]
}

const joined = (weak: Setting, strong: Setting): Setting => ({
  ...('custom_ratelimit' in strong ? Object.fromEntries(Object.entries(weak).filter(([field]) => !LIMIT.includes(field))) : weak),
  ...strong,
})

/** What is said of a user besides its fields. */
const BESIDE: ReadonlyArray<string> = [...DATES, 'previously']

const managed = new WeakMap<Config, Map<string, Setting>>()

/** What the config manages of a user, as the service stores it; nothing where the user is not listed in that scope. */
export const managedOf = (config: Config, scope: ScopeId, username: string): Setting | undefined => {
  const setting = config.scopes.get(scope)?.users.get(username)
  if (setting === undefined) return undefined
  const known = managed.get(config) ?? new Map<string, Setting>()
  managed.set(config, known)
  const place = `${scope} ${username}`
  const found = known.get(place)
  if (found !== undefined) return found
  const fields = Object.entries(joined(config.defaults, setting)).filter(([field]) => !BESIDE.includes(field))
  const own = Object.fromEntries(fields.map(([field, value]) => stored(field, value)))
  const whole = { ...own, ...setOf(config, scope, username) }
  known.set(place, whole)
  return whole
}

/** Whether some scope lists a user. */
const isListed = (config: Config, username: string): boolean =>
  [...config.scopes.values()].some(({ users }) => users.has(username))

/** The name that a user has now, by which the config lists it. */
export const newNameOf = (config: Config, scope: ScopeId, username: string): string | undefined =>
  [...(config.scopes.get(scope)?.users ?? [])].find(([, { previously }]) => formerIn(previously).includes(username))?.[0]

/** Whether a name is somebody's in some scope, now or formerly. */
export const isTaken = (config: Config, username: string): boolean =>
  isListed(config, username) || [...config.scopes.keys()].some((scope) => newNameOf(config, scope, username) !== undefined)

const formerIn = (previously: unknown): ReadonlyArray<unknown> => (Array.isArray(previously) ? previously : [])

/** The names that a listed user had before. */
export const formerOf = (config: Config, scope: ScopeId, username: string): ReadonlyArray<string> =>
  formerIn(config.scopes.get(scope)?.users.get(username)?.previously).map(String)

/** Whether a user that no scope lists is on its way out, or is to be once its new name works. */
export const isLeaving = (config: Config, scope: ScopeId, username: string): boolean =>
  !isListed(config, username) &&
  config.scopes.has(scope) &&
  (newNameOf(config, scope, username) !== undefined ||
    config.scopes.get(scope)?.absent.includes(username) === true ||
    ((config.unlisted === 'block' || config.unlisted === 'remove') && !isIgnored(username)))

export const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
