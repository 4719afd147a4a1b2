// The built command as a user runs it: a real process with its own folder, against a stand-in of the service over real HTTP.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Seed } from '../../src/sandbox/seed.ts'
import { type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }
export type LoggedRequest = {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly status: number
}
export type TruthUser = Readonly<Record<string, unknown>> & { readonly username: string }

/** A folder, a service and the command. */
export type Bench = {
  readonly dir: string
  readonly url: string
  /** Writes the config: `api` is filled in, the rest is given. */
  readonly config: (text: string, api?: string) => Promise<void>
  readonly run: (...args: ReadonlyArray<string>) => Promise<Ended>
  readonly start: (...args: ReadonlyArray<string>) => {
    readonly child: ChildProcess
    readonly err: () => string
    readonly ended: Promise<Ended>
  }
  readonly log: () => Promise<ReadonlyArray<LoggedRequest>>
  readonly users: (subaccount?: string) => Promise<ReadonlyArray<TruthUser>>
  readonly post: (path: string, value: unknown) => Promise<void>
}

const json = async (url: URL, init: RequestInit = {}): Promise<unknown> => (await fetch(url, init)).json()

/** Opens a bench, and closes it whatever happens. */
export const withBench = async (
  seed: Seed,
  body: (bench: Bench) => Promise<void>,
  options: SandboxOptions = {},
  more: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const sandbox = await startSandbox({ ...options, seed })
  const dir = await mkdtemp(join(tmpdir(), 'reconciler-'))
  const children = new Set<ChildProcess>()
  // One for each bench: with one key on one machine there is only one writer.
  const key = `api-${randomBytes(16).toString('hex').toUpperCase()}`
  const start = (...args: ReadonlyArray<string>) => {
    const env = { PATH: process.env.PATH, HOME: dir, TEST_KEY: key, SMTP2GO_API_KEY: key, ...more }
    const child = spawn(process.execPath, [MAIN, '--state-dir', join(dir, 'state'), ...args], {
      cwd: dir,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.add(child)
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    const ended = new Promise<Ended>((settle) => {
      child.on('close', (code) => {
        children.delete(child)
        settle({ code, out, err })
      })
    })
    return { child, err: () => err, ended }
  }
  const bench: Bench = {
    dir,
    url: sandbox.url,
    config: (text, api = 'pace: off') =>
      writeFile(
        join(dir, 'config.yaml'),
        `version: 1\napi: { endpoint: "${sandbox.url}", key: { env: TEST_KEY }, ${api} }\n${text}`,
      ),
    start,
    run: (...args) => start(...args).ended,
    log: async () => {
      const log = await json(new URL('/_log', sandbox.url))
      return Array.isArray(log) ? log : []
    },
    users: async (subaccount) => usersIn(await json(new URL('/_state', sandbox.url)), subaccount),
    post: async (path, value) => {
      await json(new URL(path, sandbox.url), { method: 'POST', body: JSON.stringify(value) })
    },
  }
  try {
    await body(bench)
  } finally {
    for (const child of children) child.kill('SIGKILL')
    await sandbox.close()
    await rm(dir, { recursive: true, force: true })
  }
}

type Truth = {
  readonly account: { readonly results: ReadonlyArray<TruthUser> }
  readonly subaccounts: Readonly<Record<string, { readonly results: ReadonlyArray<TruthUser> }>>
}

const isTruth = (value: unknown): value is Truth => typeof value === 'object' && value !== null && 'account' in value

/** The users of a scope in the ground truth. */
export const usersIn = (truth: unknown, subaccount: string | undefined): ReadonlyArray<TruthUser> => {
  if (!isTruth(truth)) return []
  return subaccount === undefined ? truth.account.results : (truth.subaccounts[subaccount]?.results ?? [])
}

/** Waits until something holds, at most a minute. */
export const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  const deadline = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`did not come true within a minute: ${what}`)
    await new Promise((next) => setTimeout(next, 20))
  }
}
