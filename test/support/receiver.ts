// A real receiver of webhooks: it keeps what it gets and answers as it is told.
import { createServer } from 'node:http'
import { searchEverywhere } from './canary.ts'
import { listening } from './listening.ts'

export type Received = {
  readonly url: string
  readonly bodies: () => ReadonlyArray<string>
  /** Status codes of the next answers; 0 does not answer at all. After them, 200. */
  readonly answers: (...codes: ReadonlyArray<number>) => void
}

/** Opens a receiver, and closes it whatever happens. */
export const withReceiver = async (body: (receiver: Received) => Promise<void>): Promise<void> => {
  const bodies: Array<string> = []
  let searched = 0
  let next: ReadonlyArray<number> = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => {
      bodies.push(text)
      const [code = 200, ...rest] = next
      next = rest
      if (code !== 0) response.writeHead(code, code === 302 ? { location: '/elsewhere' } : {}).end('thanks')
    })
  })
  const port = await listening(server)
  try {
    await body({
      url: `http://127.0.0.1:${port}/CANARY`,
      bodies: () => {
        for (; searched < bodies.length; searched += 1) searchEverywhere('a notification', bodies[searched] ?? '')
        return bodies
      },
      answers: (...codes) => {
        next = codes
      },
    })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}
