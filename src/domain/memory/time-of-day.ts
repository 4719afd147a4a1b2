// The time of day: what is remembered is dated by it, and it may be wrong. Where it is earlier than when the ledger was written last, it ran
// ahead then or it runs behind now, and which of the two shows only later: a machine that begins each start in a year long gone must neither
// forget what its caps have let through nor end a hold. So what lasts a day goes on for a day more by the time that it is now; what lasts
// minutes is bounded at once, and so is what a person said for an hour.
//
//   earlier than the last write ──a day by the new time──► what is yet to come is dated to the beginning of that day
//              └──later than it again──► every date stands
import { DAY } from '../basics/time.ts'
import { LONGEST_HOLD } from '../decisions/hold.ts'
import { WORD_LASTS } from './decision.ts'
import type { Ledger, ScopeMemory } from './ledger.ts'
import { wayOut } from './our-block.ts'
import { noLonger } from './pause.ts'
import type { Leaving, UserMemory } from './user-memory.ts'

/** A step by which a clock is set right all the time. */
const SMALL_STEP = 60_000

/** A ledger that is written now. */
export const writtenAt = (ledger: Ledger, now: number): Ledger => {
  const { latest = now, ...behind } = ledger.written ?? {}
  return { ...ledger, written: { ...behind, latest: Math.max(latest, now) } }
}

/** A ledger that is taken up again: the same one, unless the time of day went back. */
export const takenUp = (ledger: Ledger, now: number): Ledger => {
  const { written } = ledger
  if (written === undefined) return ledger
  const { latest } = written
  if (latest <= now) return written.behind === undefined ? ledger : { ...ledger, written: { latest } }
  const behind = Math.min(written.behind ?? now, now)
  const isOfNow = (until: number): boolean => until <= now + WORD_LASTS + SMALL_STEP
  const bounded: Ledger = {
    ...ledger,
    written: { latest, behind },
    approvals: ledger.approvals.filter(({ until }) => isOfNow(until)),
    believed: new Map([...ledger.believed].filter(([, { until }]) => isOfNow(until))),
    keys: new Map([...ledger.keys].map(([print, key]) => [print, noLonger(key, now)])),
  }
  return now - behind < DAY ? bounded : dated(bounded, { now, behind })
}

/** Moments of what is remembered: those that are yet to come are moved. */
type Moved = (at: number) => number

const dated = (ledger: Ledger, { now, behind }: { readonly now: number; readonly behind: number }): Ledger => {
  const moved: Moved = (at) => (at > now ? behind : at)
  return {
    ...ledger,
    written: { latest: now },
    scopes: new Map([...ledger.scopes].map(([scope, memory]) => [scope, scopeDated(memory, moved)])),
    holds: ledger.holds.map(({ keeps, ...hold }) => ({
      ...hold,
      since: moved(hold.since),
      until: Math.min(hold.until, behind + LONGEST_HOLD),
      ...(keeps === undefined
        ? {}
        : { keeps: keeps.map(({ told, ...kept }) => (told === undefined ? kept : { ...kept, told: moved(told) })) }),
    })),
    shut: new Map([...ledger.shut].map(([scope, shut]) => [scope, at(shut, moved)])),
    forgotten: ledger.forgotten === undefined ? undefined : at(ledger.forgotten, moved),
  }
}

const at = <A extends { readonly at: number }>(one: A, moved: Moved): A => ({ ...one, at: moved(one.at) })

const scopeDated = (memory: ScopeMemory, moved: Moved): ScopeMemory => ({
  ...memory,
  since: moved(memory.since),
  ...(memory.letGo === undefined ? {} : { letGo: moved(memory.letGo) }),
  users: new Map([...memory.users].map(([username, user]) => [username, userDated(user, moved)])),
  spent: memory.spent.map((one) => at(one, moved)),
  ...(memory.ends === undefined
    ? {}
    : { ends: memory.ends.map((end) => (end.gone === undefined ? end : { ...end, gone: moved(end.gone) })) }),
  ...(memory.findings === undefined
    ? {}
    : {
        findings: memory.findings.map(({ seen, ...finding }) => ({
          ...finding,
          since: moved(finding.since),
          ...(seen === undefined ? {} : { seen: moved(seen) }),
        })),
      }),
})

const userDated = (user: UserMemory, moved: Moved): UserMemory => {
  const { refused, pending, block, replaced } = user
  const way = wayOut(user)
  return {
    ...user,
    sent: new Map([...user.sent].map(([field, sent]) => [field, at(sent, moved)])),
    notTaking: user.notTaking.map((one) => at(one, moved)),
    refused: refused.map((one) => at(one, moved)),
    repairs: new Map([...user.repairs].map(([field, times]) => [field, times.map(moved)])),
    pending:
      pending === undefined
        ? undefined
        : { ...at(pending, moved), ...(pending.overtakes === undefined ? {} : { overtakes: at(pending.overtakes, moved) }) },
    block:
      block === undefined
        ? undefined
        : { ...at(block, moved), ...(block.earlier === undefined ? {} : { earlier: moved(block.earlier) }) },
    ourBlock: way === undefined ? user.ourBlock : leavingDated(way, moved),
    replaced: replaced === undefined ? undefined : leavingDated(replaced, moved),
  }
}

const leavingDated = <A extends Leaving>(leaving: A, moved: Moved): A => ({ ...leaving, countedAt: moved(leaving.countedAt) })
