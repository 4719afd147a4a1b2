// Findings over time: new, still open since when, resolved. The ledger remembers what is open, so that a restart opens nothing anew.
import type { OpenFinding, ScopeMemory } from './ledger.ts'
import { DAY } from './ledger.ts'
import type { Finding, Severity } from './plan.ts'

/** Findings that are seen only where somebody was at it again: they are over once that has not happened for a day. */
const LINGERING: ReadonlySet<string> = new Set(['contested'])

const keyOf = ({ rule, username }: Pick<Finding, 'rule' | 'username'>): string => JSON.stringify([rule, username])

const lingers = ({ rule, seen }: OpenFinding, now: number): boolean =>
  LINGERING.has(rule) && now - (seen ?? 0) < DAY && now >= (seen ?? 0)

const GRAVITY: { readonly [S in Severity]: number } = { low: 0, medium: 1, high: 2 }

/** The findings, each with since when it is open, and whether it has become graver; one without is new. */
export const withSince = (memory: ScopeMemory | undefined, findings: ReadonlyArray<Finding>): ReadonlyArray<Finding> => {
  const open = new Map(memory?.findings?.map((one) => [keyOf(one), one]))
  if (open.size === 0) return findings
  return findings.map((one) => {
    const before = open.get(keyOf(one))
    if (before === undefined) return one
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
  const found = new Set(findings.map(keyOf))
  return (memory?.findings ?? []).filter((one) => !found.has(keyOf(one)) && !lingers(one, now))
}

type Seen = { readonly findings: ReadonlyArray<Finding>; readonly now: number; readonly filtered: boolean }

/** What is open from now on; where only some users were looked at, nothing is over. */
export const openAfter = (
  memory: ScopeMemory | undefined,
  { findings, now, filtered }: Seen,
): ReadonlyArray<OpenFinding> | undefined => {
  const before = new Map(memory?.findings?.map((one) => [keyOf(one), one]))
  const open = new Map<string, OpenFinding>()
  for (const [key, one] of before) if (filtered || lingers(one, now)) open.set(key, one)
  for (const finding of findings) {
    const { rule, username, severity } = finding
    const since = before.get(keyOf(finding))?.since ?? now
    open.set(keyOf(finding), { rule, username, severity, since, ...(LINGERING.has(rule) ? { seen: now } : {}) })
  }
  return open.size === 0 ? undefined : [...open.values()]
}
