// Draft: everything that differs in one scope, before any policy or guard has looked at it.
import { E } from '../fp.ts'
import type { DesiredScope, DesiredUser } from './desired.ts'
import type { Context, Difference } from './diff.ts'
import { difference, memoryOf } from './diff.ts'
import { editOf } from './edit.ts'
import { DAY } from './ledger.ts'
import type { LiveState, LiveUser } from './live.ts'
import type { Cause, Change, FieldChange, Finding, HoldReason } from './plan.ts'
import type { Scope } from './scope.ts'
import type { FieldName } from './settings.ts'
import { FIELDS } from './settings.ts'
import { fold, matchesAny, usernameFault } from './username.ts'
import { refusal, vain } from './vain.ts'

/** A change that is not made now, with the reason in words; `approvable` where an approval of the digest lets it through. */
export type Withheld = {
  readonly change: Change
  readonly reason: HoldReason
  readonly why: string
  readonly approvable: boolean
}

export type Draft = {
  readonly scope: Scope
  readonly live: LiveState
  readonly listed: number
  readonly due: ReadonlyArray<Change>
  readonly withheld: ReadonlyArray<Withheld>
  readonly findings: ReadonlyArray<Finding>
  readonly unlisted: ReadonlyArray<string>
  readonly ignored: number
  readonly inSync: number
  readonly unobservable: ReadonlyArray<{ readonly username: string; readonly fields: ReadonlyArray<FieldName> }>
  readonly assumed: ReadonlyArray<{ readonly username: string; readonly fields: ReadonlyArray<FieldName> }>
}

/** What one scope must know of the others. */
export type World = {
  /** The scopes in which a username is live. */
  readonly liveIn: ReadonlyMap<string, ReadonlyArray<Scope>>
  /** Every username that some scope of the config lists. */
  readonly listed: ReadonlySet<string>
  /** Where a username was when a scope that was not read in this run was last read. */
  readonly lastSeenIn?: ReadonlyMap<string, ReadonlyArray<Scope>>
}

type Part = Partial<Pick<Draft, 'due' | 'withheld' | 'findings' | 'unlisted' | 'unobservable' | 'assumed'>> & {
  readonly inSync?: number
  readonly ignored?: number
}

/** Pairs desired and live users of a scope and says what differs. Users listed in no scope are left alone unless the policy says otherwise. */
export const draft = (context: Context, world: World, desired: DesiredScope, live: LiveState): Draft => {
  const byName = new Map(live.users.map((user) => [user.username, user]))
  const byFold = new Map(live.users.map((user) => [fold(user.username), user]))
  const folds = new Set(desired.users.map((user) => fold(user.username)))
  const parts = [
    ...desired.users.map((user) => {
      const twin = byName.get(user.username)
      if (twin !== undefined) return pair(context, world, live, user, twin)
      const nearly = byFold.get(fold(user.username))
      return nearly === undefined ? missing(context, world, desired.scope, user) : caseOnly(context, user, nearly)
    }),
    ...live.users
      .filter((user) => !world.listed.has(user.username) && !folds.has(fold(user.username)))
      .map((user) => left(context, user)),
    ...live.users.map((user) => aboutLive(world, user)),
  ]
  const all = <A>(of: (part: Part) => ReadonlyArray<A> | undefined): ReadonlyArray<A> => parts.flatMap((part) => of(part) ?? [])
  return {
    scope: desired.scope,
    live,
    listed: desired.users.length,
    due: all((part) => part.due),
    withheld: all((part) => part.withheld),
    findings: all((part) => part.findings),
    unlisted: all((part) => part.unlisted),
    ignored: parts.reduce((sum, part) => sum + (part.ignored ?? 0), 0),
    inSync: parts.reduce((sum, part) => sum + (part.inSync ?? 0), 0),
    unobservable: all((part) => part.unobservable),
    assumed: all((part) => part.assumed),
  }
}

const withhold = (change: Change, reason: HoldReason, why: string): Withheld => ({ change, reason, why, approvable: false })

const pair = (context: Context, world: World, live: LiveState, user: DesiredUser, twin: LiveUser): Part => {
  const found = difference(context, user, twin)
  const { username } = user
  const told = { unobservable: named(username, found.unobservable), assumed: named(username, found.assumed) }
  if (found.fields.length === 0 && found.notTaking.length === 0) return { ...told, inSync: 1 }
  const { withheld: inVain, whole } = vain(context, { user, twin, live, found })
  const change = changeOf(username, found, whole)
  if (change.fields.length === 0) return { ...told, withheld: inVain }
  const others = elsewhere(world, username, live.scope)
  if (others.length > 0)
    return {
      ...told,
      withheld: [
        ...inVain,
        withhold(
          change,
          'impossible',
          `this name is also live in ${others.join(', ')}: it is written in neither; remove one of the two`,
        ),
      ],
    }
  const refused = refusal(context, change)
  if (refused !== undefined) return { ...told, withheld: [...inVain, refused] }
  const mode = whole.length > 0 ? 'full' : context.policy.edit
  const edit = editOf({ fields: change.fields, managed: user.managed, user: twin, live, mode })
  if (E.isLeft(edit)) return { ...told, withheld: [...inVain, withhold(change, 'impossible', edit.left)] }
  const contested = contestedFields(context, username, found)
  const findings = contested.map((field) => contest(username, field))
  return contested.length > 0 && context.policy.contested === 'hold'
    ? {
        ...told,
        findings,
        withheld: [
          ...inVain,
          withhold(
            change,
            'contested',
            `${contested.join(', ')}: somebody keeps setting this back, and policy.contested is hold`,
          ),
        ],
      }
    : { ...told, findings, withheld: inVain, due: [change] }
}

