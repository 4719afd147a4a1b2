// How late the program gets its turns, measured only while it works: where it waits for the next run, a turn that comes late delays nobody,
// and a timer that fires for nothing would be most of what an idle daemon costs.
import { createHistogram, performance } from 'node:perf_hooks'

/** Quantiles of a time, in seconds. */
export type Quantiles = ReadonlyArray<readonly [quantile: string, seconds: number]>

export type LagMeter = {
  readonly begin: () => void
  readonly end: () => void
  /** How late turns were since this was last asked, and the turn in which it is asked. */
  readonly take: () => Promise<Quantiles>
}

const EVERY_MS = 250
const QUANTILES = [
  ['0.5', 50],
  ['0.99', 99],
  ['1', 100],
] as const

/** A meter that rests. */
export const lagMeter = (): LagMeter => {
  const late = createHistogram()
  let timer: NodeJS.Timeout | undefined
  let due = 0
  const record = (ms: number): void => late.record(Math.max(1, Math.round(ms * 1e6)))
  const note = (): void => {
    const now = performance.now()
    // The end of a run comes before the turn that was due next.
    if (now >= due) record(now - due)
    due = now + EVERY_MS
  }
  const end = (): void => {
    if (timer === undefined) return
    clearInterval(timer)
    timer = undefined
    note()
  }
  return {
    begin: () => {
      end()
      due = performance.now() + EVERY_MS
      timer = setInterval(note, EVERY_MS).unref()
    },
    end,
    take: async () => {
      const asked = performance.now()
      await new Promise((turn) => setImmediate(turn))
      record(performance.now() - asked)
      const taken = QUANTILES.map(([quantile, share]) => [quantile, late.percentile(share) / 1e9] as const)
      late.reset()
      return taken
    },
  }
}
