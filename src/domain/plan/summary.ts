// Summary: of which scopes a plan is, what it comes to in numbers, whom it leaves alone, and whether there is something in it to approve.
import { isApprovable } from './held.ts'
import type { Kind, Plan, ScopePlan } from './plan.ts'

/** The scopes of a plan that were seen and believed. */
export const plannedIn = ({ scopes }: Pick<Plan, 'scopes'>): ReadonlyArray<ScopePlan> =>
  scopes.filter((scope) => scope._tag === 'Planned')

/** The unlisted users whom a plan leaves as they are: a rule or a stop may want something of others. */
export const leftAlone = ({ unlisted, changes, held }: ScopePlan): ReadonlyArray<string> => {
  const touched = new Set([...changes, ...held].map(({ username }) => username))
  return unlisted.filter((username) => !touched.has(username))
}

/** Whether the digest of a plan stands for something: a change to be made, or one that waits for an approval. */
export const canBeApproved = (plan: Plan): boolean =>
  plannedIn(plan).some(({ changes, held }) => changes.length > 0 || held.some(isApprovable))

/** The counts shown under a plan. */
export type Summary = { readonly [K in Kind | 'held' | 'in_sync' | 'findings']: number }

/** Counts over all scopes. */
export const summaryOf = (plan: Plan): Summary => {
  const planned = plannedIn(plan)
  const changes = planned.flatMap((scope) => scope.changes)
  const count = (kind: Kind): number => changes.filter((change) => change.change === kind).length
  const sum = (numberOf: (scope: ScopePlan) => number): number => planned.reduce((total, scope) => total + numberOf(scope), 0)
  return {
    create: count('create'),
    update: count('update'),
    block: count('block'),
    remove: count('remove'),
    held: sum((scope) => scope.held.length),
    in_sync: sum((scope) => scope.inSync),
    findings: sum((scope) => scope.findings.length),
  }
}
