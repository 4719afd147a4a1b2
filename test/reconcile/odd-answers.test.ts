// Answers that are no answers: refusals of odd shapes, answers of which only the beginning came, and mutants of true ones. Nothing is written
// beyond what was shown, nothing is written twice, a part is never taken for the whole, and no secret that an answer repeats is told.
import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { clock } from '../../src/adapters/clock.ts'
import { connector } from '../../src/adapters/smtp2go/connect.ts'
import { confidence } from '../../src/adapters/smtp2go/tell.ts'
import { outcomeUnknown } from '../../src/domain/basics/failure.ts'
import { E, TE } from '../../src/fp.ts'
import type { Accounts } from '../../src/ports.ts'
import { incoming } from '../simulation/spoil.ts'
import { cases } from '../support/cases.ts'
import { KEY, linesOf, type Program } from '../support/in-process.ts'
import { spec } from '../support/spec.ts'
import { API, config, FEW, LISTED, messagesOf, textOf, truthOf, withService } from './liar.ts'
import { mutated, type Step } from './mutate-answer.ts'

const VIEW = '/users/smtp/view'
const EDIT = '/users/smtp/edit'
const ADD = '/users/smtp/add'
const ALONE = 'subaccounts: []\n'
const same = (answer: unknown): unknown => answer

const HTML = `<!doctype html><html><title>403</title><body>${KEY}</body></html>`
/** What may stand in place of each part of a refusal, which repeats the key. */
const PARTS: ReadonlyArray<unknown> = [
  ...FEW.map(([, lie]) => lie),
  '\u001b[31m',
  KEY,
  [{ error: KEY }],
  { error: KEY, password: KEY },
]
const ERROR = { error: `Something about ${KEY}`, error_code: 'E_ApiResponseCodes.API_EXCEPTION' }
/** Bodies of refusals, as no document has them. */
const REFUSALS: ReadonlyArray<string> = [
  '',
  ' ',
  '[]',
  '{}',
  'null',
  '7',
  'true',
  '"words"',
  '{"data":',
  '\u0000',
  HTML,
  `[${HTML}]`,
  ...PARTS.flatMap((part) => [
    part,
    { data: part },
    { data: { ...ERROR, error: part } },
    { data: { ...ERROR, error_code: part } },
    { data: { ...ERROR, field_validation_errors: part } },
    { data: { ...ERROR, field_validation_errors: { fieldname: part, message: KEY } } },
    { data: { ...ERROR, field_validation_errors: { fieldname: 'username', message: part } } },
    { data: { ...ERROR, model_validation_errors: part } },
    { data: { failures: part } },
    { data: { failures: [part] } },
    { ...ERROR, error: part },
    { error: part },
  ]).map(textOf),
]

const STATUSES = [200, 400, 500]

const toldOf = (report: Awaited<ReturnType<Program['run']>>): string => JSON.stringify([report.plan.scopes, [...report.ended]])

const writesOf = (asked: ReadonlyArray<{ readonly method: string; readonly endpoint: string; readonly username: string }>) =>
  asked.map(({ method, endpoint, username }) => `${method} ${endpoint.slice('/users/smtp/'.length)} ${username}`).toSorted()

const TRUE_WRITES = ['PATCH edit a@acme.example', 'PATCH edit b@acme.example', 'POST add new@acme.example']

spec('a refusal of an odd shape', (test) => {
  test('S1 C1: of a look, with each status, has nothing written, is told in words, and tells no key', () =>
    withService(async ({ run }, about) => {
      assert.ok(REFUSALS.length > 100, String(REFUSALS.length))
      for (const [at, body] of REFUSALS.entries()) {
        about.begin({ endpoint: VIEW, nth: 'every', change: same, bytes: () => body, status: STATUSES[at % 3] ?? 400 })
        const report = await run(config(ALONE))
        const name = body.slice(0, 200)
        assert.equal(about.writes(), [], name)
        assert.ok(messagesOf(report).length > 3, name)
        assert.not.ok(toldOf(report).includes(KEY), name)
      }
    }))

  for (const endpoint of [ADD, EDIT])
    test(`S7 C1: of ${endpoint}, with each status, has nothing sent twice or for somebody else, and tells no key`, () =>
      withService(async ({ run }, about) => {
        for (const [at, body] of REFUSALS.entries()) {
          about.begin({ endpoint, nth: 'every', change: same, bytes: () => body, status: STATUSES[at % 3] ?? 400 })
          const report = await run(config(ALONE))
          const name = body.slice(0, 200)
          const writes = writesOf(about.writes())
          assert.is(new Set(writes).size, writes.length, name)
          for (const write of writes) assert.ok(TRUE_WRITES.includes(write), `${name}: ${write}`)
          assert.not.ok(toldOf(report).includes(KEY), name)
        }
      }))
})

/** The real client, with one answer to everything. */
const answeredWith = async (status: number, answer: () => string | Uint8Array): Promise<Accounts> => {
  const connected = await connector({
    clock: clock(),
    confidence: confidence(),
    sandbox: () => TE.right(''),
    notice: () => undefined,
    way: () => async (_request, _timeoutMs, take) => take(incoming(status, answer())),
  }).accounts(API)()
  assert.ok(E.isRight(connected))
  return connected.right.accounts
}

const EDITS = [
  ['an edit', EDIT, { _tag: 'Patch', username: 'a@acme.example', settings: { description: 'x' } }],
  ['an add', ADD, { _tag: 'Add', username: 'new@acme.example', settings: { description: 'x' } }],
] as const

