// Remembering: pure updates of the ledger, before the writes of a scope and after them.
import { capsOf, isRolling, spentLately } from './caps.ts'
import type { DesiredScope, DesiredUser } from './desired.ts'
import { memoryOf } from './diff.ts'
import { targetText } from './digest.ts'
import type { Draft } from './draft.ts'
import { holding, isStop } from './hold.ts'
import { departuresOf, leavingAfter } from './leaving.ts'
import type { Approval, Ledger, NotTaking, Print, ScopeMemory, UserMemory } from './ledger.ts'
import { DAY, stranger } from './ledger.ts'
import { sidesOf } from './listed.ts'
import type { LiveState, LiveUser } from './live.ts'
import { missed } from './outcome.ts'
import type { Change, Ended, HoldReason } from './plan.ts'
import { lossOf, takesAway } from './policy.ts'
import type { Prints } from './prints.ts'
import { printOf } from './prints.ts'
import type { Scope } from './scope.ts'
import type { FieldName } from './settings.ts'
import { FIELDS, same } from './settings.ts'
import { type Glob, matchesAny } from './username.ts'

const newScope = (now: number, origin: Print): ScopeMemory => ({
  since: now,
  trusted: false,
  origin,
  lastSeen: [],
  listed: 0,
  files: [],
  protected: [],
  users: new Map(),
  spent: [],
})

const withScope = (ledger: Ledger, scope: Scope, memory: ScopeMemory): Ledger => ({
  ...ledger,
  scopes: new Map([...ledger.scopes, [scope, memory]]),
})

type Before = {
  readonly scope: Scope
  readonly changes: ReadonlyArray<Change>
  readonly origin: Print
  readonly prints: Prints
  readonly now: number
}

/** Before the writes: every change is pending, has consumed its caps, and has used up its approval. */
export const beforeWrites = (ledger: Ledger, { scope, changes, origin, prints, now }: Before): Ledger => {
  const memory = ledger.scopes.get(scope) ?? newScope(now, origin)
  const users = new Map(memory.users)
  for (const change of changes) {
    const wanted = new Map(change.fields.map(({ field, to }) => [field, printOf(prints, to)]))
    const pending = { change: change.change, wanted, at: now }
    users.set(change.username, { ...memoryOf(memory, change.username), pending })
  }
  const fresh = changes.flatMap((change) =>
    capsOf(change)
      .filter(isRolling)
      .map((cap) => ({ cap, username: change.username, at: now })),
  )
  const used = new Set(changes.map((change) => targetText(prints, scope, change)))
  return {
    ...withScope(ledger, scope, { ...memory, users, spent: [...spentLately(memory, now), ...fresh] }),
    approvals: ledger.approvals
      .map((one): Approval => ({ ...one, changes: one.changes.filter((text) => !used.has(text)) }))
      .filter((one) => one.changes.length > 0 && one.until > now),
    holds: holding(ledger.holds, now),
  }
}

/** Whether an approval is what is left of another one. */
const isRestOf = (one: Approval, whole: Approval): boolean =>
  one.until === whole.until &&
  one.by === whole.by &&
  one.reason === whole.reason &&
  one.changes.every((text) => whole.changes.includes(text))

/** The ledger as a run found it at its start, with what a person decided since. */
export const rewound = (now: Ledger, found: Ledger): Ledger => ({
  ...now,
  keys: found.keys,
  approvals: [...found.approvals, ...now.approvals.filter((one) => !found.approvals.some((whole) => isRestOf(one, whole)))],
  scopes: new Map(
    [...found.scopes].map(([scope, memory]) => [
      scope,
      { ...memory, protected: now.scopes.get(scope)?.protected ?? memory.protected },
    ]),
  ),
})

/** Reasons that no approval and no waiting takes away: what is held for them says nothing about a shorter list. */
const LASTING: ReadonlyArray<HoldReason> = ['protected', 'impossible', 'not_converging', 'report_only']

type After = {
  readonly draft: Draft
  readonly desired: DesiredScope
  /** The files of the config. */
  readonly files: ReadonlyArray<string>
  readonly ended: ReadonlyArray<Ended>
  /** Usernames whose change the service refused for what it is, with its words. */
  readonly refused: ReadonlyMap<string, string>
  /** The last answer of the service: read back, or the first where nothing was written or reading back failed. */
  readonly live: LiveState
  readonly origin: Print
  readonly prints: Prints
  readonly now: number
  readonly person: boolean
  /** Globs of users that are protected. */
  readonly protect: ReadonlyArray<Glob>
  /** Only some users were looked at. */
  readonly filtered: boolean
}

