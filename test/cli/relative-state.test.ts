// Where the state of a config is that names a place beside itself.
import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

spec('a relative state_dir', (test) => {
  test('starts at the folder of the config, wherever the command is called from', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config('state_dir: its-state\nusers: []\n')
      await mkdir(join(bench.dir, 'etc'))
      await rename(join(bench.dir, 'config.yaml'), join(bench.dir, 'etc/config.yaml'))
      const applied = await bench.runIn({ state: undefined }, '-c', 'etc/config.yaml', 'apply', '--yes')
      assert.is(applied.code, 0, applied.err)
      assert.ok(existsSync(join(bench.dir, 'etc/its-state/ledger.json')))
    }))
})

spec('a state directory', (test) => {
  test('is not left as one that has lost its ledger by an apply of a scope that there is none of', () =>
    withBench({ account: { results: [{ username: 'one@a.example' }] } }, async (bench) => {
      await bench.config('users: [{ username: one@a.example, description: ours }]\n')
      assert.is((await bench.run('apply', '--yes', '--scope', 'subaccount:Abcd')).code, 64)
      const applied = await bench.run('apply', '--yes')
      assert.is(applied.code, 0, applied.err)
      assert.not.match(applied.err, /gone/)
    }))
})
