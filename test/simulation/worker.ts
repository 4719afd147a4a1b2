// One process of many: lives the seeds that it is sent, every hundredth twice, every twentieth once more
// without its faults, or each where asked.
import process from 'node:process'
import { simulateBoth } from './differential.ts'
import type { Life } from './many.ts'
import { less, withoutOf } from './shrink.ts'
import { differs, simulate, workloadFor } from './simulate.ts'

const TWICE_EVERY = 100
const CALM_EVERY = 20

const verdictOf = async ({ seed, without, compared, twice }: Life) => {
  const workload = less(workloadFor(seed), withoutOf(without))
  const live = compared === true || seed % CALM_EVERY === 0 ? simulateBoth : simulate
  const result = await live(seed, workload)
  const { hash, runs, requests, writes, faults, users, scopes, met, rivalry } = result
  const unlike = (twice === true || seed % TWICE_EVERY === 0) && (await differs(seed, workload, hash))
  const [violation] = result.violations
  return {
    seed,
    without,
    violation,
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

const isLife = (value: unknown): value is Life =>
  typeof value === 'object' && value !== null && 'seed' in value && 'without' in value

process.on('message', (life) => {
  if (!isLife(life)) throw new Error('a worker is sent lives')
  verdictOf(life).then(
    (verdict) => process.send?.(verdict),
    (thrown: unknown) => {
      process.stderr.write(`seed ${life.seed}: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`)
      process.exit(1)
    },
  )
})
process.send?.('ready')
