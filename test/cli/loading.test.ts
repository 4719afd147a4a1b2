// What a command loads: starting fast is loading little, so the libraries that each kind of command brings in are counted, not the time.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

/** The packages of which a command loaded something, by V8's own account: from their own folders, or bundled into a part of the build. */
const packagesOf = async (bench: Bench, ...args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const folder = join(bench.dir, `loaded-${args.join('-')}`)
  await bench.runIn({ env: { NODE_V8_COVERAGE: folder } }, ...args)
  const loaded = readdirSync(folder).flatMap((name) => [
    ...readFileSync(join(folder, name), 'utf8').matchAll(/"file:\/\/([^"]+)"/g),
  ])
  const found = loaded.flatMap(([, path = '']) => {
    const whole = /\/dist\/[^/]+\.js$/.test(path) ? readFileSync(path, 'utf8') : path
    return [...whole.matchAll(/^(?:\/\/ |.*\/)node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)]
  })
  return [...new Set(found.map(([, name = '']) => name))].sort()
}

const HEAVY = ['chokidar', 'ky', 'pino', 'pino-pretty', 'prom-client']

spec('what a command loads', (test) => {
  test('help, and a word that is no command, load what reads the command line and nothing else', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      for (const args of [['--help'], ['nonsense']]) assert.equal(await packagesOf(bench, ...args), ['commander'], args.join(' '))
    }))

  test('what only asks, or only reads files, loads neither client, log, watcher nor metrics; a plan only the client', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config('users: []\n')
      for (const name of ['validate', 'status']) {
        const loaded = await packagesOf(bench, name)
        assert.equal(
          HEAVY.filter((one) => loaded.includes(one)),
          [],
          name,
        )
      }
      const planned = await packagesOf(bench, 'plan')
      assert.equal(
        HEAVY.filter((one) => planned.includes(one)),
        ['ky'],
        'and what is needed is seen',
      )
      const applied = await packagesOf(bench, 'apply', '--yes')
      assert.ok(applied.includes('ky') && applied.includes('pino'), applied.join(' '))
    }))
})
