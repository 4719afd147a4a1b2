// Decisions: what a person says to the reconciler besides the config, as pure changes of the ledger.
import { E } from '../../fp.ts'
import { HOUR } from '../basics/time.ts'
import type { AskedHold, Hold, HoldName, HoldWhat } from '../decisions/hold.ts'
import { holding, holdOptions, LONGEST_HOLD, releaseOf } from '../decisions/hold.ts'
import type { DecisionLine, DecisionNote } from '../journal/journal.ts'
import { glob } from '../user/username.ts'
import type { Scope } from '../wanted/scope.ts'
import { rememberedHolds } from './hold-memory.ts'
import type { Approval, Ledger, Shown } from './ledger.ts'

/** What a person decides. `until` is in milliseconds since the epoch. */
export type Decision =
  | PlainDecision
  | { readonly _tag: 'Approve'; readonly digest: string; readonly changes: ReadonlyArray<string> }

/** A decision that needs no plan to be understood. */
export type PlainDecision =
  | { readonly _tag: 'Hold'; readonly what: HoldWhat; readonly until: number }
  /** Without `what`: the only hold that there is, or every one. */
  | { readonly _tag: 'Release'; readonly what?: HoldWhat | undefined; readonly every: boolean }
  | { readonly _tag: 'Unprotect'; readonly glob: string }
  | { readonly _tag: 'Vouch'; readonly scope: Scope }

/** A decision that a person takes by itself, and not by a stop or an undo. */
export type AskedDecision =
  | Exclude<PlainDecision, { readonly _tag: 'Hold' }>
  | { readonly _tag: 'Hold'; readonly what: AskedHold; readonly until: number }

/** Who decides, why, and when. `shown`: what was looked at for that, and is doubted. */
export type Decider = { readonly by: string; readonly reason: string; readonly now: number; readonly shown?: Shown | undefined }

/** How long an approval and a vouched answer last. */
export const WORD_LASTS = HOUR

/** A decision in words, for the journal and the reply. */
export const decisionText = (decision: Decision): string => {
  switch (decision._tag) {
    case 'Hold': {
      const ends = new Date(decision.until).toISOString()
      const { what } = decision
      return what._tag === 'Undo'
        ? `undo ${what.run}, its users on hold until ${ends}`
        : `hold ${holdOptions(what)} until ${ends}`
    }
    case 'Release':
      if (decision.what === undefined) return decision.every ? 'release --every' : 'release'
      return `release ${holdOptions(decision.what)}`
    case 'Unprotect':
      return `release --protected '${decision.glob}'`
    case 'Vouch':
      return `approve --live ${decision.scope}`
    case 'Approve':
      return `approve ${decision.digest}`
  }
}

/** A decision as the journal has it, as data. */
export const decisionNote = (decision: Decision): DecisionNote => {
  switch (decision._tag) {
    case 'Hold':
      return { _tag: 'Hold', what: nameOf(decision.what), until: new Date(decision.until).toISOString() }
    case 'Release':
      return decision.what === undefined ? { _tag: 'Release' } : { _tag: 'Release', what: nameOf(decision.what) }
    case 'Approve':
      return { _tag: 'Approve', digest: decision.digest }
    case 'Unprotect':
      return { _tag: 'Unprotect', glob: decision.glob }
    case 'Vouch':
      return { _tag: 'Vouch', scope: decision.scope }
  }
}

/** A decision as a line of the journal has it. */
export type DecisionSaid = Omit<DecisionLine, 'event' | 'at'>

/** A decision as it was meant: who releases the only hold that there is names none. */
export const meantBy = (ledger: Ledger, decision: Decision, now: number): Decision => {
  const [only, ...others] = holding(ledger.holds, now)
  const isBare = decision._tag === 'Release' && decision.what === undefined && !decision.every
  return isBare && only !== undefined && others.length === 0 ? { ...decision, what: only.what } : decision
}

/** What comes of a decision that its name does not tell. */
export const aftermath = (ledger: Ledger, decision: Decision, now: number): string | undefined => {
  if (decision._tag !== 'Release') return undefined
  const { what } = decision
  const ended = holding(ledger.holds, now).filter((one) => what === undefined || isMeant(one.what, what))
  return ended.some((one) => one.what._tag === 'Stop')
    ? 'whom the stop has blocked stays blocked where the config does not say `status: allowed`: `plan` names those who are listed, and `undo` of the run that blocked them, which `history` names, opens them'
    : undefined
}

/** How the words of a decision begin that could not be remembered, and of a hold that stands in spite of one. */
export const NOT_TAKEN = 'not taken: '
export const AS_BEFORE = 'as before: '

/** What the journal is told where a decision that it was told of could not be remembered: that, and which holds stand as before. */
export const untaken = (ledger: Ledger, decision: Decision, { by, reason, now }: Decider): ReadonlyArray<DecisionSaid> => {
  const not = { what: `${NOT_TAKEN}${decisionText(decision)}`, by, reason }
  if (decision._tag !== 'Hold' && decision._tag !== 'Release') return [not]
  const { _tag, what } = decision
  const standing = holding(ledger.holds, now).filter((one) => what === undefined || isMeant(one.what, what))
  return [
    { ...not, ...(_tag === 'Hold' ? { decision: decisionNote({ _tag: 'Release', what, every: false }) } : {}) },
    ...standing.map((one): DecisionSaid => {
      const stands = { _tag: 'Hold', what: one.what, until: one.until } as const
      return { what: `${AS_BEFORE}${decisionText(stands)}`, by: one.by, reason: one.reason, decision: decisionNote(stands) }
    }),
  ]
}

