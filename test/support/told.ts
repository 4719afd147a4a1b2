// What the program tells where it runs in the test's own process: every event goes through the real log into a file that nobody else sees,
// and is searched for the test's keys and passwords, as are the files that it leaves.
import { fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logger, tellToLog } from '../../src/adapters/log.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
import { filesIn, scanner } from './canary.ts'

export type Told = {
  readonly tell: (event: RunEvent) => void
  /** What is kept where no file is: each line of the journal, each ledger. */
  readonly kept: (channel: 'a journal' | 'a ledger', text: string) => void
  /** Searches all that was told and what stands in the folder; a find is an error. */
  readonly close: (dir: string | undefined, secrets: Readonly<Record<string, string | undefined>>) => Promise<void>
}

const logs = mkdtempSync(join(tmpdir(), 'told-'))
const log = join(logs, 'log')
const file = openSync(log, 'a+', 0o600)
const tellLog = tellToLog(() => logger({ level: 'trace', format: 'json', destination: file }))
process.on('exit', () => rmSync(logs, { recursive: true, force: true }))

const toldSince = (from: number): Buffer => {
  const bytes = Buffer.alloc(fstatSync(file).size - from)
  readSync(file, bytes, 0, bytes.length, from)
  return bytes
}

/** Listens to a program in this process. */
export const listen = (): Told => {
  const from = fstatSync(file).size
  const texts: Array<readonly ['a journal' | 'a ledger', string]> = []
  return {
    tell: tellLog,
    kept: (channel, text) => void texts.push([channel, text]),
    close: async (dir, secrets) => {
      const canaries = scanner()
      try {
        for (const [name, text] of Object.entries(secrets)) if (text !== undefined) canaries.add(`$${name}`, text)
        const found = canaries.search('standard error', toldSince(from))
        const files = dir === undefined ? [] : await filesIn(dir, new Set())
        const inFiles = files.flatMap(({ path, channel, bytes }) => canaries.search(channel, bytes, path))
        const all = [...found, ...inFiles, ...texts.flatMap(([channel, text]) => canaries.search(channel, text))]
        if (all.length > 0) throw new Error(`C1: secrets were let out: ${all.join('; ')}`)
      } finally {
        canaries.close()
      }
    },
  }
}
