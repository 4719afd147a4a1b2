// Caps: how much of a kind may change at once. A cap exceeded means zero changes of that kind, for small scopes as for large ones.
//
//   creates, updates                    distinct users, this run
//   blocks, removes, password changes   distinct users, the last 24 hours and this run together
import { counted } from './counted.ts'
import type { Cap, CapName, Policy } from './desired.ts'
import { asksAgain, settles } from './diff.ts'
import type { Draft, Withheld } from './draft.ts'
import type { ScopeMemory, Spent } from './ledger.ts'
import { partsOf } from './parts.ts'
import type { Change } from './plan.ts'
import { changesPassword, shuts } from './policy.ts'
import type { Prints } from './prints.ts'
import type { FieldName } from './settings.ts'
import { DAY } from './time.ts'

/** What a cap counts, in words; whether it looks back 24 hours; the field that it is about, where that is one. */
const CAPS: {
  readonly [C in CapName]: {
    readonly counts: (change: Change) => boolean
    readonly rolling: boolean
    readonly word: string
    readonly about?: FieldName
  }
} = {
  max_creates: { counts: (change) => change.change === 'create', rolling: false, word: 'create' },
  max_updates: { counts: (change) => change.change === 'update', rolling: false, word: 'update' },
  max_password_changes: { counts: changesPassword, rolling: true, word: 'password change', about: 'email_password' },
  max_blocks: { counts: shuts, rolling: true, word: 'block', about: 'status' },
  max_removes: { counts: (change) => change.change === 'remove', rolling: true, word: 'remove' },
}

/** The order in which caps are looked at: the most harmful first, since a change is held for one reason. */
const ORDER: ReadonlyArray<CapName> = ['max_removes', 'max_blocks', 'max_password_changes', 'max_creates', 'max_updates']

/** The caps that a change counts against. */
export const capsOf = (change: Change): ReadonlyArray<CapName> => ORDER.filter((name) => CAPS[name].counts(change))

/** Whether spending on this cap is remembered for 24 hours. */
export const isRolling = (name: CapName): boolean => CAPS[name].rolling

/** How many users a cap lets through in a scope of this size. Percentages have two decimals, which binary fractions would round down. */
export const allowance = (cap: Cap, users: number): number =>
  Math.max(cap.count ?? 0, cap.percent === undefined ? 0 : Math.floor((Math.round(cap.percent * 100) * users) / 10_000))

const capText = (cap: Cap, users: number): string =>
  cap.percent === undefined
    ? ''
    : cap.count === undefined
      ? ` (${cap.percent}% of ${counted(users, 'user')})`
      : ` (${cap.percent}% of ${counted(users, 'user')}, or ${cap.count})`

type Facts = {
  readonly policy: Policy
  readonly memory: ScopeMemory | undefined
  readonly prints: Prints
  readonly now: number
  /** Approved changes are let through and not counted. */
  readonly approved: (change: Change) => boolean
}

/** Spending of the last 24 hours. */
export const spentLately = (memory: ScopeMemory | undefined, now: number): ReadonlyArray<Spent> =>
  (memory?.spent ?? []).filter((one) => now - one.at < DAY)

// A write with an unknown fate was counted when it was first sent, by its own caps and no others, and with the values that it asked for. A user
// that an unknown add has made gets what the add asked for, its password too, without being counted.
const wasCounted = ({ memory, prints, now }: Facts, change: Change, name: CapName): boolean => {
  const { rolling, about } = CAPS[name]
  const known = memory?.users.get(change.username)
  if (memory === undefined || known?.pending === undefined) return false
  const counted = change.fields.filter(({ field }) => about === undefined || field === about)
  const { change: kind, at } = known.pending
  // The next look at who was added may be long after.
  if (kind === 'create' && (name === 'max_updates' || name === 'max_password_changes'))
    return asksAgain(prints, known.pending, counted)
  if (!settles({ prints, now }, known, counted)) return false
  return rolling
    ? memory.spent.some((one) => one.cap === name && one.username === change.username && one.at === at)
    : kind === change.change
}

// A cap keeps what is of its kind, and what does two things is a block: it goes without a password that waits, and what else is due of a user goes without its block.
const cutBy = (
  name: CapName,
  change: Change,
  { edit }: Policy,
): { readonly held: Change; readonly free: ReadonlyArray<Change> } => {
  // A full edit sends all that there is each time, so it is not taken apart.
  const parts = edit === 'full' ? undefined : partsOf(change)
  if (parts === undefined) return { held: change, free: [] }
  return name === 'max_password_changes' ? { held: parts.rest, free: [parts.status] } : { held: parts.status, free: [parts.rest] }
}

// An approval may be of what this cap had kept of a change, while the rest of it went, or waited by itself.
const isApproved = ({ approved, policy }: Facts, change: Change, name: CapName): boolean => {
  const { held } = cutBy(name, change, policy)
  return approved(change) || (held !== change && approved(held))
}

/** Holds every change of a kind that exceeds its cap. */
export const applyCaps = (draft: Draft, facts: Facts): Draft => {
  const live = draft.live.users.length
  const spent = spentLately(facts.memory, facts.now)
  const capped: Array<Withheld> = []
  let due = draft.due
  for (const name of ORDER) {
    const { counts, rolling, word } = CAPS[name]
    const counting = due.filter(
      (change) => counts(change) && !isApproved(facts, change, name) && !wasCounted(facts, change, name),
    )
    if (counting.length === 0) continue
    const cap = facts.policy.caps[name]
    const users = name === 'max_creates' ? Math.max(live, draft.listed) : live
    const before = rolling ? spent.filter((one) => one.cap === name).map((one) => one.username) : []
    const total = new Set([...before, ...counting.map((change) => change.username)]).size
    const limit = allowance(cap, users)
    if (total <= limit) continue
    const why = `${counted(total, word)}${rolling ? ' in 24 h' : ''}, the cap is ${limit}${capText(cap, users)}`
    const cut = new Map(counting.map((change) => [change, cutBy(name, change, facts.policy)]))
    capped.push(...[...cut.values()].map(({ held }): Withheld => ({ change: held, reason: 'capped', why, approvable: true })))
    due = due.flatMap((change) => cut.get(change)?.free ?? [change])
  }
  return { ...draft, due, withheld: [...draft.withheld, ...capped] }
}
