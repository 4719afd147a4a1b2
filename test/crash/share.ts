// Work shared by a few benches at once, and moments that can be drawn again.
import type { Bench } from '../support/command.ts'

type With = (body: (bench: Bench) => Promise<void>) => Promise<void>

/** Does the work on each item, a bench for each worker. */
export const share = async <A>(
  items: ReadonlyArray<A>,
  workers: number,
  withBench: With,
  work: (bench: Bench, item: A) => Promise<void>,
): Promise<void> => {
  const waiting = [...items]
  const worker = (): Promise<void> =>
    withBench(async (bench) => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(bench, item)
    })
  await Promise.all(Array.from({ length: workers }, worker))
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
