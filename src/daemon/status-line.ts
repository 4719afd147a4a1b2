// The status line: the last result in one line, as a service manager shows it. It holds no text from the service or the file.
import { counted } from '../domain/basics/counted.ts'
import { isPassing } from '../domain/plan/held.ts'
import { faultOf, type Status } from './status.ts'

/** The last result in words. */
export const statusLine = (status: Status): string => {
  const { scopes, lastRun } = status
  const errors = scopes.flatMap(({ error }) => (error === undefined ? [] : [error.kind.replaceAll('_', ' ')]))
  const all = scopes.flatMap((scope) => scope.held)
  const passing = all.filter(isPassing).length
  const held = all.length - passing
  const inSync = scopes.reduce((sum, scope) => sum + scope.inSync, 0)
  const told = [
    ...(status.configFailure === undefined
      ? []
      : [`${faultOf(status.configFailure)}, drift is only reported until it is mended`]),
    ...(errors.length === 0
      ? []
      : [`${errors.length} of ${counted(scopes.length, 'scope')} stopped (${[...new Set(errors)].join(', ')})`]),
    ...(held === 0 ? [] : [`${counted(held, 'change')} held`]),
  ]
  const unsettled = scopes.some(
    ({ error, held: waiting, inSyncSince }) => error === undefined && waiting.every(isPassing) && inSyncSince === undefined,
  )
  if (unsettled) told.push('some changes did not take')
  if (told.length === 0 && lastRun?.outcome === 'failed') told.push('the last run failed')
  return told.length === 0
    ? `in sync: ${counted(inSync, 'user')} in ${counted(scopes.length, 'scope')}${passing === 0 ? '' : `; ${counted(passing, 'change')} to come when grace has passed`}`
    : `${told.join('; ')}; see \`status\``
}
