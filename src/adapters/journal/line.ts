// A line of the journal as data again. Lines of older versions lack what came later; what is no line of ours is nothing.
import * as t from 'io-ts'
import type { JournalLine } from '../../domain/journal.ts'
import type { Scope } from '../../domain/scope.ts'
import { FIELDS, type FieldName } from '../../domain/settings.ts'
import { E } from '../../fp.ts'

const isScope = (value: unknown): value is Scope =>
  typeof value === 'string' && (value === 'account' || value.startsWith('subaccount:'))
const scope = new t.Type<Scope>(
  'scope',
  isScope,
  (value, context) => (isScope(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
)
const isField = (value: unknown): value is FieldName => FIELDS.some((name) => name === value)
const field = new t.Type<FieldName>(
  'field',
  isField,
  (value, context) => (isField(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
)

const value = t.union([t.string, t.number, t.boolean, t.null])
const written = {
  at: t.string,
  run_id: t.string,
  scope,
  username: t.string,
  change: t.keyof({ create: null, update: null, block: null, remove: null }),
}
const Intent = t.intersection([
  t.type({
    ...written,
    event: t.literal('intent'),
    cause: t.keyof({ config: null, drift: null, first_run: null, retry: null, grace_elapsed: null, undo: null }),
    plan_digest: t.string,
    config_digest: t.string,
    fields: t.array(t.type({ field, from: value, to: value })),
  }),
  t.partial({ trigger: t.string, approved_by: t.string, reason: t.string }),
])
const Ended = t.intersection([
  t.type({
    ...written,
    event: t.literal('outcome'),
    outcome: t.keyof({
      verified: null,
      not_converged: null,
      unobservable: null,
      failed: null,
      unknown: null,
      not_attempted: null,
    }),
  }),
  t.partial({ error: t.string, request_id: t.string }),
])
const Decided = t.type({ event: t.literal('decision'), at: t.string, what: t.string, by: t.string, reason: t.string })
const Any = t.type({ event: t.string, at: t.string })

/** What a line of the journal tells: `other` is an event that history has no use for. */
export const readLine = (text: string): JournalLine | 'other' | undefined => {
  const json = parsed(text)
  if (Intent.is(json) || Ended.is(json) || Decided.is(json)) return json
  const known = ['intent', 'outcome', 'decision']
  return Any.is(json) && !known.includes(json.event) ? 'other' : undefined
}

const parsed = (text: string): unknown => {
  const json = E.tryCatch((): unknown => JSON.parse(text), E.toError)
  return E.isRight(json) ? json.right : undefined
}
