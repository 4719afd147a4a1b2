// Remembering one user after a run: what was reached, what was sent unseen, what did not take, what was refused, what is still open.
import { DAY } from '../basics/time.ts'
import { wasWanted } from '../draft/diff.ts'
import { foundShutAfter } from '../draft/found-shut.ts'
import { owedAfter, type SuccessorState } from '../draft/renamed.ts'
import { sidesOf } from '../draft/vain.ts'
import { leavingAfter } from '../memory/grace.ts'
import {
  blockAfter,
  departed,
  looksWithout,
  removalAfter,
  shutFrom,
  tried,
  type UserLook,
  unlessOpened,
  unseenBlock,
  wasSeenOpen,
} from '../memory/late.ts'
import { unlessGone } from '../memory/left-out.ts'
import { notTakingOf, refusedFields } from '../memory/not-taking.ts'
import { forNow, leavingOf, onItsWay, wayOut } from '../memory/our-block.ts'
import { overtakenStill } from '../memory/overtaken.ts'
import { type Pending, stranger, type UserMemory } from '../memory/user-memory.ts'
import { isDone } from '../plan/outcome.ts'
import { blockEnd, type Ended } from '../plan/plan.ts'
import type { LiveUser } from '../user/live.ts'
import { type Print, type Prints, printOf } from '../user/prints.ts'
import type { FieldName } from '../user/settings.ts'
import { FIELDS, same } from '../user/settings.ts'
import { outside } from '../wanted/dates.ts'
import type { DesiredUser } from '../wanted/desired.ts'
import { doubtedAfter, hiddenStill, isSure, sentOf } from './sent.ts'

/** What is the same for all users of a run. */
export type RunFacts = {
  /** Nobody knows what the config asked for before. */
  readonly isFirst: boolean
  /** Users that the service says it changed although they were not meant. */
  readonly alsoChanged: ReadonlySet<string>
  readonly prints: Prints
  readonly now: number
}

type Left = {
  /** As it was shown last, and by the look that the run is based on. */
  readonly live: LiveUser
  readonly planned: LiveUser | undefined
  readonly ended: Ended | undefined
  /** How the user stands that takes its place. */
  readonly successor: SuccessorState | undefined
  readonly after: RunFacts
}

/** What to remember of a live user that is not listed; nothing where it is not on its way out. */
export const unlisted = (before: UserMemory, { live, planned, ended, successor, after }: Left): UserMemory | undefined => {
  const look = { live, planned, ended, now: after.now }
  const memory = unlessGone(before, look)
  const isStill = memory.pending?.change !== 'remove' && (tried(ended) === undefined || isOpen(ended))
  const pending = isStill ? memory.pending : removalAfter(memory, look)
  const wasOpen = ended?.change === 'block' || wasSeenOpen(memory, look)
  const blockedFrom = shutFrom(memory, look)
  const leaving =
    departed(memory, look) ?? leavingAfter(leavingOf(memory), { live, blockedFrom, wasOpen, successor, now: after.now })
  const block = blockAfter(memory, look)
  const way = onItsWay(leaving)
  const ourBlock = way.ourBlock ?? forNowAfter(unlessOpened(memory, look), look)
  // All that is ever asked of an unlisted user is to be blocked, and to be gone.
  const managed = { status: { value: 'blocked', source: '' } }
  const user = { username: live.username, managed, previously: [], source: '' }
  const facts = { user, live, planned, ended, assumed: [], after }
  const notTaking = notTakingOf(memory, facts)
  const refused = refusedOf(memory, facts)
  const isNothing =
    pending === undefined &&
    block === undefined &&
    ourBlock === undefined &&
    way.replaced === undefined &&
    refused.length === 0 &&
    notTaking.length === 0
  return isNothing ? undefined : { ...stranger, ...way, pending, block, ourBlock, notTaking, refused }
}

/** A user on its way out, or not: `left` is what that leaves to remember, and `departs` whether its status is asked for by it. */
type OnTheWay = { readonly left: UserMemory | undefined; readonly departs: boolean }

