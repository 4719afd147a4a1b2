// Endpoints as people write them. A file of its own, because the command line reads them too and needs nothing else of a config.
import { isLoopback } from '../domain/basics/loopback.ts'
import type { Api } from '../domain/wanted/desired.ts'

const REGIONS = new Map<string, Api['endpoint']>([
  ['global', { _tag: 'Address', url: 'https://api.smtp2go.com/v3' }],
  ['us', { _tag: 'Address', url: 'https://us-api.smtp2go.com/v3' }],
  ['eu', { _tag: 'Address', url: 'https://eu-api.smtp2go.com/v3' }],
  ['au', { _tag: 'Address', url: 'https://au-api.smtp2go.com/v3' }],
  ['sandbox', { _tag: 'Sandbox' }],
])

/** Endpoints that have a name. */
export const ENDPOINT_NAMES: ReadonlyArray<string> = [...REGIONS.keys()]

/** What an endpoint looks like, in words. */
export const ENDPOINT_FORM = 'global, us, eu, au, sandbox or an https:// address up to and including /v3'

/** Why a text is no endpoint. */
type NoEndpoint = { readonly _tag: 'NoEndpoint'; readonly why: string }

/** The endpoint that a text means. Why it means none never shows the text: an address can have a password in it. */
export const readEndpoint = (input: string): Api['endpoint'] | NoEndpoint => {
  const region = REGIONS.get(input)
  if (region !== undefined) return region
  if (!/^https?:/i.test(input)) return none(`expected ${ENDPOINT_FORM}`)
  if (/[@?#]/.test(input)) return none('an endpoint has no user, password, query or fragment')
  if (/[\s\\\p{Cc}]/u.test(input) || !/^https?:\/\//i.test(input) || !URL.canParse(input))
    return none(`not an address; expected ${ENDPOINT_FORM}`)
  const url = new URL(input)
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return none('http:// is only for a loopback address such as 127.0.0.1; write https://')
  if (!input.endsWith('/v3') || !url.pathname.endsWith('/v3')) return none('an endpoint ends with /v3')
  return { _tag: 'Address', url: `${url.origin}${url.pathname}` }
}

const none = (why: string): NoEndpoint => ({ _tag: 'NoEndpoint', why })
