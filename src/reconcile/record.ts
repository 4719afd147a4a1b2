// Recording: the intent before the first write, the outcomes and the memory after the last one (promise S9).
import type { Failure } from '../domain/basics/failure.ts'
import { each, type Work } from '../domain/basics/work.ts'
import { isOfStop, isStop, stopOf } from '../domain/decisions/hold.ts'
import { takenAlong } from '../domain/decisions/undo.ts'
import { waitingIn } from '../domain/guards/approve.ts'
import { afterDoubts, letIn } from '../domain/guards/believe.ts'
import { type JournalField, type JournalLine, ranBy } from '../domain/journal/journal.ts'
import { rulesIn } from '../domain/journal/witness-scope.ts'
import { afterLoss } from '../domain/memory/forgotten.ts'
import { afterLook } from '../domain/memory/hold-memory.ts'
import type { Ledger } from '../domain/memory/ledger.ts'
import { lettingGo } from '../domain/memory/let-go.ts'
import { afterTrial, type Pause, pauseOf } from '../domain/memory/pause.ts'
import { rewound } from '../domain/memory/rewound.ts'
import { targetTexts } from '../domain/plan/digest.ts'
import { neverSent } from '../domain/plan/outcome.ts'
import type { Change, Ended, FieldChange, ScopePlan } from '../domain/plan/plan.ts'
import { plannedIn } from '../domain/plan/summary.ts'
import { beforeAllWrites, remembering } from '../domain/remembering/remember.ts'
import { Secret } from '../domain/user/secret.ts'
import type { Value } from '../domain/user/settings.ts'
import { SENSITIVE } from '../domain/user/shown.ts'
import type { Scope } from '../domain/wanted/scope.ts'
import { scopeOf } from '../domain/wanted/subaccount.ts'
import { E, pipe, TE } from '../fp.ts'
import type { Accounts } from '../ports.ts'
import type { Config, Considered } from './plan.ts'
import type { ReconcilePorts, Run } from './reconcile.ts'
import { appendOwed, configLine } from './testify.ts'
import type { WriteResult } from './write.ts'

type Intent = {
  readonly runId: string
  readonly config: Config
  readonly considered: Considered<Accounts>
  readonly agreed: boolean
  readonly run: Run
}

/** What is about to be done, and how far that is written down. */
export type Intended = {
  /** The scopes to write to, none where nobody agreed. */
  readonly scopes: ReadonlyArray<ScopePlan>
  /** Whether the journal tells of it. */
  readonly told: boolean
  /** Why it is not durable, so that nothing of it may leave. */
  readonly failure: Failure | undefined
}

/** Writes down durably what is about to be done; never rejects. */
export const intend = (
  ports: Pick<ReconcilePorts, 'journal' | 'told' | 'ledgers' | 'clock'>,
  { runId, config, considered, agreed, run }: Intent,
): (() => Promise<Intended>) => {
  const due = plannedIn(considered.plan).filter(({ changes }) => changes.length > 0)
  if (!agreed || due.length === 0) return async () => ({ scopes: [], told: false, failure: undefined })
  const at = ports.clock.now().toISOString()
  const approvalOf = approvalsOf(considered, run)
  const lineOf = ({ scope, digest, change }: Due): JournalLine => ({
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
    ...takenAlong(change, considered.drafts.get(scope)?.live),
    ...rulesIn(change.fields),
    trigger: run.by,
    ...ranBy(run.who),
    ...(isOfStop(change) ? { stop: true as const } : {}),
    ...(run.word === undefined ? approvalOf(scope, change) : { approved_by: run.word.by, reason: run.word.reason }),
  })
  const all = due.flatMap(({ scope, digest, changes }) => changes.map((change): Due => ({ scope, digest, change })))
  const { prints, now, sight } = considered
  const { observed, connection } = sight
  const { origin } = connection
  const pending = beforeAllWrites(due, { origin, prints, now })
  const inForce = configLine(ports, config, at)
  const told = pipe(
    TE.fromTask(() => ports.clock.inTurns(each(all, lineOf))),
    TE.chain((lines) => appendOwed(ports, [...inForce.lines, ...lines])),
    TE.map(inForce.keep),
  )
  const remembered = ports.ledgers.update((before) => ports.clock.inTurns(pending(letIn(before, { observed, origin, now }))))
  return async () => {
    const journalled = await told()
    if (E.isLeft(journalled)) return { scopes: due, told: false, failure: journalled.left }
    // Not before the journal tells of it: what the ledger says was sent is taken for sent, by the caps and by whose block it was, also where
    // nothing left. What only the journal tells of is read as begun, with nothing known of its end.
    const noted = await remembered()
    return { scopes: due, told: true, failure: E.isLeft(noted) ? noted.left : undefined }
  }
}

