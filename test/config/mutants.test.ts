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
const MAIN = 'config.yaml'
const PASSWORD_REF = '{ env: P1A }'

/** Every kind of match, demand and waiver, and users that begin and end. */
const RULED = `version: 1
api: { endpoint: sandbox }
policy: { unlisted: report }
profiles: { printers: { custom_ratelimit: true, custom_ratelimit_value: 9, custom_ratelimit_period: 1 day } }
rules:
  - { id: no-open-tracking, match: { username: "*@clinic.example" }, set: { open_tracking_enabled: false, description: null } }
  - id: limits
    severity: high
    match: { scope: account, status: allowed, profile: "print*" }
    require:
      custom_ratelimit: true
      custom_ratelimit_value: { max: 1000, min: 1 }
      custom_ratelimit_period: 1 day
      description: { matches: "*" }
      audit_email: { present: true }
      bounce_notifications: { one_of: [from, drop] }
    otherwise: block
    waivers:
      - { username: bulk@acme.example, until: 2027-03-31, reason: "migration, ticket 4711" }
      - { username: "old-*", until: "2027-03-31T18:00", reason: leaves }
users:
  - { username: fax@clinic.example, email_password: ${PASSWORD_REF}, expires: 2027-03-31 }
  - { username: bulk@acme.example, profile: printers, starts: "2026-01-31T18:00", expires: 2027-01-31 }
absent: [{ username: old-scanner@acme.example, reason: returned }]
`
const ONE = `users: [{ username: one@one.example, email_password: ${PASSWORD_REF} }]
subaccounts:
  - { id: GnlKn5, defaults: { archive_enabled: true }, users: [{ username: till-1@branch.example, status: allowed }] }
`
const TWO = `users: [{ username: two@two.example, profile: printers }]
absent: [{ username: gone@two.example }]
subaccounts: [{ id: Hotel01, users: [{ username: desk@hotel.example }], absent: [{ username: bar@hotel.example }] }]
`

/** Files by name, as data. */
type Base = Readonly<Record<string, unknown>>

const including = (main: string): Base => ({
  [MAIN]: parse(`${main}include: ["customers/*.yaml"]\n`),
  'customers/one.yaml': parse(ONE),
  'customers/two.yaml': parse(TWO),
})

const BASES: ReadonlyArray<Base> = [
  ...[
    EXAMPLE,
    EXAMPLE.replace('unlisted: report', 'unlisted: block'),
    ...Array.from({ length: 8 }, (_, n) => textOf(beginning(chanceOf(n + 1)).config)),
    RULED,
    RULED.replace('unlisted: report', 'unlisted: remove'),
  ].map((text): Base => ({ [MAIN]: parse(text) })),
  including(RULED),
  including(RULED.replace('absent:', 'subaccounts: all\nabsent:')),
]

type How = Parameters<typeof mutantOf>[2]
const AS_IT_IS: How = { steps: [], literal: -1, indent: 1, cut: -1 }

/** The files of a base, one of them a mutant. */
const filesOf = (base: Base, which: number, how: How) => {
  const names = Object.keys(base)
  const chosen = names[which % names.length]
  const mutants = names.map((name) => [name, mutantOf(base[name], LITERAL, name === chosen ? how : AS_IT_IS)] as const)
  return {
    files: Object.fromEntries(mutants.map(([name, { text }]) => [name, text])),
    names: new Set(mutants.flatMap(([, mutant]) => [...mutant.names])),
    isCut: mutants.some(([, mutant]) => mutant.isCut),
  }
}

const drawn = fc.record({
  base: fc.nat(BASES.length - 1),
  which: fc.nat(11),
  steps: fc.array(fc.tuple(fc.nat(1000), fc.nat(100_000), fc.nat(100_000)), { minLength: 1, maxLength: 3 }),
  literal: fc.oneof(fc.constant(-1), fc.nat(20)),
  indent: fc.constantFrom(0, 1, 2),
  cut: fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(100_000) }),
})

spec('S1 S2 C1: mutants of configs', (test) => {
  test('the example, the simulated configs, and those with rules and included files load as they are', async () => {
    for (const [n, base] of BASES.entries()) {
      const loaded = await load(filesOf(base, 0, AS_IT_IS).files, VALUES)
      assert.ok(E.isRight(loaded), `base ${n}: ${E.isLeft(loaded) ? JSON.stringify(loaded.left) : ''}`)
    }
  })

  test('each is a config or is refused with places, without a secret; nobody is made up, nobody taken away by half a file', async () => {
    let taken = 0
    await fc.assert(
      fc.asyncProperty(drawn, async ({ base, which, ...how }) => {
        const { files, names, isCut } = filesOf(BASES[base] ?? {}, which, how)
        const loaded = await load(files, VALUES)
        if (E.isRight(loaded)) {
          taken += 1
          const { scopes, policy, rules, unmarked } = loaded.right.desired
          for (const { username } of scopes.flatMap(({ users, absent }) => [...users, ...absent]))
            assert.ok(names.has(username), `nobody wrote ${username}`)
          const takes =
            policy.unlisted === 'block' || policy.unlisted === 'remove' || scopes.some(({ absent }) => absent.length > 0)
          assert.not(takes && isCut, 'half a file takes users away')
          // A rule needs no line that ends the file, so one that is cut between two lines is only warned of.
          if (rules.length > 0 && isCut) {
            assert.ok(
              Object.values(files).some((text) => text.endsWith('\n') && !text.endsWith('...\n')),
              'half a line makes a rule',
            )
            assert.ok(unmarked !== undefined, 'half a file with rules is no warning')
          }
          return
        }
        if (loaded.left._tag !== 'ConfigInvalid') throw new Error(`refused as ${loaded.left._tag}`)
        const { problems } = loaded.left
        assert.ok(problems.length > 0)
        for (const problem of problems) {
          const said = printProblem(problem)
          const text = files[problem.file]
          assert.ok(text !== undefined, said)
          const lines = text.split(/\r\n|\r|\n/)
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
