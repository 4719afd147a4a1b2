// Values as they are shown beside a change or in a finding: short, and never a secret.
import type { FieldChange } from '../plan/plan.ts'
import { Secret } from './secret.ts'
import type { Value } from './settings.ts'

/** A changed field with both sides as short texts. */
export type ShownField = { readonly field: string; readonly from: string; readonly to: string }

/** What stands for a value that the service does not show. */
export const NOT_KNOWN = '(not known)'
/** What stands for a value that nobody may see. */
export const SENSITIVE = '(sensitive)'

/** A text of no more than so many characters, and a sign that there were more. */
export const shortened = (text: string, longest: number): string => (text.length > longest ? `${text.slice(0, longest)}…` : text)

const LONGEST = 60
/** How much of what both sides of a long text have in common is shown before they differ. */
const COMMON = 8

/** The side before a change: beside a secret it is one too, be it that nobody knows it (C3). */
export const sideBefore = (from: Value | undefined, to: Value): Value | undefined => (to instanceof Secret ? to : from)

/** A field change fit to be shown. */
export const shownField = ({ field, from, to }: FieldChange): ShownField => {
  if (field === 'email_password') return { field, from: SENSITIVE, to: SENSITIVE }
  const quoted = needsQuotes(from, to)
  const start = startOfDifference(from, to, LONGEST)
  return { field, from: from === undefined ? NOT_KNOWN : shownValue(from, quoted, start), to: shownValue(to, quoted, start) }
}

/** Where both sides of a text are shown from: one that is longer than what is shown must not be cut before they differ. */
export const startOfDifference = (from: Value | undefined, to: Value, longest: number): number => {
  if (typeof from !== 'string' || typeof to !== 'string' || Math.max(from.length, to.length) <= longest) return 0
  let at = 0
  while (at < from.length && from[at] === to[at]) at += 1
  return Math.max(0, at - COMMON)
}

/** Whether texts need quotes to be seen as what they are; where one side of a change does, the other gets them too. */
export const needsQuotes = (...values: ReadonlyArray<Value | undefined>): boolean =>
  values.some((value) => typeof value === 'string' && !/^[\w.@-]+$/.test(value))

const shownValue = (value: Value, quoted: boolean, start: number): string => {
  if (value instanceof Secret) return SENSITIVE
  if (typeof value !== 'string') return String(value)
  const rest = start > 0 ? `…${value.slice(start)}` : value
  const text = quoted ? JSON.stringify(rest) : rest
  return shortened(text, LONGEST)
}

const LONGEST_IN_FINDING = 48

/** A value as it stands in a finding. */
export const valueInFinding = (value: Value | undefined): string => {
  if (value instanceof Secret) return SENSITIVE
  if (typeof value !== 'string') return String(value)
  if (value === '') return 'empty'
  if (value.length > LONGEST_IN_FINDING)
    return `${JSON.stringify(value.slice(0, LONGEST_IN_FINDING))}… (${value.length} characters)`
  return /^[\w.@-]+$/.test(value) ? value : JSON.stringify(value)
}
