// The watches of all scopes: each run is shown to those that it looked at, those of scopes that the config names from then on begin, and
// those of scopes that it names no more are over.
import type { RunLine, ScopeLine } from '../journal.ts'
import type { Scope } from '../scope.ts'
import { byScope } from '../scope.ts'
import type { Period } from './collect.ts'
import type { findsOf } from './finds.ts'
import type { IsGap } from './gap.ts'
import type { Mended } from './mended.ts'
import type { End } from './open.ts'
import { type Look, NO_NEWS, type ScopeWatch, watchOf } from './scope.ts'

/** What a scope had to say in a run, and its seq. */
export type ScopeNews = { readonly seq: number; readonly line: ScopeLine }

/** A run over all users of its scopes, with the news that it brought. */
type Ran = {
  readonly line: RunLine
  readonly seq: number
  readonly news: ReadonlyArray<ScopeNews>
  /** The scopes in which it changed something. */
  readonly edited: ReadonlySet<Scope>
  readonly isGap: IsGap
}

/** No watches yet; what they find out is gathered. */
export const watchesOf = ({ since }: Period, { found, tallyOf }: Pick<ReturnType<typeof findsOf>, 'found' | 'tallyOf'>) => {
  const watches = new Map<Scope, ScopeWatch>()
  let isFirst = true

  const leaveAllBut = (there: ReadonlySet<Scope>, end: End): void => {
    for (const [scope, watch] of watches) {
      if (there.has(scope)) continue
      watch.leave(end)
      watches.delete(scope)
    }
  }
  const show = (look: Look, { line, news, edited }: Ran): void => {
    const newsOf = new Map(news.map((one) => [one.line.scope, one]))
    for (const watch of watches.values()) {
      if (line.only !== undefined && !line.only.includes(watch.scope)) continue
      const one = newsOf.get(watch.scope)
      const isEdited = edited.has(watch.scope)
      const isSeen = watch.look(look, one === undefined && !isEdited ? NO_NEWS : { news: one, changed: isEdited })
      if (look.ended < since) continue
      const tally = tallyOf(watch.scope)
      if (isSeen) tally.looks += 1
      else tally.missed += 1
    }
  }
  return {
    run: (ran: Ran): void => {
      const { line, seq, news, isGap } = ran
      const ended = Date.parse(line.at)
      const began = ended - line.duration_ms
      const born = isFirst ? Math.min(since, began) : began
      isFirst = false
      for (const scope of [...(line.whole ?? []), ...news.map((one) => one.line.scope)])
        if (!watches.has(scope)) watches.set(scope, watchOf(scope, born, found))
      if (line.whole !== undefined) leaveAllBut(new Set(line.whole), { at: ended, seq })
      if (line.looked_at !== undefined)
        show({ seq, began, looked: Date.parse(line.looked_at), ended, whole: line.whole !== undefined, isGap }, ran)
      else if (ended >= since) for (const scope of watches.keys()) tallyOf(scope).missed += 1
    },
    /** A run over some users has put something right. */
    mend: (one: Mended): void => watches.get(one.scope)?.mend(one),
    all: (): ReadonlyArray<ScopeWatch> => [...watches.values()].sort((one, other) => byScope(one.scope, other.scope)),
  }
}
