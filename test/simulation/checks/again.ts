// S8: what the service took note of and did not make is not sent again before a day has passed, unless one of the two sides changed.

import { type Config, managedOf, type ScopeId, stored } from '../config.ts'
import { isOutside } from '../dates.ts'
import { isStopping, isWrite, lastView, type MakeStateCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'
import { DAY } from '../workload.ts'
import { REFUSED } from './rest.ts'
import { same } from './same.ts'

type Vain = {
  readonly value: unknown
  readonly shown: unknown
  readonly at: number
  /** The same, by the time that passed. */
  readonly after: number
  readonly place: Place
  /** What the config said of it then. */
  readonly said: string
}

/** A field of a user. */
type Place = { readonly scope: string; readonly username: string; readonly name: string }

const saidOf = (config: Config | undefined, { scope, username, name }: Place, now: number): string => {
  if (config === undefined) return ''
  const managed = managedOf(config, scope, username)
  const own =
    managed === undefined
      ? `${config.unlisted} ${String(config.scopes.get(scope)?.absent.includes(username))}`
      : JSON.stringify(managed[name] ?? null)
  return `${own} ${JSON.stringify(config.rules)} ${isOutside(config, scope, username, now)}`
}

export const again: MakeStateCheck = (scene, fail) => {
  /** By place and field: what was sent, what was shown after it. */
  let inVain = new Map<string, Vain>()
  /** Whether the user has been made anew since, be it that the answer was lost: whoever was made is another one. */
  const isAnother = ({ after, place: { scope, username } }: Vain): boolean =>
    scene.service.log.some(
      (one) =>
        one.endpoint === 'add' && one.scope === scope && one.username === username && one.effects.some(({ at }) => at > after),
    )
  return {
    left: (entry, _life, run) => {
      // What the config said otherwise in between may be tried again.
      if (run?.requests.length === 0)
        for (const [key, { place, said }] of inVain) if (saidOf(run.config, place, scene.time.now()) !== said) inVain.delete(key)
      // Somebody has to be stopped now: that is tried in every run.
      if (entry.method !== 'PATCH' || scene.approving || isStopping(scene, entry)) return
      const shown = lastView(run, entry.scope)?.shown?.get(entry.username)
      const fields = Object.keys(entry.body).filter((field) => field !== 'username' && field !== 'subaccount_id')
      const stuck = fields.filter((field) => {
        const one = inVain.get(`${entry.scope} ${entry.username} ${field}`)
        const [name] = stored(field, undefined)
        return (
          one !== undefined &&
          one.value === entry.body[field] &&
          one.shown === shown?.[name] &&
          scene.time.now() - one.at < DAY &&
          !isAnother(one)
        )
      })
      if (fields.length > 0 && stuck.length === fields.length) fail('S8', `${told(entry)}: the same was sent in vain before`)
    },
    ended: ({ scope, username, shown, endpoint, ending }) => {
      // As far as anybody can know, somebody was made.
      if (endpoint === 'add' && ending === 'good')
        for (const [key, { place }] of inVain) if (place.scope === scope && place.username === username) inVain.delete(key)
      // Somebody else did it meanwhile; whoever undoes that has it sent anew.
      for (const [key, { place, shown: before }] of inVain) {
        const user = place.scope === scope ? shown?.get(place.username) : undefined
        if (user !== undefined && user[place.name] !== before) inVain.delete(key)
      }
    },
    runEnded: (_life, run) => {
      if (!run.remembered) return
      // A look at the users of a scope may be the one before a full edit of another one of them, and where the key is refused then, none follows.
      const shutAt =
        run.requests.find(({ fault }) => fault !== undefined && REFUSED.includes(fault))?.endedAt ?? Number.POSITIVE_INFINITY
      // So it is where a write to the scope is on its way as the look leaves, or leaves later: it is read back when all of them have ended, or not at
      // all, as where the key is throttled by then, and what nobody read back is sent once more.
      const isAmidWrites = ({ scope, sentAt }: Entry): boolean =>
        run.requests.some((one) => one.scope === scope && isWrite(one) && (one.endedAt ?? Number.POSITIVE_INFINITY) > sentAt)
      const readBackOf = (scope: ScopeId): Entry | undefined => {
        const view = lastView(run, scope)
        const isLate = shutAt < Number.POSITIVE_INFINITY && (view?.endedAt ?? shutAt) > shutAt
        return view === undefined || isLate || isAmidWrites(view) ? undefined : view
      }
      for (const entry of run.requests) {
        if (!isWrite(entry) || entry.method !== 'PATCH') continue
        const view = readBackOf(entry.scope)
        const shown = view?.shown?.get(entry.username)
        if (view === undefined || shown === undefined || view.sentAt < (entry.endedAt ?? Number.POSITIVE_INFINITY)) continue
        for (const [field, value] of Object.entries(entry.body)) {
          const key = `${entry.scope} ${entry.username} ${field}`
          const [name] = stored(field, undefined)
          const place = { scope: entry.scope, username: entry.username, name }
          const isIn = name in shown && !same(shown, name, value === '' && name === 'audit_email' ? null : value)
          if (entry.ending === 'good' && isIn && field !== 'username' && field !== 'email_password' && name !== 'ippool')
            inVain.set(key, {
              value,
              shown: shown[name],
              at: scene.time.now(),
              after: scene.time.elapsed(),
              place,
              said: saidOf(run.config, place, scene.time.now()),
            })
          else inVain.delete(key)
        }
      }
    },
    ledgerLost: () => {
      inVain = new Map()
    },
  }
}
