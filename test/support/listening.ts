import { once } from 'node:events'
import type { Server } from 'node:net'

/** Lets a server listen on any free port of the loopback, and says which. */
export const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server listens on no port')
  return address.port
}

/** The same on a port that no system gives out by itself: let go of, it is free for who is to have it next. */
export const listeningAside = async (server: Server): Promise<number> => {
  for (let port = 20_000 + (process.pid % 10_000); port < 32_000; port += 1) {
    const listens = await once(server.listen(port, '127.0.0.1'), 'listening').then(
      () => true,
      () => false,
    )
    if (listens) return port
  }
  throw new Error('no port is free')
}
