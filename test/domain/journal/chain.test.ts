// The chain of the journal: each way in which a line can fail to fit is told at its place, with what was expected, and what it means.
import { createHash } from 'node:crypto'
import * as assert from 'uvu/assert'
import {
  type Chain,
  continued,
  firstSeqOf,
  follow,
  goneFrom,
  isRewound,
  type JournalPart,
  type Misfit,
  missingAtEnd,
  NOTHING_BEFORE,
  type Noted,
  seqOf,
  whole,
} from '../../../src/domain/journal/chain.ts'
import { E } from '../../../src/fp.ts'
import { spec } from '../../support/spec.ts'

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
/** Lines of a journal in order, each with the hash of the one before. */
const textsOf = (count: number, event = 'run'): ReadonlyArray<string> => {
  let prev = NOTHING_BEFORE
  return Array.from({ length: count }, (_, at) => {
    const text = `{"seq":${at + 1},"prev":"${prev}","event":"${event}"}`
    prev = hashOf(text)
    return text
  })
}
const TEXTS = textsOf(6)
const textOf = (seq: number): string => TEXTS[seq - 1] ?? ''
const line = (text: string): JournalPart => ({ _tag: 'Line', start: () => text, told: () => 'other', sha256: () => hashOf(text) })
const lines = (...seqs: ReadonlyArray<number>): ReadonlyArray<JournalPart> => seqs.map((seq) => line(textOf(seq)))
const noted = (seq: number, sha256 = hashOf(textOf(seq))): JournalPart => ({ _tag: 'Noted', noted: { seq, sha256 } })
const file = (first?: number): JournalPart => ({
  _tag: 'File',
  name: first === undefined ? 'journal.jsonl' : `journal-${first}.jsonl`,
  first,
})
const torn: JournalPart = { _tag: 'Torn', bytes: 7 }

const read = (parts: ReadonlyArray<JournalPart>, from: Chain = whole): E.Either<Misfit, Chain> =>
  parts.reduce<E.Either<Misfit, Chain>>((chain, part) => (E.isLeft(chain) ? chain : follow(chain.right, part)), E.right(from))
const chainOf = (parts: ReadonlyArray<JournalPart>, from: Chain = whole): Chain => {
  const chain = read(parts, from)
  if (E.isLeft(chain)) throw new Error(JSON.stringify(chain.left))
  return chain.right
}
const misfitOf = (parts: ReadonlyArray<JournalPart>, from: Chain = whole): Misfit | undefined => {
  const chain = read(parts, from)
  return E.isLeft(chain) ? chain.left : undefined
}
/** The second line, changed in one place. */
const changed = (from: string | RegExp, to: string): JournalPart => line(textOf(2).replace(from, to))

