// Metrics for Prometheus: a reader of the events of runs for what is counted, and of the status for what is so now. Everything countable
// exists at zero from the start, since an alert on a series that is not there never fires. Label values are few: words of ours, and
// the first scopes by name; no username is ever one.
import { memoryUsage } from 'node:process'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { CAUSES, HOLD_REASONS, KINDS, OUTCOMES, RUN_OUTCOMES, SCOPE_ERRORS, SEVERITIES } from '../domain/plan/plan.ts'
import type { RunEvent } from '../domain/run/event.ts'
import { NOTIFICATION_ENDS, type NotificationEnd } from '../domain/wanted/operation.ts'
import type { EndedCall } from '../ports.ts'

/** What is so now, as the status has it. Times are ISO 8601. */
export type Standing = {
  readonly startedAt: string
  readonly completed: number
  readonly configFailure: unknown
  readonly configTakenAt: string | undefined
  readonly throttledUntil: string | undefined
  readonly lastRun: { readonly at: string } | undefined
  readonly nextRun: string | undefined
  readonly letGo?: ReadonlyArray<unknown> | undefined
  readonly scopes: ReadonlyArray<{
    readonly scope: string
    readonly knownSince: string
    readonly liveUsers: number
    readonly inSync: number
    readonly drift: ReadonlyArray<unknown>
    readonly driftSince: string | undefined
    readonly verifiedAt: string | undefined
    readonly lookedAt: string | undefined
    readonly held: ReadonlyArray<{ readonly reason: string }>
    readonly findings: ReadonlyArray<{ readonly severity: string }>
    readonly error: { readonly kind: string } | undefined
  }>
}

export type Metrics = {
  readonly tell: (event: RunEvent) => void
  /** An API call and how it ended. */
  readonly called: (call: EndedCall) => void
  /** A notification and how it ended. */
  readonly notified: (sent: NotificationEnd) => void
  readonly type: string
  readonly text: (standing: Standing, now: Date) => Promise<string>
}

const PREFIX = 'smtp2go_reconciler_'

const MOST_SCOPES = 200
const LONGEST_LABEL = 64
const THE_REST = 'others'

/** What the metrics of a daemon are made of, beside its events and its status. */
type Sources = {
  /** The calls that can be counted. */
  readonly calls: ReadonlyArray<EndedCall>
  /** How late the program got its turns since this was last asked, by quantile in seconds. */
  readonly lag: () => Promise<ReadonlyArray<readonly [quantile: string, seconds: number]>>
}

