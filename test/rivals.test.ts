// Two daemons for one key, each with a config and a state directory of its own, and a person who applies from a third: one of them writes at a
// time, the others are told who does, and where the writer is killed another one takes over.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { seeded } from './crash/share.ts'
import { type Bench, type LoggedRequest, type Started, until, withBench } from './support/command.ts'
import { newKeyUnlikeHashes } from './support/fresh.ts'
import { spec } from './support/spec.ts'

const ROUNDS = 6
const SEED = { account: { results: ['a', 'b', 'c'].map((name) => ({ username: `${name}@acme.example` })) } }

/** Writes the config of one of them: its mark stands in every description, so that each write tells whose it is. */
const configFor = async ({ dir, url }: Bench, mark: string, names: ReadonlyArray<string>, key = 'TEST_KEY'): Promise<string> => {
  const file = join(dir, `${mark}.yaml`)
  const users = names.map((name) => `  - { username: ${name}@acme.example, description: ${mark} }\n`).join('')
  const safety = 'safety: { max_creates: 100, max_updates: 100 }\n'
  const api = `api: { endpoint: "${url}", key: { env: ${key} }, pace: off, concurrency: 1 }\n`
  await writeFile(file, `version: 1\n${api}reconcile: { schedule: null }\n${safety}users:\n${users}...\n`)
  return file
}

const isOver = ({ child }: Started): boolean => child.exitCode !== null || child.signalCode !== null
const isWrite = ({ path }: LoggedRequest): boolean => !path.endsWith('/view')
const markOf = ({ body }: LoggedRequest): string => String(body.description)

/** Adds that came twice without a view in between. */
const doubled = (log: ReadonlyArray<LoggedRequest>): ReadonlyArray<string> => {
  let open = new Set<string>()
  const twice: Array<string> = []
  for (const { path, body } of log) {
    const name = String(body.username)
    if (path.endsWith('/view')) open = new Set()
    if (path.endsWith('/add') && open.has(name)) twice.push(name)
    if (path.endsWith('/add')) open.add(name)
  }
  return twice
}

spec('S6: rivals for one key', (test) => {
  test('one writes at a time, also through kill -9 at random moments; the other takes over, and adds nobody twice', () =>
    withBench(SEED, async (bench) => {
      const seed = Number(process.env.RECONCILER_SEED ?? Date.now() % 1_000_000)
      process.stdout.write(`RECONCILER_SEED=${seed}\n`)
      const random = seeded(seed)
      const names = ['a', 'b', 'c']
      const stateOf = (mark: string): string => join(bench.dir, `state-${mark}`)
      let writers = ''
      for (let round = 1; round <= ROUNDS; round += 1) {
        names.push(`new-${round}`)
        const files = new Map<string, string>()
        for (const mark of ['left', 'right', 'person']) files.set(mark, await configFor(bench, mark, names))
        const argsOf = (mark: string, ...args: ReadonlyArray<string>) => ['-c', files.get(mark) ?? '', ...args]
        const from = (await bench.log()).length
        const daemons = ['left', 'right'].map((mark) => ({
          mark,
          run: bench.startIn({ state: stateOf(mark) }, ...argsOf(mark, 'run')),
        }))
        await until('one of them is refused', () => daemons.some(({ run }) => isOver(run)))
        const loser = daemons.find(({ run }) => isOver(run))
        const winner = daemons.find((one) => one !== loser)
        assert.ok(loser !== undefined && winner !== undefined)
        const refused = await loser.run.ended
        assert.is(refused.code, 3, `seed ${seed}: ${refused.err}`)
        assert.match(refused.err, `pid ${winner.run.child.pid} (smtp2go-reconciler run) uses this API key; ask it: `)
        const isLast = round === ROUNDS
        const moment = 1 + Math.floor(random() * 6)
        await until(
          'the moment',
          () => bench.requests() - from >= moment || winner.run.err().includes('run ended') || isOver(winner.run),
        )
        const applied = isLast || random() < 0.3
        if (applied) {
          const { code, err } = await bench.runIn({ state: stateOf('person') }, ...argsOf('person', 'apply', '--yes'))
          assert.is(code, 3, `seed ${seed}: ${err}`)
          assert.match(err, `pid ${winner.run.child.pid} (smtp2go-reconciler run) uses this API key; ask it: `)
        }
        if (isLast) await until('the last run', () => winner.run.err().includes('run ended'))
        winner.run.child.kill('SIGKILL')
        await winner.run.ended
        const writes = (await bench.log()).slice(from).filter(isWrite)
        const others = writes.filter((one) => markOf(one) !== winner.mark)
        assert.equal(others.map(markOf), [], `seed ${seed}, round ${round}: ${winner.mark} is the writer`)
        writers += winner.mark === 'left' ? 'l' : 'r'
        if (!isLast) continue
        const users = await bench.users()
        assert.equal(users.map(({ username }) => username).sort(), names.map((name) => `${name}@acme.example`).sort())
        assert.equal(
          users.filter(({ description }) => description !== winner.mark).map(({ username }) => username),
          [],
          `seed ${seed}: ${writers}`,
        )
      }
      assert.equal(doubled(await bench.log()), [], `seed ${seed}`)
    }))

  test('a daemon whose config comes to name the key of another one writes nothing with it, says who has it, and takes it once it is free', () =>
    withBench(SEED, async (bench) => {
      const other = newKeyUnlikeHashes()
      const env = { OTHER_KEY: other }
      const [left, right] = [await configFor(bench, 'left', ['a']), await configFor(bench, 'right', ['b'], 'OTHER_KEY')]
      const one = bench.startIn({ env, state: join(bench.dir, 'one') }, '-c', left, 'run')
      const two = bench.startIn({ env, state: join(bench.dir, 'two') }, '-c', right, 'run')
      await until('both', () => [one, two].every((run) => run.err().includes('run ended')))
      const before = (await bench.log()).filter(isWrite).length
      await configFor(bench, 'left', ['a', 'c'], 'OTHER_KEY')
      await until('the refusal', () => one.err().includes(`pid ${two.child.pid} (smtp2go-reconciler run) uses this API key`))
      one.child.kill('SIGHUP')
      await until('another run', () => one.err().split('run ended').length > 2)
      assert.is((await bench.log()).filter(isWrite).length, before)
      two.child.kill('SIGKILL')
      await two.ended
      one.child.kill('SIGHUP')
      await until('the write', async () => (await bench.log()).filter(isWrite).length > before)
      // The key of before is free.
      const free = await bench.runIn(
        { env, state: join(bench.dir, 'two') },
        '-c',
        await configFor(bench, 'right', ['b']),
        'apply',
        '--yes',
      )
      assert.is(free.code, 0, free.err)
      const again = await bench.runIn(
        { env, state: join(bench.dir, 'two') },
        '-c',
        await configFor(bench, 'right', ['b'], 'OTHER_KEY'),
        'apply',
        '--yes',
      )
      assert.is(again.code, 3, again.err)
    }))
})
