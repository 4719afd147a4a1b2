// Testifying: the lines of a run for the evidence, once it is over. A journal that cannot be written is told, and stops no detection; what it
// was not told, the next run tells.
import type { Failure } from '../domain/basics/failure.ts'
import { failureLine } from '../domain/basics/failure.ts'
import type { JournalLine } from '../domain/journal/journal.ts'
import { fresh, ofConfig, ofFailure, ofRun, type Ran, type Testimony } from '../domain/journal/witness.ts'
import type { Report } from '../domain/plan/plan.ts'
import { E, pipe, TE } from '../fp.ts'
import type { Clock, Journal, Tell, WitnessMemory } from '../ports.ts'
import type { Config } from './plan.ts'
import type { Run } from './reconcile.ts'

export type TestifyPorts = {
  readonly journal: Journal
  readonly told: WitnessMemory
  readonly clock: Pick<Clock, 'now' | 'inTurns'>
  readonly tell: Tell
}

/** A memory of what the journal was told, for one process. */
export const witnessMemory = (): WitnessMemory => {
  let witness = fresh
  let owed: ReadonlyArray<JournalLine> = []
  return {
    owed: () => owed,
    owe: (lines) => {
      owed = lines
    },
    last: () => witness,
    keep: (next) => {
      witness = next
    },
  }
}

/** Appends lines after those that could not be written before. */
export const appendOwed = (
  { journal, told }: Pick<TestifyPorts, 'journal' | 'told'>,
  lines: ReadonlyArray<JournalLine>,
): TE.TaskEither<Failure, void> =>
  pipe(
    journal.append([...told.owed(), ...lines]),
    TE.map(() => told.owe([])),
  )

/** The line that says which config is in force, where the journal does not say so yet; `keep` once it is written. */
export const configLine = (
  { told }: Pick<TestifyPorts, 'told'>,
  config: Config,
  at: string,
): { readonly lines: ReadonlyArray<JournalLine>; readonly keep: () => void } => {
  const { lines, witness } = ofConfig(told.last(), config, at)
  return { lines, keep: () => told.keep(witness) }
}

/** A run that is over, however it ended. `looked` is when its look was over. */
export type Over = {
  readonly runId: string
  readonly run: Run
  readonly began: number
  readonly looked: number | undefined
  readonly ended: E.Either<Failure, Report>
}

/** Tells the journal of a run; never fails. */
export const testify = async (ports: TestifyPorts, config: Config, { runId, run, began, looked, ended }: Over): Promise<void> => {
  const ran: Ran = {
    runId,
    trigger: run.by,
    who: run.who,
    began,
    ended: ports.clock.now().getTime(),
    only: run.scopes === undefined ? undefined : [...run.scopes],
    // A run that was stopped while it looked says nothing of the scopes that it did not reach.
    filtered:
      run.user !== undefined ||
      run.undo !== undefined ||
      ((run.signal.aborted || run.givesWay?.aborted === true) && E.isRight(ended) && ended.right.plan.scopes.some(isUnseen)),
    frozen: run.frozen !== undefined,
  }
  // Nothing was asked of anybody's users, and a journal would be begun with it in a folder that nothing was done in.
  if (E.isLeft(ended) && ended.left._tag === 'WrongUsage') return
  const { lines, witness } = await testimony(ports, config, { ran, looked, ended })
  const written = await appendOwed(ports, lines)()
  if (E.isRight(written)) ports.told.keep(witness)
  // Where the run failed for the same reason, that is told already.
  else if (E.isRight(ended) || ended.left._tag !== 'StateUnusable')
    ports.tell({ _tag: 'Notice', level: 'warn', message: `the journal was not told of a run: ${failureLine(written.left)}` })
}

const isUnseen = ({ _tag }: Report['plan']['scopes'][number]): boolean => _tag === 'Errored'

type Spoken = Pick<Over, 'looked' | 'ended'> & { readonly ran: Ran }

const testimony = async ({ told, clock }: TestifyPorts, config: Config, { ran, looked, ended }: Spoken): Promise<Testimony> =>
  E.isLeft(ended)
    ? ofFailure(told.last(), config, ran, ended.left)
    : clock.inTurns(ofRun(told.last(), config, { ...ran, looked: looked ?? ran.ended, report: ended.right }))
