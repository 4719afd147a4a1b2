// Guarding: what policies, approvals and caps leave of a draft, and what a digest lets through that a person gave.
import type { Work } from '../basics/work.ts'
import { isStop } from '../decisions/hold.ts'
import type { Draft, World } from '../draft/draft.ts'
import { aboutHolds } from '../memory/hold-memory.ts'
import { targetText } from '../plan/digest.ts'
import { isApprovable } from '../plan/held.ts'
import type { Change, Finding } from '../plan/plan.ts'
import type { PlanFacts } from '../planning/planning.ts'
import type { Glob } from '../user/username.ts'
import { nameOf } from './approve.ts'
import { applyCaps } from './caps.ts'
import { cutOffIn, endsIn } from './cut-off.ts'
import { mending } from './mending.ts'
import { applyPolicy } from './policy.ts'

/** What the guards leave of a draft: what is due, and what is held. */
export const guarded = (facts: PlanFacts, world: World, whole: Draft): Work<Draft> =>
  withApprovals(facts, world, whole, { approved: approvedTexts(facts) })

/**
 * The same where a person approves all that waits in `shown`, which is what the guards have left of it. It goes over the guards once more, since
 * what is let through may be what another change stood in for: nobody is blocked whose mending is made.
 */
export function* lifted(facts: PlanFacts, world: World, whole: Draft, shown: Draft): Work<Draft> {
  const waiting = shown.withheld.filter(isApprovable).map(({ change }) => targetText(facts.prints, shown.scope, change))
  const approved = new Set([...approvedTexts(facts), ...waiting])
  const after = yield* withApprovals(facts, world, whole, { approved, shown: shown.due })
  const wasDue = new Set(shown.due)
  const released = after.due.filter((change) => !wasDue.has(change)).map(nameOf)
  return { ...after, vouched: new Set([...(after.vouched ?? []), ...released]) }
}

/** The texts of what is approved, and what was shown as due to who approves it by digest. */
type Approvals = { readonly approved: ReadonlySet<string>; readonly shown?: ReadonlyArray<Change> }

const withApprovals = (facts: PlanFacts, world: World, whole: Draft, { approved, shown = [] }: Approvals): Work<Draft> => {
  const isApproved = (change: Change): boolean => approved.size > 0 && approved.has(targetText(facts.prints, whole.scope, change))
  return mending(chosen(facts, whole), (one) => guardedOnce(facts, world, one, { isApproved, shown }))
}

type Word = { readonly isApproved: (change: Change) => boolean; readonly shown: ReadonlyArray<Change> }

function* guardedOnce(facts: PlanFacts, { leftIn }: World, whole: Draft, { isApproved, shown }: Word): Work<Draft> {
  const { policy, endings } = facts.desired
  const memory = facts.ledger.scopes.get(whole.scope)
  const { holds, forgotten } = facts.ledger
  const { now, person, frozen, prints } = facts
  const cut = cutOffIn(endsIn(facts.ledger, whole.scope), endings, whole.scope)
  const about = { policy, memory, holds, forgotten, endings, cut, leftIn, prints, now, person, frozen }
  const kept = applyPolicy(whole, about)
  const held = { ...kept, findings: [...kept.findings, ...aboutHolds(holds, { ...kept, now }).filter(isTold(facts))] }
  const released = release(held, isApproved)
  yield
  return applyCaps(released, {
    policy,
    memory,
    prints,
    now,
    approved: (change) => isApproved(change) || isStop(holds, now, change),
    shown,
  })
}

/** A draft of the users that are asked for. */
export const chosen = ({ user }: PlanFacts, whole: Draft): Draft => (user === undefined ? whole : filtered(whole, user))

// An undo looks at the users of its run alone, and nobody is notified of what it finds.
const isTold =
  ({ user, undo }: PlanFacts) =>
  ({ username }: Finding): boolean =>
    undo === undefined && user?.matches(username) !== false

/** All that a draft finds to be done. */
export const foundIn = ({ due, withheld }: Draft): ReadonlyArray<Change> => [...due, ...withheld.map(({ change }) => change)]

const filtered = (one: Draft, user: Glob): Draft => ({
  ...one,
  aside: foundIn(one).filter(({ username }) => !user.matches(username)),
  due: one.due.filter((change) => user.matches(change.username)),
  withheld: one.withheld.filter(({ change }) => user.matches(change.username)),
  unmended: one.unmended.filter(({ change }) => user.matches(change.username)),
  findings: one.findings.filter(({ username }) => user.matches(username)),
  unlisted: one.unlisted.filter((username) => user.matches(username)),
  unobservable: one.unobservable.filter(({ username }) => user.matches(username)),
  assumed: one.assumed.filter(({ username }) => user.matches(username)),
})

const approvedTexts = (facts: PlanFacts): ReadonlySet<string> =>
  new Set(facts.ledger.approvals.filter(({ until }) => facts.now < until).flatMap(({ changes }) => changes))

const release = (one: Draft, released: (change: Change) => boolean): Draft => {
  const free = new Set(one.withheld.filter((held) => isApprovable(held) && released(held.change)))
  return free.size === 0
    ? one
    : {
        ...one,
        due: [...one.due, ...[...free].map(({ change }) => change)],
        withheld: one.withheld.filter((held) => !free.has(held)),
      }
}
