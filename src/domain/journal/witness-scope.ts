// What a run has news of in one scope: its state, drift, findings and what is held, against what was told before.
import { fullMessage } from '../basics/command.ts'
import type { Work } from '../basics/work.ts'
import { findingKey } from '../memory/finding-memory.ts'
import { heldKey } from '../plan/held.ts'
import { isConfigured, isDone } from '../plan/outcome.ts'
import type { Change, Ended, Finding, Plan, Report, ScopePlan } from '../plan/plan.ts'
import { inSyncAfter, isSynced } from '../plan/report.ts'
import { differing } from '../plan/split-change.ts'
import { shortened } from '../user/shown.ts'
import type { Scope } from '../wanted/scope.ts'
import type { DriftNote, FindingNote, HeldNote, NoteState, ScopeLine, ScopeState } from './journal.ts'

/** What was told of a scope: its state, and everything that is open there. */
export type Known = {
  readonly state: ScopeState | undefined
  /** By username. */
  readonly drift: ReadonlyMap<string, DriftNote>
  readonly findings: ReadonlyMap<string, FindingNote>
  readonly held: ReadonlyMap<string, HeldNote>
}

/** A scope that nothing was told of. */
export const nothingKnown: Known = { state: undefined, drift: new Map(), findings: new Map(), held: new Map() }

type Note = Omit<ScopeLine, 'event' | 'at' | 'run_id' | 'scope'>

/** What is known from now on, and what there is to tell. */
export type ScopeNews = { readonly scope: Scope; readonly known: Known; readonly note: Note | undefined }

type Facts = {
  readonly seen: Plan['scopes'][number]
  readonly report: Report
  readonly known: Known
  /** Tell also what was told before. */
  readonly whole: boolean
}

/** The news of one scope. */
export function* newsOf({ seen, report, known, whole }: Facts): Work<ScopeNews> {
  yield
  const { scope } = seen
  if (seen._tag === 'Errored') {
    const state = seen.error.kind
    const open = whole ? allOpen(known) : {}
    const note = { state, message: cut(fullMessage(seen.error)), ...open }
    return { scope, known: { ...known, state }, note: whole || state !== known.state ? note : undefined }
  }
  const ended = report.ended.get(scope) ?? []
  const state = isSynced(seen, ended) ? 'in_sync' : 'out_of_sync'
  const drift = driftIn(seen, ended, known.drift)
  yield
  const found = new Map(seen.findings.map((one) => [findingKey(one), findingNote(one)]))
  const findings = compared(known.findings, found, findingAs, isOtherFinding)
  const waits = [...seen.held.map(heldNote), ...unmadeIn(ended)]
  const held = compared(known.held, new Map(waits.map((one) => [heldKey(one), one])), heldAs, isSaidOtherwise)
  const lists = [drift, findings, held].map(({ news, open }) => (whole ? news.length + open.size : news.length))
  const isNews = state !== known.state || lists.some((count) => count > 0)
  const next: Known = { state, drift: drift.open, findings: findings.open, held: held.open }
  // In a whole statement silence means in sync with nothing open.
  if (whole ? state === 'in_sync' && lists.every((count) => count === 0) : !isNews) return { scope, known: next, note: undefined }
  const note: Note = {
    state,
    live_users: seen.liveUsers,
    in_sync: inSyncAfter(seen, ended),
    ...listed('drift', told(drift, whole)),
    ...listed('findings', told(findings, whole)),
    ...listed('held', told(held, whole)),
  }
  return { scope, known: next, note }
}

/** What is known still after a run over some users: what it put right is open no more, and will be news if it comes again. */
export const knownAfter = (known: Known, ended: ReadonlyArray<Ended>): Known => {
  const mended = new Map(
    ended
      .filter((one) => one.outcome === 'verified' && isConfigured(one))
      .map(({ username, fields }) => [username, fields.map(({ field }) => field)] as const),
  )
  const isOpen = ({ username, fields }: DriftNote): boolean =>
    !fields.every((field) => mended.get(username)?.includes(field) === true)
  return { ...known, drift: new Map([...known.drift].filter(([, note]) => isOpen(note))) }
}

/** What is open now, what of it is news, and how a note is told again. */
type Compared<N> = { readonly open: ReadonlyMap<string, N>; readonly news: ReadonlyArray<N>; readonly as: As<N> }
type As<N> = (note: N, state: NoteState) => N

const driftAs: As<DriftNote> = (note, state) => ({ ...note, state })
const heldAs: As<HeldNote> = (note, state) => ({ ...note, state })
const findingAs: As<FindingNote> = ({ message, ...note }, state) =>
  state === 'over' || message === undefined ? { ...note, state } : { ...note, state, message }

const compared = <N>(
  before: ReadonlyMap<string, N>,
  now: ReadonlyMap<string, N>,
  as: As<N>,
  isOther: (one: N, other: N) => boolean = () => false,
): Compared<N> => ({
  open: now,
  news: [
    ...[...now].flatMap(([key, note]) => {
      const known = before.get(key)
      return known === undefined || isOther(known, note) ? [note] : []
    }),
    ...[...before].flatMap(([key, note]) => (now.has(key) ? [] : [as(note, 'over')])),
  ],
  as,
})

