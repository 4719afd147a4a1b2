// Lies: every part of every answer of the service as it cannot be, one at a time. Nothing is written on a lie that can be seen, each is told
// by its name, and a lie in the answer to a write has nothing sent twice.
import { randomInt } from 'node:crypto'
import * as assert from 'uvu/assert'
import { clock } from '../../src/adapters/clock.ts'
import { connector } from '../../src/adapters/smtp2go/connect.ts'
import { confidence } from '../../src/adapters/smtp2go/tell.ts'
import { E, TE } from '../../src/fp.ts'
import { perform } from '../../src/sandbox/account.ts'
import { worldOf } from '../../src/sandbox/world.ts'
import { incoming } from '../simulation/spoil.ts'
import { linesOf } from '../support/in-process.ts'
import { spec } from '../support/spec.ts'
import {
  API,
  casesOf,
  config,
  FEW,
  INFINITE,
  LISTED,
  type Lied,
  messagesOf,
  SEED,
  truthOf,
  valueAt,
  withLie,
  withService,
} from './liar.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

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

/** A user of whom all is declared that a full edit resets, and full edits only. */
const whole = (): string =>
  config('subaccounts: []\n')
    .replace('pace: off,', 'pace: off, edit: full,')
    .replace('a@acme.example,', 'a@acme.example, ip_pool: null, click_tracking_enabled: false,')

spec('S7: a lie in what the service answers to a full edit', (test) => {
  test('has nothing sent twice, and what the view shows counts', () =>
    withService(async (program, about) => {
      const endpoint = '/users/smtp/edit'
      const cases = casesOf(await truthOf(program, about, `POST ${endpoint}`, whole()), FEW)
      assert.ok(cases.length > 100, String(cases.length))
      for (const { name, change } of cases) {
        about.begin({ endpoint, nth: 1, change })
        const report = await program.run(whole())
        const writes = about.writes().map((one) => `${one.method} ${one.endpoint} ${one.username}`)
        assert.equal(writes.toSorted(), ['POST /users/smtp/add new@acme.example', `POST ${endpoint} a@acme.example`], name)
        assert.equal(
          linesOf(report).filter((line) => !/ (?:verified|unobservable|held impossible)$/.test(line)),
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

spec('a lie in what the service says a key may', (test) => {
  test('is no list of endpoints where it can be seen, and nothing of it stands in what is told', async () => {
    const call = { method: 'POST', endpoint: '/api_keys/permissions', body: {}, requestId: 'r-1', randomInt }
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
