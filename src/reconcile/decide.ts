// A person's decision: journalled with who and why, then remembered. It counts from the next look on, and for changes that have not started yet.
import type { Failure } from '../domain/basics/failure.ts'
import type { JournalLine } from '../domain/journal/journal.ts'
import type { Decider, Decision } from '../domain/memory/decision.ts'
import { aftermath, type DecisionSaid, decided, decisionNote, decisionText, meantBy, untaken } from '../domain/memory/decision.ts'
import type { Ledger } from '../domain/memory/ledger.ts'
import { E, pipe, TE } from '../fp.ts'
import type { Clock, Journal, Ledgers } from '../ports.ts'

export type DecidePorts = { readonly ledgers: Ledgers; readonly journal: Journal; readonly clock: Clock }

/** Takes a decision; the refusal in words where it cannot be taken. */
export const decide = (
  { ledgers, journal, clock }: DecidePorts,
  asked: Decision,
  person: Omit<Decider, 'now'>,
): TE.TaskEither<Failure, E.Either<string, string>> => {
  const now = clock.now()
  const { by, reason } = person
  const decider = { ...person, now: now.getTime() }
  return pipe(
    currentOf(ledgers),
    TE.chain((ledger) => {
      const decision = meantBy(ledger, asked, decider.now)
      const after = decided(ledger, decision, decider)
      if (E.isLeft(after)) return TE.right<Failure, E.Either<string, string>>(after)
      const tell = (said: ReadonlyArray<DecisionSaid>) =>
        journal.append(said.map((one): JournalLine => ({ event: 'decision', at: now.toISOString(), ...one })))
      return pipe(
        tell([{ what: decisionText(decision), by, reason, decision: decisionNote(decision) }]),
        TE.chain(() =>
          pipe(
            ledgers.update((before) => {
              const changed = decided(before, decision, decider)
              return E.isLeft(changed) ? before : changed.right
            }),
            // The journal has told of it already. Where it cannot be told of this either, the person is told alone.
            TE.orElse((why) => async () => {
              await tell(untaken(ledger, decision, decider))()
              return E.left(why)
            }),
          ),
        ),
        TE.map(() => {
          const then = aftermath(ledger, decision, decider.now)
          return E.right([decisionText(decision), ...(then === undefined ? [] : [then])].join('\n'))
        }),
      )
    }),
  )
}

const currentOf = (ledgers: Ledgers): TE.TaskEither<Failure, Ledger> => {
  const current = ledgers.current()
  return current === undefined ? ledgers.read() : TE.right(current)
}
