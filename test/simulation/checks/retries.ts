// L3: a run that met trouble on the way to the service is followed by another try within eleven minutes, however rare the schedule is; a key that
// was throttled rests for no longer either. Only one that was refused may rest for an hour.
import type { Run } from '../program.ts'
import { isWrite, lastView, type MakeStateCheck } from '../scene.ts'
import type { Entry } from '../service.ts'
import { REFUSED } from './rest.ts'

const MINUTE = 60_000
const BOUND = 11 * MINUTE
/** The config is loaded before, and the pace may want its time. */
const WORK = MINUTE
/** What a refused key may rest for, and what a clock that was set may make of a rest. */
const EXEMPT = 3 * 60 * MINUTE

/** Whether nobody can tell what became of a request, or it never came to anybody. */
const isOpen = ({ ending, status }: Entry): boolean => ending === 'unclear' || (ending === 'refused' && status === undefined)

/** A scope that a run has not settled: it was not shown it in the end, or does not know what became of a write. */
const unsettledIn = (run: Run): string | undefined =>
  [...(run.config?.scopes.keys() ?? [])].find((scope) => {
    const asked = run.requests.filter((entry) => entry.scope === scope)
    const look = asked.findLast(({ endpoint }) => endpoint === 'view')
    const seen = lastView(run, scope)
    if (look === undefined || seen === undefined) return true
    const writes = asked.filter(isWrite)
    const unseen = writes.filter(({ n }) => n > seen.n)
    // The last of several looks after the writes is missed by nobody.
    return look === seen ? unseen.some(isOpen) : writes.length === 0 || unseen.length > 0
  })

export const retries: MakeStateCheck = (scene, fail) => {
  const { time } = scene
  let owed: { readonly since: number; readonly scope: string } | undefined
  let refusedAt = Number.NEGATIVE_INFINITY
  const isExempt = (): boolean => time.elapsed() - Math.max(refusedAt, scene.clockSetAt) < EXEMPT
  const settle = (): void => {
    if (owed !== undefined && !isExempt() && time.elapsed() - owed.since > BOUND + WORK)
      fail(
        'L3',
        `nothing was asked for ${minutes(time.elapsed() - owed.since)} min after a run that had not settled ${owed.scope}`,
      )
    owed = undefined
  }
  return {
    left: settle,
    ended: ({ fault }) => {
      if (fault !== undefined && REFUSED.includes(fault)) refusedAt = time.elapsed()
    },
    // A run that asked for nothing, since the key rests, settles nothing.
    runEnded: (_life, run) => {
      const scope = run.remembered ? unsettledIn(run) : undefined
      if (run.requests.length > 0 && scope !== undefined) owed = { since: time.elapsed(), scope }
    },
    // Whoever comes after looks at once.
    lifeEnded: settle,
    over: settle,
  }
}

const minutes = (ms: number): number => Math.round(ms / MINUTE)
