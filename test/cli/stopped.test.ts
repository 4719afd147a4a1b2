// S16: a command that is told to end does so at once, whatever it waits for: an answer, its turn, or a daemon.
import { execFileSync } from 'node:child_process'
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, type Started, until, withBench } from '../support/command.ts'
import { withRawServer } from '../support/raw-server.ts'
import { spec } from '../support/spec.ts'

const seed = {
  account: { results: [{ username: 'one@a.example', description: 'old' }] },
  subaccounts: { S1: { results: [{ username: 'two@a.example' }] } },
}
const USERS = 'reconcile: { schedule: null }\nusers: [{ username: one@a.example, description: ours }]\n'
const BLOCK = ['block', '--match', 'one@*', '--reason', 'phished', '--yes']
// Far under the 10 s of the promise, and over what a busy machine takes to end a process.
const WITHIN_MS = 5000

/** Ends a command by a signal; a command that stays is a failure. */
const ended = async (started: Started, signal: NodeJS.Signals) => {
  started.child.kill(signal)
  const late = new Promise<undefined>((next) => setTimeout(() => next(undefined), WITHIN_MS).unref())
  const end = await Promise.race([started.ended, late])
  assert.ok(end !== undefined, `it was still there ${WITHIN_MS} ms after ${signal}`)
  return end
}

const stateOf = (bench: Bench): Promise<ReadonlyArray<string>> => readdir(join(bench.dir, 'state')).catch(() => [])

const hasReader = (pipe: string): boolean => {
  try {
    openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
    return true
  } catch {
    return false
  }
}

spec('S16: a command that is stopped', (test) => {
  for (const [args, signal, said] of [
    [['plan'], 'SIGTERM', /stopped before this scope was seen/],
    [['plan'], 'SIGINT', /stopped before this scope was seen/],
    [['plan'], 'SIGHUP', /stopped before this scope was seen/],
    [
      ['plan', '--format=json'],
      'SIGTERM',
      /"error": \{\s+"kind": "unreachable",\s+"message": "stopped before this scope was seen"\s+\}/,
    ],
    [['export'], 'SIGTERM', /account: stopped before the service had answered/],
    [['export', '--adopt'], 'SIGTERM', /account: stopped before this scope was seen/],
    [['doctor'], 'SIGTERM', /stopped before the service had answered/],
  ] as const)
    test(`${signal} ends ${args.slice(0, 2).join(' ')} where the service is slow to answer`, () =>
      withBench(seed, (bench) =>
        withRawServer(
          () => undefined,
          async ({ url, seen }) => {
            const api = `endpoint: "${url}", key: { env: TEST_KEY }, pace: off`
            await writeFile(join(bench.dir, 'config.yaml'), `version: 1\napi: { ${api} }\n${USERS}`)
            const started = bench.start(...args)
            await until('it asks', () => seen.length > 0)
            const { code, out, err } = await ended(started, signal)
            assert.match(out + err, said)
            assert.is(code, 6)
            assert.equal(await stateOf(bench), [], 'nothing was decided')
          },
        ),
      ))

  test('SIGTERM ends block where the service is slow to answer: it stood before anybody was asked, and says so', () =>
    withBench(seed, (bench) =>
      withRawServer(
        () => undefined,
        async ({ url, seen }) => {
          const file = join(bench.dir, 'config.yaml')
          await writeFile(file, `version: 1\napi: { endpoint: "${url}", key: { env: TEST_KEY }, pace: off }\n${USERS}`)
          const started = bench.start(...BLOCK)
          await until('it asks', () => seen.length > 0)
          const { code, out, err } = await ended(started, 'SIGTERM')
          assert.is(code, 6)
          assert.match(err, /^NOT blocked in account: stopped before this scope was seen$/m)
          assert.match(
            err,
            /^the stop stands: the next run blocks whom this one did not come to, as does the same command once more$/m,
          )
          assert.match(
            out,
            /^nobody was blocked now\nthe stop keeps all that match blocked until it ends, or: release --match 'one@\*'/,
          )
          await writeFile(file, (await readFile(file, 'utf8')).replace(url, bench.url))
          const applied = await bench.run('apply', '--yes')
          assert.is(applied.code, 3, 'what else is wanted of whom a stop blocks is held')
          assert.match(applied.out, /description/)
          assert.is((await bench.users())[0]?.status, 'blocked')
          assert.is((await bench.run('release', '--match', 'one@*')).code, 0)
        },
      ),
    ))

  for (const command of ['plan', 'export', 'doctor'])
    test(`${command}: the same where it waits for its turn`, () =>
      withBench(seed, async (bench) => {
        await bench.config(`${USERS}subaccounts: [{ id: S1, users: [{ username: two@a.example }] }]\n`, 'pace: 1 per 1h')
        const started = bench.start(command)
        await until('the first request is over', async () => (await bench.log()).some(({ status }) => status === 200))
        const { code, out, err } = await ended(started, 'SIGTERM')
        assert.match(out + err, /stopped before/)
        assert.is(code, 6)
        assert.is((await bench.log()).length, 1)
      }))

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    test(`verify-log: ${signal} ends it whatever it reads`, () =>
      withBench(seed, async (bench) => {
        await bench.config(USERS)
        const dir = mkdtempSync(join(tmpdir(), 'pipe-'))
        const pipe = join(dir, 'report.json')
        execFileSync('mkfifo', [pipe])
        try {
          const started = bench.start('verify-log', '--report', pipe)
          await until('it reads', () => hasReader(pipe))
          assert.is((await ended(started, signal)).signal, signal)
        } finally {
          rmSync(dir, { recursive: true })
        }
      }))

  test('the same where a daemon takes the question and is at it: what it may be doing is told', () =>
    withBench(seed, async (bench) => {
      await bench.config(USERS)
      const socket = join(bench.dir, 'control.sock')
      let asked = 0
      const daemon = createServer(() => {
        asked += 1
      })
      await new Promise<void>((ready) => daemon.listen(socket, ready))
      try {
        const started = bench.start(...BLOCK, '--socket', socket)
        await until('it asks', () => asked > 0)
        const { code, err } = await ended(started, 'SIGTERM')
        assert.match(err, /was asked and did not answer to the end; it may be at it still/)
        assert.is(code, 6)
        assert.is(bench.requests(), 0)
      } finally {
        daemon.closeAllConnections()
        daemon.close()
      }
    }))
})
