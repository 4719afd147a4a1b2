// One scope at a glance: what is in sync since when, what drifted, what is held, what was found, what went wrong.

import type { Said } from '../domain/basics/command.ts'
import { DAY } from '../domain/basics/time.ts'
import { findingKey } from '../domain/memory/finding-memory.ts'
import { isPassing } from '../domain/plan/held.ts'
import { isDone } from '../domain/plan/outcome.ts'
import type { Change, Plan, Report, ScopeError, ScopePlan } from '../domain/plan/plan.ts'
import { inSyncAfter, isSynced } from '../domain/plan/report.ts'
import { differing } from '../domain/plan/split-change.ts'
import { type ShownField, shownField } from '../domain/user/shown.ts'
import type { Scope } from '../domain/wanted/scope.ts'

/** A user with what drifted: the live side differs though the config did not change. */
export type Drifted = { readonly username: string; readonly fields: ReadonlyArray<string> }

/** A change that was tried and did not come about. */
export type Missed = {
  readonly username: string
  readonly change: string
  readonly outcome: string
  readonly error: string | undefined
}

/** A finding that is over. */
export type Resolved = {
  readonly username: string
  readonly rule: string
  readonly severity: string
  readonly about?: string | undefined
  readonly openSince: string
  readonly resolvedAt: string
}

/** One scope at a glance. Times are ISO 8601. Where it cannot be read, what is said of its users is as it was last read. */
export type ScopeStatus = {
  readonly scope: Scope
  /** Since when this daemon knows of it: whoever was never in sync has not been so for that long. */
  readonly knownSince: string
  readonly digest: string | undefined
  /** When a run last looked at it, with whatever result. */
  readonly lookedAt: string | undefined
  readonly inSyncSince: string | undefined
  /** When it was last seen to be in sync. */
  readonly verifiedAt: string | undefined
  readonly inSync: number
  readonly liveUsers: number
  /** How many subaccounts are active; only of the subaccounts as a whole. */
  readonly subaccounts?: number | undefined
  readonly unlisted: number
  readonly changes: number
  /** Drift that is not put back; `driftSince` is when the oldest of it was found. */
  readonly drift: ReadonlyArray<Drifted>
  readonly driftSince: string | undefined
  readonly held: ReadonlyArray<
    Said & {
      readonly username: string
      readonly change: string
      readonly reason: string
      readonly fields: ReadonlyArray<ShownField>
      /** What else there is to know before it is made. */
      readonly note?: string | undefined
    }
  >
  readonly findings: ReadonlyArray<
    Said & {
      readonly username: string
      readonly rule: string
      readonly severity: string
      readonly about?: string | undefined
      /** Since when it is open. */
      readonly openSince: string
    }
  >
  /** Findings that are over since a day or less. */
  readonly resolved: ReadonlyArray<Resolved>
  readonly missed: ReadonlyArray<Missed>
  readonly error: ScopeError | undefined
}

const unknown = (scope: Scope, at: string): ScopeStatus => ({
  scope,
  knownSince: at,
  digest: undefined,
  lookedAt: undefined,
  inSyncSince: undefined,
  verifiedAt: undefined,
  inSync: 0,
  liveUsers: 0,
  unlisted: 0,
  changes: 0,
  drift: [],
  driftSince: undefined,
  held: [],
  findings: [],
  resolved: [],
  missed: [],
  error: undefined,
})

const driftIn = (changes: ReadonlyArray<Change>): ReadonlyArray<Drifted> =>
  changes
    .filter(({ cause }) => cause === 'drift')
    .map((change) => ({ username: change.username, fields: differing(change).map(({ field }) => field) }))

type Seen = Plan['scopes'][number]

/** A scope as soon as its plan is made: what is due is known before it is done, and also where the run then fails. */
export const planned = (seen: Seen, before: ScopeStatus | undefined, at: string): ScopeStatus => {
  const known = before ?? unknown(seen.scope, at)
  if (seen._tag === 'Errored') return seen.unasked === true || isStopped(seen) ? known : { ...known, lookedAt: at }
  const calm = seen.changes.length === 0 && seen.held.every(isPassing)
  return {
    ...known,
    ...shown(seen, known, at),
    ...drifting(driftIn([...seen.changes, ...seen.held]), known, at),
    lookedAt: at,
    inSyncSince: calm ? known.inSyncSince : undefined,
    inSync: seen.inSync,
    missed: [],
    error: undefined,
  }
}

