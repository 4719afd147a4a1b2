// A log that nobody reads: a pager that stands still, a log driver that is stuck. The built daemon, whose standard error is a pipe that is
// full from its first line on.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, type Started, until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const ONE = 'one@a.example'
const seed = { account: { results: [{ username: ONE, description: 'old' }] } }
const USERS = `users: [{ username: ${ONE}, description: new }]\n`
const EACH_SECOND = 'reconcile: { schedule: "* * * * * *" }\n'
const IN_TIME_MS = 5000

type Pipe = {
  /** Starts a command that says its log into the pipe. */
  readonly start: (...args: ReadonlyArray<string>) => Started
  /** All that is in the pipe now, but for what filled it. */
  readonly read: () => string
}

const withFullPipe = (config: string, body: (bench: Bench, pipe: Pipe) => Promise<void>): Promise<void> =>
  withBench(seed, async (bench) => {
    await bench.config(config)
    const path = join(bench.dir, 'log')
    execFileSync('mkfifo', [path])
    // Open at both ends from the first moment on, so that neither waits for the other.
    const end = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    try {
      fill(end)
      await body(bench, {
        start: (...args) => bench.startIn({ under: ['sh', '-c', 'exec "$0" "$@" 2>log'] }, ...args),
        read: () => {
          const text = drained(end)
          bench.search('standard error', text)
          return text.replace(/^x+/, '')
        },
      })
    } finally {
      closeSync(end)
    }
  })

const fill = (end: number): void => {
  for (const size of [4096, 1])
    try {
      for (;;) writeSync(end, 'x'.repeat(size))
    } catch (thrown) {
      if (!isFullOrEmpty(thrown)) throw thrown
    }
}

const drained = (end: number): string => {
  const bytes = Buffer.alloc(65_536)
  let text = ''
  try {
    for (;;) text += bytes.subarray(0, readSync(end, bytes)).toString('latin1')
  } catch (thrown) {
    if (!isFullOrEmpty(thrown)) throw thrown
  }
  return text
}

const isFullOrEmpty = (thrown: unknown): boolean => thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN'

const codeWithin = async ({ child }: Started, ms: number): Promise<unknown> => {
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  return Promise.race([gone.then(([code]) => code), new Promise((late) => setTimeout(late, ms, 'it still runs').unref())])
}

spec('a log that nobody reads', (test) => {
  test('L7: holds up no run, no answer and no emergency stop, and is told what it has lost once it is read again', () =>
    withFullPipe(`${EACH_SECOND}${USERS}`, async (bench, { start, read }) => {
      const daemon = start('--log-format', 'json', '--log-level', 'debug', 'run')
      await until('the change is made', async () => (await bench.users())[0]?.description === 'new')
      await until('it answers', async () => (await bench.run('status')).code === 0)
      const stopped = await bench.run('block', '--match', ONE, '--reason', 'phished', '--yes')
      assert.is(stopped.code, 0, stopped.err)
      assert.is((await bench.users())[0]?.status, 'blocked')
      assert.is(read(), '')
      let log = ''
      await until('it is told', () => {
        log += read()
        return log.split('\n').length > 5
      })
      assert.is(await codeWithin(daemon, IN_TIME_MS), 0)
      log += read()
      const [first, ...later] = log
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      assert.is(first.msg, 'log lines lost')
      assert.ok(first.lines >= 5, `${first.lines} lines`)
      assert.match(first.text, /since the log could not be written; check .* or whether its reader still reads$/)
      assert.ok(later.every(({ msg }) => msg !== 'log lines lost'))
      assert.match(later.at(-1).text, /^the daemon has ended as it was asked to/)
    }))

  test('S16: a daemon ends with 0 within seconds of SIGTERM all the same', () =>
    withFullPipe(`${EACH_SECOND}${USERS}`, async (bench, { start }) => {
      const daemon = start('--log-level', 'debug', 'run')
      await until('the change is made', async () => (await bench.users())[0]?.description === 'new')
      assert.is(await codeWithin(daemon, IN_TIME_MS), 0)
    }))

  test('S16: nor does SIGTERM wait for who is to read why nothing was done', () =>
    withFullPipe('nonsense: 1\n', async (_bench, { start }) => {
      const apply = start('--log-format', 'json', 'apply', '--yes', '--format', 'json')
      await until('its result is out', () => apply.out().includes('unknown key'))
      await new Promise((next) => setTimeout(next, 300))
      assert.is(apply.child.exitCode, null, 'its words wait for a reader')
      assert.is(await codeWithin(apply, IN_TIME_MS), 5)
    }))
})
