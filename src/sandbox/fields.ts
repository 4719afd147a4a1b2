// Reads the fields of a request to add or edit a user by the documented rules, and merges them into what is stored.
//   add, full edit  what is not given is the service's default; a full edit keeps the status
//   partial edit    what is not given stays as it is
import { badField, exception, type FieldError, type Trouble } from './answer.ts'
import { isStrong } from './password.ts'
import { isPeriod } from './period.ts'
import type { Switches } from './switches.ts'
import { newUser, STATUSES, type Status, type StoredUser } from './user.ts'

/** The body of a request, a JSON object. */
export type Body = { readonly [key: string]: unknown }

/** The three operations that set fields. */
export type Operation = 'add' | 'full' | 'partial'

/** What the fields of a request are judged by. */
export type Judge = {
  readonly operation: Operation
  readonly switches: Switches
  readonly pools: ReadonlyArray<number>
  readonly madePassword: () => string
}

const LARGEST_VALUE = 2_147_483_647
const SHARED =
  `email_password description custom_ratelimit custom_ratelimit_value custom_ratelimit_period ip_pool feedback_enabled
  feedback_html feedback_text open_tracking_enabled click_tracking_enabled archive_enabled audit_email bounce_notifications status
  username subaccount_id api_key`.split(/\s+/)
const DOCUMENTED = {
  partial: new Set(SHARED),
  add: new Set([...SHARED, 'feedback_domain']),
  full: new Set([...SHARED, 'feedback_domain']),
}

/** The user that comes of a request over `stored`, or why the request is refused. */
export const userOf = (body: Body, stored: StoredUser | undefined, judge: Judge): StoredUser | Trouble => {
  const { operation, switches } = judge
  const stray = Object.keys(body).find((key) => !DOCUMENTED[operation].has(key))
  if (stray !== undefined && switches.unknown_property === 'refused') {
    return badField({ fieldname: stray, message: `The field '${stray}' is not expected` })
  }
  const read = reader(body, judge)
  const username = stored?.username ?? String(body.username)
  const base = operation === 'partial' && stored !== undefined ? stored : freshOf(username, stored, judge)
  const password = read.password()
  const made = {
    ...base,
    email_password:
      password ??
      (operation === 'full' && switches.full_edit_password === 'regenerated' ? judge.madePassword() : base.email_password),
    description: read.text('description') ?? base.description,
    ippool: read.pool(base.ippool),
    feedback_enabled: read.flag('feedback_enabled') ?? base.feedback_enabled,
    feedback_domain: read.domain() ?? base.feedback_domain,
    feedback_html: read.html() ?? base.feedback_html,
    feedback_text: read.text('feedback_text') ?? base.feedback_text,
    archive_enabled: read.flag('archive_enabled') ?? base.archive_enabled,
    open_tracking_enabled: read.flag('open_tracking_enabled') ?? base.open_tracking_enabled,
    click_tracking_enabled: read.flag('click_tracking_enabled') ?? base.click_tracking_enabled,
    audit_email: emptyAsNull(read.address('audit_email') ?? base.audit_email),
    bounce_notifications: read.bounces() ?? base.bounce_notifications,
    status: read.status() ?? base.status,
    ...rateLimitOf(read, base, judge),
  }
  const [fault] = read.faults
  if (fault !== undefined) return badField(fault)
  if (made.archive_enabled && switches.archive === 'refused') return exception('Archiving is not available on your plan')
  return afterStoring(made, switches)
}

const freshOf = (username: string, stored: StoredUser | undefined, { madePassword }: Judge): StoredUser => {
  if (stored === undefined) return newUser(username, madePassword())
  const { email_password, status, sending_allowed } = stored
  return { ...newUser(username, email_password), status, sending_allowed }
}

const emptyAsNull = (text: string | null): string | null => (text === '' ? null : text)

const afterStoring = (user: StoredUser, switches: Switches): StoredUser => ({
  ...user,
  archive_enabled: user.archive_enabled && switches.archive === 'allowed',
  ...(switches.feedback_while_off === 'dropped' && !user.feedback_enabled ? { feedback_html: '', feedback_text: '' } : {}),
})

type RateLimit = Pick<StoredUser, 'custom_ratelimit' | 'custom_ratelimit_value' | 'custom_ratelimit_period'>

// Value and period are stored only while the flag is true; off, they read as null and 0:00:00.
const rateLimitOf = (read: Reader, base: StoredUser, { operation, switches }: Judge): RateLimit => {
  const sent = read.flag('custom_ratelimit')
  const value = read.count('custom_ratelimit_value')
  const period = read.period('custom_ratelimit_period')
  if (!(sent ?? base.custom_ratelimit))
    return { custom_ratelimit: false, custom_ratelimit_value: null, custom_ratelimit_period: '' }
  // Only the three: the rest of the request counts as ever.
  const { custom_ratelimit, custom_ratelimit_value, custom_ratelimit_period } = base
  if (operation === 'partial' && sent !== true && switches.ratelimit_flag === 'sent')
    return { custom_ratelimit, custom_ratelimit_value, custom_ratelimit_period }
  const limit = {
    custom_ratelimit: true,
    custom_ratelimit_value: value ?? base.custom_ratelimit_value,
    custom_ratelimit_period: period ?? base.custom_ratelimit_period,
  }
  if (limit.custom_ratelimit_value === null) read.fault('custom_ratelimit_value', 'is needed where custom_ratelimit is true')
  if (limit.custom_ratelimit_period === '') read.fault('custom_ratelimit_period', 'is needed where custom_ratelimit is true')
  return limit
}