// Whom the hold of an undo is for, its run tells.
const nameOf = (what: HoldWhat): HoldName => {
  switch (what._tag) {
    case 'Users':
    case 'Stop':
      return { _tag: what._tag, glob: what.glob }
    case 'Undo':
      return { _tag: 'Undo', run: what.run }
    case 'Removals':
    case 'All':
      return { _tag: what._tag }
  }
}

/** The ledger after a decision, or why it cannot be taken, in words. */
export const decided = (ledger: Ledger, decision: Decision, { by, reason, now, shown }: Decider): E.Either<string, Ledger> => {
  switch (decision._tag) {
    case 'Hold': {
      const { what, until } = decision
      if (!(until > now)) return E.left('a hold ends in the future: --until takes a time to come, or a duration such as 2h')
      if (until - now > LONGEST_HOLD) return E.left('a hold lasts 30 days at the most, so that it is not forgotten')
      const others = rememberedHolds(ledger.holds, now).filter((one) => now >= one.until || !sameHold(one.what, what))
      return E.right({ ...ledger, holds: [...others, { what, since: now, until, reason, by }] })
    }
    case 'Release':
      return released(ledger, decision, now)
    case 'Unprotect':
      return unprotected(ledger, decision)
    case 'Vouch': {
      const { scope } = decision
      const memory = ledger.scopes.get(scope)
      // An answer is doubted only where something was seen before.
      if (memory === undefined) return E.left(`nothing is known of ${scope}; ${knownIn(ledger)}`)
      // What a run has told of comes before what is there by now: the word is for that.
      const doubted = memory.doubted ?? shown
      // A word that nothing waits for would be taken for an answer that nobody has looked at.
      if (doubted === undefined)
        return E.left(
          `nothing waits for that: what was seen last of ${scope} was believed; if that has changed, a daemon has to see it first: reconcile`,
        )
      return E.right({ ...ledger, believed: new Map([...ledger.believed, [scope, { ...doubted, until: now + WORD_LASTS }]]) })
    }
    case 'Approve': {
      const approval: Approval = { changes: decision.changes, until: now + WORD_LASTS, reason, by }
      return E.right({ ...ledger, approvals: [...ledger.approvals.filter(({ until }) => now < until), approval] })
    }
  }
}

const unprotected = (ledger: Ledger, { glob: text }: Extract<Decision, { _tag: 'Unprotect' }>): E.Either<string, Ledger> => {
  const pattern = glob(text)
  const isMeant = (name: string): boolean => pattern?.matches(name) === true
  const scopes = [...ledger.scopes]
  if (!scopes.some(([, memory]) => memory.protected.some(isMeant)))
    return E.left(`no such protection: nobody that '${text}' matches is remembered as protected`)
  const kept = (names: ReadonlyArray<string>): ReadonlyArray<string> => names.filter((name) => !isMeant(name))
  return E.right({
    ...ledger,
    scopes: new Map(scopes.map(([scope, memory]) => [scope, { ...memory, protected: kept(memory.protected) }])),
  })
}

const knownIn = ({ scopes }: Ledger): string =>
  scopes.size === 0 ? 'no scope was seen yet' : `there is ${[...scopes.keys()].sort().join(', ')}`

const sameHold = (one: HoldName, other: HoldName): boolean => holdOptions(one) === holdOptions(other)

/** Whether a hold is the one that is named; the run of an undo may be named by its beginning. */
export const isMeant = (one: HoldName, named: HoldName): boolean =>
  one._tag === 'Undo' && named._tag === 'Undo' ? one.run.startsWith(named.run) : sameHold(one, named)

/** The holds after a decision that the journal tells of; whom the hold of an undo is for, its run tells. */
export const holdsAfter = (holds: ReadonlyArray<Hold>, { at, by, reason, decision }: DecisionLine): ReadonlyArray<Hold> => {
  if (decision?._tag !== 'Hold' && decision?._tag !== 'Release') return holds
  const { what } = decision
  const others = holds.filter((one) => what !== undefined && !isMeant(one.what, what))
  if (decision._tag === 'Release') return others
  const meant = decision.what._tag === 'Undo' ? { ...decision.what, users: [] } : decision.what
  return [...others, { what: meant, since: Date.parse(at), until: Date.parse(decision.until), reason, by }]
}

const released = (
  ledger: Ledger,
  { what, every }: Extract<Decision, { _tag: 'Release' }>,
  now: number,
): E.Either<string, Ledger> => {
  const holds = holding(ledger.holds, now)
  const ended = what === undefined ? holds : holds.filter((one) => isMeant(one.what, what))
  if (ended.length === 0) return E.left(what === undefined ? 'nothing is on hold' : `no such hold; there is ${inForce(holds)}`)
  if (!every && ended.length > 1) return E.left(`which one? There is ${inForce(holds)}; or release --every`)
  return E.right({ ...ledger, holds: rememberedHolds(ledger.holds, now).filter((one) => !ended.includes(one)) })
}

const inForce = (holds: ReadonlyArray<Hold>): string =>
  holds.length === 0 ? 'none' : holds.map(({ what }) => releaseOf(what)).join(', ')
