// S9: before a write leaves, the disk durably tells who and which fields; and nothing on it ever tells a secret (C1, C3).
import { LIMIT, secretsIn, stored } from '../config.ts'
import type { Run } from '../program.ts'
import { isWrite, type MakeStateCheck, told } from '../scene.ts'
import type { Entry } from '../service.ts'
import { DAY } from '../workload.ts'
import { isFullEdit, shownTo } from './full-edits.ts'
import { isBlind } from './liveness.ts'
import { same } from './same.ts'

export const intent: MakeStateCheck = (scene, fail, { disk }) => {
  let from = 0
  /**
   * A full edit carries, besides what it is for, what a look of its own had shown, and of what no look shows what was sent before; and a password
   * that did not take within a day, which it cannot leave out and which was told when it was sent first.
   */
  const isCarried = (entry: Entry, field: string, run: Run | undefined): boolean => {
    if (!isFullEdit(entry) || run === undefined) return false
    const { scope, username, body } = entry
    if (shownTo(run, entry).some((user) => same(user, stored(field, undefined)[0], body[field]))) return true
    const isSame = (one: Entry): boolean => one.scope === scope && one.username === username && one.body[field] === body[field]
    const since = field === 'email_password' ? entry.sentAt - DAY : Number.POSITIVE_INFINITY
    return scene.service.log.some(
      (one) => one !== entry && isWrite(one) && isSame(one) && (isBlind(field, scene) || one.sentAt >= since),
    )
  }
  return {
    runBegan: () => {
      from = disk.journal.length
    },
    left: (entry, _life, run) => {
      if (!isWrite(entry)) return
      const { username, body } = entry
      const scope = entry.scope === 'account' ? 'account' : `subaccount:${entry.scope}`
      const lines = disk.journal.slice(from).flatMap((line) => (line.event === 'intent' ? [line] : []))
      const line = lines.findLast((one) => one.scope === scope && one.username === username)
      if (line === undefined) return fail('S9', `${told(entry)} before its intent is on the disk`)
      const named: ReadonlyArray<string> = line.fields.map(({ field }) => field)
      const untold = Object.keys(body).filter(
        (field) =>
          field !== 'username' &&
          field !== 'subaccount_id' &&
          !named.includes(field) &&
          !isCarried(entry, field, run) &&
          !(LIMIT.includes(field) && named.some((name) => LIMIT.includes(name))),
      )
      if (untold.length > 0) fail('S9', `${told(entry)}: the intent on the disk does not tell of ${untold.join(', ')}`)
    },
    over: () => {
      const all = `${disk.ledger?.text() ?? ''}${JSON.stringify(disk.journal)}`
      if (secretsIn(all).length > 0) fail('C1', 'a secret is on the disk')
    },
  }
}
