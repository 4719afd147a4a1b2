// What was begun, by the intents: a run that was killed wrote down neither an outcome nor its own end, and yet what it had begun may have been
// made. A report that leaves that out says more than the journal proves.
import { iso } from '../basics/time.ts'
import { changeKey, type IntentLine, type OutcomeLine, type RunLine } from '../journal/journal.ts'
import type { EvidencePeriod } from './collect.ts'
import { isOwn } from './decisions.ts'
import type { DecisionEvidence, NoOutcomeEvidence } from './document.ts'

type Begun = { readonly line: IntentLine; readonly seq: number }
type BegunRun = Begun & { changes: number; reason: string }

/** Follows what is begun until its end is written down, also where that is after the period: it is told of then. */
export const begunIn = ({ since }: EvidencePeriod) => {
  const from = iso(since)
  const open = new Map<string, Begun>()
  const runs = new Map<string, BegunRun>()

  const within = <A extends Begun>(all: ReadonlyMap<string, A>): ReadonlyArray<A> =>
    [...all.values()].filter(({ line }) => line.at >= from)

  return {
    intent: (line: IntentLine, seq: number): void => {
      open.set(changeKey(line), { line, seq })
      const run = runs.get(line.run_id) ?? { line, seq, changes: 0, reason: '' }
      runs.set(line.run_id, run)
      run.changes += 1
      if (run.reason === '' && (line.approved_by === undefined || isOwn(line))) run.reason = line.reason ?? ''
    },
    outcome: (line: OutcomeLine): void => {
      open.delete(changeKey(line))
      const run = runs.get(line.run_id)
      if (run !== undefined && line.outcome === 'not_attempted') run.changes -= 1
    },
    run: ({ run_id }: Pick<RunLine, 'run_id'>): void => void runs.delete(run_id),
    noOutcome: (): ReadonlyArray<NoOutcomeEvidence> => within(open).map(noOutcomeIn),
    /** How many runs wrote down no end. */
    unfinished: (): number => within(runs).length,
    /** What people ran that wrote down no end. */
    ran: (): ReadonlyArray<DecisionEvidence> =>
      within(runs).flatMap(({ line, seq, changes, reason }) => {
        const by = runnerOf(line)
        return by === undefined || changes === 0 ? [] : [{ seq, at: line.at, what: line.trigger ?? '', by, reason, changes }]
      }),
  }
}

/** The person who ran it: older lines tell that only of what needed their word. */
const runnerOf = (line: IntentLine): string | undefined => line.by ?? (isOwn(line) ? line.approved_by : undefined)

const noOutcomeIn = ({ line, seq }: Begun): NoOutcomeEvidence => {
  const { at, run_id, trigger = null, scope, username, change, fields } = line
  const by = runnerOf(line) ?? null
  return { seq, at, run_id, trigger, by, scope, username, change, fields: fields.map(({ field }) => field) }
}
