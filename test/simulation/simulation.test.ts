// The whole program in a simulated world: whatever goes wrong on the way, what must never happen never does, and in the end all is as the
// config says. SEEDS sets how many lives, FIRST_SEED where they begin.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { figures } from './figures.ts'
import { manySeeds, type Verdict } from './many.ts'

const SEEDS = Number(process.env.SEEDS ?? 40)
const FIRST = Number(process.env.FIRST_SEED ?? 1)
const PARTS = 2

/** What is wrong with lives, each with the command that shows it. */
const wrongIn = (verdicts: ReadonlyArray<Verdict>): ReadonlyArray<string> =>
  verdicts
    .filter(({ violation, unlike }) => violation !== undefined || unlike)
    .map(({ seed, violation }) => {
      const what = violation === undefined ? 'not alike when lived again' : `${violation.promise} is broken: ${violation.text}`
      return `npm run simulate -- --seed ${seed}: ${what}`
    })

const live = async (seeds: ReadonlyArray<number>): Promise<void> => {
  const started = performance.now()
  const verdicts = await manySeeds({ seeds })
  process.stdout.write(`${figures(verdicts, performance.now() - started)}\n`)
  assert.equal(wrongIn(verdicts), [])
  assert.is(verdicts.length, seeds.length)
}

spec('lives that failed once', (test) => {
  test('none of the kept seeds breaks a promise again', () =>
    live(
      readFileSync(join(import.meta.dirname, 'seeds.txt'), 'utf8')
        .split('\n')
        .filter((line) => /^\d/.test(line))
        .map((line) => Number.parseInt(line, 10)),
    ))
})

// In parts, so that a loaded machine has time enough for each.
for (let part = 0; part < PARTS; part += 1) {
  const from = FIRST + Math.floor((part * SEEDS) / PARTS)
  const to = FIRST + Math.floor(((part + 1) * SEEDS) / PARTS)
  spec(`simulated lives from ${from} on`, (test) => {
    test(`S1 S3 S4 S5 S6 S7 S8 S9 S10 S11 S16 C1 L3 L4 L5: none of ${to - from} days of trouble breaks a promise, and those lived twice are alike`, () =>
      live(Array.from({ length: to - from }, (_, n) => from + n)))
  })
}
