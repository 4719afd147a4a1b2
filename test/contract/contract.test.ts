// Client and stand-in against the provider's own document: what we send is what it describes, what it shows we can read, and the stand-in
// answers as it promises.
import * as assert from 'uvu/assert'
import { clock } from '../../src/adapters/clock.ts'
import { accountReader } from '../../src/adapters/smtp2go/client.ts'
import { pacer } from '../../src/adapters/smtp2go/pace.ts'
import { pageOf } from '../../src/adapters/smtp2go/search.ts'
import { confidence } from '../../src/adapters/smtp2go/tell.ts'
import { wrapping } from '../../src/adapters/smtp2go/typed.ts'
import { network } from '../../src/adapters/smtp2go/way.ts'
import { editRequest, liveStateOf, permissionsOf, viewRequest, type WireRequest } from '../../src/adapters/smtp2go/wire.ts'
import { atOnce } from '../../src/domain/basics/work.ts'
import { addOf, type Edit, editOf } from '../../src/domain/plan/edit.ts'
import type { LiveState } from '../../src/domain/user/live.ts'
import { periodFault } from '../../src/domain/user/period.ts'
import { Secret } from '../../src/domain/user/secret.ts'
import { FIELDS, type FieldName, fields, type Value } from '../../src/domain/user/settings.ts'
import type { Managed } from '../../src/domain/wanted/desired.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import { E } from '../../src/fp.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { newKey, newSecret } from '../support/fresh.ts'
import { withRawServer } from '../support/raw-server.ts'
import { spec } from '../support/spec.ts'
import { CORRECTIONS, corrected, exampleOf, named, OPERATIONS, type Operation, published, validatorsOf } from './document.ts'

const KEY = newKey()
const NARROW_KEY = newKey()
const SCOPES: ReadonlyArray<Scope> = ['account', 'subaccount:GnlKn5']
const PASSWORD = newSecret()

/** Two values of each field that are not the service's default; with the default these are all kinds of value a config can give. */
const VALUES: { readonly [F in FieldName]: ReadonlyArray<Value> } = {
  email_password: [PASSWORD],
  description: ['Scanner', '"quoted" \u{1F4E0}\nline'],
  custom_ratelimit: [true],
  custom_ratelimit_value: [1, 2_147_483_647],
  custom_ratelimit_period: ['1 day', '0:30:00'],
  ip_pool: [1234],
  feedback_enabled: [true],
  feedback_domain: ['news.acme.example'],
  feedback_html: ['<p>%%UNSUBSCRIBE%%</p>'],
  feedback_text: ['%%EMAIL%%'],
  open_tracking_enabled: [true],
  click_tracking_enabled: [true],
  archive_enabled: [true],
  audit_email: ['audit@acme.example'],
  bounce_notifications: ['drop', 'bounces@acme.example'],
  status: ['blocked', 'sandbox'],
}

const valuesOf = (field: FieldName): ReadonlyArray<Value> => {
  const { reset } = fields[field]
  return reset === undefined ? VALUES[field] : [...VALUES[field], reset]
}

/** Every field alone with every value, all fields at once, and all fields at their defaults. */
const managedSets = (): ReadonlyArray<Managed> => {
  const set = (values: ReadonlyArray<readonly [FieldName, Value | undefined]>): Managed =>
    Object.fromEntries(values.flatMap(([field, value]) => (value === undefined ? [] : [[field, { value, source: 'a test' }]])))
  return [
    {},
    ...FIELDS.flatMap((field) => valuesOf(field).map((value) => set([[field, value]]))),
    set(FIELDS.map((field) => [field, VALUES[field][0]])),
    set(FIELDS.map((field) => [field, fields[field].reset])),
  ]
}

const user = {
  username: 'scanner@acme.example',
  settings: { custom_ratelimit: false, status: 'allowed' },
  sendingAllowed: true,
} as const
const live: LiveState = { scope: 'account', users: [user], returned: new Set(FIELDS), unknownKeys: [] }

