// The HTTP face of the stand-in: one request after the other, from the socket to the log.
import { createHash, randomInt, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { perform } from './account.ts'
import { type Answer, exception, isTrouble, refusal, type Trouble } from './answer.ts'
import { backstage } from './backstage.ts'
import { faultFor } from './faults.ts'
import type { Body } from './fields.ts'
import { keyOf, letIn } from './keys.ts'
import { isBlocked, throttled } from './limits.ts'
import type { Entry, Running } from './running.ts'
import type { Seed } from './seed.ts'
import { brokenBefore, reply } from './spoil.ts'
import { saving, startingWorld } from './state-file.ts'
import { type Switches, switchesFrom } from './switches.ts'
import { groundTruth, type World } from './world.ts'

export type SandboxOptions = {
  /** Any free port unless given. */
  readonly port?: number
  /** Where the users are kept; read if it is there, else the seed counts. */
  readonly stateFile?: string
  readonly seed?: Seed
  /** Given the passwords of a real config, perhaps: the state file keeps none of them, and no page of a browser that was misled gets in. */
  readonly isEmbedded?: boolean
  /** How long every API request takes at least. */
  readonly latencyMs?: number
  readonly switches?: Partial<Switches>
  /** What time it is, in milliseconds; the machine's own unless given. */
  readonly now?: () => number
}

export type RunningSandbox = {
  readonly url: string
  readonly close: () => Promise<void>
  /** What GET /_log answers, for who runs it in the same process. */
  readonly log: () => ReadonlyArray<LogEntry>
  /** What GET /_state answers. */
  readonly state: () => unknown
}

/** A logged request: bodies without passwords and keys; the key as the start of its hash. */
export type LogEntry = Readonly<Entry>

const LARGEST_REQUEST = 1_000_000
const LONGEST_LOG = 100_000

/** Starts the stand-in; throws an Error that says what is wrong with seed, state file or port. */
export const startSandbox = async (options: SandboxOptions): Promise<RunningSandbox> => {
  const world = await startingWorld(options)
  if (options.switches !== undefined) world.switches = switchesFrom(options.switches, world.switches)
  const saver = saving(options, () => running.world)
  const running: Running = {
    isEmbedded: options.isEmbedded === true,
    world,
    planted: [],
    log: [],
    n: 0,
    requests: [],
    errors: [],
    blockedUntil: 0,
    latencyMs: options.latencyMs ?? 0,
    now: options.now ?? Date.now,
    late: [],
    changed: saver.changed,
  }
  const server = createServer((request, response) => {
    serve(running, request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  // A place that cannot be written is told now, and not after an evening's work.
  await saver.flush()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (fault: Error & { code?: string }) =>
      reject(
        new Error(
          fault.code === 'EADDRINUSE'
            ? `port ${options.port} is taken: give another --port, or none`
            : `the sandbox cannot listen: ${fault.code}`,
        ),
      ),
    )
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return {
    url: `http://127.0.0.1:${port}/v3`,
    log: () => running.log,
    state: () => {
      takeEffect(running)
      return groundTruth(running.world)
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
      await saver.flush()
    },
  }
}

// A timer is late by up to some milliseconds, and the latency is to be the one that was asked for: the rest is waited out turn by turn.
const passed = async (moment: number): Promise<void> => {
  const left = moment - performance.now()
  if (left > 2) await wait(left - 2)
  while (performance.now() < moment) await turn()
}

const read = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Whether a request calls this machine by its loopback name: a page whose name was made to lead here does not. */
const isForLoopback = ({ headers }: IncomingMessage): boolean =>
  /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '')

const turnAway = (response: ServerResponse): void => {
  response.writeHead(403, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ error: 'only for loopback' }))
}

const serve = async (running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const arrived = performance.now()
  if ((running.isEmbedded || path.startsWith('/_')) && !isForLoopback(request)) return turnAway(response)
  const text = await read(request)
  takeEffect(running)
  if (path.startsWith('/_')) return backstage(running, request, response, path, text)
  const at = running.now()
  const endpoint = path.startsWith('/v3/') ? path.slice(3) : path
  const body = text.length > LARGEST_REQUEST ? {} : bodyOf(text)
  const key = keyOf(request, body ?? {})
  running.n += 1
  const entry: Entry = {
    n: running.n,
    at,
    finished_at: at,
    method: request.method ?? '',
    path,
    body: logged(body ?? {}),
    has_password: body?.email_password !== undefined,
    status: 0,
    request_id: randomUUID(),
    key: createHash('sha256').update(key).digest('hex').slice(0, 12),
  }
  running.log.push(entry)
  if (running.log.length > LONGEST_LOG) running.log.splice(0, LONGEST_LOG / 10)
  if (running.latencyMs > 0) await passed(arrived + running.latencyMs)
  if (isBlocked(running, at)) return throttled(running, entry, response)
  const call = { method: entry.method, endpoint, body: body ?? {}, requestId: entry.request_id, randomInt }
  const fault = faultFor(running.planted, call)
  if (await brokenBefore(fault, entry, response)) return
  if (fault?.kind === 'late_apply') {
    const take = (): void => void perform(running.world, call, ['*'])
    running.late = [...running.late, { at: at + fault.ms, take }]
    response.destroy()
    return
  }
  const done = (): Answer => {
    const refused =
      text.length > LARGEST_REQUEST
        ? tooLarge(running.world)
        : body === undefined
          ? exception('The body is not a JSON object')
          : letIn(running.world, key, endpoint)
    if (isTrouble(refused)) return refusal(refused, running.world.switches)
    const before = running.world.version
    const effective = fault?.kind === 'ignore_field' ? { ...call, body: without(call.body, fault.field) } : call
    const made = perform(running.world, effective, refused)
    if (running.world.version !== before) running.changed()
    return made
  }
  const answer = done()
  if (answer.status >= 400) running.errors.push(at)
  await reply(running, fault, answer, entry, response)
}

/** Lets happen what was put off until now. */
const takeEffect = (running: Running): void => {
  const now = running.now()
  const due = running.late.filter(({ at }) => at <= now)
  if (due.length === 0) return
  running.late = running.late.filter(({ at }) => at > now)
  for (const { take } of due) take()
  running.changed()
}

const bodyOf = (text: Buffer): Body | undefined => {
  try {
    const value: unknown = text.length === 0 ? {} : JSON.parse(text.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const without = (body: Body, field: string): Body => Object.fromEntries(Object.entries(body).filter(([key]) => key !== field))

const logged = (body: Body): Body =>
  Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, key === 'email_password' || key === 'api_key' ? '(set)' : value]),
  )

const tooLarge = ({ switches }: World): Trouble => exception('The request is larger than 1 MB', Number(switches.too_large))
