// Planning: drafts of all scopes → policy → approvals → caps → the plan, with its digest and its cost.

import { reached } from '../basics/command.ts'
import { onceEach } from '../basics/once.ts'
import { atOnce, each, type Work } from '../basics/work.ts'
import { reaches, type Undo } from '../decisions/undo.ts'
import type { Context } from '../draft/diff.ts'
import type { Draft } from '../draft/draft.ts'
import { draft } from '../draft/draft.ts'
import { lastLook } from '../draft/due.ts'
import { searchDraft } from '../draft/search-draft.ts'
import { undoDraft } from '../draft/undo-draft.ts'
import { chosen, foundIn, guarded, lifted } from '../guards/guarding.ts'
import type { Ledger } from '../memory/ledger.ts'
import { letGoIn } from '../memory/let-go.ts'
import { costOf } from '../plan/cost.ts'
import { changeText, digestOfTexts, sameDigest } from '../plan/digest.ts'
import { isApprovable } from '../plan/held.ts'
import type { Plan, ScopeError, ScopePlan, ScopeRefusal } from '../plan/plan.ts'
import type { LiveState } from '../user/live.ts'
import type { Prints } from '../user/prints.ts'
import { unmasked } from '../user/unmasked.ts'
import type { Glob } from '../user/username.ts'
import type { DesiredScope, DesiredState, Policy } from '../wanted/desired.ts'
import { type Pages, rulebookOf } from '../wanted/rulebook.ts'
import { ALL_SUBACCOUNTS, byScope, type Scope } from '../wanted/scope.ts'
import type { Search } from '../wanted/subaccount.ts'
import { scopePlan } from './scope-plan.ts'
import { worldOf } from './world.ts'

/** What was seen of one scope. */
export type Observed =
  | { readonly _tag: 'Seen'; readonly live: LiveState }
  | { readonly _tag: 'Unseen'; readonly error: ScopeError; readonly unasked?: true }

/** What is asked of a plan. */
export type PlanAsk = {
  /** A person stands behind this run. */
  readonly person: boolean
  /** A digest that a person gave: where it is the plan's, caps and approvals are lifted for it. */
  readonly digest: string | undefined
  /** Only users that match. */
  readonly user: Glob | undefined
  /** Only these scopes. */
  readonly scopes: ReadonlySet<Scope> | undefined
  /** Why nothing may be written although the mode is enforce, such as a broken config file. */
  readonly frozen: string | undefined
  /** A run whose before-values are planned instead of what the config says. */
  readonly undo?: Undo | undefined
  /** The command that approves a digest; nothing where a part of a scope cannot be approved by itself. */
  readonly approveWith: (digest: string) => string | undefined
  /** The options with which a quoted command finds us. */
  readonly reachedBy?: string | undefined
}

export type PlanFacts = PlanAsk & {
  readonly desired: DesiredState
  readonly configDigest: string
  readonly observed: ReadonlyMap<Scope, Observed>
  /** What the search for subaccounts came to; `undefined` where none was asked for. */
  readonly search?: Search | undefined
  readonly ledger: Ledger
  readonly prints: Prints
  readonly now: number
  /** Whether the plan is made from a saved snapshot: it has no digest then. */
  readonly offline: boolean
}

/** Whether a scope is one that was asked for. */
export const isAsked = ({ scopes, undo }: Pick<PlanAsk, 'scopes' | 'undo'>, one: Scope): boolean =>
  undo === undefined ? scopes?.has(one) !== false : reaches(undo, one)

/** The plan, and what to remember of passwords that were taken as right unsent. */
export type Planned = { readonly plan: Plan; readonly drafts: ReadonlyMap<Scope, Draft> }

/** Makes the plan. The same facts give the same bytes. */
export const makePlan = (facts: PlanFacts): Planned => atOnce(planning(facts))

