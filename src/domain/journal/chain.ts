// The chain of the journal, part by part: each line carries `seq`, counted from 1, and `prev`, the hash of the line before it. What fits, and
// what it means where something does not. The last line has no line after it to vouch for it, so the writer keeps a note of it beside the journal.
import { E } from '../../fp.ts'
import type { JournalLine } from './journal.ts'

/** `prev` of the first line of all. */
export const NOTHING_BEFORE = '0'.repeat(64)

/** The seq that a retired file's name says its first line has; `undefined` for any other name. */
export const firstSeqOf = (name: string): number | undefined => {
  const digits = /^journal-(\d{1,15})\.jsonl$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The journal as it is read, oldest first. What a line holds is good only until the next part. */
export type JournalPart =
  /** The note of the last line written, made after it. */
  | { readonly _tag: 'Noted'; readonly noted: Noted | undefined }
  /** `first`: the seq that the name says; the current file's says none. */
  | { readonly _tag: 'File'; readonly name: string; readonly first: number | undefined }
  | {
      readonly _tag: 'Line'
      /** The first characters, enough for seq and prev. */
      readonly start: () => string
      /** What it tells: `other` is no change and no decision, `undefined` no line of ours. */
      readonly told: () => JournalLine | 'other' | undefined
      readonly sha256: () => string
    }
  /** What follows the last line end of a file. */
  | { readonly _tag: 'Torn'; readonly bytes: number }
  | { readonly _tag: 'Endless' }

export type Noted = { readonly seq: number; readonly sha256: string }

/** How far the chain holds. */
export type Chain = {
  readonly noted: Noted | undefined
  /** Those with a line: the next one may be there before its first. */
  readonly files: number
  readonly lines: number
  /** The file that is read, and how many of its lines were. */
  readonly file: string
  readonly line: number
  readonly first: number | undefined
  /** The last line; `undefined`: whatever comes first is taken as it is. */
  readonly end: Noted | undefined
  readonly torn: number | undefined
  /** Where a journal first goes on that was not what was last written. */
  readonly rewound: Misfit | undefined
  /** Where it does so last. */
  readonly rewoundLast: Misfit | undefined
}

/** The first line that does not fit. */
export type Misfit = {
  readonly file: string
  readonly line: number
  readonly expected: string
  readonly found: string
  readonly meaning: string
}

const NOTHING_READ = {
  noted: undefined,
  files: 0,
  lines: 0,
  file: '',
  line: 0,
  first: undefined,
  torn: undefined,
  rewound: undefined,
  rewoundLast: undefined,
}

/** The chain before its first line. */
export const whole: Chain = { ...NOTHING_READ, end: { seq: 0, sha256: NOTHING_BEFORE } }

/** A chain whose beginning is somewhere else. */
export const continued: Chain = { ...NOTHING_READ, end: undefined }

/** The chain with one more part of the journal. */
export const follow = (chain: Chain, part: JournalPart): E.Either<Misfit, Chain> => {
  switch (part._tag) {
    case 'Noted':
      return E.right({ ...chain, noted: part.noted })
    case 'File':
      return endedWell(chain) ?? E.right({ ...chain, file: part.name, line: 0, first: part.first })
    case 'Line':
      return followLine(chain, part)
    case 'Torn':
      return E.right({ ...chain, torn: part.bytes })
    case 'Endless':
      return misfit(chain, 'a line', 'no line end', 'no line of ours is so long: the file was changed, or is none of ours')
  }
}

/** Whether a journal that ends so is not the one whose last line was noted. The note may lag behind. */
export const isRewound = (noted: Noted, end: Noted): boolean =>
  noted.seq > end.seq || (noted.seq === end.seq && noted.sha256 !== end.sha256)

/** What is wrong with a journal whose lines all fit: lines that were written are gone. */
export const goneFrom = (chain: Chain): Misfit | undefined => chain.rewound ?? missingAtEnd(chain)

/** What the end of the journal says: lines that were written and are gone. */
export const missingAtEnd = ({ noted, end, file, line }: Chain): Misfit | undefined => {
  const seq = end?.seq ?? 0
  if (noted === undefined || noted.seq <= seq) return undefined
  const gone = noted.seq - seq
  return {
    file: file === '' ? 'journal.jsonl' : file,
    line: line + 1,
    expected: `seq ${seq + 1}${gone === 1 ? '' : ` and on to ${noted.seq}`}`,
    found: 'the end of the journal',
    meaning: `${gone === 1 ? 'a line that was written is' : `${gone} lines that were written are`} gone, or not whole any more; journal.head names seq ${noted.seq} as the last one`,
  }
}

const misfit = (
  { file, line }: Pick<Chain, 'file' | 'line'>,
  expected: string,
  found: string,
  meaning: string,
): E.Either<Misfit, never> => E.left({ file, line: line + 1, expected, found, meaning })

// Only the last file may end in the middle of a line, or be empty.
const endedWell = (chain: Chain): E.Either<Misfit, never> | undefined => {
  if (chain.torn !== undefined)
    return misfit(
      chain,
      'a line end',
      `the end of the file after ${chain.torn} bytes`,
      'a full file ends with a whole line: it was changed',
    )
  return chain.file !== '' && chain.line === 0
    ? misfit(chain, 'a line', 'an empty file', 'a full file has lines: they are gone')
    : undefined
}

const START = /^\{"seq":([1-9]\d{0,15}),"prev":"([0-9a-f]{64})",/

/** The seq that a line says it has; `undefined` where it is no line of ours. */
export const seqOf = (start: string): number | undefined => {
  const digits = START.exec(start)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

const followLine = (chain: Chain, { start, sha256 }: Extract<JournalPart, { _tag: 'Line' }>): E.Either<Misfit, Chain> => {
  const [, digits, prev] = START.exec(start()) ?? []
  if (digits === undefined || prev === undefined)
    return misfit(
      chain,
      `seq ${(chain.end?.seq ?? 0) + 1}`,
      'no line of the journal',
      'the line was changed, or something else wrote here',
    )
  const seq = Number(digits)
  const next = (chain.end?.seq ?? seq - 1) + 1
  if (chain.line === 0 && chain.first !== undefined && chain.first !== seq)
    return misfit(
      chain,
      `seq ${chain.first}, as the file's name says`,
      `seq ${seq}`,
      'the file was renamed, or its first lines changed',
    )
  if (seq !== next) return misfit(chain, `seq ${next}`, `seq ${seq}`, outOfOrder(next, seq))
  if (chain.end !== undefined && prev !== chain.end.sha256) {
    const meaning =
      seq === 1 ? 'the first line was changed' : 'the line before it, or `prev` of this one, was changed after it was written'
    return misfit(chain, `prev ${chain.end.sha256}`, `prev ${prev}`, meaning)
  }
  const hash = sha256()
  if (chain.noted?.seq === seq && chain.noted.sha256 !== hash) {
    const meaning = 'the line, or the note of it in journal.head, was changed after it was written'
    return misfit(chain, `a line with the hash ${chain.noted.sha256}`, `one with ${hash}`, meaning)
  }
  const end = { seq, sha256: hash }
  const rewoundLast = REWOUND.test(start()) ? rewoundAt(chain, seq) : chain.rewoundLast
  return E.right({
    ...chain,
    files: chain.line === 0 ? chain.files + 1 : chain.files,
    lines: chain.lines + 1,
    line: chain.line + 1,
    end,
    rewound: chain.rewound ?? rewoundLast,
    rewoundLast,
  })
}

const REWOUND = /^\{"seq":\d+,"prev":"[0-9a-f]{64}","event":"rewound"/

const rewoundAt = ({ file, line }: Chain, seq: number): Misfit => ({
  file,
  line: line + 1,
  expected: 'to go on after the last line written',
  found: 'that line gone or changed',
  meaning: `an older or changed journal had been put back before seq ${seq} was written: that line says which line was the last`,
})

const outOfOrder = (next: number, seq: number): string => {
  if (seq < next) return 'a line stands twice or out of order'
  const gone = seq - next
  return gone === 1 ? 'a line before it is missing' : `${gone} lines before it are missing, perhaps a whole file`
}
