// Every open question of the service is a switch of the stand-in. Under every value of every switch, and under all pairs of values, the real
// program brings a config that manages every field to its goal, or to a state that a table names, and then writes nothing more.
import { createHash } from 'node:crypto'
import PQueue from 'p-queue'
import * as assert from 'uvu/assert'
import type { Report } from '../src/domain/plan/plan.ts'
import { startSandbox } from '../src/sandbox/server.ts'
import { SWITCHES } from '../src/sandbox/switches.ts'
import { linesOf, withProgram } from './support/in-process.ts'
import { spec } from './support/spec.ts'
import { configFor, ENV, PASSWORDS, SEED, WANTED } from './switches-data.ts'

type Values = { readonly [name: string]: string }
type Row = { readonly on: Values; readonly user: string; readonly held: string; readonly why: string }

// What a partial edit does not clear under these, only the full edit could.
const NOT_CLEARED: ReadonlyArray<Values> = [
  { patch_empty_text: 'ignored' },
  { empty_address: 'refused' },
  { clear_ip_pool: 'empty' },
  { clear_ip_pool: 'null' },
  { clear_ip_pool: 'impossible' },
]

/** Where nothing better is possible. `on` empty: under every value, since the config asks for what cannot be. */
const NAMED: ReadonlyArray<Row> = [
  {
    on: {},
    user: 'foreign@acme.example',
    held: 'not_converging',
    why: 'the config asks for a pool that the account does not have',
  },
  {
    on: { username_case: 'folded' },
    user: 'New.Mixed@acme.example',
    held: 'impossible',
    why: 'the service stores another spelling than the config asks for; a person must choose one',
  },
  {
    on: { patch_empty_text: 'ignored' },
    user: 'bare@acme.example',
    held: 'impossible',
    why: 'only the full edit could clear it, and no password is declared',
  },
  {
    on: { empty_address: 'refused' },
    user: 'bare@acme.example',
    held: 'impossible',
    why: 'a partial edit says none of an address by an empty text only, and for the full edit no password is declared',
  },
  {
    on: { clear_ip_pool: 'empty' },
    user: 'pool@acme.example',
    held: 'impossible',
    why: 'only the full edit could clear it, and no password is declared',
  },
  {
    on: { clear_ip_pool: 'null' },
    user: 'pool@acme.example',
    held: 'impossible',
    why: 'only the full edit could clear it, and no password is declared',
  },
  {
    on: { clear_ip_pool: 'impossible' },
    user: 'pool@acme.example',
    held: 'impossible',
    why: 'only the full edit could clear it, and no password is declared',
  },
  {
    on: { archive: 'refused' },
    user: 'archive@acme.example',
    held: 'not_converging',
    why: 'the plan of the account has no archive; the refusal names no field, so the whole edit is held',
  },
  {
    on: { archive: 'ignored' },
    user: 'archive@acme.example',
    held: 'not_converging',
    why: 'the plan of the account has no archive',
  },
  {
    on: { feedback_html: 'sanitised' },
    user: 'html@acme.example',
    held: 'not_converging',
    why: 'the service keeps no scripts; asked for again and again it would still not',
  },
  {
    on: { feedback_while_off: 'dropped' },
    user: 'texts-off@acme.example',
    held: 'not_converging',
    why: 'the service keeps no text for a footer that is off',
  },
  {
    on: { feedback_domain: 'ignored' },
    user: 'domain@acme.example',
    held: 'not_converging',
    why: 'the service no longer has that setting',
  },
  {
    on: { feedback_domain: 'gone' },
    user: 'domain@acme.example',
    held: 'unobservable',
    why: 'the service no longer has that setting and shows none: asserted once, reported as not verified',
  },
  {
    on: { extra_fields: 'sending_status' },
    user: 'domain@acme.example',
    held: 'impossible',
    why: 'only the full edit can set it, and it could reset what we do not know',
  },
  {
    on: { account_view: 'with_subaccounts' },
    user: 'sub@branch.example',
    held: 'impossible',
    why: 'live in two scopes it is written in neither',
  },
  ...NOT_CLEARED.flatMap(
    (on): ReadonlyArray<Row> => [
      {
        on: { ...on, extra_fields: 'sending_status' },
        user: 'cleared@acme.example',
        held: 'impossible',
        why: 'only the full edit could clear it, and it could reset what we do not know',
      },
      {
        on: { ...on, feedback_domain: 'gone' },
        user: 'cleared@acme.example',
        held: 'impossible',
        why: 'only the full edit could clear it, and feedback_domain is neither shown nor declared',
      },
    ],
  ),
  ...[{ extra_fields: 'sending_status' }, { feedback_domain: 'gone' }].flatMap((on) =>
    [{ patch_empty_text: 'ignored' }, { empty_address: 'refused' }].map(
      (uncleared): Row => ({
        on: { ...on, ...uncleared, match: 'loose' },
        user: 'also-edited@acme.example',
        held: 'impossible',
        why: 'the edit of another user gave it an address that only the full edit could clear',
      }),
    ),
  ),
  ...['cleared@acme.example', 'bare@acme.example', 'pool@acme.example'].flatMap((user) =>
    NOT_CLEARED.slice(1).map(
      (on): Row => ({
        on: { ...on, field_errors: 'absent' },
        user,
        held: 'not_converging',
        why: 'the refusal names no field, so the edit is not known to have failed for a reset',
      }),
    ),
  ),
]

