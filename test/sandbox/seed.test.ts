// A seed is in the service's own shapes: what view has answered is one, whatever of its documents and of their contradictions it follows.
import * as assert from 'uvu/assert'
import { readSeed } from '../../src/sandbox/seed.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { SWITCHES } from '../../src/sandbox/switches.ts'
import { exampleOf, userProperties } from '../contract/document.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const VIEW = { method: 'post', path: '/users/smtp/view' } as const

const seedOf = (value: unknown) => readSeed(JSON.stringify(value), 'seed.json')
const usersOf = (value: unknown) => seedOf(value).account.results
const oneUser = (user: object) => usersOf({ account: { results: [{ username: 'one@a.example', ...user }] } })[0]

const valueFor = (name: string, schema: unknown): unknown => {
  const { example, type } = Object.assign({ example: undefined, type: 'string' }, schema)
  if (name === 'custom_ratelimit') return false
  return example ?? (type === 'boolean' ? false : type === 'integer' ? 0 : 'words')
}

const answerOf = async (
  options: Parameters<typeof startSandbox>[0],
): Promise<{ readonly data: { readonly results: unknown } }> => {
  const sandbox = await startSandbox(options)
  try {
    const headers = { 'content-type': 'application/json', 'x-smtp2go-api-key': newKey() }
    const answer: { data: { results: unknown } } = JSON.parse(
      await (await fetch(`${sandbox.url}/users/smtp/view`, { method: 'POST', headers, body: '{}' })).text(),
    )
    return answer
  } finally {
    await sandbox.close()
  }
}

