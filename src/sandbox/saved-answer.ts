// A saved answer of the service as (a part of) a seed. The service may show what the stand-in does not know: that is left out and told, where in a
// seed that somebody writes it is a slip of the pen.

type Fields = { readonly [key: string]: unknown }

/** Whether something is a JSON object. */
export const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** An answer as it was saved. */
export type Answer = { readonly data: unknown }

/** Whether this is an answer of the service as it was saved. */
export const isAnswer = (value: unknown): value is Answer => isRecord(value) && 'data' in value && !('account' in value)

type Reading = {
  /** Where it stands. */
  readonly path: string
  /** The keys that are known beside the users, and of each user. */
  readonly known: { readonly beside: ReadonlyArray<string>; readonly ofUser: ReadonlyArray<string> }
  /** Sections of a seed, which nobody would see if they were left out. */
  readonly sections: ReadonlyArray<string>
  /** Told of whatever else somebody wrote beside the answer, which would be lost. */
  readonly stray: (name: string) => never
  /** Told of what is left out. */
  readonly note: (what: string) => void
}

/** What an answer says, as far as the stand-in knows of it. */
export const dataOf = (answer: Answer, { path, known, sections, stray, note }: Reading): unknown => {
  const beside = Object.keys(answer).find((key) => key !== 'data' && key !== 'request_id')
  if (beside !== undefined) return stray(beside)
  const { data } = answer
  if (!isRecord(data)) return data
  const section = Object.keys(data).find((key) => sections.includes(key))
  if (section !== undefined) return stray(section)
  const left = new Set<string>()
  const only = (fields: Fields, names: ReadonlyArray<string>): Fields =>
    Object.fromEntries(
      Object.entries(fields).filter(([name]) => {
        if (!names.includes(name)) left.add(name)
        return names.includes(name)
      }),
    )
  const whole = only(data, known.beside)
  const results = Array.isArray(data.results)
    ? data.results.map((user: unknown) => (isRecord(user) ? withoutDeadLimit(only(user, known.ofUser)) : user))
    : data.results
  if (left.size > 0) note(`${path} shows ${[...left].sort().join(', ')}, which the sandbox does not know: left out`)
  return { ...whole, results }
}

// With the flag off, an answer may show any words as the period.
const withoutDeadLimit = ({ custom_ratelimit_value, custom_ratelimit_period, ...user }: Fields): Fields =>
  (user.custom_ratelimit ?? user.custom_rate_limit) === false
    ? user
    : { ...user, ...given({ custom_ratelimit_value, custom_ratelimit_period }) }

const given = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