spec('the chain of the journal', (test) => {
  test('holds over files, with a note of the last line, and counts them', () => {
    const chain = chainOf([noted(4), file(1), ...lines(1, 2), file(3), ...lines(3), file(), ...lines(4)])
    assert.equal(chain, {
      noted: { seq: 4, sha256: hashOf(textOf(4)) },
      files: 3,
      lines: 4,
      file: 'journal.jsonl',
      line: 1,
      first: undefined,
      end: { seq: 4, sha256: hashOf(textOf(4)) },
      torn: undefined,
      rewound: undefined,
      rewoundLast: undefined,
    })
    assert.is(goneFrom(chain), undefined)
  })

  test('of nothing ends before the first line', () => {
    assert.equal(whole.end, { seq: 0, sha256: '0'.repeat(64) })
    assert.is(NOTHING_BEFORE, '0'.repeat(64))
    for (const chain of [whole, continued]) assert.equal([chain.lines, chain.files, chain.file, chain.line], [0, 0, '', 0])
    assert.equal(chainOf([{ _tag: 'Noted', noted: undefined }]), whole)
  })

  test('that begins somewhere else takes the first line as it is, and every later one by that', () => {
    assert.is(continued.end, undefined)
    assert.is(chainOf(lines(3, 4), continued).lines, 2)
    assert.is(misfitOf(lines(3, 5), continued)?.meaning, 'a line before it is missing')
  })

  test('may end in the middle of a line in its last file, and in an empty one', () => {
    assert.is(chainOf([file(1), ...lines(1), file(), ...lines(2), torn]).torn, 7)
    assert.is(chainOf([file(1), ...lines(1), file()]).files, 1, 'a file counts from its first line on')
  })

  const place = (at: number, name = 'journal.jsonl') => ({ file: name, line: at })
  for (const [title, parts, expected] of [
    [
      'a full file that ends in the middle of a line',
      [file(1), ...lines(1), torn, file()],
      {
        ...place(2, 'journal-1.jsonl'),
        expected: 'a line end',
        found: 'the end of the file after 7 bytes',
        meaning: 'a full file ends with a whole line: it was changed',
      },
    ],
    [
      'a full file without lines',
      [file(1), file()],
      {
        ...place(1, 'journal-1.jsonl'),
        expected: 'a line',
        found: 'an empty file',
        meaning: 'a full file has lines: they are gone',
      },
    ],
    [
      'a line without an end',
      [file(), ...lines(1), { _tag: 'Endless' }],
      {
        ...place(2),
        expected: 'a line',
        found: 'no line end',
        meaning: 'no line of ours is so long: the file was changed, or is none of ours',
      },
    ],
    [
      'a file with another first line than its name says',
      [file(1), ...lines(1), file(3), ...lines(2)],
      {
        ...place(1, 'journal-3.jsonl'),
        expected: "seq 3, as the file's name says",
        found: 'seq 2',
        meaning: 'the file was renamed, or its first lines changed',
      },
    ],
    [
      'one line that is gone',
      [file(), ...lines(1, 3)],
      { ...place(2), expected: 'seq 2', found: 'seq 3', meaning: 'a line before it is missing' },
    ],
    [
      'two lines that are gone',
      [file(), ...lines(1, 4)],
      { ...place(2), expected: 'seq 2', found: 'seq 4', meaning: '2 lines before it are missing, perhaps a whole file' },
    ],
    [
      'a line that stands twice',
      [file(), ...lines(1, 2, 2)],
      { ...place(3), expected: 'seq 3', found: 'seq 2', meaning: 'a line stands twice or out of order' },
    ],
    [
      'a changed line before another',
      [file(), line(textOf(1).replace('run', 'fun')), ...lines(2)],
      {
        ...place(2),
        expected: `prev ${hashOf(textOf(1).replace('run', 'fun'))}`,
        found: `prev ${hashOf(textOf(1))}`,
        meaning: 'the line before it, or `prev` of this one, was changed after it was written',
      },
    ],
    [
      'another beginning',
      [file(), line(textOf(1).replace(NOTHING_BEFORE, hashOf('x')))],
      {
        ...place(1),
        expected: `prev ${NOTHING_BEFORE}`,
        found: `prev ${hashOf('x')}`,
        meaning: 'the first line was changed',
      },
    ],
    [
      'a last line that is not the one noted',
      [noted(2, hashOf('x')), file(), ...lines(1, 2)],
      {
        ...place(2),
        expected: `a line with the hash ${hashOf('x')}`,
        found: `one with ${hashOf(textOf(2))}`,
        meaning: 'the line, or the note of it in journal.head, was changed after it was written',
      },
    ],
  ] as const)
    test(`tells of ${title}`, () => assert.equal(misfitOf(parts), expected))

  for (const [title, part] of [
    ['a seq of 0', changed('"seq":2', '"seq":0')],
    ['a seq with a zero before it', changed('"seq":2', '"seq":02')],
    ['a seq that is none', changed('"seq":2', '"seq":two')],
    ['a seq of seventeen digits', changed('"seq":2', '"seq":12345678901234567')],
    ['something before it', changed('{', ' {')],
    ['a blank in it', changed(':2', ': 2')],
    ['a short prev', changed(/"prev":"./, '"prev":"')],
    ['a long prev', changed('"prev":"', '"prev":"0')],
    ['a prev that is no hash', changed(/"prev":"./, '"prev":"G')],
    ['nothing after prev', line(textOf(2).slice(0, 82))],
    ['nothing', line('')],
  ] as const)
    test(`takes a line with ${title} for none of the journal`, () =>
      assert.equal(misfitOf([file(), ...lines(1), part]), {
        ...place(2),
        expected: 'seq 2',
        found: 'no line of the journal',
        meaning: 'the line was changed, or something else wrote here',
      }))

  test('tells where something else stands first, also in a journal that begins elsewhere', () => {
    assert.is(misfitOf([line('')])?.expected, 'seq 1')
    assert.is(misfitOf([line('')], continued)?.expected, 'seq 1')
  })

  test('names the line at which a journal that was put back goes on, and the first of them', () => {
    const back = textsOf(3, 'rewound')
    const chain = chainOf([file(), ...back.map(line)])
    assert.equal(goneFrom(chain), {
      ...place(1),
      expected: 'to go on after the last line written',
      found: 'that line gone or changed',
      meaning: 'an older or changed journal had been put back before seq 1 was written: that line says which line was the last',
    })
    assert.is(goneFrom(chainOf([file(), line(`${textOf(1)} "event":"rewound"`)])), undefined)
    const later = `{"seq":2,"prev":"${hashOf(textOf(1))}","event":"rewound"}`
    assert.is(goneFrom(chainOf([file(), ...lines(1), line(later)]))?.line, 2)
  })
})

spec('what the note of the last line tells', (test) => {
  const note = (seq: number, sha256 = 'a'): Noted => ({ seq, sha256 })
  for (const [title, one, end, expected] of [
    ['the same line', note(2), note(2), false],
    ['a line before it', note(1), note(2), false],
    ['another line before it', note(1, 'b'), note(2), false],
    ['a line after it', note(3), note(2), true],
    ['another line there', note(2, 'b'), note(2), true],
  ] as const)
    test(`${title}: the journal ${expected ? 'was put back' : 'goes on'}`, () => assert.is(isRewound(one, end), expected))

  for (const [title, parts, expected] of [
    ['no note', [file(), ...lines(1)], undefined],
    ['a note that lags behind', [noted(1), file(), ...lines(1, 2)], undefined],
    ['a note of the last line', [noted(2), file(), ...lines(1, 2)], undefined],
    [
      'one line gone',
      [noted(3), file(), ...lines(1, 2)],
      {
        file: 'journal.jsonl',
        line: 3,
        expected: 'seq 3',
        found: 'the end of the journal',
        meaning: 'a line that was written is gone, or not whole any more; journal.head names seq 3 as the last one',
      },
    ],
    [
      'three lines gone, of a file that is full',
      [noted(4), file(1), ...lines(1)],
      {
        file: 'journal-1.jsonl',
        line: 2,
        expected: 'seq 2 and on to 4',
        found: 'the end of the journal',
        meaning: '3 lines that were written are gone, or not whole any more; journal.head names seq 4 as the last one',
      },
    ],
    [
      'all gone',
      [noted(2)],
      {
        file: 'journal.jsonl',
        line: 1,
        expected: 'seq 1 and on to 2',
        found: 'the end of the journal',
        meaning: '2 lines that were written are gone, or not whole any more; journal.head names seq 2 as the last one',
      },
    ],
  ] as const)
    test(`${title}: ${expected === undefined ? 'nothing is gone' : expected.meaning}`, () => {
      assert.equal(missingAtEnd(chainOf(parts)), expected)
      assert.equal(goneFrom(chainOf(parts)), expected)
    })

  test('a journal without a line of which one is noted has lost it', () =>
    assert.is(missingAtEnd({ ...continued, noted: note(1) })?.expected, 'seq 1'))
})

spec('the names and numbers of the journal', (test) => {
  for (const [name, seq] of [
    ['journal-1.jsonl', 1],
    ['journal-000123.jsonl', 123],
    ['journal-123456789012345.jsonl', 123_456_789_012_345],
    ['journal-1234567890123456.jsonl', undefined],
    ['journal-.jsonl', undefined],
    ['journal-a.jsonl', undefined],
    ['journal-1.jsonl.gz', undefined],
    ['old-journal-1.jsonl', undefined],
    ['journal-1xjsonl', undefined],
    ['journal.jsonl', undefined],
  ] as const)
    test(`${name} begins with ${seq ?? 'no seq'}`, () => assert.is(firstSeqOf(name), seq))

  test('a line says its seq, and only one of ours does', () => {
    assert.is(seqOf(textOf(4)), 4)
    assert.is(seqOf('{"seq":4}'), undefined)
  })
})
