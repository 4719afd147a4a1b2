// One seed, looked at closely: `npm run simulate -- --seed N [--without a1,f2]`. Where it fails, what does not matter is left out first.
import process from 'node:process'
import { parseArgs } from 'node:util'
import { simulateBoth } from './differential.ts'
import { less, shrink, withoutOf } from './shrink.ts'
import { workloadFor } from './simulate.ts'
import { story } from './story.ts'

const { values } = parseArgs({ options: { seed: { type: 'string' }, without: { type: 'string' }, trace: { type: 'boolean' } } })
const seed = Number(values.seed)
const workload = workloadFor(seed)
const asked = withoutOf(values.without ?? '')
const first = await simulateBoth(seed, less(workload, asked))
const [violation] = first.violations
if (values.trace === true) process.stdout.write(`${first.trace.join('\n')}\n`)
if (violation === undefined) {
  process.stdout.write(
    `seed ${seed}: no promise is broken; ${first.runs} runs, ${first.requests} requests, ${first.faults} faults, hash ${first.hash}\n`,
  )
} else {
  const without = values.without === undefined ? await shrink(seed, workload, violation) : asked
  process.stdout.write(`${story(await simulateBoth(seed, less(workload, without)), workload, without)}\n`)
  process.exitCode = 1
}