/** What to remember of a live user that is not listed, and for whom a rule says something. */
export const withRules = (memory: UserMemory, facts: UserFacts, { left, departs }: OnTheWay): UserMemory => {
  const ours = remembered(memory, facts)
  // Nobody has dates who is not listed, so what it is for is as it was, unless its new name shuts it; nor returns from its way out.
  const isBlocked = forNow(ours) !== undefined || (left !== undefined && wayOut(left) !== undefined)
  const isOurs = [...(memory.pending?.wanted.keys() ?? [])].every((field) => facts.user.managed[field] !== undefined)
  const ofWay = departs ? (left?.notTaking ?? []).filter(({ field }) => field === 'status') : []
  const notTaking = [...ours.notTaking.filter(({ field }) => !departs || field !== 'status'), ...ofWay]
  const block = facts.user.shut === undefined ? left?.ourBlock : (ours.ourBlock ?? left?.ourBlock)
  const way = { ourBlock: isBlocked ? block : undefined, replaced: left?.replaced }
  return { ...ours, ...way, notTaking, pending: isOurs ? ours.pending : left?.pending }
}

/** Our block for now is remembered while the user is, or may yet be, blocked by it. */
const forNowAfter = (memory: UserMemory, look: UserLook): ReturnType<typeof forNow> => {
  const status = look.live?.settings.status
  const isKept = status === undefined || status === 'blocked' || blockAfter(memory, look) !== undefined
  return isKept ? forNow(memory) : undefined
}

/** Whether what was sent may have come to pass. Who is there though the service said no was made by somebody else, or by the same add before. */
const isOpen = (ended: Ended | undefined, sent?: Pending): boolean =>
  ended?.outcome === 'unknown' && (ended.refusal === undefined || (ended.refusal.taken === true && sent?.again === true))

export type UserFacts = {
  readonly user: DesiredUser
  /** As it was shown last, and by the look that the run is based on. */
  readonly live: LiveUser | undefined
  readonly planned: LiveUser | undefined
  readonly ended: Ended | undefined
  readonly assumed: ReadonlyArray<FieldName>
  readonly after: RunFacts
}

/** What to remember of a listed user. */
export const remembered = (before: UserMemory, given: UserFacts): UserMemory => {
  // What an undo sent was no wish of the config, so it says nothing about what the config can reach.
  const facts = given.ended?.cause === 'undo' ? { ...given, ended: undefined } : given
  const look = { live: given.live, planned: given.planned, ended: given.ended, now: given.after.now }
  const memory = doubtedAfter(unlessOpened(unlessGone(before, look), look), given.ended)
  const sent = sentOf(memory, facts)
  const wanted = wantedOf(memory, facts, sent)
  const pending = pendingOf(memory, given, sent)
  const block = blockAfter(memory, look)
  const ourBlock = forNowOf(memory, facts) ?? wayBack(memory, facts.user, look)
  const owed = owedAfter(memory, facts)
  const ofBlock = block ?? ourBlock ?? memory.barred
  const isKnown = wanted.size > 0 || sent.size > 0 || owed.size > 0 || (pending ?? ofBlock) !== undefined
  return {
    wanted,
    sent,
    notTaking: notTakingOf(memory, facts),
    refused: refusedOf(memory, facts),
    repairs: repairsOf(memory, facts),
    pending,
    block,
    ourBlock,
    replaced: undefined,
    owed,
    barred: memory.barred,
    foundShut: foundShutAfter(memory, wanted, given),
    unseen: isKnown && look.live === undefined ? looksWithout(memory) : undefined,
  }
}

// One that was blocked on its way out and is listed again returns, also where a look leaves it out in between.
const wayBack = (memory: UserMemory, { managed }: DesiredUser, look: UserLook): UserMemory['ourBlock'] => {
  if (managed.status !== undefined) return undefined
  if (look.live === undefined) return unseenBlock(memory)
  if (look.live.settings.status !== 'blocked') return undefined
  const way = departed(memory, look) ?? wayOut(memory)
  // Whoever is on the list again begins its next way out at the beginning.
  return way === undefined ? undefined : { ...way, elapsedMs: 0, countedAt: look.now }
}

// Where the config itself says blocked, nothing returns. A user that was blocked on its way out, and is listed again, returns from there.
const forNowOf = (memory: UserMemory, { user, live, ended, after }: UserFacts): UserMemory['ourBlock'] => {
  const isFor = user.blockedFor !== undefined
  if (!isFor && user.managed.status?.value === 'blocked') return undefined
  const look = { live, ended, now: after.now }
  // What it was for stays what it was for until it is opened, be that at once or later.
  if (!isFor) return forNowAfter(memory, look)
  const known = forNow(memory) ?? departed(memory, look) ?? wayOut(memory)
  const _tag = user.shut !== undefined ? 'NewName' : outside(user, look.now) === undefined ? 'Rule' : 'Dates'
  return known === undefined ? undefined : forNowAfter({ ...memory, ourBlock: { _tag, returnsTo: known.returnsTo } }, look)
}

