// The service's behaviour: what each endpoint does to its accounts and answers.
import { type Answer, badField, exception, isTrouble, refusal, success, successText, type Trouble } from './answer.ts'
import { type Body, type Judge, type Operation, userOf } from './fields.ts'
import { keepPast, usersAgo } from './lag.ts'
import { madePassword } from './password.ts'
import { search } from './search.ts'
import { millisecondsOf, type Switches } from './switches.ts'
import { patchedUser, type StoredUser, shownUser } from './user.ts'
import type { Users, World } from './world.ts'

/** A request that may be made by its key. */
export type Call = {
  readonly method: string
  readonly endpoint: string
  readonly body: Body
  readonly requestId: string
  /** A number from 0 up to this one, by chance; passwords that the service makes are made of it. */
  readonly randomInt: (below: number) => number
}

/** The endpoints that exist, as grants name them. */
const ENDPOINTS = [
  '/users/smtp/view',
  '/users/smtp/add',
  '/users/smtp/edit',
  '/users/smtp/remove',
  '/subaccounts/search',
  '/dedicated_ips/view',
  '/api_keys/permissions',
]

/** Whether a key with these grants may call an endpoint. */
export const isGranted = (grants: ReadonlyArray<string>, endpoint: string): boolean =>
  grants.some((grant) => grant === '*' || grant === endpoint || (grant.endsWith('/*') && endpoint.startsWith(grant.slice(0, -1))))

/** Does what a call asks. */
export const perform = (world: World, call: Call, grants: ReadonlyArray<string>): Answer => {
  const result = outcome(world, call, grants)
  return isTrouble(result) ? refusal(result, world.switches) : result
}

const outcome = (world: World, call: Call, grants: ReadonlyArray<string>): Answer | Trouble => {
  switch (`${call.method} ${call.endpoint}`) {
    case 'POST /users/smtp/view':
      return inScope(world, call.body, (users) => view(world, users, call.body))
    case 'POST /users/smtp/add':
      return inScope(world, call.body, (users) => add(world, users, call))
    case 'POST /users/smtp/edit':
      return inScope(world, call.body, (users) => edit(world, users, call, 'full'))
    case 'PATCH /users/smtp/edit':
      return inScope(world, call.body, (users) => edit(world, users, call, 'partial'))
    case 'POST /users/smtp/remove':
      return inScope(world, call.body, (users) => remove(world, users, call.body))
    case 'POST /subaccounts/search':
      return search(world, call.body)
    case 'POST /dedicated_ips/view':
      return success(world.pools)
    case 'POST /api_keys/permissions':
      return success(
        world.switches.permissions_form === 'patterns' ? grants : ENDPOINTS.filter((endpoint) => isGranted(grants, endpoint)),
      )
    default:
      return exception('The requested endpoint does not exist', 404)
  }
}

const inScope = (world: World, body: Body, work: (users: Users) => Answer | Trouble): Answer | Trouble => {
  const id = body.subaccount_id
  if (id === undefined || id === null || id === '') return work(world.account)
  const found = typeof id === 'string' ? world.subaccounts.get(id) : undefined
  if (found === undefined || (found.state !== 'Active' && world.switches.closed_subaccount === 'refused'))
    return exception('A subaccount matching the passed subaccount_id was not found')
  return work(found.users)
}

// The text of a user is kept until the user or a switch changes: a view of many users is asked for often.
const texts = new WeakMap<StoredUser, { readonly switches: Switches; readonly text: string }>()

const viewText = (user: StoredUser, switches: Switches): string => {
  const kept = texts.get(user)
  if (kept?.switches === switches) return kept.text
  const text = JSON.stringify(shownUser(user, switches, switches.view_password))
  texts.set(user, { switches, text })
  return text
}

const changing = (world: World, users: Users): void => {
  world.version += 1
  keepPast(users, millisecondsOf(world.switches.view_lag))
}

const view = (world: World, users: Users, { username }: Body): Answer | Trouble => {
  if (username !== undefined && username !== null && typeof username !== 'string')
    return badField({ fieldname: 'username', message: "The field 'username' was expecting a string" })
  const { switches } = world
  const all =
    switches.account_view === 'with_subaccounts' && users === world.account
      ? [users, ...[...world.subaccounts.values()].map((one) => one.users)]
      : [users]
  const found = all
    .flatMap((one) => usersAgo(one, millisecondsOf(switches.view_lag)))
    .filter((user) => !username || matches(user.username, username, switches.view_filter))
  return successText(
    `{"results":[${found.map((user) => viewText(user, switches)).join(',')}],"default_ratelimit_value":0,"default_ratelimit_period":"unlimited"}`,
  )
}

