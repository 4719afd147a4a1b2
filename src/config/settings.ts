// The fields of a user as they are written in a file: one codec each. Layers and users are made of them, and rules speak of them.
import type * as t from 'io-ts'
import { periodFault } from '../domain/user/period.ts'
import { fields } from '../domain/user/settings.ts'
import { flag, integer, nullable, optional, struct, text, word } from './codec.ts'
import { auditAddress, bounces, footerDomain } from './names.ts'
import { secretRef } from './secret-ref.ts'

const LARGEST = 2_147_483_647

/** Where a key can be kept. */
export const KEY_SOURCES = ['env', 'file', 'credential'] as const
/** Where a password can be kept. */
export const PASSWORD_SOURCES = [...KEY_SOURCES, 'generate'] as const

/** The three states that a user can be in. */
export const STATUSES = ['allowed', 'blocked', 'sandbox'] as const

/** What stands after each field, without what `null` means there. */
export const values = {
  description: text(),
  custom_ratelimit: flag,
  custom_ratelimit_value: integer(1, LARGEST),
  custom_ratelimit_period: text(periodFault, { minLength: 1 }),
  ip_pool: integer(0, LARGEST),
  feedback_enabled: flag,
  feedback_domain: footerDomain,
  feedback_html: text(),
  feedback_text: text(),
  open_tracking_enabled: flag,
  click_tracking_enabled: flag,
  archive_enabled: flag,
  audit_email: auditAddress,
  bounce_notifications: bounces,
  status: word(STATUSES),
}

/** Every field but the password. */
export const openSettings = {
  description: optional(fields.description.help, nullable(values.description)),
  custom_ratelimit: optional(fields.custom_ratelimit.help, nullable(values.custom_ratelimit)),
  custom_ratelimit_value: optional(fields.custom_ratelimit_value.help, values.custom_ratelimit_value),
  custom_ratelimit_period: optional(fields.custom_ratelimit_period.help, values.custom_ratelimit_period),
  ip_pool: optional(fields.ip_pool.help, nullable(values.ip_pool)),
  feedback_enabled: optional(fields.feedback_enabled.help, nullable(values.feedback_enabled)),
  feedback_domain: optional(fields.feedback_domain.help, nullable(values.feedback_domain)),
  feedback_html: optional(fields.feedback_html.help, nullable(values.feedback_html)),
  feedback_text: optional(fields.feedback_text.help, nullable(values.feedback_text)),
  open_tracking_enabled: optional(fields.open_tracking_enabled.help, nullable(values.open_tracking_enabled)),
  click_tracking_enabled: optional(fields.click_tracking_enabled.help, nullable(values.click_tracking_enabled)),
  archive_enabled: optional(fields.archive_enabled.help, nullable(values.archive_enabled)),
  audit_email: optional(fields.audit_email.help, nullable(values.audit_email)),
  bounce_notifications: optional(fields.bounce_notifications.help, nullable(values.bounce_notifications)),
  status: optional(fields.status.help, nullable(values.status)),
}

/** Every field. */
export const settings = {
  email_password: optional(fields.email_password.help, secretRef(PASSWORD_SOURCES)),
  ...openSettings,
}

/** A layer of settings: defaults, a scope's defaults, or a profile. */
export const layer = struct(settings)
export type Layer = t.TypeOf<typeof layer>
