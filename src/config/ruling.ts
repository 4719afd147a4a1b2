// What the rules of a config come to, and what is wrong with each by itself. Where rules and users contradict is found in `contradiction.ts`.
import type { Problem } from '../domain/basics/failure.ts'
import { BUILT_IN } from '../domain/draft/finding.ts'
import { FIELDS, type FieldName, fields, RATE_LIMIT } from '../domain/user/settings.ts'
import type { Demand, Rule, Waiver } from '../domain/wanted/rule.ts'
import { canMatchScope } from '../domain/wanted/scope.ts'
import type { ConfigFile, ConfigFiles, Decoded } from './file.ts'
import { type SaidValues, sayings } from './layers.ts'
import { type Calendar, calendarOf } from './moment.ts'
import { type At, isSaid, problemAt, said } from './place.ts'
import { quoted } from './problem.ts'
import type { Asked, Demands, RuleEntry } from './rules.ts'
import { STATUSES } from './settings.ts'

/** A rule, its entry, and what it sets with the places. */
export type PlacedRule = { readonly rule: Rule; readonly sets: SaidValues; readonly at: At }

/** The unit of a limit that a rule bounds without saying one. */
const UNIT = '1 day'

/** The rules of the main file. */
export const rulesOf = ({ main: { document, file } }: ConfigFiles): ReadonlyArray<PlacedRule> => {
  const calendar = calendarOf(file.reconcile.timezone)
  return file.rules.map((entry, index) => {
    const at = { document, path: ['rules', index] }
    return placedRule(entry, at, calendar)
  })
}

const placedRule = (entry: RuleEntry, at: At, calendar: Calendar): PlacedRule => {
  const { id, match } = entry
  const within = (...path: ReadonlyArray<string | number>): At => ({ document: at.document, path: [...at.path, ...path] })
  const sets = entry.set === undefined ? new Map() : sayings(entry.set, within('set'), `rule ${id}`, new Map())
  const rule: Rule = {
    id,
    severity: entry.severity,
    match: { username: match?.username, scope: match?.scope, status: match?.status, profile: match?.profile },
    set: Object.fromEntries([...sets].map(([field, { value, source }]) => [field, { value, source, rule: id }])),
    require: entry.require === undefined ? [] : demandsOf(entry.require),
    otherwise: entry.otherwise,
    waivers: entry.waivers.map(
      ({ username, until, reason }, index): Waiver => ({
        username,
        until: calendar.endOf(until),
        reason,
        source: said(within('waivers', index)),
      }),
    ),
    source: said(at),
  }
  return { rule, sets, at }
}

const demandsOf = (require: Demands): ReadonlyArray<Demand> => {
  const { custom_ratelimit_value: value, custom_ratelimit_period: period } = require
  const isBounded = value?.max !== undefined || value?.min !== undefined
  const unit = typeof period?.equals === 'string' ? period.equals : undefined
  return FIELDS.flatMap((field): ReadonlyArray<Demand> => {
    if (field === 'email_password' || field === 'click_tracking_enabled') return []
    if (field === 'custom_ratelimit_period' && isBounded && unit !== undefined) return []
    const per = field === 'custom_ratelimit_value' ? (unit ?? UNIT) : undefined
    return demandsOn(field, require[field] ?? {}, per)
  })
}

const demandsOn = (field: FieldName, asked: Asked, per: string | undefined): ReadonlyArray<Demand> => {
  const equals = asked.equals === null ? fields[field].reset : asked.equals
  return [
    ...(equals === undefined ? [] : [{ field, _tag: 'Equals', value: equals } as const]),
    ...(asked.max === undefined ? [] : [{ field, _tag: 'Max', max: asked.max, per } as const]),
    ...(asked.min === undefined ? [] : [{ field, _tag: 'Min', min: asked.min, per } as const]),
    ...(asked.one_of === undefined ? [] : [{ field, _tag: 'OneOf', values: asked.one_of } as const]),
    ...(asked.matches === undefined ? [] : [{ field, _tag: 'Matches', glob: asked.matches } as const]),
    ...(asked.present === undefined ? [] : [{ field, _tag: 'Present', present: asked.present } as const]),
  ]
}

