// What the benchmarks share: a process with its own folder, the stand-in in another process, and the request log.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { newKey } from '../support/fresh.ts'

export const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const SERVE = resolve(import.meta.dirname, 'serve.ts')
const PEAK = pathToFileURL(resolve(import.meta.dirname, 'peak.mjs')).href
const KEY = newKey()

/** Takes note of a figure and its bound. */
export type Tell = (figure: string, measured: number, bound: number, unit: string) => void

export type Request = { readonly at: number; readonly finished_at: number; readonly method: string; readonly path: string }
export type User = { readonly username: string; readonly description?: string }

/** A command that has ended, with its peak memory and its processor time. */
export type Measured = {
  readonly code: number | null
  readonly out: string
  readonly peakMb: number
  readonly cpuSeconds: number
}

export type Place = {
  readonly dir: string
  readonly url: string
  readonly env: NodeJS.ProcessEnv
  readonly command: (...args: ReadonlyArray<string>) => Promise<Measured>
  /** The requests since the last call. */
  readonly requests: () => Promise<ReadonlyArray<Request>>
}

/** Users in numbers. */
export const usersOf = (count: number, description: string): ReadonlyArray<User> =>
  Array.from({ length: count }, (_, at) => ({ username: `user-${String(at).padStart(6, '0')}@bench.example`, description }))

/** A config for these users. */
export const configOf = (url: string, users: ReadonlyArray<User>, api: string): string =>
  [
    'version: 1',
    `api: { endpoint: "${url}", key: { env: BENCH_KEY }, ${api} }`,
    'safety: { max_creates: 100%, max_updates: 100% }',
    'users:',
    ...users.map(({ username, description }) => `  - username: ${username}\n    description: ${description}`),
    '',
  ].join('\n')

/** Users as a list of a config, indented. */
const listOf = (users: ReadonlyArray<User>, indent: string): string =>
  users.map(({ username, description }) => `${indent}- username: ${username}\n${indent}  description: ${description}\n`).join('')

/** The nth of so many equal parts. */
const partOf = (users: ReadonlyArray<User>, n: number, parts: number): ReadonlyArray<User> =>
  users.slice(Math.round((n * users.length) / parts), Math.round(((n + 1) * users.length) / parts))

/** Writes a config for these users, in one file or in so many. */
export const writeFiles = ({ dir, url }: Pick<Place, 'dir' | 'url'>, users: ReadonlyArray<User>, files: number): void => {
  if (files === 1) {
    writeFileSync(join(dir, 'config.yaml'), configOf(url, users, 'pace: off'))
    return
  }
  mkdirSync(join(dir, 'customers'))
  const head = ['version: 1', `api: { endpoint: "${url}", key: { env: BENCH_KEY }, pace: off }`, 'include: [customers/*.yaml]']
  writeFileSync(join(dir, 'config.yaml'), `${head.join('\n')}\n`)
  for (let n = 0; n < files; n += 1)
    writeFileSync(join(dir, 'customers', `${n}.yaml`), `users:\n${listOf(partOf(users, n, files), '  ')}`)
}

/** These users in so many subaccounts. */
export const scopesOf = (users: ReadonlyArray<User>, count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `S${n}`, users: partOf(users, n, count) }))

/** A config for the users of subaccounts. */
export const configOfScopes = (url: string, scopes: ReturnType<typeof scopesOf>): string =>
  [
    'version: 1',
    `api: { endpoint: "${url}", key: { env: BENCH_KEY }, pace: off }`,
    'safety: { max_creates: 100%, max_updates: 100% }',
    'subaccounts:',
    ...scopes.map(({ id, users }) => `  - id: ${id}\n    users:\n${listOf(users, '      ')}`),
  ].join('\n')

/** Opens a place with a service that has these users and this latency, and closes it. */
export const withPlace = async (
  live: ReadonlyArray<User>,
  latencyMs: number,
  body: (place: Place) => Promise<void>,
  subaccounts: Readonly<Record<string, { readonly results: ReadonlyArray<User> }>> = {},
): Promise<void> => {
  const dir = await mkdtemp(join(tmpdir(), 'bench-'))
  const seed = join(dir, 'seed.json')
  await writeFile(seed, JSON.stringify({ account: { results: live }, subaccounts }))
  const server = spawn(process.execPath, ['--import', 'tsx', SERVE, seed, String(latencyMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((found) => server.stdout.once('data', (text: Buffer) => found(text.toString().trim())))
  const env = { PATH: process.env.PATH, HOME: dir, BENCH_KEY: KEY }
  const requests = async (): Promise<ReadonlyArray<Request>> => {
    const answer: unknown = await (await fetch(new URL('/_log', url))).json()
    await fetch(new URL('/_log', url), { method: 'DELETE' })
    return Array.isArray(answer) ? answer : []
  }
  const command: Place['command'] = async (...args) => {
    const measured = join(dir, 'peak')
    const child = spawn(process.execPath, ['--import', PEAK, MAIN, '--state-dir', 'state', ...args], {
      cwd: dir,
      env: { ...env, PEAK_FILE: measured },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    const code = await new Promise<number | null>((ended) => child.on('close', ended))
    const [peak = 'NaN', cpu = 'NaN'] = (await readFile(measured, 'utf8').catch(() => '')).split(' ')
    return { code, out, peakMb: Number(peak), cpuSeconds: Number(cpu) }
  }
  try {
    await body({ dir, url, env, command, requests })
  } finally {
    server.kill()
    await rm(dir, { recursive: true, force: true })
  }
}

/** From the first request to the last answer, in milliseconds. */
export const spanOf = (requests: ReadonlyArray<Request>): number =>
  Math.max(...requests.map(({ finished_at }) => finished_at)) - Math.min(...requests.map(({ at }) => at))
