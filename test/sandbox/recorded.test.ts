// A switch that changes nothing asks nothing: under every value but the default, some answer to a fixed script is another one.
import * as assert from 'uvu/assert'
import type { Seed } from '../../src/sandbox/seed.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { SWITCHES } from '../../src/sandbox/switches.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const KEY = newKey()
const UNKNOWN_KEY = newKey()
const STRONG = newPassword()
const ONE = 'one@acme.example'
const limited = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 hour' }

const SEED: Seed = {
  account: {
    results: [
      {
        username: ONE,
        email_password: STRONG,
        description: 'words',
        ippool: 1234,
        feedback_enabled: true,
        audit_email: 'a@acme.example',
        ...limited,
      },
      { username: `an${ONE}`, email_password: STRONG, status: 'sandbox' },
      { username: 'blocked@acme.example', email_password: STRONG, status: 'blocked' },
    ],
  },
  subaccounts: {
    Sub1: { results: [{ username: 'sub@branch.example', email_password: STRONG }] },
    Shut: { state: 'Closed', results: [{ username: 'shut@branch.example', email_password: STRONG }] },
  },
  keys: { [KEY]: ['/users/*', '/dedicated_ips/view', '/subaccounts/search'] },
}

type Step = readonly [method: 'POST' | 'PATCH', path: string, body: object, key?: string]
const view = (body: object = {}): Step => ['POST', 'users/smtp/view', body]
const add = (body: object): Step => ['POST', 'users/smtp/add', body]
const patch = (body: object): Step => ['PATCH', 'users/smtp/edit', { username: ONE, ...body }]
const whole = (body: object): Step => ['POST', 'users/smtp/edit', { username: ONE, ...body }]

const SCRIPT: ReadonlyArray<Step> = [
  view(),
  view({ username: 'one' }),
  view({ username: 'ne@acme' }),
  view({ username: 'ONE@ACME.EXAMPLE' }),
  view({ subaccount_id: 'Shut' }),
  ['POST', 'api_keys/permissions', {}],
  ['POST', 'users/smtp/view', {}, UNKNOWN_KEY],
  ['POST', 'users/smtp/view', {}, 'no key'],
  add({ username: ONE, description: 'again' }),
  add({ username: 'One@acme.example', email_password: STRONG }),
  add({ username: 'sub@branch.example', email_password: STRONG }),
  add({ username: 'tes ting@acme.example', email_password: STRONG }),
  add({ username: ' testing@acme.example', email_password: STRONG }),
  // Bits by distinct characters, by character sets and by Shannon: 31, 65, 30; then 83, 143, 57.
  add({ username: 'weak-1@acme.example', email_password: `H#8d${newPassword().slice(0, 6)}` }),
  add({ username: 'weak-2@acme.example', email_password: 'aaaaaaaaaaaaaaBCDE123456' }),
  ['POST', 'users/smtp/remove', { username: 'nobody@acme.example' }],
  patch({ custom_ratelimit_value: 6 }),
  view(),
  patch({ description: null }),
  patch({ description: '' }),
  patch({ audit_email: '' }),
  view(),
  patch({ ip_pool: 0 }),
  view(),
  patch({ ip_pool: 1234 }),
  patch({ ip_pool: '' }),
  view(),
  patch({ ip_pool: 1234 }),
  patch({ ip_pool: null }),
  view(),
  ['POST', 'users/smtp/edit', { username: `an${ONE}` }],
  view(),
  patch({ email_password: '' }),
  view(),
  patch({ stray: 'property' }),
  patch({ ip_pool: 99 }),
  patch({ archive_enabled: true }),
  view(),
  patch({ feedback_html: ' <p onclick="x()">a</p>\r\n ' }),
  view(),
  patch({ feedback_enabled: false, feedback_text: 'kept?' }),
  view(),
  whole({ feedback_domain: 'news.acme.example', ...limited }),
  view(),
  add({ username: 'big@acme.example', description: 'x'.repeat(1_000_001) }),
]

const GENERATED = /"email_password":"(?!\*+")(?!STRONG)[^"]*"/g

/** The answers to the script, without what differs each time. */
const record = async (switches: Readonly<Record<string, string>>): Promise<ReadonlyArray<string>> => {
  const sandbox = await startSandbox({ seed: { ...SEED, switches } })
  try {
    const answers: Array<string> = []
    for (const [method, path, body, key] of SCRIPT) {
      const response = await fetch(`${sandbox.url}/${path}`, {
        method,
        headers: { 'x-smtp2go-api-key': key ?? KEY },
        body: JSON.stringify(body),
      })
      const retry = response.headers.get('retry-after') ?? ''
      const text = (await response.text())
        .replace(/"request_id":"[^"]*"/g, '"request_id":""')
        .replaceAll(STRONG, 'STRONG')
        .replace(GENERATED, '"email_password":"made"')
      answers.push(`${method} ${path} ${response.status} ${retry} ${text}`)
    }
    return answers
  } finally {
    await sandbox.close()
  }
}

/** Values of a form, and what a switch needs beside it to be seen at all. */
const FORMS: Readonly<Record<string, string>> = {
  view_lag: '60s',
  rate_limit: '20 per 60s',
  error_limit: '3 per 60s',
  time_out: '1ms',
}
const BESIDE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  time_out: { rate_limit: '20 per 60s', retry_after: 'seconds' },
  throttled_body: { rate_limit: '20 per 60s' },
  retry_after: { rate_limit: '20 per 60s' },
}

spec('the switches of the stand-in', (test) => {
  test('the same switches give the same answers', async () => {
    assert.equal(await record({}), await record({}))
  })

  const usualAnswers = new Map<string, Promise<ReadonlyArray<string>>>()
  const usualWith = (beside: Readonly<Record<string, string>>): Promise<ReadonlyArray<string>> => {
    const name = JSON.stringify(beside)
    const recorded = usualAnswers.get(name) ?? record(beside)
    usualAnswers.set(name, recorded)
    return recorded
  }

  for (const [name, { values }] of Object.entries<{ readonly values: ReadonlyArray<string> }>(SWITCHES))
    for (const value of [...values.slice(1), ...(FORMS[name] === undefined ? [] : [FORMS[name]])])
      test(`${name}=${value} changes an answer`, async () => {
        const beside = BESIDE[name] ?? {}
        const [usual, other] = [await usualWith(beside), await record({ ...beside, [name]: value })]
        assert.ok(
          usual.some((answer, at) => answer !== other[at]),
          'all answers are the same',
        )
      })
})
