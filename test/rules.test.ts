// Rules from outside, the built command against the stand-in: every kind of demand reported and enforced, waivers in force and ended,
// contradictions with both places, and users that no list names through the same caps (contract section 5).
import * as assert from 'uvu/assert'
import { type Bench, withBench } from './support/command.ts'
import { newKey } from './support/fresh.ts'
import { spec } from './support/spec.ts'

type Fields = Readonly<Record<string, string | number | boolean>>
const limit = (value: number, period: string): Fields => ({
  custom_ratelimit: true,
  custom_ratelimit_value: value,
  custom_ratelimit_period: period,
})

/** A demand, a user that keeps to it and one that does not, and what is said of that one. */
const DEMANDS: ReadonlyArray<readonly [id: string, require: string, kept: Fields, broken: Fields, why: string]> = [
  [
    'equal',
    'open_tracking_enabled: false',
    { open_tracking_enabled: false },
    { open_tracking_enabled: true },
    'open_tracking_enabled is true: open_tracking_enabled must be false',
  ],
  [
    'limited',
    'custom_ratelimit: true',
    limit(5, '1 hour'),
    { custom_ratelimit: false },
    'custom_ratelimit is false: custom_ratelimit must be true',
  ],
  [
    'max',
    'custom_ratelimit_value: { max: 2000 }',
    limit(80, '1 hour'),
    limit(1000, '1 hour'),
    'custom_ratelimit_value is 1000 per 1 hour, which is 24000 per 1 day: custom_ratelimit_value must be at most 2000 per 1 day',
  ],
  [
    'max-beside',
    'custom_ratelimit_value: { max: 100 }, custom_ratelimit_period: 1 hour',
    limit(100, '1 hour'),
    limit(2500, '1 hour'),
    'custom_ratelimit_value is 2500 per 1 hour: custom_ratelimit_value must be at most 100 per 1 hour',
  ],
  [
    'min',
    'custom_ratelimit_value: { min: 24 }',
    limit(1, '1 hour'),
    limit(100, '1 week'),
    'custom_ratelimit_value is 100 per 7 days, which is 14.2857 per 1 day: custom_ratelimit_value must be at least 24 per 1 day',
  ],
  [
    'one-of',
    'bounce_notifications: { one_of: [from, drop] }',
    { bounce_notifications: 'drop' },
    { bounce_notifications: 'me@home.example' },
    'bounce_notifications is me@home.example: bounce_notifications must be one of from, drop',
  ],
  [
    'matches',
    'audit_email: { matches: "*@AUDIT.example" }',
    { audit_email: 'x@audit.example' },
    { audit_email: 'x@elsewhere.example' },
    'audit_email is x@elsewhere.example: audit_email must match *@AUDIT.example',
  ],
  [
    'present',
    'description: { present: true }',
    { description: 'Fax' },
    {},
    'description is empty: description must have a value',
  ],
]
const nameOf = (id: string, is: 'kept' | 'broken'): string => `${id}.${is}@a.example`
const BROKEN = DEMANDS.map(([id]) => nameOf(id, 'broken')).sort()
const seed = {
  account: {
    results: DEMANDS.flatMap(([id, , kept, broken]) => [
      { username: nameOf(id, 'kept'), ...kept },
      { username: nameOf(id, 'broken'), ...broken },
    ]),
  },
}
// One of each pair is listed, so that the rules meet both kinds of users.
const LISTED = `users: [${DEMANDS.map(([id], at) => `{ username: ${nameOf(id, at % 2 === 0 ? 'kept' : 'broken')} }`).join(', ')}]\n`
const rules = (otherwise: string, waivers = ''): string =>
  `rules:\n${DEMANDS.map(
    ([id, require]) =>
      `  - { id: ${id}, match: { username: "${id.toUpperCase()}.*" }, require: { ${require} }, otherwise: ${otherwise}${waivers} }\n`,
  ).join('')}...\n`

type Scope = {
  readonly changes: ReadonlyArray<{ readonly change: string; readonly username: string }>
  readonly held: ReadonlyArray<{ readonly change: string; readonly username: string; readonly reason: string }>
  readonly findings: ReadonlyArray<{
    readonly rule: string
    readonly username: string
    readonly severity: string
    readonly message: string
  }>
}
const planned = async (bench: Bench): Promise<Scope> => {
  const { out } = await bench.run('plan', '--format', 'json')
  return JSON.parse(out).scopes[0]
}
const statuses = async (bench: Bench, status: string): Promise<ReadonlyArray<string>> =>
  (await bench.users())
    .filter((user) => user.status === status)
    .map(({ username }) => username)
    .sort()
