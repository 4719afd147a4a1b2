// Approval: a person releases exactly the changes of a plan, or of one scope of it, for an hour; each passes caps and `needs_approval` once.
import { targetText } from './digest.ts'
import type { Approval } from './ledger.ts'
import type { Plan } from './plan.ts'
import { sameDigest } from './planning.ts'
import type { Prints } from './prints.ts'

const HOUR = 3_600_000

type Ask = { readonly digest: string; readonly reason: string; readonly by: string; readonly now: number }

/** The approval of a digest; `undefined` where it is neither the plan's nor a scope's. */
export const approvalOf = (plan: Plan, prints: Prints, { digest, reason, by, now }: Ask): Approval | undefined => {
  const planned = plan.scopes.filter((scope) => scope._tag === 'Planned')
  const meant =
    plan.digest !== undefined && sameDigest(digest, plan.digest)
      ? planned
      : planned.filter((scope) => sameDigest(digest, scope.digest))
  if (meant.length === 0) return undefined
  const changes = meant.flatMap(({ scope, held }) =>
    held
      .filter(({ reason: why }) => why === 'capped' || why === 'needs_approval')
      .map((change) => targetText(prints, scope, change)),
  )
  return { changes, until: now + HOUR, reason, by }
}
