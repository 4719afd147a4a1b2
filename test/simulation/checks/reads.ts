// S1: no write without the whole config and a whole view of the scope in the same run. S3: none while the view has lost half of its users.
import { courseOf } from '../faults.ts'
import { isWrite, lastView, type MakeStateCheck, told } from '../scene.ts'

/** How long a removal may still take effect once it was asked for, whatever was heard of it. */
const LATE_MS = 15 * 60_000

export const reads: MakeStateCheck = (scene, fail) => {
  /** Names of the last believable view, by scope, as of the last run that could write its memory down. */
  const seen = new Map<string, ReadonlySet<string>>()
  let fresh = new Map<string, ReadonlySet<string>>()
  /** When we last asked for the removal of a user, by scope: who of them is still shown counts again when it can no more take effect. */
  const leaving = new Map<string, ReadonlyMap<string, number>>()
  /** The same as of the beginning of this run. */
  let leftBefore: typeof leaving = new Map()
  const take = (scope: string, username: string): void =>
    void leaving.set(scope, new Map([...(leaving.get(scope) ?? []), [username, scene.time.elapsed()]]))
  const forgetLate = (): void => {
    for (const [scope, names] of leaving)
      leaving.set(scope, new Map([...names].filter(([, at]) => scene.time.elapsed() - at < LATE_MS)))
  }
  let barred = new Set<string>()
  /** Names of the first believable view of this run. */
  let first = new Map<string, ReadonlySet<string>>()
  const forget = (): void => {
    fresh = new Map()
    first = new Map()
    barred = new Set()
  }
  return {
    left: (entry, _life, run) => {
      if (!isWrite(entry)) return
      if (run === undefined) return fail('S1', `${told(entry)} outside of any run`)
      if (run.broken) fail('S1', `${told(entry)} though the config file cannot be read`)
      if (lastView(run, entry.scope) === undefined) fail('S1', `${told(entry)} without a whole view of the scope in this run`)
      if (barred.has(entry.scope) && !scene.approving)
        fail('S3', `${told(entry)} after a view that showed less than half of the users of before`)
      if (entry.endpoint === 'remove') take(entry.scope, entry.username)
    },
    ended: ({ endpoint, scope, username, ending, shown, fault, effects }) => {
      // Who is told of as unknown, be it by an answer that names nobody, is gone.
      const isUntouched = courseOf(fault).does !== 'nothing' && effects.every(({ after }) => after === undefined)
      const isNobody = ending === 'refused' || (ending === 'good' && isUntouched)
      if (endpoint === 'edit' && isNobody && !scene.service.usersOf(scope).has(username)) take(scope, username)
      if (endpoint !== 'view' || ending !== 'good' || shown === undefined) return
      const isLeaving = (name: string): boolean => leaving.get(scope)?.has(name) === true
      const wasLeaving = (name: string): boolean => leftBefore.get(scope)?.has(name) === true
      // Of those of the run before others may have gone, too, which was believed then: whom this run removes counts as there.
      const before = [...(seen.get(scope) ?? [])].filter((name) => !wasLeaving(name))
      const still = before.filter((name) => shown.has(name) || isLeaving(name)).length
      const staying = [...(first.get(scope) ?? [])].filter((name) => !isLeaving(name))
      if (still * 2 < before.length || staying.filter((name) => shown.has(name)).length * 2 < staying.length) barred.add(scope)
      else {
        barred.delete(scope)
        fresh.set(scope, new Set(shown.keys()))
        if (!first.has(scope)) first.set(scope, new Set(shown.keys()))
      }
    },
    runBegan: () => {
      forget()
      forgetLate()
      leftBefore = new Map(leaving)
    },
    runEnded: (_life, run) => {
      if (run.remembered) for (const [scope, names] of fresh) seen.set(scope, names)
      forget()
    },
    lifeEnded: forget,
    ledgerLost: () => seen.clear(),
  }
}
