// Approving through the daemon: a digest is that of a plan of its runs. `plan` beside it shows what the last run has left, and what changed since;
// only another look comes to the digest of that.
import type { Failure } from '../domain/basics/failure.ts'
import { approvable, plansAfter, releasedBy } from '../domain/guards/approve.ts'
import type { Decision } from '../domain/memory/decision.ts'
import { isDigest } from '../domain/plan/digest.ts'
import type { Plan } from '../domain/plan/plan.ts'
import type { Prints } from '../domain/user/prints.ts'
import { E, pipe, type TE } from '../fp.ts'
import type { Clock } from '../ports.ts'
import type { Controls, Person, Taken } from './controls.ts'

// Who asks waits for an answer, and where there are very many scopes a run takes longer.
const PATIENCE_MS = 60_000

type Around = {
  readonly prints: () => Prints
  /** The options with which a quoted command finds the daemon. */
  readonly reachedBy: string | undefined
  /**
   * Looks, and plans by the file as whoever asks has it, and makes nothing: who is refused has set nothing going that somebody else may still be
   * editing.
   */
  readonly look: TE.TaskEither<Failure, { readonly plan: Plan }>
  readonly sleep: Clock['sleep']
  readonly taken: (decision: Decision, person: Person) => Promise<Taken<string>>
}

type Approving = { readonly planMade: (plan: Plan) => void; readonly take: Controls['approve'] }

/** The approvals of a daemon. */
export const approving = ({ prints, reachedBy, look, sleep, taken }: Around): Approving => {
  let plans: ReadonlyArray<Plan> = []
  const planMade = (plan: Plan): void => {
    plans = plansAfter(plans, plan)
  }
  const released = (digest: string) => releasedBy(plans, prints(), digest, reachedBy)
  const releasedNow = async (digest: string): Promise<ReturnType<typeof released>> => {
    if (!isDigest(digest) || approvable(plans, prints(), digest) !== undefined) return released(digest)
    const found = await Promise.race([look(), sleep(PATIENCE_MS)])
    if (found !== undefined && E.isRight(found)) planMade(found.right.plan)
    return released(digest)
  }
  return {
    planMade,
    take: async (digest, person) => {
      const asked = await releasedNow(digest)
      if (E.isLeft(asked)) return E.right(asked)
      const { changes, words } = asked.right
      const answer = await taken({ _tag: 'Approve', digest, changes }, person)
      return pipe(answer, E.map(E.map(() => words)))
    },
  }
}
