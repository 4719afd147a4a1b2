// What a daemon says of its config as that changes: when it is whole again, and what it has lost.
import * as assert from 'uvu/assert'
import { type Bench, type Started, until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const SEED = {
  account: { results: [{ username: 'one@a.example' }] },
}
const QUIET = 'reconcile: { schedule: null }\n'
const LIST = 'users: [{ username: one@a.example }]\n...\n'

type Line = Readonly<Record<string, unknown>>

const logOf = (daemon: Started): ReadonlyArray<Line> =>
  daemon
    .err()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line))

const statusOf = async (bench: Bench) => JSON.parse((await bench.run('status', '--format', 'json')).out)

spec('a config that was broken', (test) => {
  test('is told at info, once, when it is good again and in force: with its files, and for how long it was not', () =>
    withBench(SEED, async (bench) => {
      await bench.config(`${QUIET}${LIST}`)
      const daemon = bench.start('run')
      const told = (message: string) => logOf(daemon).filter(({ msg }) => msg === message)
      await until('a run', () => told('run ended').length > 0)
      await bench.config(`${QUIET}users: 5\n`)
      await until('the fault is told', () => told('config broken').length > 0)
      assert.type((await statusOf(bench)).config_broken_since, 'string')
      await bench.config(`${QUIET}${LIST}`)
      await until('it is told to be good', () => told('config good again').length > 0)
      const [{ level, text, files, broken_ms } = {}] = told('config good again')
      assert.is(level, 'info')
      assert.match(
        String(text),
        /^the config is valid again and in force, after \d+ s in which it could not be used: config\.yaml$/,
      )
      assert.equal(files, ['config.yaml'])
      assert.ok(Number(broken_ms) > 0)
      const { completed } = await statusOf(bench)
      assert.is((await bench.run('reconcile')).code, 0)
      await until('another run', async () => (await statusOf(bench)).completed > completed)
      assert.is(told('config good again').length, 1)
      assert.is((await statusOf(bench)).config_broken_since, null)
    }))
})
