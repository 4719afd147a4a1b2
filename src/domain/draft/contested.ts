// Contested fields: those that somebody keeps setting back, and what comes of their repair.
import { DAY } from '../basics/time.ts'
import type { Change, Finding } from '../plan/plan.ts'
import type { FieldName } from '../user/settings.ts'
import { isRateLimit } from '../user/settings.ts'
import type { Context, Difference } from './diff.ts'
import { memoryOf, wasWanted } from './diff.ts'
import { withhold } from './draft.ts'
import type { Part } from './part.ts'

/** Fields whose drift is about to be repaired for the third time or more within 24 hours. */
export const contestedFields = (
  context: Context,
  username: string,
  found: Pick<Difference, 'fields'>,
): ReadonlyArray<FieldName> => {
  const memory = memoryOf(context.memory, username)
  const often = found.fields
    .filter((change) => wasWanted(context.prints, memory, change))
    .map(({ field }) => field)
    .filter((field) => (memory.repairs.get(field) ?? []).filter((at) => context.now - at < DAY).length >= 2)
  return found.fields
    .map(({ field }) => field)
    .filter((field) => often.includes(field) || (isRateLimit(field) && often.some(isRateLimit)))
}

/** The finding of a contested field. */
export const contest = (username: string, field: FieldName): Finding => ({
  rule: 'contested',
  severity: 'high',
  username,
  about: field,
  message: `${field} was set back by somebody at least three times in 24 hours: find out who else changes this user`,
})

/** What is contested of a change, as findings. */
export const contestsOf = (context: Context, change: Change): ReadonlyArray<Finding> =>
  contestedFields(context, change.username, change).map((field) => contest(change.username, field))

/** Why what is contested is not made. */
export const leftToPeople = (fields: ReadonlyArray<FieldName>): string =>
  `${fields.join(', ')}: somebody set this back at least three times in 24 hours, and policy.contested is hold; it is repaired again a day later, or at once where the config says another value or contested: enforce`

/** A change of which no part can be left out: made, unless it is contested and that is left to people. */
export const dueUnlessContested = (context: Context, change: Change): Part => {
  const findings = contestsOf(context, change)
  if (findings.length === 0) return { due: [change] }
  const why = leftToPeople(contestedFields(context, change.username, change))
  return context.policy.contested === 'hold'
    ? { findings, withheld: [withhold(change, 'contested', why)] }
    : { findings, due: [change] }
}
