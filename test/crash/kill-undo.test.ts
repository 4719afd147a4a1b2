// L5, S9: kill -9 of an undo, exactly at every sync, rename and request; then the same undo again. It ends as an undisturbed one does: the
// values of before, one hold, and a config that waits behind it.
import { cp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Seed } from '../../src/sandbox/seed.ts'
import { type Bench, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'
import { journalOf } from './canonical.ts'
import { killedEverywhere } from './everywhere.ts'

const ONE = 'one@a.example'
const TWO = 'two@a.example'
const seedOf = (description: string, made: boolean): Seed => ({
  account: { results: [{ username: ONE, description }, ...(made ? [{ username: TWO }] : [])] },
})

const folders = (bench: Bench) => ({ state: join(bench.dir, 'state'), saved: join(bench.dir, 'saved') })

/** A bench on which a run changed one user and made another; what it left is kept beside. */
const withApplied = (body: (bench: Bench) => Promise<void>): Promise<void> =>
  withBench(seedOf('old', false), async (bench) => {
    await bench.config(`users: [{ username: ${ONE}, description: new }, { username: ${TWO} }]\n`)
    assert.is((await bench.run('apply', '--yes')).code, 0)
    const { state, saved } = folders(bench)
    await cp(state, saved, { recursive: true })
    await body(bench)
  })

/** As after that run. */
const asApplied = async (bench: Bench): Promise<void> => {
  await bench.post('/_reset', seedOf('new', true))
  await fetch(new URL('/_log', bench.url), { method: 'DELETE' })
  const { state, saved } = folders(bench)
  await rm(state, { recursive: true })
  await cp(saved, state, { recursive: true, preserveTimestamps: true })
}

const undoOf = async (bench: Bench): Promise<ReadonlyArray<string>> => {
  const lines = (await readFile(join(folders(bench).saved, 'journal.jsonl'), 'utf8')).split('\n')
  const intent = lines.find((line) => line.includes('"event":"intent"')) ?? '{}'
  return ['undo', JSON.parse(intent).run_id, '--yes']
}

const LIVE = `${ONE} old allowed,${TWO}  blocked`

const madeGood = async (bench: Bench): Promise<ReadonlyArray<string>> => {
  const faults: Array<string> = []
  const again = await bench.run(...(await undoOf(bench)))
  if (again.code !== 0) faults.push(`undo again: exit ${again.code}: ${again.out}${again.err}`)
  const users = (await bench.users()).map(({ username, description, status }) => [username, description, status].join(' '))
  if (users.join() !== LIVE) faults.push(`the users are ${users.join()}`)
  const ledger: { readonly holds?: ReadonlyArray<{ readonly what: { readonly _tag: string } }> } = JSON.parse(
    await readFile(join(folders(bench).state, 'ledger.json'), 'utf8'),
  )
  if (ledger.holds?.map(({ what }) => what._tag).join() !== 'Undo') faults.push(`holds: ${JSON.stringify(ledger.holds)}`)
  const { lines, faults: torn } = await journalOf(bench)
  const writes = (await bench.log()).filter(({ path }) => path.endsWith('/edit')).length
  const intents = lines.filter(({ event, username }) => event === 'intent' && username !== undefined).length - 2
  if (writes < 2 || writes > intents) faults.push(`${writes} writes and ${intents} intents`)
  return [...faults, ...torn]
}

spec('kill -9 at every step of an undo', (test) => {
  test('L5 S9: the next undo ends as if nothing had happened, and its users are on hold', async () => {
    const { places, hit, problems } = await killedEverywhere({
      withBench: withApplied,
      ready: asApplied,
      command: undoOf,
      check: madeGood,
      calls: ['fsync', 'fdatasync', 'rename', 'writev'],
    })
    assert.equal(problems, [])
    assert.ok(places >= 12 && hit >= places - 3, `${hit} of ${places} places were reached`)
  })
})
