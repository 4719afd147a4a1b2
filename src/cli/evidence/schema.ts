// The JSON Schema of `smtp2go-reconciler/evidence@1`.
import { KINDS, OUTCOMES, SCOPE_ERRORS, SEVERITIES } from '../../domain/plan/plan.ts'
import { FIELDS } from '../../domain/user/settings.ts'
import { count, list, object, oneOf, orNull, type Schema, text } from '../shape.ts'

const at: Schema = { type: 'string', format: 'date-time' }
const seq = count
const severity = oneOf(...SEVERITIES)
const fields = list(oneOf(...FIELDS))
const change = oneOf(...KINDS)
const outcome = oneOf(...OUTCOMES)
const end = orNull(at)
const share: Schema = { type: 'number', minimum: 0, maximum: 1 }
const ending = oneOf('over', 'left', 'open')
const hash: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' }

/** The schema of the evidence. */
export const evidenceSchema = (): Schema =>
  object({
    format: { const: 'smtp2go-reconciler/evidence@1' },
    since: at,
    until: at,
    journal: object({
      fits: { type: 'boolean' },
      files: count,
      lines: count,
      first_at: end,
      last_at: end,
      last: orNull(object({ seq, sha256: hash })),
      misfit: orNull(object({ file: text, line: count, expected: text, found: text, meaning: text })),
      unreadable: count,
    }),
    runs: object({ total: count, failed: count, frozen: count, unfinished: count }),
    changes: object({ tried: count, verified: count, unverified: count, no_outcome: count }),
    repair_seconds: orNull(object({ median: count, longest: count })),
    scopes: list(
      object({
        scope: text,
        state: oneOf('in_sync', 'out_of_sync', 'unobserved'),
        in_sync_since: end,
        in_sync_seq: orNull(seq),
        last_seen: end,
        seq: orNull(seq),
        looks: count,
        missed_looks: count,
        drift: count,
        findings_open: count,
        held_open: count,
        gaps: count,
        gap_seconds: count,
        in_config: share,
        observed: share,
        left_at: end,
        left_seq: orNull(seq),
      }),
    ),
    rules: list(
      object({
        seq,
        rule: text,
        severity,
        fields,
        says: list(text),
        match: object({
          username: orNull(text),
          scope: orNull(text),
          status: orNull(text),
          profile: orNull(text),
        }),
        kind: oneOf('set', 'require'),
        otherwise: oneOf('report', 'block'),
        in_force_since: at,
        kept_since: end,
        findings_open: count,
        waived: count,
        broken: count,
        scopes: list(object({ scope: text, kept_since: end, findings_open: count, broken: count })),
      }),
    ),
    drift: list(
      object({
        seq,
        scope: text,
        username: text,
        fields,
        rules: list(text),
        last_right: end,
        first_wrong: at,
        until: end,
        until_seq: orNull(seq),
        how: oneOf('repaired', 'sent', 'over', 'left', 'open'),
        seconds: orNull(count),
        at_most_seconds: orNull(count),
      }),
    ),
    findings: list(
      object({
        seq,
        scope: text,
        rule: text,
        severity,
        username: text,
        message: text,
        rules: list(text),
        waived: { type: 'boolean' },
        since: at,
        until: end,
        until_seq: orNull(seq),
        how: ending,
      }),
    ),
    held: list(
      object({
        seq,
        scope: text,
        username: text,
        change,
        reason: text,
        fields,
        rules: list(text),
        since: at,
        until: end,
        until_seq: orNull(seq),
        how: ending,
      }),
    ),
    gaps: list(
      object({
        seq: orNull(seq),
        scope: text,
        from: at,
        until: end,
        until_seq: orNull(seq),
        seconds: count,
        why: oneOf('no_run', ...SCOPE_ERRORS),
        how: ending,
      }),
    ),
    decisions: list(object({ seq, at, what: text, by: text, reason: text, changes: count })),
    approved: list(object({ seq, at, scope: text, username: text, change, by: text, reason: text, outcome: orNull(outcome) })),
    no_outcome: list(
      object({
        seq,
        at,
        run_id: text,
        trigger: orNull(text),
        by: orNull(text),
        scope: text,
        username: text,
        change,
        fields,
      }),
    ),
    holds: list(object({ seq, what: text, by: text, reason: text, from: at, ends: at, until: end, until_seq: orNull(seq) })),
    waivers: list(
      object({ seq, rule: text, username: text, reason: text, from: at, ends: at, until: end, until_seq: orNull(seq) }),
    ),
    configs: list(
      object({
        seq,
        digest: text,
        from: at,
        until: end,
        until_seq: orNull(seq),
        files: list(text),
        mode: oneOf('enforce', 'observe'),
        schedule: orNull(text),
        timezone: text,
        scopes: count,
        rules: count,
      }),
    ),
  })
