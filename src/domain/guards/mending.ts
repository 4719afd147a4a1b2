// Mending: who does not meet a rule is blocked, unless this run makes what mends it. Whether it does, only the guards can tell.
import type { Work } from '../basics/work.ts'
import type { Draft } from '../draft/draft.ts'
import { blockedFor } from '../draft/governing.ts'
import type { Change, HoldReason } from '../plan/plan.ts'
import type { DesiredUser } from '../wanted/desired.ts'

/** Reasons for which a hand is kept off, and keeps off the block too. Whatever else holds what would mend a user, it is blocked meanwhile. */
const HANDS_OFF: ReadonlyArray<HoldReason> = ['protected', 'on_hold', 'observe_mode']

/** A draft after its guards, with the blocks of users whose mending they hold. */
export function* mending(asked: Draft, guards: (draft: Draft) => Work<Draft>): Work<Draft> {
  const first = yield* guards(asked)
  if (asked.unmended.length === 0) return first
  const isMade = new Set(first.due.map(({ username }) => username))
  const isKept = new Set(first.withheld.flatMap(({ change, reason }) => (HANDS_OFF.includes(reason) ? [change.username] : [])))
  const unmended = asked.unmended.filter(({ change: { username } }) => !isMade.has(username) && !isKept.has(username))
  if (unmended.length === 0) return first
  const blocks: ReadonlyArray<Change> = unmended.flatMap(({ change, inVain }) => (inVain === undefined ? [change] : []))
  const inVain = unmended.flatMap((one) => one.inVain ?? [])
  const second = yield* guards({ ...asked, due: [...asked.due, ...blocks], withheld: [...asked.withheld, ...inVain] })
  // One change a user: where the caps let the one that mends it through after all, that is it.
  const others = new Set(second.due.filter((change) => !blocks.includes(change)).map(({ username }) => username))
  const whys = new Map(unmended.map(({ change, why }) => [change.username, why]))
  const asBlocked = (user: DesiredUser): DesiredUser => {
    const why = whys.get(user.username)
    return why === undefined || others.has(user.username) ? user : blockedFor(user, why)
  }
  return {
    ...second,
    due: second.due.filter((change) => !blocks.includes(change) || !others.has(change.username)),
    governed: {
      ...second.governed,
      listed: second.governed.listed.map(asBlocked),
      others: second.governed.others.map(asBlocked),
    },
  }
}
