// Findings over time: new, still open since when, resolved. The ledger remembers what is open, so that a restart opens nothing anew.
import { DAY } from '../basics/time.ts'
import type { Finding, Severity } from '../plan/plan.ts'
import type { OpenFinding, ScopeMemory } from './ledger.ts'

/** Findings that are seen only where somebody was at it again: they are over once that has not happened for a day. */
const LINGERING: ReadonlySet<string> = new Set(['contested'])

type Known = { readonly rule: string; readonly username: string; readonly about?: string | undefined }

/** By what findings are told apart, whatever they say. */
export const findingKey = ({ rule, username, about }: Known): string => JSON.stringify([rule, username, about])

const lingers = ({ rule, seen }: OpenFinding, now: number): boolean =>
  LINGERING.has(rule) && now - (seen ?? 0) < DAY && now >= (seen ?? 0)

const GRAVITY: { readonly [S in Severity]: number } = { low: 0, medium: 1, high: 2 }

/** The findings, each with since when it is open, and whether it has become graver; one without is new. */
export const withSince = (memory: ScopeMemory | undefined, findings: ReadonlyArray<Finding>): ReadonlyArray<Finding> => {
  const open = new Map(memory?.findings?.map((one) => [findingKey(one), one]))
  if (open.size === 0) return findings
  return findings.map((one) => {
    const before = open.get(findingKey(one))
    if (before === undefined || before.untold === true) return one
    const { since: openSince, severity: raisedFrom } = before
    return GRAVITY[one.severity] > GRAVITY[raisedFrom] ? { ...one, openSince, raisedFrom } : { ...one, openSince }
  })
}

/** What was open and is not found any more. */
export const resolvedIn = (
  memory: ScopeMemory | undefined,
  findings: ReadonlyArray<Finding>,
  now: number,
): ReadonlyArray<OpenFinding> => {
  const found = new Set(findings.map(findingKey))
  return (memory?.findings ?? []).filter((one) => one.untold !== true && !found.has(findingKey(one)) && !lingers(one, now))
}

type Seen = {
  readonly findings: ReadonlyArray<Finding>
  readonly now: number
  readonly filtered: boolean
  /** The run comes to no report, or to one that is no news. */
  readonly untold: boolean
}

/** What is open from now on. Where only some users were looked at nothing is over, nor where nobody is told: that is left to the next run. */
export const openAfter = (
  memory: ScopeMemory | undefined,
  { findings, now, filtered, untold }: Seen,
): ReadonlyArray<OpenFinding> | undefined => {
  const before = new Map(memory?.findings?.map((one) => [findingKey(one), one]))
  const open = new Map<string, OpenFinding>()
  for (const [key, one] of before) if (filtered || lingers(one, now) || (untold && one.untold !== true)) open.set(key, one)
  for (const finding of findings) {
    const { rule, username, about, severity } = finding
    const known = before.get(findingKey(finding))
    open.set(findingKey(finding), {
      rule,
      username,
      ...(about === undefined ? {} : { about }),
      severity: untold ? (known?.severity ?? severity) : severity,
      since: known?.since ?? now,
      ...(LINGERING.has(rule) ? { seen: now } : {}),
      ...(untold && (known === undefined || known.untold === true) ? { untold: true as const } : {}),
    })
  }
  return open.size === 0 ? undefined : [...open.values()]
}
