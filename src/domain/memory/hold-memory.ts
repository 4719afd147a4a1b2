// Holds over time: each remembers whom it keeps something from, so that its end can be told with the users that it lets go. That stands in
// the ledger with the hold: a restart forgets nothing, and who releases a hold takes the memory along and needs no telling.
//
//   in force ──14, 3, 1 days ahead: hold-ends──► ended ──first run of the scope after it: hold-ended, for a day──► forgotten
import { DAY, momentText } from '../basics/time.ts'
import { type Hold, holdOptions, type Kept, LONGEST_HOLD } from '../decisions/hold.ts'
import type { Withheld } from '../draft/draft.ts'
import type { Finding } from '../plan/plan.ts'
import { soon } from '../wanted/dates.ts'
import type { Scope } from '../wanted/scope.ts'
import { wayOut } from './our-block.ts'
import type { NotTaking, UserMemory } from './user-memory.ts'

/** A scope as a run planned it: what it held back, and by which hold. */
type Look = { readonly scope: Scope; readonly withheld: ReadonlyArray<Withheld>; readonly now: number }

const isTold = ({ told }: Kept, now: number): boolean => told !== undefined && now - told >= DAY

/** The holds that are worth remembering: those in force, and those that ended within a day or whose end was not told everywhere for one. */
export const rememberedHolds = (holds: ReadonlyArray<Hold>, now: number): ReadonlyArray<Hold> =>
  holds.filter(({ until, keeps = [] }) => {
    const over = now - until
    return over < DAY || (over < LONGEST_HOLD && keeps.some((kept) => !isTold(kept, now)))
  })

/** Holds that ended within a day. */
export const justEnded = (holds: ReadonlyArray<Hold>, now: number): ReadonlyArray<Hold> =>
  holds.filter(({ until }) => now >= until && now - until < DAY)

const nameOf = (hold: Hold): string => `${hold.since} ${holdOptions(hold.what)}`

/** The holds after a run has looked at a whole scope. */
export const afterLook = (holds: ReadonlyArray<Hold>, { scope, withheld, now }: Look): ReadonlyArray<Hold> => {
  const keptBy = (hold: Hold): Kept['users'] => {
    const name = nameOf(hold)
    return withheld
      .filter((one) => one.hold !== undefined && nameOf(one.hold) === name)
      .map(({ change }) => [change.username, change.change])
  }
  return rememberedHolds(holds, now).map((hold): Hold => {
    const { keeps = [], ...rest } = hold
    const others = keeps.filter((one) => one.scope !== scope)
    const users = keptBy(hold)
    const before = keeps.find((one) => one.scope === scope)
    const ended = before === undefined || now < hold.until ? undefined : { ...before, told: before.told ?? now }
    const here = users.length === 0 ? ended : { scope, users }
    const all = here === undefined ? others : [...others, here]
    return all.length === 0 ? rest : { ...rest, keeps: all }
  })
}

/** What is told of the holds of a scope: of those that end soon, for each change that one keeps back, and of those that have ended. */
export const aboutHolds = (holds: ReadonlyArray<Hold>, look: Look): ReadonlyArray<Finding> => [
  ...look.withheld.flatMap((one) => ending(one, look.now)),
  ...ended(holds, look),
]

// A hold is not told of when it has only begun.
const ending = ({ change, hold }: Withheld, now: number): ReadonlyArray<Finding> => {
  const near = soon(hold?.until, now)
  if (hold === undefined || near === undefined || near.days * DAY >= hold.until - hold.since) return []
  const message = `the hold by ${hold.by} (${hold.reason}) ends at ${momentText(hold.until)}, ${near.words}: then the ${change.change} that it holds back is made`
  return [{ rule: 'hold-ends', severity: near.severity, username: change.username, message }]
}

const ended = (holds: ReadonlyArray<Hold>, { scope, withheld, now }: Look): ReadonlyArray<Finding> => {
  const still = new Set(withheld.filter(({ hold }) => hold !== undefined).map(({ change }) => change.username))
  const found = new Map<string, Finding>()
  // Of several that let a user go, the last one.
  for (const { until, by, reason, keeps = [] } of [...holds].sort((one, other) => one.until - other.until)) {
    if (now < until) continue
    for (const [username, change] of keeps
      .filter((kept) => kept.scope === scope && !isTold(kept, now))
      .flatMap(({ users }) => users)) {
      const message = `the hold by ${by} (${reason}) ended at ${momentText(until)}: the ${change} that it held back goes ahead, unless something else holds it`
      if (!still.has(username)) found.set(username, { rule: 'hold-ended', severity: 'medium', username, message })
    }
  }
  return [...found.values()]
}

/** One whom a person has stopped stays blocked when the stop ends, whatever it had been blocked for before; a way out goes on. */
export const asStopped = (memory: UserMemory): UserMemory => {
  const { block } = memory
  const way = wayOut(memory)
  return {
    ...memory,
    ourBlock: way === undefined ? undefined : { ...way, returnsTo: 'blocked' },
    block: block?.departs === undefined ? block : { ...block, departs: 'blocked' },
  }
}

/** What to remember of it after a run: what it did not take is not tried anew because nothing was asked of it meanwhile. */
export const underStop = (before: UserMemory, after: UserMemory, now: number): UserMemory => {
  const isOld = ({ field, at }: NotTaking): boolean => now - at < DAY && !after.notTaking.some((one) => one.field === field)
  return {
    ...asStopped(after),
    sent: new Map([...after.sent].filter(([field]) => field !== 'status')),
    notTaking: [...after.notTaking, ...before.notTaking.filter(isOld)],
  }
}
