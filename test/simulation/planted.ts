// The board of planted bugs, `planted.txt`: bugs of one line, of the kind that a tired person writes. Each must be caught, by the simulation or
// by a named fast test; a test that cannot see a bug is no test.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export type Planted = {
  /** The promise that it breaks. */
  readonly promise: string
  readonly what: string
  readonly file: string
  /** What must catch it: seeds of the simulation, lived `twice` where two that differ tell it, or tests whose path holds this. */
  readonly by:
    | { readonly _tag: 'Seeds'; readonly late: boolean; readonly twice: boolean }
    | { readonly _tag: 'Test'; readonly path: string }
  readonly was: string
  readonly is: string
}

const ROOT = resolve(import.meta.dirname, '../..')

const plantedOf = (block: string): Planted => {
  const [title = '', place = '', ...lines] = block.split('\n')
  const [promise = '', ...what] = title.split(' ')
  const [file = '', by, path] = place.split(' ')
  const of = (mark: string): string =>
    lines
      .filter((line) => line.startsWith(mark))
      .map((line) => line.slice(1))
      .join('\n')
  return {
    promise,
    what: what.join(' '),
    file,
    by:
      by === 'test' && path !== undefined
        ? { _tag: 'Test', path }
        : { _tag: 'Seeds', late: path === 'late', twice: path === 'twice' },
    was: of('-'),
    is: of('+'),
  }
}

/** All planted bugs. */
export const board = (text: string = readFileSync(join(import.meta.dirname, 'planted.txt'), 'utf8')): ReadonlyArray<Planted> =>
  text
    .split('\n\n')
    .map((block) => block.trimEnd())
    .filter((block) => block !== '' && !block.startsWith('#'))
    .map(plantedOf)

/** A source with the bug in it; throws where the lines are not there once, since a board that is out of date proves nothing. */
export const withBug = ({ file, was, is }: Planted): string => {
  const text = readFileSync(join(ROOT, file), 'utf8')
  if (was === '' || text.split(was).length !== 2) throw new Error(`${file} does not have this once: ${was}`)
  return text.replace(was, () => is)
}

/**
 * Tests that take seconds on a small machine. One that holds a bound of time is not among them: where much else is going on, it would be red
 * whatever the bug is.
 */
const QUICK = ['domain/', 'adapters/', 'reconcile/answers', 'floorplan', 'secrecy/words', 'words-of-keys']
const HOLDS_A_BOUND = ['adapters/ledger-file']

/** Whether a push has the time to see it caught. */
export const isQuick = ({ by }: Planted): boolean =>
  by._tag === 'Seeds'
    ? !by.late
    : QUICK.some((part) => by.path.startsWith(part)) && !HOLDS_A_BOUND.some((part) => by.path.startsWith(part))

/** A number that is the same for the same sources, so that a test that is run again says the same. */
export const turnOf = (files: ReadonlyArray<string>): number => {
  const hash = createHash('sha256')
  for (const file of [...files].sort()) hash.update(file).update(readFileSync(join(ROOT, file)))
  return hash.digest().readUInt32BE()
}

/** So many of the board, others each time that the turn is another one. */
export const sampleOf = <A>(all: ReadonlyArray<A>, count: number, turn: number): ReadonlyArray<A> =>
  Array.from({ length: Math.min(count, all.length) }, (_, n) => all[(turn * count + n) % all.length]).filter(
    (one) => one !== undefined,
  )
