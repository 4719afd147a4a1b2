// A year in one process: people edit now and then, the schedule runs 35,000 times, and heap, handles, timers and listeners stay as they are.
//   node --expose-gc test/simulation/soak.js [--days N]
import { getEventListeners } from 'node:events'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { chanceOf } from './chance.ts'
import { edited } from './people.ts'
import { type Hands, simulate } from './simulate.ts'
import { beginning } from './start.ts'
import { DAY } from './workload.ts'

/** What one process holds at a moment. */
export type Held = {
  readonly day: number
  readonly heap: number
  readonly handles: number
  /** What is to come that the program asked for; what the script itself has still to do grows less day by day, and would hide a leak. */
  readonly timers: number
  readonly listeners: number
  /** Who listens for the end of the daemon, of a run or of a request that is still known to somebody. */
  readonly ends: number
}

type What = Exclude<keyof Held, 'day'>

const SEED = 1
/** By then all is warm. */
const WARM_DAYS = 60
const MOST_GROWTH = 5 * 1024 * 1024

const collect = (): void => {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('start node with --expose-gc')
  gc()
}

const signals: Array<WeakRef<AbortSignal>> = []
/** From now on knows each signal that somebody can end, for as long as somebody else knows it. */
const watchSignals = (): void => {
  const Plain = globalThis.AbortController
  globalThis.AbortController = class extends Plain {
    constructor() {
      super()
      signals.push(new WeakRef(this.signal))
    }
  }
}
const listenersOfEnds = (): number => {
  signals.splice(0, signals.length, ...signals.filter((known) => known.deref() !== undefined))
  return signals
    .flatMap((known) => known.deref() ?? [])
    .reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0)
}

const heldNow = (day: number, timers: number): Held => {
  collect()
  const ends = listenersOfEnds()
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  const handles = process.getActiveResourcesInfo().length
  return { day, heap: process.memoryUsage().heapUsed, handles, timers, listeners, ends }
}

/** Lives so many days; gives what was held now and then, and what was wrong. */
const soak = async (
  days: number,
): Promise<{ readonly held: ReadonlyArray<Held>; readonly runs: number; readonly wrong: ReadonlyArray<string> }> => {
  const begun = { ...beginning(chanceOf(SEED)), applied: true }
  const start = { ...begun, config: { ...begun.config, cron: '*/15 * * * *', timezone: 'Europe/Oslo' } }
  const held: Array<Held> = []
  const every = Math.min(30, Math.ceil(days / 4))
  const play = (hands: Hands): void => {
    const { time, service } = hands
    let { config } = start
    let own = 0
    const at = (ms: number, work: () => void): void => {
      own += 1
      time.after(ms, () => {
        own -= 1
        work()
      })
    }
    for (let day = 1; day < days; day += 1) {
      at(day * DAY + 1000, () => {
        const username = [...service.usersOf('account').keys()][day % 3]
        if (username !== undefined)
          service.byHand('PATCH', 'edit', 'account', { username, description: `by hand, day ${day % 7}` })
        if (day % 7 === 0) {
          config = edited(config, start, day)
          hands.save(config)
        }
      })
      if (day % every === 0 || day === days - 1) at(day * DAY + 60_000, () => void held.push(heldNow(day, time.waiting() - own)))
    }
  }
  const { violations, runs } = await simulate(
    SEED,
    { acts: [], faults: [] },
    { begun: start, lasts: days * DAY, forgets: true, play },
  )
  const warm = held.find(({ day }) => day >= Math.min(WARM_DAYS, days / 2))
  const last = held.at(-1)
  const grown = (what: What, most: number): ReadonlyArray<string> => {
    if (last === undefined || warm === undefined || last === warm) return [`${what} cannot be compared in so few days`]
    const more = last[what] - warm[what]
    return more > most ? [`${what} grew by ${more}`] : []
  }
  return {
    held,
    runs,
    wrong: [
      ...violations.map(({ promise, text }) => `${promise}: ${text}`),
      ...grown('heap', MOST_GROWTH),
      ...grown('handles', 0),
      ...grown('timers', 0),
      ...grown('listeners', 0),
      ...grown('ends', 0),
    ],
  }
}

watchSignals()
const { values } = parseArgs({ options: { days: { type: 'string' } } })
const { held, runs, wrong } = await soak(Number(values.days ?? 365))
for (const { day, heap, handles, timers, listeners, ends } of held)
  process.stdout.write(
    `day ${day}: heap ${(heap / 1024 / 1024).toFixed(1)} MB, ${handles} handles, ${timers} timers, ${listeners} listeners, ${ends} for an end\n`,
  )
process.stdout.write(`${runs} runs${wrong.length === 0 ? '; all is flat' : ''}\n`)
for (const one of wrong) process.stdout.write(`${one}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1
