// Rules: since when each scope keeps each rule. Nothing counts as kept before the rule was in force, before the last gap ended, or before
// the last finding and the last drift of what it sets were over.
import type { RuleNote } from '../journal/journal.ts'
import { glob } from '../user/username.ts'
import { ALL_SUBACCOUNTS, canMatchSubaccount, type Scope } from '../wanted/scope.ts'
import type { DriftEvidence, FindingEvidence, HeldEvidence, RuleEvidence } from './document.ts'
import type { RuleInForce } from './in-force.ts'

type Standing = {
  readonly scope: Scope
  readonly observedSince: number | undefined
  /** When each rule was last broken and was over. */
  readonly mended: ReadonlyMap<string, number>
  /** The rules that are broken now, once for each user. */
  readonly broken: ReadonlyArray<string>
  /** Those that are not kept by a user that has a waiver, once for each. */
  readonly waived: ReadonlyArray<string>
}

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

const EVERYBODY = { username: null, scope: null, status: null, profile: null }

/** The rules in force at the end of a period. */
export const rulesKept = (
  rules: ReadonlyArray<RuleInForce>,
  scopes: ReadonlyArray<Standing>,
  findings: ReadonlyArray<FindingEvidence>,
  drift: ReadonlyArray<DriftEvidence>,
  held: ReadonlyArray<HeldEvidence>,
): ReadonlyArray<RuleEvidence> => {
  const broken = timesBroken([
    ...findings.flatMap((one) => (one.waived ? [] : [{ ...one, rules: [one.rule, ...one.rules] }])),
    ...drift.map((one) => ({ ...one, since: one.first_wrong })),
    ...held,
  ])
  return rules.map(({ rule, since, seq }) => {
    const concerned = scopes.filter(concerning(rule))
    const each = concerned.map(({ scope, observedSince, mended, broken: now }) => {
      const open = now.filter((id) => id === rule.id).length
      const kept =
        open > 0 || observedSince === undefined ? undefined : Math.max(since, observedSince, mended.get(rule.id) ?? since)
      return { scope, kept, open, broken: broken.get(JSON.stringify([rule.id, scope])) ?? 0 }
    })
    const all = each.map(({ kept }) => kept)
    const isKept = each.length > 0 && all.every((kept) => kept !== undefined)
    return {
      seq,
      rule: rule.id,
      severity: rule.severity,
      fields: [...rule.sets, ...rule.requires],
      says: rule.says ?? [],
      match: { ...EVERYBODY, ...rule.match },
      kind: rule.sets.length > 0 ? 'set' : 'require',
      otherwise: rule.otherwise,
      in_force_since: new Date(since).toISOString(),
      kept_since: isKept ? iso(Math.max(...all.map((kept) => kept ?? 0))) : null,
      findings_open: each.reduce((sum, { open }) => sum + open, 0),
      waived: concerned.reduce((sum, { waived }) => sum + waived.filter((id) => id === rule.id).length, 0),
      broken: each.reduce((sum, one) => sum + one.broken, 0),
      scopes: each.map(({ scope, kept, open, broken: times }) => ({
        scope,
        kept_since: iso(kept),
        findings_open: open,
        broken: times,
      })),
    }
  })
}

/** Which scopes a rule is for; older lines do not tell. The list of subaccounts concerns a rule that may be for one of them. */
const concerning = ({ match }: RuleNote): ((one: Standing) => boolean) => {
  const pattern = match?.scope === undefined ? undefined : glob(match.scope)
  if (pattern === undefined) return () => true
  const isForSubaccounts = canMatchSubaccount(pattern)
  return ({ scope }) => (scope === ALL_SUBACCOUNTS ? isForSubaccounts : pattern.matches(scope))
}

type Time = Pick<HeldEvidence, 'scope' | 'username' | 'rules' | 'since' | 'until'>

/** How many times each rule was broken in each scope: what drifted and is held, or what is found and held, is one time. */
const timesBroken = (times: ReadonlyArray<Time>): ReadonlyMap<string, number> => {
  const broken = new Map<string, number>()
  const over = new Map<string, Pick<Time, 'since' | 'until'>>()
  for (const { scope, username, rules, ...time } of [...times].sort((one, other) => (one.since < other.since ? -1 : 1)))
    for (const rule of rules) {
      const [key, user] = [JSON.stringify([rule, scope]), JSON.stringify([rule, scope, username])]
      const last = over.get(user)
      const isSame = last !== undefined && (last.until === null || time.since < last.until || time.since === last.since)
      if (!isSame) broken.set(key, (broken.get(key) ?? 0) + 1)
      if (!isSame || (last.until !== null && (time.until === null || time.until > last.until))) over.set(user, time)
    }
  return broken
}