const named = (username: string, fields: ReadonlyArray<FieldName>) => (fields.length === 0 ? [] : [{ username, fields }])

const changeOf = (username: string, found: Difference, whole: ReadonlyArray<FieldChange>): Change => {
  const fields = FIELDS.flatMap((field) => [...found.fields, ...whole].filter((change) => change.field === field))
  const blocks = fields.some(({ field, to }) => field === 'status' && to === 'blocked')
  const change: Change = { change: blocks ? 'block' : 'update', username, cause: found.cause, fields }
  return whole.length === 0 ? change : { ...change, whole: true, note: 'goes by the full edit: PATCH was seen not to make it' }
}

const elsewhere = (world: World, username: string, scope: Scope): ReadonlyArray<Scope> =>
  (world.liveIn.get(username) ?? []).filter((one) => one !== scope)

const missing = (context: Context, world: World, scope: Scope, user: DesiredUser): Part => {
  const { username, managed } = user
  const fields = FIELDS.flatMap((field): ReadonlyArray<FieldChange> => {
    const wanted = managed[field]
    return wanted === undefined ? [] : [{ field, from: undefined, to: wanted.value, source: wanted.source }]
  })
  const note =
    managed.email_password === undefined
      ? { note: 'no password is declared: the service makes one, and it is not kept here' }
      : {}
  const change: Change = { change: 'create', username, cause: createCause(context, username), fields, ...note }
  const others = elsewhere(world, username, scope)
  const fault = usernameFault(username)
  const because = (why: string): Part => ({ withheld: [withhold(change, 'impossible', why)] })
  const before = (world.lastSeenIn?.get(username) ?? []).filter((one) => one !== scope)
  if (others.length > 0) return because(`this name is taken: it is live in ${others.join(', ')}`)
  if (before.length > 0) return because(`this name is taken: it was live in ${before.join(', ')} when that was last read`)
  if (fault !== undefined) return because(`the service does not take this username: ${fault}`)
  if (context.policy.missing === 'report')
    return { withheld: [withhold(change, 'report_only', 'listed but not live, and policy.missing is report')] }
  const refused = refusal(context, change)
  return refused === undefined ? { due: [change] } : { withheld: [refused] }
}

const createCause = (context: Context, username: string): Cause => {
  if (context.memory === undefined) return 'first_run'
  const memory = memoryOf(context.memory, username)
  if (memory.pending !== undefined) return 'retry'
  return context.seen.has(username) ? 'drift' : 'config'
}

const caseOnly = (context: Context, user: DesiredUser, nearly: LiveUser): Part => {
  const why = `the live user is spelled ${nearly.username}: write it so in the config`
  const change: Change = { change: 'create', username: user.username, cause: createCause(context, user.username), fields: [] }
  const finding: Finding = {
    rule: 'case-only-difference',
    severity: 'medium',
    username: user.username,
    message: why,
    source: user.source,
  }
  return { withheld: [withhold(change, 'impossible', `differs from a live user only in case; ${why}`)], findings: [finding] }
}

const left = (context: Context, user: LiveUser): Part => {
  const { policy } = context
  const { username } = user
  if (policy.unlisted === 'ignore' || matchesAny(policy.ignore, username)) return { ignored: 1 }
  if (policy.unlisted === 'report') return { unlisted: [username] }
  if (user.settings.status === 'blocked') return {}
  const fields: ReadonlyArray<FieldChange> = [
    { field: 'status', from: user.settings.status, to: 'blocked', source: 'policy.unlisted block' },
  ]
  const cause = context.memory === undefined ? 'first_run' : context.seen.has(username) ? 'config' : 'drift'
  return { due: [{ change: 'block', username, cause, fields }] }
}

const aboutLive = (world: World, user: LiveUser): Part => {
  const findings: Array<Finding> = []
  const { username } = user
  if (user.sendingAllowed === false && user.settings.status === 'allowed')
    findings.push({
      rule: 'provider-block',
      severity: 'high',
      username,
      message: 'the provider has stopped this user from sending although its status is allowed; ask SMTP2GO support',
    })
  const scopes = world.liveIn.get(username) ?? []
  if (scopes.length > 1)
    findings.push({
      rule: 'listed-in-two-scopes',
      severity: 'medium',
      username,
      message: `live in ${scopes.join(' and ')}: it is written in neither`,
    })
  return { findings }
}

/** Fields whose drift is about to be repaired for the third time or more within 24 hours. */
const contestedFields = (context: Context, username: string, found: Difference): ReadonlyArray<FieldName> => {
  if (found.cause !== 'drift') return []
  const { repairs } = memoryOf(context.memory, username)
  return found.fields
    .map(({ field }) => field)
    .filter((field) => (repairs.get(field) ?? []).filter((at) => context.now - at < DAY).length >= 2)
}

const contest = (username: string, field: FieldName): Finding => ({
  rule: 'contested',
  severity: 'high',
  username,
  message: `${field} was set back by somebody at least three times in 24 hours: find out who else changes this user`,
})
