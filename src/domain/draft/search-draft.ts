// What there is to tell of a search for subaccounts:
//
//   search      fails, or is not believed   told as an error of `subaccount:*`; listed and remembered ones go on
//   subaccount  active, listed              as the config says
//               active, not listed          under the rules; told
//               not active                  told; looked at only where it is listed
//               not shown                   told; goes on

import { saying } from '../basics/command.ts'
import type { Finding } from '../plan/plan.ts'
import type { DesiredState } from '../wanted/desired.ts'
import { ALL_SUBACCOUNTS, subaccount, subaccountId } from '../wanted/scope.ts'
import { coveredIds, isActive, type Search, type Subaccount, searchState } from '../wanted/subaccount.ts'
import type { Draft } from './draft.ts'
import { draftOf } from './part.ts'

/** What there is to tell of the subaccounts as a whole: nothing is ever due there. */
export const searchDraft = (desired: DesiredState, search: Extract<Search, { _tag: 'Found' }>): Draft => {
  const listed = new Map(desired.scopes.flatMap((one) => (one.isFound === true ? [] : [[one.scope, one.source] as const])))
  const shown = new Map(search.subaccounts.map((one) => [subaccount(one.id), one]))
  const source = desired.coverage ?? ''
  const found = search.subaccounts.flatMap((one): ReadonlyArray<Finding> => {
    const list = listed.get(subaccount(one.id))
    return isActive(one) ? (list === undefined ? [undeclared(one, source)] : []) : [inactive(one, list, source)]
  })
  const unshown = [...listed].flatMap(([scope, list]): ReadonlyArray<Finding> => {
    const id = subaccountId(scope)
    return id === undefined || shown.has(scope) || search.missing.includes(id) ? [] : [unknown(id, list)]
  })
  const findings = [...found, ...unshown, ...search.missing.map((id) => vanished(id, source))]
  return draftOf([{ findings }], {
    scope: ALL_SUBACCOUNTS,
    live: searchState(coveredIds(search)),
    listed: 0,
    governed: { quiet: [], listed: [], others: [] },
    unmended: [],
  })
}

const named = ({ id, name }: Subaccount): string => (name === '' || name === id ? '' : `${JSON.stringify(name)} `)

const undeclared = (one: Subaccount, source: string): Finding => ({
  rule: 'subaccount-undeclared',
  severity: 'low',
  username: one.id,
  message: `${named(one)}is ${one.state.toLowerCase() || 'active'}, and no file lists its users: they are under the rules, and nothing else is done there`,
  source,
})

const inactive = (one: Subaccount, list: string | undefined, source: string): Finding => ({
  rule: 'subaccount-closed',
  severity: list === undefined ? 'low' : 'medium',
  username: one.id,
  message:
    list === undefined
      ? `${named(one)}is ${one.state.toLowerCase()}: it is not looked at`
      : `${named(one)}is ${one.state.toLowerCase()}, and its users are listed at ${list}: take the list out, or open it again`,
  source: list ?? source,
})

const unknown = (id: string, list: string): Finding => ({
  rule: 'subaccount-unknown',
  severity: 'medium',
  username: id,
  message: `its users are listed at ${list}, and the service shows no subaccount of this id: check the id`,
  source: list,
})

const vanished = (id: string, source: string): Finding => ({
  rule: 'subaccount-missing',
  severity: 'high',
  username: id,
  ...saying('was active, and is not shown any more, not as closed either; it is looked at as before', {
    purpose: 'if it is gone for good',
    line: `approve --live '${ALL_SUBACCOUNTS}'`,
  }),
  source,
})
