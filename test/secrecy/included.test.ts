// C1: a password that an include pattern finds too, through every way out of the built command: each line that a command prints, and of a daemon
// its log, its page, its status and its notifications.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, until, withBench } from '../support/command.ts'
import { newPassword } from '../support/fresh.ts'
import { ask, servedAt } from '../support/http.ts'
import { withReceiver } from '../support/receiver.ts'
import { spec } from '../support/spec.ts'

const SEED = { account: { results: [{ username: 'one@a.example' }] } }
const LIST = 'users: [{ username: one@a.example, email_password: { file: customers/till-1 } }]\n...\n'
const PATTERN = 'include: ["customers/*"]\n'

/** Puts a password that YAML reads in some way into a file beside the lists; its two halves are what no output may hold. */
const keep = async (bench: Bench, read: (first: string, second: string) => string): Promise<void> => {
  const word = newPassword().replace(/\W/g, 'x')
  const halves = [word.slice(0, 12), word.slice(12)] as const
  for (const half of halves) bench.secret('half of a password', half, 'customers/till-1')
  await writeFile(join(bench.dir, 'customers/till-1'), read(...halves), { mode: 0o600 })
}

const PASSWORDS = [
  (first: string, second: string) => `{${first}${second}}\n`,
  (first: string, second: string) => `]${first}${second}\n`,
  (first: string, second: string) => `${first}: ${second}\n`,
]

spec('a password in the folder of the included files', (test) => {
  test('C1: is in nothing that a command prints, and its path is told', () =>
    withBench(SEED, async (bench) => {
      await mkdir(join(bench.dir, 'customers'))
      await writeFile(join(bench.dir, 'customers/bakery.yaml'), LIST)
      await bench.config(`${PATTERN}...\n`)
      for (const password of PASSWORDS) {
        await keep(bench, password)
        for (const args of [
          ['validate'],
          ['validate', '--secrets', '--format', 'json'],
          ['doctor'],
          ['plan', '--format', 'markdown'],
        ]) {
          const { code, out, err } = await bench.run(...args)
          assert.is.not(code, 0)
          assert.match(`${out}${err}`, /customers\/till-1.*a secret is kept in this file, as .*bakery\.yaml:1:60 says/s)
        }
      }
    }))

  test('C1: is in nothing that a daemon tells of it, in whichever order the files come', () =>
    withReceiver((received) =>
      withBench(SEED, async (bench) => {
        await mkdir(join(bench.dir, 'customers'))
        await writeFile(join(bench.dir, 'customers/bakery.yaml'), 'users: []\n...\n')
        await bench.config(
          `reconcile: { schedule: null }\nhttp: { listen: "127.0.0.1:0" }\nnotify: [{ webhook: { env: HOOK } }]\n${PATTERN}...\n`,
        )
        const daemon = bench.startIn({ env: { HOOK: received.url } }, '--log-level', 'trace', 'run')
        await until('a run', () => daemon.err().includes('run ended'))
        const url = await servedAt(daemon)
        // The password comes first, and who names it a moment later.
        await keep(bench, [...PASSWORDS].pop() ?? String)
        await until('the fault is notified', () => received.bodies().some((body) => body.includes('till-1')))
        await writeFile(join(bench.dir, 'customers/bakery.yaml'), LIST)
        await until('the secret is told by its place', () => daemon.err().includes('bakery.yaml:1:60 says'))
        for (const path of ['/', '/api/status', '/metrics']) assert.is((await ask(url, path)).status, 200)
        assert.match((await bench.run('status')).out, /till-1/)
        daemon.child.kill('SIGTERM')
        assert.is((await daemon.ended).code, 0)
      }),
    ))
})
