// One process of many: lives the seeds that it is sent, every hundredth twice, every twentieth once more without its faults.
import process from 'node:process'
import { differsFromCalm } from './differential.ts'
import type { Lived } from './kept.ts'
import { less, withoutOf } from './shrink.ts'
import { differs, simulate, workloadFor } from './simulate.ts'

const TWICE_EVERY = 100
const CALM_EVERY = 20

const verdictOf = async ({ seed, without }: Lived) => {
  const isWhole = without === ''
  const result = await simulate(seed, less(workloadFor(seed), withoutOf(without)))
  const { hash, runs, requests, writes, faults, users, scopes, met, rivalry } = result
  const unlike = isWhole && seed % TWICE_EVERY === 0 && (await differs(seed, hash))
  const [violation] = result.violations
  const isCompared = isWhole && seed % CALM_EVERY === 0 && violation === undefined
  const [apart] = isCompared ? await differsFromCalm(result) : []
  const broken = apart === undefined ? violation : { promise: 'L5', at: 0, text: apart }
  return {
    seed,
    without,
    violation: broken,
    hash,
    runs,
    requests,
    writes,
    faults,
    users,
    scopes,
    met: [...met],
    rivalry: [...rivalry],
    unlike,
  }
}

const isLived = (value: unknown): value is Lived =>
  typeof value === 'object' && value !== null && 'seed' in value && 'without' in value

process.on('message', (life) => {
  if (!isLived(life)) throw new Error('a worker is sent lives')
  verdictOf(life).then(
    (verdict) => process.send?.(verdict),
    (thrown: unknown) => {
      process.stderr.write(`seed ${life.seed}: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`)
      process.exit(1)
    },
  )
})
process.send?.('ready')