const writes = async (bench: Bench): Promise<number> => (await bench.log()).filter(({ path }) => !path.endsWith('/view')).length
const inHours = (hours: number): string => `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 16)}Z`

spec('rules', (test) => {
  test('each kind of demand is a finding with the numbers where it is not met, of listed users and others, and nothing is written', () =>
    withBench(seed, async (bench) => {
      await bench.config(`${LISTED}${rules('report')}`)
      const { changes, findings } = await planned(bench)
      const told = findings.map(({ rule, username, severity, message }) => `${rule} ${username} ${severity} ${message}`)
      assert.equal(told.sort(), DEMANDS.map(([id, , , , why]) => `${id} ${nameOf(id, 'broken')} medium ${why}`).sort())
      assert.equal(changes, [])
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.is(await writes(bench), 0)
    }))

  test('with `otherwise: block` those that do not keep to one are blocked, and get their status back when they do', () =>
    withBench(seed, async (bench) => {
      await bench.config(`safety: { max_blocks: 100% }\n${LISTED}${rules('block')}`)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.equal(await statuses(bench, 'blocked'), BROKEN)
      const mend = { username: nameOf('equal', 'broken'), open_tracking_enabled: false }
      await fetch(`${bench.url}/users/smtp/edit`, {
        method: 'PATCH',
        headers: { 'x-smtp2go-api-key': newKey() },
        body: JSON.stringify(mend),
      })
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.equal(
        await statuses(bench, 'blocked'),
        BROKEN.filter((username) => username !== mend.username),
      )
      const before = await writes(bench)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.is(await writes(bench), before, 'L4')
    }))

  test('S4: they are blocked through the same caps, listed or not: one too many, and nobody is', () =>
    withBench(seed, async (bench) => {
      await bench.config(`safety: { max_blocks: ${BROKEN.length - 1} }\n${LISTED}${rules('block')}`)
      const { code } = await bench.run('apply', '--yes')
      assert.is(code, 3)
      const { held } = await planned(bench)
      assert.equal(
        held.map(({ change, username, reason }) => `${change} ${username} ${reason}`),
        BROKEN.map((username) => `block ${username} capped`),
      )
      assert.is(await writes(bench), 0)
    }))
})

