// The shape of the config file, section by section. The JSON Schema is made from these same codecs.
import type * as t from 'io-ts'
import type { Problem } from '../domain/basics/failure.ts'
import { FIELDS } from '../domain/user/settings.ts'
import { E } from '../fp.ts'
import {
  type Codec,
  codec,
  flag,
  integer,
  isFault,
  list,
  named,
  optional,
  orOff,
  pathOf,
  preset,
  refuse,
  required,
  section,
  struct,
  word,
} from './codec.ts'
import { coverOf } from './discreet.ts'
import { type SourceDocument, shownOf, valueAt } from './document.ts'
import { moment } from './moment.ts'
import { endpoint, id, plain, timezone, usernames } from './names.ts'
import { UNREAD } from './nodes.ts'
import { control, http, notify } from './operation.ts'
import { didYouMean, quoted } from './problem.ts'
import { A_CENTURY, A_DAY, cap, duration, pace, size } from './quantities.ts'
import { rules } from './rules.ts'
import { secretRef } from './secret-ref.ts'
import { KEY_SOURCES, layer, settings } from './settings.ts'

const user = struct({
  username: required('name of the user, which is its identity', plain),
  profile: optional('profile to take settings from', plain),
  previously: optional(
    'names that this user had before: the new one is made with their settings, the old ones are blocked after policy.grace',
    list(plain),
  ),
  starts: optional('date or time from which on the user may send; before it the user is blocked', moment),
  expires: optional('last date, or the time, until which the user may send; after it the user is blocked', moment),
  unmanaged: optional('fields that are left as they are, though a weaker layer sets them', list(word(FIELDS))),
  ...settings,
})
export type User = t.TypeOf<typeof user>

const absent = struct({
  username: required('name of a user that must not be there', plain),
  reason: optional('why; it stands in the plan', plain),
})
const absentList = list(absent)
export type Absent = t.TypeOf<typeof absent>

const subaccount = struct({
  id: required('id of the subaccount', id),
  defaults: optional('settings of every user listed in this subaccount', layer),
  users: optional('users of this subaccount; an empty list makes all of its users unlisted', list(user)),
  absent: optional('users of this subaccount that are blocked, and under unlisted: remove removed after grace', absentList),
})

export type Subaccounts = 'all' | ReadonlyArray<t.TypeOf<typeof subaccount>>

/** The lists of subaccounts; the main file may say `all` instead, and leave the lists to included files. */
const subaccounts = (word: 'allowed' | 'refused'): Codec<Subaccounts> => {
  const inner = list(subaccount)
  const schema = word === 'allowed' ? { anyOf: [{ const: ALL }, inner.schema] } : inner.schema
  return codec<Subaccounts>('subaccounts', schema, (input, context) => {
    if (typeof input !== 'string') return inner.validate(input, context)
    if (word === 'refused')
      return refuse(input, context, 'expected a list, got text', {
        hint: input === ALL ? 'subaccounts: all belongs in the main file' : undefined,
      })
    if (input === ALL) return E.right(ALL)
    const hint = didYouMean(input, [ALL]) ?? 'write all, or a list of subaccounts'
    return refuse(input, context, `expected a list or all, got ${quoted(input)}`, { hint })
  })
}
const ALL = 'all'

/** The subaccounts that a file lists. */
export const subaccountsIn = ({ subaccounts: said }: Pick<IncludedFile, 'subaccounts'>): Exclude<Subaccounts, 'all'> =>
  said === undefined || said === ALL ? [] : said

const version: Codec<1> = codec<1>('version', { const: 1 }, (input, context) =>
  input === 1 ? E.right(1) : refuse(input, context, 'expected 1, the version of the config that this program reads'),
)

const api = struct({
  endpoint: required('global, us, eu, au, sandbox, or an https:// address up to and including /v3', endpoint),
  key: optional('where the API key is kept; not needed with the sandbox', secretRef(KEY_SOURCES)),
  pace: preset('at most so many requests in so much time, or off', pace, '60 per 1m'),
  concurrency: preset('requests in flight', integer(1, 100), 2),
  timeout: preset('for a whole request, body included', duration(A_DAY), '30s'),
  max_answer: preset('largest answer that is read', size, '128 MiB'),
  edit: preset('which call changes a user: auto, patch or full', word(['auto', 'patch', 'full']), 'auto'),
})

const reconcile = struct({
  mode: preset('observe: find and report drift, never write', word(['enforce', 'observe']), 'enforce'),
  on_change: preset('run when the config changes', flag, true),
  schedule: preset('cron expression of 5 or 6 fields; null: no schedule', orOff(plain), '*/15 * * * *'),
  timezone: preset('time zone of the schedule, and of dates', timezone, 'UTC'),
})

