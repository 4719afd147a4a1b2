// What is open in a scope: each thing from the line that first told of it until one says that it is over, or a whole statement leaves it out.
import { iso } from '../basics/time.ts'
import type { DriftNote, FindingNote } from '../journal/journal.ts'
import { findingKey } from '../memory/finding-memory.ts'

/** A thing that is open: as it is now, and with all that it was. */
export type Open<N> = {
  readonly seq: number
  readonly since: number
  readonly lastRight: number | undefined
  note: N
  all: N
}

/** When something ended, and the line that says so. */
export type End = { readonly at: number; readonly seq: number }

/** The end of a statement, if there is one. */
export const endOf = (end: End | undefined): { readonly until: string | null; readonly until_seq: number | null } =>
  end === undefined ? { until: null, until_seq: null } : { until: iso(end.at), until_seq: end.seq }

export const driftKey = ({ username }: DriftNote): string => username
export const noteKey = (note: FindingNote, waived = note.waived === true): string => JSON.stringify([findingKey(note), waived])

type Note = { readonly state: string; readonly fields?: DriftNote['fields']; readonly rules?: ReadonlyArray<string> }

const joined = <N extends Note>(one: N, other: N): N => {
  const both = <A>(some: ReadonlyArray<A> = [], more: ReadonlyArray<A> = []): ReadonlyArray<A> => [...new Set([...some, ...more])]
  const [fields, rules] = [both(one.fields, other.fields), both(one.rules, other.rules)]
  return { ...other, ...(fields.length === 0 ? {} : { fields }), ...(rules.length === 0 ? {} : { rules }) }
}

type Settling<N> = {
  readonly keyOf: (note: N) => string
  /** What a note that is told now for the first time begins with. */
  readonly begin: (note: N) => Pick<Open<N>, 'seq' | 'since' | 'lastRight'>
  readonly isWhole: boolean
  readonly end: (one: Open<N>, note: N | undefined) => void
  /** A rule that is kept again, though not everything is over. */
  readonly kept: (rule: string) => void
}

/** What is open becomes what the notes say; in a whole statement what they leave out is over. */
export const settle = <N extends Note>(
  open: Map<string, Open<N>>,
  notes: ReadonlyArray<N>,
  { keyOf, begin, isWhole, end, kept }: Settling<N>,
): void => {
  const named = new Set<string>()
  for (const note of notes) {
    const key = keyOf(note)
    named.add(key)
    const known = open.get(key)
    if (note.state === 'new' || note.state === 'still') {
      for (const rule of known?.note.rules ?? []) if (note.rules?.includes(rule) !== true) kept(rule)
      if (known === undefined) open.set(key, { ...begin(note), note, all: note })
      else {
        known.note = note
        known.all = joined(known.all, note)
      }
    } else {
      open.delete(key)
      // That something ended of which nobody knew says nothing about when it began; what was found and mended in one run does.
      if (known !== undefined) end({ ...known, note, all: joined(note, known.all) }, note)
      else if (note.state === 'repaired') end({ ...begin(note), note, all: note }, note)
    }
  }
  if (!isWhole) return
  for (const [key, one] of open)
    if (!named.has(key)) {
      open.delete(key)
      end(one, undefined)
    }
}
