// One scope of the plan: a draft that policy and guards have been over, in its order, as people and machines read it.

import { reached, type Said, saying } from '../basics/command.ts'
import { toldAgain } from '../draft/again.ts'
import { memoryOf } from '../draft/diff.ts'
import type { Draft, Withheld } from '../draft/draft.ts'
import { cutOffIn, endsIn } from '../guards/cut-off.ts'
import { lossOf } from '../guards/policy.ts'
import { resolvedIn, withSince } from '../memory/finding-memory.ts'
import { withEnd } from '../memory/late.ts'
import { isApprovable } from '../plan/held.ts'
import type { Change, Held, ScopePlan } from '../plan/plan.ts'
import { ALL_SUBACCOUNTS } from '../wanted/scope.ts'
import type { PlanFacts } from './planning.ts'

const byUsername = (one: { readonly username: string }, other: { readonly username: string }): number =>
  one.username < other.username ? -1 : one.username > other.username ? 1 : 0

/** The draft of a scope as its part of the plan; `own` is its digest, `digest` that of the whole plan. */
export const scopePlan = (facts: PlanFacts, one: Draft, own: string, digest: string): ScopePlan => {
  const memory = facts.ledger.scopes.get(one.scope)
  const findings = [...one.findings].sort((a, b) => byUsername(a, b) || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0))
  // Where only some users are looked at, nothing is known to be over.
  const isWhole = facts.user === undefined && facts.undo === undefined
  const resolved = isWhole ? resolvedIn(memory, findings, facts.now) : []
  const { endings } = facts.desired
  const loss = isWhole
    ? (lossOf(memory, one.listed, endings) ?? cutOffIn(endsIn(facts.ledger, one.scope), endings, one.scope)?.what)
    : undefined
  const unlistedDue = unlistedIn(one).sort()
  const ending = (change: Change): Change => toldAgain(withEnd(memoryOf(memory, change.username), change))
  return {
    _tag: 'Planned',
    scope: one.scope,
    digest: own,
    ...(one.scope === ALL_SUBACCOUNTS
      ? { liveUsers: 0, subaccounts: one.live.users.length }
      : { liveUsers: one.live.users.length }),
    inSync: one.inSync,
    unlisted: [...one.unlisted].sort(),
    ...(loss === undefined ? {} : { loss }),
    ignored: one.ignored,
    changes: one.due.map((change) => (facts.offline ? unsure(one, change) : ending(change))).sort(byUsername),
    ...(unlistedDue.length === 0 ? {} : { unlistedDue }),
    held: one.withheld.map((held) => heldOf(facts, { ...held, change: ending(held.change) }, digest)).sort(byUsername),
    findings: withSince(memory, findings).map((found) => reached(found, facts.reachedBy)),
    ...(resolved.length === 0 ? {} : { resolved }),
    unobservable: [...one.unobservable].sort(byUsername),
  }
}

const unlistedIn = ({ due, governed }: Draft): Array<string> => {
  const listed = new Set(due.length === 0 ? [] : governed.listed.map(({ username }) => username))
  return due.flatMap(({ username }) => (listed.has(username) ? [] : [username]))
}

/** Without a ledger nobody knows what was sent of fields that the service does not show. */
const unsure = ({ live }: Draft, change: Change): Change => {
  const hidden = change.fields
    .filter(({ field, from }) => from === undefined && !live.returned.has(field))
    .map(({ field }) => field)
  if (change.change === 'create' || hidden.length === 0) return change
  const note = `the service does not show ${hidden.join(', ')}, and a snapshot does not know what was sent: due only where it was not`
  return { ...change, note: change.note === undefined ? note : `${change.note}; ${note}` }
}

const heldOf = (facts: PlanFacts, held: Withheld, digest: string): Held =>
  reached({ ...held.change, reason: held.reason, ...saidOf(facts, held, digest) }, facts.reachedBy)

const saidOf = (facts: PlanFacts, held: Withheld, digest: string): Said => {
  const { why, command } = held
  if (!isApprovable(held) || facts.offline) return command === undefined ? { message: why } : saying(why, command)
  const line = facts.approveWith(digest)
  return line === undefined
    ? { message: `${why}; a \`plan\` of all users names the command` }
    : saying(why, { purpose: 'to approve exactly this plan', line })
}
