// HTTP for looking only: GET and HEAD of a few fixed paths. Whoever names another host in the request is refused, so that no web page can
// read this through a name of its own that leads here (DNS rebinding); nothing here can change anything (promise C7).
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { isLoopback } from '../domain/basics/loopback.ts'
import type { Listen } from '../domain/wanted/operation.ts'
import { E } from '../fp.ts'

/** What is served at a path. */
export type Page = {
  readonly status: number
  readonly type: string
  readonly body: string
  /** The only style and the only script in the body that a browser may obey. */
  readonly inline?: { readonly style: string; readonly script: string }
}
/** The pages by path, each made when it is asked for. */
export type Site = ReadonlyMap<string, () => Page | Promise<Page>>

type HttpServer = { readonly url: string; readonly close: () => Promise<void> }

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
}

const hashed = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

const policyOf = ({ inline }: Page): string =>
  [
    "default-src 'none'",
    ...(inline === undefined
      ? []
      : [`style-src ${hashed(inline.style)}`, `script-src ${hashed(inline.script)}`, 'img-src data:', "connect-src 'self'"]),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const LIMITS = { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000 }
const MOST_CONNECTIONS = 64
// From the question to the last byte taken: who reads slowly, or not at all, would keep the answer in memory and a place from all others.
const READ_WITHIN_MS = 30_000

/** Serves a site; what is wrong in words where it cannot listen there. */
const serveHttp = async (listen: Listen, site: Site, readWithinMs: number): Promise<E.Either<string, HttpServer>> => {
  const server = createServer({ ...LIMITS, insecureHTTPParser: false }, (request, response) => {
    const late = setTimeout(() => request.socket.destroy(), readWithinMs)
    response.once('close', () => clearTimeout(late))
    answer(request, site, hosts)
      .catch((): Page => ({ status: 500, type: TEXT, body: 'this is a bug in smtp2go-reconciler; see its log\n' }))
      .then((page) => send(request, response, page))
      .catch(() => response.destroy())
  })
  server.maxConnections = MOST_CONNECTIONS
  // A protocol that is switched to has no limits any more.
  server.on('upgrade', (_request, socket) => socket.destroy())
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(listen.port, listen.host, resolve)
    })
  } catch (thrown) {
    return E.left(faultOf(thrown))
  }
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : listen.port
  const hosts = hostsOf(listen.host, port)
  return E.right({
    url: `http://${named(listen.host)}:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

/** A server that moves with the config. */
export type MovingServer = {
  /** Takes a place, or none, after whatever it was told before; resolves once that was tried. */
  readonly follow: (to: Listen | undefined) => Promise<void>
  readonly url: () => string | undefined
  /** Why nothing is served where it should be. */
  readonly fault: () => string | undefined
  readonly close: () => Promise<void>
}

type Say = (level: 'info' | 'warn', message: string) => void

// An address that is not up yet comes up, and a program that is in the way ends, while no run may be due for long.
const AGAIN_MS = 10_000

/** A server of a site that listens nowhere yet. The old place is left before the new one is taken, since they may share a port. */
export const movingServer = (site: Site, say: Say, readWithinMs = READ_WITHIN_MS): MovingServer => {
  let at: Listen | undefined
  let wanted: Listen | undefined
  let server: HttpServer | undefined
  let fault: string | undefined
  let again: NodeJS.Timeout | undefined
  let moving: Promise<void> = Promise.resolve()
  const move = async (to: Listen | undefined): Promise<string | undefined> => {
    if (at?.host === to?.host && at?.port === to?.port) return undefined
    await server?.close()
    ;[at, server] = [undefined, undefined]
    if (to === undefined) return undefined
    const opened = await serveHttp(to, site, readWithinMs)
    if (E.isLeft(opened)) return opened.left
    ;[at, server] = [to, opened.right]
    say('info', `status page and metrics at ${server.url}`)
    return undefined
  }
  const follow = (to: Listen | undefined): Promise<void> => {
    clearTimeout(again)
    wanted = to
    moving = moving.then(async () => {
      const why = await move(to)
      const before = fault
      fault = why === undefined ? undefined : `http.listen: ${why}; nothing is served until then`
      if (fault !== undefined && fault !== before) say('warn', fault)
      if (fault !== undefined && wanted === to) again = setTimeout(() => void follow(to), AGAIN_MS).unref()
    })
    return moving
  }
  return {
    follow,
    url: () => server?.url,
    fault: () => fault,
    close: async () => {
      wanted = undefined
      clearTimeout(again)
      await moving
      await server?.close()
    },
  }
}

const TEXT = 'text/plain; charset=utf-8'
const named = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host)

const faultOf = (thrown: unknown): string => {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  switch (code) {
    case 'EADDRINUSE':
      return 'another program listens there already; choose another port, or stop it'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address; choose another one, or bring it up'
    case 'EACCES':
      return 'ports under 1024 are not for everybody; choose a higher one'
    default:
      return `the machine does not let us listen there (${code}); choose another address`
  }
}

/** Whether a Host header names us. A wildcard has no name of its own, so there every plain IP address does: those cannot be rebound. */
const hostsOf = (host: string, port: number): ((header: string) => boolean) => {
  const own = new Set([named(host), 'localhost', '127.0.0.1', '[::1]'])
  const anywhere = host === '0.0.0.0' || host === '::'
  return (header) => {
    const [, name = '', digits] = /^(\[[0-9a-f:.]+\]|[^:]+)(?::(\d{1,5}))?$/i.exec(header.toLowerCase()) ?? []
    if (name === '') return false
    if (anywhere && !isLoopback(name) && isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true
    return own.has(name) && Number(digits ?? 80) === port
  }
}

const answer = async (request: IncomingMessage, site: Site, isOurs: (header: string) => boolean): Promise<Page> => {
  const say = (status: number, body: string): Page => ({ status, type: TEXT, body: `${body}\n` })
  if (!isOurs(request.headers.host ?? '')) return say(421, 'the Host header names another server')
  if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, 'this can only be read: GET or HEAD')
  const page = site.get((request.url ?? '').replace(/\?.*$/s, ''))
  return page === undefined ? say(404, `nothing is here; there are ${[...site.keys()].join(', ')}`) : page()
}

const send = (request: IncomingMessage, response: ServerResponse, page: Page): void => {
  const { status, type, body } = page
  const bytes = Buffer.from(body)
  const carries = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  response.writeHead(status, {
    ...HEADERS,
    'content-security-policy': policyOf(page),
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    // What somebody sends is not read, so the connection ends with the answer.
    ...(carries ? { connection: 'close' } : {}),
    'content-type': type,
    'content-length': bytes.length,
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}
