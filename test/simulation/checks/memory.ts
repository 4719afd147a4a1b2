// S10: without a memory of the scope for 24 hours nobody is blocked, removed or opened again, and no password of a live user is set, unless a
// person said so; and after the ledger was lost nothing is sent for a minute.
import { isDeepStrictEqual } from 'node:util'
import { isStopping, isWrite, lastView, type MakeStateCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'
import { DAY } from '../workload.ts'
import { meantToMake } from './meant.ts'

const MINUTE = 60_000

const isAgain = (entry: Entry, before: Entry | undefined): boolean =>
  before?.ending === 'unclear' && before.endpoint === entry.endpoint && isDeepStrictEqual(before.body, entry.body)

export const memory: MakeStateCheck = (scene, fail, { disk, isNew }) => {
  let isYoung = isNew
  let lost = false
  let silentUntil = Number.NEGATIVE_INFINITY
  /** When the memory of each scope began, at the earliest. */
  let since = new Map<string, number>()
  const made = new Set<string>()
  /** What a killed run meant to make, or one that got no clear answer: what comes of a later try says nothing of that one. */
  const meant = new Set<string>()
  /** What was sent last to a user when the memory was old enough, or by a person's word: where a clock is set back, it may have to be sent again. */
  const free = new Map<string, Entry>()
  /** How long the journal was when the run began. */
  let began = 0
  return {
    left: (entry, _life, run) => {
      const now = scene.time.elapsed()
      if (lost) {
        lost = false
        if (now < silentUntil)
          fail('S10', `a request ${Math.round((now - silentUntil + MINUTE) / 1000)} s after the ledger was lost`)
      }
      const { scope, username, body, endpoint } = entry
      if (endpoint === 'add') made.add(`${scope} ${username}`)
      if (!since.has(scope)) since.set(scope, scene.time.now())
      const age = scene.time.now() - (since.get(scope) ?? 0)
      if (!isYoung || !isWrite(entry) || endpoint === 'add') return
      const place = `${scope} ${username}`
      if (scene.approving || age >= DAY) {
        free.set(place, entry)
        return
      }
      if (isStopping(scene, entry) || isAgain(entry, free.get(place))) return
      const shown = lastView(run, scope)?.shown?.get(username)
      const harm =
        endpoint === 'remove'
          ? 'a removal'
          : body.email_password !== undefined && body.email_password !== shown?.email_password && !made.has(place)
            ? 'a password'
            : body.status !== undefined &&
                body.status !== shown?.status &&
                (body.status === 'allowed' || shown?.status === 'allowed')
              ? 'a status'
              : undefined
      if (harm !== undefined) fail('S10', `${told(entry)}: ${harm} by a memory of ${Math.round(age / MINUTE)} minutes`)
    },
    runBegan: () => {
      began = disk.journal.length
    },
    // One that it made, or may have made: no clear answer came, or none that it could write down.
    runEnded: (_life, { requests, remembered }) => {
      for (const { endpoint, scope, username, ending } of requests)
        if (endpoint === 'add')
          if (ending !== 'refused') meant.add(`${scope} ${username}`)
          else if (remembered) made.delete(`${scope} ${username}`)
      if (!remembered) for (const place of meantToMake(disk, began)) meant.add(place)
      for (const place of meant) made.add(place)
    },
    lifeEnded: () => {
      for (const place of meantToMake(disk)) {
        meant.add(place)
        made.add(place)
      }
    },
    ledgerLost: () => {
      isYoung = true
      since = new Map()
      made.clear()
      free.clear()
      meant.clear()
      lost = disk.journal.length > 0
      silentUntil = scene.time.elapsed() + MINUTE
    },
  }
}
