// The rest that the service asked for, with real files: what is noted is read back while it says something, and what cannot be noted is said.
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { restFile } from '../../src/adapters/rest-file.ts'
import { openStateDir } from '../../src/adapters/state-dir.ts'
import { spec } from '../support/spec.ts'

const MINUTE = 60_000
const START = Date.parse('2026-11-29T08:00:00Z')
const withDir = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'rests-'))
  try {
    await use(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}
const at = (dir: string, now: number) => restFile({ dir, open: openStateDir(dir), now: () => new Date(now), random: () => 0 })
const textIn = (dir: string): string => readFileSync(join(dir, 'throttled.json'), 'utf8')

spec('rests beside the ledger', (test) => {
  test('are read back by key, by another process, and are for their owner alone', () =>
    withDir(async (dir) => {
      assert.is(await at(dir, START).note('a', 0), true)
      assert.is(await at(dir, START).note('__proto__', 300_000), true)
      assert.equal(
        await at(dir, START).read(),
        new Map([
          ['a', { why: 'throttled', failures: 1, notBefore: START + MINUTE, forMs: MINUTE }],
          ['__proto__', { why: 'throttled', failures: 1, notBefore: START + 5 * MINUTE, forMs: 5 * MINUTE }],
        ]),
      )
      assert.is(statSync(join(dir, 'throttled.json')).mode & 0o777, 0o600)
      assert.equal(readdirSync(dir), ['throttled.json'])
    }))

  test('that say nothing any more are left out when the next one is noted', () =>
    withDir(async (dir) => {
      await at(dir, START).note('a', 0)
      await at(dir, START + 2 * MINUTE).note('b', 0)
      assert.equal([...(await at(dir, START).read()).keys()], ['b'])
    }))

  test('of a file that nobody understands are none, and the next one takes its place', () =>
    withDir(async (dir) => {
      for (const text of ['', '{}', '[["a",{"failures":1}]]', '[["a"', '[[1,{"failures":1,"notBefore":1,"forMs":1}]]']) {
        writeFileSync(join(dir, 'throttled.json'), text)
        assert.equal(await at(dir, START).read(), new Map(), text)
      }
      assert.is(await at(dir, START).note('a', 0), true)
      assert.is(JSON.parse(textIn(dir)).length, 1)
    }))

  test('are noted in a directory that is made for them, and in none that is not ours', () =>
    withDir(async (dir) => {
      const made = join(dir, 'state', 'of', 'ours')
      assert.is(await at(made, START).note('a', 0), true)
      assert.is(statSync(made).mode & 0o777, 0o700)
      assert.equal(readdirSync(made), ['throttled.json'])
      rmSync(join(dir, 'state'), { recursive: true })
      if (process.geteuid?.() !== 0) return
      chmodSync(dir, 0o777)
      chownSync(dir, 12_345, 12_345)
      assert.is(await at(dir, START).note('a', 0), false)
      assert.equal(readdirSync(dir), [])
    }))
})
