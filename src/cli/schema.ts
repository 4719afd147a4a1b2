// `schema`: the JSON Schema of the config and of files that it includes, from the codecs that decode them, and of the documents that the commands print.
import { configSchema, includedSchema } from '../config/schema.ts'
import { CAUSES, HOLD_REASONS, KINDS, OUTCOMES, RUN_OUTCOMES, SCOPE_ERRORS, SEVERITIES } from '../domain/plan/plan.ts'
import { FIELDS } from '../domain/user/settings.ts'
import { evidenceSchema } from './evidence/schema.ts'
import { printJson } from './render/json.ts'
import { count, digest, list, object, oneOf, orNull, type Schema, text, value } from './shape.ts'
import type { Terminal } from './terminal.ts'

const CHANGE = {
  change: oneOf(...KINDS),
  username: text,
  cause: oneOf(...CAUSES),
  fields: list(object({ field: oneOf(...FIELDS), from: value, to: value, source: text })),
}

const HELD = {
  ...CHANGE,
  reason: oneOf(...HOLD_REASONS),
  message: text,
}

const severity = oneOf(...SEVERITIES)
const moment: Schema = { type: ['string', 'null'] }
const FINDING = object(
  {
    rule: text,
    severity,
    username: text,
    message: text,
    source: text,
    waived: { const: true },
    open_since: moment,
    raised_from: severity,
  },
  ['rule', 'severity', 'username', 'message', 'open_since'],
)

const planned = (change: Schema): Schema => ({
  scope: text,
  digest,
  live_users: count,
  in_sync: count,
  unlisted: list(text),
  ignored: count,
  changes: list(change),
  held: list(object(HELD)),
  findings: list(FINDING),
  resolved: list(object({ rule: text, severity, username: text, open_since: moment })),
})

const scopes = (change: Schema): Schema =>
  list({
    anyOf: [
      object({ ...planned(change), subaccounts: count }, Object.keys(planned(change))),
      object({
        scope: text,
        error: object({
          kind: oneOf(...SCOPE_ERRORS),
          message: text,
        }),
      }),
    ],
  })

const SUMMARY = object({
  create: count,
  update: count,
  block: count,
  remove: count,
  held: count,
  in_sync: count,
  findings: count,
})
const CONFIG = object({ files: list(text), digest: text })
const COST = object({ requests: count, seconds: count })

const planSchema = (): Schema => {
  const always = {
    format: { const: 'smtp2go-reconciler/plan@1' },
    digest,
    config: CONFIG,
    scopes: scopes(object(CHANGE)),
    summary: SUMMARY,
    cost: COST,
  }
  // Plans that were kept from before do not tell of it.
  const letGo = list(object({ scope: text, listed: count, since: moment }))
  return object({ ...always, scopes_let_go: letGo }, Object.keys(always))
}

const reportSchema = (): Schema => {
  const ended = {
    ...CHANGE,
    outcome: oneOf(...OUTCOMES),
    error: text,
  }
  return object(
    {
      format: { const: 'smtp2go-reconciler/report@1' },
      run_id: orNull(text),
      outcome: oneOf(...RUN_OUTCOMES),
      requests: count,
      duration_ms: { type: 'number' },
      scopes: scopes(object(ended, [...Object.keys(CHANGE), 'outcome'])),
      problems: list({ type: 'object' }),
    },
    ['format', 'run_id', 'outcome', 'requests', 'duration_ms', 'scopes'],
  )
}

const snapshotSchema = (): Schema => {
  const user = object({
    username: text,
    sending_allowed: { type: ['boolean', 'null'] },
    settings: { type: 'object', propertyNames: oneOf(...FIELDS) },
  })
  const scope = object({ scope: text, returned: list(oneOf(...FIELDS)), unknown_keys: list(text), users: list(user) })
  const subaccounts = list(object({ id: text, name: text, state: text }))
  const format = { const: 'smtp2go-reconciler/snapshot@1' }
  return object({ format, scopes: list(scope), subaccounts }, ['format', 'scopes'])
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

const SCHEMAS = {
  config: configSchema,
  included: includedSchema,
  plan: planSchema,
  report: reportSchema,
  snapshot: snapshotSchema,
  evidence: evidenceSchema,
}

/** What there is a schema of. */
export type Document = keyof typeof SCHEMAS

/** Runs `schema`; gives its exit code. */
export const schema = (terminal: Terminal, of: Document): number => {
  terminal.out(printJson({ $schema: DIALECT, ...SCHEMAS[of]() }))
  return 0
}
