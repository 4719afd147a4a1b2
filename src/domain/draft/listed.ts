// Listed users: each against its live twin, one that differs only in case, or nobody. Says what differs and what stands in the way.
import { wayOut } from '../memory/our-block.ts'
import type { Cause, Create, FieldChange, Finding, LiveEdit } from '../plan/plan.ts'
import { causeOfPart } from '../plan/split-change.ts'
import type { LiveState, LiveUser } from '../user/live.ts'
import { Secret } from '../user/secret.ts'
import type { FieldName } from '../user/settings.ts'
import { FIELDS } from '../user/settings.ts'
import { differingIn, usernameFault } from '../user/username.ts'
import type { DesiredUser } from '../wanted/desired.ts'
import type { Scope } from '../wanted/scope.ts'
import { carried } from './carried.ts'
import { contest, contestedFields, leftToPeople } from './contested.ts'
import type { Context, Difference } from './diff.ts'
import { difference, isAlike, memoryOf } from './diff.ts'
import { type Named, type World, withhold } from './draft.ts'
import { type Both, makeable } from './makeable.ts'
import { formerElsewhere } from './moved.ts'
import { IN_SYNC, type Part } from './part.ts'
import { formerAway, formerOf, inherited } from './renamed.ts'
import { refusal, vain } from './vain.ts'

/** A user as it should be, and its live twin. */
export const pair = (context: Context, world: World, live: LiveState, user: DesiredUser, twin: LiveUser): Part => {
  const found = difference(context, user, twin)
  if (isAlike(found)) return IN_SYNC
  const { username } = user
  const told = { unobservable: named(username, found.unobservable), assumed: named(username, found.assumed) }
  if (found.fields.length === 0 && found.notTaking.length === 0) return { ...told, inSync: 1 }
  const { withheld: inVain, whole } = vain(context, { user, twin, live, found })
  const both = { user, twin, live }
  const change = carried(context, both, changeOf(user, found, whole))
  if (change.fields.length === 0) return { ...told, withheld: inVain }
  const others = elsewhere(world, username, live.scope)
  if (others.length > 0)
    return {
      ...told,
      withheld: [...inVain, withhold(change, 'impossible', liveTwice(others))],
    }
  const { made, withheld } = makeable(context, both, { change, whole })
  const held = [...inVain, ...withheld]
  if (made === undefined) return { ...told, withheld: held }
  const rest = withoutContested(context, both, found, made)
  return { ...told, ...rest, withheld: [...held, ...(rest.withheld ?? [])] }
}

/** What is due of a change beside what is contested, which is left to people where the policy says so. */
const withoutContested = (context: Context, both: Both, found: Difference, made: LiveEdit): Part => {
  const { user } = both
  const contested = contestedFields(context, user.username, found)
  const findings = contested.map((field) => contest(user.username, field))
  const kept = context.policy.contested === 'hold' ? made.fields.filter(({ field }) => contested.includes(field)) : []
  if (kept.length === 0) return { findings, due: [made] }
  const left = withhold(changeOf(user, { ...found, fields: kept }, []), 'contested', leftToPeople(contested))
  const fields = made.fields.filter((one) => !kept.includes(one))
  if (fields.length === 0) return { findings, withheld: [left], due: [] }
  const whole = made.whole === true ? fields : []
  const free = changeOf(user, { ...found, fields: made.whole === true ? [] : fields }, whole)
  if (carried(context, both, free) !== free)
    return { findings, withheld: [left, withhold(free, 'impossible', WITH_A_HELD_PASSWORD)] }
  // S12: what is left is another request, which may have been refused by itself.
  const { made: due, withheld } = makeable(context, both, { change: free, whole })
  return { findings, withheld: [left, ...withheld], due: due === undefined ? [] : [due] }
}

const WITH_A_HELD_PASSWORD = 'only the full edit can make this, and it would set email_password too, which is held'

/** A user that we blocked on its way out and that is listed again gets the status from before our block, unless the config says one. */
export const restored = (context: Context, user: DesiredUser, twin: LiveUser): DesiredUser => {
  const way = wayOut(memoryOf(context.memory, user.username))
  if (way === undefined || user.managed.status !== undefined || twin.settings.status !== 'blocked') return user
  const status = { value: way.returnsTo, source: `${user.source}, listed again: as before our block` }
  return { ...user, managed: { ...user.managed, status } }
}

const named = (username: string, fields: ReadonlyArray<FieldName>) => (fields.length === 0 ? [] : [{ username, fields }])

const changeOf = (user: DesiredUser, found: Difference, whole: ReadonlyArray<FieldChange>): LiveEdit => {
  const fields = FIELDS.flatMap((field) => [...found.fields, ...whole].filter((change) => change.field === field))
  const blocks = fields.some(({ field, to }) => field === 'status' && to === 'blocked')
  const notes = [
    ...(blocks && user.blockedFor !== undefined ? [user.blockedFor] : []),
    ...(whole.length > 0 ? ['goes by the full edit: PATCH was seen not to make it'] : []),
    ...fields.flatMap(({ to }) =>
      to instanceof Secret && to.unsaved !== undefined
        ? [`no password file at ${to.unsaved}; a new one will be made and set`]
        : [],
    ),
  ]
  const edit = {
    username: user.username,
    cause: causeOfPart(found.cause, fields),
    fields,
    ...(whole.length > 0 ? { whole: true as const } : {}),
    ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
  }
  return blocks
    ? { change: 'block', ...edit, ends: user.blockedFor === undefined ? 'never' : 'returns' }
    : { change: 'update', ...edit }
}

