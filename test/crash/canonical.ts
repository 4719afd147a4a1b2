// The canonical run that is interrupted everywhere: creates with a declared, a generated and no password, updates, a block, a password
// change, two scopes. `again` begins it anew, `faultsOf` says what is not as after an undisturbed run.
import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Seed } from '../../src/sandbox/seed.ts'
import { type Bench, type LoggedRequest, type Way, withBench } from '../support/command.ts'
import { newPassword } from '../support/fresh.ts'

const SEED: Seed = {
  account: {
    results: [
      { username: 'one@a.example', description: 'old' },
      { username: 'two@a.example' },
      { username: 'three@a.example' },
      { username: 'left@a.example', description: 'by hand' },
    ],
  },
  subaccounts: { Sub1: { results: [{ username: 'sub@b.example' }] } },
}

/** Passwords that the config names. */
export const PASSWORDS = { PW_THREE: newPassword(), PW_FIVE: newPassword() } as const

const CONFIG = `users:
  - { username: one@a.example, description: new }
  - { username: two@a.example, status: blocked }
  - { username: three@a.example, email_password: { env: PW_THREE } }
  - { username: four@a.example, email_password: { generate: four.pw } }
  - { username: five@a.example, email_password: { env: PW_FIVE }, description: made }
subaccounts:
  - { id: Sub1, users: [{ username: sub@b.example, open_tracking_enabled: true }, { username: new@b.example }] }
`
const CREATED = ['five@a.example', 'four@a.example', 'new@b.example']
const BLOCKED = 'max_blocks two@a.example'
const CHANGED = 'max_password_changes three@a.example'

/** A bench with the canonical config, whose service is as it was before the run. */
export const withCanonical = (body: (bench: Bench) => Promise<void>): Promise<void> =>
  withBench(SEED, async (bench) => {
    await bench.config(CONFIG, 'pace: off, concurrency: 1')
    await body(bench)
  })

/** Puts service, state directory and generated password back to where they were before any run. */
export const again = async (bench: Bench): Promise<void> => {
  await bench.post('/_reset', SEED)
  await fetch(new URL('/_log', bench.url), { method: 'DELETE' })
  await rm(join(bench.dir, 'state'), { recursive: true, force: true })
  for (const name of await readdir(bench.dir)) if (name.startsWith('four.pw')) await rm(join(bench.dir, name))
}

/** What differs from the end of an undisturbed run, in words; nothing where all is well. */
export const faultsOf = async (bench: Bench): Promise<ReadonlyArray<string>> => {
  const [log, journal, state] = [await bench.log(), await journalOf(bench), (await readdir(join(bench.dir, 'state'))).sort()]
  const faults = [...(await userFaults(bench)), ...addFaults(log), ...intentFaults(log, journal.lines), ...journal.faults]
  const spent = await spentOf(bench)
  if (spent.join() !== [BLOCKED, CHANGED].join()) faults.push(`the caps remember ${spent.join(', ')}`)
  if (state.filter((name) => name !== 'control.sock').join() !== 'journal.head,journal.jsonl,ledger.head,ledger.json')
    faults.push(`the state directory holds ${state.join(', ')}`)
  const beside = (await readdir(bench.dir)).sort().join()
  if (beside !== 'config.yaml,four.pw,state') faults.push(`the folder of the config holds ${beside}`)
  return faults
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')

const userFaults = async (bench: Bench): Promise<Array<string>> => {
  const users = new Map([...(await bench.users()), ...(await bench.users('Sub1'))].map((user) => [user.username, user]))
  const generated = (await readFile(join(bench.dir, 'four.pw'), 'utf8').catch(() => '')).trim()
  const wanted: ReadonlyArray<readonly [string, string, unknown]> = [
    ['one@a.example', 'description', 'new'],
    ['two@a.example', 'status', 'blocked'],
    ['three@a.example', 'email_password_sha256', sha256(PASSWORDS.PW_THREE)],
    ['four@a.example', 'email_password_sha256', sha256(generated)],
    ['five@a.example', 'email_password_sha256', sha256(PASSWORDS.PW_FIVE)],
    ['five@a.example', 'description', 'made'],
    ['left@a.example', 'description', 'by hand'],
    ['sub@b.example', 'open_tracking_enabled', true],
    ['new@b.example', 'status', 'allowed'],
  ]
  const extra = users.size === 8 ? [] : [`${users.size} users are live, not 8`]
  return wanted
    .flatMap(([name, field, value]) => (users.get(name)?.[field] === value ? [] : [`${name}: ${field} is not as declared`]))
    .concat(extra)
}

// S8: never a second add of a user that the first one made.
const addFaults = (log: ReadonlyArray<LoggedRequest>): ReadonlyArray<string> => {
  const added = log.filter(({ path }) => path.endsWith('/smtp/add')).map(({ body }) => String(body.username))
  return added.toSorted().join() === CREATED.join() ? [] : [`added: ${added.join(', ')}`]
}

type JournalLine = { readonly event: string; readonly username?: string; readonly seq: number; readonly prev: string }

/** The journal's lines, and what is wrong with their chain. */
export const journalOf = async (
  bench: Bench,
): Promise<{ readonly lines: ReadonlyArray<JournalLine>; readonly faults: ReadonlyArray<string> }> => {
  const text = await readFile(join(bench.dir, 'state', 'journal.jsonl'), 'utf8').catch(() => '')
  const faults: Array<string> = text.endsWith('\n') || text === '' ? [] : ['the last line of the journal is torn']
  let prev = '0'.repeat(64)
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, at): JournalLine => {
      const parsed: JournalLine = JSON.parse(line)
      if (parsed.seq !== at + 1 || parsed.prev !== prev) faults.push(`the chain of the journal breaks at line ${at + 1}`)
      prev = sha256(line)
      return parsed
    })
  return { lines, faults }
}

