// Transport: one exchange over node's own sockets, in the shape that ky asks of `fetch`. The built-in fetch hands each body through several
// streams and copies, which costs more than all the rest of a request, and unpacks answers that nobody wanted packed.
import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'

/** What goes out besides method, address and headers, and what bounds the answer. */
type Exchange = {
  readonly body: string
  /** How long it may take, the answer's body included. */
  readonly timeoutMs: number
  readonly mostBytes: number
}

/** The headers of an answer, by name in lower case. */
export type ToldHeaders = Pick<Headers, 'get'>

/** An answer as it comes in. */
export type Incoming = {
  readonly status: number
  readonly headers: ToldHeaders
  readonly bytes: Uint8Array
}

/** The code of the error that an answer ends in which is larger than allowed. */
export const TOO_LARGE = 'ERR_ANSWER_TOO_LARGE'

// A server that closes an idle connection must not meet a request on its way, so ours closes first.
const IDLE_MS = 4000
const plain = new PlainAgent({ keepAlive: true, timeout: IDLE_MS })
// Said here, so that no environment weakens it.
const tls = new TlsAgent({ keepAlive: true, timeout: IDLE_MS, rejectUnauthorized: true, minVersion: 'TLSv1.2' })

/** One exchange: `fetch` makes it, following nothing and reading no more than it may; ky sees only its status, the rest is in `answer`. */
export const exchange = (
  bounds: Exchange,
): { readonly fetch: (asked: unknown) => Promise<Response>; readonly answer: () => Incoming } => {
  let answer: Incoming | undefined
  return {
    fetch: async (asked) => {
      if (!(asked instanceof Request)) throw new TypeError('no request')
      answer = await exchanged(asked, bounds)
      return new Response(null, { status: answer.status })
    },
    answer: () => {
      if (answer === undefined) throw new TypeError('no exchange was made')
      return answer
    },
  }
}

const exchanged = (asked: Request, { body, timeoutMs, mostBytes }: Exchange): Promise<Incoming> =>
  new Promise((settle, fail) => {
    const headers = { ...Object.fromEntries(asked.headers), 'content-length': Buffer.byteLength(body) }
    const isTls = asked.url.startsWith('https:')
    const request = (isTls ? tlsRequest : plainRequest)(asked.url, { method: asked.method, headers, agent: isTls ? tls : plain })
    // What comes first counts: a request that is cut off has errors of its own.
    const over = (why: Error): void => {
      clearTimeout(deadline)
      fail(why)
      request.destroy()
    }
    const deadline = setTimeout(() => over(Object.assign(new Error('it took too long'), { name: 'TimeoutError' })), timeoutMs)
    request.on('error', over).on('response', (response) => {
      const chunks: Array<Buffer> = []
      let size = 0
      response
        .on('error', over)
        .on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > mostBytes) over(Object.assign(new Error('the answer is too large'), { code: TOO_LARGE }))
          else chunks.push(chunk)
        })
        .on('end', () => {
          clearTimeout(deadline)
          const get = (name: string): string | null => response.headers[name]?.toString() ?? null
          settle({ status: response.statusCode ?? 0, headers: { get }, bytes: Buffer.concat(chunks) })
        })
    })
    request.end(body)
  })
