// The built command as a user runs it: a real process with its own folder, against a stand-in of the service over real HTTP.

import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Seed } from '../../src/sandbox/seed.ts'
import { type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts'
import { type Channel, filesIn, scanner } from './canary.ts'
import { newKeyUnlikeHashes } from './fresh.ts'
import { NODE } from './node.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

export type Ended = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}
export type Started = {
  readonly child: ChildProcess
  readonly out: () => string
  readonly err: () => string
  readonly ended: Promise<Ended>
}
/** How a command is started, where that differs from the usual. */
export type Way = {
  readonly env?: Readonly<Record<string, string>>
  /** A program that runs the command, such as a tracer, with its arguments. */
  readonly under?: ReadonlyArray<string>
  /** Another state directory; nothing said of it where it is `undefined`. */
  readonly state?: string | undefined
}
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
  /** The API key, known to this bench alone. */
  readonly key: string
  /** Writes the config: `api` is filled in, the rest is given. */
  readonly config: (text: string, api?: string) => Promise<void>
  readonly run: (...args: ReadonlyArray<string>) => Promise<Ended>
  readonly start: (...args: ReadonlyArray<string>) => Started
  readonly runIn: (way: Way, ...args: ReadonlyArray<string>) => Promise<Ended>
  readonly startIn: (way: Way, ...args: ReadonlyArray<string>) => Started
  readonly log: () => Promise<ReadonlyArray<LoggedRequest>>
  /** How many requests the service got since its log was last emptied, without asking it. */
  readonly requests: () => number
  /** Names a text that no output may hold; a file that holds it is named beside it. The key is one always. */
  readonly secret: (name: string, text: string, file?: string) => void
  /** Searches an output that came another way than from the command itself. */
  readonly search: (channel: Channel, output: string) => void
  /** The outputs that were searched for secrets so far. */
  readonly scanned: (channel?: Channel) => number
  readonly users: (subaccount?: string) => Promise<ReadonlyArray<TruthUser>>
  readonly post: (path: string, value: unknown) => Promise<void>
}

const json = async (url: URL, init: RequestInit = {}): Promise<unknown> => (await fetch(url, init)).json()

/** Opens a bench, and closes it whatever happens. */
export const withBench = async (
  seed: Seed | ((key: string) => Seed),
  body: (bench: Bench) => Promise<void>,
  options: SandboxOptions = {},
  more: Readonly<Record<string, string>> = {},
): Promise<void> => {
  // A key of its own: one writer a key on this machine, and a leak of it is seen.
  const key = newKeyUnlikeHashes()
  const sandbox = await startSandbox({ ...options, seed: typeof seed === 'function' ? seed(key) : seed })
  const dir = await mkdtemp(join(tmpdir(), 'reconciler-'))
  const canaries = scanner()
  const secretFiles = new Set<string>()
  const leaks = new Set<string>()
  canaries.add('the API key', key)
  const search = async (ended: Ended): Promise<void> => {
    const found = [
      ...canaries.search('standard output', ended.out),
      ...canaries.search('standard error', ended.err),
      ...(await filesIn(dir, secretFiles)).flatMap(({ path, channel, bytes }) => canaries.search(channel, bytes, path)),
      ...(await readdir(dir, { recursive: true })).flatMap((name) => canaries.search('a file name', name)),
    ]
    for (const leak of found) leaks.add(leak)
  }
  const children = new Set<ChildProcess>()
  const endings = new Set<Promise<Ended>>()
  const startIn = (way: Way, ...args: ReadonlyArray<string>): Started => {
    for (const [name, value] of Object.entries(way.env ?? {})) if (/PASSWORD|^PW_|KEY/.test(name)) canaries.add(`$${name}`, value)
    const env = { PATH: process.env.PATH, HOME: dir, TEST_KEY: key, SMTP2GO_API_KEY: key, ...more, ...way.env }
    const state = 'state' in way ? way.state : join(dir, 'state')
    const told = state === undefined ? [] : ['--state-dir', state]
    const command = [...(way.under ?? []), NODE, MAIN, ...told, ...args]
    // A group of its own, so that what a tracer runs ends with the tracer.
    const child = spawn(command[0] ?? '', command.slice(1), { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    children.add(child)
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    const ended = new Promise<Ended>((settle, fail) => {
      child.on('error', (error) => settle({ code: null, signal: null, out, err: error.message }))
      child.on('close', (code, signal) => {
        children.delete(child)
        const end: Ended = { code, signal, out, err }
        search(end).then(() => settle(end), fail)
      })
    })
    endings.add(ended)
    return { child, out: () => out, err: () => err, ended }
  }
  const bench: Bench = {
    dir,
    url: sandbox.url,
    key,
    // At once, so that no daemon meets an empty file for longer than a moment.
    config: async (text, api = 'pace: off') =>
      writeFileSync(
        join(dir, 'config.yaml'),
        `version: 1\napi: { endpoint: "${sandbox.url}", key: { env: TEST_KEY }, ${api} }\n${text}`,
      ),
    startIn,
    runIn: (way, ...args) => startIn(way, ...args).ended,
    start: (...args) => startIn({}, ...args),
    run: (...args) => startIn({}, ...args).ended,
    log: async () => {
      const log = await json(new URL('/_log', sandbox.url))
      return Array.isArray(log) ? log : []
    },
    requests: () => sandbox.log().length,
    secret: (name, text, file) => {
      canaries.add(name, text)
      if (file !== undefined) secretFiles.add(resolve(dir, file))
    },
    search: (channel, output) => {
      for (const leak of canaries.search(channel, output)) leaks.add(leak)
    },
    scanned: canaries.scanned,
    users: async (subaccount) => usersIn(await json(new URL('/_state', sandbox.url)), subaccount),
    post: async (path, value) => {
      await json(new URL(path, sandbox.url), { method: 'POST', body: JSON.stringify(value) })
    },
  }
  try {
    await body(bench)
    if (leaks.size > 0) throw new Error(`C1: secrets were let out: ${[...leaks].join('; ')}`)
  } finally {
    for (const { pid } of children) killGroup(pid)
    await Promise.allSettled(endings)
    await sandbox.close()
    canaries.close()
    await rm(dir, { recursive: true, force: true })
  }
}

const killGroup = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
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
