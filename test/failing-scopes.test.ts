// Scopes whose looks fail side by side, time-outs and failures of the service say: they keep neither writes nor an emergency stop from the others.
import * as assert from 'uvu/assert'
import type { Report } from '../src/domain/plan/plan.ts'
import type { FaultKind } from '../src/sandbox/faults.ts'
import type { Seed } from '../src/sandbox/seed.ts'
import { HOUR, MINUTE, type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const ids = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, n) => `S${n + 1}`)
const of = (id: string): string => `desk@${id.toLowerCase()}.example`
const seedOf = (count: number): Seed => ({
  account: { results: [{ username: of('account'), description: 'old' }] },
  subaccounts: Object.fromEntries(ids(count).map((id) => [id, { results: [{ username: of(id), description: 'old' }] }])),
})
const userOf = (id: string): string => `[{ username: ${of(id)}, description: new }]`
const subaccountsOf = (count: number): string =>
  `subaccounts:\n${ids(count)
    .map((id) => `  - { id: ${id}, users: ${userOf(id)} }\n`)
    .join('')}`
const configOf = (count: number): string => `users: ${userOf('account')}\n${subaccountsOf(count)}`

const VIEW = '/users/smtp/view'
const TROUBLE: FaultKind = { kind: 'status', status: 500 }
const failing = (failed: ReadonlyArray<string>, kind: FaultKind = TROUBLE) =>
  failed.map((subaccount_id) => ({ ...kind, endpoint: VIEW, subaccount_id }))

const scheduled = (rig: Rig): Promise<Report> => rig.run({ person: false, by: 'schedule' })
const changedIn = async (rig: Rig, count: number): Promise<ReadonlyArray<string>> => {
  const found: Array<string> = []
  for (const id of ids(count)) if ((await rig.users(id)).every(({ description }) => description === 'new')) found.push(id)
  return (await rig.user(of('account')))?.description === 'new' ? ['account', ...found] : found
}
/** Every request of a run: what was asked of which scope. */
const requests = async (rig: Rig, run: () => Promise<unknown>): Promise<ReadonlyArray<string>> => {
  const before = (await rig.log()).length
  await run()
  return (await rig.log()).slice(before).map(({ path, body }) => {
    const what = path.endsWith('/view') ? 'view' : 'write'
    return `${what} ${typeof body.subaccount_id === 'string' ? body.subaccount_id : 'account'}`
  })
}
const errorOf = ({ plan }: Report, id: string): string => {
  const scope = plan.scopes.find((one) => one.scope === `subaccount:${id}`)
  return scope?._tag === 'Errored' ? `${scope.error.kind} ${scope.error.message}` : ''
}

