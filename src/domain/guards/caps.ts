// Caps: how much of a kind may change at once. A cap exceeded means zero changes of that kind, for small scopes as for large ones. What is only
// sent again exceeds none: it takes the room that the rest leaves, the oldest first, and what finds none stays as it was sent.
//
//   creates, updates                    distinct users, this run
//   blocks, removes, password changes   distinct users, the last 24 hours and this run together
import { counted } from '../basics/counted.ts'
import { DAY } from '../basics/time.ts'
import { isOfStop } from '../decisions/hold.ts'
import { againIn, type Unsent, unsent, withoutAgain, withoutSome } from '../draft/again.ts'
import { asksAgain, memoryOf, settles } from '../draft/diff.ts'
import type { Draft, Withheld } from '../draft/draft.ts'
import { notTaking, refusal } from '../draft/vain.ts'
import type { ScopeMemory, Spent } from '../memory/ledger.ts'
import type { Change } from '../plan/plan.ts'
import { partsOf } from '../plan/split-change.ts'
import type { Prints } from '../user/prints.ts'
import type { FieldName } from '../user/settings.ts'
import type { Cap, CapName, Policy } from '../wanted/desired.ts'
import { changesPassword, shuts } from './policy.ts'

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

/** What a change spends on a cap that it counts against; `again` where only what it sends again does. */
export const spentOn = (name: CapName, change: Change): Pick<Spent, 'cap' | 'again'> => {
  const seen = withoutAgain(change)
  return seen !== undefined && CAPS[name].counts(seen) ? { cap: name } : { cap: name, again: true }
}

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
  /** Approved changes are let through, however many they are. */
  readonly approved: (change: Change) => boolean
  /** What was shown as due to who agreed by digest to just that: what they let through beside it takes none of its room. */
  readonly shown?: ReadonlyArray<Change>
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

/** Holds every change of a kind that exceeds its cap, and leaves for later what is only sent again and finds no room. */
export const applyCaps = (draft: Draft, facts: Facts): Draft => {
  const asked = draft.due.map((change) => ({ change, seen: facts.approved(change) ? change : withoutAgain(change) }))
  const again = asked.filter(({ change, seen }) => change !== seen)
  if (again.length === 0) return cut(draft, facts).draft
  return filled(cut({ ...draft, due: asked.flatMap(({ seen }) => seen ?? []) }, facts), again, facts)
}

/** A draft, and the caps that what differs in it exceeds. */
type Capped = { readonly draft: Draft; readonly exceeded: ReadonlySet<CapName> }

const cut = (draft: Draft, facts: Facts): Capped => {
  const exceeded = new Set<CapName>()
  const capped: Array<Withheld> = []
  let due = draft.due
  for (const name of ORDER) {
    const { rolling, word } = CAPS[name]
    const { counting, aside } = countedFor(name, due, facts)
    if (counting.length === 0) continue
    const cap = facts.policy.caps[name]
    const users = sizeFor(name, draft)
    // What was only sent again has changed nothing, as far as anybody knows.
    const before = spentBefore(name, facts, ({ again }) => again !== true)
    const total = new Set([...before, ...namesOf(rolling ? aside : []), ...namesOf(counting)]).size
    const limit = allowance(cap, users)
    if (total <= limit) continue
    exceeded.add(name)
    const why = `${counted(total, word)}${rolling ? ' in 24 h' : ''}, the cap is ${limit}${capText(cap, users)}`
    const parts = new Map(counting.map((change) => [change, cutBy(name, change, facts.policy)]))
    capped.push(...[...parts.values()].map(({ held }): Withheld => ({ change: held, reason: 'capped', why })))
    // S12: what is left of a change may be what the service refused when that part was held before.
    const refused = [...parts.values()].flatMap(({ free }) => free.flatMap((one) => refusal(facts, one) ?? []))
    capped.push(...refused)
    const waits = new Set(refused.map(({ change }) => change))
    due = due.flatMap((change) => parts.get(change)?.free.filter((one) => !waits.has(one)) ?? [change])
  }
  return { draft: { ...draft, due, withheld: [...draft.withheld, ...capped] }, exceeded }
}

const namesOf = (changes: ReadonlyArray<Change>): ReadonlyArray<string> => changes.map(({ username }) => username)

