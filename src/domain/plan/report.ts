// Report: what came of a plan, and the exit code that says it.
//
//   1 the machine · 5 config · 6 service · 4 partly applied, not converged · 3 stopped by a guard or a decision · 64 usage · 0 done, in sync
import type { Failure } from '../basics/failure.ts'
import { isPassing } from './held.ts'
import { isDone } from './outcome.ts'
import type { Change, Ended, HoldReason, Plan, Report, ScopeError, ScopeErrorKind, ScopePlan } from './plan.ts'
import { plannedIn } from './summary.ts'

type Code = 0 | 3 | 4 | 6

const HELD: { readonly [R in HoldReason]: Code } = {
  observe_mode: 3,
  capped: 3,
  protected: 3,
  on_hold: 3,
  needs_approval: 3,
  not_converging: 4,
  impossible: 4,
  contested: 4,
  changed_since: 3,
  report_only: 0,
  awaiting_grace: 0,
}

const ERRORS: { readonly [K in ScopeErrorKind]: 3 | 6 } = {
  suspicious_answer: 3,
  identity_mismatch: 3,
  ill_formed: 6,
  unreachable: 6,
  throttled: 6,
  refused: 6,
}

/** Worst first: the first of these that occurred is the exit code of a run. */
const ORDER: ReadonlyArray<Code> = [6, 4, 3, 0]

const worst = (codes: ReadonlyArray<Code>): Code => ORDER.find((code) => codes.includes(code)) ?? 0

/** The exit code of what could not be seen. */
export const unseenCode = ({ kind, stopped }: ScopeError): 3 | 6 => (stopped === 'next run' ? 3 : ERRORS[kind])

/** The exit code of a command, or of a run, that came to no report. */
export const failureExitCode = (failure: Failure): 1 | 3 | 5 | 6 | 64 => {
  switch (failure._tag) {
    case 'ConfigInvalid':
    case 'InputUnusable':
      return 5
    case 'Stopped':
    case 'Api':
      return 6
    case 'Unseen':
      return unseenCode(failure.error)
    case 'Locked':
    case 'WrongDigest':
      return 3
    case 'StateUnusable':
    case 'Defect':
      return 1
    case 'NoSuchRun':
    case 'WrongUsage':
      return 64
  }
}

const errorCodes = (plan: Plan): ReadonlyArray<Code> =>
  plan.scopes.flatMap((scope) => (scope._tag === 'Errored' ? [unseenCode(scope.error)] : []))

/** Exit code of `plan`: a scope without a plan is never success; `detailed` tells pending changes by 2. */
export const planExitCode = (plan: Plan, detailed: boolean): number => {
  const errors = worst(errorCodes(plan))
  if (errors !== 0) return errors
  const pending = plannedIn(plan).some(({ changes, held }) => changes.length > 0 || held.some((one) => !isPassing(one)))
  return detailed && pending ? 2 : 0
}

type Run = Pick<Report, 'runId' | 'plan' | 'ended' | 'requests' | 'durationMs' | 'pausedUntil' | 'pausedFor'> & {
  /** As the report tells it. */
  readonly cutShort: boolean
  /** A person looked at the plan and said no. */
  readonly declined: boolean
}

/** Sums up a run. */
export const reportOf = ({ cutShort, declined, ...run }: Run): Report => {
  const ended = [...run.ended.values()].flat()
  const codes = [
    ...errorCodes(run.plan),
    ...plannedIn(run.plan).flatMap(({ held }) => held.map(({ reason }) => HELD[reason])),
    ...ended.map(endedCode),
  ]
  const exitCode = worst([...codes, ...(cutShort ? [6 as const] : []), ...(declined ? [3 as const] : [])])
  const isOwed = plannedIn(run.plan).some(({ held }) => !held.every(isPassing))
  return { ...run, exitCode, outcome: runOutcome(exitCode, ended, isOwed), ...(cutShort ? { cutShort } : {}) }
}

/** The exit code of a run as far as some of its changes are concerned: a scope without a plan, or a key that failed, concerns all. */
export const exitCodeOf = ({ plan, ended, cutShort }: Report, concerns: (change: Change) => boolean): number =>
  worst([
    ...(cutShort ? [6 as const] : []),
    ...errorCodes(plan),
    ...plannedIn(plan).flatMap(({ held }) => held.filter(concerns).map(({ reason }) => HELD[reason])),
    ...[...ended.values()].flat().filter(concerns).map(endedCode),
  ])

/** What ended before its report: why and, where a run had begun, how far it had come. */
export type Unfinished = {
  readonly failure: Failure
  readonly run?: Pick<Report, 'runId' | 'ended' | 'requests' | 'durationMs'> & { readonly plan: Plan | undefined }
}

/** What it came to. */
export const unfinishedOutcome = ({ failure, run }: Unfinished): Report['outcome'] => {
  if ([...(run?.ended.values() ?? [])].flat().some(isDone)) return 'partial'
  return failure._tag === 'WrongDigest' ? 'stopped' : 'failed'
}

/** Whether a scope is as the config says once these changes ended; what only waits for its time is as the config says. */
export const isSynced = ({ changes, held }: ScopePlan, ended: ReadonlyArray<Ended>): boolean =>
  held.every(isPassing) && ended.length === changes.length && ended.every(isDone)

/** How many listed users are as the config says once these changes ended, as the next look will find them. */
export const inSyncAfter = (
  { inSync, held, unlistedDue = [] }: Pick<ScopePlan, 'inSync' | 'held' | 'unlistedDue'>,
  ended: ReadonlyArray<Ended>,
): number => {
  const others = new Set([...unlistedDue, ...held.map(({ username }) => username)])
  return inSync + ended.filter((one) => isDone(one) && one.change !== 'remove' && !others.has(one.username)).length
}

const endedCode = (ended: Ended): Code => {
  if (isDone(ended)) return 0
  return ended.waits === 'next run' || ended.waits === 'hold' ? 3 : 4
}

// What is only to be reported stops nothing, and who is missing is not in sync.
const runOutcome = (exitCode: Code, ended: ReadonlyArray<Ended>, isOwed: boolean): Report['outcome'] => {
  if (exitCode === 0) return ended.length > 0 ? 'applied' : isOwed ? 'stopped' : 'in_sync'
  if (ended.some(isDone)) return 'partial'
  return exitCode === 3 ? 'stopped' : 'failed'
}
