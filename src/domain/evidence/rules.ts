// Rules: since when each scope keeps each rule. Nothing counts as kept before the rule was in force, before the last gap ended, or before
// the last finding and the last drift of what it sets were over.
import type { Scope } from '../scope.ts'
import type { DriftEvidence, FindingEvidence, RuleEvidence } from './document.ts'
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

/** The rules in force at the end of a period. */
export const rulesKept = (
  rules: ReadonlyArray<RuleInForce>,
  scopes: ReadonlyArray<Standing>,
  findings: ReadonlyArray<FindingEvidence>,
  drift: ReadonlyArray<DriftEvidence>,
): ReadonlyArray<RuleEvidence> => {
  const broken = new Map<string, number>()
  const count = (rule: string, scope: Scope): void => {
    const key = JSON.stringify([rule, scope])
    broken.set(key, (broken.get(key) ?? 0) + 1)
  }
  for (const { rule, scope, waived } of findings) if (!waived) count(rule, scope)
  for (const one of drift) for (const rule of one.rules) count(rule, one.scope)
  return rules.map(({ rule, since, seq }) => {
    const each = scopes.map(({ scope, observedSince, mended, broken: now }) => {
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
      kind: rule.sets.length > 0 ? 'set' : 'require',
      otherwise: rule.otherwise,
      in_force_since: new Date(since).toISOString(),
      kept_since: isKept ? iso(Math.max(...all.map((kept) => kept ?? 0))) : null,
      findings_open: each.reduce((sum, { open }) => sum + open, 0),
      waived: scopes.reduce((sum, { waived }) => sum + waived.filter((id) => id === rule.id).length, 0),
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
