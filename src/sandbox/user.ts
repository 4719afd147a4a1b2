// An SMTP user as the service keeps it, and as its answers show it. Requests say `ip_pool`, answers say `ippool`.
import { type PeriodStyle, printPeriod } from './period.ts'
import type { Switches } from './switches.ts'

/** The three states of a user. */
export const STATUSES = ['allowed', 'blocked', 'sandbox'] as const

/** One of the three states of a user. */
export type Status = (typeof STATUSES)[number]

/** A user as it is stored. */
export type StoredUser = {
  readonly username: string
  readonly email_password: string
  /** False: blocked by the provider itself, whatever `status` says. */
  readonly sending_allowed: boolean
  readonly custom_ratelimit: boolean
  readonly custom_ratelimit_value: number | null
  /** As it was sent; printed in the service's style. Empty while the flag is false. */
  readonly custom_ratelimit_period: string
  readonly description: string
  readonly ippool: number | null
  readonly feedback_enabled: boolean
  readonly feedback_domain: string
  readonly feedback_html: string
  readonly feedback_text: string
  readonly archive_enabled: boolean
  readonly open_tracking_enabled: boolean
  readonly click_tracking_enabled: boolean
  readonly audit_email: string | null
  readonly bounce_notifications: string
  readonly status: Status
}

/** A user with the service's defaults. */
export const newUser = (username: string, email_password: string): StoredUser => ({
  username,
  email_password,
  sending_allowed: true,
  custom_ratelimit: false,
  custom_ratelimit_value: null,
  custom_ratelimit_period: '',
  description: '',
  ippool: null,
  feedback_enabled: false,
  feedback_domain: 'default',
  feedback_html: '',
  feedback_text: '',
  archive_enabled: false,
  open_tracking_enabled: false,
  click_tracking_enabled: false,
  audit_email: null,
  bounce_notifications: 'from',
  status: 'allowed',
})

/** A user of an answer: keys with JSON values, `undefined` for a key that is not shown. */
export type ShownUser = { readonly [key: string]: string | number | boolean | null | undefined }

/** A user with everything but the password, as tests want to see it. */
export const wholeUser = (user: StoredUser, style: PeriodStyle): ShownUser => {
  const { email_password: _, ...rest } = user
  return { ...rest, custom_ratelimit_period: shownPeriod(user, style) }
}

/** A user in the answer of view, add, full edit or remove. */
export const shownUser = (user: StoredUser, switches: Switches, password: Switches['view_password']): ShownUser => ({
  username: user.username,
  email_password: password === 'clear' ? user.email_password : password === 'masked' ? '********' : undefined,
  sending_allowed: sendingAllowed(user, switches),
  custom_ratelimit: user.custom_ratelimit,
  custom_ratelimit_value: user.custom_ratelimit_value,
  custom_ratelimit_period: shownPeriod(user, switches.period_style),
  [switches.description_key]: user.description,
  feedback_enabled: user.feedback_enabled,
  feedback_domain: switches.feedback_domain === 'gone' ? undefined : user.feedback_domain,
  feedback_html: user.feedback_html,
  feedback_text: user.feedback_text,
  archive_enabled: user.archive_enabled,
  open_tracking_enabled: user.open_tracking_enabled,
  click_tracking_enabled: switches.click_tracking === 'present' ? user.click_tracking_enabled : undefined,
  audit_email: user.audit_email,
  bounce_notifications: user.bounce_notifications,
  status: user.status,
  ippool: shownPool(user, switches),
  sending_status: switches.extra_fields === 'sending_status' ? (user.sending_allowed ? 'allowed' : 'blocked') : undefined,
})

/** A user in the answer of a partial edit: the keys of its example, or those of its schema, which spells one differently. */
export const patchedUser = (user: StoredUser, switches: Switches): ShownUser => {
  const example: ShownUser = {
    username: user.username,
    description: user.description,
    feedback_enabled: user.feedback_enabled,
    feedback_html: user.feedback_html,
    feedback_text: user.feedback_text,
    ippool: shownPool(user, switches),
    bounce_notifications: user.bounce_notifications,
    status: user.status,
  }
  if (switches.patch_keys === 'example') return example
  return {
    ...example,
    custom_rate_limit: user.custom_ratelimit,
    custom_ratelimit_value: user.custom_ratelimit_value,
    custom_ratelimit_period: shownPeriod(user, switches.period_style),
    default_ratelimit_value: '0',
    default_ratelimit_period: 'unlimited',
    open_tracking_enabled: user.open_tracking_enabled,
    click_tracking_enabled: user.click_tracking_enabled,
    archive_enabled: user.archive_enabled,
    audit_email: user.audit_email,
  }
}

const shownPeriod = (user: StoredUser, style: PeriodStyle): string =>
  user.custom_ratelimit ? printPeriod(user.custom_ratelimit_period, style) : '0:00:00'

const shownPool = (user: StoredUser, switches: Switches): number | null | undefined => {
  if (user.ippool !== null) return user.ippool
  return { absent: undefined, null: null, zero: 0 }[switches.unset_ippool]
}

const sendingAllowed = (user: StoredUser, switches: Switches): boolean => {
  if (!user.sending_allowed) return false
  switch (switches.sending_allowed) {
    case 'always':
      return true
    case 'only_allowed':
      return user.status === 'allowed'
    case 'unless_blocked':
      return user.status !== 'blocked'
  }
}