/** The same, in steps. */
export function* planning(facts: PlanFacts): Work<Planned> {
  const scopes = facts.desired.scopes.filter(({ scope }) => isAsked(facts, scope))
  const world = worldOf(facts)
  const rulebook = rulebookOf(facts.desired.rules, facts.now)
  const wholes = new Map<Scope, Draft>()
  const shown = new Map<Scope, Draft>()
  const errors = new Map<Scope, ScopeError>()
  for (const desired of scopes) {
    yield
    const seen = facts.observed.get(desired.scope)
    if (seen?._tag === 'Seen') {
      const context = contextOf(facts, desired, rulebook(desired.scope))
      const { undo } = facts
      const live = unmasked(seen.live, { ...context, desired })
      const whole = yield* draft(context, world, desired, live)
      yield
      const about = undo === undefined ? whole : { ...undoDraft(context, world, whole, undo), aside: foundIn(whole) }
      wholes.set(desired.scope, about)
      shown.set(desired.scope, yield* guarded(facts, world, about))
    }
    if (seen?._tag === 'Unseen') errors.set(desired.scope, seen.error)
  }
  const { search } = facts
  if (search !== undefined && isAsked(facts, ALL_SUBACCOUNTS)) {
    if (search._tag === 'Found') shown.set(ALL_SUBACCOUNTS, chosen(facts, searchDraft(facts.desired, search)))
    else errors.set(ALL_SUBACCOUNTS, search.error)
  }
  for (const { scope } of facts.undo?.deeds ?? [])
    if (!facts.desired.scopes.some((one) => one.scope === scope)) errors.set(scope, NOT_OURS)
  // What a search that failed did not find may be there all the same.
  if (search?._tag === 'Unseen')
    for (const scope of facts.scopes ?? [])
      if (!facts.desired.scopes.some((one) => one.scope === scope)) errors.set(scope, search.error)
  const texts = new Map<Scope, ReadonlyArray<string>>()
  for (const [scope, one] of shown) texts.set(scope, yield* textsOf(facts, scope, one))
  const digest = digestOfTexts(facts.prints, [...texts.values()].flat())
  const isMeant = facts.digest !== undefined && sameDigest(facts.digest, digest)
  const drafts = new Map<Scope, Draft>()
  const planned: Array<ScopePlan> = []
  for (const [scope, one] of shown) {
    yield
    const whole = wholes.get(scope)
    const made = isMeant && whole !== undefined ? yield* lifted(facts, world, whole, one) : one
    drafts.set(scope, made)
    // What a person approves keeps the digest of what they were shown, whatever of it stands in for what.
    planned.push(scopePlan(facts, made, digestOfTexts(facts.prints, texts.get(scope) ?? []), digest))
  }
  const refused = [...errors].map(
    ([scope, error]): ScopeRefusal => ({
      _tag: 'Errored',
      scope,
      error: reached(error, facts.reachedBy),
      ...(isUnasked(scope === ALL_SUBACCOUNTS ? search : facts.observed.get(scope)) ? { unasked: true as const } : {}),
    }),
  )
  const all = [...planned, ...refused].sort((one, other) => byScope(one.scope, other.scope))
  const letGo = letGoIn(facts.ledger, facts.desired, facts.now)
  const plan: Plan = {
    digest: facts.offline ? undefined : digest,
    config: { files: facts.desired.files, digest: facts.configDigest },
    scopes: all,
    ...(isOfNobody(facts, scopes) ? { ofNobody: true as const } : {}),
    ...(letGo.length === 0 ? {} : { letGo }),
    cost: costOf(planned, {
      ...facts.desired,
      looks: [...facts.observed.keys()].filter((scope) => isAsked(facts, scope)).length,
      search,
    }),
  }
  return { plan, drafts }
}

const isUnasked = (seen: Observed | Search | undefined): boolean => seen?._tag === 'Unseen' && seen.unasked === true

const NOT_OURS: ScopeError = {
  kind: 'unreachable',
  message: 'the config has no such scope any more, so nothing is asked or written there; give it a `users` list, be it empty',
}

const contextOf = (facts: PlanFacts, { scope, isFound }: DesiredScope, pages: Pages): Context => ({
  memory: facts.ledger.scopes.get(scope),
  seen: setOf(facts.ledger.scopes.get(scope)?.lastSeen ?? NOBODY),
  policy: isFound === true ? withoutLeaving(facts.desired.policy) : facts.desired.policy,
  holds: facts.ledger.holds,
  forgotten: facts.ledger.forgotten,
  pages,
  last: lastLook(facts.ledger.scopes.get(scope), facts.configDigest),
  prints: facts.prints,
  now: facts.now,
})

const NOBODY: ReadonlyArray<string> = []
const setOf = onceEach((names: ReadonlyArray<string>): ReadonlySet<string> => new Set(names))

/** Where no file lists anybody, nobody is taken away for not being listed. */
const withoutLeaving = (policy: Policy): Policy => ({ ...policy, unlisted: policy.unlisted === 'ignore' ? 'ignore' : 'report' })

/** Whether a filter names nobody at all, where everything that was asked for could be looked at. */
const isOfNobody = ({ user, observed, search }: PlanFacts, scopes: ReadonlyArray<DesiredScope>): boolean => {
  const isNamed = ({ username }: { readonly username: string }): boolean => user?.matches(username) === true
  return (
    user !== undefined &&
    search?._tag !== 'Unseen' &&
    scopes.every(({ scope, users, absent }) => {
      const seen = observed.get(scope)
      const names = seen?._tag === 'Seen' ? [...users, ...absent, ...seen.live.users] : undefined
      return (
        names !== undefined &&
        !names.some(isNamed) &&
        !users.some(({ previously }) => previously.some((name) => user.matches(name)))
      )
    })
  )
}

const textsOf = (facts: PlanFacts, scope: Scope, one: Draft): Work<ReadonlyArray<string>> =>
  each([...one.due, ...one.withheld.filter(isApprovable).map(({ change }) => change)], (change) =>
    changeText(facts.prints, scope, change),
  )
