// The differential oracle: the same workload is lived once with its faults and once without, and must come to the same end, having made,
// removed and changed the passwords of the same users as often. Of users to whom people did something in one life that failed in the other,
// since a fault had them not there, nothing can be said.
import { chanceOf } from './chance.ts'
import type { Config } from './config.ts'
import { EVERYBODY, type Result, simulate, withoutTrouble } from './simulate.ts'
import { beginning, type Part } from './start.ts'
import { ELSEWHERE } from './units.ts'
import type { Workload } from './workload.ts'

/** Who was done nothing by hand in one life that was not done to it in the other. */
const isAlike = (one: Result, other: Result, place: string): boolean =>
  [place, EVERYBODY].every((whose) => one.hands.get(whose) === other.hands.get(whose)) &&
  // Who was on its way out when it was stopped goes on, and who was stopped first does not.
  one.hands.get(place)?.includes('Stop') !== true

const NEVER = '0 0 0'

/** What a contest or a refusal to open somebody may decide differently each time, so that there is no one end. */
const isDecided = ({ contested }: Config): boolean => contested === 'enforce'

type Allowed = {
  /** Whether all is remembered of it that its end hangs on. */
  readonly isKnown: (place: string) => boolean
  /** Whether a user must have been made, removed and given a password as often. */
  readonly isSteady: (place: string) => boolean
  /** Whether it may be there in one of the two and not in the other. */
  readonly mayMiss: (place: string) => boolean
  /** Whether it may still be there though it is gone from the life without faults. */
  readonly mayStay: (place: string) => boolean
}

// A fault can outlast an absence from the list, or a password that another one follows; and where caps hold a password back, a user may be gone
// before its turn comes.
const isSteadyPart = (part: Part, { caps }: Config): boolean => part === 'plain' || (part === 'erased' && caps.passwords > 1)

/** How the life with faults came to another end than the one without. */
const unlikeCalm = (faulted: Result, calm: Result, { isKnown, isSteady, mayMiss, mayStay }: Allowed): ReadonlyArray<string> => {
  const places = new Set([...faulted.managed.keys(), ...calm.managed.keys()])
  return [...places]
    .filter((place) => isAlike(faulted, calm, place) && isKnown(place))
    .flatMap((place) => {
      const [is, was] = [faulted.managed.get(place), calm.managed.get(place)]
      if (was === undefined && mayStay(place)) return []
      if ((is === undefined || was === undefined) && mayMiss(place)) return []
      const [count, counted] = [faulted.counts.get(place) ?? NEVER, calm.counts.get(place) ?? NEVER]
      if (is !== was) return [`${place} ends as ${is}, without faults as ${was}`]
      return isSteady(place) && count !== counted
        ? [`${place} was made, removed and given a password ${count} times, without faults ${counted}`]
        : []
    })
}

/** A rival with a memory of its own knows nothing of the passwords that were set. */
const hadOneMemory = ({ rivalry }: Result): boolean => !ELSEWHERE.some((what) => rivalry.has(what))

/** What differs in a life from the same without faults. */
const differsFromCalm = async (faulted: Result, workload: Workload): Promise<ReadonlyArray<string>> => {
  const { seed } = faulted
  const begun = beginning(chanceOf(seed))
  if (!isDecided(begun.config)) return []
  const calm = await simulate(seed, withoutTrouble(workload))
  const [violation] = calm.violations
  if (violation !== undefined) return [`without faults: ${violation.promise}: ${violation.text}`]
  return unlikeCalm(faulted, calm, {
    isSteady: (place) =>
      hadOneMemory(faulted) && !faulted.misled.has(place) && isSteadyPart(begun.parts.get(place) ?? 'plain', begun.config),
    // Who does not know any more for what it blocked a user does not open it when that is over. Nor does a full edit make up for what an add did
    // not take, where it would reset what is not declared.
    isKnown: (place) =>
      !faulted.unmakable.has(place) && (!faulted.forgot || !(faulted.ruled.has(place) || calm.ruled.has(place))),
    mayMiss: (place) =>
      // Who was removed by hand is made anew within its dates only, and a fault can set the clock.
      (faulted.outside.has(place) && calm.outside.has(place)) ||
      // Who is not known to be blocked by us on its way out is not removed, and that is said.
      (faulted.unsure.has(place) && (faulted.strays.has(place) || calm.strays.has(place))),
    // Who does not know any more that it blocked a user does not remove it, and says so.
    mayStay: (place) => faulted.going.has(place) || ((faulted.forgot || !hadOneMemory(faulted)) && faulted.strays.has(place)),
  })
}

/** Lives a seed, and where no promise breaks in it once more without its faults: another end is a violation too. */
export const simulateBoth = async (seed: number, workload: Workload): Promise<Result> => {
  const result = await simulate(seed, workload)
  const [text] = result.violations.length === 0 ? await differsFromCalm(result, workload) : []
  return text === undefined ? result : { ...result, violations: [{ promise: 'L5', at: 0, text }] }
}
