// A small world for random sequences: what a config may say, what people may do, and what the truth then must show. It knows nothing of the
// reconciler, so that it can bear witness against it.
import { createHash } from 'node:crypto'
import type { TruthUser } from './command.ts'
import { newPassword } from './fresh.ts'

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export const randomFrom = (seed: number): (() => number) => {
  let state = (seed + 0x9e3779b9) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of these. */
export const oneOf = <A>(random: () => number, items: readonly [A, ...A[]]): A =>
  items[Math.floor(random() * items.length)] ?? items[0]

export const PASSWORDS = { P1: newPassword(), P2: newPassword() } as const

type Setting = Readonly<Record<string, unknown>>
type Choice = readonly [Setting, ...Setting[]]

/** What a config may say of a field, or of the three that are one. */
const SAID: ReadonlyArray<Choice> = [
  [{ description: 'a' }, { description: 'b' }, { description: null }],
  [{ bounce_notifications: 'from' }, { bounce_notifications: 'drop' }, { bounce_notifications: 'b@x.example' }],
  [{ open_tracking_enabled: true }, { open_tracking_enabled: false }, { open_tracking_enabled: null }],
  [{ click_tracking_enabled: true }, { click_tracking_enabled: false }],
  [{ archive_enabled: true }, { archive_enabled: null }],
  [{ audit_email: 'audit@x.example' }, { audit_email: null }],
  [{ status: 'allowed' }, { status: 'blocked' }, { status: 'sandbox' }],
  [{ ip_pool: 1234 }, { ip_pool: null }],
  [{ feedback_enabled: true }, { feedback_enabled: null }],
  [{ feedback_html: '<p>x</p>' }, { feedback_html: null }],
  [{ feedback_text: 'x' }, { feedback_text: null }],
  [
    { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 hour' },
    { custom_ratelimit: true, custom_ratelimit_value: 9, custom_ratelimit_period: '2 days' },
    { custom_ratelimit: false },
  ],
]
const PASSWORD: Choice = [{ email_password: { env: 'P1' } }, { email_password: { env: 'P2' } }]
const DOMAIN: Choice = [{ feedback_domain: 'links.x.example' }, { feedback_domain: null }]

export type ConfigModel = {
  readonly edit: 'auto' | 'patch' | 'full'
  readonly contested: 'enforce' | 'hold'
  readonly defaults: Setting
  readonly users: ReadonlyMap<string, { readonly own: Setting; readonly unmanaged: ReadonlyArray<string> }>
}

export const NAMES = ['one@x.example', 'two@x.example', 'three@x.example', 'four@x.example', 'prot-five@x.example'] as const
export const STRANGERS = ['stranger@x.example', 'ign-six@x.example'] as const
export const isProtected = (username: string): boolean => username.startsWith('prot-')

const LIMIT = ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period']
const withoutLimit = (setting: Setting): Setting =>
  Object.fromEntries(Object.entries(setting).filter(([field]) => !LIMIT.includes(field)))
const join = (weak: Setting, strong: Setting): Setting => ({
  ...('custom_ratelimit' in strong ? withoutLimit(weak) : weak),
  ...strong,
})

/** A random setting for a user, or for all. */
export const someSetting = (random: () => number, config: Pick<ConfigModel, 'edit'>, forOne: boolean): Setting => {
  if (forOne && random() < 0.15) return oneOf(random, PASSWORD)
  if (forOne && config.edit !== 'patch' && random() < 0.1) return oneOf(random, DOMAIN)
  return oneOf(random, SAID[Math.floor(random() * SAID.length)] ?? PASSWORD)
}

/** One edit of the config. */
export const edited = (random: () => number, config: ConfigModel): ConfigModel => {
  const name = oneOf(random, NAMES)
  const user = config.users.get(name)
  const put = (one: NonNullable<typeof user>): ConfigModel => ({ ...config, users: new Map([...config.users, [name, one]]) })
  const roll = random()
  if (roll < 0.1) return withMode(config, oneOf(random, ['auto', 'patch', 'full'] as const))
  if (roll < 0.25) return { ...config, defaults: random() < 0.5 ? {} : join(config.defaults, someSetting(random, config, false)) }
  if (roll < 0.3) return { ...config, contested: oneOf(random, ['enforce', 'hold'] as const) }
  if (user === undefined)
    return put({ own: random() < 0.5 ? enough(random, config) : someSetting(random, config, true), unmanaged: [] })
  if (roll < 0.4) return { ...config, users: new Map([...config.users].filter(([other]) => other !== name)) }
  if (roll < 0.5) {
    const given = Object.keys(config.defaults)
    const limit = given.some((field) => LIMIT.includes(field))
    return put({ ...user, unmanaged: limit ? LIMIT.filter((field) => given.includes(field)) : given.slice(0, 1) })
  }
  if (roll < 0.65) {
    const [gone] = Object.keys(user.own)
    const own = Object.entries(user.own).filter(([field]) =>
      LIMIT.includes(gone ?? '') ? !LIMIT.includes(field) : field !== gone,
    )
    return put({ ...user, own: Object.fromEntries(own) })
  }
  if (roll < 0.7) return put({ own: everything(random, config), unmanaged: [] })
  if (roll < 0.85) return put({ own: enough(random, config), unmanaged: [] })
  return put({ ...user, own: join(user.own, someSetting(random, config, true)) })
}

/** Every field said, so that a full edit is possible. */
const everything = (random: () => number, config: ConfigModel): Setting =>
  [...SAID, PASSWORD, ...(config.edit === 'patch' ? [] : [DOMAIN])].reduce<Setting>(
    (sum, said) => join(sum, oneOf(random, said)),
    {},
  )

/** What a full edit must be given, since no service shows it or not every one does, and a half of all else. */
const enough = (random: () => number, config: ConfigModel): Setting =>
  SAID.filter(
    (said) => random() < 0.5 || said.some((one) => 'click_tracking_enabled' in one || 'ip_pool' in one),
  ).reduce<Setting>((sum, said) => join(sum, oneOf(random, said)), {
    ...oneOf(random, PASSWORD),
    ...(config.edit === 'patch' ? {} : oneOf(random, DOMAIN)),
  })

const withMode = (config: ConfigModel, edit: ConfigModel['edit']): ConfigModel => ({
  ...config,
  edit,
  users:
    edit !== 'patch'
      ? config.users
      : new Map(
          [...config.users].map(([name, user]) => [
            name,
            { ...user, own: Object.fromEntries(Object.entries(user.own).filter(([field]) => field !== 'feedback_domain')) },
          ]),
        ),
})

/** The config as text; JSON is YAML. */
export const textOf = ({ contested, defaults, users }: ConfigModel): string =>
  `${JSON.stringify({
    policy: { contested, ignore: ['ign-*'] },
    safety: {
      max_creates: '100%',
      max_updates: '100%',
      max_password_changes: '100%',
      max_blocks: '100%',
      protected: ['prot-*'],
    },
    reconcile: { schedule: null },
    defaults,
    users: [...users].map(([username, { own, unmanaged }]) => ({
      username,
      ...own,
      unmanaged: unmanaged.filter((field) => field in defaults && !(field in own)),
    })),
  })
    .slice(1, -1)
    .replace(/"(policy|safety|reconcile|defaults|users)":/g, '\n$1: ')
    .replace(/,\n/g, '\n')}\n...\n`

/** What the config manages of a user, as the truth spells it; a password as its hash. */
export const managedOf = ({ defaults, users }: ConfigModel, username: string): Setting => {
  const user = users.get(username)
  if (user === undefined) return {}
  const weak = Object.fromEntries(Object.entries(defaults).filter(([field]) => !user.unmanaged.includes(field)))
  return Object.fromEntries(Object.entries(join(weak, user.own)).map(([field, value]) => inTruth(field, value)))
}

const RESET: Setting = {
  description: '',
  open_tracking_enabled: false,
  archive_enabled: false,
  audit_email: null,
  ippool: null,
  feedback_enabled: false,
  feedback_html: '',
  feedback_text: '',
  feedback_domain: 'default',
}

const inTruth = (field: string, value: unknown): readonly [string, unknown] => {
  if (field === 'email_password') {
    const name = typeof value === 'object' && value !== null && 'env' in value && value.env === 'P1' ? 'P1' : 'P2'
    return ['email_password_sha256', createHash('sha256').update(PASSWORDS[name]).digest('hex')]
  }
  const name = field === 'ip_pool' ? 'ippool' : field
  return [name, value === null ? RESET[name] : value]
}

const PERIODS: ReadonlyArray<ReadonlyArray<unknown>> = [
  ['1 hour', '1:00:00', '01:00:00'],
  ['2 days', '2 days, 0:00:00'],
]

/** Whether the truth of a field is what is wanted. */
export const isSo = (field: string, truth: unknown, wanted: unknown): boolean =>
  truth === wanted ||
  (field === 'custom_ratelimit_period' && PERIODS.some((all) => all.includes(truth) && all.includes(wanted))) ||
  (field === 'audit_email' && truth === null && wanted === '')

/** Fields of a user that changed between two moments. */
export const changedIn = (before: TruthUser, after: TruthUser): ReadonlyArray<string> =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((field) => before[field] !== after[field])

/** What a person may set by hand. */
export const byHand = (random: () => number): Setting => {
  if (random() < 0.1) return { email_password: PASSWORD_BY_HAND }
  const setting = oneOf(random, SAID[Math.floor(random() * SAID.length)] ?? PASSWORD)
  return Object.fromEntries(Object.entries(setting).map(([field, value]) => [field, value ?? BY_HAND[field] ?? false]))
}

const PASSWORD_BY_HAND = newPassword()
const BY_HAND: Setting = { ip_pool: 1234, description: '', audit_email: '', feedback_html: '', feedback_text: '' }