/** The metrics of one daemon. */
export const metrics = ({ calls, lag }: Sources): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, ...labelNames: ReadonlyArray<L>) =>
    new Counter<L>({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], registers })
  const gauge = <L extends string>(name: string, help: string, ...labelNames: ReadonlyArray<L>) =>
    new Gauge<L>({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], registers })

  const runs = counter('runs_total', 'Runs that ended, by outcome', 'outcome')
  const seconds = new Histogram({
    name: `${PREFIX}run_duration_seconds`,
    help: 'How long runs took',
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
    registers,
  })
  const changes = counter('changes_total', 'Changes that ended', 'change', 'cause', 'outcome')
  const requests = counter('requests_total', 'Requests to the service, by endpoint and how they ended', 'endpoint', 'class')
  const notifications = counter('notifications_total', 'Notifications, by how they ended', 'outcome')
  const ready = gauge('ready', '1 where a run completed and the config in the file is valid')
  const configGood = gauge('config_last_reload_successful', '1 where the config in the file is the one in force')
  const configAt = gauge('config_last_reload_success_timestamp_seconds', 'When the config in the file was last found valid')
  const throttled = gauge('throttled_until_timestamp_seconds', 'No request is sent before this moment; 0: none is held back')
  const lastRun = gauge('last_run_timestamp_seconds', 'When the last run ended')
  const nextRun = gauge('next_run_timestamp_seconds', 'When the next run is due; 0: no schedule')
  const held = gauge('held', 'Changes that are due and not made, by reason', 'reason')
  const findings = gauge('findings', 'What a person should know that is not a change, by severity', 'severity')
  const opened = counter('findings_opened_total', 'Findings that appeared', 'severity')
  const resolved = counter('findings_resolved_total', 'Findings that were there and are no more', 'severity')
  const scopeErrors = gauge('scope_errors', 'Scopes that cannot be read or believed, by why', 'kind')
  const scopes = gauge('scopes', 'Scopes of the config')
  const letGo = gauge('scopes_let_go', 'Scopes that the config named until lately and names no more: nobody looks at them')
  const live = gauge('live_users', 'Users that are live', 'scope')
  const inSync = gauge('in_sync_users', 'Users that are as the config says', 'scope')
  const drift = gauge('drift', 'Users that drifted and are not put back', 'scope')
  const driftAge = gauge('drift_age_seconds', 'How long the oldest of that drift is known; 0: there is none', 'scope')
  const unverified = gauge(
    'seconds_since_verified_in_sync',
    'Time since the scope was last seen to be in sync, or since it became known where it never was',
    'scope',
  )

  const unseen = gauge(
    'seconds_since_looked_at',
    'Time since a run last looked at the scope, with whatever result, or since it became known where none did',
    'scope',
  )
  const late = gauge('event_loop_lag_seconds', 'How late the program got its turns in runs since the last scrape', 'quantile')
  const started = gauge('start_timestamp_seconds', 'When the daemon started')
  const memory = gauge('resident_memory_bytes', 'Memory of the process')

  for (const severity of SEVERITIES) for (const count of [opened, resolved]) count.inc({ severity }, 0)
  for (const outcome of RUN_OUTCOMES) runs.inc({ outcome }, 0)
  for (const change of KINDS)
    for (const cause of CAUSES) for (const outcome of OUTCOMES) changes.inc({ change, cause, outcome }, 0)
  for (const call of calls) requests.inc(call, 0)
  for (const outcome of NOTIFICATION_ENDS) notifications.inc({ outcome }, 0)

  const update = (standing: Standing, now: Date): void => {
    const age = (since: string): number => Math.max(0, (now.getTime() - Date.parse(since)) / 1000)
    const at = (moment: string | undefined): number => (moment === undefined ? 0 : Date.parse(moment) / 1000)
    const whole = standing.configFailure === undefined
    started.set(at(standing.startedAt))
    memory.set(memoryUsage.rss())
    ready.set(whole && standing.completed > 0 ? 1 : 0)
    configGood.set(whole ? 1 : 0)
    configAt.set(at(standing.configTakenAt))
    throttled.set(at(standing.throttledUntil) * 1000 > now.getTime() ? at(standing.throttledUntil) : 0)
    lastRun.set(at(standing.lastRun?.at))
    nextRun.set(at(standing.nextRun))
    scopes.set(standing.scopes.length)
    letGo.set(standing.letGo?.length ?? 0)
    const [everyHeld, everyFinding] = [standing.scopes.flatMap((one) => one.held), standing.scopes.flatMap((one) => one.findings)]
    for (const reason of HOLD_REASONS) held.set({ reason }, everyHeld.filter((one) => one.reason === reason).length)
    for (const severity of SEVERITIES) findings.set({ severity }, everyFinding.filter((one) => one.severity === severity).length)
    for (const kind of SCOPE_ERRORS) scopeErrors.set({ kind }, standing.scopes.filter(({ error }) => error?.kind === kind).length)
    // A scope that left the config leaves the metrics.
    for (const one of [live, inSync, drift, driftAge, unverified, unseen]) one.reset()
    const oldest = new Map<string, { age: number; unverified: number; unseen: number }>()
    for (const [index, one] of standing.scopes.entries()) {
      const scope = index < MOST_SCOPES ? one.scope.slice(0, LONGEST_LABEL) : THE_REST
      live.inc({ scope }, one.liveUsers)
      inSync.inc({ scope }, one.inSync)
      drift.inc({ scope }, one.drift.length)
      const before = oldest.get(scope) ?? { age: 0, unverified: 0, unseen: 0 }
      oldest.set(scope, {
        age: Math.max(before.age, one.driftSince === undefined ? 0 : age(one.driftSince)),
        unverified: Math.max(before.unverified, age(one.verifiedAt ?? one.knownSince)),
        unseen: Math.max(before.unseen, age(one.lookedAt ?? one.knownSince)),
      })
    }
    for (const [scope, most] of oldest) {
      driftAge.set({ scope }, most.age)
      unverified.set({ scope }, most.unverified)
      unseen.set({ scope }, most.unseen)
    }
  }

  return {
    tell: (event) => {
      switch (event._tag) {
        case 'RunEnded':
        case 'AsideEnded':
          runs.inc({ outcome: event.report.outcome })
          for (const scope of event.report.plan.scopes) {
            if (scope._tag === 'Errored') continue
            for (const { severity, openSince } of scope.findings) if (openSince === undefined) opened.inc({ severity })
            for (const { severity } of scope.resolved ?? []) resolved.inc({ severity })
          }
          seconds.observe(event.report.durationMs / 1000)
          return
        case 'RunFailed':
          runs.inc({ outcome: 'failed' })
          return
        case 'ChangeEnded': {
          const { change, cause, outcome } = event.ended
          changes.inc({ change, cause, outcome })
          return
        }
        case 'RunStarted':
        case 'ConfigTaken':
        case 'ConfigBroken':
        case 'ConfigMended':
        case 'ScopeSeen':
        case 'PlanMade':
        case 'ChangeSent':
        case 'Notice':
      }
    },
    called: (call) => requests.inc(call),
    notified: (outcome) => notifications.inc({ outcome }),
    type: registry.contentType,
    text: async (standing, now) => {
      for (const [quantile, seconds] of await lag()) late.set({ quantile }, seconds)
      update(standing, now)
      return registry.metrics()
    },
  }
}
