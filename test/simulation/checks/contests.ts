// S8: a field that somebody keeps setting back is told of as contested from the third time within a day on; where that is left to people it is not
// repaired again.
import type { Report } from '../../../src/domain/plan/plan.ts'
import { managedOf } from '../config.ts'
import { isStopping, isWrite, lastView, type MakeStateCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'
import { placeOf } from '../start.ts'
import { DAY } from '../workload.ts'
import { same } from './same.ts'

/** What everybody can see, and nobody is blocked by. */
const FIELDS: ReadonlyArray<string> = ['description', 'feedback_text']
const OFTEN = 2

export const contests: MakeStateCheck = (scene, fail) => {
  /** By user and field: the value that was seen to be reached, and when it was repaired since. */
  let reached = new Map<string, unknown>()
  let repaired = new Map<string, ReadonlyArray<number>>()
  const keyOf = ({ scope, username }: Pick<Entry, 'scope' | 'username'>, field: string): string =>
    `${placeOf(scope, username)} ${field}`
  const often = (key: string, from: number): boolean =>
    scene.clockSetAt < from && (repaired.get(key) ?? []).filter((at) => at > from).length >= OFTEN
  /** The fields that a write repairs, which are sent with the value that they had reached before. */
  const repairsIn = (entry: Entry): ReadonlyArray<string> =>
    FIELDS.filter((field) => field in entry.body && reached.get(keyOf(entry, field)) === entry.body[field])
  const forget = (place: string): void => {
    for (const field of FIELDS) {
      reached.delete(`${place} ${field}`)
      repaired.delete(`${place} ${field}`)
    }
  }
  let last: Report | undefined
  return {
    runBegan: (life) => {
      last = life.reports.at(-1)
    },
    left: (entry, _life, run) => {
      if (run?.config?.contested !== 'hold' || entry.method !== 'PATCH' || scene.approving || isStopping(scene, entry)) return
      const left = repairsIn(entry).find((field) => often(keyOf(entry, field), scene.time.elapsed() - DAY + HOUR))
      if (left !== undefined) fail('S8', `${told(entry)}: ${left} was repaired twice before, and is left to people`)
    },
    runEnded: (life, run) => {
      if (run.config === undefined || run.broken || !run.remembered) return
      const report = life.reports.at(-1)
      // One that failed tells of nothing but that.
      const isTold = report !== last
      const findings = new Set(
        (report?.plan.scopes ?? []).flatMap((one) =>
          one._tag === 'Planned'
            ? one.findings.flatMap(({ rule, username, about }) =>
                rule === 'contested' ? [`${placeOf(one.scope.replace('subaccount:', ''), username ?? '')} ${about}`] : [],
              )
            : [],
        ),
      )
      for (const entry of run.requests) {
        if (entry.method !== 'PATCH' || !isWrite(entry)) continue
        for (const field of repairsIn(entry)) {
          const key = keyOf(entry, field)
          if (often(key, scene.time.elapsed() - DAY + HOUR) && isTold && !findings.has(key))
            fail('S8', `${told(entry)}: ${field} was repaired twice before, and is not told of as contested`)
        }
        const user = lastView(run, entry.scope)?.shown?.get(entry.username)
        const isMade =
          entry.ending === 'good' && user !== undefined && Object.keys(entry.body).every((field) => isShown(user, entry, field))
        for (const field of isMade ? repairsIn(entry) : []) {
          const key = keyOf(entry, field)
          repaired.set(key, [...(repaired.get(key) ?? []), scene.time.elapsed()])
        }
      }
      for (const scope of run.config.scopes.keys()) {
        const shown = lastView(run, scope)?.shown
        if (shown === undefined) continue
        for (const [username, user] of shown) {
          const wanted = managedOf(run.config, scope, username)
          // Who is not listed for a while is as unknown afterwards as who was gone.
          if (wanted === undefined) {
            forget(placeOf(scope, username))
            continue
          }
          for (const field of FIELDS) {
            const key = keyOf({ scope, username }, field)
            if (field in wanted && same(user, field, wanted[field])) reached.set(key, wanted[field])
            else if (!(field in wanted)) reached.delete(key)
          }
        }
        // Who is gone and comes back is somebody else.
        for (const key of reached.keys()) {
          const [where = '', username = ''] = key.split(' ')
          if (where === scope && !shown.has(username)) forget(`${where} ${username}`)
        }
      }
    },
    ledgerLost: () => {
      reached = new Map()
      repaired = new Map()
    },
  }
}

const HOUR = 3_600_000

const isShown = (user: { readonly [field: string]: unknown }, { body }: Entry, field: string): boolean =>
  field === 'username' || field === 'subaccount_id' || !(field in user) || same(user, field, body[field])
