// Rules as a model: for whom they are, what they set and whom they block, for a witness who knows nothing of the program's own rulebook.
import { oneOf, randomFrom } from '../support/sequence-world.ts'
import { pick, type Random } from './chance.ts'
import { same } from './checks/same.ts'
import { ACCOUNT, type Config, isIgnored, isProtected, type ScopeId, type Setting, stored } from './config.ts'

/** A rule that sets, or requires. */
export type Rule = {
  readonly id: string
  /** How the names of those begin for whom it is. */
  readonly whom: string
  /** The one scope that it is for, or all. */
  readonly where: ScopeId | undefined
  readonly what: 'set' | 'require, or report' | 'require, or block'
  readonly fields: Setting
  /** How the names of those begin whom it leaves alone, for longer than any life. */
  readonly waived: string | undefined
}

/** As it stands in the config. */
export const entryOf = ({ id, whom, where, what, fields, waived }: Rule): object => ({
  id,
  match: { username: `${whom}*`, ...(where === undefined ? {} : { scope: where === ACCOUNT ? where : `subaccount:${where}` }) },
  ...(what === 'set' ? { set: fields } : { require: fields, otherwise: what === 'require, or block' ? 'block' : 'report' }),
  ...(waived === undefined ? {} : { waivers: [{ username: `${waived}*`, until: '2030-01-01', reason: 'a trial' }] }),
})

const holdFor = ({ rules }: Config, scope: ScopeId, username: string): ReadonlyArray<Rule> =>
  rules.filter(
    ({ whom, where, waived }) =>
      username.startsWith(whom) &&
      (where === undefined || where === scope) &&
      (waived === undefined || !username.startsWith(waived)),
  )

const inStore = (fields: Setting): Setting =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => stored(field, value)))

/** What rules set of a user, as the service stores it. */
export const setOf = (config: Config, scope: ScopeId, username: string): Setting =>
  Object.assign({}, ...holdFor(config, scope, username).map(({ what, fields }) => (what === 'set' ? inStore(fields) : {})))

/** What rules set of a user that no config lists. */
export const setOfOther = (config: Config, scope: ScopeId, username: string): Setting =>
  isIgnored(username) || isProtected(username) ? {} : setOf(config, scope, username)

/** Whether a rule asks for the block of a user that is like this. A field that is not shown is asked for nothing. */
export const isToBlock = (config: Config, scope: ScopeId, username: string, user: Setting): boolean =>
  !isIgnored(username) &&
  !isProtected(username) &&
  holdFor(config, scope, username).some(
    ({ what, fields }) =>
      what === 'require, or block' &&
      Object.entries(inStore(fields)).some(([name, wanted]) => user[name] !== undefined && !same(user, name, wanted)),
  )

type Fields = readonly [Setting, ...Setting[]]
const SETS: Fields = [
  { archive_enabled: true },
  { open_tracking_enabled: false },
  { feedback_text: 'x' },
  { feedback_enabled: true },
]
const REQUIRES: Fields = [
  { open_tracking_enabled: false },
  { archive_enabled: true },
  { bounce_notifications: 'drop' },
  { audit_email: 'audit@x.example' },
  { feedback_html: '<p>x</p>' },
]
const WHOM = ['', '', 'user-', 'user-1', 'stranger-', 'new-'] as const

/** A rule more, less, or another one. */
export const withRules = (config: Config, roll: number): Config => {
  const random = randomFrom(roll)
  const [gone, kind] = [random(), random()]
  const dropped = gone < 0.4 ? pick(random, config.rules) : undefined
  const kept = config.rules.filter((one) => one !== dropped)
  if (dropped !== undefined && kind < 0.5) return { ...config, rules: kept }
  const next = someRule(random, [...config.scopes.keys()])
  return agreed({ ...config, rules: [...kept.filter(({ id }) => id !== next.id), next] })
}

const someRule = (random: Random, scopes: ReadonlyArray<ScopeId>): Rule => {
  const kind = random()
  const what = kind < 0.35 ? 'set' : kind < 0.45 ? 'require, or report' : 'require, or block'
  const fields = oneOf(random, what === 'set' ? SETS : REQUIRES)
  return {
    // Two that set one field differently would be a fault of the config.
    id: `${what === 'set' ? 'set' : 'require'}-${Object.keys(fields)[0]?.replaceAll('_', '-')}`,
    whom: oneOf(random, WHOM),
    where: random() < 0.3 ? pick(random, scopes) : undefined,
    what,
    fields,
    waived: random() < 0.15 ? 'user-2' : undefined,
  }
}

/** A config whose users say nothing themselves of what a rule sets of them, which would be a fault. */
export const agreed = (config: Config): Config =>
  config.rules.length === 0
    ? config
    : {
        ...config,
        scopes: new Map(
          [...config.scopes].map(([scope, { users, absent }]) => [
            scope,
            {
              absent,
              users: new Map(
                [...users].map(([username, setting]) => {
                  const set = setOf(config, scope, username)
                  return [username, Object.fromEntries(Object.entries(setting).filter(([field]) => !(field in set)))]
                }),
              ),
            },
          ]),
        ),
      }
