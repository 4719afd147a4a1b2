// What `doctor` finds of a daemon that answers.
import { faultOf, type Status } from '../../daemon/status.ts'
import { counted } from '../../domain/basics/counted.ts'
import { type Condition, ok, troubleOf, warning } from '../../domain/checkup/checkup.ts'
import { failureWords } from '../failure.ts'

/** How it fares, by its own status. */
export const daemonFindings = (status: Status): ReadonlyArray<Condition> => {
  const wrong = [...aboutConfig(status), ...aboutRun(status), ...aboutLooks(status), ...aboutHttp(status)]
  const { startedAt, lastRun } = status
  const last = lastRun === undefined ? 'no run yet' : `last run ${lastRun.at}: ${lastRun.outcome.replace('_', ' ')}`
  return wrong.length > 0 ? wrong : [ok('daemon', `it runs since ${startedAt}; ${last}`)]
}

const aboutConfig = ({ configFailure }: Status): ReadonlyArray<Condition> => {
  if (configFailure === undefined) return []
  const says = `it runs on the last good config: ${faultOf(configFailure)}`
  return [warning('daemon', says, '`status` tells what is wrong with it, and what to do')]
}

const aboutRun = ({ runFailure }: Status): ReadonlyArray<Condition> => {
  if (runFailure === undefined) return []
  const says = `its last run came to no report: ${failureWords(runFailure)}`
  const advice = 'mend that: nothing is written to the service before; the next run tries again'
  return [troubleOf('daemon', runFailure, says, advice)]
}

const aboutLooks = ({ scopes }: Status): ReadonlyArray<Condition> => {
  const unseen = scopes.filter(({ error }) => error !== undefined).length
  if (unseen === 0) return []
  const says = `its last look failed in ${unseen} of ${counted(scopes.length, 'scope')}, where nothing is written`
  return [warning('daemon', says, '`status` tells why, and what to do')]
}

const aboutHttp = ({ httpFault }: Status): ReadonlyArray<Condition> =>
  httpFault === undefined ? [] : [warning('daemon', httpFault, 'see http.listen')]
