// What people decided: who approved what and why, what they ran themselves, holds and stops.
import { iso } from '../basics/time.ts'
import { holdOptions } from '../decisions/hold.ts'
import { changeKey, type DecisionLine, type IntentLine, type OutcomeLine, type RunLine } from '../journal/journal.ts'
import { isMeant } from '../memory/decision.ts'
import type { EvidencePeriod } from './collect.ts'
import type { ApprovedEvidence, DecisionEvidence, HoldEvidence } from './document.ts'

type Changing<A> = { -readonly [K in keyof A]: A[K] }

/** An undo, or an apply, is a person's word by itself, and may need no approval. */
export const isOwn = ({ approval, cause, trigger }: IntentLine): boolean =>
  approval !== true && (cause === 'undo' || trigger === 'apply')

/** Follows what people decide. */
export const decisions = ({ since, until }: EvidencePeriod) => {
  const [from, to] = [iso(since), iso(until)]
  const made: Array<Changing<DecisionEvidence>> = []
  const approved: Array<Changing<ApprovedEvidence>> = []
  const ended: Array<HoldEvidence> = []
  const holds = new Map<string, HoldEvidence>()
  let approvals: Array<Changing<DecisionEvidence>> = []
  let open = new Map<string, Changing<ApprovedEvidence>>()

  const end = (hold: HoldEvidence, at: string | null, seq: number | null): void => {
    holds.delete(hold.what)
    const over = hold.ends < (at ?? to) ? hold.ends : at
    if (over === null || over >= from) ended.push({ ...hold, until: over, until_seq: over === at ? seq : null })
  }
  const decision = ({ at, what, by, reason, decision: said }: DecisionLine, seq: number): void => {
    const one = { seq, at, what, by, reason, changes: 0, ...(said === undefined ? {} : { decision: said }) }
    if (at >= from) made.push(one)
    if (said?._tag === 'Approve') approvals = [...approvals.filter((other) => other.by !== by || other.reason !== reason), one]
    if (said?._tag !== 'Hold' && said?._tag !== 'Release') return
    for (const one of holds.values()) if (said.what === undefined || isMeant(one.hold, said.what)) end(one, at, seq)
    if (said._tag === 'Release') return
    const name = holdOptions(said.what)
    holds.set(name, { seq, what: name, hold: said.what, by, reason, from: at, ends: said.until, until: null, until_seq: null })
  }
  return {
    decision,
    intent: (line: IntentLine, seq: number): void => {
      const { at, scope, username, change, approved_by: by, reason = '' } = line
      if (by === undefined) return
      const behind = isOwn(line) ? undefined : approvals.find((one) => one.by === by && one.reason === reason)
      if (behind !== undefined) behind.changes += 1
      if (at < from) return
      const one: Changing<ApprovedEvidence> = { seq, at, scope, username, change, by, reason, outcome: null }
      approved.push(one)
      open.set(changeKey(line), one)
    },
    outcome: (line: OutcomeLine): void => {
      const one = open.get(changeKey(line))
      if (one !== undefined) one.outcome = line.outcome
    },
    /** What a person ran is a decision of theirs, where it changed something. */
    run: ({ at, trigger, by, reason = '', changes }: RunLine, seq: number): void => {
      open = new Map()
      if (by !== undefined && changes > 0 && at >= from) made.push({ seq, at, what: trigger, by, reason, changes })
    },
    /** Also what was run and wrote down no end. */
    evidence: (unended: ReadonlyArray<DecisionEvidence>) => {
      for (const hold of holds.values()) end(hold, null, null)
      const byLine = <A extends { readonly seq: number }>(all: ReadonlyArray<A>) =>
        [...all].sort((one, other) => one.seq - other.seq)
      return { decisions: byLine([...made, ...unended]), approved: byLine(approved), holds: byLine(ended) }
    },
  }
}