const editsOf = (managed: Managed): ReadonlyArray<Edit> => {
  const changed = FIELDS.flatMap((field) => {
    const sourced = managed[field]
    return sourced === undefined ? [] : [{ field, to: sourced.value }]
  })
  const base = { fields: changed, user, live }
  const complete: Managed = Object.fromEntries(FIELDS.map((field) => [field, { value: VALUES[field][0], source: 'a test' }]))
  const edits = [
    editOf({ ...base, managed, mode: 'auto' }),
    editOf({ ...base, managed, mode: 'patch' }),
    editOf({ ...base, managed: { ...complete, ...managed }, mode: 'full' }),
  ]
  return [addOf({ username: user.username, fields: changed }), ...edits.flatMap((edit) => (E.isRight(edit) ? [edit.right] : []))]
}

const operationOf = ({ method, path }: WireRequest): Operation => {
  const found = OPERATIONS.find((one) => one.method === method && one.path === `/${path}`)
  if (found === undefined) throw new Error(`the document has no ${method} ${path}`)
  return found
}

const checkRequests = (requests: ReadonlyArray<WireRequest>): ReadonlySet<string> => {
  const document = corrected()
  const validators = new Map(OPERATIONS.map((operation) => [operation, validatorsOf(document, operation)]))
  for (const request of requests) {
    const operation = operationOf(request)
    assert.is(validators.get(operation)?.request(request.body), undefined, `${named(operation)} ${JSON.stringify(request.body)}`)
  }
  return new Set(requests.map((request) => named(operationOf(request))))
}

type Evidence = {
  readonly operation: Operation
  readonly kind: 'answer' | 'refusal'
  readonly value: unknown
  readonly what: string
}

const examples = (): ReadonlyArray<Evidence> =>
  OPERATIONS.flatMap(
    (operation): ReadonlyArray<Evidence> => [
      { operation, kind: 'answer', value: exampleOf(operation, '200'), what: `example of ${named(operation)}` },
      { operation, kind: 'refusal', value: exampleOf(operation, '400'), what: `example of a refusal of ${named(operation)}` },
    ],
  )

const limited = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '4 months 5:00:00' }
/** Requests to the stand-in, in order; each is answered with success unless told otherwise. */
const SCRIPT: ReadonlyArray<readonly [operation: string, body: { readonly [key: string]: unknown }, refused?: 'refused']> = [
  ['POST /users/smtp/view', {}],
  ['POST /users/smtp/view', { subaccount_id: 'GnlKn5' }],
  ['POST /users/smtp/view', { username: 'nobody-at-all' }],
  ['POST /users/smtp/view', { username: 5 }, 'refused'],
  ['POST /users/smtp/view', { subaccount_id: 'Unknown' }, 'refused'],
  ['POST /users/smtp/add', { username: 'made@acme.example' }],
  ['POST /users/smtp/add', { username: 'full@acme.example', ...limited, ip_pool: 1234, audit_email: 'a@acme.example' }],
  ['POST /users/smtp/add', { username: 'made@acme.example' }, 'refused'],
  ['POST /users/smtp/add', { username: 'a' }, 'refused'],
  ['POST /users/smtp/add', { username: 'weak@acme.example', email_password: 'weak' }, 'refused'],
  ['POST /users/smtp/edit', { username: 'made@acme.example', ...limited }],
  ['POST /users/smtp/edit', { username: 'nobody@acme.example' }, 'refused'],
  ['POST /users/smtp/edit', { username: 'made@acme.example', status: 'perhaps' }, 'refused'],
  ['PATCH /users/smtp/edit', { username: 'full@acme.example', description: 'x', ip_pool: 1234 }],
  ['PATCH /users/smtp/edit', { username: 'nobody@acme.example' }, 'refused'],
  ['PATCH /users/smtp/edit', { username: 'full@acme.example', custom_ratelimit_value: 0 }, 'refused'],
  ['POST /users/smtp/view', {}],
  ['POST /users/smtp/remove', { username: 'full@acme.example' }],
  ['POST /users/smtp/remove', { username: 'full@acme.example' }, 'refused'],
  ['POST /subaccounts/search', { states: 'active', page_size: 1 }],
  ['POST /subaccounts/search', { search_terms: ['branch'], fuzzy_search: true }],
  ['POST /subaccounts/search', { states: 'gone' }, 'refused'],
  ['POST /dedicated_ips/view', {}],
  ['POST /api_keys/permissions', {}],
]

