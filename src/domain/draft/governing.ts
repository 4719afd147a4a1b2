// Governing: one live user under the rules and its own dates. What is enforced over the other layers, whether it is blocked for now, and what
// a person should know. A rule that is not met blocks only what this run does not repair by itself.

import { forNow, type Listing, returning } from '../memory/our-block.ts'
import { stranger, type UserMemory } from '../memory/user-memory.ts'
import type { Finding } from '../plan/plan.ts'
import type { LiveUser } from '../user/live.ts'
import { patternsOf } from '../user/patterns.ts'
import type { FieldName, Settings, Value } from '../user/settings.ts'
import { dropped, FIELDS, same } from '../user/settings.ts'
import type { Failing } from '../wanted/checking.ts'
import { aboutDates, outside } from '../wanted/dates.ts'
import type { BlockWhy, DesiredUser, Managed, Sourced } from '../wanted/desired.ts'
import { aboutRules } from '../wanted/rule-finding.ts'
import { EMPTY_PAGE, type Page } from '../wanted/rulebook.ts'
import { isAgain } from './again.ts'
import { contestedFields } from './contested.ts'
import type { Context } from './diff.ts'
import { difference, memoryOf } from './diff.ts'
import { type Departures, isLeaving } from './leaving.ts'
import { settingsUnder } from './renamed.ts'

/**
 * How far rules reach: `full`; of users that are on their way out not the status; of those that must not be touched nothing,
 * they are only told of.
 */
export type Reach = 'full' | 'all but status' | 'told'

/**
 * A user as rules and dates make it. `isRuled` where they had something to say; `isDue` is false where the user is not to be made yet, or
 * not any more.
 */
export type Governed = {
  readonly user: DesiredUser
  readonly isRuled: boolean
  readonly isDue: boolean
  readonly findings: ReadonlyArray<Finding>
}

/** How a user stands in the config, and how far rules reach. */
type Standing = { readonly listing: Listing; readonly reachOf: (user: LiveUser) => Reach }

/** How far rules reach in one scope. `isKept` tells of users that the run must not touch for other reasons. */
export const reachIn = (
  context: Context,
  departures: Departures,
  isKept: (user: LiveUser) => boolean,
): { readonly listed: Standing; readonly former: Standing; readonly other: Standing } => {
  const { policy, memory } = context
  const [isIgnored, isProtected] = [patternsOf(policy.ignore), patternsOf(policy.protected)]
  const wasProtected = new Set(memory?.protected)
  const ofListed = (user: LiveUser): Reach =>
    isKept(user) || isProtected(user.username).length > 0 || wasProtected.has(user.username) ? 'told' : 'full'
  const ofOther = (user: LiveUser): Reach => {
    if (isIgnored(user.username).length > 0) return 'told'
    const listed = ofListed(user)
    return listed === 'full' && isLeaving(context, departures, user) ? 'all but status' : listed
  }
  return {
    listed: { listing: 'listed', reachOf: ofListed },
    former: { listing: 'former', reachOf: ofOther },
    other: { listing: 'other', reachOf: ofOther },
  }
}

/** A live user, listed or not, under its rules. */
export const governed = (context: Context, user: DesiredUser, twin: LiveUser, { listing, reachOf }: Standing): Governed => {
  const { username } = user
  const memory = memoryOf(context.memory, username)
  const returns = returning(memory, listing)
  const isBlocked = twin.settings.status === 'blocked'
  // Who is listed again returns from its way out, which is not for rules to say.
  const before = isBlocked && forNow(memory) !== undefined ? returns : undefined
  const isOurs = before !== undefined
  const settings = returns !== undefined && isBlocked ? { ...twin.settings, status: returns } : twin.settings
  const reach = reachOf(twin)
  // Who is on its way out is to be blocked, as far as the config goes.
  const status = reach === 'all but status' ? 'blocked' : textOf(user.managed.status?.value ?? settings.status)
  const page = pageFor(context, user, status, reach)
  const isDated = (user.starts ?? user.expires ?? user.shut) !== undefined
  if (page === EMPTY_PAGE && !isOurs && !isDated) return untouched(user, NONE)
  const failing = page.failing(settings)
  const ofRules = aboutRules({ page, failing, settings, username, isTold: reach === 'told', now: context.now })
  const ofDates = aboutDates(user, context.now)
  const findings = ofDates.length === 0 ? ofRules : [...ofRules, ...ofDates]
  const ended = outside(user, context.now)
  // Dates are the config's own word, so what is protected is withheld as everything else that the config says.
  if (reach === 'told') return ended === undefined ? untouched(user, findings) : ruled(blockedFor(user, ended), findings)
  const wanted = under(page, user, reach)
  if (reach === 'all but status') return wanted === user ? untouched(user, findings) : ruled(wanted, findings)
  const blocks = blockingFor(isOurs ? memory : stranger)
  const why = ended ?? unmetBy(context, wanted, twin, { page, failing, settings, blocks })
  if (why !== undefined) return ruled(blockedFor(wanted, why), findings)
  const kept = isOurs && wanted.managed.status === undefined ? withStatus(wanted, { value: before, source: RETURNS }) : wanted
  const unmet = failing.find(blocks)
  if (isOurs && unmet === undefined) return ruled({ ...kept, freed: true }, findings)
  const mended = kept === user ? untouched(user, findings) : ruled(kept, findings)
  return isBlocked || unmet === undefined ? mended : { ...mended, user: { ...mended.user, unless: whyBy(unmet) } }
}

