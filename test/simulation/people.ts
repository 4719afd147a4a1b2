// People: who edits the config, and who edits users by hand in the service's own app.
import { byHand, randomFrom, someSetting } from '../support/sequence-world.ts'
import { pick, type Random } from './chance.ts'
import {
  ACCOUNT,
  type Config,
  foreignPassword,
  isProtected,
  isTaken,
  type Listing,
  managedOf,
  passwordOf,
  type ScopeId,
  type Setting,
} from './config.ts'
import { DATES, withDates } from './dates.ts'
import { agreed } from './rules.ts'
import type { Service } from './service.ts'
import { type Beginning, namesIn, type Part, placeOf, someFields, withField } from './start.ts'

type Parts = Beginning['parts']

/** A user that the config lists. */
type Place = { readonly scope: ScopeId; readonly username: string; readonly setting: Setting }

const placesIn = (config: Config, fits: (place: string) => boolean): ReadonlyArray<Place> =>
  [...config.scopes].flatMap(([scope, { users }]) =>
    [...users]
      .filter(([username]) => fits(placeOf(scope, username)))
      .map(([username, setting]) => ({ scope, username, setting })),
  )

const withListing = (config: Config, scope: ScopeId, change: (listing: Listing) => Listing): Config => {
  const listing = config.scopes.get(scope)
  return listing === undefined ? config : { ...config, scopes: new Map([...config.scopes, [scope, change(listing)]]) }
}

const withUser = (config: Config, scope: ScopeId, username: string, setting: Setting): Config =>
  withListing(config, scope, (listing) => ({
    users: new Map([...listing.users, [username, setting]]),
    absent: listing.absent.filter((name) => name !== username),
  }))

/** The config after one edit. */
export const edited = (config: Config, start: Beginning, roll: number): Config => agreed(editedFreely(config, start, roll))

const editedFreely = (config: Config, start: Beginning, roll: number): Config => {
  const random = randomFrom(roll)
  const kind = random()
  const ofPart = (part: Part): Place | undefined =>
    pick(
      random,
      placesIn(config, (place) => start.parts.get(place) === part),
    )
  if (kind < 0.1) {
    const scope = pick(random, [...config.scopes.keys()]) ?? ACCOUNT
    const name = `new-${roll % 100_000}@x.example`
    // A name that somebody has, be it in another scope, would make it no config.
    return withUser(config, scope, isTaken(config, name) ? `new-${roll}@x.example` : name, someFields(random, 3))
  }
  if (kind < 0.2) {
    const one = ofPart('new password')
    return one === undefined
      ? config
      : withUser(config, one.scope, one.username, { ...one.setting, ...passwordOf(one.username, 'B') })
  }
  if (kind < 0.35) return leaving(config, start, random)
  if (kind < 0.42) return { ...config, defaults: withField(config.defaults, someSetting(random, { edit: 'patch' }, false)) }
  const one = pick(
    random,
    placesIn(config, () => true),
  )
  if (one === undefined) return config
  return withUser(config, one.scope, one.username, withField(one.setting, someSetting(random, { edit: 'patch' }, false)))
}

/** Somebody is taken off the list, or put on it again. */
const leaving = (config: Config, start: Beginning, random: Random): Config => {
  const gone = placesIn(start.config, (place) => start.parts.get(place) === 'leaver').filter(
    ({ scope, username }) => config.scopes.get(scope)?.users.has(username) !== true,
  )
  const again = random() < 0.4 ? pick(random, gone) : undefined
  if (again !== undefined) return withUser(config, again.scope, again.username, again.setting)
  const one = pick(
    random,
    placesIn(config, (place) => start.parts.get(place) === 'leaver'),
  )
  if (one === undefined) return config
  const named = random() < 0.3
  return withListing(config, one.scope, ({ users, absent }) => ({
    users: new Map([...users].filter(([username]) => username !== one.username)),
    absent: named ? [...absent, one.username] : absent,
  }))
}

/** What is left of a list that was saved too early, though its end line stands. */
const PART_LEFT = 1 / 4
const FEW = 4

/** The config after most users of each longer list were lost. Who has dates or another name stays, since those go by what was seen of them. */
export const shortened = (config: Config): Config => ({
  ...config,
  scopes: new Map(
    [...config.scopes].map(([scope, { users, absent }]): [ScopeId, Listing] => {
      const plain = [...users].filter(([, setting]) => !DATES.some((field) => field in setting) && !('previously' in setting))
      const gone = plain.slice(Math.floor(users.size * PART_LEFT) - users.size).map(([username]) => username)
      const left = new Map([...users].filter(([username]) => !gone.includes(username)))
      return [scope, { absent, users: users.size > FEW && left.size * 2 < users.size - 2 ? left : users }]
    }),
  ),
})