// S9: as many intents for a user as there were writes to it, at least.
const intentFaults = (log: ReadonlyArray<LoggedRequest>, lines: ReadonlyArray<JournalLine>): ReadonlyArray<string> => {
  const writes = log.filter(({ path }) => !path.endsWith('/view')).map(({ body }) => String(body.username))
  const intents = lines.filter(({ event }) => event === 'intent').map(({ username }) => username)
  const count = (list: ReadonlyArray<unknown>, name: string): number => list.filter((one) => one === name).length
  return [...new Set(writes)].flatMap((name) =>
    count(intents, name) < count(writes, name) ? [`${name} was written to without an intent`] : [],
  )
}

/** What the caps remember. */
export const spentOf = async (bench: Bench): Promise<ReadonlyArray<string>> => {
  const ledger: {
    readonly scopes: ReadonlyArray<readonly [string, { readonly spent: ReadonlyArray<readonly [string, string, number]> }]>
  } = JSON.parse(await readFile(join(bench.dir, 'state', 'ledger.json'), 'utf8'))
  return [...new Set(ledger.scopes.flatMap(([, { spent }]) => spent.map(([cap, username]) => `${cap} ${username}`)))].sort()
}

/** An operation of the kernel on a file that fails, each time or where `when` says. */
export type Case = readonly [path: string, call: string, error: string, when?: string]

/** The way to run a command in which that fails. The tracer is a grandchild, so that signals reach the program and its exit code reaches us. */
export const failing = (bench: Bench, [path, call, error, when]: Case): Way => ({
  under: [
    'strace',
    '-D',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-P',
    join(bench.dir, path),
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${call}:error=${error}${when === undefined ? '' : `:when=${when}`}`,
  ],
  env: { ...PASSWORDS, UV_THREADPOOL_SIZE: '1' },
})

/** The command that makes the canonical config so. */
export const APPLY = ['apply', '--yes'] as const

/** Runs `apply` until it is done; a second time must do, a third is for a service that was busy. What is then not as declared. */
export const recovered = async (bench: Bench): Promise<ReadonlyArray<string>> => {
  for (let attempt = 1; ; attempt += 1) {
    const ended = await bench.runIn({ env: PASSWORDS }, ...APPLY)
    if (ended.code === 0) return faultsOf(bench)
    if (attempt === 3) return [`still exit ${ended.code} after three runs: ${ended.err.slice(-400)}`]
  }
}
