// Journal lines: the intent before each write, the outcome after. No value of a secret is ever in one.
import type { Cause, Kind, Outcome } from './plan.ts'
import type { Scope } from './scope.ts'
import type { FieldName } from './settings.ts'

/** A field of a journalled change; secrets stand as `(sensitive)`. */
export type JournalField = {
  readonly field: FieldName
  readonly from: string | number | boolean | null
  readonly to: string | number | boolean | null
}

type Written = {
  readonly at: string
  readonly run_id: string
  readonly scope: Scope
  readonly username: string
  readonly change: Kind
}

/** One line of the journal, before it is chained. */
export type JournalLine =
  | {
      readonly event: 'run'
      readonly at: string
      readonly run_id: string
      readonly trigger: string
      readonly config_digest: string
      readonly plan_digest: string
      readonly outcome: string
    }
  | (Written & {
      readonly event: 'intent'
      readonly cause: Cause
      readonly plan_digest: string
      readonly config_digest: string
      readonly fields: ReadonlyArray<JournalField>
      /** What woke the run; older lines do not tell. */
      readonly trigger?: string
      /** Who let the change through where it was held, and why. */
      readonly approved_by?: string
      readonly reason?: string
    })
  | (Written & { readonly event: 'outcome'; readonly outcome: Outcome; readonly error?: string; readonly request_id?: string })
  | { readonly event: 'decision'; readonly at: string; readonly what: string; readonly by: string; readonly reason: string }