const recorded = async (): Promise<ReadonlyArray<Evidence>> => {
  const seed = {
    account: { results: [{ username: 'one@acme.example', ...limited }] },
    subaccounts: { GnlKn5: { name: 'Branch', results: [{ username: 'sub@acme.example' }] } },
    keys: { [KEY]: ['*'], [NARROW_KEY]: ['/subaccounts/*'] },
  }
  const sandbox = await startSandbox({ seed })
  const evidence: Array<Evidence> = []
  const ask = async (title: string, body: unknown, expected: 'ok' | 'refused', key: string): Promise<void> => {
    const operation = OPERATIONS.find((one) => named(one) === title)
    if (operation === undefined) throw new Error(`the document has no ${title}`)
    const response = await fetch(`${sandbox.url}${operation.path}`, {
      method: operation.method.toUpperCase(),
      headers: { 'x-smtp2go-api-key': key },
      body: JSON.stringify(body),
    })
    const what = `${title} ${JSON.stringify(body)}`
    const value: unknown = await response.json()
    assert.is(response.status < 300 ? 'ok' : 'refused', expected, `${what}: ${JSON.stringify(value)}`)
    evidence.push({ operation, kind: expected === 'ok' ? 'answer' : 'refusal', value, what })
  }
  try {
    for (const [title, body, refused] of SCRIPT) await ask(title, body, refused ?? 'ok', KEY)
    for (const operation of OPERATIONS) {
      await ask(named(operation), {}, 'refused', 'no key')
      await ask(named(operation), {}, 'refused', newKey())
      if (/users|dedicated/.test(operation.path)) await ask(named(operation), {}, 'refused', NARROW_KEY)
    }
    return evidence
  } finally {
    await sandbox.close()
  }
}

const faultsIn = (evidence: ReadonlyArray<Evidence>, document: ReturnType<typeof published>): ReadonlyArray<string> => {
  const validators = new Map(OPERATIONS.map((operation) => [operation, validatorsOf(document, operation)]))
  return evidence.flatMap(({ operation, kind, value, what }) => {
    const fault = validators.get(operation)?.[kind](value)
    return fault === undefined ? [] : [`${what}: ${fault}`]
  })
}