// A rule that sets the status does not match by it, so a second look finds what the first one leads to.
const pageFor = (context: Context, { username, profile }: DesiredUser, status: string | undefined, reach: Reach): Page => {
  const first = context.pages({ username, profile, status })
  const set = reach === 'full' ? textOf(first.set.status?.value) : undefined
  return set === undefined || set === status ? first : context.pages({ username, profile, status: set })
}

const NONE: ReadonlyArray<Finding> = []

const untouched = (user: DesiredUser, findings: ReadonlyArray<Finding>): Governed => ({
  user,
  isRuled: false,
  isDue: true,
  findings,
})
const ruled = (user: DesiredUser, findings: ReadonlyArray<Finding>): Governed => ({ user, isRuled: true, isDue: true, findings })

/**
 * A listed user that is not live: what rules set is part of its making. Outside its dates it is not made. One that takes over from `former` what a
 * rule blocks for is made blocked; of any other nobody knows what the service will give it, so the next run looks.
 */
export const governedUnborn = (
  context: Context,
  user: DesiredUser,
  former: LiveUser | undefined,
  { reachOf }: Standing,
): Governed => {
  const status = textOf(user.managed.status?.value ?? former?.settings.status) ?? 'allowed'
  const page = pageFor(context, user, status, 'full')
  const wanted = under(page, user, 'full')
  const isDue = outside(user, context.now) === undefined
  const made = former === undefined ? undefined : { ...former, username: user.username, settings: settingsUnder(wanted, former) }
  const blocks = blockingFor(memoryOf(context.memory, former?.username ?? user.username))
  const unmet = made === undefined || reachOf(made) === 'told' ? undefined : page.failing(made.settings).find(blocks)
  const opensAs = textOf(wanted.managed.status?.value) ?? status
  const born =
    unmet === undefined || opensAs === 'blocked' ? wanted : { ...blockedFor(wanted, whyBy(unmet)), blockedFrom: opensAs }
  return { user: born, isRuled: born !== user, isDue, findings: aboutDates(user, context.now) }
}

const RETURNS = 'as before it was blocked for a rule or its dates'

const textOf = (value: Value | undefined): string | undefined => (value === undefined ? undefined : String(value))

/** A user with what a page enforces. */
const under = ({ set, sets: all, laidOver }: Page, user: DesiredUser, reach: Reach): DesiredUser => {
  if (all.length === 0) return user
  const sets = reach === 'full' ? all : all.filter((field) => field !== 'status')
  if (sets.length === 0) return user
  if (sets.length < all.length) return { ...user, managed: over(user.managed, set, sets) }
  const managed = laidOver.get(user.managed) ?? over(user.managed, set, sets)
  laidOver.set(user.managed, managed)
  return { ...user, managed }
}

const over = (weaker: Managed, stronger: Managed, fields: ReadonlyArray<FieldName>): Managed => {
  // Every field stands in it, so that all of many users have one shape, which is what reading them fast hangs on.
  const result: { [F in FieldName]?: Sourced | undefined } = { ...NOTHING, ...weaker }
  for (const field of dropped(stronger.custom_ratelimit?.value)) result[field] = undefined
  for (const field of fields) result[field] = stronger[field]
  return result
}
const NOTHING: Managed = Object.fromEntries(FIELDS.map((field) => [field, undefined]))

const withStatus = (user: DesiredUser, status: Sourced): DesiredUser => ({ ...user, managed: { ...user.managed, status } })

/** A user as blocked for a rule or for its dates. */
export const blockedFor = (user: DesiredUser, { why, ...said }: BlockWhy): DesiredUser => ({
  ...withStatus(user, { value: 'blocked', ...said }),
  blockedFor: why,
})

type Found = {
  readonly page: Page
  readonly failing: ReadonlyArray<Failing>
  readonly settings: Settings
  readonly blocks: Blocking
}

/** Whether a user is to be blocked for a rule that it does not keep to, as far as anybody can tell. */
type Blocking = (failing: Failing) => boolean

/** S3: what the service does not show blocks nobody, and opens nobody: who is blocked for a rule stays so until it is seen to be met. */
const blockingFor =
  ({ ourBlock }: UserMemory): Blocking =>
  ({ rule, waiver, unmet }) =>
    rule.otherwise === 'block' && waiver === undefined && (ourBlock?._tag === 'Rule' || unmet.some(({ known }) => known))

/** The rule for which a user is blocked, unless what is about to be made meets it. */
const unmetBy = (
  context: Context,
  user: DesiredUser,
  twin: LiveUser,
  { page, failing, settings, blocks }: Found,
): BlockWhy | undefined => {
  // What the config itself asks for may be what the rule does not allow.
  const isToChange = (field: FieldName): boolean => {
    const value = user.managed[field]?.value
    return value !== undefined && !same(field, value, settings[field])
  }
  if (!failing.some(blocks) && !page.blockedBy.some(isToChange)) return undefined
  const found = difference(context, user, twin)
  const kept = context.policy.contested === 'hold' ? contestedFields(context, user.username, found) : []
  const repaired: { [F in FieldName]?: Value | undefined } = { ...settings }
  // What is only sent again was sent in vain before, or nobody could see what came of it: the next look shows whether it took.
  for (const change of found.fields) if (!kept.includes(change.field) && !isAgain(change)) repaired[change.field] = change.to
  const first = page.failing(repaired).find(blocks)
  return first === undefined ? undefined : whyBy(first)
}

const whyBy = ({ rule, unmet }: Failing): BlockWhy => ({
  why: `blocked while rule ${rule.id} is not met: ${unmet.map(({ why }) => why).join('; ')}`,
  source: `${rule.source} rule ${rule.id}`,
  rule: rule.id,
})
