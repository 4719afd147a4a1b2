// Transitions: what is news. A pure reducer over the events of runs, so that somebody is told once when something begins and once when
// it is over, and never again in between.
//
//   scope   in sync ──drift──► drift_found ──put back──► repaired
//                   ──held───► held | guard_tripped ──released──► recovered, also of some of several
//                   ──error──► unreachable | guard_tripped ──readable──► recovered
//           ──finding──► finding_opened ──graver──► finding_raised ──gone──► finding_resolved
//   config  good ──► config_broken ──► config_good

import { fullMessage, type Said } from '../domain/basics/command.ts'
import { counted } from '../domain/basics/counted.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { describe } from '../domain/basics/failure.ts'
import { heldKey, heldUser, isPassing } from '../domain/plan/held.ts'
import { isDone } from '../domain/plan/outcome.ts'
import type { Change, Finding, Outcome, Report, ScopeErrorKind } from '../domain/plan/plan.ts'
import type { RunEvent } from '../domain/run/event.ts'
import { mayBeIn, type Scope } from '../domain/wanted/scope.ts'
import { over, type ToldOfScope, UNTOLD } from './scope-watch.ts'
import { faultOf } from './status.ts'

const TRANSITIONS = [
  'drift_found',
  'repaired',
  'held',
  'guard_tripped',
  'failed',
  'unreachable',
  'recovered',
  'finding_opened',
  'finding_raised',
  'finding_resolved',
  'config_broken',
  'config_good',
] as const

/** Something that began or ended; `users` are those it is about. */
export type Transition = {
  readonly kind: (typeof TRANSITIONS)[number]
  /** `undefined` where it is about the daemon as a whole. */
  readonly scope: Scope | undefined
  readonly users: ReadonlyArray<string>
  readonly message: string
}

/** What is news at one moment. */
export type News = { readonly at: string; readonly transitions: ReadonlyArray<Transition> }

/** What was told already. */
export type Watch = {
  readonly configBroken: boolean
  readonly runFailed: boolean
  readonly scopes: ReadonlyMap<Scope, ToldOfScope>
}

/** Nothing was told yet. */
export const nothingTold: Watch = { configBroken: false, runFailed: false, scopes: new Map() }

type Watched = { readonly watch: Watch; readonly news: News | undefined }

/** What an event adds: of the config at once, all else when the run is over. */
export const watched = (watch: Watch, event: RunEvent, at: string): Watched => {
  switch (event._tag) {
    case 'ConfigBroken':
      return told({ ...watch, configBroken: true }, watch.configBroken ? [] : [broken(event.failure)], at)
    case 'ConfigMended':
      return told({ ...watch, configBroken: false }, watch.configBroken ? [MENDED] : [], at)
    case 'ConfigTaken':
      return told({ ...known(watch, event.scopes), configBroken: false }, watch.configBroken ? [GOOD] : [], at)
    case 'RunFailed':
      return told({ ...watch, runFailed: true }, watch.runFailed ? [] : [runFailed(event.failure)], at)
    case 'RunEnded':
      return afterRun(watch, event.report, at)
    case 'RunStarted':
    case 'ScopeSeen':
    case 'PlanMade':
    case 'ChangeSent':
    case 'ChangeEnded':
    case 'AsideEnded':
    case 'Notice':
      return told(watch, [], at)
  }
}

// Nobody hears the end of what was told of a scope that was taken out, so that it begins anew should that come back.
const known = (watch: Watch, scopes: ReadonlyArray<Scope>): Watch => ({
  ...watch,
  scopes: new Map([...watch.scopes].filter(([scope]) => mayBeIn(scopes, scope))),
})

const told = (watch: Watch, transitions: ReadonlyArray<Transition>, at: string): Watched => ({
  watch,
  news: transitions.length === 0 ? undefined : { at, transitions },
})

const ofDaemon = (kind: Transition['kind'], message: string): Transition => ({ kind, scope: undefined, users: [], message })

const GOOD = ofDaemon('config_good', 'the config in the file is valid again and in force')
const MENDED = ofDaemon('config_good', 'the config in the file is valid again, and comes into force with the next run')

const broken = (failure: Failure): Transition => {
  const onward = 'nothing is written until it is mended, drift is only reported'
  if (failure._tag === 'Locked') return ofDaemon('config_broken', `${faultOf(failure)}; ${onward}`)
  if (failure._tag !== 'ConfigInvalid') return ofDaemon('config_broken', `the config cannot be read; ${onward}`)
  const [first] = failure.problems
  const place = [first?.file, first?.line, first?.column].filter((part) => part !== undefined).join(':')
  const more = failure.problems.length > 1 ? `, and ${failure.problems.length - 1} more` : ''
  return ofDaemon('config_broken', `${place} ${first?.path ?? ''}: ${first?.message ?? 'not valid'}${more}; ${onward}`)
}

const runFailed = (failure: Failure): Transition => {
  switch (failure._tag) {
    case 'Api':
      return ofDaemon('unreachable', describe(failure.failure))
    case 'StateUnusable':
      return ofDaemon('failed', `${failure.path}: ${failure.message}`)
    case 'ConfigInvalid':
    case 'Locked':
    case 'WrongDigest':
    case 'NoSuchRun':
    case 'WrongUsage':
    case 'Stopped':
    case 'InputUnusable':
    case 'Unseen':
    case 'Defect':
      return ofDaemon('failed', 'the run failed before it came to a report; see the log')
  }
}

