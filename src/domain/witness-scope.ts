// What a run has news of in one scope: its state, drift, findings and what is held, against what was told before.
import { findingKey } from './finding-memory.ts'
import type { DriftNote, FindingNote, HeldNote, ScopeLine, ScopeState, Standing } from './journal.ts'
import { isDone } from './outcome.ts'
import type { Change, Ended, Finding, Held, Plan, Report, ScopePlan } from './plan.ts'
import { isSynced } from './report.ts'
import { ruleIn } from './rule.ts'
import type { Scope } from './scope.ts'

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
export const newsOf = ({ seen, report, known, whole }: Facts): ScopeNews => {
  const { scope } = seen
  if (seen._tag === 'Errored') {
    const state = seen.error.kind
    const open = whole ? allOpen(known) : {}
    const note = { state, message: cut(seen.error.message), ...open }
    return { scope, known: { ...known, state }, note: whole || state !== known.state ? note : undefined }
  }
  const ended = report.ended.get(scope) ?? []
  const state = isSynced(seen, ended) ? 'in_sync' : 'out_of_sync'
  const drift = driftIn(seen, ended, known.drift)
  const found = new Map(seen.findings.map((one) => [findingKey(one), findingNote(one)]))
  const findings = compared(known.findings, found, findingAs, isOtherFinding)
  const held = compared(known.held, new Map(seen.held.map((one) => [heldKey(one), heldNote(one)])), heldAs)
  const lists = [drift, findings, held].map(({ news, open }) => (whole ? news.length + open.size : news.length))
  const isNews = state !== known.state || lists.some((count) => count > 0)
  const next: Known = { state, drift: drift.open, findings: findings.open, held: held.open }
  // In a whole statement silence means in sync with nothing open.
  if (whole ? state === 'in_sync' && lists.every((count) => count === 0) : !isNews) return { scope, known: next, note: undefined }
  const note: Note = {
    state,
    live_users: seen.liveUsers,
    in_sync: seen.inSync + ended.filter(isDone).length,
    ...listed('drift', told(drift, whole)),
    ...listed('findings', told(findings, whole)),
    ...listed('held', told(held, whole)),
  }
  return { scope, known: next, note }
}

/** What is open now, what of it is news, and how a note is told again. */
type Compared<N> = { readonly open: ReadonlyMap<string, N>; readonly news: ReadonlyArray<N>; readonly as: As<N> }
type As<N> = (note: N, state: Standing) => N

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

/** Drift is open until nothing is due for its user any more. */
const driftIn = (seen: ScopePlan, ended: ReadonlyArray<Ended>, before: Known['drift']): Compared<DriftNote> => {
  const done = new Set(ended.filter(isDone).map(({ username }) => username))
  const due = new Map([...seen.changes, ...seen.held].map((change) => [change.username, change]))
  const open = new Map<string, DriftNote>()
  const news: Array<DriftNote> = []
  for (const [username, change] of due) {
    const known = before.get(username)
    if (change.cause !== 'drift' && known === undefined) continue
    const note: DriftNote = change.cause === 'drift' || known === undefined ? driftNote(change) : { ...known, state: 'new' }
    if (done.has(username)) news.push({ ...note, state: 'repaired' })
    else {
      open.set(username, note)
      if (known === undefined || known.fields.join() !== note.fields.join()) news.push(note)
    }
  }
  for (const [username, note] of before) if (!due.has(username)) news.push({ ...note, state: 'over' })
  return { open, news, as: driftAs }
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

const driftNote = (change: Change): DriftNote => {
  const rules = [...new Set(change.fields.flatMap(({ source }) => ruleIn(source) ?? []))]
  return { username: change.username, fields: namesIn(change), ...(rules.length === 0 ? {} : { rules }), state: 'new' }
}

const namesIn = ({ fields }: Change) => fields.map(({ field }) => field)

const findingNote = ({ rule, severity, username, about, message, openSince, waived }: Finding): FindingNote => ({
  rule,
  severity,
  username,
  ...(about === undefined ? {} : { about }),
  state: openSince === undefined ? 'new' : 'still',
  message: cut(message),
  ...(waived === undefined ? {} : { waived }),
})

// Graver, or said otherwise: who reads of it later must know what it has become.
const isOtherFinding = (one: FindingNote, other: FindingNote): boolean =>
  one.severity !== other.severity || one.message !== other.message

const heldKey = ({ reason, change, username }: Held): string => JSON.stringify([reason, change, username])
const heldNote = (held: Held): HeldNote => ({
  username: held.username,
  change: held.change,
  reason: held.reason,
  fields: namesIn(held),
  state: 'new',
})

const LONGEST = 300
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)
