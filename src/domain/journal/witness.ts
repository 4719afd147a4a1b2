// The witness: what the journal must be told of a run so that it alone can prove later what was so. It knows what it told last, and tells
// only what differs; once a process, once a day and with each new config it makes a whole statement, from which a reader may start.
import type { Failure } from '../basics/failure.ts'
import { failureLine } from '../basics/failure.ts'
import { DAY } from '../basics/time.ts'
import type { Work } from '../basics/work.ts'
import type { Plan, Report } from '../plan/plan.ts'
import { FIELDS } from '../user/settings.ts'
import { shortened, valueInFinding } from '../user/shown.ts'
import { wanted } from '../wanted/demand.ts'
import type { DesiredState } from '../wanted/desired.ts'
import type { RuleMatch } from '../wanted/rule.ts'
import type { Scope } from '../wanted/scope.ts'
import { scopesIn } from '../wanted/subaccount.ts'
import { type ConfigLine, type JournalLine, type RuleNote, type RunLine, ranBy, type ScopeLine } from './journal.ts'
import { type Known, knownAfter, newsOf, nothingKnown, type ScopeNews } from './witness-scope.ts'

/** What was told last. */
export type Witness = {
  /** Digest of the config that was told. */
  readonly config: string | undefined
  /** When the last whole statement was made, and under which config. */
  readonly whole: { readonly at: number; readonly config: string } | undefined
  readonly scopes: ReadonlyMap<Scope, Known>
}

/** A witness that has told nothing yet. */
export const fresh: Witness = { config: undefined, whole: undefined, scopes: new Map() }

/** Lines to write, and the witness once they are written. */
export type Testimony = { readonly lines: ReadonlyArray<JournalLine>; readonly witness: Witness }

type InForce = { readonly desired: DesiredState; readonly digest: string }

/** The line of the config, unless it was told already. */
export const ofConfig = (witness: Witness, { desired, digest }: InForce, at: string): Testimony => {
  if (witness.config === digest) return { lines: [], witness }
  const line: ConfigLine = {
    event: 'config',
    at,
    digest,
    files: desired.files,
    scopes: scopesIn(desired),
    mode: desired.policy.mode,
    schedule: desired.schedule.cron ?? null,
    timezone: desired.schedule.timezone,
    rules: desired.rules.map(({ id, severity, match, set, require, otherwise }) => ({
      id,
      severity,
      sets: fieldsOf(set),
      requires: [...new Set(require.map(({ field }) => field))],
      otherwise,
      says: [...fieldsOf(set).map((field) => `${field} is set to ${valueInFinding(set[field]?.value)}`), ...require.map(wanted)],
      ...matchOf(match),
    })),
    waivers: desired.rules.flatMap(({ id, waivers }) =>
      waivers.map(({ username, until, reason }) => ({
        rule: id,
        username: username.text,
        until: new Date(until).toISOString(),
        reason,
      })),
    ),
  }
  return { lines: [line], witness: { ...witness, config: digest } }
}

const matchOf = (match: RuleMatch): Pick<RuleNote, 'match'> => {
  const globs = Object.entries(match).flatMap(([name, glob]) => (glob === undefined ? [] : [[name, glob.text] as const]))
  return globs.length === 0 ? {} : { match: Object.fromEntries(globs) }
}

const fieldsOf = (set: DesiredState['rules'][number]['set']) => FIELDS.filter((field) => set[field] !== undefined)

/** A run as the journal is told of it. Times are milliseconds since the epoch. */
export type Ran = {
  readonly runId: string
  readonly trigger: string
  /** The person who ran it, where one did, and why. */
  readonly who: { readonly by: string; readonly reason: string } | undefined
  readonly began: number
  readonly ended: number
  readonly only: ReadonlyArray<Scope> | undefined
  readonly filtered: boolean
  readonly frozen: boolean
}

type Looked = Ran & { readonly looked: number; readonly report: Report }

/** The lines of a run that came to a report. */
export function* ofRun(before: Witness, config: InForce, ran: Looked): Work<Testimony> {
  const at = new Date(ran.ended).toISOString()
  const told = ofConfig(before, config, at)
  const { plan } = ran.report
  const whole = isWholeDue(before, plan, ran)
  const news: Array<ScopeNews> = []
  for (const seen of ran.filtered ? [] : plan.scopes)
    news.push(yield* newsOf({ seen, report: ran.report, known: knownOf(before, seen.scope), whole }))
  const lines = news.flatMap(
    ({ scope, note }): ReadonlyArray<ScopeLine> =>
      note === undefined ? [] : [{ event: 'scope', at, run_id: ran.runId, scope, ...note }],
  )
  const run: RunLine = {
    ...runLine(ran, config.digest, at),
    ...(plan.digest === undefined ? {} : { plan_digest: plan.digest }),
    outcome: ran.report.outcome,
    looked_at: new Date(ran.looked).toISOString(),
    requests: ran.report.requests,
    scopes: plan.scopes.length,
    seen: plan.scopes.filter(({ _tag }) => _tag === 'Planned').length,
    changes: [...ran.report.ended.values()].flat().filter(({ outcome }) => outcome !== 'not_attempted').length,
    ...(whole ? { whole: plan.scopes.map(({ scope }) => scope) } : {}),
  }
  const now = new Map(
    ran.filtered
      ? [...before.scopes].map(([scope, known]) => [scope, knownAfter(known, ran.report.ended.get(scope) ?? [])])
      : news.map(({ scope, known }) => [scope, known]),
  )
  return {
    lines: [...told.lines, ...lines, run],
    witness: {
      config: config.digest,
      whole: whole ? { at: ran.ended, config: config.digest } : before.whole,
      scopes: whole ? now : new Map([...before.scopes, ...now]),
    },
  }
}

/** The line of a run that came to none. */
export const ofFailure = (before: Witness, config: InForce, ran: Ran, failure: Failure): Testimony => {
  const at = new Date(ran.ended).toISOString()
  const told = ofConfig(before, config, at)
  const counts = { outcome: 'failed', requests: 0, scopes: config.desired.scopes.length, seen: 0, changes: 0 } as const
  const run: RunLine = { ...runLine(ran, config.digest, at), ...counts, error: cut(failureLine(failure)) }
  return { lines: [...told.lines, run], witness: told.witness }
}

const runLine = ({ runId, trigger, who, began, ended, only, filtered, frozen }: Ran, digest: string, at: string) => ({
  event: 'run' as const,
  at,
  run_id: runId,
  trigger,
  ...ranBy(who),
  config_digest: digest,
  duration_ms: Math.max(0, ended - began),
  ...(only === undefined ? {} : { only }),
  ...(filtered ? { filtered: true as const } : {}),
  ...(frozen ? { frozen: true as const } : {}),
})

const LONGEST = 500
const cut = (text: string): string => shortened(text, LONGEST)

const knownOf = ({ scopes }: Witness, scope: Scope): Known => scopes.get(scope) ?? nothingKnown

// A run over a part is no occasion for a whole statement; scopes that came or went are one, also where the config is the same.
const isWholeDue = ({ whole, scopes }: Witness, plan: Plan, { only, filtered, ended }: Ran): boolean => {
  if (only !== undefined || filtered) return false
  if (whole === undefined || whole.config !== plan.config.digest || ended - whole.at >= DAY || ended < whole.at) return true
  return plan.scopes.length !== scopes.size || plan.scopes.some(({ scope }) => !scopes.has(scope))
}