// What a run did not come to see says nothing.
const isStopped = ({ error }: Extract<Seen, { _tag: 'Errored' }>): boolean => error.stopped !== undefined

const drifting = (drift: ReadonlyArray<Drifted>, known: ScopeStatus, at: string) => ({
  drift,
  driftSince: drift.length === 0 ? undefined : (known.driftSince ?? at),
})

/** What a plan says, whatever comes of it. */
const shown = (seen: Extract<Seen, { _tag: 'Planned' }>, known: ScopeStatus, at: string) => ({
  scope: seen.scope,
  digest: seen.digest,
  liveUsers: seen.liveUsers,
  subaccounts: seen.subaccounts,
  unlisted: seen.unlisted.length,
  changes: seen.changes.length,
  held: seen.held.map(({ username, change, reason, message, command, fields, note }) => ({
    username,
    change,
    reason,
    message,
    command,
    fields: fields.map(shownField),
    note,
  })),
  findings: openIn(seen, known, at),
  resolved: resolvedBy(seen, known, at),
})

const openIn = ({ findings }: Pick<ScopePlan, 'findings'>, known: ScopeStatus, at: string): ScopeStatus['findings'] => {
  const before = new Map(known.findings.map((one) => [findingKey(one), one.openSince]))
  return findings.map((one) => ({
    username: one.username,
    rule: one.rule,
    severity: one.severity,
    about: one.about,
    message: one.message,
    command: one.command,
    openSince: one.openSince === undefined ? (before.get(findingKey(one)) ?? at) : new Date(one.openSince).toISOString(),
  }))
}

// Told for a day, unless it was found again; a run tells of its plan and of its end.
const resolvedBy = (
  { findings, resolved = [] }: Extract<Seen, { _tag: 'Planned' }>,
  known: ScopeStatus,
  at: string,
): ReadonlyArray<Resolved> => {
  const fresh = resolved.map(({ username, rule, severity, about, since }) => ({
    username,
    rule,
    severity,
    about,
    openSince: new Date(since).toISOString(),
    resolvedAt: at,
  }))
  const gone = new Set([...findings, ...fresh].map(findingKey))
  return [...fresh, ...lately(known.resolved, at).filter((one) => !gone.has(findingKey(one)))]
}

const lately = (resolved: ReadonlyArray<Resolved>, at: string): ReadonlyArray<Resolved> =>
  resolved.filter(({ resolvedAt }) => Date.parse(at) - Date.parse(resolvedAt) < DAY)

/** A scope after a run. */
export const ended = (seen: Seen, before: ScopeStatus | undefined, report: Report, at: string): ScopeStatus => {
  const known = before ?? unknown(seen.scope, at)
  // Nothing is over because nobody can look: what drifted, is held, was found or missed stays as it was last read.
  if (seen._tag === 'Errored') {
    if (isStopped(seen)) return known
    const lookedAt = seen.unasked === true ? known.lookedAt : at
    return { ...known, lookedAt, inSyncSince: undefined, changes: 0, resolved: lately(known.resolved, at), error: seen.error }
  }
  const made = report.ended.get(seen.scope) ?? []
  const done = made.filter(isDone)
  const missed = made.filter((one) => !isDone(one))
  const synced = isSynced(seen, made)
  const tried = new Set(made.map(({ username }) => username))
  const due = seen.changes.filter(({ username }) => !tried.has(username))
  return {
    ...shown(seen, known, at),
    knownSince: known.knownSince,
    ...drifting(driftIn([...due, ...missed, ...seen.held]), known, at),
    liveUsers:
      seen.liveUsers +
      done.filter(({ change }) => change === 'create').length -
      done.filter(({ change }) => change === 'remove').length,
    lookedAt: at,
    inSyncSince: synced ? (seen.changes.length === 0 ? (known.inSyncSince ?? at) : at) : undefined,
    verifiedAt: synced ? at : known.verifiedAt,
    inSync: inSyncAfter(seen, made),
    missed: missed.map(({ username, change, outcome, error }) => ({ username, change, outcome, error })),
    error: undefined,
  }
}
