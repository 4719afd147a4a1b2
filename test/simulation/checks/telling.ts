// C1: what is told outside the state directory never holds a secret: the log at its finest level, status, status page and notifications. Asked of some
// lives only, since to tell all that takes longer than to live it.
import { fstatSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logger, tellToLog } from '../../../src/adapters/log.ts'
import { statusPage } from '../../../src/cli/page/page.ts'
import { printJson } from '../../../src/cli/render/json.ts'
import { statusJson } from '../../../src/cli/render/status-json.ts'
import { nothingTold, watched } from '../../../src/daemon/transitions.ts'
import { secretsIn } from '../config.ts'
import type { MakeCheck } from '../scene.ts'

let opened: number | undefined
/** A file that nobody else sees, the same for all lives of this process, which come one after the other. */
const ownFile = (): number => {
  if (opened !== undefined) return opened
  const folder = mkdtempSync(join(tmpdir(), 'life-'))
  opened = openSync(join(folder, 'log'), 'a+', 0o600)
  rmSync(folder, { recursive: true })
  return opened
}

/** What was written into it since it was last read. */
const taken = (file: number): string => {
  const bytes = Buffer.alloc(fstatSync(file).size)
  readSync(file, bytes, 0, bytes.length, 0)
  ftruncateSync(file)
  return bytes.toString()
}

export const telling: MakeCheck = ({ time }, fail) => {
  const file = ownFile()
  ftruncateSync(file)
  const log = tellToLog(() => logger({ level: 'trace', format: 'json', destination: file }))
  let lines = 0
  let watch = nothingTold
  const search = (what: string, text: string): void => {
    if (secretsIn(text).length > 0) fail('C1', `a secret is in ${what}`)
  }
  return {
    told: (event) => {
      log(event)
      const { watch: next, news } = watched(watch, event, new Date(time.now()).toISOString())
      watch = next
      if (news !== undefined) search('a notification', JSON.stringify(news))
    },
    runEnded: ({ daemon }) => {
      const text = taken(file)
      lines += text.split('\n').length - 1
      search('the log', text)
      const status = daemon?.controls.status()
      if (status === undefined) return
      search('the status', printJson(statusJson(status)))
      search('the status page', statusPage(status, new Date(time.now())))
    },
    over: () => {
      search('the log', taken(file))
      if (lines === 0) fail('C1', 'nothing is in the log')
    },
  }
}
