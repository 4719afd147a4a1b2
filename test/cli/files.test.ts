// Files that the command line names, and standard output: what cannot be read is told as that and not as empty, and what cannot be written is
// no success.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example' }] } }

spec('a file', (test) => {
  test('that is not there, or cannot be read, is told by its name', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      await bench.run('apply', '--yes')
      for (const command of [
        ['plan', '--live'],
        ['verify-log', '--report'],
      ]) {
        const missing = await bench.run(...command, 'nowhere')
        assert.equal([missing.code, missing.err], [5, 'nowhere: there is no such file\n'])
        const folder = await bench.run(...command, 'state', '--format', 'json')
        assert.equal([folder.code, folder.err], [5, 'state: it cannot be read: check what it is, its owner and mode\n'])
        assert.equal(JSON.parse(folder.out).problems, [{ message: folder.err.trim() }])
      }
    }))

  test('that is no snapshot is not called a fault of the config', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      await writeFile(join(bench.dir, 'snapshot.json'), '{}')
      const told = await bench.run('plan', '--live', 'snapshot.json')
      assert.is(told.code, 5)
      assert.match(told.err, /^--live: not a snapshot: /)
      assert.not.match(told.err, /in the config/)
    }))
})

spec('standard output', (test) => {
  const to = (place: string) => ({ under: ['sh', '-c', `"$0" "$@" ${place}`] })

  test('that cannot be written is no success', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: []\n')
      for (const command of ['export', 'schema']) {
        const { code, err } = await bench.runIn(to('> /dev/full'), command)
        assert.equal([code, err], [1, 'standard output cannot be written: check the space and the owner of where it goes\n'])
      }
    }))

  test('whose reader goes away is one', () =>
    withBench(seed, async (bench) => {
      const { code, err } = await bench.runIn({ under: ['sh', '-c', '{ "$0" "$@"; echo $? >&2; } | true'] }, 'schema')
      assert.equal([code, err], [0, '0\n'])
    }))
})
