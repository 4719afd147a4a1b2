// S10: one file of the state directory is put back to what it was after any earlier run of a long story, caught at the moment where memory
// counts most: caps are spent, an approval is used up, a user is on its way out, one is on hold, one protected, and a password cannot be seen.
// The daemon then never writes what it would not have written undisturbed.
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { startSandbox } from '../../src/sandbox/server.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { newPassword } from '../support/fresh.ts'
import { linesOf, type Program, withProgram } from '../support/in-process.ts'
import { spec } from '../support/spec.ts'

const HOUR = 3_600_000
const NAMES = ['one', 'two', 'three', 'four', 'five', 'six', 'boss', 'left'] as const
const SEED = { account: { results: NAMES.map((name) => ({ username: `${name}@a.example`, status: 'allowed' as const })) } }
const ENV = { PW: newPassword(), NEXT: newPassword() }

// In no list any more.
const GONE = 'gone'
type Listed = Readonly<Partial<Record<(typeof NAMES)[number] | 'seven', string>>>
const BASE: Listed = { one: '', two: '', three: '', four: '', five: 'email_password: { env: PW }', six: '', boss: '', left: '' }

const config = (url: string, users: Listed, more = ''): string =>
  `version: 1
api: { endpoint: "${url}", key: { env: TEST_KEY }, pace: off }
policy: { unlisted: remove, grace: 2d }
safety: { max_blocks: 1, max_removes: 1, max_password_changes: 1 ${more} }
users:
${Object.entries(users)
  .filter(([, fields]) => fields !== GONE)
  .map(([name, fields]) => `  - { username: ${name}@a.example${fields === '' ? '' : `, ${fields}`} }`)
  .join('\n')}
...
`

/** The runs of the story, each after so many hours; by the daemon, but for the first. */
const STORY: ReadonlyArray<readonly [hours: number, users: Listed, more?: string]> = [
  [0, BASE],
  [1, { ...BASE, one: 'description: first' }, ', protected: ["boss@a.example"]'],
  [1, { ...BASE, one: 'description: second', left: GONE }, ', protected: ["boss@a.example"]'],
  [30, { ...BASE, five: 'email_password: { env: NEXT }', left: GONE, seven: 'description: made' }],
  [1, { ...BASE, two: 'status: blocked', five: 'email_password: { env: NEXT }', left: GONE, seven: 'description: made' }],
]
/** What the config says when a file has been put back: every kind of change is due, most of which memory forbids. */
const AT_LAST: Listed = {
  ...STORY.at(-1)?.[1],
  one: 'description: third',
  three: 'status: blocked',
  four: 'email_password: { env: PW }',
  boss: 'description: not for the daemon',
}

type Folder = ReadonlyMap<string, Buffer>
const readFolder = async (dir: string): Promise<Folder> =>
  new Map(await Promise.all((await readdir(dir)).map(async (name) => [name, await readFile(join(dir, name))] as const)))

/** Tells the story, then ends it as told, and gives what the daemon writes in the day after. */
const written = async (
  disturb: (dir: string, versions: ReadonlyArray<Folder>) => Promise<void>,
): Promise<ReadonlySet<string>> => {
  const sandbox = await startSandbox({ seed: SEED, switches: { view_password: 'absent' } })
  const log = async (): Promise<ReadonlyArray<{ readonly path: string; readonly body: object }>> =>
    JSON.parse(await (await fetch(new URL('/_log', sandbox.url))).text())
  const writes = new Set<string>()
  try {
    await withProgram({ url: sandbox.url, env: ENV }, async (program: Program) => {
      const versions: Array<Folder> = []
      for (const [at, [hours, users, more]] of STORY.entries()) {
        program.later(hours * HOUR)
        await program.run(config(sandbox.url, users, more), { person: at === 0 })
        versions.push(await readFolder(program.dir))
      }
      await disturb(program.dir, versions)
      const before = (await log()).length
      for (const minutes of [0, 2, 20 * 60]) {
        program.later(minutes * 60_000)
        await program.run(config(sandbox.url, AT_LAST), { person: false })
      }
      for (const { path, body } of (await log()).slice(before))
        if (!path.endsWith('/view')) writes.add(`${path} ${JSON.stringify(body)}`)
    })
  } finally {
    await sandbox.close()
  }
  return writes
}

