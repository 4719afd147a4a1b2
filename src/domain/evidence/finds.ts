// What was found out, as far as it is of the period, and counted by scope.
import { iso } from '../basics/time.ts'
import type { Scope } from '../wanted/scope.ts'
import type { EvidencePeriod } from './collect.ts'
import type { DriftEvidence, FindingEvidence, GapEvidence, HeldEvidence, Stretch } from './document.ts'
import type { Found } from './scope.ts'

/** How often a scope was looked at, and what came of it. */
export type Tally = { looks: number; missed: number; drift: number; gaps: number; gapMs: number; thereMs: number }

/** Gathers what the watches find out. */
export const findsOf = ({ since, until }: EvidencePeriod) => {
  const [from, to] = [iso(since), iso(until)]
  const drift: Array<DriftEvidence> = []
  const findings: Array<FindingEvidence> = []
  const held: Array<HeldEvidence> = []
  const gaps: Array<GapEvidence> = []
  const course = new Map<Scope, Array<Stretch>>()
  const tallies = new Map<Scope, Tally>()

  const tallyOf = (scope: Scope): Tally => {
    const known = tallies.get(scope)
    if (known !== undefined) return known
    const tally = { looks: 0, missed: 0, drift: 0, gaps: 0, gapMs: 0, thereMs: 0 }
    tallies.set(scope, tally)
    return tally
  }
  const within = (one: { readonly until: string | null }): boolean => one.until === null || one.until >= from
  const found: Found = {
    drift: (one) => {
      if (!within(one)) return
      drift.push(one)
      tallyOf(one.scope).drift += 1
    },
    finding: (one) => void (within(one) && findings.push(one)),
    held: (one) => void (within(one) && held.push(one)),
    gap: (one) => {
      if (!within(one)) return
      const start = Math.max(Date.parse(one.from), since)
      const ms = Date.parse(one.until ?? to) - start
      gaps.push({ ...one, from: iso(start), seconds: Math.round(ms / 1000) })
      const tally = tallyOf(one.scope)
      tally.gaps += 1
      tally.gapMs += ms
    },
    there: (scope, start, end) => {
      tallyOf(scope).thereMs += Math.max(0, Math.min(end, until) - Math.max(start, since))
    },
    stretch: (scope, one) => {
      const clipped = { ...one, from: Math.max(one.from, since), to: Math.min(one.to, until) }
      if (clipped.from >= clipped.to) return
      const all = course.get(scope)
      if (all === undefined) course.set(scope, [clipped])
      else all.push(clipped)
    },
  }
  return { found, tallyOf, drift, findings, held, gaps, course }
}
