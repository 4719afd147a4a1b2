// The watch of one scope through the journal: when it was observed, how it stood, what was open and when that ended.
import type { DriftNote, FindingNote, HeldNote, ScopeLine, ScopeState } from '../journal.ts'
import type { Scope } from '../scope.ts'
import type { DriftEvidence, FindingEvidence, GapEvidence, HeldEvidence, Stretch } from './document.ts'
import type { IsGap } from './gap.ts'
import type { Mended } from './mended.ts'
import { driftKey, type End, endOf, heldKey, noteKey, type Open, settle } from './open.ts'

/** A run as it looked at a scope. Times are milliseconds since the epoch. */
export type Look = {
  readonly seq: number
  readonly began: number
  readonly looked: number
  readonly ended: number
  readonly whole: boolean
  readonly isGap: IsGap
}

/** What a run has to say of one scope. */
export type Seen = {
  /** The news of the scope, and their seq. */
  readonly news: { readonly seq: number; readonly line: ScopeLine } | undefined
  /** Whether something was changed there. */
  readonly changed: boolean
}

/** Nothing, as most runs have of most scopes. */
export const NO_NEWS: Seen = { news: undefined, changed: false }

/** What a watch finds out, told as soon as it is over. */
export type Found = {
  readonly drift: (one: DriftEvidence) => void
  readonly finding: (one: FindingEvidence) => void
  readonly held: (one: HeldEvidence) => void
  readonly gap: (one: GapEvidence) => void
  readonly stretch: (scope: Scope, one: Stretch) => void
}

const isSeen = (state: ScopeState | undefined): state is 'in_sync' | 'out_of_sync' =>
  state === 'in_sync' || state === 'out_of_sync'

const iso = (at: number): string => new Date(at).toISOString()
const seconds = (from: number, to: number): number => Math.max(0, Math.round((to - from) / 1000))

const isMended = (line: ScopeLine | undefined): boolean => line?.drift?.some(({ state }) => state === 'repaired') === true

const rulesIn = ({ rule, rules = [] }: FindingNote): ReadonlyArray<string> => [rule, ...rules]

// A user may break a rule in more than one note.
const brokenBy = (notes: ReadonlyArray<Pick<DriftNote, 'username' | 'rules'>>): ReadonlyArray<string> => {
  const broken = new Map<string, string>()
  for (const { username, rules = [] } of notes) for (const rule of rules) broken.set(JSON.stringify([rule, username]), rule)
  return [...broken.values()]
}

export type ScopeWatch = ReturnType<typeof watchOf>

