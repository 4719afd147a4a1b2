// The troubles of one scope: what drifted there, what was found and what is held, each from when it was first told until it is over.

import { iso } from '../basics/time.ts'
import type { DriftNote, FindingNote, HeldNote, ScopeLine } from '../journal/journal.ts'
import { heldKey } from '../plan/held.ts'
import type { Scope } from '../wanted/scope.ts'
import type { DriftEvidence, FindingEvidence, HeldEvidence, HowEnded } from './document.ts'
import type { Mended } from './mended.ts'
import { driftKey, type End, endOf, noteKey, type Open, settle } from './open.ts'

/** What is told of a trouble as soon as it is over. */
export type FoundTroubles = {
  readonly drift: (one: DriftEvidence) => void
  readonly finding: (one: FindingEvidence) => void
  readonly held: (one: HeldEvidence) => void
}

/** When a look saw what it tells of, and when its run was over. */
type Told = {
  readonly seen: End
  readonly ended: number
  /** When the scope was looked at before, if ever. */
  readonly lastRight: number | undefined
  /** What it does not tell of is over. */
  readonly isWhole: boolean
  /** The users of whom something that was changed cannot be read back. */
  readonly unread: ReadonlySet<string>
}

/** A scope without troubles. */
export const troublesOf = (scope: Scope, found: FoundTroubles) => {
  const drift = new Map<string, Open<DriftNote>>()
  const findings = new Map<string, Open<FindingNote>>()
  const held = new Map<string, Open<HeldNote>>()
  /** When each rule was last seen broken and was over. */
  const mended = new Map<string, number>()
  /** When users were right again after the look that had seen them wrong. */
  let righted = new Map<string, number>()

  const right = ({ username, at }: { readonly username: string; readonly at: number }): void =>
    void righted.set(username, Math.max(at, righted.get(username) ?? at))
  /** When a user was last seen right, where everybody who is not told of was so at a look. */
  const lastRightOf = (known: ReadonlyMap<string, number>, username: string, looked: number | undefined): number | undefined => {
    const again = known.get(username)
    return looked === undefined || again === undefined ? (again ?? looked) : Math.max(looked, again)
  }
  const keptAgain = (rules: ReadonlyArray<string> = [], at: number): void => {
    for (const rule of rules) mended.set(rule, at)
  }
  const endDrift = (open: Open<DriftNote>, until: End | undefined, how: DriftEvidence['how']): void => {
    if (until !== undefined) keptAgain(open.note.rules, until.at)
    if (until !== undefined && how !== 'left') right({ username: open.note.username, at: until.at })
    found.drift(driftIn(scope, open, until, how))
  }
  const endFinding = (open: Open<FindingNote>, until: End | undefined, how: HowEnded = 'over'): void => {
    if (until !== undefined && open.all.waived !== true) keptAgain(rulesIn(open.all), until.at)
    found.finding(findingIn(scope, open, until, how))
  }
  const endHeld = (open: Open<HeldNote>, until: End | undefined, how: HowEnded = 'over', made = until?.at): void => {
    if (made !== undefined) keptAgain(open.note.rules, made)
    found.held(heldIn(scope, open, until, how))
  }
  return {
    /** What a look tells becomes what is open. */
    settle: (
      { drift: drifted = [], findings: noted = [], held: kept = [] }: Pick<ScopeLine, 'drift' | 'findings' | 'held'>,
      told: Told,
    ): void => {
      const { seen, ended, lastRight, isWhole, unread } = told
      const before = righted
      righted = new Map()
      const driftEnd = (one: Open<DriftNote>, note: DriftNote | undefined): void =>
        note?.state === 'repaired'
          ? endDrift(one, { at: ended, seq: seen.seq }, unread.has(note.username) ? 'sent' : 'repaired')
          : endDrift(one, seen, 'over')
      const settling = {
        begin: ({ username }: { readonly username: string }) => ({
          seq: seen.seq,
          since: seen.at,
          lastRight: lastRightOf(before, username, lastRight),
        }),
        isWhole,
        kept: (rule: string) => keptAgain([rule], ended),
      }
      settle(drift, drifted, { ...settling, keyOf: driftKey, end: driftEnd })
      // An exception that begins ends what was broken, and one that is over is followed by it: two statements.
      for (const note of noted) {
        const other = noteKey(note, note.waived !== true)
        const opposite = note.state === 'over' ? undefined : findings.get(other)
        if (opposite !== undefined) endFinding(opposite, seen)
        if (note.state !== 'over') findings.delete(other)
      }
      settle(findings, noted, { ...settling, keyOf: noteKey, end: (one) => endFinding(one, seen) })
      // What is not held any more was made in this run, if nobody else did it.
      settle(held, kept, { ...settling, keyOf: heldKey, end: (one) => endHeld(one, seen, 'over', ended) })
    },
    /** A user was made as the config says. */
    right,
    /** Drift was put right by a run that tells nothing more, and may have been the first to see it. */
    mend: ({ username, fields, drifted, end, how }: Mended, looked: number | undefined): void => {
      const known = drift.get(username)
      if (known === undefined) {
        const lastRight = lastRightOf(righted, username, looked)
        if (drifted === undefined) right({ username, at: end.at })
        else endDrift({ ...drifted.begin, lastRight, note: drifted.note, all: drifted.note }, end, how)
      } else if (known.note.fields.every((field) => fields.includes(field))) {
        drift.delete(username)
        endDrift(known, end, how)
      }
    },
    /** Tells all that is open, as open still or as left. */
    endAll: (until: End | undefined, how: 'left' | 'open'): void => {
      for (const one of drift.values()) endDrift(one, until, how)
      for (const one of findings.values()) endFinding(one, until, how)
      for (const one of held.values()) endHeld(one, until, how)
    },
    standing: () => ({
      mended,
      waived: [...findings.values()].flatMap(({ note }) => (note.waived === true ? [note.rule] : [])),
      broken: brokenBy([
        ...[...findings.values()].flatMap(({ note }) => (note.waived === true ? [] : [{ ...note, rules: rulesIn(note) }])),
        ...[...drift.values(), ...held.values()].map(({ note }) => note),
      ]),
      findings: findings.size,
      held: held.size,
    }),
  }
}