/** After a run of a scope: what was seen, what was sent, what did not take. */
export const afterRun = (ledger: Ledger, after: After): Ledger => {
  const { draft, live, now } = after
  const memory = ledger.scopes.get(draft.scope) ?? newScope(now, after.origin)
  const liveByName = new Map(live.users.map((user) => [user.username, user]))
  const endedByName = new Map(after.ended.map((one) => [one.username, one]))
  const assumed = new Map(draft.assumed.map(({ username, fields }) => [username, fields]))
  const users = new Map(
    after.desired.users.map((user) => {
      const facts = {
        user,
        live: liveByName.get(user.username),
        ended: endedByName.get(user.username),
        assumed: assumed.get(user.username) ?? [],
        after,
      }
      return [user.username, remembered(memoryOf(memory, user.username), facts)]
    }),
  )
  const departures = departuresOf(after.desired)
  const isReplaced = (username: string): boolean => liveByName.has(departures.successors.get(username)?.username ?? '')
  for (const one of live.users) {
    if (users.has(one.username)) continue
    const before = memoryOf(memory, one.username)
    const ended = endedByName.get(one.username)
    const isStopped = ended !== undefined && isStop(ledger.holds, now, ended)
    const kept = unlisted(before, { live: one, ended, isStopped, isReplaced: isReplaced(one.username), now })
    if (kept !== undefined) users.set(one.username, kept)
  }
  // S3: the longer list is remembered until what its loss would take away was done, by approval, or is not asked for any more.
  const done = new Set(after.ended.filter(isDone).map(({ username }) => username))
  const open = draft.withheld.filter(({ reason }) => !LASTING.includes(reason)).map(({ change }) => change)
  const withheld = [...draft.due, ...open].some((change) => takesAway(change) && !done.has(change.username))
  const shrunk = lossOf(memory, draft.listed, after.files) !== undefined && (withheld || after.filtered)
  const names = live.users.map((user) => user.username)
  return withScope(ledger, draft.scope, {
    since: memory.since,
    trusted: memory.trusted || (after.person && !after.filtered),
    origin: after.origin,
    lastSeen: names,
    listed: shrunk ? memory.listed : draft.listed,
    files: shrunk ? memory.files : after.desired.files,
    protected: [...new Set([...memory.protected, ...names.filter((name) => matchesAny(after.protect, name))])],
    users,
    spent: spentLately(memory, now),
  })
}

type Left = {
  readonly live: LiveUser
  readonly ended: Ended | undefined
  /** Whether an emergency stop asked for the change. */
  readonly isStopped: boolean
  /** Whether the user that takes its place is live. */
  readonly isReplaced: boolean
  readonly now: number
}

/** What to remember of a live user that is not listed; nothing where it is not on its way out. */
const unlisted = (memory: UserMemory, { live, ended, isStopped, isReplaced, now }: Left): UserMemory | undefined => {
  const pending = pendingAfter(memory, ended)
  const wasOpen = ended?.change === 'block'
  const blocked = wasOpen && !isStopped && isDone(ended) ? ended : undefined
  const leaving = leavingAfter(memory.leaving, { live, blocked, wasOpen, isReplaced, now })
  return pending === undefined && leaving === undefined ? undefined : { ...stranger, pending, leaving }
}

const pendingAfter = (memory: UserMemory, ended: Ended | undefined): UserMemory['pending'] =>
  ended === undefined || ended.outcome === 'unknown' ? memory.pending : undefined

type UserFacts = {
  readonly user: DesiredUser
  readonly live: LiveUser | undefined
  readonly ended: Ended | undefined
  readonly assumed: ReadonlyArray<FieldName>
  readonly after: After
}

const remembered = (memory: UserMemory, facts: UserFacts): UserMemory => {
  const sent = sentOf(memory, facts)
  return {
    wanted: wantedOf(memory, facts, sent),
    sent,
    notTaking: notTakingOf(memory, facts),
    refused: refusedOf(memory, facts),
    repairs: repairsOf(memory, facts),
    pending: pendingOf(memory, facts),
    leaving: facts.live?.settings.status === 'blocked' && facts.user.managed.status === undefined ? memory.leaving : undefined,
  }
}

