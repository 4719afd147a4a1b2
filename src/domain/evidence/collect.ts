// Collecting evidence: the lines of a journal, in order, into what they prove of a period. Lines before it only say how it began.
import type { ConfigLine, JournalLine, RunLine, ScopeLine } from '../journal.ts'
import type { Scope } from '../scope.ts'
import { byScope } from '../scope.ts'
import { decisions } from './decisions.ts'
import type { DriftEvidence, Evidence, FindingEvidence, GapEvidence, HeldEvidence, ScopeEvidence, Stretch } from './document.ts'
import { type Calendar, gapsUnder, type IsGap } from './gap.ts'
import { inForce } from './in-force.ts'
import { mending } from './mended.ts'
import { rulesKept } from './rules.ts'
import { type Found, type Look, NO_NEWS, type ScopeWatch, watchOf } from './scope.ts'

/** A period, in milliseconds since the epoch. */
export type Period = { readonly since: number; readonly until: number }

type Tally = { looks: number; missed: number; drift: number; gaps: number; gapMs: number }

/** Takes lines with their seq, oldest first, and gives the evidence. */
export const evidenceOf = (
  { since, until }: Period,
  calendar: Calendar,
): { readonly take: (line: JournalLine, seq: number) => void; readonly evidence: () => Evidence } => {
  const iso = (at: number): string => new Date(at).toISOString()
  const [from, to] = [iso(since), iso(until)]
  const drift: Array<DriftEvidence> = []
  const findings: Array<FindingEvidence> = []
  const held: Array<HeldEvidence> = []
  const gaps: Array<GapEvidence> = []
  const course = new Map<Scope, Array<Stretch>>()
  const watches = new Map<Scope, ScopeWatch>()
  const tallies = new Map<Scope, Tally>()
  const runs = { total: 0, failed: 0, frozen: 0 }
  const changes = { tried: 0, verified: 0, unverified: 0 }
  const configs = inForce({ since, until })
  const people = decisions({ since, until })
  const mends = mending()
  let news: Array<{ readonly seq: number; readonly line: ScopeLine }> = []
  let changed = new Set<Scope>()
  let isFirst = true
  let isGap: IsGap = gapsUnder(calendar, { schedule: null, timezone: 'UTC' })

  const tallyOf = (scope: Scope): Tally => {
    const known = tallies.get(scope)
    if (known !== undefined) return known
    const tally = { looks: 0, missed: 0, drift: 0, gaps: 0, gapMs: 0 }
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
    stretch: (scope, one) => {
      const clipped = { ...one, from: Math.max(one.from, since), to: Math.min(one.to, until) }
      if (clipped.from >= clipped.to) return
      const all = course.get(scope)
      if (all === undefined) course.set(scope, [clipped])
      else all.push(clipped)
    },
  }

  const take = (line: JournalLine, seq: number): void => {
    const at = Date.parse(line.at)
    if (at > until) return
    switch (line.event) {
      case 'config':
        takeConfig(line, seq)
        return
      case 'scope':
        news.push({ seq, line })
        return
      case 'run':
        takeRun(line, seq)
        return
      case 'intent':
        changed.add(line.scope)
        people.intent(line, seq)
        mends.intent(line)
        return
      case 'outcome':
        people.outcome(line)
        mends.outcome(line, seq)
        if (at < since || line.outcome === 'not_attempted') return
        changes.tried += 1
        if (line.outcome === 'verified') changes.verified += 1
        else changes.unverified += 1
        return
      case 'decision':
        people.decision(line, seq)
    }
  }

  const takeConfig = (line: ConfigLine, seq: number): void => {
    configs.take(line, seq)
    isGap = gapsUnder(calendar, line)
  }

  const takeRun = (line: RunLine, seq: number): void => {
    const [mine, edited] = [news.filter((one) => one.line.run_id === line.run_id), changed]
    news = []
    changed = new Set()
    const ended = Date.parse(line.at)
    people.run(line, seq)
    const mended = mends.over()
    if (line.filtered === true) {
      for (const one of mended) watches.get(one.scope)?.mend(one)
      return
    }
    if (ended >= since) {
      runs.total += 1
      if (line.outcome === 'failed') runs.failed += 1
      if (line.frozen === true) runs.frozen += 1
    }
    const began = ended - line.duration_ms
    const looked = line.looked_at === undefined ? ended : Date.parse(line.looked_at)
    const born = isFirst ? Math.min(since, began) : began
    isFirst = false
    for (const scope of [...(line.whole ?? []), ...mine.map((one) => one.line.scope)])
      if (!watches.has(scope)) watches.set(scope, watchOf(scope, born, found))
    if (line.whole !== undefined) leaveAllBut(new Set(line.whole), { at: ended, seq })
    if (line.looked_at === undefined) {
      if (ended >= since) for (const scope of watches.keys()) tallyOf(scope).missed += 1
      return
    }
    const newsOf = new Map(mine.map((one) => [one.line.scope, one]))
    const look: Look = { seq, began, looked, ended, whole: line.whole !== undefined, isGap }
    for (const watch of watches.values()) {
      if (line.only !== undefined && !line.only.includes(watch.scope)) continue
      const news = newsOf.get(watch.scope)
      const isEdited = edited.has(watch.scope)
      const isSeen = watch.look(look, news === undefined && !isEdited ? NO_NEWS : { news, changed: isEdited })
      if (ended < since) continue
      const tally = tallyOf(watch.scope)
      if (isSeen) tally.looks += 1
      else tally.missed += 1
    }
  }

  const leaveAllBut = (there: ReadonlySet<Scope>, end: { readonly at: number; readonly seq: number }): void => {
    for (const [scope, watch] of watches) {
      if (there.has(scope)) continue
      watch.leave(end)
      watches.delete(scope)
    }
  }

  const scopeEvidence = (watch: ScopeWatch): ScopeEvidence => {
    const { state, inSyncSince, lastSeen, findings: open, held: waiting } = watch.standing(until, isGap)
    const tally = tallyOf(watch.scope)
    return {
      scope: watch.scope,
      state,
      in_sync_since: inSyncSince === undefined ? null : iso(inSyncSince.at),
      in_sync_seq: inSyncSince?.seq ?? null,
      last_seen: lastSeen === undefined ? null : iso(lastSeen.at),
      seq: lastSeen?.seq ?? null,
      looks: tally.looks,
      missed_looks: tally.missed,
      drift: tally.drift,
      findings_open: open,
      held_open: waiting,
      gaps: tally.gaps,
      gap_seconds: Math.round(tally.gapMs / 1000),
      observed: until === since ? 0 : Math.max(0, Math.floor(10_000 * (1 - tally.gapMs / (until - since))) / 10_000),
    }
  }

  return {
    take,
    evidence: () => {
      const all = [...watches.values()].sort((one, other) => byScope(one.scope, other.scope))
      const standings = all.map((watch) => ({ scope: watch.scope, ...watch.standing(until, isGap) }))
      for (const watch of all) watch.close(until, isGap)
      return {
        since: from,
        until: to,
        runs,
        changes,
        repair_seconds: repairsIn(drift),
        scopes: all.map(scopeEvidence),
        rules: rulesKept(configs.rules(), standings, findings, drift, held),
        drift: ordered(drift, ({ first_wrong }) => first_wrong),
        findings: ordered(findings, (one) => one.since),
        held: ordered(held, (one) => one.since),
        gaps: ordered(gaps, (one) => one.from),
        ...people.evidence(),
        waivers: configs.waivers(),
        configs: configs.configs(),
        course,
      }
    },
  }
}

const ordered = <A extends { readonly scope: Scope; readonly username?: string; readonly seq: number | null }>(
  all: ReadonlyArray<A>,
  momentOf: (one: A) => string,
): ReadonlyArray<A> => {
  const keyOf = (one: A): string => `${momentOf(one)} ${one.scope === 'account' ? '' : one.scope} ${one.username ?? ''}`
  const keys = new Map(all.map((one) => [one, keyOf(one)]))
  return [...all].sort((one, other) => {
    const [key, otherKey] = [keys.get(one) ?? '', keys.get(other) ?? '']
    return key < otherKey ? -1 : key > otherKey ? 1 : (one.seq ?? 0) - (other.seq ?? 0)
  })
}

const repairsIn = (drift: ReadonlyArray<DriftEvidence>): Evidence['repair_seconds'] => {
  const times = drift
    .flatMap(({ how, seconds }) => (how === 'repaired' && seconds !== null ? [seconds] : []))
    .sort((a, b) => a - b)
  const longest = times.at(-1)
  return longest === undefined ? null : { median: times[Math.floor((times.length - 1) / 2)] ?? longest, longest }
}
