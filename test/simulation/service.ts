// The service in process: the stand-in's own model, behind a network that is nothing but virtual time and chance. Its log is the ground
// truth: what was asked, whether it took effect, what came back.

import type { Incoming } from '../../src/adapters/smtp2go/transport.ts'
import type { Send } from '../../src/adapters/smtp2go/way.ts'
import type { WireRequest } from '../../src/adapters/smtp2go/wire.ts'
import { type Call, perform } from '../../src/sandbox/account.ts'
import { letIn } from '../../src/sandbox/keys.ts'
import type { Seed } from '../../src/sandbox/seed.ts'
import type { StoredUser } from '../../src/sandbox/user.ts'
import { type Users, type World, worldOf } from '../../src/sandbox/world.ts'
import { type Chance, pick, type Random, whole } from './chance.ts'
import { ACCOUNT, KEY, type ScopeId } from './config.ts'
import { type Course, courseOf, type Endpoint, type Fault, type FaultKind } from './faults.ts'
import { changedList, incoming, lied } from './spoil.ts'
import { placeOf } from './start.ts'
import type { Time } from './time.ts'

/** One request and all that became of it. */
export type Entry = {
  readonly n: number
  readonly life: number
  readonly key: string
  readonly sentAt: number
  readonly endpoint: Endpoint
  readonly method: string
  readonly scope: ScopeId
  readonly username: string
  readonly body: { readonly [field: string]: unknown }
  fault: FaultKind | undefined
  /** The user before and after it took effect; `undefined` where it did not. */
  effects: ReadonlyArray<{ readonly at: number; readonly before: StoredUser | undefined; readonly after: StoredUser | undefined }>
  /** What came back: a whole answer, a clear no, or nothing that tells. */
  ending: 'good' | 'refused' | 'unclear' | undefined
  status: number | undefined
  endedAt: number | undefined
  /** The users that a good view showed. */
  shown: ReadonlyMap<string, { readonly [field: string]: unknown }> | undefined
}

export type Service = {
  readonly world: World
  readonly log: ReadonlyArray<Entry>
  /** The way of one life of the program; what it never hears of after its end does not matter to it. */
  readonly sendFor: (life: { readonly n: number; readonly alive: boolean }, key: string) => Send
  /** Somebody does something in the service's own app; the answer's status. */
  readonly byHand: (
    method: 'POST' | 'PATCH',
    endpoint: Endpoint,
    scope: ScopeId,
    body: { readonly [field: string]: unknown },
  ) => number
  readonly usersOf: (scope: ScopeId) => Users
  /** A fault more; it comes before all others. */
  readonly plant: (fault: Fault) => void
  /** No fault meets a request from now on, and what was put off takes effect. */
  readonly heal: () => void
  /** Nobody hears any more of what is under way; it may be done. */
  readonly cut: () => void
}

/** Who sees what happens. */
export type Watched = {
  readonly left: (entry: Entry) => void
  readonly ended: (entry: Entry) => void
  /** Something happens to the process while a request is under way. */
  readonly meanwhile: (what: NonNullable<Course['meanwhile']>, entry: Entry, random: Random) => void
  /** Somebody did something by hand, and it took effect. */
  readonly byHand: (endpoint: Endpoint, scope: ScopeId, body: Entry['body']) => void
}

type Told = { readonly status: number; readonly text: string }
type Armed = { readonly fault: Fault; left: number; whose?: string }

