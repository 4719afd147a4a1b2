// Liveness: after the trouble the live users are as the config says, or what is not has a name that a person can see.

import type { ScopePlan } from '../../../src/domain/plan/plan.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { printPeriod } from '../../../src/sandbox/period.ts'
import type { StoredUser } from '../../../src/sandbox/user.ts'
import { formerOf, isLeaving, isProtected, managedOf, newNameOf, type ScopeId, type Setting } from '../config.ts'
import { hasJustCome, isOutside } from '../dates.ts'
import type { Life, Run } from '../program.ts'
import { isToBlock, setOfOther } from '../rules.ts'
import { lastView, type Scene } from '../scene.ts'
import { placeOf } from '../start.ts'
import { isUnsayable } from '../whole.ts'
import { PATIENCE } from '../workload.ts'

/** Whether a run was shown the users of every scope that its config names. */
export const hasLooked = (run: Run): boolean =>
  run.config !== undefined && [...run.config.scopes.keys()].every((scope) => lastView(run, scope) !== undefined)

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
const has = (user: StoredUser, field: string, wanted: unknown): boolean => {
  const value = Object.entries(user).find(([name]) => name === field)?.[1]
  if (field === 'custom_ratelimit_period') return period(value) === period(wanted)
  return value === wanted
}

/** Users that are not as the config says. */
const wrongIn = (scene: Scene): ReadonlyArray<Wrong> => {
  const { config, service, time } = scene
  return [...config.scopes].flatMap(([scope, { users }]) => {
    const names = new Set([...users.keys(), ...service.usersOf(scope).keys()])
    return [...names].flatMap((username): ReadonlyArray<Wrong> => {
      const user = service.usersOf(scope).get(username)
      // A date that has just come is for the next run.
      if (hasJustCome(config, scope, username, time.now(), PATIENCE)) return []
      const isNotYet = isOutside(config, scope, username, time.now())
      if (user === undefined) return isNotYet ? [] : [{ scope, username, what: 'is not there' }]
      if (isProtected(username)) return []
      const managed: Setting = managedOf(config, scope, username) ?? setOfOther(config, scope, username)
      const isBlocked = isNotYet || isToBlock(config, scope, username, { ...user })
      const wanted = isBlocked ? { ...managed, status: 'blocked' } : managed
      const wrong = Object.entries(wanted).filter(([field, value]) => !isBlind(field, scene) && !has(user, field, value))
      return wrong.length === 0 ? [] : [{ scope, username, what: `is wrong in ${wrong.map(([field]) => field).join(', ')}` }]
    })
  })
}

/** Users that can still send beside their new name. */
const doubledIn = ({ config, service }: Scene): ReadonlyArray<Wrong> =>
  [...config.scopes].flatMap(([scope, { users }]) =>
    [...users.keys()].flatMap((username) => {
      const there = service.usersOf(scope)
      const works = there.get(username)?.status === 'allowed'
      return formerOf(config, scope, username)
        .filter((former) => works && !isProtected(former) && ['allowed', 'sandbox'].includes(there.get(former)?.status ?? ''))
        .map((former): Wrong => ({ scope, username: former, what: `is not blocked, and ${username} works` }))
    }),
  )

/** Users that the program blocked, and for whose block nothing asks any more. */
const stuckIn = (scene: Scene): ReadonlyArray<Wrong> => {
  const { config, service, stops, statusByHand } = scene
  // Who does not know any more that it blocked a user does not open it.
  if (scene.forgot) return []
  // Also where the config itself names its status.
  const works = (scope: ScopeId, username: string): boolean => {
    const status = service.usersOf(scope).get(username)?.status
    return status === 'allowed' || (status !== undefined && status === managedOf(config, scope, username)?.status)
  }
  return [...config.scopes.keys()].flatMap((scope) =>
    [...service.usersOf(scope).values()].flatMap((user): ReadonlyArray<Wrong> => {
      const { username, status } = user
      const managed = managedOf(config, scope, username)
      const blocked = service.log
        .filter((entry) => entry.scope === scope && entry.username === username)
        .findLast(({ effects }) =>
          effects.some(({ before, after }) => after?.status === 'blocked' && before?.status !== 'blocked'),
        )
      const why = blocked === undefined ? undefined : scene.blocks.get(blocked)
      // An old name that was blocked with its new one returns with it, until that one works.
      const heir = newNameOf(config, scope, username)
      const isBack = why === 'dates' && heir !== undefined && !works(scope, heir)
      const isAsked =
        (managed === undefined ? isLeaving(config, scope, username) && !isBack : 'status' in managed) ||
        isToBlock(config, scope, username, { ...user }) ||
        isOutside(config, scope, username, scene.time.now()) ||
        stops.some((stop) => stop.username === username)
      if (status !== 'blocked' || isAsked) return []
      const at = blocked?.effects.at(-1)?.at ?? 0
      // Who was blocked on its way out or for its dates returns when it is listed again, and else stays as it is.
      const isOver = why === 'rule' || isBack || (why !== undefined && managed !== undefined)
      const isOurs = isOver && at > (statusByHand.get(placeOf(scope, username)) ?? 0)
      return isOurs ? [{ scope, username, what: 'is still blocked by us' }] : []
    }),
  )
}

