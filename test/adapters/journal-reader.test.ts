// The journal read back: whatever was changed after it was written is found, and the first line that does not fit is named.
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  createWriteStream,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { journalReader } from '../../src/adapters/journal/reader.ts'
import { journalFile } from '../../src/adapters/journal-file.ts'
import { type Chain, continued, follow, type Misfit, missingAtEnd, whole } from '../../src/domain/journal/chain.ts'
import { E } from '../../src/fp.ts'
import { approval, withJournalDir, written } from '../support/journal.ts'
import { spec } from '../support/spec.ts'

type Verdict = { readonly misfit: Misfit | undefined; readonly chain: Chain }

const verify = async (dir: string, files: 'all' | 'last' = 'all'): Promise<Verdict> => {
  let chain = files === 'all' ? whole : continued
  let misfit: Misfit | undefined
  const read = await journalReader(dir).read(files, (part) => {
    const next = follow(chain, part)
    if (E.isLeft(next)) misfit = next.left
    else chain = next.right
    return misfit === undefined
  })()
  if (E.isLeft(read)) throw new Error(JSON.stringify(read.left))
  return { chain, misfit: misfit ?? missingAtEnd(chain) }
}

type Files = ReadonlyMap<string, Buffer>

const filesIn = (dir: string): Files => new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name))] as const))

const restore = (dir: string, files: Files): void => {
  for (const name of readdirSync(dir)) rmSync(join(dir, name))
  for (const [name, bytes] of files) writeFileSync(join(dir, name), bytes)
}

const linesOf = (files: Files, name: string): ReadonlyArray<string> =>
  (files.get(name)?.toString('latin1') ?? '').split(/(?<=\n)/)

const seqOfFile = (name: string): number => Number(/journal-(\d+)/.exec(name)?.[1] ?? Number.MAX_SAFE_INTEGER)

const journalsIn = (files: Files): ReadonlyArray<string> =>
  [...files.keys()].filter((name) => name.endsWith('.jsonl')).sort((one, other) => seqOfFile(one) - seqOfFile(other))