const afterRun = (watch: Watch, report: Report, at: string): Watched => {
  const again = watch.runFailed ? [ofDaemon('recovered', 'runs complete again')] : []
  const seen = report.plan.scopes.map((one) => scopeAfter(one, watch.scopes.get(one.scope) ?? UNTOLD, report))
  const scopes = new Map([...watch.scopes, ...seen.map(({ scope, now }) => [scope, now] as const)])
  return told({ ...watch, runFailed: false, scopes }, [...again, ...seen.flatMap(({ news }) => news)], at)
}

const GUARDS: ReadonlySet<ScopeErrorKind> = new Set(['suspicious_answer', 'identity_mismatch'])

type Seen = Report['plan']['scopes'][number]
type ScopeNews = { readonly scope: Scope; readonly now: ToldOfScope; readonly news: ReadonlyArray<Transition> }

const scopeAfter = (seen: Seen, before: ToldOfScope, report: Report): ScopeNews => {
  const { scope } = seen
  if (seen._tag === 'Errored') {
    const { kind, stopped } = seen.error
    if (stopped !== undefined) return { scope, now: before, news: [] }
    const message = fullMessage(seen.error)
    const fresh: Transition = { kind: GUARDS.has(kind) ? 'guard_tripped' : 'unreachable', scope, users: [], message }
    return { scope, now: { ...before, error: kind }, news: before.error === kind ? [] : [fresh] }
  }
  const made = report.ended.get(scope) ?? []
  const drifted = ({ cause }: Change): boolean => cause === 'drift'
  const byDrift = [...new Set(names([...seen.changes, ...seen.held].filter(drifted)))]
  // Who still differs in something else is not as the config says.
  const differing = new Set(names(seen.held.filter(drifted)))
  const mended = made.filter((one) => drifted(one) && isDone(one) && !differing.has(one.username))
  const repaired = names(mended)
  const held = seen.held.filter((one) => !isPassing(one))
  // What waits for the next run is tried by it, as far as the config still asks for it.
  const missed = made.filter((one) => !isDone(one) && one.waits === undefined)
  const waits = made.filter((one) => one.waits !== undefined).map(({ username }) => username)
  const now: ToldOfScope = {
    error: undefined,
    drift: new Set(byDrift.filter((username) => !repaired.includes(username))),
    held: new Set([...held.map(heldKey), ...[...before.held].filter((key) => waits.includes(heldUser(key) ?? ''))]),
    missed: new Set([...missed.map(({ username }) => username), ...waits.filter((username) => before.missed.has(username))]),
  }
  const newDrift = byDrift.filter((username) => !before.drift.has(username))
  const newHeld = held.filter((one) => !before.held.has(heldKey(one)))
  const newMissed = missed.filter(({ username }) => !before.missed.has(username))
  const [stopped, waiting] = [newHeld.filter(isCapped), newHeld.filter((one) => !isCapped(one))]
  // The ledger knows what is open, so that a restart tells nothing anew.
  const opened = seen.findings.filter(({ openSince }) => openSince === undefined)
  const raised = seen.findings.filter(({ raisedFrom }) => raisedFrom !== undefined)
  const { resolved = [] } = seen
  const say = (kind: Transition['kind'], users: ReadonlyArray<string>, message: string): ReadonlyArray<Transition> =>
    users.length === 0 ? [] : [{ kind, scope, users, message }]
  return {
    scope,
    now,
    news: [
      ...say(
        'drift_found',
        newDrift,
        `${counted(newDrift.length, 'user')} on the service ${newDrift.length === 1 ? 'differs' : 'differ'} though the config did not change`,
      ),
      ...say('repaired', repaired, `${counted(repaired.length, 'user')} put back as the config says${readBack(mended)}`),
      ...say('guard_tripped', names(stopped), firstOf(stopped)),
      ...say('held', names(waiting), firstOf(waiting)),
      ...say('failed', names(newMissed), newMissed[0]?.error ?? `${newMissed[0]?.outcome.replaceAll('_', ' ')}`),
      ...byRule(opened).flatMap((ones) => say('finding_opened', names(ones), firstOf(ones))),
      ...byRule(raised).flatMap((ones) => say('finding_raised', names(ones), firstOf(ones))),
      ...say('finding_resolved', names(resolved), rulesOf(resolved)),
      ...over({ before, now, repaired, waits: waits.length > 0 }).map((said) => ({ kind: 'recovered' as const, scope, ...said })),
    ],
  }
}

const readBack = (ones: ReadonlyArray<{ readonly outcome: Outcome }>): string => {
  const unread = ones.filter(({ outcome }) => outcome !== 'verified').length
  return unread === 0 ? ', and read back' : `; what was sent for ${counted(unread, 'user')} cannot all be read back`
}

const firstOf = ([first]: ReadonlyArray<Said>): string => (first === undefined ? '' : fullMessage(first))

// What one rule found is told in one sentence, and what another found in another.
const byRule = (findings: ReadonlyArray<Finding>): ReadonlyArray<ReadonlyArray<Finding>> =>
  [...new Set(findings.map(({ rule }) => rule))].map((rule) => findings.filter((one) => one.rule === rule))

const isCapped = ({ reason }: { readonly reason: string }): boolean => reason === 'capped'
const rulesOf = (ones: ReadonlyArray<{ readonly rule: string }>): string => [...new Set(ones.map(({ rule }) => rule))].join(', ')
const names = (ones: ReadonlyArray<{ readonly username: string }>): ReadonlyArray<string> => ones.map(({ username }) => username)
