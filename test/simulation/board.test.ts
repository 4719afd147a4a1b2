// The board of planted bugs stands on the sources as they are and has a bug for each promise; `npm run prove` plants them all.
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { withBug } from './board.ts'
import { BOARD } from './planted.ts'

const PROMISES = [...Array.from({ length: 16 }, (_, n) => `S${n + 1}`), ...Array.from({ length: 7 }, (_, n) => `C${n + 1}`)]

spec('planted bugs', (test) => {
  test('each can be planted, and each promise of safety and secrecy has one', () => {
    for (const bug of BOARD) assert.not.equal(withBug(bug), '')
    const held = new Set(BOARD.map(({ promise }) => promise))
    assert.equal(
      PROMISES.filter((promise) => !held.has(promise)),
      [],
    )
    assert.ok(BOARD.length >= 40)
  })
})