export const scopeIn = (scope: Scope): string => (scope === 'account' ? 'account' : scope.slice('subaccount:'.length))

/** Users of whom the last plan says something, by place. */
const saidOf = (
  life: Life | undefined,
  of: (plan: ScopePlan) => ReadonlyArray<{ readonly username: string }>,
): ReadonlySet<string> =>
  new Set(
    (life?.reports.at(-1)?.plan.scopes ?? []).flatMap((one) =>
      one._tag === 'Errored' ? [] : of(one).map(({ username }) => placeOf(scopeIn(one.scope), username)),
    ),
  )

/** Users of whom the last run tells that somebody else blocked them, so that they are removed by hand. */
export const strays = (life: Life | undefined): ReadonlySet<string> =>
  saidOf(life, ({ findings }) => findings.filter(({ rule }) => rule === 'blocked-by-others'))

/** Users of whom the last run tells that no edit can make them, since they have more than they declare. */
export const unmakable = (scene: Scene, life: Life | undefined): ReadonlySet<string> =>
  saidOf(life, ({ scope, held }) =>
    held.filter(({ reason, username }) => reason === 'impossible' && takesMore(scene, scopeIn(scope), username)),
  )

/** Users whose removal waits for a cap in the last run. */
export const going = (life: Life | undefined): ReadonlySet<string> =>
  saidOf(life, ({ held }) => held.filter(({ change, reason }) => change === 'remove' && reason === 'capped'))

/** What the last run tells of: scopes that it did not believe, users that it held back or could not bring in line. */
const namedBy = (scene: Scene, life: Life | undefined, lasting: boolean): ReadonlySet<string> => {
  const names = new Set<string>()
  const report = life?.reports.at(-1)
  for (const one of report?.plan.scopes ?? []) {
    const scope = scopeIn(one.scope)
    if (one._tag === 'Errored') {
      if (one.error.kind === 'suspicious_answer' && !lasting) names.add(scope)
      continue
    }
    for (const { username, reason } of one.held)
      if (!lasting || LASTING.includes(reason) || (reason === 'impossible' && takesMore(scene, scope, username)))
        names.add(`${scope} ${username}`)
    for (const { username, outcome } of report?.ended.get(one.scope) ?? [])
      if (outcome !== 'verified' && outcome !== 'unobservable' && !lasting) names.add(`${scope} ${username}`)
  }
  return names
}

/** What neither a person's approval nor a day takes away. */
const LASTING: ReadonlyArray<string> = ['contested', 'protected']

/** Whether every edit is a full one, and something is not declared that it takes. */
const takesMore = ({ config, service }: Scene, scope: ScopeId, username: string): boolean =>
  config.edit === 'full' &&
  isUnsayable(managedOf(config, scope, username), service.usersOf(scope).get(username), service.world.switches)

const told = ({ scope, username, what }: Wrong): string => `${username} in ${scope} ${what}`

/** Users that are not as the config says, and of whom the last run does not tell it. */
export const unnamed = (scene: Scene, life: Life | undefined): ReadonlyArray<string> => {
  const names = namedBy(scene, life, false)
  return [...wrongIn(scene), ...doubledIn(scene)]
    .filter(({ scope, username }) => !names.has(scope) && !names.has(`${scope} ${username}`))
    .map((one) => `${told(one)}, and nothing says so`)
}

/** Scopes that the last run did not believe. */
export const doubted = (life: Life | undefined): ReadonlyArray<string> =>
  (life?.reports.at(-1)?.plan.scopes ?? []).flatMap((one) =>
    one._tag === 'Errored' && one.error.kind === 'suspicious_answer'
      ? [`${one.scope} is not believed, though nobody but the program removed anybody there: ${one.error.message}`]
      : [],
  )

/** Users that are not as the config says though nothing was in the way for a day and a person approved all there was. */
export const awry = (scene: Scene, life: Life | undefined): ReadonlyArray<string> => {
  const names = namedBy(scene, life, true)
  return [...wrongIn(scene), ...doubledIn(scene), ...stuckIn(scene)]
    .filter(({ scope, username }) => !names.has(`${scope} ${username}`))
    .map((one) => `${told(one)} after a day without trouble`)
}
