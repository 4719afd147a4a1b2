// The way to the service: one request and its answer as it comes, over one ky instance a key. It retries nothing and follows no redirect.
import ky from 'ky'
import type { Secret } from '../../domain/user/secret.ts'
import { pipe, TE } from '../../fp.ts'
import { USER_AGENT } from '../system.ts'
import { enter, type Room } from './room.ts'
import { exchange, type Incoming } from './transport.ts'
import type { WireRequest } from './wire.ts'

/**
 * Sends a request and takes its answer, whose bytes are good only until that returns; it is over, its answer included, after so many milliseconds.
 * Rejects as `fetch` does where nothing was answered.
 */
export type Send = <A>(request: WireRequest, timeoutMs: number, take: (answer: Incoming) => A) => Promise<A>

/** How requests with this key reach this address; a larger answer is not read. */
export type Way = (to: { readonly url: string; readonly key: Secret; readonly mostBytes: number }) => Send

/** The way over the network. */
export const network: Way = ({ url, key, mostBytes }) => {
  const http = ky.create({
    prefixUrl: url,
    headers: {
      'X-Smtp2go-Api-Key': key.reveal(),
      'User-Agent': USER_AGENT,
      Accept: 'application/json',
      // Not compressed: a small answer could become a huge one.
      'Accept-Encoding': 'identity',
      'Content-Type': 'application/json',
    },
    retry: 0,
    timeout: false,
    throwHttpErrors: false,
  })
  return async ({ path, method, body }, timeoutMs, take) => {
    const room = enter()
    try {
      // Before ky hands a request to a `fetch` it copies it, for repetitions that there are none of; a hook comes before that.
      const hooks = { beforeRequest: [exchange({ timeoutMs, mostBytes, room })] }
      const response = await http(path, { method, json: body, hooks })
      const read = pipe(
        TE.tryCatch(
          () => readFrom(response.body, room),
          (why) => why,
        ),
      )
      return take({ status: response.status, headers: response.headers, body: await read() })
    } finally {
      room.leave()
    }
  }
}

/** What the room holds once the body is over; rejects where it broke off. */
const readFrom = async (body: Response['body'], room: Room): Promise<Uint8Array> => {
  for await (const _ of body ?? []);
  return room.content()
}