/** A watch that has seen nothing yet; since `born` it should have. */
export const watchOf = (scope: Scope, born: number, found: Found) => {
  const drift = new Map<string, Open<DriftNote>>()
  const findings = new Map<string, Open<FindingNote>>()
  const held = new Map<string, Open<HeldNote>>()
  /** When each rule was last seen broken and was over. */
  const mended = new Map<string, number>()
  let state: ScopeState | undefined
  let last: { readonly seq: number; readonly began: number } | undefined
  /** Since when it was observed without a gap. */
  let observedSince: number | undefined
  let inSyncSince: End | undefined
  let stretch: { from: number; is: Stretch['is'] } | undefined
  let unseenWhy: ScopeState | undefined

  const turn = (at: number, is: Stretch['is'] | undefined): void => {
    if (stretch?.is === is) return
    if (stretch !== undefined && at > stretch.from) found.stretch(scope, { ...stretch, to: at })
    stretch = is === undefined ? undefined : { from: at, is }
  }
  const keptAgain = (rules: ReadonlyArray<string> = [], at: number): void => {
    for (const rule of rules) mended.set(rule, at)
  }
  const endDrift = (open: Open<DriftNote>, until: End | undefined, how: DriftEvidence['how']): void => {
    const { username, fields, rules = [] } = open.all
    if (until !== undefined) keptAgain(open.note.rules, until.at)
    found.drift({
      seq: open.seq,
      scope,
      username,
      fields,
      rules,
      last_right: open.lastRight === undefined ? null : iso(open.lastRight),
      first_wrong: iso(open.since),
      ...endOf(until),
      how,
      seconds: until === undefined ? null : seconds(open.since, until.at),
      at_most_seconds: until === undefined || open.lastRight === undefined ? null : seconds(open.lastRight, until.at),
    })
  }
  const endFinding = ({ seq, since, all }: Open<FindingNote>, until: End | undefined): void => {
    const { rule, severity, username, message = '', rules = [], waived = false } = all
    if (until !== undefined && !waived) keptAgain(rulesIn(all), until.at)
    found.finding({
      seq,
      scope,
      rule,
      severity,
      username,
      message,
      rules,
      waived,
      since: iso(since),
      ...endOf(until),
    })
  }
  const endHeld = ({ seq, since, note, all }: Open<HeldNote>, until: End | undefined, made = until?.at): void => {
    const { username, change, reason, fields, rules = [] } = all
    if (made !== undefined) keptAgain(note.rules, made)
    found.held({ seq, scope, username, change, reason, fields, rules, since: iso(since), ...endOf(until) })
  }
  const endAll = (until: End | undefined, how: DriftEvidence['how']): void => {
    for (const one of drift.values()) endDrift(one, until, how)
    for (const one of findings.values()) endFinding(one, until)
    for (const one of held.values()) endHeld(one, until)
  }

  /** Without a line nobody has seen it again. */
  const unobserved = (until: number, seq: number | undefined): void => {
    const from = last?.began ?? born
    found.gap({
      seq: last?.seq ?? null,
      scope,
      from: iso(from),
      ...endOf(seq === undefined ? undefined : { at: until, seq }),
      seconds: seconds(from, until),
      why: unseenWhy ?? 'no_run',
    })
    turn(from, 'unobserved')
  }

  const see = (look: Look, { news, changed }: Seen, is: 'in_sync' | 'out_of_sync'): void => {
    const gap = look.isGap(last?.began ?? born, look.began)
    if (gap) unobserved(look.looked, look.seq)
    if (gap || observedSince === undefined) observedSince = look.looked
    unseenWhy = undefined
    const line = news?.line
    const seq = news?.seq ?? look.seq
    if (line !== undefined || look.whole) settleAll(look, line, seq)
    // A moment of drift that is put back in the same run ends what was in sync before.
    if (is !== 'in_sync') inSyncSince = undefined
    else if (gap || changed || isMended(line) || inSyncSince === undefined) inSyncSince = { at: look.ended, seq: look.seq }
    turn(look.looked, is)
    last = { seq, began: look.began }
  }

  // Most runs have no news of most scopes, so that this is left out for them.
  const settleAll = (look: Look, line: ScopeLine | undefined, seq: number): void => {
    const seen: End = { at: look.looked, seq }
    const driftEnd = (one: Open<DriftNote>, note: DriftNote | undefined): void =>
      note?.state === 'repaired' ? endDrift(one, { at: look.ended, seq }, 'repaired') : endDrift(one, seen, 'over')
    const settling = {
      begin: { seq, since: look.looked, lastRight: last?.began },
      isWhole: look.whole,
      kept: (rule: string) => keptAgain([rule], look.ended),
    }
    settle(drift, line?.drift ?? [], { ...settling, keyOf: driftKey, end: driftEnd })
    // An exception that begins ends what was broken, and one that is over is followed by it: two statements.
    for (const note of line?.findings ?? []) {
      const other = noteKey(note, note.waived !== true)
      const before = note.state === 'over' ? undefined : findings.get(other)
      if (before !== undefined) endFinding(before, seen)
      if (note.state !== 'over') findings.delete(other)
    }
    settle(findings, line?.findings ?? [], { ...settling, keyOf: noteKey, end: (one) => endFinding(one, seen) })
    // What is not held any more was made in this run, if nobody else did it.
    settle(held, line?.held ?? [], { ...settling, keyOf: heldKey, end: (one) => endHeld(one, seen, look.ended) })
  }

  return {
    scope,
    /** A run looked at it, or tried to; gives whether it was seen. */
    look: (look: Look, seen: Seen): boolean => {
      state = seen.news?.line.state ?? (look.whole ? 'in_sync' : state)
      if (isSeen(state)) see(look, seen, state)
      else unseenWhy = state ?? unseenWhy
      return isSeen(state)
    },
    /** A run over some users has put something right. */
    mend: ({ username, fields, end }: Mended): void => {
      const one = drift.get(username)
      if (one === undefined || !one.note.fields.every((field) => fields.includes(field))) return
      drift.delete(username)
      endDrift(one, end, 'repaired')
    },
    /** How it stands at a moment after everything that was read. */
    standing: (until: number, isGap: IsGap) => {
      const isAway = last === undefined || isGap(last.began, until)
      const since = isAway ? undefined : inSyncSince
      return {
        state: isAway || !isSeen(state) ? ('unobserved' as const) : state,
        inSyncSince: since,
        observedSince: isAway ? undefined : observedSince,
        // What was put right in a run was seen to be right at its end.
        lastSeen: last === undefined ? undefined : { at: Math.max(last.began, since?.at ?? last.began), seq: last.seq },
        mended,
        waived: [...findings.values()].flatMap(({ note }) => (note.waived === true ? [note.rule] : [])),
        broken: brokenBy([
          ...[...findings.values()].flatMap(({ note }) => (note.waived === true ? [] : [{ ...note, rules: rulesIn(note) }])),
          ...[...drift.values(), ...held.values()].map(({ note }) => note),
        ]),
        findings: findings.size,
        held: held.size,
      }
    },
    /** Tells all that is still open. */
    close: (until: number, isGap: IsGap): void => {
      if (isGap(last?.began ?? born, until)) unobserved(until, undefined)
      turn(until, undefined)
      endAll(undefined, 'open')
    },
    /** It left the config: what was open there is over. */
    leave: (end: End): void => {
      turn(end.at, undefined)
      endAll(end, 'over')
    },
  }
}
