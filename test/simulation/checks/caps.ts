// S4: no more distinct users a scope and kind than the caps say: creates and updates in a run; blocks, removes and passwords in 24 hours, by
// the time of day, through restarts and crashes.
import type { Caps, Setting } from '../config.ts'
import { courseOf } from '../faults.ts'
import type { Run } from '../program.ts'
import { isStopping, isWrite, lastView, type MakeStateCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'
import { DAY } from '../workload.ts'
import { isBlind } from './liveness.ts'
import { meant, meantToMake } from './meant.ts'

/** The kinds of a write that are counted over a day. */
const kindsOf = (entry: Entry, shown: { readonly [field: string]: unknown } | undefined): ReadonlyArray<keyof Caps> => {
  if (entry.endpoint === 'add') return []
  if (entry.endpoint === 'remove') return ['removes']
  const { status } = entry.body
  const leaves = status !== undefined && status !== 'allowed' && shown?.status === 'allowed'
  const shuts = leaves || (status === 'blocked' && shown?.status === 'sandbox')
  return [...(shuts ? ['blocks' as const] : []), ...(entry.body.email_password === undefined ? [] : ['passwords' as const])]
}

/** A run that is killed cannot note when it sent what it had planned. */
const TOLERANCE = 900_000

type Spent = {
  readonly scope: string
  readonly kind: keyof Caps
  readonly username: string
  readonly at: number
  readonly life: number
}

export const caps: MakeStateCheck = (scene, fail, { disk }) => {
  let spent: ReadonlyArray<Spent> = []
  /** Users that an add with an unknown outcome may have made: their password is set again without being counted. */
  const perhapsMade = new Set<string>()
  /** What was sent before with an unknown outcome was counted then. */
  const again = new Set<string>()
  let sent: ReadonlyArray<Entry> = []
  /** What was sent when a user was made, by place; and the edits that sent once more what nobody can see of it. */
  const added = new Map<string, Entry['body']>()
  const hidden = new Set<Entry>()
  /** How long the journal was when the run began. */
  let began = 0
  /** Passwords that were sent, by place. */
  const given = new Set<string>()
  /**
   * The password that was sent before, or that is shown is no change: a full edit has to carry it, and one that may not have been set is
   * sent once more.
   */
  const isCarried = ({ scope, username, body }: Entry, shown: Setting | undefined): boolean =>
    body.email_password === shown?.email_password || given.has(`${scope} ${username} ${String(body.email_password)}`)
  /** What the program knows of what it sent, once a run is over; where it could not write that down, or did not live to, nothing. */
  const note = (run: Run | undefined, since?: number): void => {
    for (const { n, endpoint, scope, username, body, ending } of sent) {
      const place = `${scope} ${username}`
      const isKnown = run !== undefined && (ending === 'good' || ending === 'refused')
      // What was taken and not read back may not be done.
      const isSeen = ending === 'refused' || (lastView(run, scope)?.n ?? 0) > n
      if (!isKnown || !isSeen) again.add(place)
      if (endpoint === 'add' && !isKnown) perhapsMade.add(place)
      if (endpoint === 'add' && ending === 'good') added.set(place, body)
    }
    sent = []
    if (run !== undefined) return
    // What it meant to send and did not: that, too, it could not write down.
    for (const place of meantToMake(disk, since)) perhapsMade.add(place)
    for (const place of meant(disk, since)) again.add(place)
  }
  // What nobody can see is sent once more where the add may have met somebody who had been there before.
  const noteHidden = (entry: Entry): void => {
    const { scope, username, endpoint, body } = entry
    const before = added.get(`${scope} ${username}`)
    if (before === undefined || endpoint !== 'edit') return
    const fields = Object.keys(body).filter((field) => isBlind(field, scene))
    const others = Object.keys(body).filter((field) => !['username', 'subaccount_id', ...fields].includes(field))
    if (fields.length === 0) return
    if (others.length === 0 && fields.every((field) => body[field] === before[field])) hidden.add(entry)
    added.delete(`${scope} ${username}`)
  }
  const isRetried = (entry: Entry): boolean => again.has(`${entry.scope} ${entry.username}`) || hidden.has(entry)
  return {
    left: (entry, life, run) => {
      const config = run?.config
      if (!isWrite(entry) || run === undefined || config === undefined || scene.approving || isStopping(scene, entry)) return
      sent = [...sent, entry]
      noteHidden(entry)
      const { scope, username, body } = entry
      const shown = lastView(run, scope)?.shown?.get(username)
      const now = scene.time.now()
      const isExempt = perhapsMade.has(`${scope} ${username}`)
      for (const kind of kindsOf(entry, shown)) {
        if (kind === 'passwords' && (isExempt || isCarried(entry, shown))) continue
        spent = [...spent, { scope, kind, username, at: now, life: life.n }]
        const users = new Set(
          spent
            .filter(
              (one) => one.scope === scope && one.kind === kind && now - one.at < DAY - (one.life === life.n ? 0 : TOLERANCE),
            )
            .map((one) => one.username),
        )
        if (users.size > config.caps[kind])
          fail('S4', `${told(entry)}: ${users.size} ${kind} in 24 h where the cap is ${config.caps[kind]}`)
      }
      given.add(`${scope} ${username} ${String(body.email_password)}`)
      const kind = entry.endpoint === 'add' ? 'creates' : 'updates'
      const alike = run.requests.filter(
        (one) => isWrite(one) && one.scope === scope && (one.endpoint === 'add') === (kind === 'creates'),
      )
      const counted = [...alike, entry].filter(
        (one) => one.endpoint !== 'remove' && one.body.status !== 'blocked' && !isRetried(one),
      )
      if (counted.length > config.caps[kind])
        fail('S4', `${counted.length} ${kind} in a run where the cap is ${config.caps[kind]}`)
    },
    // What never left was not counted.
    ended: ({ scope, username, fault }) => {
      const { answer } = courseOf(fault)
      if (answer._tag !== 'Broken' || !answer.unsent) return
      const last = spent.findLast((one) => one.scope === scope && one.username === username)?.at
      spent = spent.filter((one) => one.scope !== scope || one.username !== username || one.at !== last)
    },
    runBegan: () => {
      began = disk.journal.length
    },
    runEnded: (_life, run) => note(run.remembered ? run : undefined, began),
    lifeEnded: () => note(undefined),
  }
}