spec('scopes whose looks fail side by side', (test) => {
  for (const concurrency of [1, 2, 8])
    for (const [title, kind] of [
      ['fail', TROUBLE],
      ['are ill-formed', { kind: 'html_200' }],
      ['break', { kind: 'reset_after' }],
    ] as const)
      test(`S12: the answers of five that ${title} do not keep the others from their changes, with ${concurrency} at once`, () =>
        withRig(seedOf(7), async (rig) => {
          rig.config(configOf(7), `pace: off, concurrency: ${concurrency}`)
          await rig.faults(failing(ids(5), kind))
          const first = await scheduled(rig)
          assert.ok((await changedIn(rig, 7)).includes('account'), 'what was seen is written to in the first run')
          assert.is(first.exitCode, 6)
          await rig.time.pass(10 * MINUTE)
          await scheduled(rig)
          assert.equal(await changedIn(rig, 7), ['account', 'S6', 'S7'])
        }))

  test('S11: four in a row end the looks where something was seen, and a write that fails as well ends the run', () =>
    withRig(seedOf(7), async (rig) => {
      rig.config(configOf(7), 'pace: off, concurrency: 1')
      await rig.faults([...failing(ids(5)), { ...TROUBLE, endpoint: '/users/smtp/edit' }])
      const sent = await requests(rig, () => scheduled(rig))
      assert.equal(sent, ['view account', 'view S1', 'view S2', 'view S3', 'view S4', 'write account'])
    }))

  test('S12: what was not looked at for them says so, and comes before them in the next run', () =>
    withRig(seedOf(7), async (rig) => {
      rig.config(configOf(7), 'pace: off, concurrency: 1')
      await rig.faults(failing(ids(5)))
      const first = await scheduled(rig)
      assert.match(errorOf(first, 'S4'), /^unreachable .*HTTP 500/)
      for (const id of ['S5', 'S6', 'S7'])
        assert.match(
          errorOf(first, id),
          /^unreachable 4 failures in a row; not looked at in this run, so that what was seen is written to/,
        )
      await rig.time.pass(10 * MINUTE)
      const looks = (await requests(rig, () => scheduled(rig))).filter((one) => one.startsWith('view'))
      assert.equal(
        looks.slice(0, 8),
        ['account', 'S5', 'S6', 'S7', 'S1', 'S2', 'S3', 'S4'].map((id) => `view ${id}`),
      )
    }))

  test('S12: of those that failed before, whoever waits longest is looked at first, so that each has its turn', () =>
    withRig(seedOf(7), async (rig) => {
      rig.config(configOf(7), 'pace: off')
      await rig.faults(failing(ids(7)))
      for (let run = 0; run < 3; run += 1) {
        await scheduled(rig)
        await rig.time.pass(10 * MINUTE)
      }
      await rig.faults(failing(ids(6)))
      for (let run = 0; run < 2; run += 1) {
        await scheduled(rig)
        await rig.time.pass(10 * MINUTE)
      }
      assert.equal(await changedIn(rig, 7), ['account', 'S7'])
      await rig.faults([])
      await scheduled(rig)
      assert.equal(await changedIn(rig, 7), ['account', ...ids(7)])
      assert.is((await rig.ledger()).shut.size, 0)
    }))

  test('S12: five that come first, and no account before them, do not keep those behind them unseen', () =>
    withRig(seedOf(7), async (rig) => {
      rig.config(subaccountsOf(7), 'pace: off')
      await rig.faults(failing(ids(5)))
      for (let run = 0; run < 2; run += 1) {
        await scheduled(rig)
        await rig.time.pass(10 * MINUTE)
      }
      assert.equal(await changedIn(rig, 7), ['S6', 'S7'])
    }))

  test('S12: an emergency stop blocks whom it sees at once, and behind them with the next run', () =>
    withRig(seedOf(7), async (rig) => {
      rig.config(
        'users: []\nsubaccounts:\n'.concat(
          ids(7)
            .map((id) => `  - { id: ${id}, users: [] }\n`)
            .join(''),
        ),
        'pace: off',
      )
      await rig.faults(failing(ids(5)))
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: 'desk@*' }, until: rig.time.now() + HOUR })
      const statusOf = async (id: string) => (await rig.users(id)).map(({ status }) => status)
      await rig.run({ by: 'block' })
      assert.is((await rig.user(of('account')))?.status, 'blocked')
      await rig.run({ by: 'block' })
      assert.equal([await statusOf('S6'), await statusOf('S7')], [['blocked'], ['blocked']])
    }))

  for (const concurrency of [1, 2, 8])
    test(`S11: a service that is dead is asked five times and no more, with ${concurrency} at once`, () =>
      withRig(seedOf(9), async (rig) => {
        rig.config(configOf(9), `pace: off, concurrency: ${concurrency}`)
        await rig.faults([TROUBLE])
        for (let run = 0; run < 3; run += 1) {
          const sent = await requests(rig, () => scheduled(rig))
          assert.is(sent.length, 5)
          await rig.time.pass(10 * MINUTE)
        }
        await rig.faults([])
        await scheduled(rig)
        assert.equal(await changedIn(rig, 9), ['account', ...ids(9)])
      }))
})

