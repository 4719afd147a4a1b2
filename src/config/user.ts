// One listed user: its layers merged, and the checks that only the merged user can fail.
import type { DesiredUser, Managed, Sourced } from '../domain/desired.ts'
import type { Problem } from '../domain/failure.ts'
import { Secret } from '../domain/secret.ts'
import { FIELDS, type FieldName, RATE_LIMIT } from '../domain/settings.ts'
import type { User } from './file.ts'
import { merged, type Said, sayings, withoutUnmanaged } from './layers.ts'
import { type At, problemAt, said } from './place.ts'
import { quoted } from './problem.ts'
import type { FoundSecrets } from './secrets.ts'

type Resolved = { readonly user: DesiredUser; readonly problems: ReadonlyArray<Problem> }

/** The service refuses larger requests. */
const LARGEST_REQUEST = 1_000_000
// Room for braces, key names, the subaccount's id and the API key.
const OVERHEAD = 2_000

/** Merges a user over its weaker layers. */
export const resolveUser = (user: User, place: At, weaker: Said, secrets: FoundSecrets): Resolved => {
  const own = sayings(user, place, 'user', secrets)
  const all = merged(withoutUnmanaged(weaker, user), own)
  const managed: { [F in FieldName]?: Sourced } = {}
  for (const field of FIELDS) {
    const one = all.get(field)
    if (one !== undefined) managed[field] = { value: one.value, source: one.source }
  }
  const { username } = user
  return {
    user: { username, managed, previously: user.previously ?? [], source: `${said(place)} user` },
    problems: [
      ...setAndUnmanaged(user, place),
      ...rateLimitProblems(all, username, place),
      ...tooLarge(managed, username, place),
    ],
  }
}

const setAndUnmanaged = (user: User, { document, path }: At): ReadonlyArray<Problem> =>
  (user.unmanaged ?? []).flatMap((field, at) => {
    if (user[field] === undefined) return []
    const place = said({ document, path: [...path, field] })
    return [
      problemAt(
        { document, path: [...path, 'unmanaged', at] },
        { message: `${field} is declared unmanaged, and set at ${place}`, hint: 'remove one of the two' },
      ),
    ]
  })

const rateLimitProblems = (all: Said, username: string, place: At): ReadonlyArray<Problem> => {
  const [flag, ...rest] = RATE_LIMIT.map((field) => ({ field, found: all.get(field) }))
  const on = flag?.found?.value === true
  const missing = rest.filter(({ found }) => found === undefined).map(({ field }) => field)
  const whose = `found for user ${quoted(username)} (${said(place)})`
  if (on && flag.found !== undefined && missing.length > 0) {
    return [problemAt(flag.found.at, { message: `true, but without ${missing.join(' and ')}`, hint: whose })]
  }
  if (on) return []
  const instead = flag?.found === undefined ? 'nothing sets that' : `it is false at ${said(flag.found.at)}`
  return rest.flatMap(({ found }) =>
    found === undefined ? [] : [problemAt(found.at, { message: `needs custom_ratelimit: true, and ${instead}`, hint: whose })],
  )
}

const tooLarge = (managed: Managed, username: string, place: At): ReadonlyArray<Problem> => {
  let bytes = OVERHEAD + sizeOf(username)
  for (const field of FIELDS) {
    const value = managed[field]?.value
    if (value === undefined) continue
    bytes += value instanceof Secret ? value.bytes : typeof value === 'string' ? sizeOf(value) : 20
  }
  if (bytes <= LARGEST_REQUEST) return []
  return [
    problemAt(place, {
      message: `the request for user ${quoted(username)} would have about ${bytes} bytes, the service takes at most 1 MB`,
      hint: 'shorten feedback_html, feedback_text or description',
    }),
  ]
}

const sizeOf = (text: string): number =>
  text.length * 6 < 10_000 ? text.length * 6 : new TextEncoder().encode(JSON.stringify(text)).length