const pendingOf = ({ pending }: UserMemory, { user, live, ended, after }: UserFacts): UserMemory['pending'] => {
  if (pending === undefined || (ended !== undefined && ended.outcome !== 'not_attempted'))
    return ended?.outcome === 'unknown' ? pending : undefined
  // It took effect after we had looked.
  const isThere = [...pending.wanted].every(([field, print]) => {
    const value = user.managed[field]?.value
    return value === undefined || (printOf(after.prints, value) === print && same(field, live?.settings[field], value))
  })
  return live !== undefined && isThere ? undefined : pending
}

const isDone = (ended: Ended | undefined): boolean => ended?.outcome === 'verified' || ended?.outcome === 'unobservable'

const sentOf = (memory: UserMemory, { user, live, ended, assumed, after }: UserFacts): UserMemory['sent'] => {
  const sent = new Map(memory.sent)
  for (const field of FIELDS) {
    const wanted = user.managed[field]
    const isSent =
      ended !== undefined &&
      (isDone(ended) || ended.outcome === 'not_converged') &&
      ended.fields.some((change) => change.field === field)
    if (wanted === undefined) sent.delete(field)
    else if (assumed.includes(field) || (isSent && isBlind(field, live)))
      sent.set(field, { print: printOf(after.prints, wanted.value), at: after.now })
  }
  return sent
}

// A password is remembered even where the service shows it now, since it may stop showing it.
const isBlind = (field: FieldName, live: LiveUser | undefined): boolean =>
  field === 'email_password' || live?.settings[field] === undefined

const wantedOf = (memory: UserMemory, { user, live, after }: UserFacts, sent: UserMemory['sent']): UserMemory['wanted'] => {
  const wanted = new Map<FieldName, Print>()
  for (const field of FIELDS) {
    const value = user.managed[field]?.value
    if (value === undefined) continue
    const print = printOf(after.prints, value)
    const shown = live?.settings[field]
    const reached = shown === undefined ? sent.get(field)?.print === print : same(field, shown, value)
    const before = memory.wanted.get(field)
    if (reached) wanted.set(field, print)
    else if (before !== undefined) wanted.set(field, before)
  }
  return wanted
}

const notTakingOf = (memory: UserMemory, { live, ended, after, user }: UserFacts): ReadonlyArray<NotTaking> => {
  const { now, prints } = after
  const printed = (field: FieldName) => ({
    wanted: printOf(prints, user.managed[field]?.value),
    live: printOf(prints, live?.settings[field]),
  })
  const fresh =
    ended?.outcome === 'not_converged' && live !== undefined
      ? missed(ended, live).map(({ field }): NotTaking => ({ field, ...printed(field), at: now }))
      : []
  const old = memory.notTaking.filter((one) => {
    const is = printed(one.field)
    return (
      now - one.at < DAY && one.wanted === is.wanted && one.live === is.live && !fresh.some(({ field }) => field === one.field)
    )
  })
  return [...old, ...fresh]
}

const refusedOf = (memory: UserMemory, { ended, after, user }: UserFacts): UserMemory['refused'] => {
  const message = after.refused.get(user.username)
  if (ended !== undefined && message !== undefined && !isDone(ended))
    return { wanted: sidesOf(after, ended.fields, 'to'), live: sidesOf(after, ended.fields, 'from'), at: after.now, message }
  return ended === undefined && memory.refused !== undefined && after.now - memory.refused.at < DAY ? memory.refused : undefined
}

const repairsOf = (memory: UserMemory, { ended, after }: UserFacts): UserMemory['repairs'] => {
  const repairs = new Map<FieldName, ReadonlyArray<number>>()
  for (const [field, times] of memory.repairs) {
    const recent = times.filter((at) => after.now - at < DAY)
    if (recent.length > 0) repairs.set(field, recent)
  }
  // What cannot be read was not seen to be set back: sending it again is no repair.
  const seen = ended?.cause === 'drift' && isDone(ended) ? ended.fields.filter(({ from }) => from !== undefined) : []
  for (const { field } of seen) repairs.set(field, [...(repairs.get(field) ?? []), after.now])
  return repairs
}