const matches = (username: string, filter: string, how: Switches['view_filter']): boolean => {
  switch (how) {
    case 'substring':
      return username.includes(filter)
    case 'prefix':
      return username.startsWith(filter)
    case 'exact':
      return username === filter
    case 'case_insensitive':
      return username.toLowerCase() === filter.toLowerCase()
  }
}

const same = (one: string, other: string, { username_case }: Switches): boolean =>
  one === other || (username_case !== 'sensitive' && one.toLowerCase() === other.toLowerCase())

const has = (users: Users, name: string, switches: Switches): StoredUser | undefined =>
  users.get(name) ??
  (switches.username_case === 'sensitive' ? undefined : [...users.values()].find((user) => same(user.username, name, switches)))

const NAMES: { readonly [C in Switches['username_charset']]: RegExp } = {
  strict: /^[A-Za-z0-9._@-]+$/,
  first_character: /^[A-Za-z0-9._@-]/,
  any: /^/,
}

const add = (world: World, users: Users, { body, randomInt }: Call): Answer | Trouble => {
  const { switches } = world
  const wrongName = (what: string): Trouble => badField({ fieldname: 'username', message: `The field 'username' ${what}` })
  if (typeof body.username !== 'string') return wrongName('is required')
  const name = switches.username_case === 'folded' ? body.username.toLowerCase() : body.username
  if (name.length < 5 || name.length > 100) return wrongName('must be 5 to 100 characters long')
  if (!NAMES[switches.username_charset].test(name)) return wrongName('has characters that are not allowed')
  const others = [world.account, ...[...world.subaccounts.values()].map((one) => one.users)].filter((one) => one !== users)
  const taken = exception(`An SMTP user matching the passed value of ${name} already exists`)
  if (switches.username_unique === 'service' && others.some((one) => has(one, name, switches) !== undefined)) return taken
  const before = has(users, name, switches)
  if (before !== undefined && switches.add_existing === 'refused') return taken
  const made = userOf({ ...body, username: name }, undefined, judge(world, 'add', randomInt))
  if (isTrouble(made)) return made
  return store(world, users, made)
}

const judge = ({ switches, pools }: World, operation: Operation, randomInt: Call['randomInt']): Judge => ({
  operation,
  switches,
  pools: pools.map(({ id }) => id),
  madePassword: () => madePassword(randomInt),
})

const store = (world: World, users: Users, user: StoredUser): Answer => {
  changing(world, users)
  users.set(user.username, user)
  return success({ results: [shownUser(user, world.switches, world.switches.write_password)] })
}

/** The users that edit and remove mean by a name. */
const meant = (users: Users, name: unknown, switches: Switches): ReadonlyArray<StoredUser> => {
  if (typeof name !== 'string') return []
  const exact = has(users, name, switches)
  if (switches.match === 'exact') return exact === undefined ? [] : [exact]
  return [...users.values()].filter(({ username }) => username.includes(name))
}

const nobody = (name: unknown, switches: Switches, none: unknown): Answer | Trouble => {
  if (typeof name !== 'string') return badField({ fieldname: 'username', message: "The field 'username' is required" })
  if (switches.unknown_user === 'empty') return success(none)
  return exception(`An SMTP user matching the passed value of ${name} was not found`, switches.unknown_user === '404' ? 404 : 400)
}

const edit = (
  world: World,
  users: Users,
  { body, requestId, randomInt }: Call,
  operation: 'full' | 'partial',
): Answer | Trouble => {
  const { switches } = world
  const found = meant(users, body.username, switches)
  if (found.length === 0) return nobody(body.username, switches, operation === 'full' ? { results: [] } : [])
  const made: Array<StoredUser> = []
  for (const user of found) {
    const after = userOf(body, user, judge(world, operation, randomInt))
    if (isTrouble(after)) return after
    made.push(after)
  }
  changing(world, users)
  for (const user of made) users.set(user.username, user)
  if (operation === 'full') return success({ results: made.map((user) => shownUser(user, switches, switches.write_password)) })
  const shown = made.map((user) => patchedUser(user, switches))
  switch (switches.patch_answer) {
    case 'array':
      return success(shown)
    case 'wrapped_array':
      return success(shown.map((data) => ({ request_id: requestId, data })))
    case 'results':
      return success({ results: shown })
    case 'object':
      return success(shown[0])
  }
}

const remove = (world: World, users: Users, body: Body): Answer | Trouble => {
  const found = meant(users, body.username, world.switches)
  if (found.length === 0) return nobody(body.username, world.switches, { results: [] })
  changing(world, users)
  for (const { username } of found) users.delete(username)
  return success({ results: found.map((user) => shownUser(user, world.switches, world.switches.write_password)) })
}
