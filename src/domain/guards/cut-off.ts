// S2: a config file that ended with the document end line when it was last applied, and does not now, may have been cut off. A person whose
// `status: blocked` stood in the lost part would be opened, a lost `mode: observe` would let everything be written, and the entry that now stands
// last may lack what its user is not to have.
import { DAY } from '../basics/time.ts'
import type { Ledger, ScopeMemory } from '../memory/ledger.ts'
import type { Change } from '../plan/plan.ts'
import type { Ending } from '../wanted/desired.ts'
import type { Scope } from '../wanted/scope.ts'

/**
 * What a lost end line holds: every change where something that restrains is lost with it, else whatever opens a user, or concerns the one whose
 * entry may lack its end.
 */
export type CutOff = { readonly what: string; readonly why: string; readonly holds: (change: Change) => boolean }

/** Whether a change opens a live user. */
export const opens = ({ change, fields }: Change): boolean =>
  change !== 'create' && fields.some(({ field, to }) => field === 'status' && to === 'allowed')

/** The end lines that are remembered for a scope. Of one that was never met, what other scopes know of the files is all that anybody knows. */
export const endsIn = ({ scopes }: Pick<Ledger, 'scopes'>, scope: Scope): ScopeMemory['ends'] => {
  const memory = scopes.get(scope)
  if (memory !== undefined) return memory.ends
  const known = new Map([...scopes.values()].flatMap(({ ends = [] }) => ends.map((end) => [end.file, end] as const)))
  return known.size === 0 ? undefined : [...known.values()]
}

/** The files whose end line is gone while they are still part of the config, as they were and as they are. */
const lostIn = (ends: ScopeMemory['ends'], endings: ReadonlyArray<Ending>) =>
  (ends ?? []).flatMap((end) => {
    const now = endings.find(({ file }) => file === end.file)
    return now === undefined || now.isMarked ? [] : [{ end, now }]
  })

const restraintsIn = ({ restraints, inScopes }: Ending, scope: Scope): ReadonlyArray<string> => [
  ...restraints,
  ...(inScopes?.get(scope) ?? []),
]

// What is remembered for a scope that was never met is of others.
const allSaid = ({ restraints, inScopes }: Ending): ReadonlySet<string> =>
  new Set([...restraints, ...[...(inScopes?.values() ?? [])].flat()])

/** What may be cut off in a scope; `undefined` where every file that had its end line has it, or is no longer part of the config. */
export const cutOffIn = (ends: ScopeMemory['ends'], endings: ReadonlyArray<Ending>, scope: Scope): CutOff | undefined => {
  const lost = lostIn(ends, endings)
  if (lost.length === 0) return undefined
  const gone = lost.flatMap(({ end, now }) => goneOf(end.restraints, allSaid(now)))
  const last = lost.flatMap(({ now }) => (now.last?.scope === scope ? [now.last] : []))
  const names = last.map(({ username }) => username)
  const files = lost.map(({ end }) => end.file).join(', ')
  const what = `${files} ended with the line ... when it was last applied and does not now: it may be cut off`
  const waits =
    gone.length > 0
      ? `every change, since ${named(gone)} went with it, waits`
      : last.length > 0
        ? `opening a user, and every change of ${names.join(', ')}, whose entry stands last, waits`
        : 'opening a user waits'
  return {
    what,
    why: `${what}, so ${waits} for a person; if the file is whole, end it with ... again`,
    holds: (change) =>
      change.cause !== 'undo' &&
      (gone.length > 0 ||
        opens(change) ||
        last.some((entry) => entry.username === change.username && !(entry.hasStatus && onlyBlocks(change)))),
  }
}

// What blocks a user whose status stands in what is left of its entry; but a rule may not be met for what it has lost.
const onlyBlocks = ({ change, fields }: Change): boolean =>
  change === 'block' && fields.every(({ field, rule }) => field === 'status' && rule === undefined)

/** What is said no more, without what stands in something of that: it follows right behind it. */
const goneOf = (before: ReadonlyArray<string>, now: ReadonlySet<string>): ReadonlyArray<string> => {
  const gone: Array<string> = []
  for (const one of before) {
    const whole = gone.at(-1)
    const isWithin = whole !== undefined && (one.startsWith(`${whole}.`) || one.startsWith(`${whole}[`))
    if (!now.has(one) && !isWithin) gone.push(one)
  }
  return gone
}

const MOST_NAMED = 4
const named = (gone: ReadonlyArray<string>): string =>
  `${gone.slice(0, MOST_NAMED).join(', ')}${gone.length > MOST_NAMED ? ` and ${gone.length - MOST_NAMED} more` : ''}`

// A file may be away while somebody moves it about, and what comes back may be cut off.
const LONGEST_AWAY = 30 * DAY

type Since = {
  readonly scope: Scope
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
export const endsAfter = (
  before: ScopeMemory['ends'],
  { scope, now, endings, open, made, person, filtered }: Since,
): ScopeMemory['ends'] => {
  const cut = cutOffIn(before, endings, scope)
  const isSettled = cut === undefined || (!filtered && (person || made.some(cut.holds)) && !open.some(cut.holds))
  const kept = isSettled ? [] : lostIn(before, endings).map(({ end: { file, restraints } }) => ({ file, restraints }))
  const away = (before ?? [])
    .filter(({ file }) => !endings.some((one) => one.file === file))
    .map((end) => ({ ...end, gone: end.gone ?? now }))
    .filter(({ gone }) => now - gone < LONGEST_AWAY)
  const found = endings
    .filter(({ isMarked }) => isMarked)
    .map((one) => ({ file: one.file, restraints: restraintsIn(one, scope) }))
  const ends = [...kept, ...away, ...found]
  return ends.length === 0 ? undefined : ends
}
