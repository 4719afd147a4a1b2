// What goes over the control socket: any text, whatever pieces it comes in, and no more than may be.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { askControl, serveControl } from '../../src/adapters/control.ts'
import { E } from '../../src/fp.ts'
import type { Question } from '../../src/ports.ts'
import { spec } from '../support/spec.ts'

const withPath = async (use: (path: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'control-'))
  try {
    await use(join(dir, 'control.sock'))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Serves, and gives what was asked. */
const served = async (path: string, use: () => Promise<void>): Promise<ReadonlyArray<Question>> => {
  const asked: Array<Question> = []
  const handle = async (question: Question): Promise<unknown> => {
    asked.push(question)
    return { _tag: 'Done' }
  }
  const serving = await serveControl({ path, group: undefined, handle, version: '1' })()
  assert.ok(E.isRight(serving))
  await use()
  await serving.right()
  return asked
}

/** What comes back when a body is sent in two pieces that part here. */
const sent = (path: string, body: Buffer, at: number): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    const socket = connect(path)
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`)
    socket.write(body.subarray(0, at), () => setTimeout(() => socket.write(body.subarray(at)), 50))
    socket.on('data', (piece) => {
      text += String(piece)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })

const question = (reason: string): Question => ({ _tag: 'Approve', digest: 'sha256:1', reason, by: 'jörg' })
const isText = (value: unknown): value is string => typeof value === 'string'

spec('the control socket', (test) => {
  test('takes a reason as it was written, wherever it is cut on its way', () =>
    withPath(async (path) => {
      const body = Buffer.from(JSON.stringify(question('für €')))
      const asked = await served(path, async () => {
        for (const letter of ['ü', '€', 'ö'])
          assert.match(await sent(path, body, body.indexOf(letter) + 1), /^HTTP\/1.1 200/, letter)
      })
      assert.equal(
        asked,
        Array.from({ length: 3 }, () => question('für €')),
      )
    }))

  test('takes no bytes that are no text', () =>
    withPath(async (path) => {
      const asked = await served(path, async () => {
        const body = Buffer.from(JSON.stringify(question('f?r')).replace('?', '\xfc'), 'latin1')
        assert.match(await sent(path, body, 1), /^HTTP\/1.1 400/)
      })
      assert.equal(asked, [])
    }))

  test('takes 64 KiB, whatever letters they are, and not more', () =>
    withPath(async (path) => {
      const asked = await served(path, async () => {
        const short = Buffer.from(JSON.stringify(question('ü'.repeat(32_000))))
        const long = Buffer.from(JSON.stringify(question('ü'.repeat(33_000))))
        assert.match(await sent(path, short, 1), /^HTTP\/1.1 200/)
        assert.is(await sent(path, long, 1), '')
      })
      assert.is(asked.length, 1)
    }))

  test('gives an answer as it was written, wherever it is cut on its way', () =>
    withPath(async (path) => {
      const answer = Buffer.from(JSON.stringify('für €'))
      let at = 0
      const server = createServer((_, response) => {
        response.write(answer.subarray(0, at))
        setTimeout(() => response.end(answer.subarray(at)), 50)
      })
      await new Promise<void>((listening) => server.listen(path, listening))
      for (const letter of ['ü', '€']) {
        at = answer.indexOf(letter) + 1
        assert.equal(await askControl({ path, meant: {} }, { _tag: 'Status' }, isText), E.right('für €'))
      }
      server.close()
      server.closeAllConnections()
    }))
})
