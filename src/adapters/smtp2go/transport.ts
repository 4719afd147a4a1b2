// Transport: one exchange over node's own sockets, in the shape that ky asks of `fetch`. The built-in fetch hands each body through several
// streams and copies, which costs more than all the rest of a request, and unpacks answers that nobody wanted packed.
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest, type RequestOptions } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'

/** What goes out besides method, address and headers, and what bounds the answer. */
type Exchange = {
  readonly body: string
  /** Aborted when the exchange, the answer's body included, has taken too long. */
  readonly signal: AbortSignal
  readonly mostBytes: number
}

/** The code of the error that an answer ends in which is larger than allowed. */
export const TOO_LARGE = 'ERR_ANSWER_TOO_LARGE'

// A server that closes an idle connection must not meet a request on its way, so ours closes first.
const IDLE_MS = 4000
const plain = new PlainAgent({ keepAlive: true, timeout: IDLE_MS })
// Said here, so that no environment weakens it.
const tls = new TlsAgent({ keepAlive: true, timeout: IDLE_MS, rejectUnauthorized: true, minVersion: 'TLSv1.2' })

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

/** Makes one exchange as `fetch` does, but follows nothing and reads no more than it may. */
export const exchange =
  ({ body, signal, mostBytes }: Exchange) =>
  async (asked: unknown): Promise<Response> => {
    if (!(asked instanceof Request)) throw new TypeError('no request')
    const headers = { ...Object.fromEntries(asked.headers), 'content-length': Buffer.byteLength(body) }
    try {
      const answer = await sent(asked.url, { method: asked.method, headers, signal }, body)
      const bytes = await bounded(answer, mostBytes)
      const { statusCode: status = 0 } = answer
      return new Response(WITHOUT_BODY.has(status) ? null : bytes, { status, headers: headersOf(answer) })
    } catch (thrown) {
      // The stream of an answer says of an abort only that the connection broke.
      throw signal.aborted ? signal.reason : thrown
    }
  }

const sent = (url: string, options: RequestOptions, body: string): Promise<IncomingMessage> =>
  new Promise((answered, failed) => {
    const isTls = url.startsWith('https:')
    const request = (isTls ? tlsRequest : plainRequest)(url, { ...options, agent: isTls ? tls : plain }, answered)
    request.on('error', failed)
    request.end(body)
  })

const bounded = async (answer: IncomingMessage, most: number): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of answer) {
    size += chunk.length
    if (size > most) {
      answer.destroy()
      throw Object.assign(new Error('the answer is too large'), { code: TOO_LARGE })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const headersOf = ({ headers }: IncomingMessage): Headers => {
  const told = new Headers()
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) told.set(name, String(value))
  return told
}
