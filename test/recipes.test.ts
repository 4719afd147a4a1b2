// The recipes of the README do what they say: each is taken from there as it stands and run by a shell.
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { type Bench, withBench } from './support/command.ts'
import { NODE } from './support/node.ts'
import { spec } from './support/spec.ts'

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')
const recipes = readme.slice(readme.indexOf('## Compliance recipes'), readme.indexOf('## What it promises'))
const blocks = [...recipes.matchAll(/```(?:sh|yaml)\n([\s\S]*?)```/g)].map(([, text = '']) => text)
const MAIN = resolve(import.meta.dirname, '../dist/main.js')

/** A shell in the folder of a bench, in which the command and `gh` are found. */
const shell = ({ dir, key }: Bench, text: string) => {
  const bin = join(dir, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'smtp2go-reconciler'), `#!/bin/sh\nexec "${NODE}" "${MAIN}" --state-dir "${dir}/state" "$@"\n`)
  writeFileSync(join(bin, 'gh'), `#!/bin/sh\ncp "$5" "${dir}/commented.md"\n`)
  for (const name of readdirSync(bin)) chmodSync(join(bin, name), 0o700)
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: dir, TEST_KEY: key, PR: '12' }
  return new Promise<{ readonly failure: string | undefined; readonly out: string }>((settle) => {
    execFile('sh', ['-ec', text], { cwd: dir, env, encoding: 'utf8' }, (failure, stdout, stderr) =>
      settle({ failure: failure?.message, out: `${stdout}${stderr}` }),
    )
  })
}

const SEED = { account: { results: [{ username: 'fax@acme.example', open_tracking_enabled: true }] } }
const CONFIG = `users: [{ username: fax@acme.example }]
rules: [{ id: no-tracking, set: { open_tracking_enabled: false } }, { id: named, require: { description: { present: true } } }]
...
`

spec('the recipes of the README', (test) => {
  test('the monthly report by cron writes the page of last month', () =>
    withBench(SEED, async (bench) => {
      await bench.config(CONFIG)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const [, command = ''] = /^0 6 2 \* \* {2}(.*)$/m.exec(blocks[0] ?? '') ?? []
      mkdirSync(join(bench.dir, 'reports'))
      const run = await shell(bench, command.replaceAll('\\%', '%').replace('/var/reports', 'reports'))
      assert.is(run.failure, undefined, run.out)
      const [file = ''] = readdirSync(join(bench.dir, 'reports'))
      assert.match(file, /^smtp-\d{4}-\d{2}\.html$/)
      assert.match(readFileSync(join(bench.dir, 'reports', file), 'utf8'), /^<!doctype html>/i)
    }))

  test('the check of a pull request plans without the service and leaves its comment, with findings and what they come to', () =>
    withBench(SEED, async (bench) => {
      await bench.config(CONFIG)
      const [snapshot = '', ...check] = (blocks[1] ?? '').trim().split('\n')
      assert.is((await shell(bench, snapshot)).failure, undefined)
      const before = bench.requests()
      const run = await shell(bench, check.join('\n'))
      assert.is(run.failure, undefined, run.out)
      assert.is(bench.requests(), before, 'no request')
      const comment = readFileSync(join(bench.dir, 'commented.md'), 'utf8')
      assert.match(comment, /## Plan for the SMTP users/)
      assert.match(comment, /\| fax\\@acme\.example \| update \| open\\_tracking\\_enabled \| true \| false \|/)
      assert.match(comment, /\| named \| medium \| fax\\@acme\.example \| .* \| new \|/)
    }))

  test('what is shipped is one JSON object a line, each naming the hash of the one before', () =>
    withBench(SEED, async (bench) => {
      await bench.config(CONFIG)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const { sources } = parse(blocks[2] ?? '')
      assert.equal(sources.smtp_users.include, ['/var/lib/smtp2go-reconciler/journal*.jsonl'])
      const files = readdirSync(join(bench.dir, 'state')).filter((name) => /^journal.*\.jsonl$/.test(name))
      assert.equal(files, ['journal.jsonl'])
      const lines = readFileSync(join(bench.dir, 'state/journal.jsonl'), 'utf8').trim().split('\n')
      const events = lines.map((line) => JSON.parse(line))
      assert.equal(
        events.map(({ seq }) => seq),
        events.map((_, at) => at + 1),
      )
      assert.ok(events.every(({ prev }) => /^[0-9a-f]{64}$/.test(prev)))
      const newest = events.at(-1)
      assert.is((await bench.run('verify-log', '--expect', newest.prev)).code, 0)
    }))
})

spec('findings in Markdown', (test) => {
  test('are told as new, as open since when, and as resolved', () =>
    withBench(SEED, async (bench) => {
      await bench.config(CONFIG)
      await bench.run('apply', '--yes')
      const open = (await bench.run('plan', '--format', 'markdown')).out
      assert.match(open, /\| named \| medium \| fax\\@acme\.example \| .* \| \d{4}\\-\d\d\\-\d\dT/)
      await bench.config(CONFIG.replace('[{ username: fax@acme.example }]', '[{ username: fax@acme.example, description: Fax }]'))
      await bench.run('apply', '--yes')
      const over = (await bench.run('plan', '--format', 'markdown')).out
      assert.match(over, /\nresolved: named of fax\\@acme\.example\n/)
    }))
})