/** A service that starts as the seed says. */
export const serviceOf = (
  {
    time,
    chance,
    seed,
    faults,
    keep = Number.POSITIVE_INFINITY,
  }: {
    readonly time: Time
    readonly chance: Chance
    readonly seed: Seed
    readonly faults: ReadonlyArray<Fault>
    readonly keep?: number
  },
  watched: Watched,
): Service => {
  const world = worldOf(seed)
  const log: Array<Entry> = []
  const randomInt = (below: number): number => Math.floor(chance.passwords() * below)
  let count = 0
  const past = new Map<ScopeId, Array<{ readonly until: number; readonly users: ReadonlyArray<StoredUser> }>>()
  // What lasts for one user comes first: else what meets anybody once would mostly come before it.
  const lastingFirst = [...faults].sort((one, other) => Number(other.ofOne === true) - Number(one.ofOne === true))
  let armed: ReadonlyArray<Armed> = lastingFirst.map((fault) => ({ fault, left: fault.times }))
  let putOff: ReadonlyArray<() => void> = []
  const underWay = new Set<() => void>()
  /** What the last answer of each scope was worth: where nothing changed but the number of the request, the next one is worth the same. */
  const judged = new Map<string, { readonly status: number; readonly text: string; readonly worth: Worth }>()
  const worthOf = ({ endpoint, scope }: Entry, status: number, text: string): Worth => {
    if (endpoint !== 'view') return readAnswer(endpoint, status, text)
    const told = text.slice(text.indexOf(',') + 1)
    const known = judged.get(scope)
    if (known !== undefined && known.status === status && known.text === told) return known.worth
    const worth = readAnswer(endpoint, status, text)
    // Of an answer that says nothing of its request another one may differ in what was cut off here.
    if (NUMBERED.test(text)) judged.set(scope, { status, text: told, worth })
    return worth
  }

  const usersOf = (scope: ScopeId): Users => {
    const users = scope === ACCOUNT ? world.account : world.subaccounts.get(scope)?.users
    if (users === undefined) throw new Error(`there is no scope ${scope}`)
    return users
  }
  const usersThen = (scope: ScopeId, at: number): ReadonlyArray<StoredUser> =>
    past.get(scope)?.find(({ until }) => until > at)?.users ?? [...usersOf(scope).values()]

  /** Does what a request asks, in the world as it is now. */
  const act = (call: Call, scope: ScopeId, entry?: Entry): { readonly status: number; readonly text: string } => {
    const users = usersOf(scope)
    const before = [...users.values()]
    const name = String(call.body.username)
    const [version, was] = [world.version, users.get(name)]
    const grants = letIn(world, KEY, call.endpoint)
    if ('_tag' in grants) throw new Error('the key of this world works')
    const { status, members } = perform(world, call, grants)
    if (world.version !== version) {
      const kept = past.get(scope) ?? []
      past.set(scope, [...kept.slice(-40), { until: time.elapsed(), users: before }])
      if (entry !== undefined) entry.effects = [...entry.effects, { at: time.elapsed(), before: was, after: users.get(name) }]
    }
    return { status, text: `{"request_id":"${call.requestId}",${members}}` }
  }

  const faultFor = ({ endpoint, scope, username }: Entry): Fault | undefined => {
    const now = time.elapsed()
    armed = armed.filter(({ fault, left }) => left > 0 && fault.until > now)
    const place = placeOf(scope, username)
    const met = armed.find(
      ({ fault, whose = place }) => fault.at <= now && (fault.on === 'any' || fault.on === endpoint) && whose === place,
    )
    if (met === undefined) return undefined
    if (met.fault.ofOne === true) met.whose = place
    met.left -= 1
    return met.fault
  }

  const arrive = (
    entry: Entry,
    call: Call,
    course: Course,
    random: Random,
  ): { readonly status: number; readonly text: string } => {
    const { scope } = entry
    switch (course.does) {
      case 'nothing':
        // Told as if it had been done: the answer of a world that is put back at once.
        return course.answer._tag === 'True' ? pretended(call, scope) : { status: 0, text: '' }
      case 'once':
        return act(call, scope, entry)
      case 'twice':
        act(call, scope, entry)
        return act(call, scope, entry)
      case 'with another text': {
        const body = Object.fromEntries(
          Object.entries(call.body).map(([field, value]) => [field, TEXTS.includes(field) ? `${String(value)} !` : value]),
        )
        return act({ ...call, body }, scope, entry)
      }
      case 'without a field': {
        const fields = Object.keys(call.body).filter((field) => field !== 'username' && field !== 'subaccount_id')
        const ignored = pick(random, fields)
        const body = Object.fromEntries(Object.entries(call.body).filter(([field]) => field !== ignored))
        return act({ ...call, body }, scope, entry)
      }
      case 'later': {
        let done = false
        const take = (): void => {
          if (!done) act(call, scope, entry)
          done = true
        }
        time.after(20_000 + random() * 80_000, take)
        putOff = [...putOff, take]
        return { status: 0, text: '' }
      }
    }
  }
  const pretended = (call: Call, scope: ScopeId): { readonly status: number; readonly text: string } => {
    const users = usersOf(scope)
    const kept = [...users]
    const { version } = world
    const { status, members } = perform(world, call, ['*'])
    users.clear()
    for (const [name, user] of kept) users.set(name, user)
    world.version = version
    return { status, text: `{"request_id":"${call.requestId}",${members}}` }
  }

  const answerOf = (entry: Entry, course: Course, made: Told, random: Random): Told => {
    const { answer } = course
    switch (answer._tag) {
      case 'Said':
        return { status: answer.status, text: answer.text }
      case 'Cut':
        return { status: made.status, text: made.text.slice(0, Math.floor(random() * made.text.length)) }
      case 'Users': {
        if (entry.endpoint === 'search')
          return { ...made, text: changedList('subaccounts', made.text, (all) => lied(answer.lie, all, undefined, random)) }
        const then = answer.lie === 'stale' ? usersThen(entry.scope, time.elapsed() - 30_000 - random() * 600_000) : undefined
        return { ...made, text: changedList('results', made.text, (users) => lied(answer.lie, users, then, random)) }
      }
      case 'True':
      case 'Lost':
      case 'Broken':
      case 'Garbage':
        return made
    }
  }

  const sendFor = (life: { readonly n: number; readonly alive: boolean }, key: string): Send => {
    const send = (request: WireRequest, timeoutMs: number, settle: (answer: Incoming | Error) => void): void => {
      count += 1
      const entry = entryOf({ n: count, life: life.n, key, sentAt: time.elapsed() }, request)
      log.push(entry)
      if (log.length > keep) log.splice(0, keep / 2)
      watched.left(entry)
      let over = false
      const end = (ending: Entry['ending'], status: number | undefined, answer: Incoming | Error): void => {
        if (over) return
        over = true
        underWay.delete(breaks)
        stopWaiting()
        entry.ending = ending
        entry.status = status
        entry.endedAt = time.elapsed()
        if (!life.alive) return
        watched.ended(entry)
        settle(answer)
      }
      const stopWaiting = time.after(timeoutMs, () => end('unclear', undefined, new DOMException('timed out', 'TimeoutError')))
      const breaks = (code = 'ECONNRESET', unsent = false): void =>
        end(unsent ? 'refused' : 'unclear', undefined, Object.assign(new Error('broken'), { code }))
      underWay.add(breaks)
      const fault = faultFor(entry)
      entry.fault = fault?.kind
      const course = courseOf(fault?.kind)
      const call: Call = {
        method: request.method.toUpperCase(),
        endpoint: `/${request.path}`,
        body: request.body,
        requestId: `r${entry.n}`,
        randomInt,
      }
      const there = 1 + chance.network() * 150
      const back = 1 + chance.network() * 150
      if (course.meanwhile !== undefined) watched.meanwhile(course.meanwhile, entry, chance.server)
      if (!course.reaches) {
        const { answer } = course
        if (answer._tag === 'Broken') time.after(there, () => breaks(answer.code, answer.unsent))
        return
      }
      time.after(there, () => {
        const { status, text } = answerOf(entry, course, arrive(entry, call, course, chance.server), chance.server)
        if (course.answer._tag === 'Lost') return
        const wait = course.waits === undefined ? 0 : whole(chance.server, course.waits.least, course.waits.most)
        time.after(back + wait, () => {
          if (course.answer._tag === 'Broken') return breaks(course.answer.code, course.answer.unsent)
          // What refuses does so whatever its words look like.
          if (course.answer._tag === 'Garbage')
            return end(status >= 400 && status < 500 ? 'refused' : 'unclear', status, incoming(status, course.answer.bytes))
          const { ending, shown } = worthOf(entry, status, text)
          entry.shown = shown
          end(ending, status, incoming(status, text))
        })
      })
    }
    return (request, timeoutMs, take) =>
      new Promise((resolve, reject) => {
        if (!life.alive) return
        send(request, timeoutMs, (answer) => (answer instanceof Error ? reject(answer) : resolve(take(answer))))
      })
  }

  return {
    world,
    log,
    sendFor,
    usersOf,
    byHand: (method, endpoint, scope, body) => {
      const whole = scope === ACCOUNT ? body : { ...body, subaccount_id: scope }
      const { version } = world
      const { status } = act({ method, endpoint: `/users/smtp/${endpoint}`, body: whole, requestId: 'hand', randomInt }, scope)
      if (world.version !== version) watched.byHand(endpoint, scope, body)
      return status
    },
    plant: (fault) => {
      armed = [{ fault, left: fault.times }, ...armed]
    },
    heal: () => {
      armed = []
      for (const take of putOff) take()
      putOff = []
    },
    cut: () => {
      for (const breaks of underWay) breaks()
    },
  }
}

