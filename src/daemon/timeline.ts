// The timeline: the last runs and the last changes, each bounded, so that a daemon of years is no larger than one of a day.
import { isDone } from '../domain/plan/outcome.ts'
import type { Report } from '../domain/plan/plan.ts'
import { plannedIn } from '../domain/plan/summary.ts'
import type { RunEvent } from '../domain/run/event.ts'
import { type ShownField, shownField } from '../domain/user/shown.ts'
import type { Scope } from '../domain/wanted/scope.ts'

/** A run in numbers of users. */
export type RecentRun = {
  readonly at: string
  readonly by: string
  readonly outcome: Report['outcome']
  readonly exitCode: number
  /** Users that had drifted. */
  readonly drift: number
  readonly made: number
  /** Changes that were due and did not come about. */
  readonly missed: number
  readonly held: number
  /** Scopes that could not be read, or not be believed. */
  readonly unread: number
  readonly durationMs: number
}

/** A change with its outcome. */
export type RecentChange = {
  readonly at: string
  readonly scope: Scope
  readonly change: string
  readonly username: string
  readonly cause: string
  readonly outcome: string
  readonly error: string | undefined
  readonly fields: ReadonlyArray<ShownField>
}

const MOST_RUNS = 60
const MOST_CHANGES = 50

/** A run as the timeline keeps it. */
export const recentRun = (report: Report, by: string, at: string): RecentRun => {
  const { outcome, exitCode, durationMs } = report
  const planned = plannedIn(report.plan)
  const all = [...report.ended.values()].flat()
  const made = all.filter(isDone).length
  const due = planned.flatMap(({ changes, held }) => [...changes, ...held])
  return {
    at,
    by,
    outcome,
    exitCode,
    drift: due.filter(({ cause }) => cause === 'drift').length,
    made,
    missed: all.length - made,
    held: planned.reduce((sum, { held }) => sum + held.length, 0),
    unread: report.plan.scopes.filter((one) => one._tag === 'Errored' && one.error.stopped === undefined).length,
    durationMs,
  }
}

/** A change as the timeline keeps it. */
export const recentChange = (event: Extract<RunEvent, { _tag: 'ChangeEnded' }>, at: string): RecentChange => {
  const { change, username, cause, outcome, error, fields } = event.ended
  return { at, scope: event.scope, change, username, cause, outcome, error, fields: fields.map(shownField) }
}

/** The runs with one more, at the end. */
export const withRun = (runs: ReadonlyArray<RecentRun>, run: RecentRun): ReadonlyArray<RecentRun> =>
  [...runs, run].slice(-MOST_RUNS)

/** The changes with one more, at the front. */
export const withChange = (changes: ReadonlyArray<RecentChange>, change: RecentChange): ReadonlyArray<RecentChange> =>
  [change, ...changes].slice(0, MOST_CHANGES)
