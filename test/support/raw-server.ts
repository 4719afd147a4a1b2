// A bare HTTP server on loopback, for answers that no honest service gives.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listening } from './listening.ts'

export type RawRequest = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type RawServer = { readonly url: string; readonly seen: ReadonlyArray<RawRequest>; readonly connections: () => number }

type Answer = (response: ServerResponse, request: RawRequest) => void

/** Serves until the body is over; `url` ends in /v3. */
export const withRawServer = async (answer: Answer, body: (server: RawServer) => Promise<void>): Promise<void> => {
  const seen: Array<RawRequest> = []
  let connections = 0
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      seen.push(one)
      answer(response, one)
    })
  })
  server.on('connection', () => {
    connections += 1
  })
  const port = await listening(server)
  try {
    await body({ url: `http://127.0.0.1:${port}/v3`, seen, connections: () => connections })
  } finally {
    const closed = new Promise<void>((done) => server.close(() => done()))
    server.closeAllConnections()
    await closed
  }
}