spec('a person who says no', (test) => {
  test('S10: has vouched for nothing: what waits for a person still waits', async () => {
    const sandbox = await startSandbox({ seed: SEED })
    try {
      await withProgram({ url: sandbox.url, env: ENV }, async ({ run }) => {
        const text = config(sandbox.url, { ...BASE, five: '', two: 'status: blocked' })
        const block = 'account two@a.example block'
        assert.ok(linesOf(await run(text, { person: false })).includes(`${block} held needs_approval`))
        await run(text, { agrees: false })
        assert.ok(linesOf(await run(text, { person: false })).includes(`${block} held needs_approval`))
        assert.ok(linesOf(await run(text)).includes(`${block} verified`))
      })
    } finally {
      await sandbox.close()
    }
  })
})

spec('a state directory of which one file was put back', (test) => {
  test('S10: whichever file and to whichever earlier run, nothing is written that would not have been', async () => {
    const undisturbed = await written(async () => undefined)
    assert.equal(
      [...undisturbed].filter((write) => !write.includes('"one@')),
      [],
      'caps, protection and grace hold all but one change',
    )
    assert.is(undisturbed.size, 1)
    const problems: Array<string> = []
    for (const file of ['ledger.json', 'ledger.head', 'journal.jsonl', 'journal.head'])
      for (let version = 0; version < STORY.length - 1; version += 1) {
        const writes = await written(async (dir, versions) => {
          const bytes = versions[version]?.get(file)
          assert.ok(
            bytes !== undefined && !bytes.equals(await readFile(join(dir, file))),
            `${file} is another after run ${version}`,
          )
          await writeFile(join(dir, file), bytes)
        })
        const more = [...writes].filter((write) => !undisturbed.has(write))
        problems.push(...more.map((write) => `${file} as after run ${version}: ${write}`))
        if (file !== 'ledger.json' && writes.size !== undisturbed.size)
          problems.push(`${file} as after run ${version}: writes less`)
      }
    assert.equal(problems, [])
  })
})

const described = (one: string, two: string): string =>
  `users: [{ username: one@a.example, description: ${one} }]
subaccounts: [{ id: Sub1, users: [{ username: two@a.example, description: ${two} }] }]
`
const TWO = {
  account: { results: [{ username: 'one@a.example' }] },
  subaccounts: { Sub1: { results: [{ username: 'two@a.example' }] } },
}
/** The ledger of before the last run is put back, and the config asks for something of the subaccount; gives the id of that run. */
const putBack = async (bench: Bench): Promise<string> => {
  const [file, backup] = [join(bench.dir, 'state', 'ledger.json'), join(bench.dir, 'backup')]
  await bench.config(described('a', 'b'))
  assert.is((await bench.run('apply', '--yes')).code, 0)
  await copyFile(file, backup)
  await bench.config(described('new', 'b'))
  assert.is((await bench.run('apply', '--yes')).code, 0)
  await bench.config(described('new', 'asked'))
  await copyFile(backup, file)
  return JSON.parse((await bench.run('history', '--format', 'json')).out).changes.at(-1).run_id
}
/** What the user of the subaccount has once a daemon has looked at it. */
const afterDaemon = async (bench: Bench): Promise<unknown> => {
  const daemon = bench.start('run')
  await until('a first run', () => daemon.err().includes('run ended'))
  await bench.run('reconcile')
  await until('a look at both', async () => {
    const { scopes } = JSON.parse((await bench.run('status', '--format', 'json')).out)
    return scopes.length === 2 && scopes.every(({ live_users: live }: { live_users?: number }) => (live ?? 0) > 0)
  })
  return (await bench.users('Sub1'))[0]?.description
}

spec('S10: the wait after a ledger that was put back', (test) => {
  test('is not ended by who undoes a run', () =>
    withBench(TWO, async (bench) => {
      const run = await putBack(bench)
      assert.is((await bench.run('undo', run, '--yes')).code, 0)
      assert.is(await afterDaemon(bench), 'b')
    }))

  test('is not ended by an apply that could not see a scope, and by one that saw all it is', () =>
    withBench(TWO, async (bench) => {
      await putBack(bench)
      await bench.post('/_faults', [{ kind: 'status', status: 500, endpoint: '/users/smtp/view', subaccount_id: 'Sub1' }])
      assert.is((await bench.run('apply', '--yes')).code, 6)
      await bench.post('/_faults', [])
      await bench.config(described('new', 'b'))
      const isWaiting = async (): Promise<boolean> =>
        'forgotten' in JSON.parse(await readFile(join(bench.dir, 'state', 'ledger.json'), 'utf8'))
      assert.ok(await isWaiting())
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.not.ok(await isWaiting())
    }))
})
