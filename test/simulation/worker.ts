// One process of many: lives the seeds that it is sent, every hundredth twice, every twentieth once more without its faults.
import process from 'node:process'
import { differsFromCalm } from './differential.ts'
import { differs, simulate, workloadFor } from './simulate.ts'

const TWICE_EVERY = 100
const CALM_EVERY = 20

const verdictOf = async (seed: number) => {
  const result = await simulate(seed, workloadFor(seed))
  const { hash, runs, requests, writes, faults, users, scopes, met } = result
  const unlike = seed % TWICE_EVERY === 0 && (await differs(seed, hash))
  const [violation] = result.violations
  const isCompared = seed % CALM_EVERY === 0 && violation === undefined
  const [apart] = isCompared ? await differsFromCalm(result) : []
  const broken = apart === undefined ? violation : { promise: 'L5', at: 0, text: apart }
  return { seed, violation: broken, hash, runs, requests, writes, faults, users, scopes, met: [...met], unlike }
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
