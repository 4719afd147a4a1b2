// Cost: what applying a plan would send, and how long that takes at the pace that is set.
import type { DesiredState } from '../wanted/desired.ts'
import type { Search } from '../wanted/subaccount.ts'
import { isWhole, modeOf } from './edit.ts'
import type { Plan, ScopePlan } from './plan.ts'

type Looking = Pick<DesiredState, 'api' | 'policy'> & {
  /** How many scopes are looked at. */
  readonly looks: number
  readonly search: Search | undefined
}

/** The search and a look at each scope; each change, a full edit after a look of its own; and a look to read back where something is changed. */
export const costOf = (planned: ReadonlyArray<ScopePlan>, { api, policy, looks, search }: Looking): Plan['cost'] => {
  const changed = planned.filter(({ changes }) => changes.length > 0)
  const sent = changed
    .flatMap(({ changes }) => changes)
    .reduce((sum, change) => {
      const isEdit = change.change === 'update' || change.change === 'block'
      return sum + (isEdit && isWhole({ fields: change.fields, mode: modeOf(change, policy) }) ? 2 : 1)
    }, 0)
  const requests = pagesOf(search) + looks + sent + changed.length
  const perRequestMs = api.pace === undefined ? TYPICAL_ANSWER_MS / api.concurrency : api.pace.perMs / api.pace.count
  return { requests, seconds: Math.ceil((requests * perRequestMs) / 1000) }
}

const PAGE = 100
const pagesOf = (search: Search | undefined): number => {
  if (search === undefined) return 0
  return search._tag === 'Found' ? Math.max(1, Math.ceil(search.subaccounts.length / PAGE)) : 1
}

const TYPICAL_ANSWER_MS = 200