spec('scopes whose changes fail side by side', (test) => {
  const EDIT = '/users/smtp/edit'
  const failingEdits = (failed: ReadonlyArray<string>) =>
    failed.map((subaccount_id) => ({ ...TROUBLE, endpoint: EDIT, subaccount_id }))
  const changed = async (rig: Rig, run: () => Promise<unknown>): Promise<ReadonlyArray<string>> =>
    (await requests(rig, run)).filter((one) => one.startsWith('write'))

  for (const concurrency of [1, 2])
    test(`S12: five that always do do not keep the others from theirs, with ${concurrency} at once`, () => {
      const users = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}@account.example`)
      return withRig({ ...seedOf(7), account: { results: users.map((username) => ({ username })) } }, async (rig) => {
        const listed = users.map((username) => `{ username: ${username}, description: new }`).join(', ')
        rig.config(`users: [${listed}]\n${subaccountsOf(7)}`, `pace: off, concurrency: ${concurrency}`)
        await rig.faults(failingEdits(ids(5)))
        for (let run = 0; run < 2; run += 1) {
          await scheduled(rig)
          await rig.time.pass(15 * MINUTE)
        }
        assert.ok((await rig.users()).every(({ description }) => description === 'new'))
        assert.equal((await changedIn(rig, 7)).toSorted(), ['S6', 'S7'])
      })
    })

  test('S12: whoever waits longest is asked for first of those', () =>
    withRig(seedOf(7), async (rig) => {
      rig.config(configOf(7), 'pace: off, concurrency: 1')
      await rig.faults(failingEdits(ids(7)))
      const sent: Array<ReadonlyArray<string>> = []
      for (let run = 0; run < 4; run += 1) {
        sent.push(await changed(rig, () => scheduled(rig)))
        await rig.time.pass(15 * MINUTE)
      }
      const writes = (...of: ReadonlyArray<string>) => of.map((id) => `write ${id}`)
      assert.equal(sent, [
        writes('account', 'S1', 'S2', 'S3', 'S4', 'S5'),
        writes('S6', 'S7', 'S1', 'S2', 'S3', 'S4', 'S5'),
        writes('S1', 'S2', 'S3', 'S4', 'S5'),
        writes('S6', 'S7', 'S1', 'S2', 'S3'),
      ])
    }))
})

spec('subaccounts that are refused side by side', (test) => {
  test('S12: thirty that nobody knew to be closed do not keep the account from its changes', () =>
    withRig(seedOf(30), async (rig) => {
      rig.config(configOf(30), 'pace: off')
      const body = '{"data":{"error":"This subaccount is closed"}}'
      await rig.faults(failing(ids(30), { kind: 'status', status: 403, body }))
      const first = await scheduled(rig)
      assert.equal(await changedIn(rig, 30), ['account'])
      assert.match(errorOf(first, 'S30'), /^unreachable 15 requests refused in this run; not looked at/)
      assert.is(first.plan.scopes.filter((scope) => scope._tag === 'Errored' && scope.error.kind === 'refused').length, 15)
    }))

  test('S12: one whose view is denied as an endpoint is denied to a key does not keep those behind it unseen', () =>
    withRig(seedOf(3), async (rig) => {
      rig.config(subaccountsOf(3), 'pace: off')
      const body =
        '{"data":{"error":"You do not have permission to access this API endpoint","error_code":"E_ApiResponseCodes.ENDPOINT_PERMISSION_DENIED"}}'
      await rig.faults(failing(['S1'], { kind: 'status', status: 400, body }))
      assert.is((await requests(rig, () => scheduled(rig))).length, 1, 'before any good answer it is the key')
      await rig.time.pass(10 * MINUTE)
      await scheduled(rig)
      assert.equal(await changedIn(rig, 3), ['S2', 'S3'])
    }))
})

spec('blocks of an emergency stop that are refused side by side', (test) => {
  const REFUSED: FaultKind = { kind: 'status', status: 400, body: '{"data":{"error":"This user cannot be changed"}}' }
  const names = Array.from({ length: 22 }, (_, n) => `desk-${String(n + 10)}@a.example`)
  const [refused, others] = [names.slice(0, 20), names.slice(20)]
  const stubborn = refused.map((username) => ({ ...REFUSED, endpoint: '/users/smtp/edit', username }))
  const seed: Seed = {
    account: { results: [...names, 'z@a.example'].map((username) => ({ username })) },
    subaccounts: { S1: { results: [{ username: 'one@b.example' }] } },
  }
  const config =
    'users: [{ username: z@a.example, description: new }, { username: zz@a.example }]\nsubaccounts: [{ id: S1, users: [{ username: one@b.example, description: new }] }]\n'
  const statusesOf = async (rig: Rig, of: ReadonlyArray<string>) =>
    (await rig.users()).filter(({ username }) => of.includes(username)).map(({ status }) => status)

  for (const concurrency of [1, 2])
    test(`S12: twenty keep neither the others from theirs, nor what else is due, here and in other scopes, with ${concurrency} at once`, () =>
      withRig(seed, async (rig) => {
        rig.config(config, `pace: off, concurrency: ${concurrency}`)
        await rig.faults(stubborn)
        await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: 'desk-*' }, until: rig.time.now() + 10 * HOUR })
        for (let run = 0; run < 2; run += 1) {
          await scheduled(rig)
          await rig.time.pass(15 * MINUTE)
        }
        assert.equal(await statusesOf(rig, others), ['blocked', 'blocked'])
        assert.is((await rig.user('z@a.example'))?.description, 'new')
        assert.is((await rig.user('zz@a.example'))?.status, 'allowed')
        assert.is((await rig.users('S1'))[0]?.description, 'new')
        const before = (await rig.writes()).length
        await scheduled(rig)
        assert.is((await rig.writes()).length - before, 20, 'each is tried in every run')
        await rig.faults([])
        await scheduled(rig)
        assert.ok((await statusesOf(rig, names)).every((status) => status === 'blocked'))
      }))

  test('are tried in their place where they are another request than the one that was refused', () =>
    withRig(seed, async (rig) => {
      rig.config(config, 'pace: off, concurrency: 1')
      await rig.faults(stubborn)
      await rig.decide({ _tag: 'Hold', what: { _tag: 'Stop', glob: 'desk-*' }, until: rig.time.now() + 72 * HOUR })
      for (let run = 0; run < 2; run += 1) {
        await scheduled(rig)
        await rig.time.pass(15 * MINUTE)
      }
      await rig.faults([])
      await rig.colleague('edit', { username: names[4], status: 'sandbox' })
      await rig.faults(stubborn)
      const first = async (): Promise<unknown> => {
        const before = (await rig.writes()).length
        await rig.colleague('edit', { username: 'z@a.example', description: 'old' })
        await scheduled(rig)
        return (await rig.writes())[before]?.body.username
      }
      assert.is(await first(), names[4])
      assert.is(await first(), 'z@a.example')
    }))
})