type Reader = ReturnType<typeof reader>

const reader = (body: Body, { operation, switches, pools, madePassword }: Judge) => {
  const faults: Array<FieldError> = []
  const fault = (fieldname: string, what: string): undefined => {
    faults.push({ fieldname, message: `The field '${fieldname}' ${what}, Please correct your JSON payload and try again.` })
    return undefined
  }

  // `reset` is what null stands for where a partial edit clears by null; in add and full edit null is not given.
  const given = <A>(name: string, reset: A): { readonly is: unknown } | { readonly reset: A } | undefined => {
    const value = body[name]
    if (value !== null) return value === undefined ? undefined : { is: value }
    if (operation !== 'partial' || switches.patch_null === 'ignored') return undefined
    return switches.patch_null === 'clears' ? { reset } : fault(name, 'must not be null')
  }

  const typed = <A>(name: string, reset: A, kind: string, is: (value: unknown) => value is A): A | undefined => {
    const found = given(name, reset)
    if (found === undefined) return undefined
    if ('reset' in found) return found.reset
    return is(found.is) ? found.is : fault(name, `was expecting ${kind}`)
  }

  const text = (name: string): string | undefined => {
    const value = typed(name, '', 'a string', isText)
    return value === '' && operation === 'partial' && switches.patch_empty_text === 'ignored' ? undefined : value
  }

  const address = (name: string): string | undefined => {
    const value = text(name)
    const isEmpty = value === '' && switches.empty_address === 'accepted'
    return value === undefined || isEmpty || isAddress(value) ? value : fault(name, 'was expecting a valid email address')
  }

  return {
    faults,
    fault,
    text,
    address,
    flag: (name: string): boolean | undefined => typed(name, false, 'a boolean', isFlag),
    count: (name: string): number | undefined => {
      const value = typed<number | undefined>(name, undefined, 'an integer', isWhole)
      if (value === undefined || (value >= 1 && value <= LARGEST_VALUE)) return value
      return fault(name, `was expecting a value from 1 to ${LARGEST_VALUE}`)
    },
    period: (name: string): string | undefined => {
      const value = typed<string | undefined>(name, undefined, 'a string', isText)
      return value === undefined || isPeriod(value)
        ? value
        : fault(name, 'was expecting "<n> [hour[s]|day[s]|week[s]|month[s]] [hh:mm:ss]"')
    },
    status: (): Status | undefined =>
      typed('status', 'allowed', `a value from the allowed list [${STATUSES.join(', ')}]`, isStatus),
    bounces: (): string | undefined => {
      const value = typed('bounce_notifications', 'from', 'a string', isText)
      if (value === undefined || value === 'from' || value === 'drop' || isAddress(value)) return value
      return fault('bounce_notifications', 'was expecting from, drop or a valid email address')
    },
    domain: (): string | undefined =>
      operation === 'partial' || switches.feedback_domain !== 'stored' ? undefined : text('feedback_domain') || undefined,
    html: (): string | undefined => {
      const html = text('feedback_html')
      return html === undefined ? undefined : storedHtml(html, switches.feedback_html)
    },
    password: (): string | undefined => {
      const value = typed('email_password', '', 'a string', isText)
      if (value === undefined) return undefined
      if (value !== '')
        return isStrong(value, switches.entropy) ? value : fault('email_password', 'must have an entropy of at least 64 bits')
      if (switches.empty_password === 'generates') return madePassword()
      return switches.empty_password === 'refused' ? fault('email_password', 'must not be empty') : undefined
    },
    pool: (before: number | null): number | null => {
      const value = body.ip_pool
      const clears = { zero_or_empty: [0, ''], zero: [0], empty: [''], null: [null], impossible: [] }[switches.clear_ip_pool]
      if (clears.some((clearing) => clearing === value)) return null
      const pool = typed<number | null>('ip_pool', null, 'an integer', isWhole)
      if (pool === undefined) return before
      if (pool === null) return switches.clear_ip_pool === 'impossible' ? before : null
      if (pools.includes(pool)) return pool
      if (switches.foreign_ip_pool === 'refused') fault('ip_pool', 'was expecting the id of one of your IP pools')
      return before
    },
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value)
const isStatus = (value: unknown): value is Status => STATUSES.some((status) => status === value)

/** Whether a text looks like an e-mail address. */
const isAddress = (text: string): boolean => text.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)

const storedHtml = (html: string, how: Switches['feedback_html']): string => {
  switch (how) {
    case 'verbatim':
      return html
    case 'normalised':
      return html.replace(/\r\n?/g, '\n').trim()
    case 'sanitised':
      return html.replace(/<script\b[\s\S]*?<\/script\s*>/gi, '').replace(/\son\w+="[^"]*"/gi, '')
  }
}
