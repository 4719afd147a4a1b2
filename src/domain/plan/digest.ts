// Digest: what a person approves. Scope, change, username and fields of all that is due or could be let through; nothing else enters.

import type { Prints } from '../user/prints.ts'
import { digestOf } from '../user/prints.ts'
import type { Scope } from '../wanted/scope.ts'
import type { Change } from './plan.ts'
import { partsOf } from './split-change.ts'

/** Canonical text of a change: equal texts are the same edit, here and on another machine. */
export const changeText = (prints: Prints, scope: Scope, change: Change): string => {
  const fields = change.fields.map(({ field, from, to }) => [field, digestOf(prints, from), digestOf(prints, to)])
  return JSON.stringify([scope, change.change, change.username, fields])
}

/** What an approval is bound to: the user and the values it gets, whatever it has now. */
export const targetText = (prints: Prints, scope: Scope, change: Change): string => {
  const fields = change.fields.map(({ field, to }) => [field, digestOf(prints, to)])
  return JSON.stringify([scope, change.change, change.username, fields])
}

/** The digest of these canonical texts, in any order. */
export const digestOfTexts = (prints: Prints, texts: ReadonlyArray<string>): string =>
  `sha256:${prints.sha256([...texts].sort().join('\n'))}`

/** All that an approval of a change may be bound to: the whole of it, or a part that a cap had kept by itself. */
export const targetTexts = (prints: Prints, scope: Scope, change: Change): ReadonlyArray<string> => {
  const parts = partsOf(change)
  return (parts === undefined ? [change] : [change, parts.status, parts.rest]).map((one) => targetText(prints, scope, one))
}

/** Whether a person typed a digest. A part of one is none: who can choose what a plan is could find another with the same first digits. */
export const isDigest = (typed: string): boolean => /^(?:sha256:)?[0-9a-f]{64}$/.test(typed)

/** Whether a digest that a person typed is this one. */
export const sameDigest = (typed: string, digest: string): boolean =>
  isDigest(typed) && digest === (typed.startsWith('sha256:') ? typed : `sha256:${typed}`)
