// S5: nobody is written who is not listed, unless the policy says so, nobody who is ignored or protected, and no field that the config does
// not manage or that is as it should be.
import {
  type Config,
  formerOf,
  GRACE_MS,
  isLeaving,
  isProtected,
  LIMIT,
  managedOf,
  newNameOf,
  type Setting,
  stored,
} from '../config.ts'
import { isOutside } from '../dates.ts'
import type { Run } from '../program.ts'
import { isToBlock, setOfOther } from '../rules.ts'
import { isStopping, isWrite, lastView, type MakeCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'
import { placeOf } from '../start.ts'
import { isFullEdit, isUnseen, overwritten, type Sent, shownTo } from './full-edits.ts'
import { same } from './same.ts'

export const handsOff: MakeCheck = (scene, fail) => {
  /** When a user that leaves was blocked by the program, by place: time passed, less what the clock was set forward. */
  const blocked = new Map<string, number>()
  /** Who was blocked by it for another reason: a rule, or what the config says of them. */
  const ruled = new Set<string>()
  const fullEdits = new Map<Entry, Sent>()
  const passed = (): number => scene.time.elapsed() + scene.forward
  /** The blocks of a user that took effect, of which perhaps no life heard. */
  const blocksOf = ({ scope, username }: Pick<Entry, 'scope' | 'username'>): ReadonlyArray<Entry> =>
    scene.service.log.filter(
      (one) => one.scope === scope && one.username === username && one.body.status === 'blocked' && one.effects.length > 0,
    )
  const departedUnheard = (entry: Entry): number | undefined =>
    blocksOf(entry)
      .findLast((one) => scene.blocks.get(one) === 'leaves')
      ?.effects.at(-1)?.at
  const wasOurs = (entry: Entry): boolean => {
    const place = `${entry.scope} ${entry.username}`
    return blocked.has(place) || ruled.has(place) || blocksOf(entry).length > 0
  }
  /** Whether a user may be on its way out: of one with a new name only where that has been there for as long as grace is. */
  const mayLeave = (config: Config, { scope, username }: Entry): boolean => {
    if (!isLeaving(config, scope, username)) return false
    const name = newNameOf(config, scope, username)
    const made = scene.service.log.find((one) => one.scope === scope && one.username === name && one.effects.length > 0)
    if (name === undefined) return true
    // What we have done to it first may have been to mend who was made by hand.
    const madeAt = [made?.effects[0]?.at, scene.madeByHand.get(placeOf(scope, name))].filter((at) => at !== undefined)
    return passed() - Math.min(...madeAt) >= GRACE_MS
  }
  /** What a new name is made with, or gets when its making did not take: what the old one is seen to have. */
  const formerView = (config: Config, { scope, username }: Entry, run: Run): Setting | undefined => {
    const shown = lastView(run, scope)?.shown
    return formerOf(config, scope, username)
      .map((name) => shown?.get(name))
      .find((old) => old !== undefined)
  }
  /** Whether somebody else has blocked the old name of a user that is made, which keeps that. */
  const keepsBlock = (config: Config, { endpoint, scope, username }: Entry, run: Run): boolean => {
    const shown = lastView(run, scope)?.shown
    const isOfOthers = (old: string): boolean =>
      (blocksOf({ scope, username: old }).at(-1)?.effects.at(-1)?.at ?? 0) <= (scene.statusByHand.get(placeOf(scope, old)) ?? 0)
    return (
      endpoint === 'add' &&
      formerOf(config, scope, username).some((old) => shown?.get(old)?.status === 'blocked' && isOfOthers(old))
    )
  }
  // One that we blocked had another status before.
  const isKept = (old: Setting | undefined, { body }: Entry, field: string): boolean =>
    old !== undefined && (same(old, stored(field, undefined)[0], body[field]) || (field === 'status' && old.status === 'blocked'))
  const removalIsWrong = (config: Config, entry: Entry): string | undefined => {
    const { scope, username } = entry
    if (config.unlisted !== 'remove' || !isLeaving(config, scope, username))
      return 'the config does not say that this user is to go'
    // What an old view still shows is asked to go a second time, and nothing happens.
    if (!scene.service.usersOf(scope).has(username)) return undefined
    const since = blocked.get(`${scope} ${username}`) ?? departedUnheard(entry)
    return since === undefined || passed() - since < GRACE_MS ? 'it was not blocked for as long as grace is' : undefined
  }
  /** Whether a rule asks for a block, as far as the last view and what the config repairs tell: surely, perhaps, or not. */
  const ruling = (
    config: Config,
    { scope, username }: Entry,
    view: Setting | undefined,
    wanted: Setting,
  ): 'yes' | 'perhaps' | 'no' => {
    const { status: _, ...repairs } = wanted
    const [is, was] = [{ ...view, ...repairs }, { ...view }].map((user) => isToBlock(config, scope, username, user))
    // What is contested, or was sent in vain, is left as it is.
    return is !== was ? 'perhaps' : is ? 'yes' : 'no'
  }
  /** Whether the dates ask for a block: surely, perhaps since a moment of theirs came during the run, or not. */
  const dating = (config: Config, { scope, username }: Entry, run: Run): 'yes' | 'perhaps' | 'no' => {
    const { time, clockSetAt } = scene
    const [is, was] = [time.now(), time.now() - (time.elapsed() - run.began)].map((at) => isOutside(config, scope, username, at))
    return is !== was || clockSetAt >= run.began ? 'perhaps' : is ? 'yes' : 'no'
  }
  /** What a full edit does is known once it took effect, of which perhaps nobody hears. */
  const judge = (sent: Sent): void => {
    for (const field of overwritten(sent)) fail('S5', `${told(sent.entry)}: ${field} is another one after it`)
  }
  return {
    left: (entry, _life, run) => {
      if (!isWrite(entry) || run?.config === undefined) return
      const { config } = run
      const wrong = (why: string): void => fail('S5', `${told(entry)}: ${why}`)
      const { endpoint, scope, username, body } = entry
      const managed = managedOf(config, scope, username)
      if (endpoint !== 'add' && isProtected(username)) return wrong('this user is protected')
      if (isStopping(scene, entry)) return
      if (endpoint === 'remove') {
        const why = removalIsWrong(config, entry)
        if (why !== undefined) wrong(why)
        return
      }
      const view = lastView(run, scope)?.shown?.get(username)
      const wanted = managed ?? setOfOther(config, scope, username)
      const old = formerView(config, entry, run)
      const block = ruling(config, entry, view ?? old, wanted)
      const dates = dating(config, entry, run)
      const leaves = managed === undefined && mayLeave(config, entry)
      if (leaves && body.status === 'blocked') scene.blocks.set(entry, 'leaves')
      else if (body.status === 'blocked' && wanted.status !== 'blocked')
        if (dates !== 'no') scene.blocks.set(entry, 'dates')
        else if (block !== 'no' && !keepsBlock(config, entry, run)) scene.blocks.set(entry, 'rule')
      if (endpoint === 'add' && dates === 'yes') wrong('it is outside its dates')
      if (isFullEdit(entry)) {
        if (managed === undefined) wrong('this user is listed nowhere')
        else if (body.email_password === undefined || body.email_password !== managed.email_password)
          wrong('a full edit without the declared password')
        if (isUnseen(run, entry)) wrong('a full edit without a look of its own')
        const ofStatus = block !== 'no' || dates !== 'no' || wasOurs(entry)
        const looks = [...shownTo(run, entry), ...(old === undefined ? [] : [old])]
        fullEdits.set(entry, { entry, wanted, looks, ofStatus })
        return
      }
      for (const [field, value] of Object.entries(body)) {
        if (field === 'username' || field === 'subaccount_id') continue
        const [name] = stored(field, value)
        if (field === 'status' && (endpoint === 'edit' || old !== undefined)) {
          if (value === 'blocked' && (leaves || block !== 'no' || dates !== 'no')) continue
          if (value !== 'blocked' && (block === 'yes' || dates === 'yes')) return wrong('a rule or a date asks for its block')
          if (!('status' in wanted) && wasOurs(entry)) continue
        }
        if (!(name in wanted) && isKept(old, entry, field)) continue
        const isUnset = name === 'ippool' ? value === 0 : value === ''
        if (!(name in wanted)) wrong(managed === undefined ? 'this user is listed nowhere' : `${field} is not managed`)
        else if (wanted[name] !== value && !(isUnset && (wanted[name] === null || wanted[name] === '')))
          wrong(`${field} is not sent as the config says`)
        else if (endpoint === 'edit' && view !== undefined && same(view, name, wanted[name]) && !limitDiffers(view, wanted, name))
          wrong(`${field} did not differ`)
      }
    },
    over: () => {
      for (const sent of fullEdits.values()) judge(sent)
    },
    ended: (entry) => {
      const sent = fullEdits.get(entry)
      if (sent !== undefined) judge(sent)
      // A stop is for now, and leads to no removal.
      if (isStopping(scene, entry)) return
      const { endpoint, scope, username, body, effects } = entry
      const place = `${scope} ${username}`
      if (endpoint === 'edit' && body.status === 'blocked' && effects.some(({ after }) => after?.status === 'blocked')) {
        if (scene.blocks.get(entry) === 'leaves') blocked.set(place, blocked.get(place) ?? passed())
        else ruled.add(place)
      }
      const isOver =
        (endpoint === 'edit' && body.status !== undefined && body.status !== 'blocked') ||
        (endpoint === 'remove' && effects.length > 0)
      if (!isOver) return
      blocked.delete(place)
      ruled.delete(place)
    },
  }
}

const limitDiffers = (
  view: { readonly [field: string]: unknown },
  managed: { readonly [field: string]: unknown },
  name: string,
): boolean => LIMIT.includes(name) && LIMIT.some((field) => field in managed && !same(view, field, managed[field]))
