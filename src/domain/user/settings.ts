// The fields of an SMTP user, one row each. Diff, plan text, export, schema and docs loop over this table and name no field.
import { samePeriod } from './period.ts'
import { Secret } from './secret.ts'

/** The body parameters of *Edit SMTP user details*, in the order in which they are shown. */
export const FIELDS = [
  'email_password',
  'description',
  'custom_ratelimit',
  'custom_ratelimit_value',
  'custom_ratelimit_period',
  'ip_pool',
  'feedback_enabled',
  'feedback_domain',
  'feedback_html',
  'feedback_text',
  'open_tracking_enabled',
  'click_tracking_enabled',
  'archive_enabled',
  'audit_email',
  'bounce_notifications',
  'status',
] as const

/** The name of a field, the API's own request name. */
export type FieldName = (typeof FIELDS)[number]

/** A value of a field in canonical form; "none" is `''`, for `ip_pool` 0. */
export type Value = string | number | boolean | Secret

/** Fields with their values; a field that is absent is not managed (desired) or not known (live). */
export type Settings = { readonly [F in FieldName]?: Value | undefined }

/** The three that the service stores as one: value and period only while the flag is true. */
export const RATE_LIMIT = ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period'] as const

/** Whether a field is one of these three. */
export const isRateLimit = (field: FieldName): boolean => RATE_LIMIT.some((one) => one === field)

/** Whether a field is the value or the period of the limit, which count only while the flag is true. */
export const isLimit = (field: FieldName): boolean => isRateLimit(field) && field !== 'custom_ratelimit'

/** What a stronger layer takes away from weaker ones besides what it sets: with the flag off there is no limit. */
export const dropped = (flag: Value | undefined): ReadonlyArray<FieldName> => (flag === false ? LIMITS : [])
const LIMITS = RATE_LIMIT.filter(isLimit)

type Row = {
  /** Whether two canonical values mean the same. */
  readonly same: (one: Value, other: Value) => boolean
  /** What `null` in the config stands for: the service's default. `undefined`: null is an error. */
  readonly reset: Value | undefined
  /** What an answer of `view` without this field means. */
  readonly absent: 'default' | 'unobservable'
  readonly help: string
}

const exactly = (one: Value, other: Value): boolean => one === other
const asSecret = (one: Value, other: Value): boolean => one instanceof Secret && other instanceof Secret && one.equals(other)
const asPeriod = (one: Value, other: Value): boolean => samePeriod(String(one), String(other))
const folded = (one: Value, other: Value): boolean => one === other || String(one).toLowerCase() === String(other).toLowerCase()
// The service may change line ends and the white space at line ends and around a text when it stores it.
const asText = (one: Value, other: Value): boolean =>
  one === other || withoutSpaceAtLineEnds(String(one)) === withoutSpaceAtLineEnds(String(other))
const withoutSpaceAtLineEnds = (text: string): string =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()

/** One row per field: how it is compared, what `null` resets it to, what its absence in an answer means. */
export const fields: { readonly [F in FieldName]: Row } = {
  email_password: { same: asSecret, reset: undefined, absent: 'unobservable', help: 'password of the user' },
  description: { same: asText, reset: '', absent: 'default', help: 'comment shown beside the user' },
  custom_ratelimit: { same: exactly, reset: false, absent: 'unobservable', help: 'whether the user has a limit of its own' },
  custom_ratelimit_value: {
    same: exactly,
    reset: undefined,
    absent: 'unobservable',
    help: 'e-mails per period, 1 to 2147483647',
  },
  custom_ratelimit_period: {
    same: asPeriod,
    reset: undefined,
    absent: 'unobservable',
    help: 'period of the limit, such as "1 day" or "0:30:00"',
  },
  ip_pool: { same: exactly, reset: 0, absent: 'default', help: 'id of a pool of dedicated IP addresses' },
  feedback_enabled: { same: exactly, reset: false, absent: 'unobservable', help: 'custom unsubscribe footer' },
  feedback_domain: {
    same: folded,
    reset: 'default',
    absent: 'unobservable',
    help: 'domain of the links in the unsubscribe footer',
  },
  feedback_html: { same: asText, reset: '', absent: 'default', help: 'HTML of the unsubscribe footer' },
  feedback_text: { same: asText, reset: '', absent: 'default', help: 'text of the unsubscribe footer' },
  open_tracking_enabled: { same: exactly, reset: false, absent: 'unobservable', help: 'tracking of opened e-mails' },
  click_tracking_enabled: { same: exactly, reset: false, absent: 'unobservable', help: 'tracking of clicked links' },
  archive_enabled: { same: exactly, reset: false, absent: 'unobservable', help: 'archiving of sent e-mails (paid plans)' },
  audit_email: { same: folded, reset: '', absent: 'default', help: 'address that gets a blind copy of every e-mail' },
  bounce_notifications: { same: folded, reset: 'from', absent: 'default', help: 'where bounces go: from, drop or an address' },
  status: { same: exactly, reset: 'allowed', absent: 'unobservable', help: 'allowed, blocked or sandbox' },
}

/** Whether two values of a field mean the same to the service. */
export const same = (field: FieldName, one: Value | undefined, other: Value | undefined): boolean => {
  if (one === undefined || other === undefined) return one === other
  // A text that holds a secret is still that text.
  if (field !== 'email_password' && one instanceof Secret) return one.is((text) => same(field, text, other))
  if (field !== 'email_password' && other instanceof Secret) return other.is((text) => same(field, one, text))
  return fields[field].same(one, other)
}
