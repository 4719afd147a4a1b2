// S1: no write without the whole config and a whole view of the scope in the same run. S3: none while the view has lost half of its users.
import { isWrite, lastView, type MakeStateCheck, told } from '../scene.ts'

export const reads: MakeStateCheck = (scene, fail) => {
  /** Names of the last believable view, by scope, as of the last run that could write its memory down. */
  const seen = new Map<string, ReadonlySet<string>>()
  let fresh = new Map<string, ReadonlySet<string>>()
  let barred = new Set<string>()
  const forget = (): void => {
    fresh = new Map()
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
      // Whatever is heard of it, a user whom we asked to be removed may be gone by the next look.
      if (entry.endpoint === 'remove') {
        const without = (names: ReadonlySet<string>): ReadonlySet<string> =>
          new Set([...names].filter((name) => name !== entry.username))
        fresh.set(entry.scope, without(fresh.get(entry.scope) ?? seen.get(entry.scope) ?? new Set()))
        seen.set(entry.scope, without(seen.get(entry.scope) ?? new Set()))
      }
    },
    ended: ({ endpoint, scope, ending, shown }) => {
      if (endpoint !== 'view' || ending !== 'good' || shown === undefined) return
      const before = seen.get(scope) ?? new Set()
      const still = [...before].filter((name) => shown.has(name)).length
      if (still * 2 < before.size) barred.add(scope)
      else {
        barred.delete(scope)
        fresh.set(scope, new Set(shown.keys()))
      }
    },
    runBegan: forget,
    runEnded: (_life, run) => {
      if (run.remembered) for (const [scope, names] of fresh) seen.set(scope, names)
      forget()
    },
    lifeEnded: forget,
    ledgerLost: () => seen.clear(),
  }
}