/** The config with all who were lost of another one, but for those whose name is taken. */
export const regained = (config: Config, before: Config): Config => {
  const lost = shortened(before)
  const back = placesIn(before, () => true).filter(
    ({ scope, username }) => lost.scopes.get(scope)?.users.has(username) !== true && !isTaken(config, username),
  )
  return agreed(back.reduce((next, { scope, username, setting }) => withUser(next, scope, username, setting), config))
}

/** The config after somebody changed the dates of a listed user. */
export const dated = (config: Config, roll: number, now: number): Config => {
  const random = randomFrom(roll)
  const one = pick(
    random,
    placesIn(config, () => true),
  )
  return one === undefined ? config : withUser(config, one.scope, one.username, withDates(one.setting, random, now))
}

/** The config after somebody gave a listed user another name; nobody gets a third one. */
export const renamed = (config: Config, start: Beginning, roll: number): Config => {
  const one = pick(
    randomFrom(roll),
    placesIn(config, (place) => start.parts.get(place) === 'renamed'),
  )
  if (one === undefined) return config
  const { scope, username, setting } = one
  return withListing(config, scope, ({ users, absent }) => ({
    users: new Map(
      [...users].map((user) =>
        user[0] === username ? [username.replace('@', '-anew@'), { ...setting, previously: [username] }] : user,
      ),
    ),
    absent,
  }))
}

/** Somebody edits some user, listed or not; nobody where it is not there just now, so that faults do not change who is meant. */
export const editByHand = (service: Service, start: Beginning, roll: number): void => {
  const random = randomFrom(roll)
  const scope = pick(random, [...start.config.scopes.keys()]) ?? ACCOUNT
  const username = pick(random, namesIn(start, scope))
  const { email_password: _, ...setting } = byHand(random)
  if (username !== undefined && service.usersOf(scope).has(username))
    service.byHand('PATCH', 'edit', scope, { username, ...setting })
}

/** What somebody may keep setting back, and what it is not set to by any config. */
const SET_BACK = { description: 'set back by hand', feedback_text: 'set back by hand' } as const

/** Somebody sets a field of a listed user to something else; nobody where it is not there just now, or the config does not say what it is to be. */
export const setBackByHand = (service: Service, config: Config, start: Beginning, roll: number): void => {
  const random = randomFrom(roll)
  const scope = pick(random, [...start.config.scopes.keys()]) ?? ACCOUNT
  const isManaged = (username: string): boolean =>
    !isProtected(username) && Object.keys(SET_BACK).some((field) => field in (managedOf(config, scope, username) ?? {}))
  const username = pick(
    random,
    namesIn(start, scope).filter((name) => start.parts.get(placeOf(scope, name)) === 'plain'),
  )
  if (username === undefined || !isManaged(username) || !service.usersOf(scope).has(username)) return
  service.byHand('PATCH', 'edit', scope, { username, ...SET_BACK })
}

/** Somebody adds a user that no config lists. */
export const createByHand = (service: Service, start: Beginning, roll: number): void => {
  const random = randomFrom(roll)
  const scope = pick(random, [...start.config.scopes.keys()]) ?? ACCOUNT
  const username = `hand-${roll}@x.example`
  service.byHand('POST', 'add', scope, { username, ...byHand(random), email_password: foreignPassword(username) })
}

const meant = (
  service: Service,
  parts: Parts,
  part: Part,
  random: Random,
): { readonly scope: ScopeId; readonly username: string } | undefined => {
  const places = [...parts].filter(([, one]) => one === part).map(([place]) => place.split(' '))
  const [scope = ACCOUNT, username = ''] = pick(random, places) ?? []
  return username !== '' && service.usersOf(scope).has(username) ? { scope, username } : undefined
}

/** Somebody removes a user; the same one never twice. */
export const removeByHand = (service: Service, parts: Parts, roll: number, done: Set<string>): void => {
  const one = meant(service, parts, 'erased', randomFrom(roll))
  if (one === undefined || done.has(one.username)) return
  done.add(one.username)
  service.byHand('POST', 'remove', one.scope, { username: one.username })
}

/** Somebody sets a password; that of the same user never twice. */
export const setPasswordByHand = (service: Service, parts: Parts, roll: number, done: Set<string>): void => {
  const one = meant(service, parts, 'foreign password', randomFrom(roll))
  if (one === undefined || done.has(one.username)) return
  done.add(one.username)
  service.byHand('PATCH', 'edit', one.scope, {
    username: one.username,
    email_password: foreignPassword(one.username),
  })
}
