// Readers that take their time: a place and the memory for their answer are theirs for a while, and then for the next one.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { movingServer, type Page, type Site } from '../../src/adapters/http.ts'
import { ask } from '../support/http.ts'
import { spec } from '../support/spec.ts'

const page = (body: string): Page => ({ status: 200, type: 'text/plain', body })
const BIG = 'x'.repeat(16 * 1024 * 1024)
const SITE: Site = new Map([
  ['/big', () => page(BIG)],
  ['/healthz', () => page('alive')],
])
// Short where a reader is to be cut off, and long where none may be, however slow the machine is.
const [READ_WITHIN_MS, LONG_MS] = [500, 2000]

const withServer = async (body: (url: string) => Promise<void>, readWithinMs = READ_WITHIN_MS): Promise<void> => {
  const server = movingServer(SITE, () => undefined, readWithinMs)
  await server.follow({ host: '127.0.0.1', port: 0 })
  assert.is(server.fault(), undefined)
  try {
    await body(server.url() ?? '')
  } finally {
    await server.close()
  }
}

type Reader = { readonly socket: Socket; readonly taken: () => number; readonly closed: Promise<unknown> }

const asking = async (url: string): Promise<Reader> => {
  const { port, host } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined)
  await once(socket, 'connect')
  let taken = 0
  socket.on('data', (bytes) => {
    taken += bytes.length
  })
  socket.write(`GET /big HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  return { socket, taken: () => taken, closed: once(socket, 'close') }
}

/** Reads nothing for a while, but for a little now and then where told so. */
const slowly = async ({ socket }: Reader, drips: boolean): Promise<void> => {
  const end = Date.now() + 4 * READ_WITHIN_MS
  socket.pause()
  while (Date.now() < end) {
    if (drips) socket.resume().once('data', () => socket.pause())
    await wait(50)
  }
  socket.resume()
}

spec('who reads what is served', (test) => {
  for (const [what, drips] of [
    ['does not read at all', false],
    ['reads a little now and then', true],
  ] as const)
    test(`is cut off where it ${what}`, () =>
      withServer(async (url) => {
        const reader = await asking(url)
        await slowly(reader, drips)
        await Promise.race([reader.closed, wait(2000)])
        assert.is(reader.socket.destroyed, true)
        assert.ok(reader.taken() < BIG.length, 'it was given all')
      }))

  test('is given all of a large answer, and goes on with the next question', () =>
    withServer(async (url) => {
      assert.is((await ask(url, '/big')).body.length, BIG.length)
      const { socket, taken } = await asking(url)
      while (taken() < BIG.length && !socket.destroyed) await wait(20)
      await wait(2 * LONG_MS)
      assert.is(socket.destroyed, false, 'its time was over with its last byte')
      socket.destroy()
    }, LONG_MS))
})
