// Plans and reports as JSON, in the shapes that the README documents. No secret is ever in one.

import { fullMessage } from '../../domain/basics/command.ts'
import type { Failure } from '../../domain/basics/failure.ts'
import { failureLine } from '../../domain/basics/failure.ts'
import { iso } from '../../domain/basics/time.ts'
import { visible, visibleJson } from '../../domain/basics/visible.ts'
import type { Change, Ended, Plan, Report, ScopeError, ScopePlan } from '../../domain/plan/plan.ts'
import { type Unfinished, unfinishedOutcome } from '../../domain/plan/report.ts'
import { summaryOf } from '../../domain/plan/summary.ts'
import { Secret } from '../../domain/user/secret.ts'
import type { FieldName, Value } from '../../domain/user/settings.ts'
import { SENSITIVE } from '../../domain/user/shown.ts'
import { printProblem } from './problem.ts'

const shown = (
  field: FieldName,
  value: Value | undefined,
  change: Change['change'],
  side: 'from' | 'to',
): string | number | boolean | null => {
  if (value instanceof Secret || (field === 'email_password' && !(change === 'create' && side === 'from'))) return SENSITIVE
  return value ?? null
}

const changeJson = ({ change, username, cause, fields, note }: Change) => ({
  change,
  username,
  cause,
  fields: fields.map(({ field, from, to, source }) => ({
    field,
    from: shown(field, from, change, 'from'),
    to: shown(field, to, change, 'to'),
    source,
  })),
  ...(note === undefined ? {} : { note }),
})

const endedJson = (ended: Ended) => ({
  ...changeJson(ended),
  outcome: ended.outcome,
  ...(ended.error === undefined ? {} : { error: ended.error }),
})

const scopeJson = (plan: ScopePlan, changes: ReadonlyArray<unknown>, offline: boolean) => ({
  scope: plan.scope,
  digest: offline ? null : plan.digest,
  live_users: plan.liveUsers,
  ...(plan.subaccounts === undefined ? {} : { subaccounts: plan.subaccounts }),
  in_sync: plan.inSync,
  unlisted: plan.unlisted,
  ignored: plan.ignored,
  changes,
  held: plan.held.map((held) => ({ ...changeJson(held), reason: held.reason, message: fullMessage(held) })),
  findings: plan.findings.map(({ openSince, raisedFrom, command, ...finding }) => ({
    ...finding,
    message: fullMessage({ ...finding, command }),
    open_since: momentOf(openSince),
    ...(raisedFrom === undefined ? {} : { raised_from: raisedFrom }),
  })),
  resolved: (plan.resolved ?? []).map(({ rule, severity, username, since }) => ({
    rule,
    severity,
    username,
    open_since: momentOf(since),
  })),
  unobservable: plan.unobservable,
})

const momentOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

/** Why a scope has no plan. */
export const errorJson = (error: ScopeError) => ({ kind: error.kind, message: fullMessage(error) })

const scopesJson = (plan: Plan, changesOf: (scope: ScopePlan) => ReadonlyArray<unknown>) =>
  plan.scopes.map((scope) =>
    scope._tag === 'Errored'
      ? { scope: scope.scope, error: errorJson(scope.error) }
      : scopeJson(scope, changesOf(scope), plan.digest === undefined),
  )

/** A plan as `smtp2go-reconciler/plan@1`. */
export const planJson = (plan: Plan): unknown => ({
  format: 'smtp2go-reconciler/plan@1',
  digest: plan.digest ?? null,
  config: plan.config,
  scopes: scopesJson(plan, ({ changes }) => changes.map(changeJson)),
  scopes_let_go: (plan.letGo ?? []).map(({ since, ...one }) => ({ ...one, since: since === undefined ? null : iso(since) })),
  summary: summaryOf(plan),
  cost: plan.cost,
})

type Document = { readonly [key: string]: unknown }

/** A report as `smtp2go-reconciler/report@1`: the plan's scopes with an outcome on each change. */
export const reportJson = ({ plan, ended, ...run }: Report): Document => ({ ...headJson(run), ...plannedJson(plan, ended) })

/** The same of what ended before its report; without a run or a plan, with what there is to say all the same. */
export const unfinishedJson = (unfinished: Unfinished): Document => {
  const { runId, requests = 0, durationMs = 0, plan, ended } = unfinished.run ?? {}
  return {
    ...headJson({ runId, outcome: unfinishedOutcome(unfinished), requests, durationMs }),
    ...(plan === undefined || ended === undefined ? { scopes: [] } : plannedJson(plan, ended)),
    problems: problemsJson(unfinished.failure),
  }
}

/** The report of what came to no run, or of whose run nothing is known any more. */
export const unrunJson = (failure: Failure): string => printJson(unfinishedJson({ failure }))

/** The report of what nobody took up, or a person said no to. */
export const untriedJson = (outcome: Report['outcome'], message: string): Document => ({
  ...headJson({ runId: undefined, outcome, requests: 0, durationMs: 0 }),
  scopes: [],
  problems: [{ message }],
})

type Head = Pick<Report, 'outcome' | 'requests' | 'durationMs'> & { readonly runId: string | undefined }

const headJson = ({ runId, outcome, requests, durationMs }: Head): Document => ({
  format: 'smtp2go-reconciler/report@1',
  run_id: runId ?? null,
  outcome,
  requests,
  duration_ms: durationMs,
})

const plannedJson = (plan: Plan, ended: Report['ended']): Document => ({
  digest: plan.digest ?? null,
  config: plan.config,
  scopes: scopesJson(plan, ({ scope, changes }) => {
    const ends = new Map((ended.get(scope) ?? []).map((one) => [one.username, one]))
    return changes.map((change) => endedJson(ends.get(change.username) ?? { ...change, outcome: 'not_attempted' }))
  }),
  summary: summaryOf(plan),
})

/** What is wrong where a document was to come. */
export const failureJson =
  (format: string, more: Document = {}) =>
  (failure: Failure): Document => ({ format, outcome: 'failed', scopes: [], problems: problemsJson(failure), ...more })

/** What is wrong, one entry a fault: with its place where it is in a file, never with the line itself. */
export const problemsJson = (failure: Failure): ReadonlyArray<unknown> =>
  failure._tag === 'ConfigInvalid'
    ? failure.problems.map(({ file, line, column, path, message, hint }) => ({
        file,
        line: line ?? null,
        column: column ?? null,
        path,
        message,
        hint: hint ?? null,
      }))
    : [{ message: failureLine(failure) }]

/** The same as lines for people. */
export const problemLines = (failure: Failure): ReadonlyArray<string> =>
  failure._tag === 'ConfigInvalid'
    ? failure.problems.map((problem) => visible(printProblem({ ...problem, excerpt: undefined }).replace(/\n */g, '; ')))
    : [visible(failureLine(failure))]

/** JSON for people and machines, every character harmless. */
export const printJson = (value: unknown): string => `${visibleJson(JSON.stringify(value, null, 2))}\n`
