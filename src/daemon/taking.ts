// Taking: what there is to say of a config that comes into force.
import type { RunEvent } from '../domain/run/event.ts'
import { scopesIn } from '../domain/wanted/subaccount.ts'
import type { Config } from '../reconcile/plan.ts'
import type { Status } from './status.ts'

/** That it does, where the status before is this one. */
export const takenIn = (
  { configBrokenSince: since }: Pick<Status, 'configBrokenSince'>,
  { desired, digest }: Config,
  now: Date,
): Extract<RunEvent, { _tag: 'ConfigTaken' }> => ({
  _tag: 'ConfigTaken',
  files: desired.files,
  digest,
  scopes: scopesIn(desired),
  ...(since === undefined ? {} : { brokenMs: now.getTime() - Date.parse(since) }),
})
