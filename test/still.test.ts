// What is remembered of users where a look changes nothing: it is the very same, so that nothing is made anew of it. Whatever there is to remember of
// one more of them, is.
import * as assert from 'uvu/assert'
import type { UserMemory } from '../src/domain/memory/user-memory.ts'
import { type Rig, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

const SEED = { account: { results: ['one', 'two'].map((name) => ({ username: `${name}@a.example`, description: name })) } }
const LIST = 'safety: { max_creates: 0 }\nusers:\n  - { username: one@a.example, description: one }\n'
const BOTH = `${LIST}  - { username: two@a.example, description: two }\n`

const usersIn = async (rig: Rig): Promise<ReadonlyMap<string, UserMemory>> =>
  (await rig.ledger()).scopes.get('account')?.users ?? new Map()
const daily = (rig: Rig) => rig.run({ person: false, by: 'schedule' })

spec('what is remembered of users', (test) => {
  test('stays the very same where all is as it was', () =>
    withRig(
      SEED,
      async (rig) => {
        rig.config(BOTH)
        await rig.run()
        const before = await usersIn(rig)
        assert.equal([...before.keys()], ['one@a.example', 'two@a.example'])
        await daily(rig)
        assert.is(await usersIn(rig), before)
      },
      { memory: true },
    ))

  for (const [title, first, then, expected] of [
    [
      'of one who is listed and cannot be made yet',
      BOTH,
      `${BOTH}  - { username: new@a.example, description: new }\n`,
      ['new@a.example', 'one@a.example', 'two@a.example'],
    ],
    ['of one who was not listed', LIST, BOTH, ['one@a.example', 'two@a.example']],
  ] as const)
    test(`is more ${title}`, () =>
      withRig(SEED, async (rig) => {
        rig.config(first)
        await rig.run()
        rig.config(then)
        await daily(rig)
        assert.equal([...(await usersIn(rig)).keys()].sort(), expected)
      }))

  test('is more of one who is not listed and did not take what an undo set', () =>
    withRig(SEED, async (rig) => {
      rig.config('users: [{ username: one@a.example, description: ours }]')
      const { runId } = await rig.run()
      rig.config('users: []')
      await rig.run()
      assert.is((await usersIn(rig)).size, 0)
      await rig.faults([{ kind: 'ignore_field', field: 'description', endpoint: '/users/smtp/edit' }])
      await rig.undo(runId)
      assert.ok((await usersIn(rig)).has('one@a.example'))
    }))

  test('is less of one who is listed no more', () =>
    withRig(SEED, async (rig) => {
      rig.config(BOTH)
      await rig.run()
      rig.config(LIST)
      await daily(rig)
      assert.equal([...(await usersIn(rig)).keys()], ['one@a.example'])
    }))
})
