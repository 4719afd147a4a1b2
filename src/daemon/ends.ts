// Ends: what a hold, a waiver or a date kept back is made when that ends, also where no schedule comes round.
import type { Ledger } from '../domain/memory/ledger.ts'
import { letGoEnds } from '../domain/memory/let-go.ts'
import type { DesiredState } from '../domain/wanted/desired.ts'
import type { Clock } from '../ports.ts'

// So that it is surely over, however the clock rounds.
const MARGIN_MS = 50

// Ends go by the time of day, and what sleeps does not: the machine may have been suspended meanwhile, or its clock set right.
const LONGEST_SLEEP_MS = 60_000

/** What was over by `since`, which is now where nothing is said, is no news. */
type Heed = (desired: DesiredState, ledger: Remembered | undefined, since?: number) => void

type Remembered = Pick<Ledger, 'holds' | 'scopes'>

type Watched = {
  readonly ends: ReadonlyArray<number>
  /** How many of them were over. */
  readonly over: number
}

/** Wakes once an end of the config or the ledger that it was told of last is over, or is not any more, where these have no schedule. */
export const heedingEnds = (clock: Pick<Clock, 'now' | 'sleep'>, wake: () => void, signal: AbortSignal): Heed => {
  let watched: Watched | undefined
  const now = (): number => clock.now().getTime()
  const isDue = ({ ends, over }: Watched): boolean => overAt(ends, now()) !== over
  const watch = async (mine: Watched): Promise<void> => {
    while (!isDue(mine)) {
      await clock.sleep(sleepUntil(mine.ends, now()))
      if (watched !== mine || signal.aborted) return
    }
    watched = undefined
    wake()
  }
  return (desired, ledger, since = now()) => {
    // An end that came while a run was made may be news to what that run went by.
    if (watched !== undefined && isDue(watched)) wake()
    const ends = desired.schedule.cron === undefined ? endsOf(desired, ledger) : []
    const next = { ends, over: overAt(ends, since) }
    if (watched !== undefined && isAlike(watched, next)) return
    watched = ends.length === 0 || signal.aborted ? undefined : next
    if (watched !== undefined) void watch(watched)
  }
}

const overAt = (ends: ReadonlyArray<number>, now: number): number => ends.filter((end) => end <= now).length

const isAlike = (one: Watched, other: Watched): boolean =>
  one.over === other.over && one.ends.length === other.ends.length && one.ends.every((end, at) => end === other.ends[at])

const sleepUntil = (ends: ReadonlyArray<number>, now: number): number =>
  ends.reduce((least, end) => (end > now ? Math.min(least, end - now + MARGIN_MS) : least), LONGEST_SLEEP_MS)

const endsOf = ({ scopes, rules }: DesiredState, ledger: Remembered | undefined): ReadonlyArray<number> => {
  const dates = scopes.flatMap(({ users }) => users.flatMap(({ starts, expires }) => [starts?.at, expires?.at]))
  const waivers = rules.flatMap((rule) => rule.waivers.map(({ until }) => until))
  const holds = (ledger?.holds ?? []).map(({ until }) => until)
  const told = ledger === undefined ? [] : letGoEnds(ledger)
  return [...dates, ...waivers, ...holds, ...told].filter((end) => end !== undefined)
}