/** Values of the switches that take a form besides words. */
const SAMPLES: { readonly [name: string]: string } = {
  view_lag: '60ms',
  rate_limit: '5000 per 1s',
  error_limit: '500 per 1s',
  time_out: '1s',
}

const RUNS_TO_SETTLE = 4
const FURTHER_RUNS = 10

const valuesOf = (name: string, values: ReadonlyArray<string>): ReadonlyArray<string> =>
  SAMPLES[name] === undefined ? values : [...values, SAMPLES[name]]
const TABLE = Object.entries(SWITCHES).map(([name, { values }]): readonly [string, ReadonlyArray<string>] => [
  name,
  valuesOf(name, values),
])

const rowsFor = (values: Values): ReadonlyArray<Row> =>
  NAMED.filter(({ on }) =>
    Object.entries(on).every(([name, value]) => (values[name] ?? TABLE.find(([one]) => one === name)?.[1][0]) === value),
  )

type Held = { readonly user: string; readonly held: string; readonly fields: ReadonlyArray<string> }
type Ended = {
  readonly held: ReadonlyArray<Held>
  readonly faults: ReadonlyArray<string>
  readonly last: Report
  readonly notices: ReadonlyArray<string>
}

const heldIn = (report: Report): ReadonlyArray<Held> =>
  report.plan.scopes.flatMap((scope) =>
    scope._tag === 'Errored'
      ? []
      : [
          ...scope.held.map(({ username, reason, fields }) => ({
            user: username,
            held: reason,
            fields: fields.map(({ field }) => field),
          })),
          // Passwords and click tracking are expected to be unreadable, and are looked up in the stand-in instead.
          ...scope.unobservable.flatMap(({ username, fields }) =>
            fields.includes('feedback_domain') ? [{ user: username, held: 'unobservable', fields: ['feedback_domain'] }] : [],
          ),
        ],
  )

type Truth = { readonly username: string; readonly [key: string]: unknown }
const isTruths = (value: unknown): value is { readonly results: ReadonlyArray<Truth> } =>
  typeof value === 'object' && value !== null && 'results' in value && Array.isArray(value.results)

const usersAt = async (url: string): Promise<ReadonlyArray<Truth>> => {
  const state: unknown = await (await fetch(new URL('/_state', url))).json()
  if (typeof state !== 'object' || state === null || !('account' in state) || !('subaccounts' in state)) return []
  const scopes: ReadonlyArray<unknown> = [state.account, ...Object.values(state.subaccounts ?? {})]
  return scopes.flatMap((scope) => (isTruths(scope) ? scope.results : []))
}

const writesAt = async (url: string): Promise<number> => {
  const log: unknown = await (await fetch(new URL('/_log', url))).json()
  return Array.isArray(log) ? log.filter(({ path }) => !String(path).endsWith('/view')).length : -1
}

/** What of a user is not as wanted although nothing is held of it. */
const faultsOf = (user: string, truth: Truth | undefined, held: ReadonlyArray<Held>): ReadonlyArray<string> => {
  const mine = held.filter((one) => one.user === user)
  if (truth === undefined) return mine.length > 0 ? [] : [`${user} does not exist`]
  const open = new Set(mine.flatMap(({ fields }) => fields).map((field) => (field === 'ip_pool' ? 'ippool' : field)))
  const password = PASSWORDS[user]
  const hash = password === undefined ? {} : { email_password_sha256: createHash('sha256').update(password).digest('hex') }
  return Object.entries({ ...WANTED[user], ...hash })
    .filter(
      ([key, value]) =>
        !open.has(key) && !open.has(key.replace('_sha256', '')) && JSON.stringify(truth[key]) !== JSON.stringify(value),
    )
    .map(([key, value]) => `${user} has ${key} ${JSON.stringify(truth[key])}, wanted was ${JSON.stringify(value)}`)
}

