// One changed byte anywhere in a long journal is found, be it in a line, in a line end, in a retired file or in the note of the last line.
import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { journalReader } from '../../src/adapters/journal/reader.ts'
import { type Chain, follow, missingAtEnd, whole } from '../../src/domain/journal/chain.ts'
import { E } from '../../src/fp.ts'
import { withJournalDir } from '../support/journal.ts'
import { writeJournal, yearOf } from '../support/long-journal.ts'
import { spec } from '../support/spec.ts'

/** Whether the journal in a folder fits, and whether its last line is vouched for. */
const fits = async (dir: string): Promise<boolean> => {
  let chain: Chain = whole
  let isWhole = true
  await journalReader(dir).read('all', (part) => {
    const next = follow(chain, part)
    if (E.isLeft(next)) isWhole = false
    else chain = next.right
    return isWhole
  })()
  return isWhole && missingAtEnd(chain) === undefined && chain.noted !== undefined && chain.torn === undefined
}

const flip = (file: string, at: number): void => {
  const open = openSync(file, 'r+')
  const byte = Buffer.alloc(1)
  readSync(open, byte, 0, 1, at)
  byte[0] = (byte[0] ?? 0) ^ 1
  writeSync(open, byte, 0, 1, at)
  closeSync(open)
}

spec('a journal of thousands of lines', (test) => {
  test('fits as it was written, and with one byte changed in any of many places it does not', () =>
    withJournalDir(async (dir) => {
      writeJournal(dir, yearOf({ start: Date.UTC(2026, 0, 1), runs: 1000, changes: 300, periodMs: 900_000 }), 200_000)
      assert.ok(await fits(dir))
      const files = readdirSync(dir)
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => join(dir, name))
      assert.ok(files.length > 2, 'it was rotated')
      for (const file of files) {
        const { size } = statSync(file)
        const places = [
          0,
          size - 1,
          size - 2,
          ...Array.from({ length: 20 }, (_, step) => Math.floor((size * (step + 0.37)) / 20)),
        ]
        for (const at of places) {
          flip(file, at)
          assert.not.ok(await fits(dir), `${file}: byte ${at}`)
          flip(file, at)
        }
      }
      assert.ok(await fits(dir), 'and as it was it fits again')
    }))
})
