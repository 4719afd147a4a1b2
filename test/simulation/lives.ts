// The simulated lives of a push, in parts that run side by side, a process each. SEEDS sets how many there are, FIRST_SEED where they begin.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { build } from './build.ts'
import { figures, median, rivalryIn } from './figures.ts'
import { howToKeep, type Lived } from './kept.ts'
import { type Each, hasFailed, manySeeds, type Verdict } from './many.ts'
import { RIVALRY } from './units.ts'

const SEEDS = Number(process.env.SEEDS ?? 2000)
const FIRST = Number(process.env.FIRST_SEED ?? 1)
/** As many as a small machine has processors: a process is slow at first, and takes dozens of lives to become fast. */
const PARTS = 2
/** What the life in the middle has at least. */
const MEDIANS = { users: 20, scopes: 3, faults: 30, writes: 30 } as const
/** What a failing push takes to make its first failure small. */
const TRIES = 60
const STORY_MS = 300_000
/** Fewer say nothing of a middle. */
const ENOUGH = 200

/** What is wrong with lives, each with the command that shows it. */
const wrongIn = (verdicts: ReadonlyArray<Verdict>): ReadonlyArray<string> =>
  verdicts.filter(hasFailed).map(({ seed, without, violation }) => {
    const what = violation === undefined ? 'not alike when lived again' : `${violation.promise} is broken: ${violation.text}`
    const command = `npm run simulate -- --seed ${seed}${without === '' ? '' : ` --without ${without}`}`
    return `${command}: ${what}; ${howToKeep({ seed, without }, what)}`
  })

/** The story of the first of them that broke a promise: its options, and what is left of it once it is made small, within some minutes. */
const storyOf = (verdicts: ReadonlyArray<Verdict>): string => {
  const first = verdicts.find(({ violation }) => violation !== undefined)
  if (first === undefined) return ''
  const { seed, without } = first
  const how = without === '' ? ['--tries', String(TRIES)] : ['--without', without]
  const args = [join(build(), 'test/simulation/one.js'), '--seed', String(seed), ...how]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: STORY_MS })
  return stdout === '' ? `seed ${seed} could not be made small in time; ${stderr}` : stdout
}

/** Lives these seeds in one process; fails where one of them breaks a promise, ends otherwise than without faults, or is not alike when lived again. */
export const live = async (seeds: ReadonlyArray<number | Lived>, each: Each = {}): Promise<ReadonlyArray<Verdict>> => {
  const started = performance.now()
  const verdicts = await manySeeds({ seeds, ...each, workers: 1 })
  process.stdout.write(`${figures(verdicts, performance.now() - started)}\n`)
  if (verdicts.some(hasFailed)) process.stdout.write(storyOf(verdicts))
  assert.equal(wrongIn(verdicts), [])
  assert.is(verdicts.length, seeds.length)
  return verdicts
}

/** The tests of one of the parts, counted from 0. */
export const part = (n: number): void => {
  const from = FIRST + Math.floor((n * SEEDS) / PARTS)
  const to = FIRST + Math.floor(((n + 1) * SEEDS) / PARTS)
  spec(`simulated lives from ${from} on`, (test) => {
    test(`S1 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12 S16 C1 L3 L4 L5 L7: none of ${to - from} days of trouble breaks a promise, and those lived twice are alike`, async () => {
      const verdicts = await live(Array.from({ length: to - from }, (_, at) => from + at))
      for (const what of ['users', 'scopes', 'faults', 'writes'] as const)
        assert.ok(verdicts.length < ENOUGH || median(verdicts.map((one) => one[what])) >= MEDIANS[what], what)
      const rivalry = rivalryIn(verdicts)
      const missing = RIVALRY.filter((what) => !rivalry.has(what))
      assert.ok(verdicts.length < ENOUGH || missing.length === 0, `no rival in any life: ${missing.join(', ')}`)
    })
  })
}
