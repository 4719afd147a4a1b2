// The daemon: triggers → queue → reconcile. Start and stop in order; the last good config stays when the file is broken.
import { approvalOf } from '../domain/approve.ts'
import { retryAfterMs } from '../domain/backoff.ts'
import type { Schedule } from '../domain/desired.ts'
import { defectOf, type Failure } from '../domain/failure.ts'
import type { Approval } from '../domain/ledger.ts'
import type { Plan, Report } from '../domain/plan.ts'
import type { Scope } from '../domain/scope.ts'
import { E, TE } from '../fp.ts'
import type { Stop, Tell, Trigger, WokenBy } from '../ports.ts'
import type { Config } from '../reconcile/plan.ts'
import { printsOf } from '../reconcile/plan.ts'
import type { ReconcilePorts } from '../reconcile/reconcile.ts'
import { reconcile } from '../reconcile/reconcile.ts'
import { runQueue } from './queue.ts'
import type { Status } from './status.ts'
import { afterEvent, starting } from './status.ts'

export type DaemonPorts = ReconcilePorts & {
  readonly load: () => TE.TaskEither<Failure, Config>
  /** Triggers that never change: files, signals. */
  readonly triggers: ReadonlyArray<Trigger>
  /** The trigger of a schedule; `undefined` where there is none. */
  readonly scheduled: (schedule: Schedule) => Trigger | undefined
  /** Told whenever a config is taken, so that its files are watched. */
  readonly taken: (config: Config) => void
  /** Told when the first run is over. */
  readonly ready: (status: Status) => void
}

/** What the control socket asks of a daemon. */
export type Controls = {
  readonly status: () => Status
  readonly reconcile: () => void
  readonly approve: (ask: { readonly digest: string; readonly reason: string; readonly by: string }) => string | undefined
  readonly vouch: (ask: { readonly scope: Scope; readonly reason: string; readonly by: string }) => void
}

export type Daemon = { readonly controls: Controls; readonly stop: () => Promise<void> }

const HOUR_MS = 3_600_000

/** Starts the daemon on a config that was just loaded. */
export const startDaemon = (ports: DaemonPorts, first: Config): Daemon => {
  const clock = ports.clock
  const nowText = (): string => clock.now().toISOString()
  const stopping = new AbortController()
  let status = starting(nowText())
  let lastGood = first
  let by: WokenBy = 'start'
  let tries = 0
  let approvals: ReadonlyArray<Approval> = []
  let vouched: ReadonlyMap<Scope, number> = new Map()
  let lastPlan: Plan | undefined
  let stopSchedule: Stop | undefined
  let scheduled: Schedule | undefined
  let retry: NodeJS.Timeout | undefined

  const tell: Tell = (event) => {
    status = afterEvent(status, event, nowText())
    if (event._tag === 'PlanMade') lastPlan = event.plan
    ports.tell(event)
  }

  const take = (config: Config): void => {
    lastGood = config
    tell({ _tag: 'ConfigTaken', files: config.desired.files, digest: config.digest })
    ports.taken(config)
    const { schedule } = config.desired
    if (scheduled?.cron === schedule.cron && scheduled?.timezone === schedule.timezone) return
    scheduled = schedule
    void stopSchedule?.()
    stopSchedule = ports.scheduled(schedule)?.(wake)
  }

  const run = async (): Promise<void> => {
    if (stopping.signal.aborted) return
    clearTimeout(retry)
    const wokenBy = by
    const loaded = await ports.load()()
    if (E.isLeft(loaded)) tell({ _tag: 'ConfigBroken', failure: loaded.left, lastGood: true })
    else take(loaded.right)
    const frozen = E.isLeft(loaded)
      ? 'the config file is broken; drift is only reported, against the last good config, until it is mended'
      : undefined
    const given = { approvals, vouched }
    ;[approvals, vouched] = [[], new Map()]
    const ask = {
      user: undefined,
      scope: undefined,
      digest: undefined,
      person: false,
      frozen,
      approveWith: (digest: string) => `approve ${digest}`,
      ...given,
    }
    const report = await reconcile({ ...ports, tell }, lastGood, {
      ...ask,
      by: wokenBy,
      agree: () => TE.right(true),
      signal: stopping.signal,
    })()
    if (E.isLeft(report)) tell({ _tag: 'RunFailed', runId: '', failure: report.left })
    else again(report.right)
    ports.ready(status)
  }

  const again = (report: Report): void => {
    const after = retryAfterMs(report, tries, ports.crypto.random())
    tries = after === undefined ? 0 : tries + 1
    if (after !== undefined && !stopping.signal.aborted) retry = setTimeout(() => wake('retry'), after)
  }

  const queue = runQueue(() =>
    run().catch((defect: unknown) => {
      tell({ _tag: 'RunFailed', runId: '', failure: defectOf(defect) })
    }),
  )
  const wake = (name: WokenBy): void => {
    if (stopping.signal.aborted || (name === 'file change' && !lastGood.desired.schedule.onChange)) return
    by = name
    queue.wake()
  }

  const stops = ports.triggers.map((trigger) => trigger(wake))
  take(first)
  wake('start')

  return {
    controls: {
      status: () => status,
      reconcile: () => wake('control'),
      approve: ({ digest, reason, by: who }) => {
        if (lastPlan === undefined) return 'no plan has been made yet'
        const prints = printsOf(ports.crypto, lastGood.desired, '')
        const approval = approvalOf(lastPlan, prints, { digest, reason, by: who, now: clock.now().getTime() })
        if (approval === undefined) return `the plan now is ${lastPlan.digest ?? 'none'}: look at it again with \`status\``
        if (approval.changes.length === 0) return 'nothing in that plan waits for an approval'
        approvals = [...approvals, approval]
        wake('control')
        return undefined
      },
      vouch: ({ scope }) => {
        vouched = new Map([...vouched, [scope, clock.now().getTime() + HOUR_MS]])
        wake('control')
      },
    },
    stop: async () => {
      stopping.abort()
      clearTimeout(retry)
      for (const stop of [...stops, stopSchedule]) await stop?.()
      await queue.idle()
    },
  }
}
