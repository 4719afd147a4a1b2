// The whole program in a simulated world: whatever goes wrong on the way, what must never happen never does, and in the end all is as the
// config says. SEEDS sets how many lives, FIRST_SEED where they begin.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { figures } from './figures.ts'
import { manySeeds } from './many.ts'

const SEEDS = Number(process.env.SEEDS ?? 2000)
const FIRST = Number(process.env.FIRST_SEED ?? 1)

const kept = (): ReadonlyArray<number> =>
  readFileSync(join(import.meta.dirname, 'seeds.txt'), 'utf8')
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => Number.parseInt(line, 10))

spec('simulated lives', (test) => {
  test(`S1 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12 S16 L3 L4 L5: none of ${SEEDS} days of trouble breaks a promise, and those lived twice are alike`, async () => {
    const started = performance.now()
    const seeds = [...kept(), ...Array.from({ length: SEEDS }, (_, n) => FIRST + n)]
    const verdicts = await manySeeds({ seeds })
    process.stdout.write(`${figures(verdicts, performance.now() - started)}\n`)
    const failed = verdicts.filter(({ violation, unlike }) => violation !== undefined || unlike)
    assert.equal(
      failed.map(
        ({ seed, violation }) => `npm run simulate -- --seed ${seed}: ${violation?.promise ?? 'not alike'}: ${violation?.text}`,
      ),
      [],
    )
    assert.is(verdicts.length, seeds.length)
  })
})
