// The service's own names and shapes. Answers are read tolerantly (aliases, extra keys, both envelopes), requests are written exactly.
import * as t from 'io-ts'
import type { Work } from '../../domain/basics/work.ts'
import type { Edit } from '../../domain/plan/edit.ts'
import type { LiveState, LiveUser } from '../../domain/user/live.ts'
import { documentedPeriod } from '../../domain/user/period.ts'
import { Secret } from '../../domain/user/secret.ts'
import type { FieldName, Settings, Value } from '../../domain/user/settings.ts'
import { FIELDS, fields, isLimit } from '../../domain/user/settings.ts'
import type { Scope } from '../../domain/wanted/scope.ts'
import { subaccountId } from '../../domain/wanted/scope.ts'
import { E } from '../../fp.ts'

/** What a value in an answer must be. */
type Shape = { readonly is: (value: unknown) => boolean }

type Wire = {
  /** Names in answers, the current one first. */
  readonly read: ReadonlyArray<string>
  readonly type: Shape
  /** Canonical value; `undefined`: not to be known from this answer. */
  readonly canonical: (value: unknown) => Value | undefined
}

const orNull = <A>(type: t.Type<A>): Shape => t.union([type, t.null])
const asIs = (value: unknown): Value | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined
const asNumber = (value: unknown): Value | undefined => (value === null || value === '' ? undefined : Number(value))
// The text of *Add an SMTP user* says "Default: blank", its schema `default`, and that they are not the same: what blank stands for nobody can tell.
const orUnknown = (value: unknown): Value | undefined => (value === '' ? undefined : asIs(value))
const orDefault =
  (field: FieldName) =>
  (value: unknown): Value | undefined =>
    value === null || value === '' ? fields[field].reset : asIs(value)
// A number may come as text: the schema and the examples of *View SMTP users* disagree.
const numeric = orNull(
  t.union([
    t.refinement(t.number, (count) => Number.isSafeInteger(count) && count >= 0, 'a count'),
    t.refinement(t.string, (text) => /^\d{0,15}$/.test(text), 'digits'),
  ]),
)
// The schemas of answers call the password deprecated, and other answers show it masked: what is masked is not to be compared with.
const MASK = /^[xX.*•●-]+$|^\W?(?:hidden|masked|redacted|secret|sensitive|encrypted|not shown)\W?$/i
const HIDDEN = /[*•●]{3,}/g
/** What shows more than this, in one word and with a few stars only, may be a password that has them. */
const MOST_SHOWN = 6
const isMask = (text: string): boolean =>
  MASK.test(text) || (text.search(HIDDEN) >= 0 && (text.replace(HIDDEN, '').length <= MOST_SHOWN || /\s|[*•●]{6}/.test(text)))
const password = (value: unknown): Value | undefined =>
  typeof value !== 'string' || value === '' || isMask(value) ? undefined : new Secret(value)

// Null says as much of a flag, or of the status, as its absence: nothing. Whether a user may send, or has a limit, must be told.
const flag: Shape = orNull(t.boolean)
const text: Shape = orNull(t.string)

/** How each field stands in answers (document *View SMTP users*; aliases: research of `comments`, `ippool`, `custom_rate_limit`). */
const wire: { readonly [F in FieldName]: Wire } = {
  email_password: { read: ['email_password'], type: text, canonical: password },
  description: { read: ['description', 'comments'], type: text, canonical: orDefault('description') },
  custom_ratelimit: { read: ['custom_ratelimit', 'custom_rate_limit'], type: t.boolean, canonical: asIs },
  custom_ratelimit_value: { read: ['custom_ratelimit_value'], type: numeric, canonical: asNumber },
  custom_ratelimit_period: { read: ['custom_ratelimit_period'], type: text, canonical: asIs },
  ip_pool: { read: ['ippool', 'ip_pool'], type: numeric, canonical: (value) => asNumber(value) ?? 0 },
  feedback_enabled: { read: ['feedback_enabled'], type: flag, canonical: asIs },
  feedback_domain: { read: ['feedback_domain'], type: text, canonical: orUnknown },
  feedback_html: { read: ['feedback_html'], type: text, canonical: orDefault('feedback_html') },
  feedback_text: { read: ['feedback_text'], type: text, canonical: orDefault('feedback_text') },
  open_tracking_enabled: { read: ['open_tracking_enabled'], type: flag, canonical: asIs },
  click_tracking_enabled: { read: ['click_tracking_enabled'], type: flag, canonical: asIs },
  archive_enabled: { read: ['archive_enabled'], type: flag, canonical: asIs },
  audit_email: { read: ['audit_email'], type: text, canonical: orDefault('audit_email') },
  bounce_notifications: { read: ['bounce_notifications'], type: text, canonical: orDefault('bounce_notifications') },
  status: { read: ['status'], type: orNull(t.keyof({ allowed: null, blocked: null, sandbox: null })), canonical: asIs },
}

