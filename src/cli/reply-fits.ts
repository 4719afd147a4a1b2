// Whether an answer on the control socket is one that this program understands: the daemon may be of another version.
import type { Drifted, Missed, Resolved, ScopeStatus } from '../daemon/scope-status.ts'
import type { Status } from '../daemon/status.ts'
import type { RecentChange, RecentRun } from '../daemon/timeline.ts'
import type { Command } from '../domain/basics/command.ts'
import type { ApiFailure, Failure, Problem } from '../domain/basics/failure.ts'
import { isOneOf } from '../domain/basics/words.ts'
import type { Hold, HoldWhat, Kept } from '../domain/decisions/hold.ts'
import type { PauseWhy } from '../domain/memory/pause.ts'
import { KINDS, type Kind, RUN_OUTCOMES, SCOPE_ERRORS, type ScopeError, type Waits } from '../domain/plan/plan.ts'
import type { ShownField } from '../domain/user/shown.ts'
import type { WebhookStatus } from '../domain/wanted/operation.ts'
import { isWatched, type Scope } from '../domain/wanted/scope.ts'
import { document, type Fits, flag, list, maybe, number, record, tagged, text, word } from './fits.ts'
import type { Reply } from './reply.ts'

const scope: Fits<Scope> = isWatched

const yes = maybe((value): value is true => value === true)

const problem = record<Problem>({
  file: text,
  line: maybe(number),
  column: maybe(number),
  path: text,
  message: text,
  hint: maybe(text),
  excerpt: maybe(text),
  missing: yes,
})

const sent = maybe(word({ no: true }))
const apiFailure = tagged<ApiFailure>({
  Throttled: { retryAfterMs: maybe(number), sent, unnoted: yes },
  KeyRefused: { message: text, sent },
  PermissionMissing: { endpoint: text },
  InvalidRequest: { field: maybe(text), message: text },
  NameTaken: { message: text },
  NotFound: { message: text },
  Rejected: { message: text },
  Forbidden: { message: text },
  ServerTrouble: { status: number, message: maybe(text) },
  Unreachable: { message: text, sent: word({ no: true, perhaps: true }) },
  IllFormed: { message: text },
})

const said = { message: text, command: maybe(record<Command>({ purpose: text, line: text })) }
const scopeError = record<ScopeError>({
  kind: isOneOf(SCOPE_ERRORS),
  ...said,
  stopped: maybe(word<Exclude<Waits, 'hold'>>({ 'next run': true, 'next start': true })),
})

const failure = tagged<Failure>({
  ConfigInvalid: { problems: list(problem) },
  StateUnusable: { path: text, message: text },
  Locked: { pid: maybe(number), message: text },
  WrongDigest: { wanted: text, found: text },
  NoSuchRun: { message: text },
  WrongUsage: { message: text },
  Stopped: {},
  InputUnusable: { path: text, message: text },
  Api: { failure: apiFailure, scope: maybe(scope), note: maybe(text) },
  Unseen: { error: scopeError, scope: maybe(scope) },
  Defect: { message: text },
})

const kind = isOneOf(KINDS)
const pair = (value: unknown): value is readonly [string, Kind] =>
  Array.isArray(value) && value.length === 2 && text(value[0]) && kind(value[1])

const hold = record<Hold>({
  what: tagged<HoldWhat>({
    Users: { glob: text },
    Removals: {},
    All: {},
    Stop: { glob: text },
    Undo: { run: text, users: list(text) },
  }),
  since: number,
  until: number,
  reason: text,
  by: text,
  keeps: maybe(list(record<Kept>({ scope, users: list(pair), told: maybe(number) }))),
})

const fields = list(record<ShownField>({ field: text, from: text, to: text }))
const outcome = isOneOf(RUN_OUTCOMES)

const scopeStatus = record<ScopeStatus>({
  scope,
  knownSince: text,
  digest: maybe(text),
  lookedAt: maybe(text),
  inSyncSince: maybe(text),
  verifiedAt: maybe(text),
  inSync: number,
  liveUsers: number,
  subaccounts: maybe(number),
  unlisted: number,
  changes: number,
  drift: list(record<Drifted>({ username: text, fields: list(text) })),
  driftSince: maybe(text),
  held: list(
    record<ScopeStatus['held'][number]>({ username: text, change: text, reason: text, ...said, fields, note: maybe(text) }),
  ),
  findings: list(
    record<ScopeStatus['findings'][number]>({
      username: text,
      rule: text,
      severity: text,
      about: maybe(text),
      ...said,
      openSince: text,
    }),
  ),
  resolved: list(
    record<Resolved>({ username: text, rule: text, severity: text, about: maybe(text), openSince: text, resolvedAt: text }),
  ),
  missed: list(record<Missed>({ username: text, change: text, outcome: text, error: maybe(text) })),
  error: maybe(scopeError),
})

const status = record<Status>({
  nextRun: maybe(text),
  http: maybe(text),
  httpFault: maybe(text),
  webhooks: list(
    record<WebhookStatus>({
      name: text,
      format: text,
      waiting: number,
      delivered: number,
      failed: number,
      lastFailure: maybe(text),
    }),
  ),
  holds: list(hold),
  endedHolds: list(hold),
  startedAt: text,
  running: flag,
  progress: maybe(
    record<NonNullable<Status['progress']>>({ of: word({ scopes: true, changes: true }), done: number, due: number }),
  ),
  wokenBy: text,
  runs: number,
  completed: number,
  lastRun: maybe(record<NonNullable<Status['lastRun']>>({ at: text, by: text, outcome, exitCode: number })),
  runFailure: maybe(failure),
  config: maybe(record<NonNullable<Status['config']>>({ digest: text, files: list(text), since: text })),
  configFailure: maybe(failure),
  configBrokenSince: maybe(text),
  configTakenAt: maybe(text),
  digest: maybe(text),
  throttledUntil: maybe(text),
  pausedFor: maybe(word<PauseWhy>({ throttled: true, refused: true, gone: true, put_back: true })),
  scopes: list(scopeStatus),
  letGo: maybe(list(record<NonNullable<Status['letGo']>[number]>({ scope, listed: number, since: text }))),
  recentRuns: list(
    record<RecentRun>({
      at: text,
      by: text,
      outcome,
      exitCode: number,
      drift: number,
      made: number,
      missed: number,
      held: number,
      unread: number,
      durationMs: number,
    }),
  ),
  recentChanges: list(
    record<RecentChange>({
      at: text,
      scope,
      change: text,
      username: text,
      cause: text,
      outcome: text,
      error: maybe(text),
      fields,
    }),
  ),
})

const message = { message: text }

/** Tells a reply of the daemon that can be understood from anything else. */
export const isReply = tagged<Reply>({
  Status: { status },
  Done: message,
  Refused: message,
  Misused: message,
  Unanswered: { ...message, undone: maybe(yes) },
  Matching: { users: list(text) },
  UndoPlan: { run: text, digest: text, due: number, text },
  Ended: { exitCode: number, text, trouble: text, document },
})
