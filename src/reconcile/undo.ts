// Undoing a run: recall what it did from the journal, plan the before-values through the same guards, agree, hold its users, then write.
// The hold is durable before the first write, so whatever happens after it, the config does not set the values again at once.
import type { Failure } from '../domain/basics/failure.ts'
import { holding } from '../domain/decisions/hold.ts'
import { recollection, UNDO_HOLD, type Undo, undoTrigger, usersOf } from '../domain/decisions/undo.ts'
import { type Misfit, missingAtEnd } from '../domain/journal/chain.ts'
import type { Plan, Report } from '../domain/plan/plan.ts'
import type { Unfinished } from '../domain/plan/report.ts'
import { plannedIn } from '../domain/plan/summary.ts'
import { E, pipe, TE } from '../fp.ts'
import type { AccountReader, Agreed, JournalReader } from '../ports.ts'
import { decide } from './decide.ts'
import { readChecked } from './journal.ts'
import type { ObservePorts } from './observe.ts'
import type { Ask, Config } from './plan.ts'
import { consider } from './plan.ts'
import { exactly, type ReconcilePorts, type Run, reconciling, type Word } from './reconcile.ts'

/** What undoing needs besides what a run does: the journal, to read. */
export type UndoPorts = ReconcilePorts & { readonly past: JournalReader }

/** Whether the plan of an undo may be applied: a person is asked when it is there, or has agreed elsewhere. */
export type Agreement = Agreed | { readonly _tag: 'Asked'; readonly ask: NonNullable<Run['ask']> }

/** What came of an undo, and until when its users are on hold. */
export type Undone = {
  readonly run: string
  readonly report: Report
  readonly heldUntil: number | undefined
  /** The options with which a quoted command finds us. */
  readonly reachedBy: string | undefined
}

/** The plan of an undo. */
export type UndoPlan = { readonly run: string; readonly plan: Plan }

type Sense = Pick<Ask, 'frozen' | 'signal' | 'givesWay' | 'reachedBy'>

/** Plans the undo of a run; reads only. */
export const planUndo = <A extends AccountReader>(
  ports: ObservePorts<A> & { readonly past: JournalReader },
  config: Config,
  wanted: string,
  sense: Sense,
): TE.TaskEither<Failure, UndoPlan> =>
  pipe(
    recall(ports.past, wanted),
    TE.chain((undo) =>
      pipe(
        consider(ports, config, askOf(undo, undefined, sense)),
        TE.map(({ plan }) => ({ run: undo.run, plan })),
      ),
    ),
  )

type UndoAsk = Sense &
  Pick<Run, 'outdated'> & {
    readonly wanted: string
    readonly agreement: Agreement
    readonly word: Word
    readonly signal: AbortSignal
  }

/** Undoes a run. */
export const undoRun = (ports: UndoPorts, config: Config, ask: UndoAsk): TE.TaskEither<Unfinished, Undone> => {
  const { agreement, word } = ask
  return pipe(
    recall(ports.past, ask.wanted),
    TE.mapLeft((failure): Unfinished => ({ failure })),
    TE.chain((undo) => {
      const agreed = (plan: Plan): TE.TaskEither<Failure, boolean> =>
        pipe(
          agreementOn(agreement, plan),
          TE.chain((yes) => (yes && isDue(plan) ? onHold(undo) : TE.right(yes))),
        )
      const onHold = ({ run }: Undo): TE.TaskEither<Failure, boolean> => {
        const until = ports.clock.now().getTime() + UNDO_HOLD
        const reason = word.reason === '' ? 'this run was undone' : word.reason
        return pipe(
          decide(ports, { _tag: 'Hold', what: { _tag: 'Undo', run, users: usersOf(undo) }, until }, { by: word.by, reason }),
          TE.map((taken) => {
            if (E.isLeft(taken)) throw new Error(`the hold of an undo was refused: ${taken.left}`)
            return true
          }),
        )
      }
      const digest = agreement._tag === 'Exactly' ? agreement.digest : undefined
      return pipe(
        reconciling(ports, config, {
          ...askOf(undo, digest, ask),
          signal: ask.signal,
          by: undoTrigger(undo.run),
          word,
          ...(ask.outdated === undefined ? {} : { outdated: ask.outdated }),
          ...(agreement._tag === 'Asked' ? { ask: agreement.ask } : {}),
          agree: agreed,
        }),
        TE.map((report) => ({ run: undo.run, report, heldUntil: holdEnd(ports, undo.run), reachedBy: ask.reachedBy })),
      )
    }),
  )
}

const holdEnd = ({ ledgers, clock }: Pick<UndoPorts, 'ledgers' | 'clock'>, run: string): number | undefined => {
  const holds = holding(ledgers.current()?.holds ?? [], clock.now().getTime())
  return holds.find(({ what }) => what._tag === 'Undo' && what.run === run)?.until
}

const askOf = (undo: Undo, digest: string | undefined, { frozen, signal, givesWay, reachedBy }: Sense): Ask => ({
  user: undefined,
  scopes: undefined,
  digest,
  person: true,
  frozen,
  signal,
  givesWay,
  reachedBy,
  undo,
  approveWith: (found) => `undo ${undo.run} --digest ${found}`,
})

const isDue = (plan: Plan): boolean => plannedIn(plan).some(({ changes }) => changes.length > 0)

const agreementOn = (agreement: Agreement, plan: Plan): TE.TaskEither<Failure, boolean> => {
  switch (agreement._tag) {
    case 'Asked':
    case 'Anyway':
      return TE.right(true)
    case 'Shown':
    case 'Exactly':
      return exactly(agreement.digest, plan)
  }
}

/** What the journal tells of a run; a journal that was changed is no ground to set values from. */
const recall = (past: JournalReader, wanted: string): TE.TaskEither<Failure, Undo> => {
  let memory = recollection(wanted)
  let before: ReadonlyArray<typeof memory> = []
  let rewound: Misfit | undefined
  return pipe(
    readChecked(past, {
      files: 'all',
      take: (part, { chain, misfit }) => {
        if (chain.rewoundLast !== rewound)
          [before, memory, rewound] = [[...before, memory], recollection(wanted), chain.rewoundLast]
        const line = part._tag === 'Line' && misfit === undefined ? part.told() : undefined
        if (line !== undefined && line !== 'other') memory.take(line)
        return misfit === undefined
      },
    }),
    TE.chain(({ chain, misfit }): TE.TaskEither<Failure, Undo> => {
      // What was written after an older journal was put back is as good as ever, and says so for good that one was.
      const wrong = misfit === chain.rewound ? missingAtEnd(chain) : misfit
      if (wrong !== undefined) return unfit(wrong, 'the journal does not fit here')
      if (rewound !== undefined && before.some(({ knows }) => knows()))
        return unfit(
          rewound,
          'an older or changed journal had been put back when this line was written, and a run of this name stands before it',
        )
      return pipe(
        memory.found(),
        E.mapLeft((message): Failure => ({ _tag: 'NoSuchRun', message })),
        TE.fromEither,
      )
    }),
  )
}

const unfit = ({ file, line }: Misfit, why: string): TE.TaskEither<Failure, never> =>
  TE.left({ _tag: 'StateUnusable', path: `${file}:${line}`, message: `${why}, so nothing is set back by it: see \`verify-log\`` })