const KNOWN = new Set([
  'username',
  'sending_allowed',
  'default_ratelimit_value',
  'default_ratelimit_period',
  ...FIELDS.flatMap((field) => wire[field].read),
])

const User = t.intersection([t.type({ username: t.string, sending_allowed: t.boolean }), t.UnknownRecord])
const View = t.type({ data: t.intersection([t.type({ results: t.array(t.UnknownRecord) }), t.UnknownRecord]) })
const Permissions = t.type({ data: t.array(t.string) })

/** So many users are one step. */
const STEP = 100

/** Reads the answer of `view`; what is wrong in words, never a value of the answer. */
export function* liveStateOf(answer: unknown, scope: Scope): Work<E.Either<string, LiveState>> {
  if (!View.is(answer)) return E.left('data.results of view is missing or not a list of users')
  const part = partIn(answer.data, answer.data.results.length)
  if (part !== undefined) return E.left(part)
  const users: Array<LiveUser> = []
  const returned = new Set<FieldName>()
  const unknown = new Set<string>()
  const names = new Set<string>()
  for (const [at, item] of answer.data.results.entries()) {
    const user = liveUserOf(item, returned)
    if (typeof user === 'string') return E.left(`data.results[${at}].${user}`)
    if (names.has(user.username)) return E.left(`data.results[${at}].username stands twice`)
    names.add(user.username)
    users.push(user)
    if (users.length % STEP === 0) yield
    for (const key of Object.keys(item))
      if (!KNOWN.has(key) && unknown.size < MOST_UNKNOWN) unknown.add(key.slice(0, LONGEST_NAME))
  }
  return E.right({ scope, users: withoutShared(users), returned, unknownKeys: [...unknown].sort() })
}

/** A number of an answer, which may come as text; 0 where there is none. */
export const countOf = (value: unknown): number =>
  typeof value === 'number' || typeof value === 'string' ? Number(value) || 0 : 0

/** The token of the page that follows, of whatever type it comes; `undefined` where this is the last one. */
export const tokenOf = (value: unknown): string | number | undefined =>
  (typeof value === 'string' && value !== '') || (typeof value === 'number' && value !== 0) ? value : undefined

/** How an answer says of itself that it is not the whole. `view` has no pages (document *View SMTP users*); if it ever gets some, a part is never taken for all users. */
const partIn = (data: { readonly [key: string]: unknown }, shown: number): string | undefined => {
  const total = Math.max(...['total_results', 'total_count'].map((name) => countOf(data[name])))
  if (total > shown) return `view says that there are ${total} users, and shows ${shown}`
  if (countOf(data.pages) > 1) return 'view says that it shows one page of several'
  if (tokenOf(data.continue_token) !== undefined) return 'view says that more users follow'
  return undefined
}

// A new key is told by its name, and an answer may be hostile: no flood of names, no endless one.
const MOST_UNKNOWN = 20
const LONGEST_NAME = 64

