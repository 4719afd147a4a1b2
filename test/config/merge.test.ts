// Layers, provenance and the three states of a key, as tables.
import * as assert from 'uvu/assert'
import { Secret } from '../../src/domain/user/secret.ts'
import { FIELDS, fields } from '../../src/domain/user/settings.ts'
import { E } from '../../src/fp.ts'
import { newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'
import { type Files, KEY, load, loaded } from './load.ts'

const HEAD = 'version: 1\napi: { endpoint: sandbox }\n'
const PASSWORD = newPassword()

/** Every managed field of every user: `scope username field = value @ source`. */
const managed = async (files: Files | string): Promise<string> => {
  const { desired } = await loaded(files, { PASSWORD })
  return desired.scopes
    .flatMap(({ scope, users }) =>
      users.flatMap((user) =>
        FIELDS.flatMap((field) => {
          const one = user.managed[field]
          return one === undefined ? [] : [`${scope} ${user.username} ${field} = ${JSON.stringify(one.value)} @ ${one.source}`]
        }),
      ),
    )
    .join('\n')
}

const LIMIT = 'custom_ratelimit: true, custom_ratelimit_value: 200, custom_ratelimit_period: 1 day'

const rows: ReadonlyArray<readonly [title: string, files: Files | string, expected: string]> = [
  ['a user without settings manages nothing', `${HEAD}users:\n  - username: fax\n`, ''],
  [
    'own keys',
    `${HEAD}users:\n  - username: fax\n    status: blocked\n`,
    'account fax status = "blocked" @ config.yaml:5:13 user',
  ],
  [
    'defaults reach every user of every scope',
    `${HEAD}defaults: { status: allowed }\nusers: [{ username: fax }]\nsubaccounts: [{ id: A, users: [{ username: tel }] }]\n`,
    'account fax status = "allowed" @ config.yaml:3:21 defaults\nsubaccount:A tel status = "allowed" @ config.yaml:3:21 defaults',
  ],
  [
    'defaults of a scope are stronger than defaults, in that scope only',
    `${HEAD}defaults: { description: a, status: allowed }\nusers: [{ username: fax }]\nsubaccounts:\n  - id: A\n    defaults: { description: b }\n    users: [{ username: tel }]\n`,
    'account fax description = "a" @ config.yaml:3:26 defaults\naccount fax status = "allowed" @ config.yaml:3:37 defaults\nsubaccount:A tel description = "b" @ config.yaml:7:30 scope defaults\nsubaccount:A tel status = "allowed" @ config.yaml:3:37 defaults',
  ],
  [
    'a profile is stronger than both, own keys are the strongest',
    `${HEAD}defaults: { description: a, status: allowed, audit_email: a@acme.example }\nprofiles:\n  "third floor": { description: c, audit_email: c@acme.example }\nsubaccounts:\n  - id: A\n    defaults: { description: b, audit_email: b@acme.example }\n    users:\n      - { username: tel, profile: third floor, audit_email: d@acme.example }\n`,
    'subaccount:A tel description = "c" @ config.yaml:5:33 profile third floor\nsubaccount:A tel audit_email = "d@acme.example" @ config.yaml:10:61 user\nsubaccount:A tel status = "allowed" @ config.yaml:3:37 defaults',
  ],
  [
    'null is the default of the service, and stronger than what stands below it',
    `${HEAD}defaults: { description: a, open_tracking_enabled: true }\nusers:\n  - { username: fax, description: null, open_tracking_enabled: ~ }\n`,
    'account fax description = "" @ config.yaml:5:35 user\naccount fax open_tracking_enabled = false @ config.yaml:5:64 user',
  ],
  [
    'unmanaged takes a weaker field away',
    `${HEAD}defaults: { description: a, status: allowed }\nusers:\n  - { username: fax, unmanaged: [status] }\n`,
    'account fax description = "a" @ config.yaml:3:26 defaults',
  ],
  ['unmanaged of what nobody sets is harmless', `${HEAD}users:\n  - { username: fax, unmanaged: [status, status] }\n`, ''],
  [
    'a limit made of two layers',
    `${HEAD}defaults: { ${LIMIT} }\nusers:\n  - { username: fax, custom_ratelimit_value: 5 }\n`,
    'account fax custom_ratelimit = true @ config.yaml:3:31 defaults\naccount fax custom_ratelimit_value = 5 @ config.yaml:5:46 user\naccount fax custom_ratelimit_period = "1 day" @ config.yaml:3:91 defaults',
  ],
  [
    'a stronger custom_ratelimit: false drops value and period',
    `${HEAD}defaults: { ${LIMIT} }\nusers:\n  - { username: fax, custom_ratelimit: false }\n`,
    'account fax custom_ratelimit = false @ config.yaml:5:40 user',
  ],
  [
    'a stronger custom_ratelimit: null drops them too',
    `${HEAD}defaults: { ${LIMIT} }\nprofiles: { free: { custom_ratelimit: null } }\nusers:\n  - { username: fax, profile: free }\n`,
    'account fax custom_ratelimit = false @ config.yaml:4:39 profile free',
  ],
  [
    'a limit again over a weaker one that is off',
    `${HEAD}defaults: { custom_ratelimit: false }\nusers:\n  - { username: fax, ${LIMIT} }\n`,
    'account fax custom_ratelimit = true @ config.yaml:5:40 user\naccount fax custom_ratelimit_value = 200 @ config.yaml:5:70 user\naccount fax custom_ratelimit_period = "1 day" @ config.yaml:5:100 user',
  ],
  [
    'profiles and scopes with hostile names are names like any other',
    `${HEAD}profiles:\n  __proto__: { status: blocked }\n  constructor: { status: sandbox }\nusers:\n  - { username: __proto__, profile: __proto__ }\n  - { username: toString, profile: constructor }\n...\n`,
    'account __proto__ status = "blocked" @ config.yaml:4:24 profile __proto__\naccount toString status = "sandbox" @ config.yaml:5:26 profile constructor',
  ],
  [
    'keys that look like numbers keep their places',
    `${HEAD}profiles: { "10": { status: blocked }, "9": { status: sandbox } }\nusers:\n  - { username: fax, profile: "9" }\n  - { username: tel, profile: "10" }\n...\n`,
    'account fax status = "sandbox" @ config.yaml:3:55 profile 9\naccount tel status = "blocked" @ config.yaml:3:29 profile 10',
  ],
  [
    'included files bring users of the account and of subaccounts, defaults reach them',
    {
      'config.yaml': `${HEAD}include: ["c/*.yaml"]\ndefaults: { status: allowed }\nusers: [{ username: fax }]\nsubaccounts: [{ id: A, defaults: { status: blocked } }]\n...\n`,
      'c/1.yaml': 'users: [{ username: tel }]\n...\n',
      'c/2.yaml': 'subaccounts: [{ id: A, users: [{ username: b }] }]\n...\n',
      'c/3.yaml': 'subaccounts: [{ id: A, users: [{ username: a }] }]\n...\n',
    },
    'account fax status = "allowed" @ config.yaml:4:21 defaults\naccount tel status = "allowed" @ config.yaml:4:21 defaults\nsubaccount:A a status = "blocked" @ config.yaml:6:44 scope defaults\nsubaccount:A b status = "blocked" @ config.yaml:6:44 scope defaults',
  ],
  [
    'a secret prints as one',
    `${HEAD}users:\n  - username: fax\n    email_password: { env: PASSWORD }\n`,
    'account fax email_password = "[secret]" @ config.yaml:5:21 user',
  ],
]

spec('layers merge from weak to strong, each value with its place:', (test) => {
  for (const [title, files, expected] of rows) {
    test(title, async () => {
      assert.is(await managed(files), expected)
    })
  }
})

spec('null resets', (test) => {
  for (const field of FIELDS.filter((one) => fields[one].reset !== undefined)) {
    test(`${field} to ${JSON.stringify(fields[field].reset)}`, async () => {
      const { desired } = await loaded(`${HEAD}users: [{ username: fax, ${field}: null }]\n`)
      assert.is(desired.scopes[0]?.users[0]?.managed[field]?.value, fields[field].reset)
    })
  }
})

spec('scopes', (test) => {
  const scopesOf = async (files: Files | string) =>
    (await loaded(files)).desired.scopes.map(({ scope, users, source }) => `${scope} ${users.length} ${source}`)

  test('without a users list there is none', async () => {
    assert.equal(await scopesOf(`${HEAD}defaults: {}\nsubaccounts: [{ id: A, defaults: {} }]\n`), [])
  })
  test('an empty list makes one', async () => {
    assert.equal(await scopesOf(`${HEAD}users: []\n`), ['account 0 config.yaml:3:1 users'])
  })
  test('come account first, then by id', async () => {
    assert.equal(await scopesOf(`${HEAD}subaccounts: [{ id: B, users: [] }, { id: A, users: [] }]\nusers: []\n`), [
      'account 0 config.yaml:4:1 users',
      'subaccount:A 0 config.yaml:3:46 users',
      'subaccount:B 0 config.yaml:3:24 users',
    ])
  })
  test('users are sorted by name and carry the place of their entry', async () => {
    const { desired } = await loaded(`${HEAD}users:\n  - username: tel\n  - username: fax\n`)
    assert.equal(
      desired.scopes[0]?.users.map(({ username, source }) => `${username} ${source}`),
      ['fax config.yaml:5:5 user', 'tel config.yaml:4:5 user'],
    )
  })
})

spec('secrets', (test) => {
  const text = `version: 1\napi: { endpoint: eu, key: { env: KEY } }\nusers: [{ username: fax, email_password: { file: PASSWORD } }]\n`

  test('are fetched and kept wrapped', async () => {
    const { desired } = await loaded(text, { PASSWORD })
    const found = desired.scopes[0]?.users[0]?.managed.email_password?.value
    assert.ok(found instanceof Secret && found.reveal() === PASSWORD)
    assert.is(desired.api.key?.reveal(), KEY)
  })
  test('are left alone where only references are checked, and something stands for a password, so that it is known to be declared', async () => {
    const { desired } = await loaded(text, {}, { secrets: 'references' })
    const password = desired.scopes[0]?.users[0]?.managed.email_password?.value
    assert.ok(password instanceof Secret && password.isUnfetched)
    assert.is(desired.api.key, undefined)
  })
  test('nor is the place of the key, or of the address of a webhook, taken for that of a password', async () => {
    const shared = text.replace('{ file: PASSWORD }', '{ env: KEY }')
    const one = await load(`${shared}notify: [{ webhook: { env: KEY } }]\n`, {}, { secrets: 'references' })
    const problems = E.isLeft(one) && one.left._tag === 'ConfigInvalid' ? one.left.problems : []
    assert.equal(
      problems.map(({ message }) => message.split(',')[0]),
      ['this is the API key'],
    )
  })
  test('the key is not asked for with the sandbox', async () => {
    const { desired } = await loaded('version: 1\napi: { endpoint: sandbox, key: { env: NOWHERE } }\n')
    assert.is(desired.api.key, undefined)
  })
})
