// What was in force: configs one after the other, the rules of the last one, and the waivers while they lasted.
import { iso } from '../basics/time.ts'
import type { ConfigLine, RuleNote, WaiverNote } from '../journal/journal.ts'
import type { EvidencePeriod } from './collect.ts'
import type { ConfigEvidence, WaiverEvidence } from './document.ts'

/** A rule in force, and since when it says the same. */
export type RuleInForce = { readonly rule: RuleNote; readonly since: number; readonly seq: number }

type Waived = { readonly note: WaiverNote; readonly from: string; readonly seq: number }

const waiverKey = ({ rule, username, until, reason }: WaiverNote): string => JSON.stringify([rule, username, until, reason])

/** Follows the configs. */
export const inForce = ({ since, until }: EvidencePeriod) => {
  const [from, to] = [iso(since), iso(until)]
  const ended: Array<ConfigEvidence> = []
  const waived: Array<WaiverEvidence> = []
  let config: ConfigEvidence | undefined
  let rules = new Map<string, RuleInForce>()
  let waivers = new Map<string, Waived>()

  const endWaiver = ({ note, from: began, seq }: Waived, at: string | null, endSeq: number | null): void => {
    const { rule, username, reason, until: ends } = note
    const over = ends < (at ?? to) ? ends : at
    if (over === null || over >= from)
      waived.push({ seq, rule, username, reason, from: began, ends, until: over, until_seq: over === at ? endSeq : null })
  }
  const take = (line: ConfigLine, seq: number): void => {
    // A new process says what is in force, also where that is what was.
    if (config?.digest === line.digest) return
    if (config !== undefined && line.at >= from) ended.push({ ...config, until: line.at, until_seq: seq })
    const { at, digest, files, mode, schedule, timezone } = line
    const counts = { scopes: line.scopes.length, rules: line.rules.length }
    config = { seq, digest, from: at, until: null, until_seq: null, files, mode, schedule, timezone, ...counts }
    rules = new Map(
      line.rules.map((rule) => {
        const known = rules.get(rule.id)
        const same = known !== undefined && JSON.stringify(known.rule) === JSON.stringify(rule)
        return [rule.id, same ? known : { rule, since: Date.parse(at), seq }]
      }),
    )
    // One that had ended before it stood in a config never began.
    const begun = line.waivers.filter((note) => note.until > at)
    const now = new Map(begun.map((note) => [waiverKey(note), waivers.get(waiverKey(note)) ?? { note, from: at, seq }]))
    for (const [key, one] of waivers) if (!now.has(key)) endWaiver(one, at, seq)
    waivers = now
  }
  return {
    take,
    rules: (): ReadonlyArray<RuleInForce> => [...rules.values()],
    configs: (): ReadonlyArray<ConfigEvidence> => (config === undefined ? ended : [...ended, config]),
    waivers: (): ReadonlyArray<WaiverEvidence> => {
      for (const one of waivers.values()) endWaiver(one, null, null)
      waivers = new Map()
      return [...waived].sort((one, other) => (one.from < other.from ? -1 : one.from > other.from ? 1 : one.seq - other.seq))
    },
  }
}
