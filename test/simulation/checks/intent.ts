// S9: before a write leaves, the disk durably tells who and which fields; and nothing on it ever tells a secret (C1, C3).
import { IN_FOREIGN_PASSWORDS, IN_PASSWORDS, KEYS, LIMIT } from '../config.ts'
import { isWrite, type MakeStateCheck, told } from '../scene.ts'

export const intent: MakeStateCheck = (_scene, fail, { disk }) => {
  let from = 0
  return {
    runBegan: () => {
      from = disk.journal.length
    },
    left: (entry) => {
      if (!isWrite(entry)) return
      const { username, body, method, endpoint } = entry
      const scope = entry.scope === 'account' ? 'account' : `subaccount:${entry.scope}`
      const lines = disk.journal.slice(from).flatMap((line) => (line.event === 'intent' ? [line] : []))
      const line = lines.findLast((one) => one.scope === scope && one.username === username)
      if (line === undefined) return fail('S9', `${told(entry)} before its intent is on the disk`)
      if (method === 'POST' && endpoint === 'edit') return
      const named: ReadonlyArray<string> = line.fields.map(({ field }) => field)
      const untold = Object.keys(body).filter(
        (field) =>
          field !== 'username' &&
          field !== 'subaccount_id' &&
          !named.includes(field) &&
          !(LIMIT.includes(field) && named.some((name) => LIMIT.includes(name))),
      )
      if (untold.length > 0) fail('S9', `${told(entry)}: the intent on the disk does not tell of ${untold.join(', ')}`)
    },
    over: () => {
      const all = `${disk.ledger?.text() ?? ''}${JSON.stringify(disk.journal)}`
      for (const secret of [...Object.values(KEYS), IN_PASSWORDS, IN_FOREIGN_PASSWORDS])
        if (all.includes(secret)) fail('C1', 'a secret is on the disk')
    },
  }
}