spec('a seed', (test) => {
  test('may be the answer of view that the document shows, whole or what it has as its data', () => {
    const answer = exampleOf(VIEW, '200')
    for (const seed of [answer, { account: answer }, { account: answer.data }])
      assert.equal(
        usersOf(seed).map(({ username, status, audit_email }) => [username, status, audit_email]),
        [['smtpuser@example.com', 'allowed', undefined]],
      )
    assert.is(seedOf({ account: { results: [] }, subaccounts: { Sub1: answer } }).subaccounts?.Sub1?.results.length, 1)
  })

  test('takes every property that the document gives a user of an answer, in each of them', () => {
    const properties = Object.entries(userProperties())
    assert.ok(properties.length > 15)
    const user = Object.fromEntries(properties.map(([name, schema]) => [name, valueFor(name, schema)]))
    assert.is(usersOf({ account: { results: [user] } })[0]?.ippool, 1234)
    for (const [name, schema] of properties) {
      assert.ok(oneUser(name === 'username' ? {} : { [name]: valueFor(name, schema) }), name)
      if (name !== 'username') assert.ok(oneUser({ [name]: null }), `${name}: null`)
    }
  })

  test('has the words of a user under the name that they had, or have in another document', () => {
    assert.is(oneUser({ comments: 'words' })?.description, 'words')
    assert.is(oneUser({ comments: 'old', description: 'words' })?.description, 'words')
    assert.is(oneUser({ description: null, comments: 'words' })?.description, 'words')
    assert.is(oneUser({ ip_pool: 1234 })?.ippool, 1234)
    assert.is(oneUser({ ip_pool: 0 })?.ippool, undefined)
    assert.is(oneUser({ ippool: 0 })?.ippool, undefined)
    assert.is(oneUser({ ippool: '1234' })?.ippool, 1234)
    assert.is(oneUser({ custom_rate_limit: false })?.custom_ratelimit, false)
    assert.equal(Object.keys(oneUser({ sending_status: 'allowed', default_ratelimit_value: '123' }) ?? {}), ['username'])
  })

  test('has no password where an answer hides it', () => {
    for (const email_password of ['********', '', null]) assert.is(oneUser({ email_password })?.email_password, undefined)
    const password = newPassword()
    assert.is(oneUser({ email_password: password })?.email_password, password)
  })

  test('still tells a slip of the pen', () => {
    for (const [user, fault] of [
      [{ descripton: 'words' }, /results\[0\] has the unknown key 'descripton'; there are username, /],
      [{ constructor: 'words' }, /has the unknown key 'constructor'/],
      [{ status: 'Blocked' }, /results\[0\]\.status is not one of allowed, blocked, sandbox$/],
      [{ username: null }, /results\[0\] has no username$/],
      [{ ippool: 'many' }, /results\[0\]\.ippool is not a whole number or null$/],
      [{ comments: 1 }, /results\[0\]\.description is not text$/],
    ] as const)
      assert.throws(() => oneUser(user), fault)
    assert.throws(() => seedOf({ data: { results: [] }, account: { results: [] } }), /the seed has the unknown key 'data'/)
  })

  test('is refused where something is added to an answer, which would be lost: a key would have every right', () => {
    const answer = { request_id: 'r', data: { results: [] } }
    assert.is(seedOf(answer).account.results.length, 0)
    const keys = { [newKey()]: ['/users/smtp/view'] }
    for (const more of [{ keys }, { switches: {} }, { subaccounts: {} }, { dedicated_ips: [] }, { results: [] }]) {
      const [name = ''] = Object.keys(more)
      const fault = new RegExp(`the seed has '${name}' beside an answer of the service; put the answer under account, beside it`)
      assert.throws(() => seedOf({ ...answer, ...more }), fault)
    }
    for (const [more, name] of [
      [{ state: 'Closed' }, 'state'],
      [{ name: 'Branch' }, 'name'],
    ] as const) {
      const fault = (path: string) => new RegExp(`${path} has '${name}' beside an answer of the service; put it into data, `)
      assert.throws(() => seedOf({ account: { ...answer, ...more } }), fault('account'))
      assert.throws(() => seedOf({ account: answer, subaccounts: { Sub1: { ...answer, ...more } } }), fault('subaccounts.Sub1'))
    }
    assert.equal(Object.keys(seedOf({ account: answer, keys }).keys ?? {}), Object.keys(keys))
  })

  test('that is a saved answer may show what the stand-in does not know: it is left out, and told', () => {
    const limit = { custom_ratelimit: false, custom_ratelimit_period: 'unlimited', custom_ratelimit_value: null }
    const results = [{ username: 'one@a.example', created_at: '2026-01-01', ...limit, description: 'words' }]
    const answer = { request_id: 'r', data: { results, total_count: 1 } }
    for (const [seed, path] of [
      [answer, 'the seed'],
      [{ account: answer }, 'account'],
    ] as const) {
      const notes: Array<string> = []
      const read = readSeed(JSON.stringify(seed), 'saved.json', (what) => notes.push(what))
      assert.equal(read.account.results, [{ username: 'one@a.example', custom_ratelimit: false, description: 'words' }])
      assert.equal(notes, [`saved.json: ${path} shows created_at, total_count, which the sandbox does not know: left out`])
    }
    const keys = { [newKey()]: ['/users/smtp/view'] }
    assert.throws(() => seedOf({ request_id: 'r', data: { results, keys } }), /has 'keys' beside an answer/)
    assert.throws(() => seedOf({ account: { data: { results, keys } } }), /account has 'keys' .*; that stands beside account/)
    assert.throws(() => seedOf({ data: { results: [{ username: 'one@a.example', status: 'Blocked' }] } }), /status is not one of/)
  })

  test('may be what the stand-in has answered, whatever its switches', async () => {
    const limited = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '4 months 5:00:00' }
    const results = [
      { username: 'one@a.example', description: 'words', ippool: 1234, ...limited },
      { username: 'two@a.example', audit_email: 'a@a.example' },
    ]
    for (const [name, { values }] of Object.entries(SWITCHES))
      for (const value of values) {
        const switches = { [name]: value }
        const before = await answerOf({ seed: { account: { results }, switches } })
        const after = await answerOf({ seed: { ...seedOf(before), switches } })
        assert.equal(after.data.results, before.data.results, `${name}: ${value}`)
      }
  })
})