/** From one moment to another, in seconds. */
export const secondsFrom = (from: number, to: number): number => Math.max(0, Math.round((to - from) / 1000))

const rulesIn = ({ rule, rules = [] }: FindingNote): ReadonlyArray<string> => [rule, ...rules]

// A user may break a rule in more than one note.
const brokenBy = (notes: ReadonlyArray<Pick<DriftNote, 'username' | 'rules'>>): ReadonlyArray<string> => {
  const broken = new Map<string, string>()
  for (const { username, rules = [] } of notes) for (const rule of rules) broken.set(JSON.stringify([rule, username]), rule)
  return [...broken.values()]
}

const driftIn = (
  scope: Scope,
  { seq, since, lastRight, all: { username, fields, rules = [] } }: Open<DriftNote>,
  until: End | undefined,
  how: DriftEvidence['how'],
): DriftEvidence => ({
  seq,
  scope,
  username,
  fields,
  rules,
  last_right: lastRight === undefined ? null : iso(lastRight),
  first_wrong: iso(since),
  ...endOf(until),
  how,
  seconds: until === undefined ? null : secondsFrom(since, until.at),
  at_most_seconds: until === undefined || lastRight === undefined ? null : secondsFrom(lastRight, until.at),
})

const findingIn = (
  scope: Scope,
  { seq, since, all }: Open<FindingNote>,
  until: End | undefined,
  how: HowEnded,
): FindingEvidence => {
  const { rule, severity, username, message = '', rules = [], waived = false } = all
  return { seq, scope, rule, severity, username, message, rules, waived, since: iso(since), ...endOf(until), how }
}

const heldIn = (scope: Scope, { seq, since, all }: Open<HeldNote>, until: End | undefined, how: HowEnded): HeldEvidence => {
  const { username, change, reason, fields, rules = [] } = all
  return { seq, scope, username, change, reason, fields, rules, since: iso(since), ...endOf(until), how }
}
