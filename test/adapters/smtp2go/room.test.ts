// Room for answers: each one's bytes are its own for as long as it is taken, whoever was in the same memory before it or comes after it.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { enter } from '../../../src/adapters/smtp2go/room.ts'
import { network } from '../../../src/adapters/smtp2go/way.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import { E } from '../../../src/fp.ts'
import { newKey } from '../../support/fresh.ts'
import { withRawServer } from '../../support/raw-server.ts'
import { spec } from '../../support/spec.ts'

const MiB = 1024 * 1024
const KEY = newKey()
const REQUEST = { method: 'post', path: 'users/smtp/view', body: {} } as const

const filled = (size: number, fill: number): Buffer => Buffer.alloc(size, fill)

spec('Room for an answer', (test) => {
  test('what was added comes out, however it was cut and whatever was there before', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: MiB - 2, max: 2 * MiB + 2 })), { maxLength: 5 }),
          {
            maxLength: 4,
          },
        ),
        (answers) => {
          for (const [nth, sizes] of answers.entries()) {
            const room = enter()
            const pieces = sizes.map((size, n) => filled(size, 1 + nth * 16 + n))
            for (const piece of pieces) room.add(piece)
            assert.ok(Buffer.concat(pieces).equals(room.content()))
            room.leave()
          }
        },
      ),
      { seed: 1, numRuns: 60 },
    ))

  test('two who are in at once share nothing, and who has left changes nothing any more', () => {
    const [one, other] = [enter(), enter()]
    for (const [room, fill] of [
      [one, 1],
      [other, 2],
      [one, 1],
    ] as const)
      room.add(filled(MiB - 1, fill))
    const before = other.content()
    one.leave()
    const third = enter()
    third.add(filled(3 * MiB, 3))
    one.add(filled(3 * MiB, 4))
    one.leave()
    assert.ok(filled(MiB - 1, 2).equals(before))
    assert.ok(filled(3 * MiB, 3).equals(third.content()))
    other.leave()
    third.leave()
  })

  test('answers that come at the same time over the network, broken off ones too, are each taken as they were sent', () => {
    let asked = 0
    return withRawServer(
      (response) => {
        asked += 1
        const body = filled(200_000 * (asked % 23) + 7, asked)
        response.writeHead(200, { 'x-fill': String(asked), 'content-length': body.length })
        if (asked % 5 !== 0) return void response.end(body)
        response.write(body.subarray(0, body.length >> 1), () => setImmediate(() => response.destroy()))
      },
      async ({ url }) => {
        const send = network({ url, key: new Secret(KEY), mostBytes: 64 * MiB })
        let [taken, broken] = [0, 0]
        const ask = (): Promise<void> =>
          send(REQUEST, 20_000, ({ headers, body }) => {
            const fill = Number(headers.get('x-fill'))
            if (E.isLeft(body)) broken += 1
            else {
              taken += 1
              assert.ok(filled(200_000 * (fill % 23) + 7, fill).equals(body.right), `answer ${fill}`)
            }
          })
        for (let round = 0; round < 6; round += 1) await Promise.all(Array.from({ length: 10 }, ask))
        assert.equal([taken, broken], [48, 12])
      },
    )
  })
})
