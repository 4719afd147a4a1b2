// Closed subaccounts that are still listed: twenty refusals end a run (S11), and however many there are, the open ones get theirs.
import * as assert from 'uvu/assert'
import type { Report } from '../src/domain/plan/plan.ts'
import type { Seed, SeedScope } from '../src/sandbox/seed.ts'
import { newKeyUnlikeHashes } from './support/fresh.ts'
import { MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const CLOSED = Array.from({ length: 24 }, (_, n) => `A${String(n + 1).padStart(2, '0')}`)
const OPEN = ['Z1', 'Z2', 'Z3']
const of = (id: string): string => `desk@${id.toLowerCase()}.example`
const subaccount = (id: string, state: SeedScope['state']): readonly [string, SeedScope] => [
  id,
  { results: [{ username: of(id), description: 'old' }], ...(state === undefined ? {} : { state }) },
]
const seed = (closed: ReadonlyArray<string>): Seed => ({
  account: { results: [] },
  subaccounts: Object.fromEntries([
    ...CLOSED.map((id) => subaccount(id, closed.includes(id) ? 'Closed' : 'Active')),
    ...OPEN.map((id) => subaccount(id, 'Active')),
  ]),
})
const config = (listed: ReadonlyArray<string>, description: string): string =>
  `users: []\nsubaccounts:\n${listed.map((id) => `  - { id: ${id}, users: [{ username: ${of(id)}, description: ${description} }] }\n`).join('')}`

const scheduled = (rig: Rig): Promise<Report> => rig.run({ person: false, by: 'schedule' })
const errors = ({ plan }: Report): ReadonlyArray<string> =>
  plan.scopes.flatMap((scope) =>
    scope._tag === 'Errored' ? [`${scope.scope.slice('subaccount:'.length)} ${scope.error.kind}`] : [],
  )
const looks = async (rig: Rig): Promise<ReadonlyArray<string>> =>
  (await rig.log())
    .filter(({ path }) => path.endsWith('/view'))
    .map(({ body }) => (typeof body.subaccount_id === 'string' ? body.subaccount_id : 'account'))

const until = async (isSo: () => boolean, rig: Rig): Promise<void> => {
  for (let seconds = 0; seconds < 60 && !isSo(); seconds += 1) await rig.time.pass(1000)
}

/** What a run looks at. */
const looked = async (rig: Rig, run: () => Promise<unknown>): Promise<ReadonlyArray<string>> => {
  const before = (await looks(rig)).length
  await run()
  return (await looks(rig)).slice(before)
}

spec('a key that rests', (test) => {
  test('is no look', () =>
    withRig({ ...seed([]), keys: {} }, async (rig) => {
      rig.config('users: []\n', 'pace: off')
      const daemon = await rig.daemon()
      await until(() => daemon.reports().length > 0, rig)
      const first = daemon.controls.status().scopes[0]?.lookedAt
      assert.type(first, 'string')
      await rig.time.pass(60_000)
      daemon.wake('schedule')
      assert.equal(await looked(rig, () => until(() => daemon.reports().length > 1, rig)), [])
      assert.is(daemon.controls.status().scopes[0]?.lookedAt, first)
    }))
})

spec('subaccounts that are closed and still listed', (test) => {
  test('hold up one run, and from then on the open ones are looked at first, and five of the closed in turn', () =>
    withRig(seed(CLOSED), async (rig) => {
      rig.config(config([...CLOSED, ...OPEN], 'new'))
      const first = await scheduled(rig)
      assert.equal(errors(first).length, 27)
      const all = new Set<string>()
      for (let run = 0; run < 5; run += 1) {
        await rig.time.pass(600_000)
        const seen = new Set(
          await looked(rig, async () =>
            assert.equal(
              errors(await scheduled(rig)),
              CLOSED.map((id) => `${id} refused`),
            ),
          ),
        )
        assert.equal(
          OPEN.filter((id) => !seen.has(id)),
          [],
        )
        const closed = CLOSED.filter((id) => seen.has(id))
        // What the first run did not reach is not known to be closed before.
        if (run > 0) assert.is(closed.length, 5)
        for (const id of closed) all.add(id)
      }
      assert.equal([...all].sort(), CLOSED)
      for (const id of OPEN)
        assert.equal(
          (await rig.users(id)).map(({ description }) => description),
          ['new'],
        )
    }))

  test('and come in again when they are open again, or leave the file', () =>
    withRig(seed(CLOSED), async (rig) => {
      rig.config(config([...CLOSED, ...OPEN], 'new'))
      for (let run = 0; run < 2; run += 1) await scheduled(rig)
      await rig.becomes(seed(CLOSED.slice(1)))
      for (let run = 0; run < 5; run += 1) {
        await rig.time.pass(600_000)
        await scheduled(rig)
      }
      assert.equal(
        (await rig.users('A01')).map(({ description }) => description),
        ['new'],
      )
      rig.config(config(OPEN, 'newer'))
      assert.equal(errors(await scheduled(rig)), [])
      assert.is((await rig.ledger()).shut.size, 0)
    }))

  test('come in at once when they are all open again, for a person who only plans and for the daemon', () =>
    withRig(seed(CLOSED), async (rig) => {
      rig.config(config([...CLOSED, ...OPEN], 'new'))
      for (let run = 0; run < 2; run += 1) await scheduled(rig)
      await rig.becomes(seed([]))
      assert.equal(errors(await scheduled(rig)), [])
    }))

  test('say of those that are not asked when that was, and are not told as looked at', () =>
    withRig(seed(CLOSED), async (rig) => {
      rig.config(config([...CLOSED, ...OPEN], 'new'))
      for (let run = 0; run < 2; run += 1) await scheduled(rig)
      await rig.time.pass(600_000)
      const daemon = await rig.daemon()
      const asked = new Set(await looked(rig, () => until(() => daemon.reports().length > 0, rig)))
      const { scopes } = daemon.controls.status()
      const unasked = CLOSED.filter((id) => !asked.has(id))
      assert.is(unasked.length, CLOSED.length - 5)
      for (const id of unasked) {
        const one = scopes.find(({ scope }) => scope === `subaccount:${id}`)
        assert.match(
          one?.error?.message ?? '',
          /; that was at 2026-01-05T12:\d\d:\d\d\S*, and it was not asked again in this run$/,
        )
        assert.is(one?.lookedAt, undefined)
      }
    }))

  test('of one key say nothing of another', () =>
    withRig(seed(CLOSED), async (rig) => {
      rig.config(config([...CLOSED, ...OPEN], 'new'))
      for (let run = 0; run < 2; run += 1) await scheduled(rig)
      rig.env.TEST_KEY = newKeyUnlikeHashes()
      await rig.time.pass(600_000)
      rig.restart()
      const { plan } = await scheduled(rig)
      const told = plan.scopes.flatMap((scope) => (scope._tag === 'Errored' ? [scope.error.message] : []))
      assert.is(told.length, 27)
      assert.not.match(told.join('\n'), /not asked again/)
    }))

  test('are all looked at where a person names them', () =>
    withRig(seed(CLOSED), async (rig) => {
      rig.config(config([...CLOSED, ...OPEN], 'new'))
      for (let run = 0; run < 2; run += 1) await scheduled(rig)
      const named = new Set(CLOSED.slice(0, 8).map((id) => `subaccount:${id}` as const))
      const seen = await looked(rig, () => rig.run({ person: true, scopes: named }))
      assert.equal([...new Set(seen)].sort(), CLOSED.slice(0, 8))
    }))

  test('a few are looked at in every run, where they stand', () =>
    withRig(seed(CLOSED.slice(0, 5)), async (rig) => {
      rig.config(config([...CLOSED.slice(0, 5), ...OPEN], 'new'))
      for (let run = 0; run < 3; run += 1) {
        const seen = await looked(rig, () => scheduled(rig))
        assert.equal(
          [...new Set(seen)].filter((id) => CLOSED.includes(id)),
          CLOSED.slice(0, 5),
        )
      }
    }))

  /** Subaccounts whose looks are answered 403 without a word of the key. */
  const forbidding = (ids: ReadonlyArray<string>) =>
    ids.map((subaccount_id) => {
      const body = '{"data":{"error":"This subaccount is closed"}}'
      return { kind: 'status', status: 403, body, endpoint: '/users/smtp/view', subaccount_id } as const
    })

  test('do not stop the others where a 403 says so without a word of the key, also where they come first', () =>
    withRig(seed([]), async (rig) => {
      rig.config(config(['A01', 'A02', ...OPEN], 'new').replace('users: []\n', ''))
      await rig.faults(forbidding(['A01', 'A02']))
      const shown: Array<string> = []
      for (let run = 0; run < 4; run += 1) {
        shown.push(errors(await scheduled(rig)).join(', '))
        await rig.time.pass(20 * MINUTE)
      }
      // Before any good answer it may be the key, so the next probe begins with the next one; then those that were refused come last.
      assert.equal(shown.slice(2), ['A01 refused, A02 refused', 'A01 refused, A02 refused'])
      for (const id of OPEN)
        assert.equal(
          (await rig.users(id)).map(({ description }) => description),
          ['new'],
        )
      assert.is((await rig.ledger()).keys.size, 0)
      const seen = await looked(rig, () => scheduled(rig))
      assert.equal(seen.slice(-2), ['A01', 'A02'])
    }))
})
