// The board of planted bugs stands on the sources as they are, has a bug for each promise, and a few of it, others whenever a source changes, are
// planted on each push; `npm run prove` plants them all. PLANTED says how many.
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { plant } from './board.ts'
import { sources } from './build.ts'
import { outcomeOf } from './outcome.ts'
import { board, isQuick, sampleOf, turnOf, withBug } from './planted.ts'

const PROMISES = [...Array.from({ length: 16 }, (_, n) => `S${n + 1}`), ...Array.from({ length: 7 }, (_, n) => `C${n + 1}`)]
const COUNT = Number(process.env.PLANTED ?? 3)

spec('planted bugs', (test) => {
  test('each can be planted, and each promise of safety and secrecy has one', () => {
    const bugs = board()
    const tests = readdirSync(resolve(import.meta.dirname, '..'), { recursive: true, encoding: 'utf8' })
    for (const bug of bugs) {
      assert.not.equal(withBug(bug), '')
      const { by } = bug
      if (by._tag === 'Test')
        assert.ok(
          tests.some((name) => name.endsWith('.test.ts') && name.includes(by.path)),
          by.path,
        )
    }
    const held = new Set(bugs.map(({ promise }) => promise))
    assert.equal(
      PROMISES.filter((promise) => !held.has(promise)),
      [],
    )
    assert.ok(bugs.length >= 40)
  })

  test('it can be the turn of every promise that has one', () => {
    const bugs = board()
    const drawn = new Set(bugs.filter(isQuick).map(({ promise }) => promise))
    assert.equal(
      bugs.map(({ promise }) => promise).filter((promise) => !drawn.has(promise)),
      [],
    )
  })

  test('those that it is the turn of are caught', async () => {
    const bugs = sampleOf(board().filter(isQuick), COUNT, turnOf(sources()))
    assert.equal(await plant(bugs, { tell: (line) => process.stdout.write(`${line}\n`), alone: false }), [])
  })

  test('only a test that ran and failed has caught a bug: a run of no test, or of one that does not end, ends with an error too', () => {
    assert.equal(outcomeOf('ok   test/a.test.ts  2/2  5 ms\n\n2 passed, 0 failed\n'), { _tag: 'Green' })
    assert.equal(outcomeOf('   FAIL  a  "b"\nFAIL test/a.test.ts  1/2  5 ms\n\n1 passed, 1 failed\n'), {
      _tag: 'Red',
      first: 'FAIL  a  "b"',
    })
    const gone = 'FAIL test/a.test.ts: its process ended before it did'
    assert.equal(outcomeOf(`${gone}\n\n0 passed, 1 failed\n`), { _tag: 'Red', first: gone })
    const unread =
      'test/a.test.ts: Error [ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING]\nFAIL test/a.test.ts  0/1  5 ms\n\n0 passed, 1 failed\n'
    for (const said of ['\n0 passed, 0 failed\n', '', 'FAIL test/a.test.ts  1/2  5 ms\n', unread])
      assert.equal(outcomeOf(said), { _tag: 'NotRun' }, said)
  })
})
