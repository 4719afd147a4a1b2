// Approval: a person releases exactly the changes of a plan, or of one scope of it, for an hour; each passes caps and `needs_approval` once.
import { sameDigest, targetText } from './digest.ts'
import type { Plan } from './plan.ts'
import type { Prints } from './prints.ts'

/** What approving a digest releases: the changes as canonical texts, and in words. */
export type Approvable = { readonly changes: ReadonlyArray<string>; readonly words: ReadonlyArray<string> }

/** What approving a digest releases; `undefined` where it is neither the plan's nor a scope's. */
export const approvable = (plan: Plan, prints: Prints, digest: string): Approvable | undefined => {
  const planned = plan.scopes.filter((scope) => scope._tag === 'Planned')
  const meant =
    plan.digest !== undefined && sameDigest(digest, plan.digest)
      ? planned
      : planned.filter((scope) => sameDigest(digest, scope.digest))
  if (meant.length === 0) return undefined
  const waiting = meant.flatMap(({ scope, held }) =>
    held.filter(({ reason }) => reason === 'capped' || reason === 'needs_approval').map((change) => ({ scope, change })),
  )
  return {
    changes: waiting.map(({ scope, change }) => targetText(prints, scope, change)),
    words: waiting.map(({ scope, change }) => `${change.change} ${change.username} (${scope})`),
  }
}
