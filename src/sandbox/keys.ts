// Keys: where a request carries one, and what it may call.
import type { IncomingMessage } from 'node:http'
import { isGranted } from './account.ts'
import { exception, type Trouble } from './answer.ts'
import type { Body } from './fields.ts'
import type { World } from './world.ts'

/** The key of a request; empty where there is none. */
export const keyOf = (request: IncomingMessage, body: Body): string => {
  const header = request.headers['x-smtp2go-api-key']
  if (typeof header === 'string') return header
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  return bearer ?? (typeof body.api_key === 'string' ? body.api_key : '')
}

/** The grants of a key that may call an endpoint, or why it may not. */
export const letIn = ({ keys, switches }: World, key: string, endpoint: string): ReadonlyArray<string> | Trouble => {
  if (!/^api-[A-Za-z0-9]{32}$/.test(key))
    return {
      _tag: 'Trouble',
      status: Number(switches.malformed_key),
      code: 'INVALID_IN_PAYLOAD',
      message: 'The api_key is missing or malformed',
    }
  const grants = keys === undefined ? ['*'] : keys.get(key)
  if (grants === undefined)
    return exception("An API User matching the passed 'api_key' was not found", Number(switches.unknown_key))
  if (endpoint !== '/api_keys/permissions' && !isGranted(grants, endpoint))
    return {
      _tag: 'Trouble',
      status: 400,
      code: 'ENDPOINT_PERMISSION_DENIED',
      message: 'You do not have permission to access this API endpoint',
    }
  return grants
}
