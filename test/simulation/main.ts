// The simulation on the command line: `npm run simulate` lives many seeds, with `--seed N` one.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { build } from './build.ts'
import { figures } from './figures.ts'
import { hasFailed, manySeeds } from './many.ts'
import { type Options, optionsOf, USAGE } from './options.ts'

const lifeOf = ({ seed, without, tries, trace }: Extract<Options, { readonly _tag: 'One' }>): number => {
  const args = [
    '--seed',
    String(seed),
    ...(without === undefined ? [] : ['--without', without]),
    ...(tries === undefined ? [] : ['--tries', String(tries)]),
    ...(trace ? ['--trace'] : []),
  ]
  const { status } = spawnSync(process.execPath, [join(build(), 'test/simulation/one.js'), ...args], { stdio: 'inherit' })
  return status ?? 1
}

const livesOf = async ({ from, seeds, ...how }: Extract<Options, { readonly _tag: 'Many' }>): Promise<number> => {
  const started = performance.now()
  const verdicts = await manySeeds({ seeds: Array.from({ length: seeds }, (_, n) => from + n), ...how })
  process.stdout.write(`${figures(verdicts, performance.now() - started)}\n`)
  const failed = verdicts.filter(hasFailed)
  for (const { seed, violation } of failed)
    process.stdout.write(
      `seed ${seed}: ${violation === undefined ? 'lived twice, and not alike' : `${violation.promise}: ${violation.text}`}; npm run simulate -- --seed ${seed}\n`,
    )
  return failed.length > 0 ? 1 : 0
}

const options = optionsOf(process.argv.slice(2))
switch (options._tag) {
  case 'Help':
    process.stdout.write(USAGE)
    break
  case 'Wrong':
    process.stderr.write(`${options.why}\n\n${USAGE}`)
    process.exitCode = 2
    break
  case 'One':
    process.exitCode = lifeOf(options)
    break
  case 'Many':
    process.exitCode = await livesOf(options)
    break
}
