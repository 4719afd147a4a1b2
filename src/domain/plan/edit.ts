// Edits: the one request that makes a change. PATCH wherever it can say it, the full edit only where that is safe.
import { E } from '../../fp.ts'
import type { LiveState, LiveUser } from '../user/live.ts'
import type { FieldName, Settings, Value } from '../user/settings.ts'
import { FIELDS, isLimit, isRateLimit, same } from '../user/settings.ts'
import type { Managed } from '../wanted/desired.ts'
import type { LiveEdit } from './plan.ts'

/** One write. */
export type Edit =
  | { readonly _tag: 'Add'; readonly username: string; readonly settings: Settings }
  | { readonly _tag: 'Patch'; readonly username: string; readonly settings: Settings }
  | { readonly _tag: 'FullEdit'; readonly username: string; readonly settings: Settings }
  | { readonly _tag: 'Remove'; readonly username: string }

/** Whether two edits of one user are the same request. */
export const sameEdit = (one: Edit, other: Edit): boolean => {
  if (one._tag !== other._tag) return false
  if (one._tag === 'Remove' || other._tag === 'Remove') return true
  return FIELDS.every((field) => same(field, one.settings[field], other.settings[field]))
}

/** Fields that PATCH does not take (document *Patch an SMTP user*; changelog of 2025-04-03). */
const NOT_IN_PATCH: ReadonlyArray<FieldName> = ['feedback_domain']

/** The desired values of a user, without their sources. */
export const valuesOf = (managed: Managed): Settings => {
  const values: { [F in FieldName]?: Value } = {}
  for (const field of FIELDS) {
    const sourced = managed[field]
    if (sourced !== undefined) values[field] = sourced.value
  }
  return values
}

const pick = (settings: Settings, wanted: (field: FieldName, value: Value) => boolean): Settings => {
  const values: { [F in FieldName]?: Value } = {}
  for (const field of FIELDS) {
    const value = settings[field]
    if (value !== undefined && wanted(field, value)) values[field] = value
  }
  return values
}

/** Creates a user; "none" is what the service starts with, so it is not sent. */
export const addOf = ({ username, fields }: { readonly username: string; readonly fields: Editing['fields'] }): Edit => ({
  _tag: 'Add',
  username,
  settings: pick(changed({ fields }), (_, value) => value !== '' && value !== 0),
})

type Editing = {
  readonly fields: ReadonlyArray<{ readonly field: FieldName; readonly to: Value }>
  readonly managed: Managed
  readonly user: LiveUser
  readonly live: LiveState
  readonly mode: 'auto' | 'patch' | 'full'
}

/** How a change of a live user may go: as the config lets it, unless PATCH was seen not to make it. */
export const modeOf = ({ whole }: Pick<LiveEdit, 'whole'>, { edit }: { readonly edit: Editing['mode'] }): Editing['mode'] =>
  whole === true ? 'full' : edit

/** Whether a change of a live user goes by the full edit. */
export const isWhole = ({
  fields,
  mode,
}: { readonly fields: ReadonlyArray<{ readonly field: FieldName }> } & Pick<Editing, 'mode'>): boolean =>
  mode === 'full' || (mode === 'auto' && fields.some(({ field }) => NOT_IN_PATCH.includes(field)))

/** The edit that makes a change of a live user, or why there is none that is safe, in words. */
export const editOf = (change: Editing): E.Either<string, Edit> => {
  if (isWhole(change)) return fullEditOf(change)
  const unsayable = change.fields.map(({ field }) => field).filter((field) => NOT_IN_PATCH.includes(field))
  if (unsayable.length > 0) return E.left(`PATCH cannot change ${unsayable.join(', ')}, and api.edit is patch`)
  return E.right({ _tag: 'Patch', username: change.user.username, settings: inPatch(change) })
}

// Documented for add and edit: value and period are stored only together with the flag. So the three travel as one; where the config does not
// say, as they are.
const inPatch = (change: Editing): Settings => {
  const edited = changed(change)
  if (!change.fields.some(({ field }) => isRateLimit(field))) return edited
  const whole = { ...pick(change.user.settings, isRateLimit), ...pick(valuesOf(change.managed), isRateLimit), ...edited }
  return pick(
    whole,
    (field) => edited[field] !== undefined || (isRateLimit(field) && !(isLimit(field) && whole.custom_ratelimit === false)),
  )
}

const changed = (change: Pick<Editing, 'fields'>): Settings => {
  const values: { [F in FieldName]?: Value } = {}
  for (const { field, to } of change.fields) values[field] = to
  return values
}

// Documented for POST edit: what it is not given falls back to its default, the password perhaps included, so it goes out complete or not at all.
const fullEditOf = (change: Editing): E.Either<string, Edit> => {
  const { live, managed, user } = change
  if (live.unknownKeys.length > 0)
    return E.left(`the full edit would reset what we do not know: the service shows ${live.unknownKeys.join(', ')}`)
  const settings = { ...user.settings, ...undisputed(managed, user), ...changed(change) }
  const off = settings.custom_ratelimit === false
  const undeclared = FIELDS.filter(
    (field) => managed[field] === undefined && !(off && isLimit(field)) && !known(field, live, user),
  )
  if (undeclared.length > 0) {
    const them = undeclared.length === 1 ? 'it' : 'them'
    return E.left(`only the full edit can make this, and it would reset ${undeclared.join(', ')}: declare ${them} for this user`)
  }
  return E.right({
    _tag: 'FullEdit',
    username: user.username,
    settings: pick(settings, (field, value) => value !== BY_OMISSION[field] && !(off && isLimit(field))),
  })
}

// What the full edit is not given falls back to its default, and of these the default cannot be named: 0 is the id of no pool, and an empty
// text is no address.
const BY_OMISSION: Settings = { ip_pool: 0, audit_email: '' }

// A field that is not to be changed now, though it differs, goes out as it is. A password is never one taken from an answer.
const undisputed = (managed: Managed, user: LiveUser): Settings =>
  pick(valuesOf(managed), (field, value) => {
    const live = user.settings[field]
    return field === 'email_password' || live === undefined || same(field, live, value)
  })

const known = (field: FieldName, live: LiveState, user: LiveUser): boolean => {
  if (field === 'email_password') return false
  return live.returned.has(field) && user.settings[field] !== undefined
}
