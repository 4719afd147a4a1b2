// A line of the journal as data again. Lines of older versions lack what came later; what is no line of ours is nothing.
import * as t from 'io-ts'
import { parsedJson } from '../../domain/basics/json.ts'
import { type JournalLine, NOTE_STATES, SCOPE_STATES } from '../../domain/journal/journal.ts'
import { CAUSES, OUTCOMES, RUN_OUTCOMES, SEVERITIES } from '../../domain/plan/plan.ts'
import { fieldName as field, kind, moment, oneOf, watchedName as scope } from '../codecs.ts'
import { decisionOf } from './decided.ts'

const value = t.union([t.string, t.number, t.boolean, t.null])
const shown = t.array(t.type({ field, value: t.union([t.string, t.number, t.boolean]) }))
const written = {
  at: moment,
  run_id: t.string,
  scope,
  username: t.string,
  change: kind,
}
const Intent = t.intersection([
  t.type({
    ...written,
    event: t.literal('intent'),
    cause: oneOf(CAUSES),
    plan_digest: t.string,
    config_digest: t.string,
    fields: t.array(t.type({ field, from: value, to: value })),
  }),
  t.partial({
    along: shown,
    rules: t.array(t.string),
    trigger: t.string,
    by: t.string,
    stop: t.literal(true),
    approved_by: t.string,
    approval: t.literal(true),
    reason: t.string,
  }),
])
const Ended = t.intersection([
  t.type({
    ...written,
    event: t.literal('outcome'),
    outcome: oneOf(OUTCOMES),
  }),
  t.partial({
    error: t.string,
    request_id: t.string,
    left: shown,
  }),
])
const Decided = t.intersection([
  t.type({ event: t.literal('decision'), at: moment, what: t.string, by: t.string, reason: t.string }),
  t.partial({ decision: t.unknown }),
])
const severity = oneOf(SEVERITIES)
const Config = t.type({
  event: t.literal('config'),
  at: moment,
  digest: t.string,
  files: t.array(t.string),
  scopes: t.array(scope),
  mode: t.keyof({ enforce: null, observe: null }),
  schedule: t.union([t.string, t.null]),
  timezone: t.string,
  rules: t.array(
    t.intersection([
      t.type({
        id: t.string,
        severity,
        sets: t.array(field),
        requires: t.array(field),
        otherwise: t.keyof({ report: null, block: null }),
      }),
      t.partial({
        says: t.array(t.string),
        match: t.partial({ username: t.string, scope: t.string, status: t.string, profile: t.string }),
      }),
    ]),
  ),
  waivers: t.array(t.type({ rule: t.string, username: t.string, until: moment, reason: t.string })),
})
const standing = oneOf(NOTE_STATES)
const News = t.intersection([
  t.type({
    event: t.literal('scope'),
    at: moment,
    run_id: t.string,
    scope,
    state: oneOf(SCOPE_STATES),
  }),
  t.partial({
    message: t.string,
    live_users: t.number,
    in_sync: t.number,
    drift: t.array(
      t.intersection([
        t.type({ username: t.string, fields: t.array(field), state: oneOf([...NOTE_STATES, 'repaired']) }),
        t.partial({ rules: t.array(t.string) }),
      ]),
    ),
    findings: t.array(
      t.intersection([
        t.type({ rule: t.string, severity, username: t.string, state: standing }),
        t.partial({ about: t.string, rules: t.array(t.string), message: t.string, waived: t.literal(true) }),
      ]),
    ),
    held: t.array(
      t.intersection([
        t.type({
          username: t.string,
          change: written.change,
          reason: t.string,
          fields: t.array(field),
          state: standing,
        }),
        t.partial({ rules: t.array(t.string) }),
      ]),
    ),
  }),
])
const Run = t.intersection([
  t.type({
    event: t.literal('run'),
    at: moment,
    run_id: t.string,
    trigger: t.string,
    config_digest: t.string,
    outcome: oneOf(RUN_OUTCOMES),
    duration_ms: t.number,
    requests: t.number,
    scopes: t.number,
    seen: t.number,
    changes: t.number,
  }),
  t.partial({
    by: t.string,
    reason: t.string,
    plan_digest: t.string,
    looked_at: moment,
    only: t.array(scope),
    filtered: t.literal(true),
    frozen: t.literal(true),
    whole: t.array(scope),
    error: t.string,
  }),
])
const Any = t.type({ event: t.string, at: t.string })

/** What a line of the journal tells: `other` is an event that nobody asks for. */
export const readLine = (text: string): JournalLine | 'other' | undefined => {
  const json = parsedJson(text)
  if (!Any.is(json)) return undefined
  switch (json.event) {
    case 'run':
      return Run.is(json) ? json : undefined
    case 'scope':
      return News.is(json) ? json : undefined
    case 'intent':
      return Intent.is(json) ? json : undefined
    case 'outcome':
      return Ended.is(json) ? json : undefined
    case 'decision':
      return Decided.is(json) ? decided(json) : undefined
    case 'config':
      return Config.is(json) ? json : undefined
    default:
      return 'other'
  }
}

const decided = ({ decision: told, ...line }: t.TypeOf<typeof Decided>): JournalLine => {
  const decision = decisionOf(line.what, told)
  return decision === undefined ? line : { ...line, decision }
}
