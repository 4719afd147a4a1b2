// Back-off: when the daemon tries again by itself after a run that met trouble on the way to the service, or that failed, as where the disk is full.
// A key that must rest is tried the moment it may, everything else after a minute, doubling to ten. So does one that made a user: whether that keeps
// the rules, only the next look shows.
import { isDone } from '../plan/outcome.ts'
import type { Report } from '../plan/plan.ts'
import type { Rule } from '../wanted/rule.ts'

const FIRST_MS = 61_000
const MOST_MS = 600_000
const JITTER = 0.1
// So that the pause is surely over, however the clock rounds.
const MARGIN_MS = 50

type Facts = {
  readonly tries: number
  readonly now: number
  /** Uniform in [0, 1). */
  readonly random: number
  /** Those of the config. */
  readonly rules: ReadonlyArray<Rule>
}

/** Milliseconds until the next try after a run that told this, or that failed; `undefined` where trying again by itself would not help. */
export const retryAfterMs = (report: Report | undefined, { tries, now, random, rules }: Facts): number | undefined => {
  const longest = MOST_MS * (1 + JITTER * random)
  const soon = Math.round(Math.min(longest, FIRST_MS * 2 ** tries * (1 + JITTER * random)))
  if (report === undefined) return soon
  if (report.pausedUntil !== undefined) return Math.max(0, report.pausedUntil - now) + MARGIN_MS
  const ended = [...report.ended.values()].flat()
  // What a person holds is not tried before they let go. What could not leave because of the disk can once there is room.
  // Who was refused may be there all the same, as where the look before left them out, and not as they should be.
  const unsettled = ended.some(({ outcome, waits, unsent, unread }) =>
    outcome === 'not_attempted' ? waits !== 'hold' : outcome === 'unknown' || unsent === true || unread === true,
  )
  // An answer that is not believed may be a passing lie, and looking again only reads.
  const unseen = report.plan.scopes.some((scope) => scope._tag === 'Errored')
  // So may one that leaves out whom a change hangs on; it is believed after a few more, so these are not to come in quick succession.
  const isLeftOut = report.plan.scopes.some(
    (scope) => scope._tag === 'Planned' && scope.held.some((held) => held.change === 'create' && held.unseen === true),
  )
  // Who breaks a rule from its making on is not to send until the schedule comes round.
  const isUntried =
    rules.some(({ otherwise }) => otherwise === 'block') && ended.some((one) => one.change === 'create' && isDone(one))
  if (report.cutShort !== true && !unsettled && !unseen) return isUntried ? FIRST_MS : isLeftOut ? Math.round(longest) : undefined
  return soon
}