spec('what ends', (test) => {
  const STEPS: ReadonlyArray<readonly [hours: number, step: string | undefined]> = [
    [20, 'high within a day'],
    [60, 'medium within 3 days'],
    [300, 'low within 14 days'],
    [400, undefined],
  ]
  const users = STEPS.map(([hours]) => ({ username: `in-${hours}@a.example`, open_tracking_enabled: true }))
  const past = { username: 'past@a.example', open_tracking_enabled: true }
  const shortly = ({ severity, message }: Scope['findings'][number]): string =>
    `${severity} ${/within [^:]+/.exec(message)?.[0] ?? message}`

  test('a waiver leaves its user alone until it ends, is told 14, 3 and 1 days ahead, and after its end the rule holds again', () =>
    withBench({ account: { results: [...users, past] } }, async (bench) => {
      const waiver = (username: string, hours: number): string =>
        `{ username: ${username}, until: "${inHours(hours)}", reason: "ticket ${hours}" }`
      const waivers = [...STEPS.map(([hours]) => waiver(`in-${hours}@a.example`, hours)), waiver('past@a.example', -1)]
      await bench.config(
        `users: []\nrules: [{ id: quiet, require: { open_tracking_enabled: false }, otherwise: block, waivers: [${waivers.join(', ')}] }]\n...\n`,
      )
      const { changes, findings } = await planned(bench)
      assert.equal(
        changes.map(({ change, username }) => `${change} ${username}`),
        ['block past@a.example'],
      )
      for (const [hours, step] of STEPS) {
        const ofUser = findings.filter(({ username }) => username === `in-${hours}@a.example`)
        const waived = ofUser.find(({ rule }) => rule === 'quiet')
        assert.match(waived?.message ?? '', new RegExp(`^waived until .* \\(ticket ${hours}\\): open_tracking_enabled is true`))
        assert.equal(ofUser.filter(({ rule }) => rule === 'waiver-ends').map(shortly), step === undefined ? [] : [step])
      }
      assert.equal(
        findings.filter(({ username }) => username === past.username).map(({ rule, severity }) => `${rule} ${severity}`),
        ['quiet medium', 'waiver-ended low'],
      )
      await bench.run('apply', '--yes')
      assert.equal(await statuses(bench, 'blocked'), ['past@a.example'])
    }))

  test('a listed user is blocked before its `starts` and after its `expires`, and both are told 14, 3 and 1 days ahead', () =>
    withBench({ account: { results: [...users, past] } }, async (bench) => {
      const dated = (username: string, key: string, hours: number): string =>
        `{ username: ${username}, ${key}: "${inHours(hours)}" }`
      const list = [
        ...STEPS.map(([hours]) => dated(`in-${hours}@a.example`, 'expires', hours)),
        dated(past.username, 'expires', -1),
      ]
      const unborn = STEPS.map(([hours]) => dated(`born-${hours}@a.example`, 'starts', hours))
      await bench.config(`users: [${[...list, ...unborn].join(', ')}]\n...\n`)
      const { changes, findings } = await planned(bench)
      assert.equal(
        changes.map(({ change, username }) => `${change} ${username}`),
        ['block past@a.example'],
      )
      for (const [hours, step] of STEPS)
        for (const [username, rule] of [
          [`in-${hours}@a.example`, 'expires-soon'],
          [`born-${hours}@a.example`, 'starts-soon'],
        ] as const) {
          const said = findings.filter((one) => one.username === username)
          assert.equal(
            said.map((one) => one.rule),
            step === undefined ? [] : [rule],
          )
          // What begins is no danger, so it is told quietly.
          const words = rule === 'starts-soon' ? step?.replace(/^\w+/, 'low') : step
          assert.equal(said.map(shortly), words === undefined ? [] : [words])
        }
      assert.is((await bench.run('apply', '--yes')).code, 0)
      assert.equal(await statuses(bench, 'blocked'), ['past@a.example'])
      assert.is((await bench.users()).length, STEPS.length + 1, 'nobody is made before it starts')
    }))
})

spec('a contradiction', (test) => {
  const no = '{ id: no-tracking, set: { open_tracking_enabled: false } }'
  const ROWS: ReadonlyArray<readonly [title: string, config: string, places: ReadonlyArray<RegExp>]> = [
    [
      'of a rule with a rule',
      `users: []\nrules:\n  - ${no}\n  - { id: tracking, set: { open_tracking_enabled: true } }\n...\n`,
      [/^config\.yaml:6:/m, /rule 'no-tracking' sets false at config\.yaml:5:/],
    ],
    [
      'of a rule with a key of the user',
      `users: [{ username: one@a.example, open_tracking_enabled: true }]\nrules:\n  - ${no}\n...\n`,
      [/^config\.yaml:3:\d+ {2}users\[0\]\.open_tracking_enabled: /m, /rule 'no-tracking' sets false at config\.yaml:5:/],
    ],
  ]
  for (const [title, config, places] of ROWS)
    test(`${title} is a fault of the config that names both places, and nothing is asked of the service`, () =>
      withBench({ account: { results: [{ username: 'one@a.example' }] } }, async (bench) => {
        await bench.config(config)
        for (const command of [['validate'], ['apply', '--yes']]) {
          const { code, err, out } = await bench.run(...command)
          assert.is(code, 5)
          for (const place of places) assert.match(`${out}${err}`, place)
        }
        assert.is(bench.requests(), 0)
      }))

  test('that only a live user outside the list shows enforces neither rule, and is a finding that names both places', () =>
    withBench({ account: { results: [{ username: 'one@a.example', open_tracking_enabled: true }] } }, async (bench) => {
      await bench.config(
        `users: []\nrules:\n  - { id: no-tracking, match: { username: "one@*" }, set: { open_tracking_enabled: false } }\n  - { id: tracking, match: { username: "*@a.example" }, set: { open_tracking_enabled: true } }\n...\n`,
      )
      const { changes, findings } = await planned(bench)
      assert.equal(changes, [])
      assert.equal(
        findings.map(({ rule, severity, username }) => `${rule} ${severity} ${username}`),
        ['rules-contradict high one@a.example'],
      )
      assert.match(
        findings[0]?.message ?? '',
        /rule no-tracking sets false \(config\.yaml:5:\S+.*\), rule tracking sets true \(config\.yaml:6:/,
      )
    }))
})