/** The changes that a cap counts: those that it may hold, and those that are let through whatever it says. */
const countedFor = (name: CapName, due: ReadonlyArray<Change>, facts: Facts) => {
  const shown = new Set(namesOf((facts.shown ?? []).filter(CAPS[name].counts)))
  const isFree = (change: Change): boolean => shown.has(change.username) || isApproved(facts, change, name)
  const all = due.filter(CAPS[name].counts)
  return {
    counting: all.filter((change) => !isFree(change) && !wasCounted(facts, change, name)),
    // In a day that is counted it takes its room, as it does once it was made. An emergency stop takes none.
    aside: all.filter((change) => isFree(change) && !isOfStop(change)),
  }
}

const sizeFor = (name: CapName, { live, listed }: Draft): number =>
  name === 'max_creates' ? Math.max(live.users.length, listed) : live.users.length

const spentBefore = (name: CapName, { memory, now }: Facts, counts: (one: Spent) => boolean): ReadonlyArray<string> =>
  CAPS[name].rolling ? spentLately(memory, now).flatMap((one) => (one.cap === name && counts(one) ? [one.username] : [])) : []

/** A change of which something is only sent again, and what it is without that. */
type Again = { readonly change: Change; readonly seen: Change | undefined }

const filled = ({ draft, exceeded }: Capped, again: ReadonlyArray<Again>, facts: Facts): Draft => {
  const rooms = ORDER.map((name) => ({
    name,
    limit: allowance(facts.policy.caps[name], sizeFor(name, draft)),
    // Approved or not: what a digest lets through brings nothing with it that was not shown beside it.
    users: new Set([...spentBefore(name, facts, () => true), ...namesOf(draft.due.filter(CAPS[name].counts))]),
  }))
  const roomsOf = (change: Change) => rooms.filter(({ name }) => capsOf(change).includes(name))
  const fits = (change: Change): boolean =>
    refusal(facts, change) === undefined &&
    roomsOf(change).every(
      ({ name, users, limit }) => !exceeded.has(name) && users.size + (users.has(change.username) ? 0 : 1) <= limit,
    )
  // What is left of a change was approved as that, and where another change of its user is to be made, it would be a second one.
  const moving = new Set(namesOf(draft.due))
  const isFree = ({ change, seen }: Again): boolean =>
    seen === undefined ? !moving.has(change.username) : !ORDER.some((name) => isApproved(facts, seen, name))
  const made = new Map<Change, Change>()
  for (const { change } of again.filter(isFree).sort(oldestFirst(facts))) {
    const way = waysOf(change).find(fits)
    if (way === undefined) continue
    made.set(change, way)
    for (const { users } of roomsOf(way)) users.add(way.username)
  }
  const joined = new Map(again.map(({ change, seen }) => [seen, made.get(change)]))
  const alone = again.flatMap(({ change, seen }) => (seen === undefined ? (made.get(change) ?? []) : []))
  const waiting = again.map(({ change }): Unsent => {
    const sent = againIn(made.get(change) ?? { fields: [] })
    return { username: change.username, fields: againIn(change).filter((one) => !sent.includes(one)) }
  })
  const inVain = waiting.flatMap(({ username, fields }) => {
    const differing = fields.filter((one) => one.inVain === true)
    return differing.length === 0 ? [] : [notTaking(facts, username, differing)]
  })
  const due = [...draft.due.map((change) => joined.get(change) ?? change), ...alone]
  return unsent({ ...draft, due, withheld: [...draft.withheld, ...inVain] }, waiting)
}

/** A change as it is, and without the password that it only sends again, which has a cap of its own. */
const waysOf = (change: Change): ReadonlyArray<Change> => {
  const again = againIn(change)
  const password = again.filter(({ field }) => field === 'email_password')
  const without = password.length < again.length ? withoutSome(change, password) : undefined
  return without === undefined || without === change ? [change] : [change, without]
}

const oldestFirst =
  ({ memory }: Facts) =>
  ({ change: one }: Again, { change: other }: Again): number => {
    const sentAt = ({ username, fields }: Change): number => {
      const { sent, notTaking } = memoryOf(memory, username)
      const times = againIn({ fields }).map((one) =>
        one.inVain === true ? notTaking.find(({ field }) => field === one.field)?.at : sent.get(one.field)?.at,
      )
      return Math.min(...times.map((at) => at ?? 0))
    }
    return sentAt(one) - sentAt(other) || (one.username < other.username ? -1 : 1)
  }
