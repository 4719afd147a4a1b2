// Policy: looks at one change at a time and may move it to held. Never drops one, never adds one.
import { type Said, saying, shellWord } from '../basics/command.ts'
import { counted } from '../basics/counted.ts'
import { DAY } from '../basics/time.ts'
import { type Hold, heldBy, heldSaid, isStop } from '../decisions/hold.ts'
import { memoryOf } from '../draft/diff.ts'
import type { Draft, Withheld, World } from '../draft/draft.ts'
import { isWished } from '../draft/found-shut.ts'
import { isPutBack } from '../memory/forgotten.ts'
import type { Forgotten, ScopeMemory } from '../memory/ledger.ts'
import type { Change } from '../plan/plan.ts'
import { differing } from '../plan/split-change.ts'
import type { Prints } from '../user/prints.ts'
import { matchesAny } from '../user/username.ts'
import type { Ending, Policy } from '../wanted/desired.ts'
import { nameOf } from './approve.ts'
import { type CutOff, opens } from './cut-off.ts'

export type PolicyFacts = {
  readonly policy: Policy
  readonly memory: ScopeMemory | undefined
  readonly holds: ReadonlyArray<Hold>
  readonly forgotten: Forgotten | undefined
  /** The files of the config, and how they end. */
  readonly endings: ReadonlyArray<Ending>
  /** What may be cut off of them. */
  readonly cut: CutOff | undefined
  /** Where a username was in scopes that the config does not name any more. */
  readonly leftIn?: World['leftIn']
  readonly prints: Prints
  readonly now: number
  /** A person stands behind this run (`apply`): their word replaces what a young memory cannot know. */
  readonly person: boolean
  /** Why nothing may be written although the mode is enforce. */
  readonly frozen: string | undefined
}

type HoldRule = (change: Change, facts: PolicyFacts, draft: Draft) => Omit<Withheld, 'change'> | undefined

const statusOf = (change: Change) => change.fields.find(({ field }) => field === 'status')

/** Whether a change takes a user away from `allowed`, whatever it is called. */
const leavesAllowed = (change: Change): boolean => {
  const status = statusOf(change)
  return (
    change.change !== 'create' &&
    status !== undefined &&
    status.to !== 'allowed' &&
    (status.from === 'allowed' || status.from === undefined)
  )
}

/** Whether a change sets the password of a user that is live. */
export const changesPassword = (change: Change): boolean =>
  change.change !== 'create' && change.fields.some(({ field }) => field === 'email_password')

/** Whether a change keeps a user from sending as before: it is moved away from `allowed`, or blocked from whatever it was. */
export const shuts = (change: Change): boolean => leavesAllowed(change) || change.change === 'block'

/** Whether a change takes something from a user: that, or the user itself. */
export const takesAway = (change: Change): boolean => shuts(change) || change.change === 'remove'

const isProtected: HoldRule = ({ change, username }, { policy, memory }) => {
  if (change === 'create') return undefined
  const said = ({ message, ...more }: Said) => ({ reason: 'protected', why: message, ...more }) as const
  if (matchesAny(policy.protected, username))
    return said({ message: 'protected by safety.protected: never blocked, removed or edited' })
  return memory?.protected.includes(username) === true
    ? said(
        saying('safety.protected named this user until the config changed, and that alone does not end it', {
          purpose: 'to end it',
          line: `release --protected ${shellWord(username)}`,
        }),
      )
    : undefined
}

const onHold: HoldRule = (change, { holds, now }) => {
  const hold = heldBy(holds, now, change)
  if (hold === undefined) return undefined
  const { message: why, ...more } = heldSaid(hold)
  return { reason: 'on_hold', why, ...more, hold }
}

const observed: HoldRule = (_change, { policy, frozen }) =>
  frozen !== undefined
    ? { reason: 'observe_mode', why: frozen }
    : policy.mode === 'observe'
      ? { reason: 'observe_mode', why: 'reconcile.mode is observe; set it to enforce to have this made' }
      : undefined

// What is sent again for its age was agreed to when it was sent, and for then.
const isAgreed = ({ cause, fields }: Change): boolean => cause === 'retry' && differing({ fields }).length === fields.length

/** Why `unblock: hold` keeps a user blocked. */
export const ON_PURPOSE = 'somebody may have blocked this user on purpose, and policy.unblock is hold'

// The cause of a change is that of all its fields: another field of the config may have changed while somebody blocked the user.
const unblocked: HoldRule = (change, facts) =>
  facts.policy.unblock === 'hold' && opens(change) && !isAgreed(change) && !isWished(change.username, facts)
    ? {
        reason: 'needs_approval',
        why: ON_PURPOSE,
      }
    : undefined

