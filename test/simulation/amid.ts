// What people do by hand while a run is at work: after it looked at a scope and before its first write there, or while a write of it is on its
// way. At a moment that is merely drawn hardly anything meets a run, and it is there that the program goes by what is no longer so.
import { byHand, randomFrom } from '../support/sequence-world.ts'
import { pick, type Random } from './chance.ts'
import { isBlind } from './checks/liveness.ts'
import { same } from './checks/same.ts'
import { type Config, foreignPassword, isProtected, managedOf, type ScopeId, type Setting, stored } from './config.ts'
import { removeByHand, setPasswordByHand } from './people.ts'
import type { Run } from './program.ts'
import { isWrite, type Scene } from './scene.ts'
import type { Entry } from './service.ts'
import { type Beginning, placeOf } from './start.ts'

const KINDS = [
  'a managed field',
  'a managed field',
  'another field',
  'another field',
  'a password',
  'a removal',
  'a name',
] as const

/** Something that somebody will do as soon as a run comes to where it can be done. */
type Waiting = {
  readonly kind: (typeof KINDS)[number]
  readonly isOnWay: boolean
  readonly random: Random
  readonly roll: number
}

export type Amid = {
  /** Somebody waits for a run. */
  readonly wait: (roll: number) => void
  /** A request leaves, or ends. */
  readonly left: (entry: Entry, run: Run | undefined) => void
  readonly ended: (entry: Entry, run: Run | undefined) => void
  /** Nobody does anything any more. */
  readonly calm: () => void
}

type Moment = { readonly config: Config; readonly scope: ScopeId; readonly entry: Entry }

/** Whose removals and passwords were done by hand before, and who is told of what was done to whom. */
type Done = {
  readonly erased: Set<string>
  readonly overwritten: Set<string>
  readonly tell: (what: string, place: string) => void
}

/** Nobody waits yet. */
export const amidRuns = (scene: Scene, { erased, overwritten, tell }: Done): Amid => {
  const { service, start } = scene
  let waiting: ReadonlyArray<Waiting> = []
  const inScope = (scope: ScopeId): Beginning['parts'] =>
    new Map([...start.parts].filter(([place]) => place.startsWith(`${scope} `)))
  /** Does it where it can be done now; gives whom it was done to. */
  const does = ({ kind, random, roll }: Waiting, { config, scope, entry }: Moment): string | undefined => {
    const isNew = (set: Set<string>, act: () => void): string | undefined => {
      const before = set.size
      act()
      return set.size === before ? undefined : [...set].at(-1)
    }
    switch (kind) {
      case 'a removal':
        return isNew(erased, () => removeByHand(service, inScope(scope), roll, erased))
      case 'a password':
        return isNew(overwritten, () => setPasswordByHand(service, inScope(scope), roll, overwritten))
      case 'a name': {
        const username = entry.endpoint === 'add' ? entry.username : pick(random, missingIn(config, scope, entry))
        if (username === undefined || service.usersOf(scope).has(username)) return undefined
        const setting = fieldsThat(random, () => true)
        const body = { username, email_password: foreignPassword(username), ...setting }
        return service.byHand('POST', 'add', scope, body) === 200 ? username : undefined
      }
      case 'a managed field':
      case 'another field': {
        const due = dueIn(scene, config, scope, entry)
        const username = random() < 0.75 ? pick(random, due) : pick(random, [...service.usersOf(scope).keys()])
        if (username === undefined || !service.usersOf(scope).has(username)) return undefined
        const managed = managedOf(config, scope, username) ?? {}
        const setting = fieldsThat(random, (field) => stored(field, undefined)[0] in managed === (kind === 'a managed field'))
        if (setting === undefined) return undefined
        service.byHand('PATCH', 'edit', scope, { username, ...setting })
        return username
      }
    }
  }
  const comes = (isOnWay: boolean, moment: Moment): void => {
    const one = waiting.find((one) => one.isOnWay === isOnWay)
    const username = one === undefined ? undefined : does(one, moment)
    if (one === undefined || username === undefined) return
    waiting = waiting.filter((other) => other !== one)
    tell(
      `${one.kind} by hand, ${isOnWay ? 'while a write is on its way' : 'before the first write'}`,
      placeOf(moment.scope, username),
    )
  }
  return {
    wait: (roll) => {
      const random = randomFrom(roll)
      waiting = [...waiting, { kind: pick(random, KINDS) ?? 'another field', isOnWay: random() < 0.5, random, roll }]
    },
    left: (entry, run) => {
      if (run?.config !== undefined && isWrite(entry)) comes(true, { config: run.config, scope: entry.scope, entry })
    },
    ended: (entry, run) => {
      const { endpoint, ending, scope } = entry
      if (run?.config === undefined || run.broken || endpoint !== 'view' || ending !== 'good') return
      const isBefore = run.requests.includes(entry) && !run.requests.some((one) => isWrite(one) && one.scope === scope)
      const isAtWork = dueIn(scene, run.config, scope, entry).length + missingIn(run.config, scope, entry).length > 0
      if (isBefore && isAtWork) comes(false, { config: run.config, scope, entry })
    },
    calm: () => {
      waiting = []
    },
  }
}

/** What somebody sets by hand, all of it such as is asked for. A status is left out: whose block it is hangs on who was first. */
const fieldsThat = (random: Random, fits: (field: string) => boolean): Setting | undefined => {
  for (let tries = 0; tries < 40; tries += 1) {
    const setting = byHand(random)
    const fields = Object.keys(setting)
    if (fields.every((field) => field !== 'status' && field !== 'email_password' && fits(field))) return setting
  }
  return undefined
}

/** Who is listed and not shown. */
const missingIn = (config: Config, scope: ScopeId, { shown }: Entry): ReadonlyArray<string> =>
  shown === undefined ? [] : [...(config.scopes.get(scope)?.users.keys() ?? [])].filter((username) => !shown.has(username))

/** Whom a run is about to change: who is shown to differ from what the config says, or who is written just now. */
const dueIn = (scene: Scene, config: Config, scope: ScopeId, { shown, username }: Entry): ReadonlyArray<string> =>
  shown === undefined
    ? [username]
    : [...shown].flatMap(([name, user]) => {
        const managed = Object.entries(isProtected(name) ? {} : (managedOf(config, scope, name) ?? {}))
        return managed.some(([field, wanted]) => !isBlind(field, scene) && !same(user, field, wanted)) ? [name] : []
      })
