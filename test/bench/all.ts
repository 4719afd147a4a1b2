// The figures, each as a ratio to its bound: `npm run bench` measures the main job and the start, `npm run bench -- idle` ten quiet minutes,
// `npm run bench -- rivals` what a user would pick instead, `npm run bench -- verify-log` a journal of a million lines with a byte changed,
// `npm run bench -- growth` ever more users, files and scopes, `npm run bench -- again` one changed file of a hundred.
import { spawn } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { again } from './again.ts'
import { answering } from './answering.ts'
import { report, verifyLog } from './evidence.ts'
import { growth } from './growth.ts'
import { idle } from './idle.ts'
import { configOf, MAIN, type Place, spanOf, usersOf, withPlace } from './measure.ts'
import { rivals } from './rivals.ts'
import { start } from './start.ts'

const rounded = (number: number): string => (number < 10 ? number.toFixed(2) : number.toFixed(0))
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const rows: Array<{ readonly figure: string; readonly measured: string; readonly bound: string; readonly ratio: number }> = []
const tell = (figure: string, measured: number, bound: number, unit: string): void => {
  const row = {
    figure,
    measured: `${rounded(measured)} ${unit}`,
    bound: `${rounded(bound)} ${unit}`,
    ratio: Number((measured / bound).toFixed(2)),
  }
  rows.push(row)
  process.stdout.write(
    `${row.ratio <= 1 ? 'holds ' : 'MISSED'} ${figure}: ${row.measured}, bound ${row.bound}, ratio ${row.ratio}\n`,
  )
}

const write = (place: Place, count: number, description: string, api: string): Promise<void> =>
  writeFile(join(place.dir, 'config.yaml'), configOf(place.url, usersOf(count, description), api))

const requestCounts = () =>
  withPlace(usersOf(100, 'old'), 0, async (place) => {
    await write(place, 100, 'old', 'pace: off')
    await place.command('apply', '--yes')
    tell('requests of a run without drift, one scope', (await place.requests()).length, 1, 'requests')
    await write(place, 100, 'new', 'pace: off')
    await place.command('apply', '--yes')
    tell('requests of a run with 100 changes, one scope', (await place.requests()).length, 102, 'requests')
  })

const LATENCY_MS = 50

const thousandChanges = (concurrency: number) =>
  withPlace(usersOf(1000, 'old'), LATENCY_MS, async (place) => {
    await write(place, 1000, 'new', `pace: off, concurrency: ${concurrency}`)
    await place.command('apply', '--yes')
    const bound = 1.1 * (Math.ceil(1000 / concurrency) + 2) * LATENCY_MS
    tell(`1,000 changes at ${LATENCY_MS} ms latency, concurrency ${concurrency}`, spanOf(await place.requests()), bound, 'ms')
  })

const memory = () =>
  withPlace(usersOf(10_000, 'same'), 0, async (place) => {
    await write(place, 10_000, 'same', 'pace: off')
    const { code, peakMb } = await place.command('plan', '--detailed-exitcode')
    if (code !== 0) throw new Error(`the plan ended with ${code}`)
    tell('peak memory of a plan without drift, 10,000 users', peakMb, 200, 'MB')
  })

const SAVES = 100

const savedToWire = () =>
  withPlace(usersOf(10, 'text 0'), 0, async (place) => {
    await write(place, 10, 'text 0', 'pace: off')
    const daemon = spawn(process.execPath, [MAIN, '--state-dir', 'state', 'run'], {
      cwd: place.dir,
      env: place.env,
      stdio: 'ignore',
    })
    const waits: Array<number> = []
    await new Promise((settled) => setTimeout(settled, 2500))
    for (let save = 1; save <= SAVES; save += 1) {
      await place.requests()
      await writeFile(join(place.dir, 'next.yaml'), configOf(place.url, usersOf(10, `text ${save}`), 'pace: off'))
      const at = Date.now()
      await rename(join(place.dir, 'next.yaml'), join(place.dir, 'config.yaml'))
      await new Promise((settled) => setTimeout(settled, 1100))
      const first = (await place.requests())[0]
      waits.push(first === undefined ? Number.POSITIVE_INFINITY : first.at - at)
    }
    daemon.kill()
    const sorted = waits.sort((one, other) => one - other)
    tell(`saved file to first request, p99 of ${SAVES} saves`, sorted[Math.ceil(SAVES * 0.99) - 1] ?? Number.NaN, 1000, 'ms')
  })

const FIGURES: ReadonlyMap<string, () => Promise<void>> = new Map([
  ['start', () => start(tell)],
  ['requests', requestCounts],
  [
    'changes',
    async () => {
      for (const concurrency of [1, 4, 16]) await thousandChanges(concurrency)
    },
  ],
  ['memory', memory],
  ['saved', savedToWire],
  ['answering', () => answering(tell)],
  ['again', () => again(tell)],
  ['report', () => report(tell)],
  ['growth', () => growth(tell, say)],
  ['verify-log', () => verifyLog(tell)],
  ['idle', () => idle(tell)],
  ['rivals', () => rivals(say)],
])
/** What takes long, and is measured only where it is asked for. */
const LONG = new Set(['growth', 'again', 'verify-log', 'idle', 'rivals'])
const asked = process.argv.slice(2)
for (const [name, measure] of FIGURES) if (asked.length === 0 ? !LONG.has(name) : asked.includes(name)) await measure()
await writeFile(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(rows, null, 2)}\n`)
process.exitCode = rows.every(({ ratio }) => ratio <= 1) ? 0 : 1
