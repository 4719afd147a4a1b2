// Summary: what a plan comes to in numbers, whom it leaves alone, and whether there is something in it to approve.
import type { Kind, Plan, ScopePlan } from './plan.ts'

/** The unlisted users whom a plan leaves as they are: a rule or a stop may want something of others. */
export const leftAlone = ({ unlisted, changes, held }: ScopePlan): ReadonlyArray<string> => {
  const touched = new Set([...changes, ...held].map(({ username }) => username))
  return unlisted.filter((username) => !touched.has(username))
}

/** Whether the digest of a plan stands for something: a change to be made, or one that waits for an approval. */
export const canBeApproved = ({ scopes }: Plan): boolean =>
  scopes.some(
    (scope) =>
      scope._tag === 'Planned' &&
      (scope.changes.length > 0 || scope.held.some(({ reason }) => reason === 'capped' || reason === 'needs_approval')),
  )

/** The counts shown under a plan. */
export type Summary = { readonly [K in Kind | 'held' | 'in_sync' | 'findings']: number }

/** Counts over all scopes. */
export const summaryOf = (plan: Plan): Summary => {
  const planned = plan.scopes.filter((scope) => scope._tag === 'Planned')
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
