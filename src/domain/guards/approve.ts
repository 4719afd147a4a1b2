// Approval: a person releases exactly the changes of a plan, or of one scope of it, for an hour; each passes caps and `needs_approval` once.
import { E } from '../../fp.ts'
import type { Draft } from '../draft/draft.ts'
import { sameDigest, targetText } from '../plan/digest.ts'
import { isApprovable } from '../plan/held.ts'
import type { Change, Plan } from '../plan/plan.ts'
import { plannedIn } from '../plan/summary.ts'
import type { Prints } from '../user/prints.ts'
import { ALL_SUBACCOUNTS, type Scope } from '../wanted/scope.ts'

/** What approving a digest releases: the changes as canonical texts, and in words. */
export type Approvable = { readonly changes: ReadonlyArray<string>; readonly words: ReadonlyArray<string> }

/**
 * The plans that an approval goes by, newest first, while the config is the same: one of some scopes leaves what was planned of the others, and of
 * those that it could not read.
 */
export const plansAfter = (before: ReadonlyArray<Plan>, plan: Plan): ReadonlyArray<Plan> => {
  const unread = new Set(plan.scopes.flatMap(({ _tag, scope }) => (_tag === 'Errored' ? [scope] : [])))
  const named = new Set(plan.scopes.map(({ scope }) => scope))
  // Whoever searched for the subaccounts names all that there are.
  const stays = (scope: Scope): boolean => unread.has(scope) || !(named.has(scope) || named.has(ALL_SUBACCOUNTS))
  const same = before.filter(({ config }) => config.digest === plan.config.digest)
  const left = same.map((one) => ({
    ...one,
    scopes: one.scopes.filter(({ _tag, scope }) => _tag === 'Planned' && stays(scope)),
  }))
  return [plan, ...left.filter(({ scopes }) => scopes.length > 0)]
}

/** Tells the changes that wait without a person's word; where a person's run makes one, its digest or its being theirs let it through. */
export const waitingIn = ({ withheld, vouched }: Draft): ((change: Change) => boolean) => {
  const waiting = new Set(withheld.filter(isApprovable).map(({ change }) => nameOf(change)))
  return (change) => waiting.has(nameOf(change)) || vouched?.has(nameOf(change)) === true
}

/** What a change is called, whatever of it is made. */
export const nameOf = ({ change, username }: Change): string => JSON.stringify([change, username])

/** What approving a digest releases; `undefined` where it is neither that of a plan nor a scope's. */
export const approvable = (plans: ReadonlyArray<Plan>, prints: Prints, digest: string): Approvable | undefined => {
  const whole = plans.find((plan) => plan.digest !== undefined && sameDigest(digest, plan.digest))
  const planned = (whole === undefined ? plans : [whole]).flatMap(plannedIn)
  const meant = whole === undefined ? planned.filter((scope) => sameDigest(digest, scope.digest)) : planned
  if (meant.length === 0) return undefined
  const waiting = meant.flatMap(({ scope, held }) => held.filter(isApprovable).map((change) => ({ scope, change })))
  return {
    changes: waiting.map(({ scope, change }) => targetText(prints, scope, change)),
    words: waiting.map(({ scope, change }) => `${change.change} ${change.username} (${scope})`),
  }
}

/** The same for a person, with the refusal in words; `reachedBy`: the options with which a quoted command finds us. */
export const releasedBy = (
  plans: ReadonlyArray<Plan>,
  prints: Prints,
  digest: string,
  reachedBy = '',
): E.Either<string, Approvable> => {
  if (plans.length === 0) return E.left('no plan has been made yet')
  const found = approvable(plans, prints, digest)
  if (found === undefined)
    return E.left(
      `the plan now is ${[...new Set(plans.map((one) => one.digest ?? 'none'))].join(', ')}: look at it with \`status\`; if \`plan\` shows another, ask for a run first: reconcile${reachedBy}`,
    )
  return found.changes.length === 0 ? E.left('nothing in that plan waits for an approval') : E.right(found)
}
