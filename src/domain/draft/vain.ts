// In vain: what was tried before and did not take. It is not sent again while it would be the same, for a day; what PATCH was seen not to
// reset goes by the full edit once, where that is safe.
import { E } from '../../fp.ts'
import { DAY } from '../basics/time.ts'
import { editOf } from '../plan/edit.ts'
import type { Change, FieldChange } from '../plan/plan.ts'
import type { LiveState, LiveUser } from '../user/live.ts'
import { printOf } from '../user/prints.ts'
import { fields as rows } from '../user/settings.ts'
import type { DesiredUser } from '../wanted/desired.ts'
import { isAgain } from './again.ts'
import type { Context, Difference } from './diff.ts'
import { memoryOf, stuckFields } from './diff.ts'
import { type Withheld, withhold } from './draft.ts'

const UNTIL = 'tried again when the config or the live value changes, or after a day'

/** What of a difference is held because it was tried in vain, and what goes by the full edit instead. */
export type Vain = { readonly withheld: ReadonlyArray<Withheld>; readonly whole: ReadonlyArray<FieldChange> }

type Facts = { readonly user: DesiredUser; readonly twin: LiveUser; readonly live: LiveState; readonly found: Difference }

/** Sorts out what was tried in vain. */
export const vain = (context: Context, { user, twin, live, found }: Facts): Vain => {
  if (found.notTaking.length === 0) return { withheld: [], whole: [] }
  const resets = found.notTaking.filter((change) => isUntriedReset(context, user.username, change))
  if (resets.length === 0) return { withheld: [notTaking(context, user.username, found.notTaking)], whole: [] }
  const others = found.notTaking.filter((change) => !resets.includes(change))
  const held = others.length === 0 ? [] : [notTaking(context, user.username, others)]
  const edit = editOf({ fields: [...found.fields, ...resets], managed: user.managed, user: twin, live, mode: 'full' })
  if (E.isRight(edit)) return { withheld: held, whole: resets }
  const change: Change = { change: 'update', username: user.username, cause: 'retry', fields: resets }
  const why = `PATCH was seen not to reset ${namesOf(resets)}; ${edit.left}`
  return { withheld: [...held, withhold(change, 'impossible', why)], whole: [] }
}

const namesOf = (changes: ReadonlyArray<FieldChange>): string => changes.map(({ field }) => field).join(', ')

const isUntriedReset = (context: Context, username: string, { field, to }: FieldChange): boolean => {
  const { reset, same } = rows[field]
  return (
    context.policy.edit === 'auto' &&
    reset !== undefined &&
    same(reset, to) &&
    !memoryOf(context.memory, username).notTaking.some((one) => one.field === field && one.whole === true)
  )
}

/** What did not take, held with what is known of it. */
export const notTaking = (context: Pick<Context, 'memory'>, username: string, fields: ReadonlyArray<FieldChange>): Withheld => {
  const told = memoryOf(context.memory, username).notTaking.filter((one) => fields.some(({ field }) => field === one.field))
  const words = [...new Set(told.flatMap(({ why }) => (why === undefined ? [] : [why])))]
  const what = words.length === 0 ? 'sent before, the service kept its own value' : `refused before: ${words.join('; ')}`
  const change: Change = { change: 'update', username, cause: 'retry', fields }
  return withhold(change, 'not_converging', `${namesOf(fields)}: ${what}; ${UNTIL}`)
}

/** Why a change of an unlisted user is not tried again: it was refused before, or did not take. */
export const triedInVain = (context: Context, change: Change): Withheld | undefined => {
  const stuck = stuckFields(context, memoryOf(context.memory, change.username), change.fields)
  const inVain = stuck.size === 0 ? undefined : { ...notTaking(context, change.username, change.fields), change }
  return refusal(context, change) ?? inVain
}

/** A request that the service refused is not repeated while it would be the same request, for a day. */
export const refusal = (context: Pick<Context, 'memory' | 'prints' | 'now'>, change: Change): Withheld | undefined => {
  const lately = memoryOf(context.memory, change.username).refused.filter(({ at }) => context.now - at < DAY)
  if (lately.length === 0) return undefined
  const [wanted, live] = [sidesOf(context, change.fields, 'to'), sidesOf(context, change.fields, 'from')]
  const refused = lately.find((one) => one.wanted === wanted && one.live === live)
  if (refused === undefined) return undefined
  return refused.taken === true
    ? withhold(change, 'impossible', `taken elsewhere: ${refused.message}; ${UNTIL}`)
    : withhold(change, 'not_converging', `refused before: ${refused.message}; ${UNTIL}`)
}

/** Whether the service has said no to a change within a day, and would be asked the same again. */
export const wasRefused = (context: Context, change: Change): boolean => {
  if (refusal(context, change) !== undefined) return true
  const memory = memoryOf(context.memory, change.username)
  const stuck = stuckFields(context, memory, change.fields)
  return memory.notTaking.some(({ field, why }) => why !== undefined && stuck.has(field))
}

/** One print of one side of all fields of a change; what is only sent again, and goes with it where there is room, makes no other request of it. */
export const sidesOf = (context: Pick<Context, 'prints'>, fields: ReadonlyArray<FieldChange>, side: 'from' | 'to'): string => {
  const seen = fields.filter((one) => !isAgain(one))
  const asked = seen.length === 0 ? fields : seen
  return context.prints.sha256(JSON.stringify(asked.map((change) => [change.field, printOf(context.prints, change[side])])))
}
