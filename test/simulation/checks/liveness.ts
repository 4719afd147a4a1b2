// Liveness: after the trouble the live users are as the config says, or what is not has a name that a person can see.

import type { Scope } from '../../../src/domain/scope.ts'
import { printPeriod } from '../../../src/sandbox/period.ts'
import type { StoredUser } from '../../../src/sandbox/user.ts'
import { isProtected, managedOf, type Setting } from '../config.ts'
import type { Life } from '../program.ts'
import type { Scene } from '../scene.ts'
import { placeOf } from '../start.ts'

type Wrong = { readonly scope: string; readonly username: string; readonly what: string }

/** Whether the service does not show a field, so that nobody can know it but by what was sent. */
export const isBlind = (field: string, scene: Scene): boolean => {
  const { view_password, click_tracking } = scene.service.world.switches
  return (
    (field === 'email_password' && view_password !== 'clear') ||
    (field === 'click_tracking_enabled' && click_tracking !== 'present')
  )
}

const period = (text: unknown): string => printPeriod(String(text), 'postgres')

/** Whether a user has what is wanted of a field. */
export const has = (user: StoredUser, field: string, wanted: unknown): boolean => {
  const value = Object.entries(user).find(([name]) => name === field)?.[1]
  if (field === 'custom_ratelimit_period') return period(value) === period(wanted)
  return value === wanted
}

/** Users that are not as the config says. */
const wrongIn = (scene: Scene): ReadonlyArray<Wrong> =>
  [...scene.config.scopes].flatMap(([scope, { users }]) =>
    [...users.keys()].flatMap((username): ReadonlyArray<Wrong> => {
      const user = scene.service.usersOf(scope).get(username)
      if (user === undefined) return [{ scope, username, what: 'is not there' }]
      if (isProtected(username)) return []
      const managed: Setting = managedOf(scene.config, scope, username) ?? {}
      const wrong = Object.entries(managed).filter(([field, wanted]) => !isBlind(field, scene) && !has(user, field, wanted))
      return wrong.length === 0 ? [] : [{ scope, username, what: `is wrong in ${wrong.map(([field]) => field).join(', ')}` }]
    }),
  )

const scopeIn = (scope: Scope): string => (scope === 'account' ? 'account' : scope.slice('subaccount:'.length))

/** Users of whom the last run tells that somebody else blocked them, so that they are removed by hand. */
export const strays = (life: Life | undefined): ReadonlySet<string> =>
  new Set(
    (life?.reports.at(-1)?.plan.scopes ?? []).flatMap((one) =>
      one._tag === 'Errored'
        ? []
        : one.findings
            .filter(({ rule }) => rule === 'blocked-by-others')
            .map(({ username }) => placeOf(scopeIn(one.scope), username)),
    ),
  )

/** What the last run tells of: scopes that it did not believe, users that it held back or could not bring in line. */
const namedBy = (life: Life | undefined, lasting: boolean): ReadonlySet<string> => {
  const names = new Set<string>()
  const report = life?.reports.at(-1)
  for (const one of report?.plan.scopes ?? []) {
    const scope = scopeIn(one.scope)
    if (one._tag === 'Errored') {
      if (one.error.kind === 'suspicious_answer' && !lasting) names.add(scope)
      continue
    }
    for (const { username, reason } of one.held) if (!lasting || LASTING.includes(reason)) names.add(`${scope} ${username}`)
    for (const { username, outcome } of report?.ended.get(one.scope) ?? [])
      if (outcome !== 'verified' && outcome !== 'unobservable' && !lasting) names.add(`${scope} ${username}`)
  }
  return names
}

/** What neither a person's approval nor a day takes away. */
const LASTING: ReadonlyArray<string> = ['contested', 'protected']

const told = ({ scope, username, what }: Wrong): string => `${username} in ${scope} ${what}`

/** Users that are not as the config says, and of whom the last run does not tell it. */
export const unnamed = (scene: Scene, life: Life | undefined): ReadonlyArray<string> => {
  const names = namedBy(life, false)
  return wrongIn(scene)
    .filter(({ scope, username }) => !names.has(scope) && !names.has(`${scope} ${username}`))
    .map((one) => `${told(one)}, and nothing says so`)
}

/** Users that are not as the config says though nothing was in the way for a day and a person approved all there was. */
export const awry = (scene: Scene, life: Life | undefined): ReadonlyArray<string> => {
  const names = namedBy(life, true)
  return wrongIn(scene)
    .filter(({ scope, username }) => !names.has(`${scope} ${username}`))
    .map((one) => `${told(one)} after a day without trouble`)
}
