// The scopes, those that need somebody first, each with a state that anyone understands.

import type { ScopeStatus } from '../../daemon/scope-status.ts'
import { counted } from '../../domain/basics/counted.ts'
import { isPassing } from '../../domain/plan/held.ts'
import { ALL_SUBACCOUNTS } from '../../domain/wanted/scope.ts'
import { plainly, usersIn } from '../render/plainly.ts'
import { lasting, text } from './html.ts'

const MOST_DRIFT = 8

/** The list of scopes. */
export const scopeList = (scopes: ReadonlyArray<ScopeStatus>, now: Date, most: number): string => {
  if (scopes.length === 0) return ''
  const [calm, troubled] = [scopes.filter(isCalm), scopes.filter((scope) => !isCalm(scope))]
  const shown = [...troubled, ...calm].slice(0, most)
  const rows = shown.map((scope) => row(scope, now)).join('')
  const more = scopes.length - shown.length
  return `<ul class="scopes">${rows}</ul>${more === 0 ? '' : `<p class="quiet">and ${counted(more, 'scope')} more</p>`}`
}

const isCalm = ({ error, inSyncSince }: ScopeStatus): boolean => error === undefined && inSyncSince !== undefined

const row = (scope: ScopeStatus, now: Date): string => {
  const { tone, words } = stateOf(scope, now)
  const unlisted = scope.unlisted === 0 ? '' : `, ${scope.unlisted} unlisted`
  const seen =
    scope.error === undefined
      ? scope.subaccounts === undefined
        ? `${scope.inSync} of ${counted(scope.liveUsers, 'live user')} in sync${unlisted}`
        : usersIn(scope)
      : `${counted(scope.liveUsers, 'user')} when it was last read`
  const drift = scope.drift
    .slice(0, MOST_DRIFT)
    .map(({ username, fields }) => `<li><b>${text(username)}</b> ${text(fields.join(', '))}</li>`)
    .join('')
  return `<li><b>${text(nameOf(scope))}</b> <span class="state ${tone}">${words}</span><span class="quiet">${seen}</span>${drift === '' ? '' : `<ul class="drift">${drift}</ul>`}</li>`
}

const nameOf = ({ scope }: ScopeStatus): string =>
  scope === ALL_SUBACCOUNTS ? 'all subaccounts' : scope.replace('subaccount:', '')

const stateOf = (scope: ScopeStatus, now: Date): { readonly tone: string; readonly words: string } => {
  const { error, inSyncSince, held, missed, drift, driftSince } = scope
  if (error !== undefined) {
    // What waits for somebody is told above, with its command.
    const said = error.command === undefined ? `: ${text(error.message)}` : ''
    return { tone: 'bad', words: `${text(plainly(error.kind))}${said}` }
  }
  if (inSyncSince !== undefined) return { tone: 'good', words: `in sync for ${lasting(inSyncSince, now)}` }
  const waiting = held.filter((one) => !isPassing(one)).length
  const parts = [
    missed.length === 0 ? '' : `${missed.length} failed`,
    waiting === 0 ? '' : `${waiting} held`,
    driftSince === undefined ? '' : `${drift.length} drifted, for ${lasting(driftSince, now)}`,
  ].filter((part) => part !== '')
  return { tone: missed.length > 0 ? 'bad' : 'warn', words: parts.length === 0 ? 'not in sync' : parts.join(', ') }
}