/** A password that most users seem to share is a mask that we do not know: what differs from it says nothing. Two of many may share one. */
const withoutShared = (users: ReadonlyArray<LiveUser>): ReadonlyArray<LiveUser> => {
  const counts = new Map<string, number>()
  let shown = 0
  for (const { settings } of users) {
    if (!(settings.email_password instanceof Secret)) continue
    const text = settings.email_password.reveal()
    counts.set(text, (counts.get(text) ?? 0) + 1)
    shown += 1
  }
  // More than half of them is one text at most.
  const mask = [...counts].find(([, count]) => count > 1 && count > shown / 2)?.[0]
  if (mask === undefined) return users
  return users.map((user) => {
    const { email_password, ...settings } = user.settings
    return email_password instanceof Secret && email_password.reveal() === mask
      ? { ...user, settings, shared: email_password }
      : user
  })
}

const liveUserOf = (item: { readonly [key: string]: unknown }, returned: Set<FieldName>): LiveUser | string => {
  if (!User.is(item))
    return typeof item.username === 'string'
      ? 'sending_allowed is missing or not true or false'
      : 'username is missing or not text'
  if (item.username === '') return 'username is empty'
  const settings: { [F in FieldName]?: Value } = {}
  for (const field of FIELDS) {
    const { read, type, canonical } = wire[field]
    const key = read.find((name) => item[name] !== undefined)
    if (key === undefined) {
      if (field === 'custom_ratelimit') return 'custom_ratelimit is missing'
      const { absent, reset } = fields[field]
      if (absent === 'default' && reset !== undefined) settings[field] = reset
      continue
    }
    if (!type.is(item[key])) return `${key} is not of the type that the API promises`
    returned.add(field)
    // In the examples, with the flag off, value and period are null and "0:00:00": nothing to compare with.
    if (isLimit(field) && settings.custom_ratelimit === false) continue
    const value = canonical(item[key])
    if (value !== undefined) settings[field] = value
  }
  return { username: item.username, settings, sendingAllowed: item.sending_allowed }
}

/** The endpoints that a key may call; patterns such as `/users/smtp/*` are possible. */
export const permissionsOf = (answer: unknown): E.Either<string, ReadonlyArray<string>> =>
  Permissions.is(answer) ? E.right(answer.data) : E.left('data is not a list of endpoints')

/** A request as it goes out. */
export type WireRequest = {
  readonly method: 'post' | 'patch'
  readonly path: string
  readonly body: { readonly [key: string]: unknown }
}

const withScope = (scope: Scope, body: { readonly [key: string]: unknown }): WireRequest['body'] => {
  const id = subaccountId(scope)
  return id === undefined ? body : { ...body, subaccount_id: id }
}

/** Where a scope is listed. */
export const VIEW = 'users/smtp/view'

/** The request that lists a scope: never with the `username` filter, which matches substrings. */
export const viewRequest = (scope: Scope): WireRequest => ({
  method: 'post',
  path: VIEW,
  body: withScope(scope, {}),
})

/** The request that makes an edit. */
export const editRequest = (scope: Scope, edit: Edit): WireRequest => {
  const settings = edit._tag === 'Remove' ? {} : bodyOf(edit.settings)
  return { ...WAYS[edit._tag], body: withScope(scope, { username: edit.username, ...settings }) }
}

const WAYS: { readonly [T in Edit['_tag']]: Pick<WireRequest, 'method' | 'path'> } = {
  Add: { method: 'post', path: 'users/smtp/add' },
  Patch: { method: 'patch', path: 'users/smtp/edit' },
  FullEdit: { method: 'post', path: 'users/smtp/edit' },
  Remove: { method: 'post', path: 'users/smtp/remove' },
}

// Field names of requests are our own field names (document *Edit SMTP user details*).
const bodyOf = (settings: Settings): { readonly [key: string]: unknown } => {
  const body: { [key: string]: unknown } = {}
  for (const field of FIELDS) {
    const value = settings[field]
    if (value !== undefined) body[field] = sent(field, value)
  }
  return body
}

const sent = (field: FieldName, value: Value): string | number | boolean => {
  if (value instanceof Secret) return value.reveal()
  return field === 'custom_ratelimit_period' ? documentedPeriod(String(value)) : value
}
