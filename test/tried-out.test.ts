// Tried out first: the program ran against the stand-in, and then its config names the real account, with the same users and the same state
// directory. What it remembers is of the stand-in's users, who are others (S10).
import { randomInt } from 'node:crypto'
import * as assert from 'uvu/assert'
import type { Way } from '../src/adapters/smtp2go/way.ts'
import { perform } from '../src/sandbox/account.ts'
import { worldOf } from '../src/sandbox/world.ts'
import { incoming } from './simulation/spoil.ts'
import { newPassword } from './support/fresh.ts'
import { linesOf, type Program, withProgram } from './support/in-process.ts'
import { spec } from './support/spec.ts'

const DAY = 86_400_000
const NAMES = ['one', 'two', 'three', 'four'].map((name) => `${name}@a.example`)
const [ONE = '', TWO = '', THREE = '', FOUR = ''] = NAMES

const SANDBOX = 'sandbox'
const LOOPBACK = '"http://127.0.0.1:8025/v3"'

type Fields = { readonly [field: string]: unknown }

/** Both services, and the program. `there` are the users of the real account, where something is said of them. */
const withBoth = (
  there: { readonly [username: string]: Fields },
  body: (program: Program, statusOf: (username: string) => unknown) => Promise<void>,
): Promise<void> => {
  const seed = (some: typeof there) => ({
    account: { results: NAMES.map((username) => ({ username, ...some[username] })) },
    switches: { view_password: 'masked' },
  })
  const [standIn, real] = [worldOf(seed({})), worldOf(seed(there))]
  const way: Way =
    ({ url }) =>
    async ({ method, path, body: asked }, _timeoutMs, take) => {
      const world = url.includes('127.0.0.1') ? standIn : real
      const { status, members } = perform(
        world,
        { method: method.toUpperCase(), endpoint: `/${path}`, body: asked, requestId: 'r', randomInt },
        ['*'],
      )
      return take(incoming(status, `{"request_id":"r",${members}}`))
    }
  return withProgram({ url: 'http://127.0.0.1:1/v3', env: { PW: newPassword() }, way }, (program) =>
    body(program, (username) => real.account.get(username)?.status),
  )
}

const config = (endpoint: string, rest: string): string =>
  `version: 1\napi: { endpoint: ${endpoint}, key: { env: TEST_KEY }, pace: off }\nreconcile: { schedule: null }\n${rest}...\n`
const users = (...some: ReadonlyArray<string>): string => `users:\n${some.map((one) => `  - { username: ${one} }\n`).join('')}`

const WISHES = `${users(`${ONE}, status: allowed`, `${TWO}, email_password: { env: PW }`, `${THREE}, description: new`)}absent: [{ username: ${FOUR} }]\n`

spec('S10: a real account after the stand-in', (test) => {
  for (const [title, endpoint] of [
    ['the embedded one', SANDBOX],
    ['one at a loopback address', LOOPBACK],
  ] as const)
    test(`is met for the first time, for all that was tried on ${title} with the same names`, () =>
      withBoth({ [ONE]: { status: 'blocked' } }, async (program, statusOf) => {
        const tried = await program.run(config(endpoint, WISHES))
        assert.is(tried.outcome, 'applied')
        program.later(2 * DAY)
        const met = await program.run(config('eu', WISHES), { person: false })
        assert.equal(linesOf(met).toSorted(), [
          `account ${FOUR} block held needs_approval`,
          `account ${ONE} update held needs_approval`,
          `account ${THREE} update verified`,
          `account ${TWO} update held needs_approval`,
        ])
        assert.equal([statusOf(ONE), statusOf(FOUR)], ['blocked', 'allowed'])
        program.later(DAY)
        assert.equal(linesOf(await program.run(config('eu', WISHES), { person: false })).toSorted(), [
          `account ${FOUR} block verified`,
          `account ${ONE} update verified`,
          `account ${TWO} update unobservable`,
        ])
      }))

  test('has nobody on the way out whom the stand-in had, however long that was', () =>
    withBoth({ [FOUR]: { status: 'blocked' } }, async (program, statusOf) => {
      const rest = (...names: ReadonlyArray<string>): string => `policy: { unlisted: remove, grace: 3d }\n${users(...names)}`
      await program.run(config(SANDBOX, rest(...NAMES)))
      for (let day = 0; day < 3; day += 1) {
        await program.run(config(SANDBOX, rest(ONE, TWO, THREE)))
        program.later(DAY)
      }
      for (const person of [false, true])
        assert.equal(linesOf(await program.run(config('eu', rest(ONE, TWO, THREE)), { person })), [])
      assert.is(statusOf(FOUR), 'blocked')
      assert.equal(linesOf(await program.run(config('eu', rest(...NAMES)))), [])
      assert.is(statusOf(FOUR), 'blocked', 'somebody else blocked it')
    }))

  test('goes on as it was under another region of it', () =>
    withBoth({}, async (program, statusOf) => {
      const rest = (...names: ReadonlyArray<string>): string => `policy: { unlisted: remove, grace: 3d }\n${users(...names)}`
      await program.run(config('eu', rest(...NAMES)))
      for (const endpoint of ['eu', 'us', 'global', 'us']) {
        await program.run(config(endpoint, rest(ONE, TWO, THREE)), { person: false })
        program.later(DAY)
      }
      assert.equal(linesOf(await program.run(config('eu', rest(ONE, TWO, THREE)), { person: false })), [])
      assert.is(statusOf(FOUR), undefined)
    }))
})
