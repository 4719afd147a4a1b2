// Ends: what a hold, a waiver or a date kept back is made when that ends, also where no schedule comes round.
import type { DesiredState } from '../domain/desired.ts'
import { holding } from '../domain/hold.ts'
import type { Ledger } from '../domain/ledger.ts'
import type { Clock } from '../ports.ts'

// So that it is surely over, however the clock rounds.
const MARGIN_MS = 50

type Heed = (desired: DesiredState, ledger: Pick<Ledger, 'holds'> | undefined) => void

/** Wakes at the first moment to come of the config and the ledger that it was told of last, where these have no schedule. */
export const heedingEnds = (clock: Pick<Clock, 'now' | 'sleep'>, wake: () => void): Heed => {
  let heeded: number | undefined
  return (desired, ledger) => {
    const now = clock.now().getTime()
    const first = desired.schedule.cron === undefined ? nextEnd(desired, ledger, now) : undefined
    if (first === heeded) return
    heeded = first
    if (first !== undefined)
      void clock.sleep(first - now + MARGIN_MS).then(() => {
        if (heeded !== first) return
        heeded = undefined
        wake()
      })
  }
}

const nextEnd = ({ scopes, rules }: DesiredState, ledger: Pick<Ledger, 'holds'> | undefined, now: number): number | undefined => {
  const dates = scopes.flatMap(({ users }) => users.flatMap(({ starts, expires }) => [starts?.at, expires?.at]))
  const waivers = rules.flatMap((rule) => rule.waivers.map(({ until }) => until))
  const holds = holding(ledger?.holds ?? [], now).map(({ until }) => until)
  return [...dates, ...waivers, ...holds].reduce(
    (first, one) => (one === undefined || one <= now || (first !== undefined && first <= one) ? first : one),
    undefined,
  )
}
