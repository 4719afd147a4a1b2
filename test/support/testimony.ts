// The lines of a journal, made up in few words, and the evidence of them: a run every quarter of an hour, of one account.
import { decisionOf } from '../../src/adapters/journal/decided.ts'
import { evidenceOf } from '../../src/domain/evidence/collect.ts'
import type { Evidence } from '../../src/domain/evidence/document.ts'
import type { ConfigLine, DriftNote, JournalLine, RunLine, ScopeLine } from '../../src/domain/journal/journal.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'

/** When the first of these journals begin. */
export const START = Date.UTC(2026, 0, 1)
const QUARTER = 900_000
/** A moment, so many quarters of an hour later. */
export const at = (quarters: number, ms = 0): number => START + quarters * QUARTER + ms
export const iso = (quarters: number, ms = 0): string => new Date(at(quarters, ms)).toISOString()

/** The config in force at the beginning. */
export const CONFIG: ConfigLine = {
  event: 'config',
  at: iso(0),
  digest: 'sha256:a',
  files: ['config.yaml'],
  scopes: ['account'],
  mode: 'enforce',
  schedule: '*/15 * * * *',
  timezone: 'UTC',
  rules: [{ id: 'tracking', severity: 'high', sets: ['open_tracking_enabled'], requires: [], otherwise: 'report' }],
  waivers: [],
}

/** A run of two seconds, whose look took one, at so many quarters of an hour. */
export const run = (quarter: number, some: Partial<RunLine> = {}): RunLine => ({
  event: 'run',
  at: iso(quarter, 2000),
  run_id: `r${quarter}`,
  trigger: 'schedule',
  config_digest: 'sha256:a',
  outcome: 'in_sync',
  duration_ms: 2000,
  looked_at: iso(quarter, 1000),
  requests: 1,
  scopes: 1,
  seen: 1,
  changes: 0,
  ...some,
})
export const failed = (quarter: number): RunLine => {
  const { looked_at: _, ...rest } = run(quarter, { outcome: 'failed', seen: 0, error: 'no disk' })
  return rest
}
export const whole = (quarter: number, ...scopes: ReadonlyArray<Scope>): RunLine =>
  run(quarter, { whole: scopes.length === 0 ? ['account'] : scopes })
export const news = (quarter: number, some: Partial<ScopeLine>): ScopeLine => ({
  event: 'scope',
  at: iso(quarter, 2000),
  run_id: `r${quarter}`,
  scope: 'account',
  state: 'in_sync',
  ...some,
})
export const drift = (state: DriftNote['state'], username = 'u'): NonNullable<ScopeLine['drift']> => [
  { username, fields: ['open_tracking_enabled'], rules: ['tracking'], state },
]
export const finding = (state: 'new' | 'still' | 'over', username = 'u'): NonNullable<ScopeLine['findings']> => [
  { rule: 'tracking', severity: 'high', username, state, message: 'it is on' },
]
/** A decision as its command, which a line of the journal tells it by. */
export const decided = (quarter: number, what: string) => {
  const decision = decisionOf(what, undefined)
  const line = { event: 'decision', at: iso(quarter), what, by: 'ops', reason: 'because' } as const
  return decision === undefined ? line : { ...line, decision }
}

const DAYS = 96 * QUARTER
const periodOf = (expression: string): number => (expression === 'daily' ? DAYS : QUARTER)
/** Schedules that fire every quarter of an hour, but `daily`. */
export const CALENDAR = {
  shortestGapMs: periodOf,
  next: (expression: string, _: string, after: Date) =>
    new Date(Math.floor(after.getTime() / periodOf(expression) + 1) * periodOf(expression)),
}

/** The evidence of lines up to a quarter. */
export const evidence = (lines: ReadonlyArray<JournalLine>, until: number, since = 0): Evidence => {
  const collected = evidenceOf({ since: at(since), until: at(until, 3000) }, CALENDAR)
  for (const [index, line] of lines.entries()) collected.take(line, index + 1)
  return collected.evidence()
}

/** A run every quarter that has no news. */
export const calm = (from: number, to: number): ReadonlyArray<RunLine> =>
  Array.from({ length: to - from + 1 }, (_, index) => run(from + index))
/** The first lines of a journal: the config, and a run that found all in sync. */
export const BEGUN = [CONFIG, whole(0)]
