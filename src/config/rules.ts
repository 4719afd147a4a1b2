// The shape of `rules`. What a rule asks of a field is a plain value, or a mapping of bounds; which bounds there are goes by the kind of field.
import type * as t from 'io-ts'
import { SEVERITIES } from '../domain/plan/plan.ts'
import { fields } from '../domain/user/settings.ts'
import type { Glob } from '../domain/user/username.ts'
import { E } from '../fp.ts'
import {
  type Codec,
  codec,
  flag,
  isMapping,
  list,
  nullable,
  optional,
  preset,
  refuse,
  required,
  struct,
  text,
  word,
} from './codec.ts'
import { moment } from './moment.ts'
import { pattern, plain, usernames } from './names.ts'
import { openSettings, values } from './settings.ts'

/** What a rule asks of a field, as it stands in the file. */
export type Asked = {
  readonly equals?: string | number | boolean | null
  readonly max?: number | undefined
  readonly min?: number | undefined
  readonly one_of?: ReadonlyArray<string | number> | undefined
  readonly matches?: Glob | undefined
  readonly present?: boolean | undefined
}

const exactly = <A extends string | number | boolean | null>(value: Codec<A>): Codec<Asked> =>
  codec<Asked>('demand', value.schema, (input, context) => {
    const decoded = value.validate(input, context)
    return E.isLeft(decoded) ? decoded : E.right({ equals: decoded.right })
  })

const either = <A extends string | number | boolean | null, B extends Asked>(value: Codec<A>, bounds: Codec<B>): Codec<Asked> => {
  const schema = { anyOf: [value.schema, { ...bounds.schema, minProperties: 1 }] }
  return codec<Asked>('demand', schema, (input, context) => {
    if (!isMapping(input)) return exactly(value).validate(input, context)
    if (Object.keys(input).length > 0) return bounds.validate(input, context)
    return refuse(input, context, 'this asks for nothing', { hint: 'write a value, or a bound such as { max: 1000 }' })
  })
}

const max = <A>(value: Codec<A>) => optional('at most', value)
const min = <A>(value: Codec<A>) => optional('at least', value)
const oneOf = <A>(value: Codec<A>) => optional('one of these', atLeastOne(value))
const matches = optional('a pattern that the text must match', pattern)
const present = optional('true: must have a value; false: must have none', flag)

const atLeastOne = <A>(item: Codec<A>): Codec<ReadonlyArray<A>> => {
  const inner = list(item)
  return codec<ReadonlyArray<A>>(inner.name, { ...inner.schema, minItems: 1 }, (input, context) =>
    Array.isArray(input) && input.length === 0
      ? refuse(input, context, 'an empty list can be met by nobody')
      : inner.validate(input, context),
  )
}

const asText = (value: Codec<string>): Codec<Asked> => either(nullable(value), struct({ one_of: oneOf(value), matches, present }))

const demands = struct(
  {
    description: optional(fields.description.help, asText(values.description)),
    custom_ratelimit: optional(fields.custom_ratelimit.help, exactly(nullable(values.custom_ratelimit))),
    custom_ratelimit_value: optional(
      'a number, or bounds per time: per 1 day, or per the custom_ratelimit_period beside it',
      either(
        values.custom_ratelimit_value,
        struct({
          max: max(values.custom_ratelimit_value),
          min: min(values.custom_ratelimit_value),
          one_of: oneOf(values.custom_ratelimit_value),
          present,
        }),
      ),
    ),
    custom_ratelimit_period: optional(
      fields.custom_ratelimit_period.help,
      either(values.custom_ratelimit_period, struct({ one_of: oneOf(values.custom_ratelimit_period), present })),
    ),
    ip_pool: optional(
      fields.ip_pool.help,
      either(
        nullable(values.ip_pool),
        struct({ max: max(values.ip_pool), min: min(values.ip_pool), one_of: oneOf(values.ip_pool), present }),
      ),
    ),
    feedback_enabled: optional(fields.feedback_enabled.help, exactly(nullable(values.feedback_enabled))),
    feedback_domain: optional(fields.feedback_domain.help, asText(values.feedback_domain)),
    feedback_html: optional(fields.feedback_html.help, asText(values.feedback_html)),
    feedback_text: optional(fields.feedback_text.help, asText(values.feedback_text)),
    open_tracking_enabled: optional(fields.open_tracking_enabled.help, exactly(nullable(values.open_tracking_enabled))),
    archive_enabled: optional(fields.archive_enabled.help, exactly(nullable(values.archive_enabled))),
    audit_email: optional(fields.audit_email.help, asText(values.audit_email)),
    bounce_notifications: optional(fields.bounce_notifications.help, asText(values.bounce_notifications)),
    status: optional(fields.status.help, either(nullable(values.status), struct({ one_of: oneOf(values.status), matches }))),
  },
  (key) =>
    key === 'email_password' || key === 'click_tracking_enabled'
      ? 'the service does not show this field, so nobody can tell whether it is so; a rule that enforces it says `set`'
      : undefined,
)
export type Demands = t.TypeOf<typeof demands>

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const rule = struct({
  id: required(
    'name of the rule, which stands in plans, findings and reports',
    text((input) => (ID.test(input) ? undefined : 'the id of a rule has up to 64 letters, digits, and . _ - between them'), {
      pattern: ID.source,
    }),
  ),
  severity: preset('how grave it is when a user does not keep to it', word(SEVERITIES), 'medium'),
  match: optional(
    'whom it is for; without it, everybody',
    struct({
      username: optional('pattern of usernames', usernames),
      scope: optional('pattern of scopes: account, or subaccount:ID', pattern),
      status: optional('pattern of the status that the config gives, else of the live one', pattern),
      profile: optional('pattern of the profile that a listed user takes', pattern),
    }),
  ),
  set: optional(
    "fields that are enforced, stronger than a user's own keys",
    struct(openSettings, (key) => (key === 'email_password' ? 'a rule sets no passwords' : undefined)),
  ),
  require: optional('what must be so', demands),
  otherwise: preset('what is done about a user that is not as `require` says', word(['report', 'block']), 'report'),
  waivers: preset(
    'users that the rule leaves alone until a date',
    list(
      struct({
        username: required('pattern of usernames', usernames),
        until: required('last date, or the time, until which they are left alone', moment),
        reason: required('why; it stands in the plan', plain),
      }),
    ),
    [],
  ),
})
export type RuleEntry = t.TypeOf<typeof rule>

/** `rules`: what holds for every live user of every scope. */
export const rules = list(rule)
