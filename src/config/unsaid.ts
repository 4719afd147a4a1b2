// What a list of live users leaves unsaid, so that it is a valid config beside the sections in force: a value that a rule sets otherwise would
// contradict the rule, a block that a rule may have made is not what the config asks for, some values there is no request for, and some no
// config takes.
import type * as t from 'io-ts'
import { memoryOf } from '../domain/draft/diff.ts'
import { returnsOnceListed } from '../domain/memory/late.ts'
import type { Ledger } from '../domain/memory/ledger.ts'
import type { LiveState, LiveUser } from '../domain/user/live.ts'
import { Secret } from '../domain/user/secret.ts'
import { FIELDS, type FieldName, isRateLimit, RATE_LIMIT, type Settings, same, type Value } from '../domain/user/settings.ts'
import { fold, matchesAny } from '../domain/user/username.ts'
import { unmet } from '../domain/wanted/demand.ts'
import type { DesiredState } from '../domain/wanted/desired.ts'
import type { Rule } from '../domain/wanted/rule.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import { E } from '../fp.ts'
import type { Entry } from './export.ts'
import { UNUSABLE, unusableAt } from './nodes.ts'
import { STATUSES, values } from './settings.ts'

/**
 * Why a field is left unsaid. `isSet`: a rule, the api section or what was before has the say, whatever the list says; else it stays as it is.
 * `instead` is what the list says of it all the same where the defaults would say something else, or `always` where they say nothing.
 */
export type Reason = { readonly why: string; readonly isSet: boolean; readonly instead?: string; readonly always?: true }

/** Why fields of a user are left unsaid. */
export type Unsaid = (scope: Scope, user: LiveUser) => ReadonlyMap<FieldName, Reason>

const HOLDS_SECRET: Reason = { why: 'its text holds a password or key', isSet: false }

type Said = Pick<DesiredState, 'rules' | 'policy'>

/** The rules that mean a user who is listed. */
const meaning = ({ rules }: Pick<Said, 'rules'>, now: number, scope: Scope, username: string): ReadonlyArray<Rule> =>
  rules.filter(({ match, waivers }) => {
    const isWaived = matchesAny(
      waivers.filter(({ until }) => now < until).map((waiver) => waiver.username),
      username,
    )
    // Who is listed without a profile is not meant by one; which status a rule will meet is looked at later.
    const isMeant = match.profile === undefined && match.username?.matches(username) !== false
    return !isWaived && isMeant && match.scope?.matches(scope) !== false
  })

const setBy = ({ id }: Rule): Reason => ({ why: `the rule ${id} sets it`, isSet: true })

/** The fields that cannot be said beside the rules and the api section of a config. `now`: milliseconds since the epoch. */
export const unsaidIn =
  (said: Said, now: number): Unsaid =>
  (scope, user) =>
    unsaidOf(said, now, scope, user)

/** The same of one user; `before` is its status once it is listed, where that is not the one that it has. */
const unsaidOf = (
  { rules, policy }: Said,
  now: number,
  scope: Scope,
  { username, settings }: LiveUser,
  before?: string,
): Map<FieldName, Reason> => {
  const found = new Map<FieldName, Reason>()
  for (const field of FIELDS) if (field !== 'email_password' && settings[field] instanceof Secret) found.set(field, HOLDS_SECRET)
  if (policy.edit === 'patch') found.set('feedback_domain', { why: 'api.edit: patch cannot set it', isSet: true })
  const all = meaning({ rules }, now, scope, username)
  const ruling = all.find(({ set }) => set.status !== undefined)
  const blocking = all.find(
    ({ otherwise, require }) => otherwise === 'block' && require.some((demand) => unmet(demand, settings)?.known === true),
  )
  // Said, it would outlast the rule; unsaid, it lasts as long as the rule is not met, and a block of somebody else until that one ends it.
  const isForRule = settings.status === 'blocked' && blocking !== undefined && ruling === undefined
  // The one that rules go by, where the list can say it.
  const status = isForRule || ruling !== undefined ? undefined : statusOf(before ?? settings.status)
  const isMet = ({ match }: Rule): boolean => status === undefined || match.status?.matches(status) !== false
  for (const rule of all.filter(isMet)) for (const field of differing(rule, settings)) found.set(field, setBy(rule))
  const other = all.find((rule) => !isMet(rule) && differing(rule, settings).length > 0)
  if (isForRule) found.set('status', { why: `the rule ${blocking.id} blocks for as long as it is not met`, isSet: false })
  else if (status !== undefined && other !== undefined)
    found.set('status', { why: `the rule ${other.id} goes by it`, isSet: true, instead: status, always: true })
  return found
}

const statusOf = (value: Value | undefined): string | undefined => STATUSES.find((one) => one === value)

/** The fields that a rule sets otherwise than they are. */
const differing = ({ set }: Rule, settings: Settings): ReadonlyArray<FieldName> =>
  FIELDS.flatMap((field): ReadonlyArray<FieldName> => {
    const wanted = set[field]
    if (wanted === undefined || same(field, settings[field], wanted.value)) return []
    return isRateLimit(field) ? RATE_LIMIT : [field]
  })

