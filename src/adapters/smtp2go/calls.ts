// API calls as they are counted: which endpoint, and how it ended.
import type { ApiFailure } from '../../domain/basics/failure.ts'
import type { EndedCall } from '../../ports.ts'

const ENDPOINTS = [
  'users/smtp/view',
  'users/smtp/add',
  'users/smtp/edit',
  'users/smtp/remove',
  'subaccounts/search',
  'api_keys/permissions',
] as const

const CLASSES: { readonly [T in ApiFailure['_tag']]: string } = {
  Throttled: 'throttled',
  KeyRefused: 'key_refused',
  PermissionMissing: 'permission_missing',
  InvalidRequest: 'invalid_request',
  NameTaken: 'name_taken',
  NotFound: 'not_found',
  Rejected: 'rejected',
  Forbidden: 'forbidden',
  ServerTrouble: 'server_trouble',
  Unreachable: 'unreachable',
  IllFormed: 'ill_formed',
}

/** Every call that can be counted. */
export const CALLS: ReadonlyArray<EndedCall> = ENDPOINTS.flatMap((endpoint) =>
  ['ok', ...Object.values(CLASSES)].map((ending) => ({ endpoint, class: ending })),
)

/** A call as it is counted; `failure` is undefined where it succeeded. */
export const callOf = (path: string, failure: ApiFailure | undefined): EndedCall => ({
  endpoint: ENDPOINTS.find((one) => one === path) ?? 'other',
  class: failure === undefined ? 'ok' : CLASSES[failure._tag],
})
