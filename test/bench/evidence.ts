// What evidence costs: the report of a year, and a byte changed anywhere in a million lines of journal. Processor time, since other load
// on the machine is none of it.
import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeJournal, yearOf } from '../support/long-journal.ts'
import { type Place, type Tell, withPlace } from './measure.ts'

const YEAR = { start: Date.UTC(2025, 0, 1), runs: 35_000, changes: 10_000, periodMs: 15 * 60_000 }
const SCOPES = [1, 100]

/** Measures the report of a year, of an account alone and with subaccounts. */
export const report = async (tell: Tell): Promise<void> => {
  for (const scopes of SCOPES)
    await withPlace([], 0, async (place) => {
      await mkdir(join(place.dir, 'state'), { mode: 0o700 })
      writeJournal(join(place.dir, 'state'), yearOf({ ...YEAR, scopes }))
      const name = `report of a year, 35,000 runs, 10,000 changes, ${scopes} ${scopes === 1 ? 'scope' : 'scopes'}`
      for (const format of ['html', 'csv']) {
        const args = ['report', '--since', '2025-01-01', '--until', '2026-01-01', '--format', format, '--out', `report.${format}`]
        const { code, peakMb, cpuSeconds } = await place.command(...args)
        const size = statSync(join(place.dir, `report.${format}`)).size
        if (code !== 0 || size < 10_000) throw new Error(`the report ended with ${code}, ${size} bytes`)
        tell(`${name}, ${format}: processor time`, cpuSeconds, 5, 's')
        tell(`${name}, ${format}: peak memory`, peakMb, 300, 'MB')
      }
    })
}

const LINES = 1_000_000
const BYTES = 12
/** Runs with two lines a change and one of news: 600,000 + 4 lines for each of 100,000 that changed something. */
const LONG = { start: Date.UTC(2010, 0, 1), runs: 700_000, changes: 100_000, periodMs: 60_000 }

/** Measures the check of a long journal, and changes single bytes of it: the first, the last, and those between at even steps. */
export const verifyLog = (tell: Tell): Promise<void> =>
  withPlace([], 0, async (place) => {
    const dir = join(place.dir, 'state')
    await mkdir(dir, { mode: 0o700 })
    const lines = writeJournal(dir, yearOf(LONG))
    if (lines < LINES) throw new Error(`only ${lines} lines were written`)
    const whole = await place.command('verify-log')
    if (whole.code !== 0) throw new Error(`a journal as it was written does not fit: ${whole.out}`)
    tell('verify-log of a million lines: processor time', whole.cpuSeconds, 30, 's')
    tell('verify-log of a million lines: peak memory', whole.peakMb, 150, 'MB')
    let found = 0
    for (let at = 0; at < BYTES; at += 1) found += (await isFound(place, dir, at / (BYTES - 1))) ? 1 : 0
    if (found < BYTES) throw new Error(`only ${found} of ${BYTES} changed bytes were found`)
    tell('bytes changed in a million lines, and not found', BYTES - found, 1, `of ${BYTES}`)
  })

/** Changes the byte at this share of the whole, checks, and puts it back; whether the line or the one after it was named. */
const isFound = async (place: Place, dir: string, share: number): Promise<boolean> => {
  const seqOf = (name: string): number => Number(/journal-(\d+)/.exec(name)?.[1] ?? Number.MAX_SAFE_INTEGER)
  const files = readdirSync(dir)
    .filter((name) => name.endsWith('.jsonl'))
    .sort((one, other) => seqOf(one) - seqOf(other))
  const sizes = files.map((name) => statSync(join(dir, name)).size)
  let offset = Math.round((sizes.reduce((sum, size) => sum + size, 0) - 1) * share)
  const which = sizes.findIndex((size) => {
    if (offset < size) return true
    offset -= size
    return false
  })
  const file = openSync(join(dir, files[which] ?? ''), 'r+')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, offset)
  const flip = (): void => {
    byte[0] = (byte[0] ?? 0) ^ 1
    writeSync(file, byte, 0, 1, offset)
  }
  flip()
  const { code, out } = await place.command('verify-log')
  flip()
  closeSync(file)
  return code === 4 && out.includes(' does not fit: ')
}