/** The same, and our block of who was in no list. Said, it would outlast what it is for, and nobody would know it for ours. */
export const listedNow =
  (said: Said, { scopes }: Pick<Ledger, 'scopes'>, now: number): Unsaid =>
  (scope, user) => {
    const before = returnsOnceListed(memoryOf(scopes.get(scope), user.username), user, now) ?? 'blocked'
    if (before === 'blocked') return unsaidOf(said, now, scope, user)
    const found = unsaidOf(said, now, scope, user, before)
    const known = found.get('status')
    if (known !== undefined && known.always !== true) return found
    const rule = meaning(said, now, scope, user.username).find(({ set }) => set.status !== undefined)
    const why = `this user was blocked here, and whoever is listed gets the status from before, ${before}`
    return found.set('status', rule === undefined ? { ...known, why, isSet: true, instead: before } : setBy(rule))
  }

/** A user as a list says it beside these defaults, without what is left unsaid, and that in words. */
export const saying = (
  entry: Entry,
  reasons: ReadonlyMap<FieldName, Reason>,
  defaults: Settings,
): { readonly entry: Entry; readonly left: ReadonlyArray<string> } => {
  const odd = oddIn(entry)
  const isAlways = (field: FieldName): boolean => reasons.get(field)?.always === true && defaults[field] === undefined
  const left = new Map<string, string>(
    FIELDS.flatMap((field) => {
      const reason = reasons.get(field)?.why ?? odd.get(field)
      const isSaid = Object.hasOwn(entry, field) || reason === HOLDS_SECRET.why || isAlways(field)
      const isThere = reasons.get(field)?.instead === entry[field] && Object.hasOwn(entry, field)
      return reason === undefined || !isSaid || isThere ? [] : [[field, reason]]
    }),
  )
  // What a rule sets is managed, whatever the list says; what is odd, or a block for now, stays as it is.
  const unmanaged = FIELDS.filter((field) => {
    const reason = reasons.get(field)
    if (reason?.isSet === true) return false
    const isKept = (reason !== undefined || odd.has(field)) && defaults[field] !== undefined
    return isKept || [entry.unmanaged].flat().some((one) => one === field)
  })
  const said = Object.entries(entry).filter(([key]) => key !== 'unmanaged' && !left.has(key))
  // What is left to what was before would be left to the defaults, where they say something.
  const instead = FIELDS.flatMap((field): ReadonlyArray<readonly [FieldName, string]> => {
    const value = reasons.get(field)?.instead
    const isOpen = value !== undefined && left.has(field)
    const isGiven = defaults[field] === undefined ? !isAlways(field) : same(field, value, defaults[field])
    return isOpen && !isGiven ? [[field, value]] : []
  })
  const told = new Map<string, string>(instead)
  return {
    entry: { ...Object.fromEntries([...said, ...instead]), ...(unmanaged.length === 0 ? {} : { unmanaged }) },
    left: [...left].map(([field, reason]) => `${field} is ${told.get(field) ?? 'left out'}: ${reason}`),
  }
}

/** What a list of live users leaves out of what the config says of users that it lists: each name, and what in words. */
export type Beside = (state: Pick<LiveState, 'scope' | 'users'>) => ReadonlyArray<readonly [username: string, left: string]>

/** Who is not live, and of who is from when until when it is to send, by which profile rules mean it, and from whom it takes over. */
export const besideIn = ({ scopes }: Pick<DesiredState, 'scopes'>): Beside => {
  const known = new Map(scopes.map(({ scope, users }) => [scope, users]))
  return ({ scope, users }) => {
    const live = new Set(users.map(({ username }) => username))
    const folded = new Set(users.map(({ username }) => fold(username)))
    return (known.get(scope) ?? []).flatMap((user) => {
      const { username, previously } = user
      const says = (what: string) => [[username, what]] as const
      if (live.has(username))
        return (['profile', 'starts', 'expires', 'previously'] as const)
          .filter((key) => (key === 'previously' ? previously.length > 0 : user[key] !== undefined))
          .flatMap((key) => says(`: ${key} is left out: users are listed as they are now`))
      if (folded.has(fold(username))) return []
      const names = previously.map((name) => JSON.stringify(name)).join(', ')
      return says(` is left out: it is listed, but not live${names === '' ? '' : `; with it goes previously: ${names}`}`)
    })
  }
}

/** Values that the service shows and a config does not take. The rate limit is said as a whole or not at all. */
const oddIn = (entry: Entry): ReadonlyMap<FieldName, string> => {
  const faults = new Map<FieldName, string>()
  const unshown = entry.custom_ratelimit === true ? RATE_LIMIT.filter((field) => !Object.hasOwn(entry, field)) : []
  if (unshown.length > 0) for (const one of RATE_LIMIT) faults.set(one, `the service shows no ${unshown.join(' and ')} with it`)
  for (const field of FIELDS) {
    if (field === 'email_password' || !Object.hasOwn(entry, field)) continue
    const fault = faultOf(values[field], entry[field])
    if (fault !== undefined) for (const one of isRateLimit(field) ? RATE_LIMIT : [field]) faults.set(one, fault)
  }
  return faults
}

type Reader = { readonly decode: (value: unknown) => E.Either<t.Errors, unknown> }

const faultOf = (reader: Reader, value: unknown): string | undefined => {
  if (typeof value === 'string' && unusableAt(value) >= 0) return UNUSABLE
  const read = reader.decode(value)
  return E.isRight(read) ? undefined : read.left.map(({ message }) => message).join('; ')
}
