// What a person should know of a user and its rules: what is not met, what is waived and until when, and rules that contradict each other.
import { momentText } from '../basics/time.ts'
import type { Finding } from '../plan/plan.ts'
import { FIELDS, type Settings, same } from '../user/settings.ts'
import { valueInFinding } from '../user/shown.ts'
import type { Failing, Holding } from './checking.ts'
import { soon } from './dates.ts'
import type { Page } from './rulebook.ts'

type Facts = {
  readonly page: Page
  readonly failing: ReadonlyArray<Failing>
  readonly settings: Settings
  readonly username: string
  /** The user is only told of: what rules set is not enforced either. */
  readonly isTold: boolean
  readonly now: number
}

/** The findings of the rules that hold for a user. */
export const aboutRules = ({ page, failing, settings, username, isTold, now }: Facts): ReadonlyArray<Finding> => {
  const isKept = failing.length === 0 && page.waived.length === 0 && !isTold
  if (isKept && page.ended.length === 0 && page.clashes.length === 0) return NONE
  const unmet = failing.map((one) => ({ ...one, why: one.unmet.map(({ why }) => why).join('; ') }))
  const unset = (isTold ? page.rules : page.waived).flatMap((holding) =>
    unsetOf(holding, settings).map((why) => ({ ...holding, why })),
  )
  const found = [...unmet, ...unset]
  return [
    ...found.map((one) => findingOf(one, username)),
    ...found.flatMap((one) => endingOf(one, username, now)),
    ...page.ended.map(
      ({ rule, waiver }): Finding => ({
        rule: 'waiver-ended',
        severity: 'low',
        username,
        about: rule.id,
        message: `the waiver of rule ${rule.id} (${waiver.reason}) ended at ${momentText(waiver.until)}, and the rule holds again: remove the waiver`,
        source: waiver.source,
      }),
    ),
    ...page.clashes.map(
      ({ field, one, other }): Finding => ({
        rule: 'rules-contradict',
        severity: 'high',
        username,
        about: `${field} ${one.id} ${other.id}`,
        rules: [one.id, other.id],
        message: `${field}: rule ${one.id} sets ${valueInFinding(one.set[field]?.value)} (${one.source}), rule ${other.id} sets ${valueInFinding(other.set[field]?.value)} (${other.source}): neither is enforced; change what one of them matches`,
        source: other.source,
      }),
    ),
  ]
}

const NONE: ReadonlyArray<Finding> = []

type Told = Holding & { readonly why: string }

const findingOf = ({ rule, waiver, why }: Told, username: string): Finding =>
  waiver === undefined
    ? { rule: rule.id, severity: rule.severity, username, message: why, source: rule.source }
    : {
        rule: rule.id,
        severity: 'low',
        username,
        waived: true,
        message: `waived until ${momentText(waiver.until)} (${waiver.reason}): ${why}`,
        source: waiver.source,
      }

const endingOf = ({ rule, waiver }: Told, username: string, now: number): ReadonlyArray<Finding> => {
  const near = soon(waiver?.until, now)
  if (waiver === undefined || near === undefined) return []
  const what = rule.require.length > 0 && rule.otherwise === 'report' ? 'told as a finding' : 'enforced'
  const message = `the waiver of rule ${rule.id} (${waiver.reason}) ends at ${momentText(waiver.until)}, ${near.words}: from then on the rule is ${what}`
  return [{ rule: 'waiver-ends', severity: near.severity, username, about: rule.id, message, source: waiver.source }]
}

/** What a rule sets and the service shows otherwise, in words. */
const unsetOf = ({ rule }: Holding, settings: Settings): ReadonlyArray<string> => {
  const differing = FIELDS.flatMap((field) => {
    const [wanted, live] = [rule.set[field]?.value, settings[field]]
    return wanted === undefined || live === undefined || same(field, live, wanted)
      ? []
      : [`${field} is ${valueInFinding(live)}: this rule sets ${valueInFinding(wanted)}`]
  })
  return differing.length === 0 ? [] : [differing.join('; ')]
}
