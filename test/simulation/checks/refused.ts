// S12: an edit that the service has refused in words is not sent again before a day has passed, unless the config or the live user changed.
import { type Config, managedOf, newNameOf } from '../config.ts'
import { isOutside } from '../dates.ts'
import type { Run } from '../program.ts'
import { isStopping, lastView, type MakeStateCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'
import { placeOf } from '../start.ts'
import { DAY } from '../workload.ts'

type Refused = {
  readonly entry: Entry
  readonly asked: string
  readonly shown: string
  readonly said: string
  /** By the time of day. */
  readonly at: number
}

const BESIDE: ReadonlyArray<string> = ['username', 'subaccount_id']
const askedIn = ({ method, body }: Entry): string =>
  JSON.stringify([method, Object.entries(body).filter(([field]) => !BESIDE.includes(field))])

const viewBefore = ({ requests }: Run, { n, scope }: Entry): Entry | undefined =>
  requests.findLast((one) => one.n < n && one.endpoint === 'view' && one.scope === scope && one.ending === 'good')

export const refused: MakeStateCheck = (scene, fail) => {
  let known: ReadonlyArray<Refused> = []
  const saidOf = (config: Config | undefined, { scope, username }: Entry): string =>
    config === undefined
      ? ''
      : JSON.stringify([
          managedOf(config, scope, username),
          [config.unlisted, config.scopes.get(scope)?.absent.includes(username), newNameOf(config, scope, username)],
          config.rules,
          isOutside(config, scope, username, scene.time.now()),
        ])
  const isOf =
    ({ scope, username }: Entry) =>
    ({ entry }: Refused): boolean =>
      placeOf(entry.scope, entry.username) === placeOf(scope, username)
  return {
    left: (entry, _life, run) => {
      if (run?.requests.length === 0) known = known.filter((one) => saidOf(run.config, one.entry) === one.said)
      // Somebody has to be stopped now: that is tried in every run.
      if (entry.endpoint !== 'edit' || scene.approving || isStopping(scene, entry)) return
      const before = known.filter(isOf(entry)).find(({ asked }) => asked === askedIn(entry))
      const passed = scene.time.now() - (before?.at ?? Number.NEGATIVE_INFINITY)
      if (passed < DAY) fail('S12', `${told(entry)}: the same was refused ${Math.round(passed / 60_000)} min before`)
    },
    ended: (entry) => {
      const { endpoint, scope, shown, ending } = entry
      // Whoever is made is another user.
      if (endpoint === 'add') known = known.filter((one) => !isOf(entry)(one))
      if (endpoint !== 'view' || ending !== 'good') return
      known = known.filter((one) => one.entry.scope !== scope || JSON.stringify(shown?.get(one.entry.username)) === one.shown)
    },
    runEnded: (_life, run) => {
      if (!run.remembered) return
      for (const entry of run.requests) {
        if (entry.endpoint !== 'edit' || entry.ending !== 'refused' || entry.fault !== 'refused in words') continue
        known = known.filter((one) => !isOf(entry)(one) || one.asked !== askedIn(entry))
        const shown = lastView(run, entry.scope)?.shown?.get(entry.username)
        // Who changed while the request was on its way is another user than the one that it was refused for.
        const before = viewBefore(run, entry)?.shown?.get(entry.username)
        if (shown === undefined || JSON.stringify(shown) !== JSON.stringify(before)) continue
        const said = saidOf(run.config, entry)
        known = [...known, { entry, asked: askedIn(entry), shown: JSON.stringify(shown), said, at: scene.time.now() }]
      }
    },
    ledgerLost: () => {
      known = []
    },
  }
}
