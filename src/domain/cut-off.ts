// S2: a config file that ended with the document end line when it was last applied, and does not now, may have been cut off. A person whose
// `status: blocked` stood in the lost part would be opened, and a lost `mode: observe` would let everything be written.
import type { Ending } from './desired.ts'
import type { ScopeMemory } from './ledger.ts'
import type { Change } from './plan.ts'
import { DAY } from './time.ts'

/** What a lost end line holds: every change where a key that restrains is lost with it, else whatever opens a user. */
export type CutOff = { readonly what: string; readonly why: string; readonly holds: (change: Change) => boolean }

/** Whether a change opens a live user. */
export const opens = ({ change, fields }: Change): boolean =>
  change !== 'create' && fields.some(({ field, to }) => field === 'status' && to === 'allowed')

/** The files whose end line is gone while they are still part of the config, as they were and as they are. */
const lostIn = (memory: ScopeMemory | undefined, endings: ReadonlyArray<Ending>) =>
  (memory?.ends ?? []).flatMap((end) => {
    const now = endings.find(({ file }) => file === end.file)
    return now === undefined || now.isMarked ? [] : [{ end, now }]
  })

/** What may be cut off; `undefined` where every file that had its end line has it, or is no longer part of the config. */
export const cutOffIn = (memory: ScopeMemory | undefined, endings: ReadonlyArray<Ending>): CutOff | undefined => {
  const lost = lostIn(memory, endings)
  if (lost.length === 0) return undefined
  const gone = lost.flatMap(({ end, now }) => end.restraints.filter((key) => !now.restraints.includes(key)))
  const files = lost.map(({ end }) => end.file).join(', ')
  const what = `${files} ended with the line ... when it was last applied and does not now: it may be cut off`
  const waits = gone.length === 0 ? 'opening a user' : `every change, since ${gone.join(', ')} went with it,`
  return {
    what,
    why: `${what}, so ${waits} waits for a person; if the file is whole, end it with ... again`,
    holds: (change) => change.cause !== 'undo' && (gone.length > 0 || opens(change)),
  }
}

// A file may be away while somebody moves it about, and what comes back may be cut off.
const LONGEST_AWAY = 30 * DAY

type Since = {
  readonly now: number
  readonly endings: ReadonlyArray<Ending>
  /** Changes that are still withheld, and those that were made by a person's word on the file. */
  readonly open: ReadonlyArray<Change>
  readonly made: ReadonlyArray<Change>
  /** A person stood behind the run. */
  readonly person: boolean
  /** Only some users were looked at, so that nobody knows what waits for the others. */
  readonly filtered: boolean
}

/** The end lines to remember: a lost one until a person stood behind a run over everything that leaves nothing waiting for it. */
export const endsAfter = (memory: ScopeMemory, { now, endings, open, made, person, filtered }: Since): ScopeMemory['ends'] => {
  const cut = cutOffIn(memory, endings)
  const isSettled = cut === undefined || (!filtered && (person || made.some(cut.holds)) && !open.some(cut.holds))
  const kept = isSettled ? [] : lostIn(memory, endings).map(({ end: { file, restraints } }) => ({ file, restraints }))
  const away = (memory.ends ?? [])
    .filter(({ file }) => !endings.some((one) => one.file === file))
    .map((end) => ({ ...end, gone: end.gone ?? now }))
    .filter(({ gone }) => now - gone < LONGEST_AWAY)
  const found = endings.filter(({ isMarked }) => isMarked).map(({ file, restraints }) => ({ file, restraints }))
  const ends = [...kept, ...away, ...found]
  return ends.length === 0 ? undefined : ends
}
