// The whole proof, for as long as it takes: `npm run prove`. Many seeds, all planted bugs, all pairs of cut points, a year in one process.
//   --seeds N     how many (100000)     --from N      the first of them (1), so that it can be done in several sittings
//   --days N      of the year (365)     --skip seeds,bugs,cuts,soak
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { plant } from './board.ts'
import { build } from './build.ts'
import { figures } from './figures.ts'
import { manySeeds } from './many.ts'
import { board } from './planted.ts'
import { allCuts } from './shares.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, from: { type: 'string' }, skip: { type: 'string' }, days: { type: 'string' } },
})
const skipped = new Set((values.skip ?? '').split(','))
/** So many at a time, so that figures come while it goes on. */
const PORTION = 2000
const tell = (text: string): void => void process.stdout.write(`${text}\n`)
const failed: Array<string> = []

const folder = build()

const seeds = async (): Promise<void> => {
  const count = Number(values.seeds ?? 100_000)
  const first = Number(values.from ?? 1)
  let broken = 0
  for (let from = first; from < first + count; from += PORTION) {
    const started = performance.now()
    const all = Array.from({ length: Math.min(PORTION, first + count - from) }, (_, n) => from + n)
    const verdicts = await manySeeds({ seeds: all, folder })
    tell(`from ${from}: ${figures(verdicts, performance.now() - started)}`)
    for (const { seed, violation, unlike } of verdicts)
      if (violation !== undefined || unlike) {
        broken += 1
        tell(`npm run simulate -- --seed ${seed}: ${violation === undefined ? 'not alike when lived again' : violation.text}`)
      }
  }
  if (broken > 0) failed.push(`${broken} of ${count} seeds`)
}

const bugs = async (): Promise<void> => {
  const escaped = await plant(board(), { tell, alone: true })
  if (escaped.length > 0) failed.push(`${escaped.length} planted bugs that nobody caught`)
}

const cuts = async (): Promise<void> => {
  const started = performance.now()
  const { lives, faults } = await allCuts(true)
  tell(`${lives} lives cut at one step or two in ${Math.round((performance.now() - started) / 1000)} s, ${faults.length} broken`)
  for (const fault of faults.slice(0, 20)) tell(fault)
  if (faults.length > 0) failed.push(`${faults.length} of ${lives} cuts`)
}

const soak = (): void => {
  const script = join(folder, 'test/simulation/soak.js')
  const args = ['--expose-gc', script, ...(values.days === undefined ? [] : ['--days', values.days])]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) failed.push('the soak')
}

for (const [name, part] of Object.entries({ bugs, cuts, soak, seeds })) if (!skipped.has(name)) await part()
tell(failed.length === 0 ? 'proved' : `NOT proved: ${failed.join(', ')}`)
if (failed.length > 0) process.exitCode = 1
