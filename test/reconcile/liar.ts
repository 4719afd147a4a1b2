// A service that tells the truth but once, or of one thing never: the lies, where they can be told, and the program that hears them.
import { randomInt } from 'node:crypto'
import * as assert from 'uvu/assert'
import type { Way } from '../../src/adapters/smtp2go/way.ts'
import { Secret } from '../../src/domain/user/secret.ts'
import type { Api } from '../../src/domain/wanted/desired.ts'
import { perform } from '../../src/sandbox/account.ts'
import type { Seed } from '../../src/sandbox/seed.ts'
import { type World, worldOf } from '../../src/sandbox/world.ts'
import { incoming } from '../simulation/spoil.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { type Program, withProgram } from '../support/in-process.ts'

type Step = string | number
export type Path = ReadonlyArray<Step>

/** What JSON cannot say and a number in it can be all the same. */
export const INFINITE = '@infinite@'
export const LIES: ReadonlyArray<readonly [name: string, lie: unknown]> = [
  ['missing', undefined],
  ['null', null],
  ['an empty text', ''],
  ['a text', 'what is this'],
  ['zero', 0],
  ['negative', -1],
  ['too large', 2 ** 60],
  ['infinite', INFINITE],
  ['no number, in words', 'NaN'],
  ['true', true],
  ['false', false],
  ['an empty list', []],
  ['a list', ['x']],
  ['an empty mapping', {}],
  ['nested', { a: { b: [{ c: { d: 1 } }] } }],
  ['huge', 'x'.repeat(100_000)],
  ['controls', '\u0000\u001b[31m\u202e\u2028'],
]

/** A lie as it is sent. */
export const textOf = (lie: unknown): string => (JSON.stringify(lie) ?? '').replaceAll(`"${INFINITE}"`, '1e999')

/** Every part of an answer: of lists the first item, or so many. */
export const pathsIn = (value: unknown, at: Path = [], items = 1): ReadonlyArray<Path> => {
  if (typeof value !== 'object' || value === null) return [at]
  const parts: ReadonlyArray<readonly [Step, unknown]> = Array.isArray(value)
    ? value.slice(0, items).map((one: unknown, n) => [n, one] as const)
    : Object.entries(value)
  return [at, ...parts.flatMap(([step, part]) => pathsIn(part, [...at, step], items))]
}

export const withLie = (value: unknown, [step, ...rest]: Path, lie: unknown): unknown => {
  if (step === undefined) return lie
  if (Array.isArray(value)) return value.map((one: unknown, at) => (at === step ? withLie(one, rest, lie) : one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, key === step ? withLie(part, rest, lie) : part]))
}

const shout = (value: unknown, [step, ...rest]: Path): unknown => {
  if (Array.isArray(value)) return value.map((one: unknown, at) => (at === step ? shout(one, rest) : one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) =>
      key !== step ? [key, part] : rest.length === 0 ? [key.toUpperCase(), part] : [key, shout(part, rest)],
    ),
  )
}

export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (part, step) =>
      typeof part === 'object' && part !== null ? Object.entries(part).find(([key]) => key === String(step))?.[1] : undefined,
    value,
  )

export const SEED: Seed = {
  account: {
    results: ['a', 'b', 'c', 'd'].map((name) => ({
      username: `${name}@acme.example`,
      description: name,
      custom_ratelimit: true,
      custom_ratelimit_value: 9,
      custom_ratelimit_period: '1 hour',
      audit_email: 'audit@acme.example',
      ippool: 7,
    })),
  },
  subaccounts: { Sub1: { results: [{ username: 'sub@b.example' }] } },
  switches: { click_tracking: 'present', write_password: 'clear', view_password: 'clear' },
}

type Told = { readonly method: string; readonly endpoint: string; readonly username: string }
export type Lied = {
  readonly endpoint: string
  readonly nth: number | 'every'
  readonly change: (answer: unknown) => unknown
  /** The bytes that come in place of the text of what it was changed to. */
  readonly bytes?: (text: string) => string | Uint8Array
  readonly status?: number
}