/** Drift is open until nothing of it is due any more. It is put back where this run did so, and nothing of it is held. */
const driftIn = (seen: ScopePlan, ended: ReadonlyArray<Ended>, before: Known['drift']): Compared<DriftNote> => {
  const done = new Set(ended.filter((one) => isDone(one) && isConfigured(one)).map(({ username }) => username))
  const held = new Set<Change>(seen.held)
  const due = new Map<string, ReadonlyArray<Change>>()
  // Of others there is no drift to tell, and they may be all users.
  for (const change of [...seen.changes, ...seen.held])
    if (change.cause === 'drift' || before.has(change.username))
      due.set(change.username, [...(due.get(change.username) ?? []), change])
  const open = new Map<string, DriftNote>()
  const news: Array<DriftNote> = []
  for (const username of new Set([...due.keys(), ...before.keys()])) {
    const known = before.get(username)
    const drifted = (due.get(username) ?? []).flatMap((change) => driftOf(change, known))
    const note: DriftNote = { username, ...saidOf(drifted.flatMap(({ fields }) => fields)), state: 'new' }
    if (drifted.length === 0) {
      if (known !== undefined) news.push({ ...known, state: 'over' })
    } else if (done.has(username) && !drifted.some(({ change }) => held.has(change))) news.push({ ...note, state: 'repaired' })
    else {
      open.set(username, note)
      if (known === undefined || isSaidOtherwise(known, note)) news.push(note)
    }
  }
  return { open, news, as: driftAs }
}

type Drifted = { readonly change: Change; readonly fields: Change['fields'] }

// Drift that did not go away at once may be due for another reason, and together with what was no drift.
const driftOf = (change: Change, known: DriftNote | undefined): ReadonlyArray<Drifted> => {
  const fields = change.cause === 'drift' ? differing(change) : change.fields.filter(({ field }) => known?.fields.includes(field))
  return change.cause === 'drift' || fields.length > 0 ? [{ change, fields }] : []
}

// In a whole statement everything that is open stands, and what ended in this run.
const told = <N>({ open, news, as }: Compared<N>, whole: boolean): ReadonlyArray<N> =>
  whole ? [...news, ...[...open.values()].filter((note) => !news.includes(note)).map((note) => as(note, 'still'))] : news

const listed = <K extends 'drift' | 'findings' | 'held'>(
  name: K,
  notes: NonNullable<ScopeLine[K]>,
): Pick<ScopeLine, K> | Record<never, never> => (notes.length === 0 ? {} : { [name]: notes })

const allOpen = ({ drift, findings, held }: Known) => ({
  ...listed('drift', told({ open: drift, news: [], as: driftAs }, true)),
  ...listed('findings', told({ open: findings, news: [], as: findingAs }, true)),
  ...listed('held', told({ open: held, news: [], as: heldAs }, true)),
})

const saidOf = (fields: Change['fields']): Pick<DriftNote, 'fields' | 'rules'> => ({
  fields: [...new Set(fields.map(({ field }) => field))],
  ...rulesIn(fields),
})

/** The rules that set one of these fields, where there are any. */
export const rulesIn = (fields: Change['fields']): Pick<DriftNote, 'rules'> => {
  const rules = [...new Set(fields.flatMap(({ rule }) => rule ?? []))]
  return rules.length === 0 ? {} : { rules }
}

const isSaidOtherwise = (one: Pick<DriftNote, 'fields' | 'rules'>, other: Pick<DriftNote, 'fields' | 'rules'>): boolean =>
  one.fields.join() !== other.fields.join() || one.rules?.join() !== other.rules?.join()

const findingNote = ({ rule, severity, username, about, rules, openSince, waived, ...said }: Finding): FindingNote => ({
  rule,
  severity,
  username,
  ...(about === undefined ? {} : { about }),
  ...(rules === undefined ? {} : { rules }),
  state: openSince === undefined ? 'new' : 'still',
  message: cut(fullMessage(said)),
  ...(waived === undefined ? {} : { waived }),
})

// Graver, or said otherwise: who reads of it later must know what it has become.
const isOtherFinding = (one: FindingNote, other: FindingNote): boolean =>
  one.severity !== other.severity || one.message !== other.message

const heldNote = ({ reason, username, change, fields }: Waits): HeldNote => ({
  username,
  change,
  reason,
  ...saidOf(fields),
  state: 'new',
})
type Waits = Pick<Change, 'username' | 'change' | 'fields'> & { readonly reason: string }

/** What a rule asked for and this run did not achieve. What is drift is told as that. */
const unmadeIn = (ended: ReadonlyArray<Ended>): ReadonlyArray<HeldNote> =>
  ended
    .filter((one) => !isDone(one) && one.cause !== 'drift' && one.cause !== 'undo')
    .map((one) => heldNote({ ...one, reason: 'not_made' }))
    .filter(({ rules }) => rules !== undefined)

const LONGEST = 300
const cut = (text: string): string => shortened(text, LONGEST)
