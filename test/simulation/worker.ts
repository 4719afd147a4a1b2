// One process of many: lives the seeds that it is sent, every hundredth twice.
import process from 'node:process'
import { differs, simulate, workloadFor } from './simulate.ts'

const TWICE_EVERY = 100

const verdictOf = async (seed: number) => {
  const { violations, hash, runs, requests, writes, faults, met } = await simulate(seed, workloadFor(seed))
  const unlike = seed % TWICE_EVERY === 0 && (await differs(seed, hash))
  return { seed, violation: violations[0], hash, runs, requests, writes, faults, met: [...met], unlike }
}

process.on('message', (seed) => {
  verdictOf(Number(seed)).then(
    (verdict) => process.send?.(verdict),
    (thrown: unknown) => {
      process.stderr.write(`seed ${String(seed)}: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`)
      process.exit(1)
    },
  )
})
process.send?.('ready')
