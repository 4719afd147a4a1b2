// Remembering: pure updates of the ledger, before the writes of a scope and after them.
import { each, type Work } from '../basics/work.ts'
import { isOfStop, isStop } from '../decisions/hold.ts'
import { memoryOf } from '../draft/diff.ts'
import type { Withheld } from '../draft/draft.ts'
import { dueAfter } from '../draft/due.ts'
import { capsOf, isRolling, spentLately, spentOn } from '../guards/caps.ts'
import { endsAfter, endsIn } from '../guards/cut-off.ts'
import { comesOfLoss, lossOf, ON_PURPOSE, takesAway } from '../guards/policy.ts'
import { openAfter } from '../memory/finding-memory.ts'
import { asStopped, rememberedHolds } from '../memory/hold-memory.ts'
import { departsFrom, isKeptBlock, returnsTo, stillToCome } from '../memory/late.ts'
import { type Approval, type Ledger, newScope, type ScopeMemory, type Spent } from '../memory/ledger.ts'
import { reasonOf, wayOut } from '../memory/our-block.ts'
import { overtakenBy } from '../memory/overtaken.ts'
import { unansweredAfter } from '../memory/unanswered.ts'
import type { BlockUnderWay, Pending, UserMemory } from '../memory/user-memory.ts'
import { targetTexts } from '../plan/digest.ts'
import { isDone } from '../plan/outcome.ts'
import { blockEnd, type Change, type HoldReason } from '../plan/plan.ts'
import { namesOf } from '../user/live.ts'
import { type Print, type Prints, printOf } from '../user/prints.ts'
import type { FieldName } from '../user/settings.ts'
import { matchesAny } from '../user/username.ts'
import type { Scope } from '../wanted/scope.ts'
import { type ToRemember, usersAfter } from './remember-users.ts'
import { doubtedBefore } from './sent.ts'

const memoryIn = (ledger: Ledger, scope: Scope, now: number, origin: Print): ScopeMemory =>
  ledger.scopes.get(scope) ?? { ...newScope(now, origin), ends: endsIn(ledger, scope) }

const withScope = (ledger: Ledger, scope: Scope, memory: ScopeMemory): Ledger => ({
  ...ledger,
  scopes: new Map([...ledger.scopes, [scope, memory]]),
})

/** Changes of a scope that are about to be sent. */
export type BeforeWrites = {
  readonly scope: Scope
  readonly changes: ReadonlyArray<Change>
  readonly origin: Print
  readonly prints: Prints
  readonly now: number
}

const newBlock = (known: UserMemory, change: Change, now: number): BlockUnderWay => {
  const before = known.block === undefined ? undefined : stillToCome(known.block)
  return {
    at: now,
    ...(blockEnd(change) === 'departs' ? { departs: departsFrom(known, change) } : {}),
    ...(before === undefined ? {} : { earlier: before.at }),
    ...(before?.answered === true ? { earlierAnswered: true as const } : {}),
  }
}

/** Our block of a user once this is sent. */
const blockBy = (known: UserMemory, change: Change): UserMemory['ourBlock'] => {
  const isForNow = blockEnd(change) === 'returns'
  const before = isForNow ? returnsTo(known, change) : undefined
  if (before !== undefined) return { _tag: reasonOf(change), returnsTo: before }
  // Another block is not for what that one was for, and does not end with it. On the way out, what comes of it is seen by the next look.
  return takesAway(change) && !isForNow ? wayOut(known) : known.ourBlock
}

const isAsked = ({ pending, sent }: UserMemory, { change }: Change, wanted: Pending['wanted']): boolean => {
  const doubted = (field: FieldName): Print | undefined =>
    sent.get(field)?.doubted === true ? sent.get(field)?.print : undefined
  const isSame = ([field, print]: readonly [FieldName, Print]): boolean =>
    (pending?.wanted.get(field) ?? doubted(field)) === print
  // Nothing less makes a user that is there after all ours, or its password one that was agreed to.
  if (change === 'create') return pending?.change === 'create' && [...wanted].every(isSame)
  return [...wanted].some(isSame)
}

