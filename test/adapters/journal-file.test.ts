// The journal as files, read back from outside: every line is chained to the one before, through rotation and crashes.
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { journalFile } from '../../src/adapters/journal-file.ts'
import type { JournalLine } from '../../src/domain/journal/journal.ts'
import { E } from '../../src/fp.ts'
import { spec } from '../support/spec.ts'
import { withoutLinks } from '../support/without-links.ts'

const withDir = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'journal-'))
  try {
    await use(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const approval = (what: string): JournalLine => ({ event: 'decision', at: '2026-11-23T09:00:00Z', what, by: 'root', reason: 'r' })

const seqOfFile = (name: string): number => Number(/journal-(\d+)/.exec(name)?.[1] ?? Number.MAX_SAFE_INTEGER)

type ChainedLine = {
  readonly event: string
  readonly what?: string
  readonly bytes?: number
  readonly noted_seq?: number
  readonly noted_sha256?: string
}

/** All lines of all files in order; throws where the chain is broken. */
const chainIn = (dir: string): ReadonlyArray<ChainedLine> => {
  const names = readdirSync(dir)
    .filter((name) => name.endsWith('.jsonl'))
    .sort((one, other) => seqOfFile(one) - seqOfFile(other))
  const lines = names.flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n').slice(0, -1))
  let prev = '0'.repeat(64)
  return lines.map((line, at) => {
    const json = JSON.parse(line)
    assert.is(json.seq, at + 1)
    assert.is(json.prev, prev)
    prev = createHash('sha256').update(line).digest('hex')
    return json
  })
}

const append = async (dir: string, ...what: ReadonlyArray<string>): Promise<E.Either<unknown, void>> => {
  const journal = journalFile({ dir })
  const result = await journal.append(what.map(approval))()
  await journal.close()
  return result
}

const whatIn = (dir: string): ReadonlyArray<string> => chainIn(dir).map(({ event, what }) => what ?? event)

spec('journal file', (test) => {
  test('the chain goes on when it is opened again', () =>
    withDir(async (dir) => {
      assert.equal(await append(dir, 'a', 'b'), E.right(undefined))
      assert.equal(await append(dir, 'c'), E.right(undefined))
      assert.equal(whatIn(dir), ['a', 'b', 'c'])
      assert.is(statSync(join(dir, 'journal.jsonl')).mode & 0o777, 0o600)
    }))

  test('what is appended at the same time keeps its order', () =>
    withDir(async (dir) => {
      const journal = journalFile({ dir })
      const names = Array.from({ length: 200 }, (_, at) => String(at))
      const results = await Promise.all(names.map((name) => journal.append([approval(name)])()))
      await journal.close()
      assert.ok(results.every(E.isRight))
      assert.equal(whatIn(dir), names)
    }))

  test('a full file is renamed after its first line, and the chain goes on', () =>
    withDir(async (dir) => {
      const journal = journalFile({ dir, maxBytes: 500 })
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await journal.append([approval(name)])()
      await journal.close()
      assert.equal(readdirSync(dir).sort(), ['journal-1.jsonl', 'journal-4.jsonl', 'journal.head', 'journal.jsonl'])
      assert.equal(whatIn(dir), ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    }))

  test('the chain goes on when a crash came between two files', () =>
    withDir(async (dir) => {
      await append(dir, 'a', 'b')
      renameSync(join(dir, 'journal.jsonl'), join(dir, 'journal-1.jsonl'))
      await append(dir, 'c')
      assert.equal(whatIn(dir), ['a', 'b', 'c'])
    }))

  test('a rotation that a crash left half done is finished', () =>
    withDir(async (dir) => {
      await append(dir, 'a', 'b')
      linkSync(join(dir, 'journal.jsonl'), join(dir, 'journal-1.jsonl'))
      const journal = journalFile({ dir, maxBytes: 10 })
      assert.equal(await journal.append([approval('c')])(), E.right(undefined))
      await journal.close()
      assert.equal(whatIn(dir), ['a', 'b', 'c'])
    }))

  for (const code of ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])
    test(`a full file is renamed also where there are no hard links (${code}), and takes the place of none`, () =>
      withDir((dir) =>
        withoutLinks(code, async () => {
          const journal = journalFile({ dir, maxBytes: 10 })
          for (const name of ['a', 'b', 'c']) assert.equal(await journal.append([approval(name)])(), E.right(undefined))
          assert.equal(readdirSync(dir).sort(), ['journal-1.jsonl', 'journal-2.jsonl', 'journal.head', 'journal.jsonl'])
          writeFileSync(join(dir, 'journal-3.jsonl'), 'mine')
          const refused = await journal.append([approval('d')])()
          assert.match(JSON.stringify(refused), 'cannot be written (EEXIST)')
          assert.is(readFileSync(join(dir, 'journal-3.jsonl'), 'utf8'), 'mine')
          rmSync(join(dir, 'journal-3.jsonl'))
          assert.equal(await journal.append([approval('d')])(), E.right(undefined))
          await journal.close()
          assert.equal(whatIn(dir), ['a', 'b', 'c', 'd'])
        }),
      ))

  test('a full file that cannot be renamed is told with its own fault, and is once that is gone', () =>
    withDir(async (dir) => {
      const journal = journalFile({ dir, maxBytes: 10 })
      await journal.append([approval('a')])()
      await withoutLinks('ENOSPC', async () => {
        const refused = await journal.append([approval('b')])()
        assert.match(JSON.stringify(refused), 'cannot be written (ENOSPC); the disk is full: make room')
      })
      assert.equal(await journal.append([approval('b')])(), E.right(undefined))
      await journal.close()
      assert.equal(whatIn(dir), ['a', 'b'])
    }))

  const tears: ReadonlyArray<readonly [string, string]> = [
    ['half a line', '{"seq":3,"pr'],
    ['a line without its end', '{"seq":3,"prev":"x"}'],
    ['zeros', '\0'.repeat(100_000)],
  ]
  for (const [title, torn] of tears) {
    test(`${title} at the end is cut off, and the next line says so`, () =>
      withDir(async (dir) => {
        await append(dir, 'a', 'b')
        appendFileSync(join(dir, 'journal.jsonl'), torn)
        assert.equal(await append(dir, 'c'), E.right(undefined))
        assert.equal(whatIn(dir), ['a', 'b', 'torn', 'c'])
        assert.is(chainIn(dir)[2]?.bytes, torn.length)
      }))
  }

  const older: ReadonlyArray<readonly [title: string, change: (journal: string, first: string) => void]> = [
    ['an older journal that was put back', (journal, first) => writeFileSync(journal, first)],
    ['a journal that is gone', (journal) => rmSync(journal)],
    ['a last line that was changed', (journal) => writeFileSync(journal, readFileSync(journal, 'utf8').replace('"c"', '"x"'))],
  ]
  for (const [title, change] of older)
    test(`${title} is told once, and by a line that names what was the last one, for good`, () =>
      withDir(async (dir) => {
        const file = join(dir, 'journal.jsonl')
        await append(dir, 'a')
        const first = readFileSync(file, 'utf8')
        await append(dir, 'b', 'c')
        const last: unknown = JSON.parse(readFileSync(join(dir, 'journal.head'), 'utf8'))
        change(file, first)
        const told: Array<string> = []
        const journal = journalFile({ dir, onRewound: (message) => void told.push(message) })
        await journal.append([approval('d')])()
        await journal.append([approval('e')])()
        await journal.close()
        await append(dir, 'f')
        const kept = title.includes('gone') ? [] : title.includes('older') ? ['a'] : ['a', 'b', 'x']
        assert.equal(whatIn(dir), [...kept, 'rewound', 'd', 'e', 'f'])
        const { noted_seq: seq, noted_sha256: sha256 } = chainIn(dir)[kept.length] ?? {}
        assert.equal({ seq, sha256 }, last)
        assert.is(told.length, 1)
        assert.match(told[0] ?? '', /the last line written here was seq 3, hash .*verify-log tells it/)
      }))

  test('a note that lags behind, as after a crash, is no older journal', () =>
    withDir(async (dir) => {
      await append(dir, 'a')
      const note = readFileSync(join(dir, 'journal.head'))
      await append(dir, 'b')
      writeFileSync(join(dir, 'journal.head'), note)
      await append(dir, 'c')
      assert.equal(whatIn(dir), ['a', 'b', 'c'])
    }))

  test('a file that was moved away under our hands is noticed', () =>
    withDir(async (dir) => {
      const journal = journalFile({ dir })
      await journal.append([approval('a')])()
      renameSync(join(dir, 'journal.jsonl'), join(dir, 'journal-1.jsonl'))
      await journal.append([approval('b')])()
      await journal.close()
      assert.equal(whatIn(dir), ['a', 'b'])
    }))

  test('a last line that is not ours is refused, and stays as it is', () =>
    withDir(async (dir) => {
      writeFileSync(join(dir, 'journal.jsonl'), 'hello\n')
      const result = await append(dir, 'a')
      assert.ok(E.isLeft(result) && JSON.stringify(result.left).includes('move the file away'))
      assert.is(readFileSync(join(dir, 'journal.jsonl'), 'utf8'), 'hello\n')
    }))

  test('where nothing can be written the append fails, and works again afterwards', () =>
    withDir(async (dir) => {
      const journal = journalFile({ dir })
      mkdirSync(join(dir, 'journal.jsonl'))
      const result = await journal.append([approval('a')])()
      assert.ok(E.isLeft(result) && JSON.stringify(result.left).includes('the journal cannot be written'))
      rmSync(join(dir, 'journal.jsonl'), { recursive: true })
      assert.equal(await journal.append([approval('b')])(), E.right(undefined))
      await journal.close()
      assert.equal(whatIn(dir), ['b'])
    }))

  test('a line holds nothing that plays tricks on a terminal', () =>
    withDir(async (dir) => {
      const nasty = '\u0007\u001b[2J\u007f\u009b\u2028\u202e\u2066\ud800 é\n'
      await append(dir, nasty)
      const bytes = readFileSync(join(dir, 'journal.jsonl'), 'utf8')
      assert.not.match(bytes.slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      assert.ok(bytes.includes('\\u009b') && bytes.includes('\\ud800') && bytes.includes('é'))
      assert.equal(whatIn(dir), [nasty])
    }))

  test('a line longer than what is read at once is found again', () =>
    withDir(async (dir) => {
      const long = 'x'.repeat(200_000)
      await append(dir, 'a', long)
      await append(dir, 'b')
      assert.equal(whatIn(dir), ['a', long, 'b'])
    }))
})

spec('a state directory that is gone', (test) => {
  test('is told as that, with the way out', () =>
    withDir(async (dir) => {
      const inside = join(dir, 'state')
      mkdirSync(inside)
      assert.ok(E.isRight(await append(inside, 'one')))
      rmSync(inside, { recursive: true })
      const result = await append(inside, 'two')
      assert.match(
        JSON.stringify(result),
        /cannot be written \(ENOENT\); the state directory is gone; the next start makes a new one, so restart the daemon where one runs/,
      )
    }))
})
