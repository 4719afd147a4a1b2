// Values as they are shown beside a change: short, and never a secret.
import type { FieldChange } from './plan.ts'
import { Secret } from './secret.ts'
import type { Value } from './settings.ts'

/** A changed field with both sides as short texts. */
export type ShownField = { readonly field: string; readonly from: string; readonly to: string }

const LONGEST = 60

/** A field change fit to be shown. */
export const shownField = ({ field, from, to }: FieldChange): ShownField =>
  field === 'email_password'
    ? { field, from: '(sensitive)', to: '(sensitive)' }
    : { field, from: from === undefined ? '(not known)' : shownValue(from), to: shownValue(to) }

const shownValue = (value: Value): string => {
  if (value instanceof Secret) return '(sensitive)'
  if (typeof value !== 'string') return String(value)
  const text = /^[\w.@-]+$/.test(value) ? value : JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
