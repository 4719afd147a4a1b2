// Reports of runs, made up in few words.
import type { Cause, Ended, Held, HoldReason, Outcome, Report, ScopeErrorKind, Update } from '../../src/domain/plan/plan.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'

/** A change of a user's description. */
export const change = (username: string, cause: Cause = 'drift'): Update => ({
  change: 'update',
  username,
  cause,
  fields: [{ field: 'description', from: 'mine', to: 'ours', source: 'config.yaml:1:1 user' }],
})

/** A change that was tried. */
export const tried = (username: string, outcome: Outcome = 'verified', cause: Cause = 'drift'): Extract<Ended, Update> => ({
  ...change(username, cause),
  outcome,
})

/** A change that was held. */
export const heldBack = (
  username: string,
  reason: HoldReason = 'needs_approval',
  cause: Cause = 'config',
): Extract<Held, Update> => ({
  ...change(username, cause),
  reason,
  message: 'because',
  command: { purpose: 'to approve exactly this plan', line: `approve sha256:${'0'.repeat(64)}` },
})

type Parts = {
  readonly scope?: Scope
  readonly ended?: ReadonlyArray<Ended>
  readonly held?: ReadonlyArray<Held>
  readonly error?: ScopeErrorKind
  readonly findings?: number
}

/** The report of a run over one scope. */
export const report = ({ scope = 'account', ended = [], held = [], error, findings = 0 }: Parts = {}): Report => ({
  runId: 'r',
  plan: {
    digest: 'sha256:d',
    config: { files: ['config.yaml'], digest: 'sha256:c' },
    cost: { requests: 0, seconds: 0 },
    scopes: [
      error !== undefined
        ? { _tag: 'Errored', scope, error: { kind: error, message: `it is ${error}` } }
        : {
            _tag: 'Planned',
            scope,
            digest: 'sha256:s',
            liveUsers: 5,
            inSync: 5 - ended.length - held.length,
            unlisted: [],
            ignored: 0,
            changes: ended,
            held,
            findings: Array.from({ length: findings }, (_, at) => ({
              rule: 'provider-block',
              severity: 'high' as const,
              username: `u${at}@a.example`,
              message: 'stopped by the provider',
            })),
            unobservable: [],
          },
    ],
  },
  ended: new Map([[scope, ended]]),
  outcome: 'applied',
  exitCode: 0,
  pausedUntil: undefined,
  requests: 1,
  durationMs: 10,
})
