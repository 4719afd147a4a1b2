// The watch of one scope through the journal: when it was observed, how it stood, what was open and when that ended.
import { iso } from '../basics/time.ts'
import type { ScopeLine, ScopeState } from '../journal/journal.ts'
import type { Scope } from '../wanted/scope.ts'
import type { GapEvidence, HowEnded, Stretch } from './document.ts'
import type { IsGap } from './gap.ts'
import type { Mended } from './mended.ts'
import { type End, endOf } from './open.ts'
import { type FoundTroubles, secondsFrom, troublesOf } from './troubles.ts'

/** A run as it looked at a scope. Times are milliseconds since the epoch. */
export type RunLook = {
  readonly seq: number
  readonly began: number
  readonly looked: number
  readonly ended: number
  readonly whole: boolean
}

/** What a run has to say of one scope. */
export type Seen = {
  /** The news of the scope, and their seq. */
  readonly news: { readonly seq: number; readonly line: ScopeLine } | undefined
  /** Whether something was changed there. */
  readonly changed: boolean
  /** The users of whom something was changed there that cannot be read back. */
  readonly unread: ReadonlySet<string>
}

/** Nothing, as most runs have of most scopes. */
export const NO_NEWS: Seen = { news: undefined, changed: false, unread: new Set() }

/** What a watch finds out, told as soon as it is over. */
export type Found = FoundTroubles & {
  readonly gap: (one: GapEvidence) => void
  readonly stretch: (scope: Scope, one: Stretch) => void
  /** How long it stood in the config. */
  readonly there: (scope: Scope, from: number, to: number) => void
}

const isSeen = (state: ScopeState | undefined): state is 'in_sync' | 'out_of_sync' =>
  state === 'in_sync' || state === 'out_of_sync'

const isMended = (line: ScopeLine | undefined): boolean => line?.drift?.some(({ state }) => state === 'repaired') === true

export type ScopeWatch = ReturnType<typeof watchOf>

/** A watch that has seen nothing yet; since `born` it should have. */
export const watchOf = (scope: Scope, born: number, { found, isGap }: { readonly found: Found; readonly isGap: IsGap }) => {
  const troubles = troublesOf(scope, found)
  let state: ScopeState | undefined
  let last: { readonly seq: number; readonly began: number } | undefined
  /** Since when it was observed without a gap. */
  let observedSince: number | undefined
  let inSyncSince: End | undefined
  let stretch: { from: number; is: Stretch['is'] } | undefined
  let unseenWhy: ScopeState | undefined

  const turn = (at: number, is: Stretch['is'] | undefined): void => {
    if (stretch?.is === is) return
    if (stretch !== undefined && at > stretch.from) found.stretch(scope, { ...stretch, to: at })
    stretch = is === undefined ? undefined : { from: at, is }
  }
  const unobserved = (until: number, seq: number | undefined, how: HowEnded): void => {
    const from = last?.began ?? born
    found.gap({
      seq: last?.seq ?? null,
      scope,
      from: iso(from),
      ...endOf(seq === undefined ? undefined : { at: until, seq }),
      how,
      seconds: secondsFrom(from, until),
      why: unseenWhy ?? 'no_run',
    })
    turn(from, 'unobserved')
  }

  /** Nobody looks from now on. */
  const end = (at: number, seq: number | undefined, how: 'left' | 'open'): void => {
    if (isGap(last?.began ?? born, at)) unobserved(at, seq, how)
    turn(at, undefined)
    found.there(scope, born, at)
    troubles.endAll(seq === undefined ? undefined : { at, seq }, how)
  }

  const see = (look: RunLook, { news, changed, unread }: Seen, is: 'in_sync' | 'out_of_sync'): void => {
    const gap = isGap(last?.began ?? born, look.began)
    if (gap) unobserved(look.looked, look.seq, 'over')
    if (gap || observedSince === undefined) observedSince = look.looked
    unseenWhy = undefined
    const line = news?.line
    const seq = news?.seq ?? look.seq
    // Most runs have no news of most scopes, so that this is left out for them.
    if (line !== undefined || look.whole)
      troubles.settle(line ?? {}, {
        seen: { at: look.looked, seq },
        ended: look.ended,
        lastRight: last?.began,
        isWhole: look.whole,
        unread,
      })
    // A moment of drift that is put back in the same run ends what was in sync before.
    if (is !== 'in_sync') inSyncSince = undefined
    else if (gap || changed || isMended(line) || inSyncSince === undefined) inSyncSince = { at: look.ended, seq: look.seq }
    turn(look.looked, is)
    last = { seq, began: look.began }
  }

  return {
    scope,
    /** A run looked at it, or tried to; gives whether it was seen. */
    look: (look: RunLook, seen: Seen): boolean => {
      state = seen.news?.line.state ?? (look.whole ? 'in_sync' : state)
      if (isSeen(state)) see(look, seen, state)
      else unseenWhy = state ?? unseenWhy
      return isSeen(state)
    },
    /** A run that does not tell of the scope as a whole has put something right. */
    mend: (one: Mended): void => troubles.mend(one, last?.began),
    /** A run over all users has made something as the config says. */
    right: troubles.right,
    /** How it stands at a moment after everything that was read. */
    standing: (until: number) => {
      const isAway = last === undefined || isGap(last.began, until)
      const since = isAway ? undefined : inSyncSince
      return {
        state: isAway || !isSeen(state) ? ('unobserved' as const) : state,
        inSyncSince: since,
        observedSince: isAway ? undefined : observedSince,
        // What was put right in a run was seen to be right at its end.
        lastSeen: last === undefined ? undefined : { at: Math.max(last.began, since?.at ?? last.began), seq: last.seq },
        ...troubles.standing(),
      }
    },
    /** Tells all that is still open. */
    close: (until: number): void => end(until, undefined, 'open'),
    /** It left the config: nobody will say of what is open there that it is over. */
    leave: ({ at, seq }: End): void => end(at, seq, 'left'),
  }
}
