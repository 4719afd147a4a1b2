// One seed, looked at closely: `npm run simulate -- --seed N [--without a1,f2]`. Where it fails, what does not matter is left
// out first, within so many `--tries`.
import process from 'node:process'
import { parseArgs } from 'node:util'
import { simulateBoth } from './differential.ts'
import { less, shrink, withoutOf } from './shrink.ts'
import { workloadFor } from './simulate.ts'
import { story } from './story.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, without: { type: 'string' }, trace: { type: 'boolean' }, tries: { type: 'string' } },
})
const seed = Number(values.seed)
const tries = values.tries === undefined ? undefined : Number(values.tries)
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
  const without = values.without === undefined ? await shrink(seed, workload, violation, tries) : asked
  process.stdout.write(`${story(await simulateBoth(seed, less(workload, without)), workload, without)}\n`)
  process.exitCode = 1
}
