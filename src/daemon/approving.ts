// Approving through the daemon: a digest is that of a plan of its runs. `plan` beside it shows what the last run has left, and what changed since;
// only another look comes to the digest of that.
import { approvable, plansAfter, releasedBy } from '../domain/approve.ts'
import type { Decision } from '../domain/decision.ts'
import { isDigest } from '../domain/digest.ts'
import type { Plan } from '../domain/plan.ts'
import type { Prints } from '../domain/prints.ts'
import { E, pipe } from '../fp.ts'
import type { Clock } from '../ports.ts'
import type { Controls, Person, Taken } from './controls.ts'

// Who asks waits for an answer, and where there are very many scopes a run takes longer.
const PATIENCE_MS = 60_000

type Around = {
  readonly prints: () => Prints
  /** The options with which a quoted command finds the daemon. */
  readonly reachedBy: string | undefined
  /** Asks for a run; resolves when it is over. */
  readonly lookAnew: () => Promise<void>
  readonly sleep: Clock['sleep']
  readonly taken: (decision: Decision, person: Person) => Promise<Taken<string>>
}

type Approving = { readonly planMade: (plan: Plan) => void; readonly take: Controls['approve'] }

/** The approvals of a daemon. */
export const approving = ({ prints, reachedBy, lookAnew, sleep, taken }: Around): Approving => {
  let plans: ReadonlyArray<Plan> = []
  const released = (digest: string) => releasedBy(plans, prints(), digest, reachedBy)
  const releasedNow = async (digest: string): Promise<ReturnType<typeof released>> => {
    if (!isDigest(digest) || approvable(plans, prints(), digest) !== undefined) return released(digest)
    await Promise.race([lookAnew(), sleep(PATIENCE_MS)])
    return released(digest)
  }
  return {
    planMade: (plan) => {
      plans = plansAfter(plans, plan)
    },
    take: async (digest, person) => {
      const asked = await releasedNow(digest)
      if (E.isLeft(asked)) return E.right(asked)
      const { changes, words } = asked.right
      const answer = await taken({ _tag: 'Approve', digest, changes }, person)
      return pipe(answer, E.map(E.map(() => words)))
    },
  }
}
