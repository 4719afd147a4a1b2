// The watches of all scopes: each run is shown to those that it looked at. One begins with the config that names its scope, whether anybody
// looks or not, or with the run that found it, and is over with the config or the run that names it no more.
import type { ConfigLine, RunLine, ScopeLine } from '../journal/journal.ts'
import { ALL_SUBACCOUNTS, byScope, type Scope } from '../wanted/scope.ts'
import type { EvidencePeriod } from './collect.ts'
import type { findsOf } from './finds.ts'
import type { IsGap } from './gap.ts'
import type { Mended } from './mended.ts'
import type { End } from './open.ts'
import { NO_NEWS, type RunLook, type ScopeWatch, watchOf } from './scope.ts'

/** What a scope had to say in a run, and its seq. */
export type ScopeLineAt = { readonly seq: number; readonly line: ScopeLine }

/** A run over all users of its scopes, with the news that it brought. */
type Ran = {
  readonly line: RunLine
  readonly seq: number
  readonly news: ReadonlyArray<ScopeLineAt>
  /** The scopes in which it changed something, or meant to. */
  readonly edited: ReadonlySet<Scope>
  /** What it made as the config says. */
  readonly mended: ReadonlyArray<Mended>
}

/** How a scope stands at the end, and when it left the config, where it did. */
export type Standing = Pick<ReturnType<ScopeWatch['standing']>, 'state' | 'inSyncSince' | 'lastSeen' | 'findings' | 'held'> & {
  readonly scope: Scope
  readonly left: End | undefined
}

const NOTHING: ReadonlyArray<Mended> = []

const unreadIn = (made: ReadonlyArray<Mended>): ReadonlySet<string> =>
  new Set(made.filter(({ how }) => how === 'sent').map(({ username }) => username))

/** No watches yet; what they find out is gathered. */
export const watchesOf = (
  { since }: EvidencePeriod,
  { found, tallyOf, isGap }: Pick<ReturnType<typeof findsOf>, 'found' | 'tallyOf'> & { readonly isGap: IsGap },
) => {
  const watches = new Map<Scope, ScopeWatch>()
  const gone = new Map<Scope, Standing & { readonly left: End }>()
  /** Where something was done, and when, that no run over all users has told of. */
  const touched = new Map<Scope, number>()
  let isFirst = true
  /** The scopes of the last config. */
  let named: ReadonlyArray<Scope> = []

  const begin = (scopes: ReadonlyArray<Scope>, at: number): void => {
    const born = isFirst ? Math.min(since, at) : at
    isFirst = false
    for (const scope of scopes) {
      gone.delete(scope)
      if (!watches.has(scope)) watches.set(scope, watchOf(scope, born, { found, isGap }))
    }
  }
  const beginTouched = (): void => {
    for (const [scope, at] of touched) if (!watches.has(scope)) begin([scope], at)
    touched.clear()
  }
  const leaveAllBut = (there: ReadonlySet<Scope>, end: End): void => {
    for (const [scope, watch] of watches) {
      if (there.has(scope)) continue
      const { lastSeen } = watch.standing(end.at)
      // What was open there is told as left, and is no more than that: nobody looks.
      gone.set(scope, { scope, state: 'unobserved', inSyncSince: undefined, lastSeen, findings: 0, held: 0, left: end })
      watch.leave(end)
      watches.delete(scope)
    }
  }
  const show = (look: RunLook, { line, news, edited, mended }: Ran): void => {
    const newsOf = new Map(news.map((one) => [one.line.scope, one]))
    const madeIn = new Map<Scope, Array<Mended>>(mended.map(({ scope }) => [scope, []]))
    for (const one of mended) madeIn.get(one.scope)?.push(one)
    for (const watch of watches.values()) {
      if (line.only !== undefined && !line.only.includes(watch.scope)) continue
      const one = newsOf.get(watch.scope)
      const isEdited = edited.has(watch.scope)
      const made = (isEdited ? madeIn.get(watch.scope) : undefined) ?? NOTHING
      const isSeen = watch.look(
        look,
        one === undefined && !isEdited ? NO_NEWS : { news: one, changed: isEdited, unread: unreadIn(made) },
      )
      for (const { username, end } of made) watch.right({ username, at: end.at })
      if (look.ended < since) continue
      const tally = tallyOf(watch.scope)
      if (isSeen) tally.looks += 1
      else tally.missed += 1
    }
  }
  return {
    config: ({ at, scopes }: ConfigLine, seq: number): void => {
      const begun = Date.parse(at)
      beginTouched()
      const before = named
      named = scopes
      // Each process says again what is in force: what a whole run has found since then, it knows better.
      if (scopes.join() === before.join()) return
      begin(
        scopes.filter((scope) => !before.includes(scope)),
        begun,
      )
      // Which subaccounts there are, only a run can tell where the config does not name them.
      if (!scopes.includes(ALL_SUBACCOUNTS)) leaveAllBut(new Set(scopes), { at: begun, seq })
    },
    run: (ran: Ran): void => {
      const { line, seq, news } = ran
      const ended = Date.parse(line.at)
      const began = ended - line.duration_ms
      begin([...(line.whole ?? []), ...news.map((one) => one.line.scope)], began)
      beginTouched()
      if (line.whole !== undefined) leaveAllBut(new Set(line.whole), { at: ended, seq })
      if (line.looked_at !== undefined)
        show({ seq, began, looked: Date.parse(line.looked_at), ended, whole: line.whole !== undefined }, ran)
      else if (ended >= since) for (const scope of watches.keys()) tallyOf(scope).missed += 1
    },
    /** A run that tells of no scope as a whole has put something right. */
    mend: (one: Mended): void => watches.get(one.scope)?.mend(one),
    /** A run did something in these scopes, however it ended. */
    touch: (scopes: ReadonlyArray<Scope>, at: string): void => {
      for (const scope of scopes) if (!touched.has(scope)) touched.set(scope, Date.parse(at))
    },
    /** Those that left the config in the period. */
    gone: (): ReadonlyArray<Standing> => [...gone.values()].filter(({ left }) => left.at > since),
    all: (): ReadonlyArray<ScopeWatch> => {
      beginTouched()
      return [...watches.values()].sort((one, other) => byScope(one.scope, other.scope))
    },
  }
}