const ENDPOINTS: ReadonlyArray<Endpoint> = ['view', 'add', 'edit', 'remove', 'search', 'permissions']
/** Fields that a service may write otherwise than it was told. */
const TEXTS: ReadonlyArray<string> = ['description', 'feedback_text', 'feedback_html']

const entryOf = (
  { n, life, key, sentAt }: Pick<Entry, 'n' | 'life' | 'key' | 'sentAt'>,
  { path, method, body }: WireRequest,
): Entry => ({
  n,
  life,
  key,
  sentAt,
  endpoint: ENDPOINTS.find((name) => path.endsWith(name)) ?? 'view',
  method: method.toUpperCase(),
  scope: typeof body.subaccount_id === 'string' ? body.subaccount_id : ACCOUNT,
  username: typeof body.username === 'string' ? body.username : '',
  body,
  fault: undefined,
  effects: [],
  ending: undefined,
  status: undefined,
  endedAt: undefined,
  shown: undefined,
})

type Worth = Pick<Entry, 'ending' | 'shown'>

const NUMBERED = /^\{"request_id":"r\d+",/

/** What an answer is worth, judged without the program's own eyes. */
const readAnswer = (endpoint: Endpoint, status: number, text: string): Worth => {
  const json = parsed(text)
  const data = isRecord(json) ? json.data : undefined
  const isError = (isRecord(json) && 'error' in json) || (isRecord(data) && 'error' in data)
  if (isError && status < 500) return { ending: 'refused', shown: undefined }
  if (status >= 400 && status < 500) return { ending: 'refused', shown: undefined }
  if (status !== 200 || !isRecord(json)) return { ending: 'unclear', shown: undefined }
  if (endpoint === 'search') return { ending: hasSubaccounts(data) ? 'good' : 'unclear', shown: undefined }
  if (endpoint === 'permissions') return { ending: Array.isArray(data) ? 'good' : 'unclear', shown: undefined }
  if (endpoint !== 'view') return { ending: 'good', shown: undefined }
  const results = isRecord(data) && Array.isArray(data.results) ? data.results : undefined
  if (results === undefined || !results.every(isUser)) return { ending: 'unclear', shown: undefined }
  const shown = new Map(results.map((user) => [user.username, user]))
  return shown.size === results.length ? { ending: 'good', shown } : { ending: 'unclear', shown: undefined }
}

type Fields = { readonly [key: string]: unknown }
const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const isUser = (value: unknown): value is Fields & { readonly username: string } =>
  isRecord(value) &&
  typeof value.username === 'string' &&
  Object.values(value).every((field) => typeof field !== 'object' || field === null)

const hasSubaccounts = (data: unknown): boolean =>
  isRecord(data) &&
  Array.isArray(data.subaccounts) &&
  data.subaccounts.every((one) => isRecord(one) && [one.id, one.name, one.state].every((field) => typeof field === 'string'))

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined
    throw thrown
  }
}