type Due = Pick<ScopePlan, 'scope' | 'digest'> & { readonly change: Change }

// Whose word let a change through: the approval that it uses up, the emergency stop that asked for it, or whoever runs this.
const approvalsOf = ({ sight, drafts, prints, now }: Considered<Accounts>, { who }: Run) => {
  const valid = sight.ledger.approvals.filter(({ until }) => until > now)
  const lifted = new Map([...drafts].map(([scope, draft]) => [scope, waitingIn(draft)] as const))
  const given = new Map(valid.flatMap((approval) => approval.changes.map((text) => [text, approval] as const)))
  return (scope: Scope, change: Change): ApprovedBy => {
    const texts = given.size === 0 ? [] : targetTexts(prints, scope, change)
    const approval = texts.map((text) => given.get(text)).find((one) => one !== undefined)
    const { holds } = sight.ledger
    const own = lifted.get(scope)?.(change) === true ? who : undefined
    if (isStop(holds, now, change)) return wordOf(stopOf(holds, now, change.username))
    return approval === undefined ? wordOf(own) : { ...wordOf(approval), approval: true }
  }
}

type ApprovedBy = { readonly approved_by?: string; readonly reason?: string; readonly approval?: true }

const wordOf = (word: { readonly by: string; readonly reason: string } | undefined): ApprovedBy =>
  word === undefined ? {} : { approved_by: word.by, reason: word.reason }

const journalField = ({ field, from, to }: FieldChange): JournalField => ({ field, from: inJournal(from), to: inJournal(to) })

const inJournal = (value: Value | undefined): string | number | boolean | null =>
  value === undefined ? null : value instanceof Secret ? SENSITIVE : value

type Outcome = Intent & {
  readonly intended: Intended
  readonly written: WriteResult
}

