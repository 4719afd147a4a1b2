// A daemon hears of whatever its config is read from, also of what an include pattern comes to match, and of what is wrong at the moment (L6).
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, until, withBench } from './support/command.ts'
import { spec } from './support/spec.ts'

const SEED = { account: { results: [{ username: 'one@a.example', description: 'old' }] } }
const QUIET = 'reconcile: { schedule: null }\n'
const LIST = 'users: [{ username: one@a.example, description: new }]\n...\n'
// What is this old is no news to a watcher that looks at it for the first time.
const OLD_MS = 1500

const put = async (bench: Bench, folder: string, text: string): Promise<void> => {
  await mkdir(join(bench.dir, folder), { recursive: true })
  await writeFile(join(bench.dir, folder, 'users.yaml'), text)
}
const isNew = async (bench: Bench): Promise<boolean> => (await bench.users())[0]?.description === 'new'

spec('an included file', (test) => {
  test('is noticed when it comes, also in a new folder', () =>
    withBench(SEED, async (bench) => {
      await put(bench, 'customers/a', 'users: []\n...\n')
      await bench.config(`${QUIET}include: ["customers/*/users.yaml"]\n...\n`)
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      await sleep(OLD_MS)
      await mkdir(join(bench.dir, 'customers/b'))
      await sleep(OLD_MS)
      await put(bench, 'customers/b', LIST)
      await until('it is heeded', () => isNew(bench))
    }))

  test('with a fault is looked at until it is mended, also where it was never part of a good config', () =>
    withBench(SEED, async (bench) => {
      await bench.config(`${QUIET}users: []\n...\n`)
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      await put(bench, 'more', LIST.replace('description', 'descripton'))
      await bench.config(`${QUIET}include: ["more/*.yaml"]\n...\n`)
      await until('the fault is told', () => daemon.err().includes('config broken'))
      await sleep(OLD_MS)
      await put(bench, 'more', LIST)
      await until('it is heeded', () => isNew(bench))
    }))

  test('that is missing is noticed when it comes', () =>
    withBench(SEED, async (bench) => {
      await bench.config(`${QUIET}users: []\n...\n`)
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      await bench.config(`${QUIET}include: [later/users.yaml]\n...\n`)
      await until('the fault is told', () => daemon.err().includes('config broken'))
      await sleep(OLD_MS)
      await put(bench, 'later', LIST)
      await until('it is heeded', () => isNew(bench))
    }))
})