/** Why a user that is live in other scopes too is left alone. */
export const liveTwice = (others: ReadonlyArray<Scope>): string =>
  `this name is also live in ${others.join(', ')}: it is written in neither; remove one of the two`

/** The other scopes in which a name is live, as far as is known. */
export const elsewhere = (world: World, username: string, scope: Scope): ReadonlyArray<Scope> =>
  world.liveIn(username).filter((one) => one !== scope)

/** A listed user that is not live. */
export const missing = (context: Context, world: World, live: LiveState, user: DesiredUser): Part => {
  const { username } = user
  const { scope } = live
  const managed = inherited(user, formerOf(context, user, live))
  const fields = FIELDS.flatMap((field): ReadonlyArray<FieldChange> => {
    const wanted = managed[field]
    // What returns when the block ends stands where it does in any other block.
    const from = field === 'status' ? user.blockedFrom : undefined
    if (wanted === undefined) return []
    const { value: to, ...said } = wanted
    return [{ field, from, to, ...said }]
  })
  const notes = [
    ...(user.blockedFor === undefined ? [] : [user.blockedFor]),
    ...(managed.email_password === undefined ? ['no password is declared: the service makes one, and it is not kept here'] : []),
  ]
  const change: Create = {
    change: 'create',
    username,
    cause: createCause(context, username),
    fields,
    ...(user.blockedFor === undefined ? {} : { returns: true }),
    ...(user.previously.length === 0 ? {} : { formerly: user.previously }),
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
  }
  const fault = usernameFault(username)
  const because = (why: string): Part => ({ withheld: [withhold(change, 'impossible', why)] })
  const before = (world.lastSeenIn?.get(username) ?? []).filter((one) => one !== scope)
  const others = [...new Set(world.nearlyIn(username))].filter((one) => one !== scope && !before.includes(one))
  if (others.length > 0) return because(`this name is taken: it is live in ${others.join(', ')}`)
  if (before.length > 0)
    return because(
      `this name is taken: it was live in ${before.join(', ')} when that was last read; to end that, let it be read again, or take it out of the config if it is gone for good`,
    )
  if (context.policy.missing === 'report')
    return { withheld: [withhold(change, 'report_only', 'listed but not live, and policy.missing is report')] }
  if (fault !== undefined) return because(`the service takes no new user of this name (${user.source}): ${fault}`)
  const awayFrom = formerElsewhere(context, user, { world, live, cause: change.cause })
  if (awayFrom !== undefined) return because(awayFrom)
  const away = formerAway(context, user, live)
  if (away !== undefined) return { withheld: [withhold({ ...change, unseen: true }, 'impossible', awayText(away))] }
  const refused = refusal(context, change)
  return refused === undefined ? { due: [change] } : { withheld: [refused] }
}

const awayText = (former: string): string =>
  `${former} is not in this answer, and this user is to keep its settings: it waits for a few more answers; made without them where \`previously\` does not name that one`

const createCause = (context: Context, username: string): Cause => {
  if (context.memory === undefined) return 'first_run'
  const memory = memoryOf(context.memory, username)
  if (memory.pending !== undefined && memory.pending.answered !== true) return 'retry'
  return context.seen.has(username) ? 'drift' : (context.last.causeOf(username) ?? 'config')
}

const bareCreate = (context: Context, { username }: DesiredUser): Create => ({
  change: 'create',
  username,
  cause: createCause(context, username),
  fields: [],
})

/** A listed user of whom only another spelling is live: nothing is made, since one of the two is a mistake (S15). */
export const caseOnly = (context: Context, user: DesiredUser, nearly: LiveUser): Part => {
  const why = `the live user is spelled ${nearly.username}: write it so in the config`
  const change = bareCreate(context, user)
  const finding: Finding = {
    rule: 'case-only-difference',
    severity: 'medium',
    username: user.username,
    message: why,
    source: user.source,
  }
  return {
    withheld: [withhold(change, 'impossible', `differs from a live user ${differingIn(user.username, nearly.username)}; ${why}`)],
    findings: [finding],
  }
}

/** A live user that differs from a listed one in its spelling only: another user, for which that name stands in no list. */
export const secondSpelling = ({ username }: LiveUser, { username: name, source }: Named): Part => ({
  findings: [
    {
      rule: 'case-only-difference',
      severity: 'medium',
      username,
      message: `differs ${differingIn(name, username)} from ${name}, which is listed: this one is left alone; remove one of the two`,
      source,
    },
  ],
})

/** A new name of whose old ones one is live only in another spelling: it would be made without what that one has (S15). */
export const formerCaseOnly = (context: Context, user: DesiredUser, name: string, nearly: LiveUser): Part => {
  const why = `its former name ${name} differs from a live user ${differingIn(name, nearly.username)}`
  return {
    withheld: [
      withhold(
        bareCreate(context, user),
        'impossible',
        `${why}; that one is spelled ${nearly.username}: write it so in the config`,
      ),
    ],
  }
}
