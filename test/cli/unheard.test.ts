// A person's word is done by the command itself only where no daemon can be at work: else it would be kept in a place that the daemon never
// looks at, while the daemon writes on.
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, until, type Way, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example', description: 'old' }] } }
const HOLD = ['hold', '--all', '--until', '2h', '--reason', 'something is odd']
const stated = (bench: Bench, state: string, rest = ''): Promise<void> =>
  bench.config(
    `state_dir: ${join(bench.dir, state)}\n${rest}reconcile: { schedule: null }\nusers: [{ username: one@a.example }]\n...\n`,
  )
const UNTOLD: Way = { state: undefined }
// Who is root opens every socket, unless that right is given up.
const LIKE_OTHERS: Way = {
  under: process.geteuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [],
}

spec('a hold that a daemon does not get', (test) => {
  test('is refused where nobody answers at the socket that was named', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      const socket = join(bench.dir, 'misspelt.sock')
      const held = await bench.run(...HOLD, '--socket', socket)
      assert.is(held.code, 6, held.out)
      assert.is(
        held.err,
        `no daemon answers at ${socket}, and nothing was done: check --socket, or start the daemon that listens there\n`,
      )
    }))

  test('nor is an undo done then, and with JSON a report says so', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      const undone = await bench.run('undo', 'run', '--yes', '--format', 'json', '--socket', join(bench.dir, 'misspelt.sock'))
      const { format, outcome, scopes, problems } = JSON.parse(undone.out)
      assert.equal([undone.code, format, outcome, scopes], [6, 'smtp2go-reconciler/report@1', 'failed', []])
      assert.match(problems[0].message, /^no daemon answers at .*, and nothing was done: check --socket/)
    }))

  test('is refused where the socket is not open to this person', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      const daemon = bench.startIn({ state: join(bench.dir, 'its-state') }, 'run')
      const socket = join(bench.dir, 'its-state/control.sock')
      const asked = ['--socket', socket]
      await until('the daemon answers', async () => (await bench.run('status', ...asked)).code === 0)
      await chmod(socket, 0)
      for (const command of [HOLD, ['block', '--match', 'one@*', '--reason', 'phished', '--yes']]) {
        const held = await bench.runIn(LIKE_OTHERS, ...command, ...asked)
        assert.is(held.code, 6, held.out)
        const told = `the control socket ${socket} is not open to you, and nothing was done: ask as its owner, with sudo for instance`
        assert.is(held.err, `${told}; nobody else may enter its folder, whatever control.group says\n`)
      }
      assert.not.match(daemon.err(), /hold/)
    }))

  test('is refused where it is at work and does not answer, as one that hangs', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      const daemon = bench.start('run')
      await until('the daemon answers', async () => (await bench.run('status')).code === 0)
      daemon.child.kill('SIGSTOP')
      const held = await bench.run(...HOLD)
      daemon.child.kill('SIGCONT')
      assert.is(held.code, 6, held.out)
      assert.match(held.err, /did not answer to the end; it may be at it still: `status` tells what came of it\n$/)
    }))

  test('is refused where a config that cannot be read hides which state directory is meant', () =>
    withBench(seed, async (bench) => {
      await writeFile(join(bench.dir, 'config.yaml'), 'users: [\n')
      const held = await bench.runIn(UNTOLD, ...HOLD)
      assert.is(held.code, 5, held.out)
      assert.match(held.err, /config\.yaml:\d+:\d+/)
    }))

  test('is refused where state_dir was edited while it runs: its key has another writer, and its log says that it stays', () =>
    withBench(seed, async (bench) => {
      await stated(bench, 'its-state')
      const daemon = bench.startIn(UNTOLD, 'run')
      await until('a run', () => daemon.err().includes('run ended'))
      await stated(bench, 'other-state')
      await until('it is told', () => daemon.err().includes('until it is restarted'))
      const [its, other] = [join(bench.dir, 'its-state'), join(bench.dir, 'other-state')]
      assert.match(daemon.err(), `state_dir is ${other} now, and this daemon stays with ${its} until it is restarted`)
      const held = await bench.runIn(UNTOLD, ...HOLD)
      assert.is(held.code, 3, held.out)
      assert.match(held.err, `pid ${daemon.child.pid} (smtp2go-reconciler run) uses this API key`)
      assert.match(held.err, ` --socket ${its}/control.sock`)
    }))
})

spec('a hold', (test) => {
  test('reaches the daemon also where the config, but for its state_dir, is broken', () =>
    withBench(seed, async (bench) => {
      await stated(bench, 'its-state')
      const daemon = bench.startIn(UNTOLD, 'run')
      await until('a run', () => daemon.err().includes('run ended'))
      await stated(bench, 'its-state', 'nonsense: 1\n')
      await until('the fault is told', () => daemon.err().includes('config broken'))
      const held = await bench.runIn(UNTOLD, ...HOLD)
      assert.is(held.code, 0, held.err)
      const { out } = await bench.runIn(UNTOLD, 'status', '--socket', join(bench.dir, 'its-state/control.sock'))
      assert.match(out, /something is odd/)
    }))

  test('is taken here where a daemon that was killed has left its socket behind', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      const daemon = bench.start('run')
      await until('the daemon answers', async () => (await bench.run('status')).code === 0)
      daemon.child.kill('SIGKILL')
      await daemon.ended
      const held = await bench.run(...HOLD)
      assert.equal([held.code, held.err], [0, ''])
    }))
})
