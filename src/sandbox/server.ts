// The HTTP face of the stand-in: keys, limits, faults, the request log, and the state file.
import { createHash, randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { groundTruth, isGranted, perform, seedOf, type World, worldOf } from './account.ts'
import { type Answer, exception, isTrouble, refusal, type Trouble } from './answer.ts'
import { type Fault, faultFor, faultsFrom, type Planted } from './faults.ts'
import type { Body } from './fields.ts'
import { readSeed, type Seed, seedFrom } from './seed.ts'
import { millisecondsOf, type Switches, switchesFrom } from './switches.ts'

export type SandboxOptions = {
  /** Any free port unless given. */
  readonly port?: number
  /** Where the users are kept; read if it is there, else the seed counts. */
  readonly stateFile?: string
  readonly seed?: Seed
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
const SAVE_AFTER_MS = 50

type Entry = {
  readonly n: number
  readonly at: number
  finished_at: number
  readonly method: string
  readonly path: string
  readonly body: Body
  readonly has_password: boolean
  status: number
  readonly request_id: string
  readonly key: string
}

type Running = {
  world: World
  planted: ReadonlyArray<Planted>
  readonly log: Array<Entry>
  n: number
  /** Times of the requests and errors of the address, for the limits. */
  requests: Array<number>
  errors: Array<number>
  blockedUntil: number
  readonly latencyMs: number
  readonly now: () => number
  readonly changed: () => void
  /** What takes effect only later, whatever was answered. */
  late: ReadonlyArray<{ readonly at: number; readonly take: () => void }>
}

/** Starts the stand-in; throws an Error that says what is wrong with seed, state file or port. */
export const startSandbox = async (options: SandboxOptions): Promise<RunningSandbox> => {
  const world = await startingWorld(options)
  if (options.switches !== undefined) world.switches = switchesFrom(options.switches, world.switches)
  const saver = saving(options.stateFile, () => running.world)
  const running: Running = {
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
  saver.changed()
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

const startingWorld = async ({ stateFile, seed }: SandboxOptions): Promise<World> => {
  const text = stateFile === undefined ? undefined : await readFile(stateFile, 'utf8').catch(() => undefined)
  return worldOf(text === undefined ? (seed ?? { account: { results: [] } }) : readSeed(text, stateFile ?? ''))
}

/** Keeps the state file current, soon after each change and at the end, never slowing a request down. */
const saving = (file: string | undefined, world: () => World) => {
  let timer: NodeJS.Timeout | undefined
  let last: Promise<void> = Promise.resolve()
  const save = async (): Promise<void> => {
    if (file === undefined) return
    await writeFile(`${file}.new`, JSON.stringify(seedOf(world())), { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  const soon = (): void => {
    timer = undefined
    last = last.then(save).catch(() => undefined)
  }
  return {
    changed: (): void => {
      timer ??= setTimeout(soon, SAVE_AFTER_MS)
    },
    flush: async (): Promise<void> => {
      clearTimeout(timer)
      timer = undefined
      await last
      await save()
    },
  }
}

const read = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

const serve = async (running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const text = await read(request)
  takeEffect(running)
  if (path.startsWith('/_')) return backstage(running, request, response, path, text)
  const at = running.now()
  if (running.latencyMs > 0) await wait(running.latencyMs)
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
  if (isBlocked(running, at)) return throttled(running, entry, response)
  const call = { method: entry.method, endpoint, body: body ?? {}, requestId: entry.request_id }
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

const keyOf = (request: IncomingMessage, body: Body): string => {
  const header = request.headers['x-smtp2go-api-key']
  if (typeof header === 'string') return header
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  return bearer ?? (typeof body.api_key === 'string' ? body.api_key : '')
}

const letIn = ({ keys, switches }: World, key: string, endpoint: string): ReadonlyArray<string> | Trouble => {
  if (!/^api-[A-Za-z0-9]{32}$/.test(key))
    return {
      _tag: 'Trouble',
      status: Number(switches.malformed_key),
      code: 'INVALID_IN_PAYLOAD',
      message: 'The api_key is missing or malformed',
    }
  const grants = keys === undefined ? ['*'] : keys.get(key)
  if (grants === undefined)
    return exception("An API User matching the passed 'api_key' was not found", Number(switches.unknown_key))
  if (endpoint !== '/api_keys/permissions' && !isGranted(grants, endpoint))
    return {
      _tag: 'Trouble',
      status: 400,
      code: 'ENDPOINT_PERMISSION_DENIED',
      message: 'You do not have permission to access this API endpoint',
    }
  return grants
}

const tooLarge = ({ switches }: World): Trouble => exception('The request is larger than 1 MB', Number(switches.too_large))

const limitOf = (text: string): { readonly count: number; readonly ms: number } | undefined => {
  const [count, duration] = text.split(' per ')
  return duration === undefined ? undefined : { count: Number(count), ms: millisecondsOf(duration) }
}

/** Whether the address is in a time-out; a request in it makes it longer. */
const isBlocked = (running: Running, now: number): boolean => {
  const { switches } = running.world
  const [most, mostErrors] = [limitOf(switches.rate_limit), limitOf(switches.error_limit)]
  if (most !== undefined) running.requests = [...running.requests.filter((at) => now - at < most.ms), now]
  if (mostErrors !== undefined) running.errors = running.errors.filter((at) => now - at < mostErrors.ms)
  const over =
    (most !== undefined && running.requests.length > most.count) ||
    (mostErrors !== undefined && running.errors.length > mostErrors.count)
  if (over || now < running.blockedUntil) running.blockedUntil = now + millisecondsOf(switches.time_out)
  return now < running.blockedUntil
}

const throttled = (running: Running, entry: Entry, response: ServerResponse): void => {
  const { switches } = running.world
  entry.status = 429
  const headers =
    switches.retry_after === 'seconds' ? { 'retry-after': String(Math.ceil(millisecondsOf(switches.time_out) / 1000)) } : {}
  response.writeHead(429, headers)
  response.end(
    switches.throttled_body === 'json'
      ? JSON.stringify({
          request_id: randomUUID(),
          data: { error: 'This endpoint is rate limited', error_code: 'E_ApiResponseCodes.REQ_LIMIT_EXCEEDED' },
        })
      : '',
  )
}

/** A fault that comes before the service did anything; true where it ends the request. */
const brokenBefore = async (fault: Fault | undefined, entry: Entry, response: ServerResponse): Promise<boolean> => {
  if (fault === undefined) return false
  if (fault.kind === 'delay') await wait(fault.ms)
  if (fault.kind === 'reset_before') {
    response.destroy()
    return true
  }
  if (fault.kind === 'status') {
    entry.status = fault.status
    response.writeHead(fault.status, fault.headers ?? {})
    response.end(fault.body ?? '')
    return true
  }
  if (fault.kind === 'redirect') {
    entry.status = 307
    response.writeHead(307, { location: fault.location })
    response.end()
    return true
  }
  return false
}

const reply = async (
  running: Running,
  fault: Fault | undefined,
  answer: Answer,
  entry: Entry,
  response: ServerResponse,
): Promise<void> => {
  entry.status = fault?.kind === 'status_after' ? fault.status : answer.status
  entry.finished_at = running.now()
  if (fault?.kind === 'reset_after') {
    response.destroy()
    return
  }
  if (fault?.kind === 'status_after') {
    response.writeHead(fault.status)
    response.end()
    return
  }
  if (fault?.kind === 'hang_after') await wait(fault.ms)
  const whole = `{"request_id":"${entry.request_id}",${answer.members}}`
  const text = fault === undefined ? whole : spoilt(fault, whole)
  const html = fault?.kind === 'html_200'
  response.writeHead(fault === undefined || fault.kind === 'ignore_field' || fault.kind === 'headers' ? answer.status : 200, {
    ...(fault?.kind === 'headers' ? fault.headers : {}),
    'content-type': html ? 'text/html' : 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

const spoilt = (fault: Fault, whole: string): string => {
  switch (fault.kind) {
    case 'truncated_json':
      return whole.slice(0, Math.floor(whole.length / 2))
    case 'html_200':
      return '<html><body>maintenance</body></html>'
    case 'empty_body':
      return ''
    case 'error_200':
      return JSON.stringify({
        request_id: randomUUID(),
        data: { error: fault.error, error_code: 'E_ApiResponseCodes.API_EXCEPTION' },
      })
    case 'huge':
      return `{"request_id":"","data":{"results":[],"padding":"${'x'.repeat(fault.bytes)}"}}`
    case 'missing_results':
      return '{"request_id":"","data":{}}'
    case 'empty_results':
      return '{"request_id":"","data":{"results":[]}}'
    case 'half_results':
      return changedResults(whole, (results) => results.slice(0, Math.floor(results.length / 2) - 1))
    case 'wrong_type':
      return changedResults(whole, (results) =>
        results.map((user, at) => (at === 0 ? { ...user, [fault.field]: { wrong: true } } : user)),
      )
    default:
      return whole
  }
}

const changedResults = (whole: string, change: (results: ReadonlyArray<object>) => ReadonlyArray<object>): string => {
  const answer: unknown = JSON.parse(whole)
  if (typeof answer !== 'object' || answer === null || !('data' in answer)) return whole
  const { data } = answer
  if (typeof data !== 'object' || data === null || !('results' in data) || !Array.isArray(data.results)) return whole
  return JSON.stringify({ ...answer, data: { ...data, results: change(data.results) } })
}

/** The routes for tests and people: only for whoever calls this machine by its loopback name. */
const backstage = (running: Running, request: IncomingMessage, response: ServerResponse, path: string, text: Buffer): void => {
  const [status, value] = shownBackstage(running, request, path, text)
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

const shownBackstage = (
  running: Running,
  request: IncomingMessage,
  path: string,
  text: Buffer,
): readonly [status: number, value: unknown] => {
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) return [403, { error: 'only for loopback' }]
  try {
    switch (`${request.method} ${path}`) {
      case 'GET /_log':
        return [200, running.log]
      case 'DELETE /_log':
        running.log.length = 0
        return [200, {}]
      case 'GET /_state':
        return [200, groundTruth(running.world)]
      case 'POST /_faults':
        running.planted = faultsFrom(JSON.parse(text.toString('utf8')))
        return [200, {}]
      case 'DELETE /_faults':
        running.planted = []
        return [200, {}]
      case 'POST /_switches':
        running.world.switches = switchesFrom(JSON.parse(text.toString('utf8')), running.world.switches)
        return [200, running.world.switches]
      case 'POST /_reset':
        running.world = worldOf(seedFrom(JSON.parse(text.toString('utf8')), 'seed'))
        running.changed()
        return [200, {}]
      default:
        return [404, { error: 'GET /_log, GET /_state, POST /_faults, POST /_switches, POST /_reset' }]
    }
  } catch (thrown) {
    return [400, { error: thrown instanceof Error && !(thrown instanceof SyntaxError) ? thrown.message : 'this is not JSON' }]
  }
}
