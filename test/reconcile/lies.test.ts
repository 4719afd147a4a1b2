// Lies: every part of every answer of the service as it cannot be, one at a time. Nothing is written on a lie that can be seen, each is told
// by its name, and a lie in the answer to a write has nothing sent twice.
import * as assert from 'uvu/assert'
import { clock } from '../../src/adapters/clock.ts'
import { connector } from '../../src/adapters/smtp2go/connect.ts'
import { confidence } from '../../src/adapters/smtp2go/tell.ts'
import type { Way } from '../../src/adapters/smtp2go/way.ts'
import type { Api } from '../../src/domain/desired.ts'
import { Secret } from '../../src/domain/secret.ts'
import { E, TE } from '../../src/fp.ts'
import { perform } from '../../src/sandbox/account.ts'
import type { Seed } from '../../src/sandbox/seed.ts'
import { type World, worldOf } from '../../src/sandbox/world.ts'
import { incoming } from '../simulation/spoil.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { linesOf, type Program, withProgram } from '../support/in-process.ts'
import { spec } from '../support/spec.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

type Step = string | number
type Path = ReadonlyArray<Step>

/** What JSON cannot say and a number in it can be all the same. */
const INFINITE = '@infinite@'
const LIES: ReadonlyArray<readonly [name: string, lie: unknown]> = [
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

/** Every part of an answer: of lists the first item. */
const pathsIn = (value: unknown, at: Path = []): ReadonlyArray<Path> => {
  if (typeof value !== 'object' || value === null) return [at]
  const parts: ReadonlyArray<readonly [Step, unknown]> = Array.isArray(value)
    ? value.slice(0, 1).map((one: unknown) => [0, one] as const)
    : Object.entries(value)
  return [at, ...parts.flatMap(([step, part]) => pathsIn(part, [...at, step]))]
}

const withLie = (value: unknown, [step, ...rest]: Path, lie: unknown): unknown => {
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

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (part, step) =>
      typeof part === 'object' && part !== null ? Object.entries(part).find(([key]) => key === String(step))?.[1] : undefined,
    value,
  )

const SEED: Seed = {
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
type Lied = { readonly endpoint: string; readonly nth: number | 'every'; readonly change: (answer: unknown) => unknown }

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
      const call = { method: method.toUpperCase(), endpoint, body, requestId: 'r-1' }
      const { status, members } = perform(world, call, ['*'])
      const truth: unknown = JSON.parse(`{"request_id":"r-1",${members}}`)
      asked.push({ method: call.method, endpoint, username: typeof body.username === 'string' ? body.username : '' })
      answers.set(`${call.method} ${endpoint}`, truth)
      if (endpoint !== lied?.endpoint || body.subaccount_id !== undefined) return take(incoming(status, JSON.stringify(truth)))
      met += 1
      const text = JSON.stringify(lied.nth === 'every' || met === lied.nth ? lied.change(truth) : truth) ?? ''
      return take(incoming(status, text.replaceAll(`"${INFINITE}"`, '1e999')))
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
const config = (more = ''): string => {
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

const LISTED = ['a', 'b', 'c', 'd', 'new'].map((name) => `${name}@acme.example`)

type Case = { readonly name: string; readonly path: Path; readonly lie: unknown; readonly change: (answer: unknown) => unknown }

/** Of each kind of lie one. */
const FEW = LIES.filter(([name]) => ['missing', 'null', 'a text', 'infinite', 'nested'].includes(name))

const casesOf = (truth: unknown, lies = LIES): ReadonlyArray<Case> =>
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

const messagesOf = (report: Awaited<ReturnType<Program['run']>>): string =>
  report.plan.scopes.flatMap((scope) => (scope._tag === 'Errored' ? [scope.error.message] : [])).join('\n')

const withService = (use: (program: Program, about: ReturnType<typeof service>) => Promise<void>): Promise<void> => {
  const about = service()
  const env = { PASSWORD: newPassword() }
  return withProgram({ url: 'https://service.example/v3', env, way: about.way }, (program) => use(program, about))
}

/** The true answer to a call, as a run without any lie gets it. */
const truthOf = async ({ run }: Program, about: ReturnType<typeof service>, call: string, text: string): Promise<unknown> => {
  about.begin(undefined)
  await run(text)
  const truth = about.truth(call)
  assert.not.type(truth, 'undefined', call)
  return truth
}

const isSeen = (truth: unknown, lie: unknown): boolean =>
  (typeof lie === 'object' && lie !== null) ||
  (typeof truth === 'boolean' && lie !== undefined && lie !== null && typeof lie !== 'boolean') ||
  (typeof truth === 'string' && (typeof lie === 'number' || typeof lie === 'boolean' || lie === INFINITE))

spec('S1: a lie in what the service shows', (test) => {
  test('has nothing written in that scope where it can be seen, is told by its name, and stops no other scope', () =>
    withService(async (program, about) => {
      const view = '/users/smtp/view'
      const truth = await truthOf(program, about, `POST ${view}`, config('subaccounts: []\n'))
      const cases = casesOf(truth)
      assert.ok(cases.length > 350, String(cases.length))
      let refused = 0
      for (const { name, path, lie, change } of cases) {
        about.begin({ endpoint: view, nth: 1, change })
        const report = await program.run(config())
        const [account, sub] = report.plan.scopes
        assert.is(sub?._tag, 'Planned', name)
        const mine = about.writes().filter(({ username }) => username !== 'sub@b.example')
        if (account?._tag === 'Errored') {
          refused += 1
          assert.equal(mine, [], name)
          assert.match(messagesOf(report), /data|results|answer|username|shows/, name)
          const field = path[3]
          if (account.error.kind === 'ill_formed' && typeof field === 'string')
            assert.ok(messagesOf(report).includes(field), name)
        } else {
          assert.ok(
            mine.every(({ username }) => LISTED.includes(username)),
            `${name}: ${JSON.stringify(mine)}`,
          )
          const of = valueAt(truth, path)
          assert.not(path.length === 4 && isSeen(of, lie), `${name} is believed`)
        }
      }
      assert.ok(refused > 200, String(refused))
    }))

  test('after the writes has nothing written twice, and makes no user look done that was not seen', () =>
    withService(async (program, about) => {
      const view = '/users/smtp/view'
      const truth = await truthOf(program, about, `POST ${view}`, config('subaccounts: []\n'))
      for (const { name, change } of casesOf(truth, FEW)) {
        about.begin({ endpoint: view, nth: 2, change })
        const report = await program.run(config('subaccounts: []\n'))
        const writes = about.writes().map(({ method, username }) => `${method} ${username}`)
        assert.is(new Set(writes).size, writes.length, name)
        assert.ok(
          linesOf(report).every((line) => / (verified|unobservable|unknown|not_converged)$/.test(line)),
          `${name}: ${linesOf(report).join(', ')}`,
        )
      }
    }))
})

/** Flags that a rule may ask for, since documents say that they are shown. */
const FLAGS = ['feedback_enabled', 'open_tracking_enabled', 'archive_enabled'] as const

spec('S12: a flag that is null', (test) => {
  for (const flag of FLAGS)
    test(`${flag} of one user stops nobody else, is sent once, and is never told as done or as off`, () =>
      withService(async (program, about) => {
        const change = (answer: unknown): unknown => withLie(answer, ['data', 'results', 0, flag], null)
        about.begin({ endpoint: '/users/smtp/view', nth: 'every', change })
        const rule = `rules: [{ id: off, match: { username: "a@*" }, require: { ${flag}: false } }]\n...\n`
        const text = config(`subaccounts: []\n${rule}`).replace('c@acme.example }', `c@acme.example, ${flag}: false }`)
        const managed = text.replace('a@acme.example,', `a@acme.example, ${flag}: false,`)
        const first = await program.run(managed)
        assert.equal(linesOf(first), [
          'account a@acme.example update unobservable',
          'account b@acme.example update verified',
          'account new@acme.example create verified',
        ])
        const [account] = first.plan.scopes
        assert.ok(
          account?._tag === 'Planned' && account.findings.some(({ message }) => message.includes(`does not show ${flag}`)),
        )
        about.lie({ endpoint: '/users/smtp/view', nth: 'every', change })
        assert.equal(linesOf(await program.run(managed)), [])
        assert.equal(about.writes(), [])
      }))

  test('nor does a status that is null, which many answers do not show at all', () =>
    withService(async (program, about) => {
      const change = (answer: unknown): unknown => withLie(answer, ['data', 'results', 2, 'status'], null)
      about.begin({ endpoint: '/users/smtp/view', nth: 'every', change })
      const text = config('subaccounts: []\n')
      assert.equal(linesOf(await program.run(text)), [
        'account a@acme.example update verified',
        'account b@acme.example update verified',
        'account new@acme.example create verified',
      ])
      about.lie({ endpoint: '/users/smtp/view', nth: 'every', change })
      assert.equal(linesOf(await program.run(text)), [])
    }))

  test('nothing else that tells whether a user may send, or how much, may be null (S1)', () =>
    withService(async (program, about) => {
      for (const field of ['sending_allowed', 'custom_ratelimit']) {
        const change = (answer: unknown): unknown => withLie(answer, ['data', 'results', 0, field], null)
        about.begin({ endpoint: '/users/smtp/view', nth: 'every', change })
        assert.match(messagesOf(await program.run(config('subaccounts: []\n'))), field)
        assert.equal(about.writes(), [])
      }
    }))
})

spec('S7: a lie in what the service answers to a write', (test) => {
  for (const [call, endpoint] of [
    ['POST /users/smtp/add', '/users/smtp/add'],
    ['PATCH /users/smtp/edit', '/users/smtp/edit'],
  ] as const)
    test(`${call}: nothing is sent twice, and what the view shows counts`, () =>
      withService(async (program, about) => {
        const truth = await truthOf(program, about, call, config('subaccounts: []\n'))
        const cases = casesOf(truth)
        assert.ok(cases.length > 60, String(cases.length))
        for (const { name, change } of cases) {
          about.begin({ endpoint, nth: 1, change })
          const report = await program.run(config('subaccounts: []\n'))
          const writes = about.writes().map(({ method, username }) => `${method} ${username}`)
          assert.equal(writes.toSorted(), ['PATCH a@acme.example', 'PATCH b@acme.example', 'POST new@acme.example'], name)
          assert.equal(
            linesOf(report).filter((line) => !/ (verified|unobservable)$/.test(line)),
            [],
            name,
          )
        }
      }))
})

/** The config without a user, who is to go an hour after being blocked. */
const leaving = (): string =>
  `${config('subaccounts: []\n').replace('  - { username: d@acme.example }\n', '')}policy: { unlisted: remove, grace: 1h }\n...\n`

spec('S7: a lie in what the service answers to a removal', (test) => {
  test('has nobody removed twice, and what the view shows counts', () =>
    withService(async (program, about) => {
      const endpoint = '/users/smtp/remove'
      const removed = async (change: Lied['change'] | undefined) => {
        about.begin(undefined)
        await program.run(config('subaccounts: []\n'))
        program.later(2 * DAY)
        await program.run(leaving())
        program.later(2 * HOUR)
        about.lie(change === undefined ? undefined : { endpoint, nth: 1, change })
        return program.run(leaving())
      }
      await removed(undefined)
      const truth = about.truth(`POST ${endpoint}`)
      const cases = casesOf(truth)
      assert.ok(cases.length > 20, String(cases.length))
      for (const { name, change } of cases) {
        const report = await removed(change)
        const gone = (): ReadonlyArray<string> =>
          about.asked().flatMap((one) => (one.endpoint === endpoint ? [one.username] : []))
        assert.equal(gone(), ['d@acme.example'], name)
        assert.ok(
          linesOf(report).some((line) => line.endsWith(' d@acme.example remove verified')),
          `${name}: ${linesOf(report).join(', ')}`,
        )
        await program.run(leaving())
        assert.equal(gone(), ['d@acme.example'], name)
      }
    }))
})

const API: Api = {
  endpoint: { _tag: 'Address', url: 'https://service.example/v3' },
  key: new Secret(newKey()),
  pace: undefined,
  concurrency: 1,
  timeoutMs: 1000,
  maxAnswerBytes: 1_000_000,
}

spec('a lie in what the service says a key may', (test) => {
  test('is no list of endpoints where it can be seen, and nothing of it stands in what is told', async () => {
    const call = { method: 'POST', endpoint: '/api_keys/permissions', body: {}, requestId: 'r-1' }
    const truth: unknown = JSON.parse(`{"request_id":"r-1",${perform(worldOf(SEED), call, ['*']).members}}`)
    const cases = casesOf(truth)
    assert.ok(cases.length > 40, String(cases.length))
    let refused = 0
    for (const { name, path, lie, change } of cases) {
      const text = JSON.stringify(change(truth)) ?? ''
      const answer = incoming(200, text.replaceAll(`"${INFINITE}"`, '1e999'))
      const { reader } = connector({
        clock: clock(),
        confidence: confidence(),
        sandbox: () => TE.right(''),
        notice: () => undefined,
        way: () => async (_request, _timeoutMs, take) => take(answer),
      })
      const connection = await reader(API)()
      assert.ok(E.isRight(connection))
      const grants = await connection.right.accounts.permissions()()
      const isList = Array.isArray(lie) && path.length === 1
      if (E.isLeft(grants)) {
        refused += 1
        assert.ok(grants.left._tag === 'IllFormed', name)
        assert.match(grants.left.message, /^data is not a list of endpoints$|answered nothing/, name)
      } else {
        assert.ok(path[0] === 'request_id' || isList || (path.length === 2 && typeof lie === 'string'), `${name} is believed`)
        assert.ok(
          grants.right.every((one) => typeof one === 'string'),
          name,
        )
      }
    }
    assert.ok(refused > 25, String(refused))
  })
})

spec('a lie in the search for subaccounts', (test) => {
  test('looks at nobody who was not found, and is told of the search itself', () =>
    withService(async (program, about) => {
      const search = '/subaccounts/search'
      const truth = await truthOf(program, about, `POST ${search}`, config('subaccounts: all\n'))
      for (const { name, change } of casesOf(truth)) {
        about.begin({ endpoint: search, nth: 1, change })
        const report = await program.run(config('subaccounts: all\n'))
        assert.ok(
          about.writes().every(({ username }) => LISTED.includes(username)),
          name,
        )
        assert.ok(
          report.plan.scopes.some((scope) => scope.scope === 'account' && scope._tag === 'Planned'),
          name,
        )
      }
    }))
})
