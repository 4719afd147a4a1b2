// Transport: one exchange over node's own sockets, as a hook of ky that answers by itself. The built-in fetch unpacks answers that nobody wanted
// packed, and does not count what it reads.
import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import type { E } from '../../fp.ts'
import type { Room } from './room.ts'

/** What bounds an answer, and where it comes in. */
type Bounds = {
  /** How long it may take, the answer's body included. */
  readonly timeoutMs: number
  readonly mostBytes: number
  /** Where its body is while it is taken. */
  readonly room: Room
}

/** The headers of an answer, by name in lower case. */
export type ToldHeaders = Pick<Headers, 'get'>

/** An answer as it comes in. */
export type Incoming = {
  readonly status: number
  readonly headers: ToldHeaders
  /** All of it, or what it broke off with: what was said before stands all the same. */
  readonly body: E.Either<unknown, Uint8Array>
}

/** The code of the error that an answer ends in which is larger than allowed. */
export const TOO_LARGE = 'ERR_ANSWER_TOO_LARGE'

// A server that closes an idle connection must not meet a request on its way, so ours closes first.
const IDLE_MS = 4000
const plain = new PlainAgent({ keepAlive: true, timeout: IDLE_MS })
// Said here, so that no environment weakens it.
const tls = new TlsAgent({ keepAlive: true, timeout: IDLE_MS, rejectUnauthorized: true, minVersion: 'TLSv1.2' })

/** A hook that makes one exchange within these bounds, follows nothing and reads no more than it may. */
export const exchange =
  (bounds: Bounds) =>
  async (asked: Request): Promise<Response> =>
    exchanged(asked, await asked.text(), bounds)

// As it came: made one text, an answer of many users would be copied again by each who takes it.
const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (content) => {
      content.enqueue(bytes)
      content.close()
    },
  })

// With these there is nothing to read, and `Response` takes nothing.
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

const exchanged = (asked: Request, body: string, { timeoutMs, mostBytes, room }: Bounds): Promise<Response> =>
  new Promise((settle, fail) => {
    const headers = { ...Object.fromEntries(asked.headers), 'content-length': Buffer.byteLength(body) }
    const isTls = asked.url.startsWith('https:')
    const request = (isTls ? tlsRequest : plainRequest)(asked.url, { method: asked.method, headers, agent: isTls ? tls : plain })
    let breakOff: (why: Error) => void = fail
    // What comes first counts: a request that is cut off has errors of its own.
    const over = (why: Error): void => {
      clearTimeout(deadline)
      breakOff(why)
      request.destroy()
    }
    const deadline = setTimeout(() => over(Object.assign(new Error('it took too long'), { name: 'TimeoutError' })), timeoutMs)
    request.on('error', over).on('response', (response) => {
      const status = response.statusCode ?? 0
      const told = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)])
      const answer = (content: ReadableStream): void => {
        try {
          settle(new Response(WITHOUT_BODY.has(status) ? null : content, { status, headers: told }))
        } catch (why) {
          fail(why)
        }
      }
      // From here on the status stands, and it is the reader of the body who learns what became of it.
      breakOff = (why) => answer(new ReadableStream({ start: (content) => content.error(why) }))
      let size = 0
      response
        .on('error', over)
        .on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > mostBytes) over(Object.assign(new Error('the answer is too large'), { code: TOO_LARGE }))
          else room.add(chunk)
        })
        .on('end', () => {
          clearTimeout(deadline)
          answer(streamOf(room.content()))
        })
    })
    request.end(body)
  })
