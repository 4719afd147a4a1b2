// One scope or one user that is refused in words that the service has for keys: the key has worked a moment ago, so all others get theirs.
import * as assert from 'uvu/assert'
import type { Report } from '../src/domain/plan/plan.ts'
import type { Seed } from '../src/sandbox/seed.ts'
import { ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const IDS = ['S1', 'S2', 'S3', 'S4']
const of = (id: string): string => `desk@${id.toLowerCase()}.example`
const seed: Seed = {
  account: { results: [{ username: of('a') }, { username: of('b') }, { username: of('c') }] },
  subaccounts: Object.fromEntries(IDS.map((id) => [id, { results: [{ username: of(id) }] }])),
}
const CONFIG = `defaults: { description: new }
users: [{ username: ${of('a')} }, { username: ${of('b')} }, { username: ${of('c')} }]
subaccounts:
${IDS.map((id) => `  - { id: ${id}, defaults: { description: new }, users: [{ username: ${of(id)} }] }\n`).join('')}`

const told = (error: string, code: string): string =>
  JSON.stringify({ data: { error, error_code: `E_ApiResponseCodes.${code}` } })
const DENIED = told('You do not have permission to access this API endpoint', 'ENDPOINT_PERMISSION_DENIED')
const NO_ACCESS = told('This API key does not have access to the subaccount', 'API_EXCEPTION')
const NO_SUCH_KEY = told("An API User matching the passed 'api_key' was not found", 'API_EXCEPTION')
const BAD_PAYLOAD = told('An invalid value was found in your payload', 'INVALID_IN_PAYLOAD')

const scheduled = (rig: Rig): Promise<Report> => rig.run({ person: false, by: 'schedule' })
const changedIn = async (rig: Rig): Promise<ReadonlyArray<string>> => {
  const found = (await rig.users()).filter(({ description }) => description === 'new').map(({ username }) => String(username))
  for (const id of IDS) if ((await rig.users(id)).every(({ description }) => description === 'new')) found.push(id)
  return found
}

spec('S12: words of a key that works', (test) => {
  for (const [title, body, status] of [
    ['as of an endpoint that it may not call', DENIED, 400],
    ['as of a subaccount that it may not see', NO_ACCESS, 400],
    ['as of a key that does not exist', NO_SUCH_KEY, 400],
    ['and a 401', NO_SUCH_KEY, 401],
    ['which is a bare 401', '', 401],
  ] as const)
    test(`for the view of one subaccount, ${title}, stop no other scope, and the key does not rest`, () =>
      withRig(seed, async (rig) => {
        rig.config(CONFIG)
        await rig.faults([{ kind: 'status', status, body, endpoint: '/users/smtp/view', subaccount_id: 'S2' }])
        const { plan, pausedUntil } = await scheduled(rig)
        assert.is(pausedUntil, undefined)
        assert.equal(await changedIn(rig), [of('a'), of('b'), of('c'), 'S1', 'S3', 'S4'])
        assert.equal(
          plan.scopes.flatMap((scope) => (scope._tag === 'Errored' ? [`${scope.scope} ${scope.error.kind}`] : [])),
          ['subaccount:S2 refused'],
        )
        assert.is((await rig.ledger()).keys.size, 0)
      }))

  test('that it may not add keep back what is to be added and nothing else, in no scope', () =>
    withRig(seed, async (rig) => {
      const missing = (id: string): string => `{ username: new@${id.toLowerCase()}.example }`
      rig.config(
        CONFIG.replace('users: [{', `users: [${missing('x')}, ${missing('y')}, {`).replace(
          'users: [{ username: desk@s2',
          `users: [${missing('s2')}, { username: desk@s2`,
        ),
        'pace: off, concurrency: 1',
      )
      await rig.faults([{ kind: 'status', status: 400, body: DENIED, endpoint: '/users/smtp/add' }])
      const report = await scheduled(rig)
      assert.equal(await changedIn(rig), [of('a'), of('b'), of('c'), ...IDS])
      const told = [...report.ended.values()].flat().filter(({ change }) => change === 'create')
      assert.equal(told.map(({ outcome }) => outcome).toSorted(), ['failed', 'not_attempted', 'not_attempted'])
      for (const { error } of told) assert.match(error ?? '', /may not call \/users\/smtp\/add; grant it that endpoint/)
      assert.is(report.exitCode, 6)
      assert.equal((await rig.writes()).filter(({ path }) => path.endsWith('/add')).length, 1)
    }))

  test('that it may not remove keep back removals and nothing else', () =>
    withRig(seed, async (rig) => {
      const policy = 'policy: { unlisted: remove, grace: 1h }\nsafety: { max_blocks: 9, max_removes: 9 }\n'
      const less = CONFIG.replace(`, { username: ${of('c')} }`, '')
      rig.config(`${policy}${CONFIG}...\n`)
      await scheduled(rig)
      rig.config(`${policy}${less}...\n`)
      assert.equal(ends(await scheduled(rig)), [])
      await rig.time.pass(24 * HOUR)
      assert.equal(ends(await scheduled(rig)), [`block ${of('c')} verified`])
      await rig.time.pass(2 * HOUR)
      await rig.faults([{ kind: 'status', status: 400, body: DENIED, endpoint: '/users/smtp/remove' }])
      rig.config(`${policy}${less.replaceAll('description: new', 'description: newer')}...\n`, 'pace: off, concurrency: 1')
      const said = ends(await scheduled(rig))
      assert.equal(said.toSorted(), [`remove ${of('c')} failed`, ...['a', 'b', ...IDS].map((id) => `update ${of(id)} verified`)])
    }))

  for (const [title, body] of [
    ['of an endpoint', DENIED],
    ['of access', NO_ACCESS],
    ['of a bad payload', BAD_PAYLOAD],
  ] as const)
    test(`for the edit of one user, ${title}, stop no other, and are asked for again after a day`, () =>
      withRig(seed, async (rig) => {
        rig.config(CONFIG, 'pace: off, concurrency: 1')
        // Whoever comes first shows that the key may edit.
        await rig.faults([{ kind: 'status', status: 400, body, endpoint: '/users/smtp/edit', username: of('b') }])
        const first = await scheduled(rig)
        assert.ok(ends(first).includes(`update ${of('b')} failed`))
        assert.equal(await changedIn(rig), [of('a'), of('c'), ...IDS])
        const sentTo = async () => (await rig.writes()).filter(({ body }) => body.username === of('b')).length
        for (let run = 0; run < 3; run += 1) {
          await rig.time.pass(10 * MINUTE)
          assert.equal(
            heldIn(await scheduled(rig)).map(({ username, reason }) => [username, reason]),
            [[of('b'), 'not_converging']],
          )
        }
        assert.is(await sentTo(), 1)
        await rig.time.pass(24 * HOUR)
        await scheduled(rig)
        assert.is(await sentTo(), 2)
      }))

  test('S11: for every edit of a key that was taken back meanwhile end the run after twenty, and the next run finds it refused', () => {
    const many = Array.from({ length: 40 }, (_, n) => ({ username: `user-${n}@a.example` }))
    return withRig({ account: { results: many } }, async (rig) => {
      const users = many.map(({ username }) => `{ username: ${username}, description: new }`).join(', ')
      rig.config(`safety: { max_updates: 100% }\nusers: [${users}]\n`, 'pace: off, concurrency: 1')
      const refusing = { kind: 'status', status: 400, body: NO_ACCESS } as const
      await rig.faults([{ ...refusing, endpoint: '/users/smtp/edit' }])
      await scheduled(rig)
      assert.is((await rig.writes()).length, 20)
      await rig.faults([refusing])
      const before = (await rig.log()).length
      const next = await scheduled(rig)
      assert.equal([(await rig.log()).length - before, next.pausedUntil !== undefined], [1, true])
    })
  })
})