spec('journal reader', (test) => {
  test('a journal of several files fits, and its end is the last line', () =>
    withJournalDir(async (dir) => {
      await written(dir, 30)
      const { misfit, chain } = await verify(dir)
      assert.is(misfit, undefined)
      assert.is(chain.lines, 30)
      assert.ok(chain.files >= 4)
      const last = readFileSync(join(dir, 'journal.jsonl'), 'utf8').trimEnd().split('\n').at(-1) ?? ''
      assert.equal(chain.end, { seq: 30, sha256: createHash('sha256').update(last).digest('hex') })
    }))

  test('one changed byte is found, wherever it is', () =>
    withJournalDir(async (dir) => {
      await written(dir, 30)
      const files = filesIn(dir)
      const names = journalsIn(files)
      const places = fc.constantFrom('anywhere', 'first byte', 'last byte', 'a line end', 'the last line')
      const change = fc.record({
        name: fc.constantFrom(...names),
        place: places,
        at: fc.nat(),
        by: fc.integer({ min: 1, max: 255 }),
      })
      await fc.assert(
        fc.asyncProperty(change, async ({ name, place, at, by }) => {
          const bytes = Buffer.from(files.get(name) ?? '')
          const ends = [...bytes.keys()].filter((index) => bytes[index] === 10)
          const lastLine = (ends.at(-2) ?? -1) + 1
          const index = {
            anywhere: at % bytes.length,
            'first byte': 0,
            'last byte': bytes.length - 1,
            'a line end': ends[at % ends.length] ?? 0,
            'the last line': lastLine + (at % (bytes.length - lastLine)),
          }[place]
          bytes[index] = ((bytes[index] ?? 0) + by) % 256
          writeFileSync(join(dir, name), bytes)
          const { misfit } = await verify(dir)
          writeFileSync(join(dir, name), files.get(name) ?? '')
          assert.ok(misfit !== undefined, `${name} byte ${index} by ${by} was not found`)
        }),
        { numRuns: 120 },
      )
      assert.is((await verify(dir)).misfit, undefined, 'put back, it fits')
    }))

  test('a line deleted, doubled or swapped is found, and so is a file that is missing or renamed', () =>
    withJournalDir(async (dir) => {
      await written(dir, 16)
      const files = filesIn(dir)
      const found = async (name: string, what: string): Promise<Misfit> => {
        const { misfit } = await verify(dir)
        rmSync(join(dir, 'journal-999.jsonl'), { force: true })
        writeFileSync(join(dir, name), files.get(name) ?? '')
        if (misfit === undefined) throw new Error(`not found: ${what}`)
        return misfit
      }
      for (const name of journalsIn(files)) {
        const lines = linesOf(files, name)
        for (const at of lines.keys()) {
          const edits: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
            ['deleted', lines.filter((_, index) => index !== at)],
            ['doubled', lines.flatMap((line, index) => (index === at ? [line, line] : [line]))],
            ...(at === 0
              ? []
              : [
                  [
                    'swapped',
                    lines.map((_, index) => lines[index === at ? at - 1 : index === at - 1 ? at : index] ?? ''),
                  ] as const,
                ]),
          ]
          for (const [what, edited] of edits) {
            writeFileSync(join(dir, name), edited.join(''), 'latin1')
            await found(name, `line ${at + 1} of ${name} ${what}`)
          }
        }
        rmSync(join(dir, name))
        await found(name, `${name} missing`)
        writeFileSync(join(dir, name), '')
        await found(name, `${name} emptied`)
        renameSync(join(dir, name), join(dir, 'journal-999.jsonl'))
        await found(name, `${name} renamed`)
      }
      const second = journalsIn(files)[1] ?? ''
      rmSync(join(dir, second))
      assert.match((await found(second, 'named')).meaning, /lines before it are missing, perhaps a whole file/)
    }))

  test('the first line that does not fit is named by file and line', () =>
    withJournalDir(async (dir) => {
      await written(dir, 6, 1_000_000)
      const file = join(dir, 'journal.jsonl')
      writeFileSync(file, readFileSync(file, 'utf8').replace('line 3', 'line 9'))
      const { misfit, chain } = await verify(dir)
      assert.is(misfit?.file, 'journal.jsonl')
      assert.is(misfit?.line, 4)
      assert.match(misfit?.meaning ?? '', /the line before it, or `prev` of this one, was changed/)
      assert.is(chain.lines, 3)
    }))

  test('a last line that is not whole is no fault, and is told', () =>
    withJournalDir(async (dir) => {
      await written(dir, 5)
      appendFileSync(join(dir, 'journal.jsonl'), '{"seq":6,"pr')
      const { misfit, chain } = await verify(dir)
      assert.is(misfit, undefined)
      assert.is(chain.torn, 12)
      await written(dir, 1)
      const after = await verify(dir)
      assert.is(after.misfit, undefined, 'cut off by the next writer, the chain goes on')
      assert.is(after.chain.lines, 7)
    }))

  test('a note that lags behind, or is not there, is no fault; lines cut off the end are found by it', () =>
    withJournalDir(async (dir) => {
      await written(dir, 3)
      const head = readFileSync(join(dir, 'journal.head'))
      await written(dir, 2)
      const whole = filesIn(dir)
      writeFileSync(join(dir, 'journal.head'), head)
      assert.is((await verify(dir)).misfit, undefined)
      rmSync(join(dir, 'journal.head'))
      assert.is((await verify(dir)).misfit, undefined)
      restore(dir, whole)
      truncateSync(join(dir, 'journal.jsonl'), 0)
      assert.match((await verify(dir)).misfit?.meaning ?? '', /lines? that (was|were) written (is|are) gone/)
    }))

  test('a rotation half done is read once, and an empty journal fits', () =>
    withJournalDir(async (dir) => {
      assert.is((await verify(dir)).misfit, undefined)
      await written(dir, 4, 1_000_000)
      linkSync(join(dir, 'journal.jsonl'), join(dir, 'journal-1.jsonl'))
      const { misfit, chain } = await verify(dir)
      assert.is(misfit, undefined)
      assert.is(chain.lines, 4)
    }))

  test('it fits at every moment while it is written and rotated', () =>
    withJournalDir(async (dir) => {
      const journal = journalFile({ dir, maxBytes: 2000 })
      let writing = true
      const lines = (async () => {
        for (let at = 0; at < 300; at += 1) await journal.append([approval(`a ${at}`), approval(`b ${at}`)])()
        writing = false
      })()
      let checks = 0
      while (writing) {
        const { misfit } = await verify(dir)
        assert.is(misfit, undefined, JSON.stringify(misfit))
        checks += 1
      }
      await lines
      await journal.close()
      assert.ok(checks > 1)
      assert.is((await verify(dir)).chain.lines, 600)
    }))

  test('of the last file alone the chain is checked from where it begins', () =>
    withJournalDir(async (dir) => {
      await written(dir, 30)
      const { misfit, chain } = await verify(dir, 'last')
      assert.is(misfit, undefined)
      assert.is(chain.files, 1)
      assert.is(chain.end?.seq, 30)
    }))

  test('four hundred thousand lines are read in flat memory', () =>
    withJournalDir(async (dir) => {
      const out = createWriteStream(join(dir, 'journal.jsonl'))
      let prev = '0'.repeat(64)
      for (let seq = 1; seq <= 400_000; seq += 1) {
        const line = JSON.stringify({ seq, prev, event: 'decision', what: 'x'.repeat(400) })
        prev = createHash('sha256').update(line).digest('hex')
        if (!out.write(`${line}\n`)) await new Promise<void>((resolve) => out.once('drain', () => resolve()))
      }
      await new Promise<void>((resolve) => out.end(() => resolve()))
      const growth = async (): Promise<number> => {
        let most = 0
        const before = process.memoryUsage.rss()
        let chain = whole
        await journalReader(dir).read('all', (part) => {
          const next = follow(chain, part)
          if (E.isLeft(next)) return false
          chain = next.right
          if (chain.lines % 10_000 === 0) most = Math.max(most, process.memoryUsage.rss() - before)
          return true
        })()
        assert.is(chain.lines, 400_000)
        return Math.round(most / 1024 / 1024)
      }
      // What Node takes for itself once depends on what its process did before; what reading takes it takes each time.
      const least = Math.min(await growth(), await growth(), await growth())
      assert.ok(least < 100, `grew by ${least} MiB or more over a file of 208 MiB`)
    }))
})
