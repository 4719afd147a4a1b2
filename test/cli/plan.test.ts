// What a plan says of itself: only of what was looked at, of nobody two things at once, and what applying it would cost.
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example', description: 'old' }, { username: 'two@a.example' }] } }

spec('a plan', (test) => {
  test('of some users or scopes says nothing of the others', () =>
    withBench({ ...seed, subaccounts: { S1: { results: [] } } }, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: new }]\nsubaccounts: [{ id: S1, users: [] }]\n')
      for (const filter of [
        ['--user', 'two@*'],
        ['--scope', 'subaccount:S1'],
      ])
        assert.match((await bench.run('plan', ...filter)).out, /^nothing to do: what was looked at is as the config says$/m)
      await bench.config('users: [{ username: one@a.example }]\n')
      assert.match((await bench.run('plan')).out, /^nothing to do: the live users are as the config says$/m)
    }))

  test('calls nobody left alone whom it blocks for a rule', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\nrules: [{ id: d, require: { description: { present: false } }, otherwise: block }]\n...\n')
      assert.match((await bench.run('plan')).out, /! block one@a\.example.*left alone: two@a\.example\n/s)
      assert.match((await bench.run('plan', '--format', 'markdown')).out, /left alone: two[^,]*\n/)
    }))
})