const pendingOf = (
  memory: UserMemory,
  { user, live, ended, after }: UserFacts,
  sent: UserMemory['sent'],
): UserMemory['pending'] => {
  const { pending } = memory
  if (after.alsoChanged.has(user.username)) {
    const wanted = [...sent].map(([field, { print }]) => [field, print] as const)
    return { change: 'update', wanted: new Map(wanted), at: after.now }
  }
  if (pending === undefined) return undefined
  if (pending.change === 'remove') return removalAfter(memory, { live, ended, now: after.now })
  if (tried(ended) !== undefined) {
    if (isOpen(ended, pending)) return pending
    return (
      hiddenStill(pending, { user, ended, live, sent }) ?? overtakenStill(pending, { user, ended, live, prints: after.prints })
    )
  }
  // It took effect after we had looked.
  const isThere = [...pending.wanted].every(([field, print]) => {
    const value = user.managed[field]?.value
    return value === undefined || (printOf(after.prints, value) === print && same(field, live?.settings[field], value))
  })
  return live !== undefined && isThere ? undefined : pending
}

const wantedOf = (memory: UserMemory, { user, live, after }: UserFacts, sent: UserMemory['sent']): UserMemory['wanted'] => {
  const wanted = new Map<FieldName, Print>()
  for (const field of FIELDS) {
    const value = user.managed[field]?.value
    if (value === undefined) continue
    const print = printOf(after.prints, value)
    const shown = live?.settings[field]
    const reached = shown === undefined ? isSure(sent.get(field), print) : same(field, shown, value)
    const before = memory.wanted.get(field)
    // What it is blocked for will end, and is no wish for its status.
    const isForNow = field === 'status' && user.blockedFor !== undefined
    if (reached && !isForNow) wanted.set(field, print)
    else if (before !== undefined) wanted.set(field, before)
  }
  return wanted
}

// A change and its parts, and what else may be tried instead; a live side that never rests must not fill the ledger.
const MOST_REFUSED = 4

const refusedOf = (memory: UserMemory, { ended, after }: UserFacts): UserMemory['refused'] => {
  const isStillThere = ended?.change === 'remove' && ended.outcome === 'not_converged'
  const message = ended?.refusal?.lasting ?? (isStillThere ? ended.error : undefined)
  // What was done has changed the live side.
  if (isDone(ended)) return []
  const old = memory.refused.filter(({ at }) => after.now - at < DAY)
  if (ended === undefined || message === undefined || refusedFields(ended).length > 0) return old
  const taken = ended.refusal?.taken === true ? { taken: true as const } : {}
  const sides = { wanted: sidesOf(after, ended.fields, 'to'), live: sidesOf(after, ended.fields, 'from') }
  const others = old.filter(({ wanted, live }) => wanted !== sides.wanted || live !== sides.live)
  return [...others, { ...sides, at: after.now, message, ...taken }].slice(-MOST_REFUSED)
}

/** When what somebody had set back was repaired. */
export const repairsOf = (memory: UserMemory, { ended, after }: Pick<UserFacts, 'ended' | 'after'>): UserMemory['repairs'] => {
  const repairs = new Map<FieldName, ReadonlyArray<number>>()
  for (const [field, times] of memory.repairs) {
    const recent = times.filter((at) => after.now - at < DAY)
    if (recent.length > 0) repairs.set(field, recent)
  }
  // What cannot be read was not seen to be set back: sending it again is no repair.
  const seen = ended !== undefined && isDone(ended) ? ended.fields.filter(({ from }) => from !== undefined) : []
  // The status from before a block is noted as the block is sent, so the first one looks like one that was wanted before.
  const isFirst = ended !== undefined && blockEnd(ended) === 'returns' && ended.cause !== 'drift'
  for (const change of seen)
    if (wasWanted(after.prints, memory, change) && !(isFirst && change.field === 'status'))
      repairs.set(change.field, [...(repairs.get(change.field) ?? []), after.now])
  return repairs
}
