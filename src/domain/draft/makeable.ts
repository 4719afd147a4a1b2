// Makeable: what of a change of a live user some edit can make, and the service has not just refused.
import { E } from '../../fp.ts'
import { type Edit, editOf, modeOf, sameEdit } from '../plan/edit.ts'
import type { FieldChange, LiveEdit } from '../plan/plan.ts'
import { partsOf } from '../plan/split-change.ts'
import type { LiveState, LiveUser } from '../user/live.ts'
import type { DesiredUser } from '../wanted/desired.ts'
import { carried } from './carried.ts'
import type { Context } from './diff.ts'
import { type Withheld, withhold } from './draft.ts'
import { refusal } from './vain.ts'

type Two = { readonly user: Pick<DesiredUser, 'managed'>; readonly twin: LiveUser }

/** A change of a live user that no edit can make, with what to declare. */
export const unmakable = (context: Context, live: LiveState, { user, twin }: Two, change: LiveEdit): Withheld | undefined => {
  const edit = requestOf(context, { user, twin, live }, change)
  return E.isLeft(edit) ? withhold(change, 'impossible', edit.left) : undefined
}

const requestOf = (
  { policy }: Context,
  { user, twin, live }: Two & { readonly live: LiveState },
  change: LiveEdit,
): E.Either<string, Edit> =>
  editOf({ fields: change.fields, managed: user.managed, user: twin, live, mode: modeOf(change, policy) })

/** S12: the full edit goes out complete, so that a part of a change may be the very request that the whole of it is. */
const isSameRequest = (context: Context, both: Both, [whole, part]: readonly [LiveEdit, LiveEdit]): boolean => {
  const [one, other] = [requestOf(context, both, whole), requestOf(context, both, part)]
  return E.isRight(one) && E.isRight(other) && sameEdit(one.right, other.right)
}

export type Both = { readonly user: DesiredUser; readonly twin: LiveUser; readonly live: LiveState }

/** `whole` is what of the change goes by the full edit. */
type Wanted = { readonly change: LiveEdit; readonly whole: ReadonlyArray<FieldChange> }

/** What of a change can be made now: all of it, its status alone, or nothing. */
export const makeable = (
  context: Context,
  both: Both,
  { change, whole }: Wanted,
): { readonly made: LiveEdit | undefined; readonly withheld: ReadonlyArray<Withheld> } => {
  const hindrance = (one: LiveEdit): Withheld | undefined => refusal(context, one) ?? unmakable(context, both.live, both, one)
  const hindered = hindrance(change)
  if (hindered === undefined) return { made: change, withheld: [] }
  const nothing = { made: undefined, withheld: [hindered] }
  const parts = partsOf(change, { ends: both.user.freed === true })
  if (parts === undefined) return nothing
  // What PATCH was seen not to make is not tried by it once more because it goes alone.
  const alone = whole.some(({ field }) => field === 'status') ? ({ whole: true } as const) : {}
  const status = carried(context, both, { ...parts.status, ...alone })
  if (hindrance(status) !== undefined || isSameRequest(context, both, [change, status])) return nothing
  // Who is to be blocked does not go on sending because something else of it cannot be made; nor does a block of ours outlast its reason.
  return { made: status, withheld: [{ ...hindered, change: parts.rest }] }
}
