// A config is the same one however it is called: its state is beside it where it says so, and what is remembered of it holds.
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
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

spec('a config that is named in another way', (test) => {
  const said = async (ended: Promise<{ readonly out: string }>): Promise<unknown> => {
    const plan = JSON.parse((await ended).out)
    return [
      plan.config.digest,
      plan.scopes[0].held.map(({ username, cause }: { username: string; cause: string }) => [username, cause]),
    ]
  }
  test('is the same one: what is due keeps its cause, and the digest of the config is the same', () =>
    withBench({ account: { results: [{ username: 'one@a.example' }, { username: 'two@a.example' }] } }, async (bench) => {
      await bench.config('reconcile: { mode: observe }\ninclude: ["more/*.yaml"]\nusers: [{ username: one@a.example }]\n')
      await mkdir(join(bench.dir, 'more'))
      await writeFile(join(bench.dir, 'more/a.yaml'), 'users: [{ username: two@a.example }]\n')
      const whole = join(bench.dir, 'config.yaml')
      await bench.run('-c', whole, 'apply', '--yes')
      await bench.post('/_reset', { account: { results: [{ username: 'one@a.example' }] } })
      for (let run = 0; run < 2; run += 1) await bench.run('-c', whole, 'apply', '--yes')
      const first = await said(bench.run('-c', whole, 'plan', '--format', 'json'))
      assert.match(JSON.stringify(first), /\["two@a\.example","drift"\]/)
      for (const name of ['config.yaml', './more/../config.yaml'])
        assert.equal(await said(bench.run('-c', name, 'plan', '--format', 'json')), first, name)
    }))
})
