// Commands that only look: whatever is due, they send nothing but questions and leave every byte where it was.
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Seed } from '../src/sandbox/seed.ts'
import { withBench } from './support/command.ts'
import { spec } from './support/spec.ts'

const SEED: Seed = {
  account: { results: [{ username: 'one@a.example' }, { username: 'left@a.example' }] },
  subaccounts: { S1: { results: [{ username: 'till@b.example' }] } },
}
const CONFIG = (description: string): string =>
  `policy: { unlisted: block }\nusers:\n  - { username: one@a.example, description: ${description} }\n  - { username: new@a.example }\nsubaccounts: [{ id: S1, users: [{ username: till@b.example, description: ${description} }] }]\n...\n`
const LOOKING: ReadonlyArray<ReadonlyArray<string>> = [
  ['validate'],
  ['validate', '--secrets'],
  ['plan'],
  ['plan', '--format', 'json'],
  ['plan', '--scope', 'account', '--user', 'one@*'],
  ['export'],
  ['status'],
  ['doctor'],
  ['schema'],
  ['history'],
  ['verify-log'],
  ['report', '--since', '1d', '--format', 'html'],
  ['completion', 'bash'],
  ['man'],
]

/** Every path below a folder with its kind, mode, time of change and content. */
const printOf = async (folder: string): Promise<ReadonlyArray<string>> => {
  const names = (await readdir(folder, { recursive: true })).sort()
  return Promise.all(
    names.map(async (name) => {
      const { mode, mtimeMs, size } = await stat(join(folder, name))
      const bytes = (mode & 0o170000) === 0o100000 ? await readFile(join(folder, name)) : ''
      return `${name} ${mode.toString(8)} ${mtimeMs} ${size} ${createHash('sha256').update(bytes).digest('hex')}`
    }),
  )
}

spec('a command that only looks', (test) => {
  test(`S13: ${LOOKING.map(([name]) => name)
    .filter((name, at, all) => all.indexOf(name) === at)
    .join(', ')} write nothing, to the service or to disk, with changes of every kind due`, () =>
    withBench(SEED, async (bench) => {
      await bench.config(
        CONFIG('old').replace('unlisted: block', 'unlisted: report').replace('  - { username: new@a.example }\n', ''),
      )
      assert.is((await bench.run('apply', '--yes')).code, 0)
      await bench.config(CONFIG('new'))
      const before = [await printOf(bench.dir), await bench.users(), await bench.users('S1')]
      const sent = (await bench.log()).length
      for (const args of LOOKING) {
        const { code, err } = await bench.run(...args)
        assert.ok(
          code === 0 || code === 2 || code === 3 || (args[0] === 'status' && code === 6) || args[0] === 'doctor',
          `${args.join(' ')}: ${code} ${err}`,
        )
        assert.equal([await printOf(bench.dir), await bench.users(), await bench.users('S1')], before, args.join(' '))
      }
      const paths = new Set((await bench.log()).slice(sent).map(({ path }) => path))
      assert.equal(
        [...paths].filter((path) => !/\/(view|search|permissions)$/.test(path)),
        [],
      )
      assert.ok(paths.size > 0)
    }))
})
