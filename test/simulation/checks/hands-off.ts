// S5: nobody is written who is not listed, unless the policy says so, nobody who is ignored or protected, and no field that the config does
// not manage or that is as it should be.
import { type Config, GRACE_MS, isIgnored, isListed, isProtected, LIMIT, managedOf, stored } from '../config.ts'
import { isStopping, isWrite, lastView, type MakeCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'
import { same } from './same.ts'

const isLeaving = (config: Config, { scope, username }: Entry): boolean =>
  !isListed(config, username) &&
  config.scopes.has(scope) &&
  (config.scopes.get(scope)?.absent.includes(username) === true ||
    ((config.unlisted === 'block' || config.unlisted === 'remove') && !isIgnored(username)))

export const handsOff: MakeCheck = (scene, fail) => {
  /** When a user that leaves was blocked by the program, by place: time passed, less what the clock was set forward. */
  const blocked = new Map<string, number>()
  const passed = (): number => scene.time.elapsed() + scene.forward
  /** When a block took effect of which no life heard. */
  const blockedUnheard = ({ scope, username }: Entry): number | undefined =>
    scene.service.log
      .filter((one) => one.scope === scope && one.username === username && one.body.status === 'blocked')
      .findLast(({ effects }) => effects.length > 0)
      ?.effects.at(-1)?.at
  return {
    left: (entry, _life, run) => {
      const config = run?.config
      if (!isWrite(entry) || config === undefined) return
      const wrong = (why: string): void => fail('S5', `${told(entry)}: ${why}`)
      const { endpoint, method, scope, username, body } = entry
      const place = `${scope} ${username}`
      const managed = managedOf(config, scope, username)
      const sent = Object.entries(body).filter(([field]) => field !== 'username' && field !== 'subaccount_id')
      if (endpoint !== 'add' && isProtected(username)) return wrong('this user is protected')
      if (isStopping(scene, entry)) return
      if (endpoint === 'remove') {
        if (config.unlisted !== 'remove' || !isLeaving(config, entry))
          return wrong('the config does not say that this user is to go')
        // What an old view still shows is asked to go a second time, and nothing happens.
        if (!scene.service.usersOf(scope).has(username)) return
        const since = blocked.get(place) ?? blockedUnheard(entry)
        if (since === undefined || passed() - since < GRACE_MS) wrong('it was not blocked for as long as grace is')
        return
      }
      if (managed === undefined) {
        const isBlock = method === 'PATCH' && sent.length === 1 && body.status === 'blocked'
        if (!isBlock || !isLeaving(config, entry)) wrong('this user is listed nowhere')
        return
      }
      if (method === 'POST' && endpoint === 'edit') {
        if (body.email_password === undefined || body.email_password !== managed.email_password)
          wrong('a full edit without the declared password')
        return
      }
      const view = lastView(run, scope)?.shown?.get(username)
      for (const [field, value] of sent) {
        const [name] = stored(field, value)
        if (field === 'status' && !('status' in managed) && (blocked.has(place) || blockedUnheard(entry) !== undefined)) continue
        const wanted = managed[name]
        const isUnset = name === 'ippool' ? value === 0 : value === ''
        if (!(name in managed)) wrong(`${field} is not managed`)
        else if (wanted !== value && !(isUnset && (wanted === null || wanted === '')))
          wrong(`${field} is not sent as the config says`)
        else if (endpoint === 'edit' && view !== undefined && same(view, name, wanted) && !limitDiffers(view, managed, name))
          wrong(`${field} did not differ`)
      }
    },
    ended: (entry) => {
      // A stop is for now, and leads to no removal.
      if (isStopping(scene, entry)) return
      const { endpoint, scope, username, body, effects } = entry
      const place = `${scope} ${username}`
      if (endpoint === 'edit' && body.status === 'blocked' && effects.some(({ after }) => after?.status === 'blocked'))
        blocked.set(place, blocked.get(place) ?? passed())
      if (endpoint === 'edit' && body.status !== undefined && body.status !== 'blocked') blocked.delete(place)
      if (endpoint === 'remove' && effects.length > 0) blocked.delete(place)
    },
  }
}

const limitDiffers = (
  view: { readonly [field: string]: unknown },
  managed: { readonly [field: string]: unknown },
  name: string,
): boolean => LIMIT.includes(name) && LIMIT.some((field) => field in managed && !same(view, field, managed[field]))
