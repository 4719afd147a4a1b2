// The headline: the one sentence that somebody who looks for a second should read.

import type { ScopeStatus } from '../../daemon/scope-status.ts'
import { faultOf, isForgetful, type Status } from '../../daemon/status.ts'
import { counted } from '../../domain/basics/counted.ts'
import { isPassing } from '../../domain/plan/held.ts'
import type { ScopeErrorKind } from '../../domain/plan/plan.ts'
import { sentence } from './html.ts'

type Headline = { readonly tone: 'good' | 'warn' | 'bad' | 'quiet'; readonly title: string }

/** What matters most now. */
export const headlineOf = (status: Status): Headline => {
  const { scopes } = status
  const guarded = scopes.filter(({ error }) => error?.kind === 'suspicious_answer' || error?.kind === 'identity_mismatch')
  const errors = scopes.flatMap(({ error }) => (error === undefined ? [] : [error.kind]))
  const missed = scopes.reduce((sum, scope) => sum + scope.missed.length, 0)
  const held = scopes.flatMap((scope) => scope.held.filter((one) => !isPassing(one))).length
  const drift = scopes.reduce((sum, scope) => sum + scope.drift.length, 0)
  const findings = scopes.reduce((sum, scope) => sum + scope.findings.length, 0)
  if (status.configFailure !== undefined) return { tone: 'bad', title: sentence(faultOf(status.configFailure)) }
  if (status.runFailure !== undefined) return { tone: 'bad', title: 'The last run failed' }
  if (guarded.length > 0) return { tone: 'bad', title: UNBELIEVED }
  if (errors.length > 0) return { tone: 'bad', title: troubleIn(errors, status) }
  if (missed > 0) return { tone: 'bad', title: `${counted(missed, 'change')} did not come about` }
  if (held > 0) return { tone: 'warn', title: `${counted(held, 'change')} ${held === 1 ? 'waits' : 'wait'} for you` }
  const stops = status.holds.filter(({ what }) => what._tag === 'Stop').length
  if (drift > 0) return { tone: 'warn', title: `${counted(drift, 'user')} ${drift === 1 ? 'differs' : 'differ'} from the config` }
  const letGo = status.letGo?.length ?? 0
  if (letGo > 0) return { tone: 'warn', title: `${counted(letGo, 'scope')} ${letGo === 1 ? 'is' : 'are'} in the config no more` }
  if (status.completed === 0) return { tone: 'quiet', title: 'The first run is under way' }
  if (scopes.length === 0) return { tone: 'quiet', title: 'The config lists no users' }
  const made = beingMade(status)
  if (made > 0) return { tone: 'quiet', title: `${counted(made, 'change')} ${made === 1 ? 'is' : 'are'} being made` }
  if (scopes.some(isUnsettled))
    return status.running ? { tone: 'quiet', title: 'A run is under way' } : { tone: 'warn', title: 'Not everything is in sync' }
  if (status.holds.some(({ what }) => what._tag === 'All')) return { tone: 'warn', title: 'Everything is on hold' }
  if (stops > 0) return { tone: 'warn', title: `In sync, with ${counted(stops, 'emergency stop')} in force` }
  if (status.holds.length > 0) return { tone: 'warn', title: `In sync, with ${counted(status.holds.length, 'hold')} in force` }
  const passing = scopes.flatMap((scope) => scope.held.filter(isPassing)).length
  if (passing > 0) return { tone: 'good', title: `In sync, with ${counted(passing, 'change')} to come when its time has passed` }
  return findings === 0
    ? { tone: 'good', title: 'Everything is in sync' }
    : { tone: 'good', title: `In sync, with ${counted(findings, 'finding')}` }
}

const isUnsettled = ({ error, inSyncSince }: ScopeStatus): boolean => error === undefined && inSyncSince === undefined

/** How many changes the run under way makes, an undo too; what is due is known before the first is sent. */
const beingMade = ({ running, progress, scopes }: Status): number => {
  if (!running) return 0
  return progress?.of === 'changes' ? progress.due : scopes.filter(isUnsettled).reduce((sum, { changes }) => sum + changes, 0)
}

type Kinds = ReadonlyArray<ScopeErrorKind>

// One closed subaccount is not the key, nor the service: of those it is said only where the key rests, or nothing could be read.
const troubleIn = (errors: Kinds, status: Pick<Status, 'scopes' | 'pausedFor'>): string => {
  const [first, ...others] = new Set(errors)
  const some = `${errors.length} of ${counted(status.scopes.length, 'scope')}`
  if (first === 'throttled' && isForgetful(status)) return 'What was known here is lost'
  const resting = errors.find((kind) => kind === status.pausedFor)
  if (resting !== undefined) return TROUBLES[resting]
  if (others.length > 0 || first === undefined) return `${some} cannot be read`
  if (first === 'refused') return `The service refuses ${some}`
  return errors.length === status.scopes.length ? TROUBLES[first] : `${some} cannot be read`
}

const UNBELIEVED = 'An answer of the service is not believed'

const TROUBLES: { readonly [K in ScopeErrorKind]: string } = {
  throttled: 'The service asked for quiet',
  refused: 'The service refused the key',
  unreachable: 'The service cannot be reached',
  ill_formed: 'The service answers nonsense',
  suspicious_answer: UNBELIEVED,
  identity_mismatch: UNBELIEVED,
}