/** Before the writes: every change is pending, has consumed its caps, and has used up its approval. */
export function* beforeWrites(ledger: Ledger, { scope, changes, origin, prints, now }: BeforeWrites): Work<Ledger> {
  const memory = memoryIn(ledger, scope, now, origin)
  // What an undo sets is no wish of the config; whether it took, the next look shows, since only what is shown is undone.
  const wished = changes.filter(({ cause }) => cause !== 'undo')
  const pending = yield* each(wished, (change): readonly [string, UserMemory] => {
    const wanted = new Map(change.fields.map(({ field, to }) => [field, printOf(prints, to)]))
    const known = memoryOf(memory, change.username)
    // What a person's stop asks for needs no agreement when it is sent again, and gives none to what the config asks for later.
    if (isStop(ledger.holds, now, change)) return [change.username, asStopped(known)]
    // Before the write, so that a crash right after it does not leave a block that nobody knows the end of.
    const ourBlock = blockBy(known, change)
    const block = isKeptBlock(change) ? newBlock(known, change, now) : known.block
    const overtakes = overtakenBy(known.pending, wanted, now)
    const pending = {
      change: change.change,
      wanted,
      at: now,
      ...(isAsked(known, change, wanted) ? { again: true as const } : {}),
      ...(overtakes === undefined ? {} : { overtakes }),
    }
    return [change.username, { ...doubtedBefore(known, wanted, now), pending, block, ourBlock }]
  })
  yield
  // A stop is outside caps: it takes up no room of what the config blocks for a day after it. What had left when it came had been counted.
  const counted = changes.filter((change) => !isOfStop(change))
  const fresh = counted.flatMap((change) =>
    capsOf(change)
      .filter(isRolling)
      .map((cap): Spent => ({ ...spentOn(cap, change), username: change.username, at: now })),
  )
  const used = new Set(
    ledger.approvals.length === 0 ? [] : (yield* each(changes, (change) => targetTexts(prints, scope, change))).flat(),
  )
  yield
  return {
    ...withScope(ledger, scope, {
      ...memory,
      users: new Map([...memory.users, ...pending]),
      spent: [...spentLately(memory, now), ...fresh],
    }),
    approvals: ledger.approvals
      .map((one): Approval => ({ ...one, changes: one.changes.filter((text) => !used.has(text)) }))
      .filter((one) => one.changes.length > 0 && one.until > now),
    holds: rememberedHolds(ledger.holds, now),
  }
}

/** The same for scope after scope. */
export const beforeAllWrites = (
  tried: ReadonlyArray<Pick<BeforeWrites, 'scope' | 'changes'>>,
  about: Pick<BeforeWrites, 'origin' | 'prints' | 'now'>,
) =>
  function* (before: Ledger): Work<Ledger> {
    let sum = before
    for (const { scope, changes } of tried) sum = yield* beforeWrites(sum, { scope, changes, ...about })
    return sum
  }

/** Reasons that no approval and no waiting takes away: what is held for them says nothing about a shorter list. */
const LASTING: ReadonlyArray<HoldReason> = ['protected', 'impossible', 'not_converging', 'report_only']

/** Whom somebody else keeps blocked waits for a person whatever becomes of the list. */
const mayComeOfLoss = ({ change, reason, why }: Withheld): boolean =>
  takesAway(change) || (reason !== 'contested' && why !== ON_PURPOSE)

/** After a run of a scope, in steps: what was seen, what was sent, what did not take. */
export function* remembering(ledger: Ledger, after: ToRemember): Work<Ledger> {
  const { draft, live, now } = after
  const memory = memoryIn(ledger, draft.scope, now, after.origin)
  const users = yield* usersAfter(ledger, memory, after)
  // S3: the longer list is remembered until what its loss would bring about was done, by approval, or is not asked for any more.
  const done = new Set(after.ended.filter(isDone).map(({ username }) => username))
  const open = draft.withheld.filter(({ reason }) => !LASTING.includes(reason))
  const isOpen = ({ username }: Change): boolean => !done.has(username)
  const waiting = [...draft.due, ...open.map(({ change }) => change)].filter(isOpen)
  const withheld = [...draft.due.map((change) => ({ change })), ...open.filter(mayComeOfLoss)].some(
    ({ change }) => comesOfLoss(change) && isOpen(change),
  )
  const shrunk = lossOf(memory, draft.listed, after.endings) !== undefined && (withheld || after.filtered)
  // A list of which nothing was tried was never applied.
  const isUntried = after.ended.length > 0 && after.ended.every(({ outcome }) => outcome === 'not_attempted')
  const isKept = shrunk || isUntried || after.undone === true
  const due = dueAfter(memory.due, { draft, done, config: after.config, isPart: after.filtered || after.undone === true })
  const names = namesOf(live)
  const person = after.person && !after.filtered
  // Who stops somebody says nothing of the file.
  const made = after.ended.filter((one) => isDone(one) && !isOfStop(one) && !isStop(ledger.holds, now, one))
  const ends = isUntried ? memory.ends : endsAfter(memory.ends, { ...after, scope: draft.scope, open: waiting, made })
  const unanswered = unansweredAfter(memory.unanswered, after.ended, after.filtered)
  const findings = openAfter(memory, { findings: draft.findings, now, filtered: after.filtered, untold: after.untold === true })
  return withScope(ledger, draft.scope, {
    since: memory.since,
    trusted: memory.trusted || person,
    origin: after.origin,
    lastSeen: names,
    listed: isKept ? memory.listed : draft.listed,
    files: isKept ? memory.files : after.desired.files,
    protected: [...new Set([...memory.protected, ...names.filter((name) => matchesAny(after.protect, name))])],
    users,
    spent: spentLately(memory, now),
    ...(ends === undefined ? {} : { ends }),
    ...(findings === undefined ? {} : { findings }),
    ...(unanswered === undefined ? {} : { unanswered }),
    ...(due === undefined ? {} : { due }),
  })
}
