// Empty words: a variable that is empty, or an option whose variable was, names no place, and never the folder in which somebody stands.
import { readdir } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { withoutEmptyPlaces } from '../../src/cli/environment.ts'
import { withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example' }] } }
const CONFIG = 'users: [{ username: one@a.example, description: new }]\n'

spec('an empty word', (test) => {
  test('in the environment is none where a place is meant, and stays where a value is', () => {
    const env = { STATE_DIRECTORY: '', XDG_STATE_HOME: '/x', SECRET: '', NO_COLOR: '', HOME: undefined }
    assert.equal(withoutEmptyPlaces(env), { XDG_STATE_HOME: '/x', SECRET: '', NO_COLOR: '', HOME: undefined })
  })

  for (const name of ['STATE_DIRECTORY', 'XDG_STATE_HOME'])
    test(`of $${name} leaves the folder of the moment as it is`, () =>
      withBench(seed, async (bench) => {
        await bench.config(CONFIG)
        const applied = await bench.runIn({ state: undefined, env: { [name]: '' } }, 'apply', '--yes')
        assert.is(applied.code, 0, applied.err)
        assert.equal((await readdir(bench.dir)).sort(), ['.local', 'config.yaml'])
      }))

  test('of $SMTP2GO_RECONCILER_CONFIG names no config', () =>
    withBench(seed, async (bench) => {
      await bench.config(CONFIG)
      const told = await bench.runIn({ env: { SMTP2GO_RECONCILER_CONFIG: '' } }, 'validate')
      assert.is(told.code, 0, told.err)
    }))

  for (const option of ['--state-dir', '--config'])
    test(`after ${option} is refused`, () =>
      withBench(seed, async (bench) => {
        await bench.config(CONFIG)
        const told = await bench.runIn({ state: undefined }, option, '', 'apply', '--yes')
        assert.is(told.code, 64, told.out)
        assert.match(told.err, `${option}: the empty text names no place`)
        assert.equal([await readdir(bench.dir), bench.requests()], [['config.yaml'], 0])
      }))
})