/** What is wrong with rules by themselves. */
export const ruleProblems = (main: Decoded<ConfigFile>): ReadonlyArray<Problem> => {
  const { document, file } = main
  const first = new Map<string, At>()
  const profiles = [...file.profiles.keys()]
  return file.rules.flatMap((entry, index) => {
    const at: Place = (...path) => ({ document, path: ['rules', index, ...path] })
    const earlier = first.get(entry.id.toLowerCase())
    if (earlier === undefined) first.set(entry.id.toLowerCase(), at('id'))
    return [
      ...(earlier === undefined
        ? []
        : [problemAt(at('id'), { message: `there is already a rule with this id at ${said(earlier)}` })]),
      ...(BUILT_IN.some((name) => name === entry.id.toLowerCase())
        ? [
            problemAt(at('id'), {
              message: `${quoted(entry.id)} is the name of a finding that is always made`,
              hint: 'choose another one',
            }),
          ]
        : []),
      ...purposeProblems(entry, at),
      ...matchProblems(entry, profiles, at),
      ...limitProblems(entry, at),
      ...boundProblems(entry, at),
    ]
  })
}

type Place = (...path: ReadonlyArray<string | number>) => At

const purposeProblems = ({ set, require }: RuleEntry, at: Place): ReadonlyArray<Problem> => {
  const isEmpty = (part: object | undefined): boolean =>
    part === undefined || Object.values(part).every((one) => one === undefined)
  if (set !== undefined && require !== undefined)
    return [problemAt(at('require'), { part: 'key', message: 'a rule either sets or requires', hint: 'write two rules' })]
  if (isEmpty(set) && isEmpty(require))
    return [
      problemAt(at(), {
        message: 'this rule asks for nothing',
        hint: 'write `set`, which is enforced, or `require`, which is checked',
      }),
    ]
  if (require === undefined && isSaid(at('otherwise')))
    return [
      problemAt(at('otherwise'), {
        part: 'key',
        message: 'only a rule with `require` can do otherwise',
        hint: 'what is set is enforced',
      }),
    ]
  return []
}

const matchProblems = ({ match, set }: RuleEntry, profiles: ReadonlyArray<string>, at: Place): ReadonlyArray<Problem> => {
  const { scope, status, profile } = match ?? {}
  const nobody = (key: string, hint: string) => problemAt(at('match', key), { message: 'this matches nothing', hint })
  return [
    ...(status === undefined || set?.status === undefined
      ? []
      : [
          problemAt(at('match', 'status'), {
            part: 'key',
            message: 'a rule that sets the status cannot match by it',
            hint: 'it would undo what it matches by; leave one of the two out',
          }),
        ]),
    ...(scope === undefined || canMatchScope(scope)
      ? []
      : [nobody('scope', 'a scope is account, or subaccount: and an id, such as subaccount:GnlKn5')]),
    ...(status === undefined || STATUSES.some(status.matches) ? [] : [nobody('status', `a status is ${STATUSES.join(', ')}`)]),
    ...(profile === undefined || profiles.some(profile.matches)
      ? []
      : [
          nobody(
            'profile',
            profiles.length === 0 ? 'there are no profiles' : `profiles: ${profiles.slice(0, 10).map(quoted).join(', ')}`,
          ),
        ]),
  ]
}

// A user that nobody lists has no weaker layer that could give what is missing.
const limitProblems = ({ set }: RuleEntry, at: Place): ReadonlyArray<Problem> => {
  if (set === undefined) return []
  const given = RATE_LIMIT.filter((field) => set[field] !== undefined)
  const isOff = set.custom_ratelimit === false || set.custom_ratelimit === null
  const [one] = given
  if (one === undefined || (isOff ? given.length === 1 : given.length === RATE_LIMIT.length)) return []
  const message = isOff ? 'a limit that is off has no value and no period' : 'a rule sets a limit as a whole'
  return [
    problemAt(at('set', given.find((field) => field !== 'custom_ratelimit') ?? one), {
      part: 'key',
      message,
      hint: `write ${RATE_LIMIT.join(', ')}, or only custom_ratelimit: false`,
    }),
  ]
}

const boundProblems = ({ require }: RuleEntry, at: Place): ReadonlyArray<Problem> =>
  Object.entries(require ?? {}).flatMap(([field, asked]) => {
    const { max, min } = asked ?? {}
    return max === undefined || min === undefined || min <= max
      ? []
      : [problemAt(at('require', field, 'min'), { message: `more than max, which is ${max}` })]
  })
