// Collecting evidence: the lines of a journal, in order, into what they prove of a period. Lines before it only say how it began.
import { iso } from '../basics/time.ts'
import type { JournalLine, OutcomeLine, RunLine } from '../journal/journal.ts'
import { byScope, type Scope } from '../wanted/scope.ts'
import { begunIn } from './begun.ts'
import { decisions } from './decisions.ts'
import type { DriftEvidence, Evidence, ScopeEvidence } from './document.ts'
import { findsOf, type Tally } from './finds.ts'
import { type Calendar, gapsThrough } from './gap.ts'
import { inForce } from './in-force.ts'
import { type Mended, mendsOf } from './mended.ts'
import { rulesKept } from './rules.ts'
import { type ScopeLineAt, type Standing, watchesOf } from './watches.ts'

/** A period, in milliseconds since the epoch. */
export type EvidencePeriod = { readonly since: number; readonly until: number }

/** Takes lines with their seq, oldest first, and gives the evidence. */
export const evidenceOf = (
  period: EvidencePeriod,
  calendar: Calendar,
): { readonly take: (line: JournalLine, seq: number) => void; readonly evidence: () => Evidence } => {
  const { since, until } = period
  const finds = findsOf(period)
  const measured = gapsThrough(calendar)
  const watches = watchesOf(period, { ...finds, isGap: measured.isGap })
  const counts = counting(since)
  const configs = inForce(period)
  const people = decisions(period)
  const begun = begunIn(period)
  const mends = mendsOf()
  let news: Array<ScopeLineAt> = []
  let changed = new Set<Scope>()

  const takeRun = (line: RunLine, seq: number): void => {
    const ran = { line, seq, news: news.filter((one) => one.line.run_id === line.run_id), edited: changed }
    news = []
    changed = new Set()
    people.run(line, seq)
    begun.run(line)
    const mended = mends.over()
    const isTold = ({ runId }: Mended): boolean => line.filtered !== true && runId === line.run_id
    for (const one of mended) if (!isTold(one)) watches.mend(one)
    if (line.looked_at !== undefined) watches.touch(line.only ?? [], line.looked_at)
    if (line.filtered === true) return
    counts.run(line)
    watches.run({ ...ran, mended: mended.filter(isTold) })
  }

  return {
    take: (line, seq) => {
      if (Date.parse(line.at) > until) {
        if (line.event === 'outcome') begun.outcome(line)
        if (line.event === 'run') begun.run(line)
        return
      }
      switch (line.event) {
        case 'config':
          configs.take(line, seq)
          watches.config(line, seq)
          measured.take(line)
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
          begun.intent(line, seq)
          watches.touch([line.scope], line.at)
          mends.intent(line, seq)
          return
        case 'outcome':
          people.outcome(line)
          begun.outcome(line)
          mends.outcome(line, seq)
          counts.outcome(line)
          return
        case 'decision':
          people.decision(line, seq)
      }
    },
    evidence: () => {
      const all = watches.all().map((watch) => ({ watch, scope: watch.scope, ...watch.standing(until), left: undefined }))
      const noOutcome = begun.noOutcome()
      for (const { watch } of all) watch.close(until)
      const { drift, findings, held, gaps, course, tallyOf } = finds
      return {
        since: iso(since),
        until: iso(until),
        ...counts.counted({ unfinished: begun.unfinished(), noOutcome: noOutcome.length }),
        repair_seconds: repairsIn(drift),
        scopes: [...all, ...watches.gone()]
          .sort((one, other) => byScope(one.scope, other.scope))
          .map((one) => scopeEvidence(period, one, tallyOf(one.scope))),
        rules: rulesKept(configs.rules(), all, findings, drift, held),
        drift: ordered(drift, ({ first_wrong }) => first_wrong),
        findings: ordered(findings, (one) => one.since),
        held: ordered(held, (one) => one.since),
        gaps: ordered(gaps, (one) => one.from),
        ...people.evidence(begun.ran()),
        no_outcome: noOutcome,
        waivers: configs.waivers(),
        configs: configs.configs(),
        course,
      }
    },
  }
}

/** Counts runs over all users, and changes, since a moment. */
const counting = (since: number) => {
  const runs = { total: 0, failed: 0, frozen: 0 }
  const changes = { tried: 0, verified: 0, unverified: 0 }
  return {
    counted: ({ unfinished, noOutcome }: { readonly unfinished: number; readonly noOutcome: number }) => ({
      runs: { ...runs, unfinished },
      changes: {
        tried: changes.tried + noOutcome,
        verified: changes.verified,
        unverified: changes.unverified + noOutcome,
        no_outcome: noOutcome,
      },
    }),
    run: ({ at, outcome, frozen }: RunLine): void => {
      if (Date.parse(at) < since) return
      runs.total += 1
      if (outcome === 'failed') runs.failed += 1
      if (frozen === true) runs.frozen += 1
    },
    outcome: ({ at, outcome }: OutcomeLine): void => {
      if (Date.parse(at) < since || outcome === 'not_attempted') return
      changes.tried += 1
      if (outcome === 'verified') changes.verified += 1
      else changes.unverified += 1
    },
  }
}

const scopeEvidence = (
  { since, until }: EvidencePeriod,
  { scope, state, inSyncSince, lastSeen, findings, held, left }: Standing,
  tally: Tally,
): ScopeEvidence => ({
  scope,
  state,
  in_sync_since: inSyncSince === undefined ? null : iso(inSyncSince.at),
  in_sync_seq: inSyncSince?.seq ?? null,
  last_seen: lastSeen === undefined ? null : iso(lastSeen.at),
  seq: lastSeen?.seq ?? null,
  in_config: share(tally.thereMs, until - since),
  looks: tally.looks,
  missed_looks: tally.missed,
  drift: tally.drift,
  findings_open: findings,
  held_open: held,
  gaps: tally.gaps,
  gap_seconds: Math.round(tally.gapMs / 1000),
  observed: share(tally.thereMs - tally.gapMs, until - since),
  left_at: left === undefined ? null : iso(left.at),
  left_seq: left?.seq ?? null,
})

const share = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.min(1, Math.max(0, Math.floor((10_000 * part) / whole) / 10_000))

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