// S10: what of later is not in it, such as a hold, could concern any change.
const outdated: HoldRule = (_change, { forgotten, now }) =>
  !isPutBack(forgotten, now)
    ? undefined
    : {
        reason: 'needs_approval',
        why: 'ledger.json is older than the last one written in this state directory, so for 24 h every change waits for a person',
      }

// S10: without memory, what looks like drift may be somebody's intent of yesterday. A user that our own unknown add has made is remembered.
const unremembered: HoldRule = (change, { memory, now }) => {
  // What was sent before with an unknown fate was agreed to then.
  if (memory !== undefined && (memory.trusted || now - memory.since >= DAY)) return undefined
  // An add of ours that took has set what it could; what still differs may be somebody else's user, whom the view before had left out.
  const isOurs = memoryOf(memory, change.username).pending?.change === 'create'
  if (isAgreed(change) && !isOurs) return undefined
  const what =
    takesAway(change) && change.change !== 'remove'
      ? 'blocking a user'
      : opens(change)
        ? 'opening a user again'
        : changesPassword(change) && !isOurs
          ? 'changing the password of a live user'
          : change.change === 'remove'
            ? 'removing a user'
            : undefined
  return what === undefined
    ? undefined
    : {
        reason: 'needs_approval',
        why: `this state directory has known the scope for less than 24 h, so ${what} waits for a person`,
      }
}

/** What a scope has lost since the last run that applied: half of its list, or a file. More often an accident than an intent (S3). */
export const lossOf = (memory: ScopeMemory | undefined, listed: number, endings: ReadonlyArray<Ending>): string | undefined => {
  if (memory === undefined) return undefined
  if (listed * 2 < memory.listed)
    return `the config lists ${counted(listed, 'user')} where the last applied one listed ${memory.listed}: less than half`
  const gone = memory.files.filter((file) => !endings.some((now) => now.file === file))
  return gone.length === 0 ? undefined : `${gone.join(', ')} listed users of this scope and is no longer part of the config`
}

/** Whether a change may come of such a loss: what the config said of a user that is listed no more may be what it is blocked for. */
export const comesOfLoss = (change: Change): boolean => takesAway(change) || (opens(change) && change.cause !== 'undo')

const lost: HoldRule = (change, { memory, endings }, draft) => {
  const why = comesOfLoss(change) ? lossOf(memory, draft.listed, endings) : undefined
  return why === undefined ? undefined : { reason: 'needs_approval', why }
}

const cutOff: HoldRule = (change, { cut }) =>
  cut?.holds(change) === true ? { reason: 'needs_approval', why: cut.why } : undefined

// S3: nobody reads that scope again, so only a person can know whether it is gone. What is there after all the service refuses to make.
const leftElsewhere: HoldRule = ({ change, username, cause }, { leftIn, memory }, { scope }) => {
  const isOurs = cause === 'retry' || cause === 'drift' || memoryOf(memory, username).wanted.size > 0
  const others = change === 'create' && !isOurs ? (leftIn?.get(username) ?? []).filter((one) => one !== scope) : []
  return others.length === 0
    ? undefined
    : {
        reason: 'needs_approval',
        why: `this name was live in ${others.join(', ')} when that was last read, and the config does not name that any more: it may be taken still`,
      }
}

/** What nobody's emergency stop overrides. */
const ABOVE_A_STOP: ReadonlyArray<HoldRule> = [isProtected, observed]
/** What the word of a person who runs `apply` stands in for. */
const VOUCHED: ReadonlyArray<HoldRule> = [outdated, unremembered]
const RULES: ReadonlyArray<HoldRule> = [...ABOVE_A_STOP, onHold, outdated, unblocked, lost, cutOff, unremembered, leftElsewhere]

/** Moves to held what a policy holds; the first rule that holds a change gives the reason. */
export const applyPolicy = (draft: Draft, facts: PolicyFacts): Draft => {
  const due: Array<Change> = []
  const withheld = [...draft.withheld]
  const vouched = new Set<string>()
  for (const change of draft.due) {
    const rules = isStop(facts.holds, facts.now, change) ? ABOVE_A_STOP : RULES
    const verdictOf = (rule: HoldRule) => rule(change, facts, draft)
    const strict = facts.person ? rules.filter((rule) => !VOUCHED.includes(rule)) : rules
    const verdict = strict.map(verdictOf).find((one) => one !== undefined)
    if (verdict !== undefined) withheld.push({ change, ...verdict })
    else {
      due.push(change)
      if (strict !== rules && rules.some((rule) => VOUCHED.includes(rule) && verdictOf(rule) !== undefined))
        vouched.add(nameOf(change))
    }
  }
  return { ...draft, due, withheld, ...(vouched.size === 0 ? {} : { vouched }) }
}