spec('an answer of which only the beginning came', (test) => {
  test('S1: is no list of users, wherever it ends', () =>
    withService(async (program, about) => {
      const whole = Buffer.from(textOf(await truthOf(program, about, `POST ${VIEW}`, config(ALONE))))
      let length = 0
      const accounts = await answeredWith(200, () => whole.subarray(0, length))
      for (; length < whole.length; length += 1)
        assert.ok(E.isLeft(await accounts.list('account')()), whole.subarray(0, length).toString())
      assert.ok(E.isRight(await accounts.list('account')()))
      assert.ok(length > 1000, String(length))
    }))

  for (const [title, endpoint, write] of EDITS)
    test(`S7: to ${title} leaves unknown what came of it, wherever it ends`, () =>
      withService(async (program, about) => {
        const call = `${write._tag === 'Add' ? 'POST' : 'PATCH'} ${endpoint}`
        const whole = Buffer.from(textOf(await truthOf(program, about, call, config(ALONE))))
        let length = 0
        const accounts = await answeredWith(200, () => whole.subarray(0, length))
        for (; length < whole.length; length += 1) {
          const written = await accounts.perform('account', write)()
          assert.ok(E.isLeft(written) && outcomeUnknown(written.left), whole.subarray(0, length).toString())
        }
        assert.ok(E.isRight(await accounts.perform('account', write)()))
      }))

  test('S1 S7: has nothing written on a part of a view, and nothing twice after a part of an answer to a write', () =>
    withService(async ({ run }, about) => {
      for (const endpoint of [VIEW, ADD, EDIT])
        for (let tenth = 0; tenth < 10; tenth += 1) {
          const bytes = (text: string) => Buffer.from(text).subarray(0, Math.floor((Buffer.byteLength(text) * tenth) / 10))
          about.begin({ endpoint, nth: 1, change: same, bytes })
          const report = await run(config(ALONE))
          assert.equal(writesOf(about.writes()), endpoint === VIEW ? [] : TRUE_WRITES, `${endpoint} ${tenth}`)
          if (endpoint !== VIEW)
            assert.equal(
              linesOf(report).filter((line) => !line.endsWith(' verified')),
              [],
            )
        }
    }))
})

const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(fc.tuple(fc.nat(9), fc.nat(9999), fc.nat(9999)), {
  minLength: 1,
  maxLength: 3,
})

/** Whom a view shows, as far as it can be read. */
const shownIn = (view: unknown): ReadonlySet<string> =>
  new Set(
    [...JSON.stringify(view).matchAll(/"username":("(?:[^"\\]|\\.)*")/g)].map(([, name = '""']) =>
      String(JSON.parse(name)).toLowerCase(),
    ),
  )

spec('a mutant of an answer', (test) => {
  test('S1 C1: of the look has nobody made who is shown, edits only what the config sets and is shown, and removes nobody', () =>
    withService(async (program, about) => {
      const truth = await truthOf(program, about, `POST ${VIEW}`, config(ALONE))
      await fc.assert(
        fc.asyncProperty(steps, async (how) => {
          const mutant = mutated(truth, how)
          const shown = shownIn(mutant)
          about.begin({ endpoint: VIEW, nth: 1, change: () => mutant })
          const report = await program.run(config(ALONE))
          const writes = writesOf(about.writes())
          assert.is(new Set(writes).size, writes.length)
          for (const write of writes) {
            const [, call, username = ''] = write.split(' ')
            if (call === 'add') assert.ok(LISTED.includes(username) && !shown.has(username), `${write}: ${textOf(mutant)}`)
            else
              assert.ok(call === 'edit' && /^(?:a|b|new)@/.test(username) && shown.has(username), `${write}: ${textOf(mutant)}`)
          }
          if (report.plan.scopes.some(({ scope, _tag }) => scope === 'account' && _tag === 'Errored')) {
            assert.equal(writes, [])
            assert.ok(messagesOf(report).length > 3)
          }
          assert.not.ok(toldOf(report).includes(KEY))
        }),
        cases(40),
      )
    }))

  test('S7: of the answer to a write has nothing sent twice, and what the view shows counts', () =>
    withService(async (program, about) => {
      for (const [call, endpoint] of [
        [`POST ${ADD}`, ADD],
        [`PATCH ${EDIT}`, EDIT],
      ] as const) {
        const truth = await truthOf(program, about, call, config(ALONE))
        await fc.assert(
          fc.asyncProperty(steps, async (how) => {
            const mutant = mutated(truth, how)
            about.begin({ endpoint, nth: 1, change: () => mutant })
            const report = await program.run(config(ALONE))
            const writes = writesOf(about.writes())
            assert.is(new Set(writes).size, writes.length)
            for (const write of writes) assert.ok(TRUE_WRITES.includes(write), write)
            assert.not.ok(toldOf(report).includes(KEY))
          }),
          cases(25),
        )
      }
    }))

  test('S1: of the look is read or refused by the client, and whoever it then shows has a name', () =>
    withService(async (program, about) => {
      const truth = await truthOf(program, about, `POST ${VIEW}`, config(ALONE))
      let mutant: unknown
      const accounts = await answeredWith(200, () => textOf(mutant))
      let [taken, refused] = [0, 0]
      await fc.assert(
        fc.asyncProperty(steps, async (how) => {
          mutant = mutated(truth, how)
          const live = await accounts.list('account')()
          if (E.isLeft(live)) refused += 1
          else {
            taken += 1
            for (const { username } of live.right.users) assert.ok(shownIn(mutant).has(username.toLowerCase()), username)
          }
        }),
        cases(500),
      )
      assert.ok(taken > 0 && refused > 0, `${taken} ${refused}`)
    }))
})
