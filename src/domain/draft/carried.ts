// Carried: a full edit cannot leave a password as it is. Where the declared one may not be set yet, the edit sets it, so that is part of the
// change: told, held and counted like the rest of it.
import { isWhole, modeOf } from '../plan/edit.ts'
import type { LiveEdit } from '../plan/plan.ts'
import type { LiveUser } from '../user/live.ts'
import type { DesiredUser } from '../wanted/desired.ts'
import { type Context, unsetPassword } from './diff.ts'

type Two = { readonly user: Pick<DesiredUser, 'username' | 'managed'>; readonly twin: LiveUser }

/** A change of a live user with the password that it would set; the very change where it would set none. */
export const carried = <C extends LiveEdit>(context: Context, { user, twin }: Two, change: C): C => {
  if (change.fields.length === 0) return change
  const isTold = change.fields.some(({ field }) => field === 'email_password')
  const password =
    isTold || !isWhole({ fields: change.fields, mode: modeOf(change, context.policy) })
      ? undefined
      : unsetPassword(context, user, twin)
  return password === undefined ? change : { ...change, fields: [password, ...change.fields] }
}
