// Files that are not quiet yet are waited for side by side, be they many (L1), and never longer than one time in all; whoever is to end waits
// for none (S16).
import { appendFileSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { type Bench, type Started, until, withBench } from './support/command.ts'
import { spec } from './support/spec.ts'

const SEED = { account: { results: [{ username: 'one@a.example', description: 'old' }] } }
const INCLUDE = 'include: ["more/*.yaml"]\n'
const listed = (description: string): string =>
  `reconcile: { schedule: null }\n${INCLUDE}users: [{ username: one@a.example, description: ${description} }]\n...\n`
// One after the other they would take over ten seconds, with the settle time of 250 ms.
const MANY = 40
const WITHIN_MS = 5000
const LONGEST_WAIT_MS = 10_000

const pathsIn = async (bench: Bench, count: number): Promise<ReadonlyArray<string>> => {
  await mkdir(join(bench.dir, 'more'), { recursive: true })
  return Array.from({ length: count }, (_, at) => join(bench.dir, `more/${String(at).padStart(3, '0')}.yaml`))
}
/** Included files of a machine whose clock is ahead. */
const putAhead = async (bench: Bench, count: number): Promise<void> => {
  const ahead = Date.now() / 1000 + 3600
  for (const path of await pathsIn(bench, count)) {
    writeFileSync(path, 'users: []\n...\n')
    utimesSync(path, ahead, ahead)
  }
}
/** Included files that somebody writes to without end, for as long as the work takes. */
const whileWrittenTo = async (bench: Bench, count: number, work: () => Promise<void>): Promise<void> => {
  const paths = await pathsIn(bench, count)
  const write = (): void => {
    for (const path of paths) appendFileSync(path, '# more\n')
  }
  write()
  const writing = setInterval(write, 20)
  try {
    await work()
  } finally {
    clearInterval(writing)
  }
}
const msOf = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}
const isDescribed = async (bench: Bench, description: string): Promise<boolean> =>
  (await bench.users())[0]?.description === description

spec('config files that are not quiet', (test) => {
  test('L1: that come from a machine whose clock is ahead keep neither the start nor a save waiting', () =>
    withBench(SEED, async (bench) => {
      await putAhead(bench, MANY)
      await bench.config(listed('new'))
      const daemon = bench.start('run')
      const start = await msOf(() => until('the start is heeded', () => isDescribed(bench, 'new')))
      assert.ok(start < WITHIN_MS, `start: ${start} ms`)
      await until('the run is over', () => daemon.err().includes('run ended'))
      await bench.config(listed('newer'))
      const save = await msOf(() => until('the save is heeded', () => isDescribed(bench, 'newer')))
      assert.ok(save < WITHIN_MS, `save: ${save} ms`)
    }))

  test('that never become quiet are told after one time for all, in their order', () =>
    withBench(SEED, async (bench) => {
      await bench.config(listed('new'))
      await whileWrittenTo(bench, 3, async () => {
        const took = await msOf(async () => {
          const { code, err } = await bench.run('validate')
          assert.is(code, 5)
          const told = [...err.matchAll(/more\/(\d+)\.yaml +the file does not stop changing/g)].map(([, name]) => name)
          assert.equal(told, ['000', '001', '002'], err)
        })
        assert.ok(took >= LONGEST_WAIT_MS && took < LONGEST_WAIT_MS + WITHIN_MS, `${took} ms`)
      })
    }))

  test('are not all open at the same time', () =>
    withBench(SEED, async (bench) => {
      await putAhead(bench, 200)
      await bench.config(listed('new'))
      const { code, err } = await bench.runIn({ under: ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'] }, 'validate')
      assert.is(code, 0, err)
    }))
})

/** Lets a command come to where it waits for files, and ends it; a load lasts longer than both. */
const endedWhileReading = async (started: Started, ms: number) => {
  await sleep(ms)
  assert.is(started.child.exitCode, null, started.err())
  started.child.kill('SIGTERM')
  const { code, err } = await Promise.race([
    started.ended,
    sleep(WITHIN_MS, { code: 'it is still there', err: '' }, { ref: false }),
  ])
  return { code, err }
}
const READING_MS = 2000
const STOPPED = 'stopped before the config was read\n'

spec('SIGTERM while config files are not quiet', (test) => {
  for (const [args, code, err] of [
    [['run'], 0, STOPPED],
    [['plan'], 6, STOPPED],
    [['apply', '--yes'], 6, STOPPED],
    [['hold', '--all', '--until', '1h', '--reason', 'none'], 6, 'stopped before the daemon was asked; nothing was done\n'],
  ] as const)
    test(`S16: ends ${args[0]} at once, before anything was made or asked`, () =>
      withBench(SEED, async (bench) => {
        await bench.config(listed('new'))
        await whileWrittenTo(bench, 1, async () => {
          assert.equal(await endedWhileReading(bench.startIn({ state: undefined }, ...args), READING_MS), { code, err })
        })
        assert.equal((await readdir(bench.dir)).sort(), ['config.yaml', 'more'])
        assert.is(bench.requests(), 0)
      }))

  test('S16: ends a daemon at once, which says nothing of its config, and answers who asked for a stop meanwhile', () =>
    withBench(SEED, async (bench) => {
      await putAhead(bench, 1)
      await bench.config(listed('new'))
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      await whileWrittenTo(bench, 1, async () => {
        await sleep(1000)
        const asked = bench.requests()
        const socket = join(bench.dir, 'state/control.sock')
        const blocking = bench.start('block', '--match', 'one@*', '--reason', 'phished', '--yes', '--socket', socket)
        const { code, err } = await endedWhileReading(daemon, READING_MS)
        assert.is(code, 0)
        assert.not.match(err, /config broken/)
        assert.match(err.trimEnd().split('\n').at(-1) ?? '', /the daemon has ended as it was asked to; nothing is under way/)
        const told = (await blocking.ended).err
        assert.match(told, /the stop stands.*stopped before the config was read/, told)
        assert.is(bench.requests(), asked)
      })
    }))
})
