// Our own removals: whoever we were removing may be gone, so an answer without it is no sign of trouble (S3), however that removal ended (L5).
import * as assert from 'uvu/assert'
import { ends, HOUR, heldIn, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const DAY = 24 * HOUR
const GONE = 'gone@b.example'
const seed = { account: { results: [{ username: 'kept@a.example' }] }, subaccounts: { S1: { results: [{ username: GONE }] } } }
const config = (users: string): string =>
  `safety: { max_creates: 5 }
reconcile: { schedule: null }\npolicy: { unlisted: remove, grace: 1d }\nusers: [{ username: kept@a.example }]\nsubaccounts: [{ id: S1, users: [${users}] }]\n...\n`
const scheduled = (rig: Rig) => rig.run({ person: false, by: 'schedule' })
const VIEW = { endpoint: '/users/smtp/view', subaccount_id: 'S1', nth: 2 }
const removals = async (rig: Rig): Promise<number> => (await rig.writes()).filter(({ path }) => path.endsWith('/remove')).length

/** The only user of a subaccount, listed nowhere, comes to the end of its grace. */
const toRemove = async (rig: Rig): Promise<void> => {
  rig.config(config(''))
  assert.equal(ends(await rig.run()), [`block ${GONE} verified`])
  await rig.time.pass(DAY)
}

/** Its scope is seen, is without it, and takes a user again. */
const goesOn = async (rig: Rig): Promise<void> => {
  const next = await scheduled(rig)
  assert.equal([next.exitCode, await rig.users('S1'), await removals(rig)], [0, [], 1])
  rig.config(config('{ username: new@b.example }'))
  assert.equal(ends(await scheduled(rig)), ['create new@b.example verified'])
}

spec('S3, L5: whoever we were removing and is not shown any more is gone by us', (test) => {
  // Of each scope one look before the writes, and after them four, of which none tells.
  const unread = [1, 2, 3, 4].map(() => ({ kind: 'html_200', ...VIEW }) as const)
  for (const [title, faults, outcome] of [
    ['the look after it was refused', [{ kind: 'status', status: 429, ...VIEW }], 'unknown'],
    ['no look after it could be read', unread, 'unknown'],
    [
      'its answer was lost, and so were the looks',
      [{ kind: 'reset_after', endpoint: '/users/smtp/remove' }, ...unread],
      'unknown',
    ],
  ] as const)
    test(title, () =>
      withRig(seed, async (rig) => {
        await toRemove(rig)
        await rig.faults(faults)
        assert.equal(ends(await scheduled(rig)), [`remove ${GONE} ${outcome}`])
        await rig.faults([])
        await rig.time.pass(HOUR)
        await goesOn(rig)
      }),
    )

  test('it was shown for longer than we looked', () =>
    withRig(seed, async (rig) => {
      await toRemove(rig)
      await rig.switches({ view_lag: '600s' })
      assert.equal(ends(await scheduled(rig)), [`remove ${GONE} not_converged`])
      await rig.time.pass(MINUTE)
      assert.equal(
        heldIn(await scheduled(rig)).map(({ reason }) => reason),
        ['not_converging'],
      )
      await rig.switches({ view_lag: '0ms' })
      await rig.time.pass(HOUR)
      await goesOn(rig)
    }))

  test('shown a quarter of an hour later it was not removed: an answer without it is doubted as any other', () =>
    withRig(seed, async (rig) => {
      await toRemove(rig)
      await rig.switches({ view_lag: '600s' })
      await scheduled(rig)
      await rig.time.pass(16 * MINUTE)
      await scheduled(rig)
      await rig.switches({ view_lag: '0ms' })
      const [, subaccount] = (await scheduled(rig)).plan.scopes
      assert.is(subaccount?._tag === 'Errored' && subaccount.error.kind, 'suspicious_answer')
    }))

  test('it goes while something else is done in its scope: what was done is read back all the same', () =>
    withRig(seed, async (rig) => {
      await toRemove(rig)
      await rig.faults([{ kind: 'late_apply', ms: 100_000, endpoint: '/users/smtp/remove' }])
      assert.equal(ends(await scheduled(rig)), [`remove ${GONE} unknown`])
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Removals' }, until: rig.time.now() + DAY })
      rig.config(config('{ username: new@b.example }'), 'pace: 1 per 20s')
      await rig.time.pass(MINUTE)
      const last = await scheduled(rig)
      assert.equal(
        heldIn(last).map(({ reason }) => reason),
        ['on_hold'],
        'it was still shown',
      )
      assert.equal(ends(last), ['create new@b.example verified'])
      assert.equal(
        (await rig.users('S1')).map(({ username }) => username),
        ['new@b.example'],
      )
    }))
})
