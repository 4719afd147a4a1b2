// The simulation on the command line: `npm run simulate` lives many seeds, with `--seed N` one.
//   --seeds N     how many (2000)          --from N    the first of them (1)          --workers N    how many processes
//   --compare     each with the same life without its faults, and not only every twentieth
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { build } from './build.ts'
import { figures } from './figures.ts'
import { manySeeds } from './many.ts'

const { values } = parseArgs({
  strict: false,
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    workers: { type: 'string' },
    compare: { type: 'boolean' },
  },
})
const folder = build()
if (values.seed !== undefined) {
  const { status } = spawnSync(process.execPath, [join(folder, 'test/simulation/one.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} else {
  const from = Number(values.from ?? 1)
  const count = Number(values.seeds ?? 2000)
  const started = performance.now()
  const verdicts = await manySeeds({
    seeds: Array.from({ length: count }, (_, n) => from + n),
    folder,
    compared: values.compare === true,
    ...(values.workers === undefined ? {} : { workers: Number(values.workers) }),
  })
  const failed = verdicts.filter(({ violation, unlike }) => violation !== undefined || unlike)
  process.stdout.write(`${figures(verdicts, performance.now() - started)}\n`)
  for (const { seed, violation } of failed)
    process.stdout.write(
      `seed ${seed}: ${violation === undefined ? 'lived twice, and not alike' : `${violation.promise}: ${violation.text}`}; npm run simulate -- --seed ${seed}\n`,
    )
  if (failed.length > 0) process.exitCode = 1
}
