// Mutants of valid configs, changed in their structure by fast-check: whatever becomes of a config, it is either one or is refused with places,
// tells no secret, makes nobody up, and takes nobody away unless it is whole. MUTANTS says how many.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { printProblem } from '../../src/cli/render/problem.ts'
import { E } from '../../src/fp.ts'
import { chanceOf } from '../simulation/chance.ts'
import { PASSWORDS, textOf } from '../simulation/config.ts'
import { beginning } from '../simulation/start.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'
import { load } from './load.ts'
import { mutantOf } from './mutate.ts'

const MUTANTS = Number(process.env.MUTANTS ?? 2000)
const LITERAL = `Lit${newPassword()}`
const [KEY, PASSWORD] = [newKey(), newPassword()]
const VALUES = { TEST_KEY: KEY, ...PASSWORDS, '.parcel-station.password': PASSWORD }
const SECRETS = [LITERAL, 'Giraffe4', PASSWORD, KEY].map((secret) => secret.slice(0, 12))

const EXAMPLE = readFileSync(resolve(import.meta.dirname, '../../config.example.yaml'), 'utf8')
const BASES: ReadonlyArray<unknown> = [
  EXAMPLE,
  EXAMPLE.replace('unlisted: report', 'unlisted: block'),
  ...Array.from({ length: 8 }, (_, n) => textOf(beginning(chanceOf(n + 1)).config)),
].map((text): unknown => parse(text))

const drawn = fc.record({
  base: fc.nat(BASES.length - 1),
  steps: fc.array(fc.tuple(fc.nat(1000), fc.nat(100_000), fc.nat(100_000)), { minLength: 1, maxLength: 3 }),
  literal: fc.oneof(fc.constant(-1), fc.nat(20)),
  indent: fc.constantFrom(0, 1, 2),
  cut: fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(100_000) }),
})

spec('S1 S2 C1: mutants of configs', (test) => {
  test('nothing but the example and the simulated configs as they are is needed to load them', async () => {
    for (const [n, base] of BASES.entries()) {
      const { text } = mutantOf(base, LITERAL, { steps: [], literal: -1, indent: 1, cut: -1 })
      const loaded = await load(text, VALUES)
      assert.ok(E.isRight(loaded), `base ${n}: ${E.isLeft(loaded) ? JSON.stringify(loaded.left) : ''}`)
    }
  })

  test('each is a config or is refused with places, without a secret; nobody is made up, nobody taken away by half a file', async () => {
    let taken = 0
    await fc.assert(
      fc.asyncProperty(drawn, async ({ base, ...how }) => {
        const { text, names, isCut } = mutantOf(BASES[base], LITERAL, how)
        const loaded = await load(text, VALUES)
        if (E.isRight(loaded)) {
          taken += 1
          const { scopes, policy } = loaded.right.desired
          for (const { username } of scopes.flatMap(({ users, absent }) => [...users, ...absent]))
            assert.ok(names.has(username), `nobody wrote ${username}`)
          const takes =
            policy.unlisted === 'block' || policy.unlisted === 'remove' || scopes.some(({ absent }) => absent.length > 0)
          assert.not(takes && isCut, 'half a file takes users away')
          return
        }
        if (loaded.left._tag !== 'ConfigInvalid') throw new Error(`refused as ${loaded.left._tag}`)
        const { problems } = loaded.left
        assert.ok(problems.length > 0)
        const lines = text.split(/\r\n|\r|\n/)
        for (const problem of problems) {
          const said = printProblem(problem)
          assert.is(problem.file, 'config.yaml', said)
          assert.ok(problem.message !== '' && !/undefined|\[object|NaN\b/.test(problem.message), said)
          if (problem.line !== undefined)
            assert.ok(
              problem.line >= 1 &&
                problem.line <= lines.length &&
                (problem.column ?? 1) >= 1 &&
                (problem.column ?? 1) <= (lines[problem.line - 1] ?? '').length + 1,
              said,
            )
          for (const secret of SECRETS) assert.not(said.includes(secret), `a secret is told: ${said}`)
        }
      }),
      { numRuns: MUTANTS, includeErrorInReport: true },
    )
    process.stdout.write(`${MUTANTS} mutants, ${taken} of them configs\n`)
    assert.ok(taken > MUTANTS / 50 && taken < MUTANTS, String(taken))
  })
})