const policy = struct({
  missing: preset('listed but not live', word(['create', 'report']), 'create'),
  unlisted: preset('live but not listed', word(['ignore', 'report', 'block', 'remove']), 'report'),
  grace: preset('with remove: how long a user stays blocked before it is removed', duration(A_CENTURY), '14d'),
  ignore: preset('patterns of usernames that are none of our business', list(usernames), []),
  unblock: preset('drift away from allowed: repair, or hold for a person', word(['repair', 'hold']), 'repair'),
  contested: preset('a field that somebody keeps setting back', word(['enforce', 'hold']), 'enforce'),
  unknown_password: preset('a declared password that cannot be compared', word(['send', 'assume']), 'send'),
  reassert_unobservable: preset('send fields that cannot be read back again after this time', orOff(duration(A_CENTURY)), null),
})

const safety = struct({
  max_creates: preset('most creates per scope and run', cap, '25% or 10'),
  max_updates: preset('most updates per scope and run', cap, '50% or 10'),
  max_password_changes: preset('most password changes per scope and 24 hours', cap, '10% or 2'),
  max_blocks: preset('most blocks and other changes away from allowed per scope and 24 hours', cap, '10% or 2'),
  max_removes: preset('most removes per scope and 24 hours', cap, '5% or 1'),
  protected: preset('patterns of usernames that are never blocked, removed or edited', list(usernames), []),
})

const lists = {
  users: optional('users of the account that owns the key', list(user)),
  absent: optional('users of the account that are blocked, and under unlisted: remove removed after grace', absentList),
}

/** The main file. */
export const configFile = struct({
  version: required('version of the config', version),
  api: required('how the service is reached', api),
  reconcile: section('when runs start', reconcile, {}),
  policy: section('what is done about differences', policy, {}),
  safety: section('how much may change at once', safety, {}),
  defaults: section('settings of every listed user', layer, {}),
  profiles: section('settings under a name, which users take by `profile`', named(layer), {}),
  ...lists,
  subaccounts: optional(
    'subaccounts and their users; all: every active subaccount of the account, under the rules also where no file lists it',
    subaccounts('allowed'),
  ),
  rules: section('what holds for every live user of every scope, listed or not', rules, []),
  http: optional('health, metrics and the status page over HTTP; null: off', orOff(http)),
  control: optional('who may use the control socket', control),
  notify: preset('who is told of what happens', notify, []),
  include: preset('patterns of further files, relative to this one', list(plain), []),
  state_dir: preset('where the ledger, the journal and the lock are', orOff(plain), null),
})
export type ConfigFile = t.TypeOf<typeof configFile>

const included = { ...lists, subaccounts: optional('subaccounts and their users', subaccounts('refused')) }

/** What an included file may hold, and what any config file may. */
export const OF_INCLUDED = Object.keys(included)
export const KNOWN_KEYS = Object.keys(configFile.schema.properties ?? {})

const ONLY_MAIN = KNOWN_KEYS.filter((name) => !OF_INCLUDED.includes(name))

/** An included file: users, absent ones and subaccounts only. */
export const includedFile = struct(included, (key) =>
  ONLY_MAIN.includes(key)
    ? 'an included file holds only users, absent and subaccounts; this belongs in the main file'
    : undefined,
)
export type IncludedFile = t.TypeOf<typeof includedFile>

/** A file with its document. */
export type Decoded<A> = { readonly document: SourceDocument; readonly file: A }
export type ConfigFiles = { readonly main: Decoded<ConfigFile>; readonly included: ReadonlyArray<Decoded<IncludedFile>> }

/** Decodes a document; every fault is found. */
export const decode = <A>(shape: Codec<A>, document: SourceDocument): E.Either<ReadonlyArray<Problem>, Decoded<A>> => {
  if (document.value === null && document.faults.length === 0) {
    const hint = 'a config has at least version and api, an included file users or subaccounts'
    return E.left([document.problem({ path: [], message: 'this file is empty', hint })])
  }
  const result = shape.decode(document.value)
  const problems = problemsOf(E.isLeft(result) ? result.left : [], document)
  return E.isLeft(result) || problems.length > 0 ? E.left(problems) : E.right({ document, file: result.right })
}

const problemsOf = (errors: t.Errors, document: SourceDocument): ReadonlyArray<Problem> => {
  const faults = errors.filter(isFault)
  const coveredFrom = coverOf(document, faults)
  const ofText = document.faults.map((fault) => ({
    ...fault,
    excerpt: shownOf(fault.excerpt, fault, coveredFrom(fault.line ?? 0)),
  }))
  const ofShape = faults.flatMap((fault) => {
    const { part, show, message = 'not valid', hint } = fault
    const path = pathOf(fault)
    if (valueAt(document, path) === UNREAD) return []
    const { line, column } = document.placeOf(path, part)
    const from = coveredFrom(line)
    // What it covers itself it shows nothing of.
    const isFirst = show !== 'line' && column === from
    return [document.problem({ path, part, show, coveredFrom: isFirst ? undefined : from, message, hint })]
  })
  return [...ofText, ...ofShape]
}
