// One listed user: its layers merged, and the checks that only the merged user can fail.
import type { Problem } from '../domain/basics/failure.ts'
import { FIELDS, type FieldName, RATE_LIMIT } from '../domain/user/settings.ts'
import type { DesiredUser, Sourced } from '../domain/wanted/desired.ts'
import type { User } from './file.ts'
import { merged, type SaidValues, sayings, withoutUnmanaged } from './layers.ts'
import type { Calendar } from './moment.ts'
import { type At, problemAt, said } from './place.ts'
import { quoted } from './problem.ts'
import type { FoundSecrets } from './secrets.ts'

type Resolved = { readonly user: DesiredUser; readonly problems: ReadonlyArray<Problem> }

/** What a user is resolved with. */
type Around = { readonly weaker: SaidValues; readonly secrets: FoundSecrets; readonly calendar: Calendar }

/** Merges a user over its weaker layers. */
export const resolveUser = (user: User, place: At, { weaker, secrets, calendar }: Around): Resolved => {
  const own = sayings(user, place, 'user', secrets)
  const all = merged(withoutUnmanaged(weaker, user), own)
  const managed: { [F in FieldName]?: Sourced } = {}
  for (const field of FIELDS) {
    const one = all.get(field)
    if (one !== undefined) managed[field] = { value: one.value, source: one.source }
  }
  const { username, profile } = user
  const dates = datesOf(user, place, calendar)
  return {
    user: { username, managed, previously: user.previously ?? [], source: `${said(place)} user`, profile, ...dates },
    problems: [
      ...setAndUnmanaged(user, place),
      ...dateProblems(user, place, dates),
      ...rateLimitProblems(all, weaker, user, place),
    ],
  }
}

type Dates = Pick<DesiredUser, 'starts' | 'expires'>

const datesOf = ({ starts, expires }: User, { document, path }: At, calendar: Calendar): Dates => ({
  starts:
    starts === undefined ? undefined : { at: calendar.startOf(starts), source: said({ document, path: [...path, 'starts'] }) },
  expires:
    expires === undefined ? undefined : { at: calendar.endOf(expires), source: said({ document, path: [...path, 'expires'] }) },
})

const dateProblems = ({ unmanaged }: User, { document, path }: At, { starts, expires }: Dates): ReadonlyArray<Problem> => {
  const found: Array<Problem> = []
  if (starts !== undefined && expires !== undefined && expires.at <= starts.at)
    found.push(problemAt({ document, path: [...path, 'expires'] }, { message: `not after starts (${starts.source})` }))
  const at = unmanaged?.indexOf('status') ?? -1
  const date = starts ?? expires
  if (date !== undefined && at >= 0)
    found.push(
      problemAt(
        { document, path: [...path, 'unmanaged', at] },
        {
          message: `status is declared unmanaged, and the user has dates (${date.source}), outside which it is blocked`,
          hint: 'remove one of the two',
        },
      ),
    )
  return found
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

const rateLimitProblems = (
  all: SaidValues,
  weaker: SaidValues,
  { username, unmanaged = [] }: User,
  place: At,
): ReadonlyArray<Problem> => {
  // Most users are right, and then no words are needed.
  if (!RATE_LIMIT.some((field) => all.has(field))) return []
  const [flag, ...rest] = RATE_LIMIT.map((field) => ({ field, found: all.get(field) }))
  const on = flag?.found?.value === true
  const missing = rest.filter(({ found }) => found === undefined).map(({ field }) => field)
  if (on && missing.length === 0) return []
  const whose = `found for user ${quoted(username)} (${said(place)})`
  const lacking: ReadonlyArray<FieldName> = on ? missing : flag?.found === undefined ? ['custom_ratelimit'] : []
  const taken = unmanaged.findIndex((field) => lacking.includes(field) && weaker.has(field))
  if (taken >= 0) return [partlyUnmanaged(all, { document: place.document, path: [...place.path, 'unmanaged', taken] })]
  if (flag?.found !== undefined && on)
    return [problemAt(flag.found.at, { message: `true, but without ${missing.join(' and ')}`, hint: whose })]
  const instead = flag?.found === undefined ? 'nothing sets that' : `it is false at ${said(flag.found.at)}`
  return rest.flatMap(({ found }) =>
    found === undefined ? [] : [problemAt(found.at, { message: `needs custom_ratelimit: true, and ${instead}`, hint: whose })],
  )
}

const partlyUnmanaged = (all: SaidValues, at: At): Problem => {
  const left = RATE_LIMIT.flatMap((field) => {
    const found = all.get(field)
    return found === undefined ? [] : [`${field} (${said(found.at)})`]
  })
  return problemAt(at, {
    message: `a part of the limit is declared unmanaged, and not the rest: ${left.join(' and ')}`,
    hint: `name ${RATE_LIMIT.join(', ')}, or none of them`,
  })
}