spec('the client and the provider’s document', (test) => {
  test('every write that any config can lead to is as the document describes, in both kinds of scope', () => {
    const edits: ReadonlyArray<Edit> = [...managedSets().flatMap(editsOf), { _tag: 'Remove', username: user.username }]
    const requests = SCOPES.flatMap((scope) => [viewRequest(scope), ...edits.map((edit) => editRequest(scope, edit))])
    assert.equal(
      checkRequests(requests),
      new Set(OPERATIONS.map(named).filter((title) => title.includes('/users/smtp/'))),
      'all operations on users were met',
    )
    for (const { body } of requests)
      for (const [key, value] of Object.entries(body)) {
        assert.is.not(value, null, `null for ${key}`)
        if (key === 'email_password' || key === 'username') assert.is.not(value, '', `an empty ${key}`)
      }
  })

  test('the reads beside view are as the document describes', () =>
    withRawServer(
      (response, { path, body }) => {
        const page = { continue_token: body.includes('"continue_token"') ? '' : 'next', subaccounts: [], total_count: 0 }
        response.end(JSON.stringify({ request_id: 'r', data: path.endsWith('search') ? page : [] }))
      },
      async ({ url, seen }) => {
        const api = { timeoutMs: 5000, maxAnswerBytes: 100_000 }
        const reader = accountReader({
          way: network,
          url,
          key: new Secret(KEY),
          api,
          pacer: pacer(clock(), { pace: undefined, concurrency: 1 }),
          clock: clock(),
          confidence: confidence(),
          wrapped: (live) => wrapping()(live, []),
          proof: { given: () => ({ works: true, mayCall: true }), give: () => {} },
          sent: () => {},
          called: () => {},
          notice: () => {},
        })
        await reader.subaccounts()()
        await reader.permissions()()
        const requests = seen.map(
          ({ path, body }): WireRequest => ({ method: 'post', path: path.replace('/v3/', ''), body: JSON.parse(body) }),
        )
        assert.is(requests.length, 3)
        checkRequests(requests)
      },
    ))

  test('every period that the config takes goes out in the documented syntax', () => {
    const documented = /^(\d+ (hour|day|week|month)s?( \d{1,2}:\d\d:\d\d)?|\d+:\d\d:\d\d)$/
    for (const period of PERIODS) {
      assert.is(periodFault(period), undefined, period)
      const edit: Edit = { _tag: 'Patch', username: user.username, settings: { custom_ratelimit_period: period } }
      assert.match(String(editRequest('account', edit).body.custom_ratelimit_period), documented)
    }
  })

  test('every documented example decodes', () => {
    const shown = (path: string) => atOnce(liveStateOf(exampleOf({ method: 'post', path }, '200'), 'account'))
    for (const path of ['/users/smtp/view', '/users/smtp/add', '/users/smtp/edit', '/users/smtp/remove']) {
      const state = shown(path)
      if (E.isLeft(state)) throw new Error(`${path}: ${state.left}`)
      assert.is(state.right.users.length, 1)
      assert.equal(state.right.unknownKeys, [])
    }
    const view = shown('/users/smtp/view')
    if (E.isLeft(view)) throw new Error(view.left)
    const { email_password, ...settings } = view.right.users[0]?.settings ?? {}
    assert.instance(email_password, Secret)
    assert.equal(settings, {
      description: '',
      custom_ratelimit: false,
      ip_pool: 0,
      feedback_enabled: false,
      feedback_domain: 'default',
      feedback_html: '',
      feedback_text: '',
      open_tracking_enabled: false,
      archive_enabled: false,
      audit_email: '',
      bounce_notifications: 'from',
      status: 'allowed',
    })
    assert.equal(
      permissionsOf(exampleOf({ method: 'post', path: '/api_keys/permissions' }, '200')),
      E.right(['/email/send', '/api_keys/view']),
    )
    assert.equal(
      pageOf(exampleOf({ method: 'post', path: '/subaccounts/search' }, '200')),
      E.right({ found: [{ id: 'GnlKn5', name: '10000', state: 'Active' }], next: undefined, total: 1 }),
    )
  })
})

const PERIODS =
  '0:30:00|1:00:00|1 hour|2 days|1 week|1 weeks|3 months|4 months 5:00:00|2 months,3:00:00|3600|1 day, 0:00:00|90 minutes|45 seconds'.split(
    '|',
  )

spec('the stand-in and the provider’s document', (test) => {
  test('two of the eight examples break their own schema, and with the corrections none does', () => {
    const answers = examples().filter(({ kind }) => kind === 'answer')
    assert.is(answers.length, 8)
    const bare = structuredClone(published())
    for (const { make } of CORRECTIONS.slice(2)) make(bare)
    assert.equal(
      faultsIn(answers, bare).map((fault) => fault.split(':')[0]),
      ['example of PATCH /users/smtp/edit', 'example of POST /api_keys/permissions'],
    )
    assert.equal(faultsIn(examples(), corrected()), [])
  })

  test('every answer of the stand-in, success or refusal, is as the document describes', async () => {
    const evidence = await recorded()
    assert.equal(faultsIn(evidence, corrected()), [])
    for (const operation of OPERATIONS)
      for (const kind of ['answer', 'refusal'] as const)
        assert.ok(
          evidence.some((one) => one.operation === operation && one.kind === kind),
          `no ${kind} of ${named(operation)} was seen`,
        )
  })

  test('every correction is needed by an example or by an answer', async () => {
    const evidence = [...examples(), ...(await recorded())]
    for (const correction of CORRECTIONS) assert.ok(faultsIn(evidence, corrected(correction)).length > 0, correction.of)
  })
})
