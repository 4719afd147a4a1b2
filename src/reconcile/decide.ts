// A person's decision: journalled with who and why, then remembered. It counts from the next look on, and for changes that have not started yet.
import type { Decider, Decision } from '../domain/decision.ts'
import { decided, decisionNote, decisionText } from '../domain/decision.ts'
import type { Failure } from '../domain/failure.ts'
import type { Ledger } from '../domain/ledger.ts'
import { E, pipe, TE } from '../fp.ts'
import type { Clock, Journal, Ledgers } from '../ports.ts'

export type DecidePorts = { readonly ledgers: Ledgers; readonly journal: Journal; readonly clock: Clock }

/** Takes a decision; the refusal in words where it cannot be taken. */
export const decide = (
  { ledgers, journal, clock }: DecidePorts,
  decision: Decision,
  person: Omit<Decider, 'now'>,
): TE.TaskEither<Failure, E.Either<string, string>> => {
  const now = clock.now()
  const { by, reason } = person
  const decider = { ...person, now: now.getTime() }
  return pipe(
    currentOf(ledgers),
    TE.chain((ledger) => {
      const after = decided(ledger, decision, decider)
      if (E.isLeft(after)) return TE.right<Failure, E.Either<string, string>>(after)
      return pipe(
        journal.append([
          {
            event: 'decision',
            at: now.toISOString(),
            what: decisionText(decision),
            by,
            reason,
            decision: decisionNote(decision),
          },
        ]),
        TE.chain(() =>
          ledgers.update((before) => {
            const changed = decided(before, decision, decider)
            return E.isLeft(changed) ? before : changed.right
          }),
        ),
        TE.map(() => E.right(decisionText(decision))),
      )
    }),
  )
}

const currentOf = (ledgers: Ledgers): TE.TaskEither<Failure, Ledger> => {
  const current = ledgers.current()
  return current === undefined ? ledgers.read() : TE.right(current)
}
