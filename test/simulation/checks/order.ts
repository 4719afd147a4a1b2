// S6: one run at a time, and no more requests in flight than the config allows. S7: after a write with an unknown outcome a fresh view comes
// before the next write to that user, and no user is added twice without a view in between that did not show it. S8: one write a user and run,
// but for an emergency stop.
import { isStopping, isWrite, lastView, type MakeCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'

const placeOf = ({ scope, username }: Entry): string => `${scope} ${username}`

export const order: MakeCheck = (scene, fail) => {
  const { time } = scene
  let inFlight: ReadonlyArray<Entry> = []
  /** Writes whose outcome is not known, and since when. */
  const open = new Map<string, number>()
  const added = new Map<string, number>()
  return {
    left: (entry, life, run) => {
      inFlight = [...inFlight, entry]
      const count = inFlight.filter((one) => one.life === life.n).length
      const width = run?.config?.concurrency
      if (width !== undefined && count > width) fail('S6', `${count} requests in flight where ${width} may be`)
      if (!isWrite(entry)) return
      const place = placeOf(entry)
      const view = lastView(run, entry.scope)
      const again = run?.requests.findLast((other) => isWrite(other) && placeOf(other) === place)
      // What an emergency stop did not come to where users are known is tried once more with all scopes, which are looked at afresh.
      const isOnceMore = view !== undefined && again !== undefined && view.sentAt > again.sentAt && isStopping(scene, entry)
      if (again !== undefined && !isOnceMore) fail('S8', `${told(entry)}: the second write to this user in one run`)
      const since = open.get(place)
      if (since !== undefined && (view === undefined || view.sentAt < since))
        fail('S7', `${told(entry)} without a fresh view after a write with an unknown outcome`)
      if (entry.endpoint !== 'add') return
      const before = added.get(place)
      if (before !== undefined && (view === undefined || view.sentAt < before || view.shown?.has(entry.username) === true))
        fail('S7', `${told(entry)} for the second time, and no view in between showed that it is not there`)
      added.set(place, Number.POSITIVE_INFINITY)
    },
    ended: (entry) => {
      inFlight = inFlight.filter((one) => one !== entry)
      if (!isWrite(entry)) return
      const place = placeOf(entry)
      if (entry.endpoint === 'add') added.set(place, time.elapsed())
      if (entry.ending === 'unclear') open.set(place, time.elapsed())
      else open.delete(place)
    },
    runBegan: (_life, run) => {
      if (run.overlaps) fail('S6', 'a run begins while another one is under way')
    },
    lifeEnded: ({ n }) => {
      for (const entry of inFlight)
        if (entry.life === n && isWrite(entry)) {
          open.set(placeOf(entry), time.elapsed())
          if (entry.endpoint === 'add') added.set(placeOf(entry), time.elapsed())
        }
      inFlight = inFlight.filter(({ life }) => life !== n)
    },
  }
}
