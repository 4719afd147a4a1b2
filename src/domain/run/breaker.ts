// Breaker: when a run stops sending for a key. Five transport failures in a row or twenty refusals end it; a refused or throttled key at once.
import type { ApiFailure } from '../basics/failure.ts'
import { concerns, describe } from '../basics/failure.ts'
import type { Kind } from '../plan/plan.ts'

export type Breaker = {
  readonly inARow: number
  readonly refusals: number
  /** Why nothing more is sent in this run; `undefined` while it goes on. */
  readonly tripped: string | undefined
  /** Whether it was the key or the service that gave out, so that not even reading makes sense. */
  readonly down: boolean
  /** What alone the key may not do, and why: everything else goes on. */
  readonly barred: ReadonlyMap<Kind, string>
}

/** The breaker of a run that has sent nothing yet. */
export const closed: Breaker = { inARow: 0, refusals: 0, tripped: undefined, down: false, barred: new Map() }

// Without the other endpoints nothing can be seen, or brought in line.
const DISPENSABLE: ReadonlyMap<string, Kind> = new Map([
  ['/users/smtp/add', 'create'],
  ['/users/smtp/remove', 'remove'],
])

/** The kind of change that a missing permission rules out by itself. */
const ruledOut = (failure: ApiFailure): Kind | undefined =>
  failure._tag === 'PermissionMissing' ? DISPENSABLE.get(failure.endpoint) : undefined

const MOST_IN_A_ROW = 5
const MOST_REFUSALS = 20
/** What looks leave of these for the writes after them. */
const LEFT_IN_A_ROW = 1
const LEFT_REFUSALS = 5

/** How far a run is with looking: how many looks are under way, and whether anything was seen that may be written to. */
export type Looks = { readonly underWay: number; readonly anySeen: boolean }

/**
 * Why no look more may leave now, though a write may; `undefined` where one may. However those under way end, a run that has seen something does not end
 * with its looks: scopes that fail side by side would keep all others from what is due there, an emergency stop included, in every run.
 */
export const looksOver = ({ inARow, refusals }: Breaker, { underWay, anySeen }: Looks): string | undefined => {
  const rest = '; not looked at in this run, so that what was seen is written to; the next run looks here before it looks there'
  if (inARow + underWay >= MOST_IN_A_ROW - (anySeen ? LEFT_IN_A_ROW : 0)) return `${inARow} failures in a row${rest}`
  if (refusals + underWay >= MOST_REFUSALS - (anySeen ? LEFT_REFUSALS : 0))
    return `${refusals} requests refused in this run${rest}`
  return undefined
}

/** What the breaker makes of the next answer; `undefined` stands for success. Why it tripped stays, and reading may end later than writing. */
export const afterAnswer = (breaker: Breaker, failure: ApiFailure | undefined): Breaker => {
  if (failure === undefined) return { ...breaker, inARow: 0 }
  const { tripped, down } = breaker
  const kind = ruledOut(failure)
  if (kind !== undefined) return { ...breaker, inARow: 0, barred: new Map([...breaker.barred, [kind, describe(failure)]]) }
  switch (concerns(failure)) {
    case 'key':
      return { ...breaker, tripped: tripped ?? describe(failure), down: down || failure._tag !== 'PermissionMissing' }
    case 'transport': {
      const inARow = breaker.inARow + 1
      return inARow < MOST_IN_A_ROW
        ? { ...breaker, inARow }
        : { ...breaker, inARow, tripped: tripped ?? `${inARow} failures in a row: ${describe(failure)}`, down: true }
    }
    case 'user': {
      const refusals = breaker.refusals + 1
      const counted: Breaker = { ...breaker, inARow: 0, refusals }
      return refusals < MOST_REFUSALS
        ? counted
        : {
            ...counted,
            tripped: tripped ?? `${refusals} requests refused in this run; the provider blocks addresses that go on like that`,
          }
    }
  }
}