/** A service that tells the truth but once, or of one thing never. */
const service = () => {
  let world: World = worldOf(SEED)
  let lied: Lied | undefined
  let met = 0
  let asked: Array<Told> = []
  let answers = new Map<string, unknown>()
  const way: Way =
    () =>
    async ({ method, path, body }, _timeoutMs, take) => {
      const endpoint = `/${path}`
      const call = { method: method.toUpperCase(), endpoint, body, requestId: 'r-1', randomInt }
      const { status, members } = perform(world, call, ['*'])
      const truth: unknown = JSON.parse(`{"request_id":"r-1",${members}}`)
      asked.push({ method: call.method, endpoint, username: typeof body.username === 'string' ? body.username : '' })
      answers.set(`${call.method} ${endpoint}`, truth)
      if (endpoint !== lied?.endpoint || body.subaccount_id !== undefined) return take(incoming(status, JSON.stringify(truth)))
      met += 1
      if (lied.nth !== 'every' && met !== lied.nth) return take(incoming(status, JSON.stringify(truth)))
      const text = textOf(lied.change(truth))
      return take(incoming(lied.status ?? status, lied.bytes?.(text) ?? text))
    }
  return {
    way,
    begin: (next: Lied | undefined) => {
      ;[world, lied, met, asked, answers] = [worldOf(SEED), next, 0, [], new Map()]
    },
    /** Lies in the world as it is. */
    lie: (next: Lied | undefined) => {
      ;[lied, met, asked] = [next, 0, []]
    },
    asked: () => asked,
    writes: () => asked.filter(({ endpoint }) => !endpoint.endsWith('view') && !endpoint.endsWith('search')),
    truth: (call: string) => answers.get(call),
  }
}

let turn = 0
/** Something to write each time: an edit, another one, and a user more. */
export const config = (more = ''): string => {
  turn += 1
  return `version: 1
api: { endpoint: "https://service.example/v3", key: { env: TEST_KEY }, pace: off, concurrency: 1 }
reconcile: { schedule: null }
safety: { max_creates: 100, max_updates: 100 }
users:
  - { username: a@acme.example, description: text-${turn}, email_password: { env: PASSWORD } }
  - { username: b@acme.example, description: text-${turn} }
  - { username: c@acme.example }
  - { username: d@acme.example }
  - { username: new@acme.example, description: text-${turn} }
${more === '' ? 'subaccounts: [{ id: Sub1, users: [{ username: sub@b.example, archive_enabled: true }] }]\n' : more}`
}

export const LISTED = ['a', 'b', 'c', 'd', 'new'].map((name) => `${name}@acme.example`)

export type Case = {
  readonly name: string
  readonly path: Path
  readonly lie: unknown
  readonly change: (answer: unknown) => unknown
}

/** Of each kind of lie one. */
export const FEW = LIES.filter(([name]) => ['missing', 'null', 'a text', 'infinite', 'nested'].includes(name))

export const casesOf = (truth: unknown, lies = LIES): ReadonlyArray<Case> =>
  pathsIn(truth).flatMap((path) => [
    ...lies.map(([name, lie]) => ({
      name: `${path.join('.')} is ${name}`,
      path,
      lie,
      change: (answer: unknown) => withLie(answer, path, lie),
    })),
    ...(typeof path.at(-1) === 'string'
      ? [{ name: `${path.join('.')} in capitals`, path, lie: undefined, change: (answer: unknown) => shout(answer, path) }]
      : []),
  ])

export const messagesOf = (report: Awaited<ReturnType<Program['run']>>): string =>
  report.plan.scopes.flatMap((scope) => (scope._tag === 'Errored' ? [scope.error.message] : [])).join('\n')

export const withService = (use: (program: Program, about: ReturnType<typeof service>) => Promise<void>): Promise<void> => {
  const about = service()
  const env = { PASSWORD: newPassword() }
  return withProgram({ url: 'https://service.example/v3', env, way: about.way }, (program) => use(program, about))
}

/** The true answer to a call, as a run without any lie gets it. */
export const truthOf = async (
  { run }: Program,
  about: ReturnType<typeof service>,
  call: string,
  text: string,
): Promise<unknown> => {
  about.begin(undefined)
  await run(text)
  const truth = about.truth(call)
  assert.not.type(truth, 'undefined', call)
  return truth
}

/** The connection of a client that is asked directly. */
export const API: Api = {
  endpoint: { _tag: 'Address', url: 'https://service.example/v3' },
  key: new Secret(newKey()),
  pace: undefined,
  concurrency: 1,
  timeoutMs: 1000,
  maxAnswerBytes: 1_000_000,
}
