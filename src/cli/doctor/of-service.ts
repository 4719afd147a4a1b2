// What `doctor` advises where the service cannot be asked, or does not answer as it should.
import { type ApiFailure, concerns, type Failure } from '../../domain/basics/failure.ts'
import { type Condition, troubleOf } from '../../domain/checkup/checkup.ts'
import { failureWords } from '../failure.ts'

/** Where what is wrong is on this machine. */
export const UNASKED = 'mend that and look again: the service was not asked'

/** That no connection could be made. Only the stand-in needs a place here, and nobody mends that in the config. */
export const unconnected = (failure: Failure): Condition => {
  const isPlace = failure._tag === 'StateUnusable' || failure._tag === 'Locked'
  return troubleOf('service', failure, failureWords(failure), isPlace ? UNASKED : 'see api.endpoint')
}

/** What to do about a request that failed. */
export const adviceOn = (failure: ApiFailure): string => {
  switch (concerns(failure)) {
    case 'key':
      return 'nothing can be read or written with this key until that is mended'
    case 'transport':
      return 'check api.endpoint and the network of this machine; no proxy is used'
    case 'user':
      return 'check that the subaccount is active and belongs to this key'
  }
}