/** Runs the program until it writes nothing more, and ten times more. */
const settled = async (values: Values): Promise<Ended> => {
  const sandbox = await startSandbox({ seed: { ...SEED, switches: values } })
  let ended: Ended | undefined
  try {
    await withProgram({ url: sandbox.url, env: ENV }, async ({ run, notices }) => {
      const config = configFor(sandbox.url)
      for (let count = 0; count < RUNS_TO_SETTLE; count += 1) await run(config)
      const writes = await writesAt(sandbox.url)
      let last = await run(config)
      for (let count = 1; count < FURTHER_RUNS; count += 1) last = await run(config)
      const more = (await writesAt(sandbox.url)) - writes
      const held = heldIn(last)
      const users = new Map((await usersAt(sandbox.url)).map((user) => [user.username, user]))
      const errors = last.plan.scopes.flatMap((scope) =>
        scope._tag === 'Errored' ? [`${scope.scope}: ${scope.error.message}`] : [],
      )
      const faults = [
        ...(more === 0 ? [] : [`${more} writes after ${RUNS_TO_SETTLE} runs: ${linesOf(last).join(', ')}`]),
        ...errors,
        ...Object.keys(WANTED).flatMap((user) => faultsOf(user, users.get(user), held)),
      ]
      ended = { held, faults, last, notices: [...notices] }
    })
  } finally {
    await sandbox.close()
  }
  if (ended === undefined) throw new Error('the program did not run')
  return ended
}

/** All configurations are run beside each other, a few at a time, since most of the time is waiting for the disk. */
const inTurn = (all: ReadonlyArray<Values>) => {
  const queue = new PQueue({ concurrency: 6 })
  let begun: ReadonlyArray<Promise<Ended>> | undefined
  return async (at: number): Promise<Ended> => {
    begun ??= all.map((values) => {
      const ended = queue.add(() => settled(values))
      ended.catch(() => undefined)
      return ended
    })
    const ended = await begun[at]
    if (ended === undefined) throw new Error('there is no such configuration')
    return ended
  }
}

const heldText = ({ user, held }: { readonly user: string; readonly held: string }): string => `${user} ${held}`

const titleOf = (values: Values): string =>
  Object.entries(values)
    .filter(([name, value]) => TABLE.find(([one]) => one === name)?.[1][0] !== value)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')

const SINGLES: ReadonlyArray<Values> = TABLE.flatMap(([name, values]) => values.slice(1).map((value) => ({ [name]: value })))

spec('every value of every switch', (test) => {
  const endedOf = inTurn(SINGLES)
  for (const [at, values] of SINGLES.entries())
    test(`the goal or a named state, then no write: ${titleOf(values)}`, async () => {
      const { held, faults } = await endedOf(at)
      assert.equal(faults, [])
      assert.equal(held.map(heldText).sort(), rowsFor(values).map(heldText).sort())
    })

  test('the defaults: the goal or a named state, then no write', async () => {
    const { held, faults, last } = await settled({})
    assert.equal(faults, [])
    assert.equal(held.map(heldText), rowsFor({}).map(heldText))
    const [account] = last.plan.scopes
    const findings = account?._tag === 'Planned' ? account.findings.map(({ rule, username }) => `${username} ${rule}`) : []
    assert.equal(findings, ['stopped@acme.example provider-block'])
  })
})

/** Configurations that together have every pair of values of any two switches, made greedily and always the same. */
const pairwise = (): ReadonlyArray<Values> => {
  const pairOf = (one: string, value: string, other: string, otherValue: string): string =>
    one < other ? `${one}=${value}|${other}=${otherValue}` : `${other}=${otherValue}|${one}=${value}`
  const open = new Set(
    TABLE.flatMap(([one, values], at) =>
      TABLE.slice(at + 1).flatMap(([other, others]) =>
        values.flatMap((value) => others.map((other2) => pairOf(one, value, other, other2))),
      ),
    ),
  )
  const configurations: Array<Values> = []
  while (open.size > 0) {
    const chosen = new Map<string, string>()
    // Begins with the first open pair, so that each round covers something.
    for (const part of [...open][0]?.split('|') ?? []) chosen.set(part.split('=')[0] ?? '', part.split('=').slice(1).join('='))
    for (const [name, values] of TABLE) {
      if (chosen.has(name)) continue
      const gain = (value: string): number =>
        [...chosen].filter(([other, otherValue]) => open.has(pairOf(name, value, other, otherValue))).length
      const best = values.reduce((sum, value) => (gain(value) > gain(sum) ? value : sum))
      chosen.set(name, best)
    }
    for (const [one, value] of chosen)
      for (const [other, otherValue] of chosen) open.delete(pairOf(one, value, other, otherValue))
    configurations.push(Object.fromEntries(chosen))
  }
  return configurations
}

spec('every pair of values of two switches', (test) => {
  const all = pairwise()
  const endedOf = inTurn(all)
  for (const [at, values] of all.entries())
    test(`the goal or named states, then no write: ${titleOf(values)}`, async () => {
      const { held, faults } = await endedOf(at)
      const allowed = new Set(rowsFor(values).map(heldText))
      assert.equal(faults, [])
      assert.equal(
        held.map(heldText).filter((text) => !allowed.has(text)),
        [],
      )
    })
})