/** Writes down what came of it, and what to remember; gives why and until when the key must rest. */
export const remember = (
  ports: Pick<ReconcilePorts, 'journal' | 'told' | 'ledgers' | 'clock' | 'crypto'>,
  outcome: Outcome,
): TE.TaskEither<Failure, Pause | undefined> => {
  const { considered, config, intended, runId, written, run } = outcome
  const { scopes, told, failure } = intended
  // Who said no to the plan has vouched for nothing; nor has whose word could not be written down, or for whom none of it could be made.
  const isFree = run.frozen === undefined && config.desired.policy.mode === 'enforce'
  const person = run.person && isFree && outcome.agreed && failure === undefined
  const { connection, ledger, paused, course, worked, shut, doubts } = considered.sight
  const now = ports.clock.now()
  const at = now.toISOString()
  const lineOf = ({ scope, ended }: { readonly scope: Scope; readonly ended: Ended }): JournalLine => ({
    event: 'outcome',
    at,
    run_id: runId,
    scope,
    username: ended.username,
    change: ended.change,
    outcome: ended.outcome,
    ...(ended.error === undefined ? {} : { error: ended.error }),
    ...(ended.left === undefined ? {} : { left: ended.left }),
    ...(ended.requestId === undefined ? {} : { request_id: ended.requestId }),
  })
  const all = (told ? scopes : []).flatMap(({ scope }) => (written.ended.get(scope) ?? []).map((ended) => ({ scope, ended })))
  const { origin, keyPrint } = connection
  const { policy, endings } = config.desired
  const filtered = run.user !== undefined || run.undo !== undefined
  const seenHeld = (before: Ledger): Ledger => ({
    ...before,
    holds: [...considered.drafts].reduce(
      (holds, [scope, { withheld }]) => afterLook(holds, { scope, withheld, now: considered.now }),
      before.holds,
    ),
  })
  function* known(before: Ledger, untold: boolean): Work<Ledger> {
    let sum = before
    for (const [scope, draft] of considered.drafts) {
      yield
      const desired = scopeOf(considered.sight.desired, scope)
      if (desired === undefined) continue
      sum = yield* remembering(sum, {
        origin,
        config: config.digest,
        prints: considered.prints,
        now: now.getTime(),
        person,
        filtered,
        untold,
        undone: run.undo !== undefined,
        protect: policy.protected,
        endings,
        draft,
        desired,
        live: written.after.get(scope) ?? draft.live,
        ended: written.ended.get(scope) ?? [],
      })
    }
    return afterDoubts(sum, { found: ledger.believed, shown: [...considered.drafts.keys()], doubts, origin })
  }
  // What has not left has consumed neither cap nor approval, and has no fate to settle. What was made counts from the end of the run
  // on, since it was sent later than it was planned and a day has to pass from then.
  const tried = scopes.map(({ scope, changes }) => {
    const left = new Set((written.ended.get(scope) ?? []).filter(neverSent).map(({ username }) => username))
    return { scope, changes: changes.filter(({ username }) => !left.has(username)) }
  })
  const begun = beforeAllWrites(tried, { origin, prints: considered.prints, now: now.getTime() })
  const random = ports.crypto.random()
  function* settled(before: Ledger, untold: boolean): Work<Ledger> {
    // Who was not shown what is due somewhere has said nothing of it.
    const isWhole = !filtered && run.scopes === undefined && considered.plan.scopes.every(({ _tag }) => _tag === 'Planned')
    const byPerson = person && isWhole && worked
    const forgotten = afterLoss(before.forgotten, { now: now.getTime(), byPerson })
    const asBegun = yield* begun(lettingGo(rewound(before, ledger), considered.sight.desired, now.getTime()))
    const after = { ...(yield* known(filtered ? asBegun : seenHeld(asBegun), untold)), forgotten, shut }
    return paused === undefined
      ? afterTrial(after, keyPrint, { failures: course.failures(), worked }, now.getTime(), random)
      : after
  }
  const journalled = pipe(
    TE.fromTask(() => ports.clock.inTurns(each(all, lineOf))),
    TE.chain((lines) =>
      lines.length === 0
        ? TE.right(undefined)
        : pipe(
            appendOwed(ports, lines),
            // Told with the next lines: what ended well does not stay of unknown fate.
            TE.mapLeft((why) => {
              ports.told.owe(lines)
              return why
            }),
          ),
    ),
  )
  // Each whatever becomes of the other: the ledger must not go on saying that something was sent, nor forget that the key must rest, because
  // the journal is full. The journal first: where either fails the run fails, and nobody is told of what it found.
  return async () => {
    const told = await journalled()
    // What goes on with other looks is a part of what is told when all scopes were looked at.
    const untold = failure !== undefined || E.isLeft(told) || run.goesOn !== undefined
    const after = await ports.ledgers.update((before) => ports.clock.inTurns(settled(before, untold)))()
    return pipe(
      told,
      E.chain(() => after),
      E.mapLeft((why) => failure ?? why),
      E.map((ledger) => pauseOf(ledger, { key: keyPrint, now: now.getTime(), person: false })),
    )
  }
}
