// Recording: the intent before the first write, the outcomes and the memory after the last one (promise S9).
import type { Failure } from '../domain/failure.ts'
import type { JournalField, JournalLine } from '../domain/journal.ts'
import type { FieldChange, ScopePlan } from '../domain/plan.ts'
import { afterRun, beforeWrites } from '../domain/remember.ts'
import { Secret } from '../domain/secret.ts'
import type { Value } from '../domain/settings.ts'
import { pipe, TE } from '../fp.ts'
import type { Accounts } from '../ports.ts'
import { withPause } from './observe.ts'
import type { Config, Considered } from './plan.ts'
import type { ReconcilePorts, Run } from './reconcile.ts'
import type { WriteResult } from './write.ts'

type Intent = {
  readonly runId: string
  readonly config: Config
  readonly considered: Considered<Accounts>
  readonly agreed: boolean
}

/** Writes down durably what is about to be done; gives the scopes to write to, none where nobody agreed. */
export const intend = (
  ports: Pick<ReconcilePorts, 'journal' | 'ledgers' | 'clock'>,
  { runId, config, considered, agreed }: Intent,
): TE.TaskEither<Failure, ReadonlyArray<ScopePlan>> => {
  const due = considered.plan.scopes.filter((scope) => scope._tag === 'Planned').filter(({ changes }) => changes.length > 0)
  if (!agreed || due.length === 0) return TE.right([])
  const at = ports.clock.now().toISOString()
  const lines = due.flatMap(({ scope, digest, changes }) =>
    changes.map(
      (change): JournalLine => ({
        event: 'intent',
        at,
        run_id: runId,
        scope,
        username: change.username,
        change: change.change,
        cause: change.cause,
        plan_digest: digest,
        config_digest: config.digest,
        fields: change.fields.map(journalField),
      }),
    ),
  )
  const { prints, now, sight } = considered
  const before = due.reduce(
    (ledger, { scope, changes }) => beforeWrites(ledger, { scope, changes, origin: sight.connection.origin, prints, now }),
    sight.ledger,
  )
  return pipe(
    ports.journal.append(lines),
    TE.chain(() => ports.ledgers.write(before)),
    TE.map(() => due),
  )
}

const journalField = ({ field, from, to }: FieldChange): JournalField => ({ field, from: shown(from), to: shown(to) })

const shown = (value: Value | undefined): string | number | boolean | null =>
  value === undefined ? null : value instanceof Secret ? '(sensitive)' : value

type Outcome = Omit<Intent, 'agreed'> & {
  readonly intended: ReadonlyArray<ScopePlan>
  readonly written: WriteResult
  readonly run: Run
}

/** Writes down what came of it, and what to remember. */
export const remember = (
  ports: Pick<ReconcilePorts, 'journal' | 'ledgers' | 'clock' | 'crypto'>,
  outcome: Outcome,
): TE.TaskEither<Failure, void> => {
  const { considered, config, intended, runId, written, run } = outcome
  const { connection, ledger } = considered.sight
  const now = ports.clock.now()
  const at = now.toISOString()
  const lines = intended.flatMap(({ scope }) =>
    (written.ended.get(scope) ?? []).map((ended): JournalLine => {
      const requestId = written.requestIds.get(scope)?.get(ended.username)
      return {
        event: 'outcome',
        at,
        run_id: runId,
        scope,
        username: ended.username,
        change: ended.change,
        outcome: ended.outcome,
        ...(ended.error === undefined ? {} : { error: ended.error }),
        ...(requestId === undefined ? {} : { request_id: requestId }),
      }
    }),
  )
  const origin = connection.origin
  const begun = intended.reduce(
    (sum, { scope, changes }) => beforeWrites(sum, { scope, changes, origin, prints: considered.prints, now: considered.now }),
    ledger,
  )
  const facts = { origin, prints: considered.prints, now: now.getTime(), person: run.person && run.user === undefined }
  const known = [...considered.drafts].reduce((sum, [scope, draft]) => {
    const desired = config.desired.scopes.find((one) => one.scope === scope)
    if (desired === undefined) return sum
    const live = written.after.get(scope) ?? draft.live
    return afterRun(sum, {
      ...facts,
      draft,
      desired,
      live,
      ended: written.ended.get(scope) ?? [],
      refused: written.refused.get(scope) ?? new Map(),
      refusals: written.refusals.get(scope) ?? new Map(),
      touched: written.touched.get(scope) ?? new Set(),
    })
  }, begun)
  const paused =
    written.keyFailure === undefined
      ? known
      : withPause(known, connection.keyPrint, written.keyFailure, now.getTime(), ports.crypto.random())
  return pipe(
    lines.length === 0 ? TE.right(undefined) : ports.journal.append(lines),
    TE.chain(() => ports.ledgers.write(paused)),
  )
}
