// Broken configs as three texts: each with its files and everything that is printed of it. One tells of configs, one of values of every key,
// one of texts that are odd as texts or as YAML.
import { readFileSync, writeFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { E } from '../../src/fp.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'
import { KEY, load, printed } from './load.ts'
import { allRows, filesOf, readRows, TEXTS } from './rows.ts'

const HOOKS = { PLAIN_HOOK: 'http://hooks.acme.example/CANARY', HOOK_WITH_PASSWORD: 'https://a:CANARY@hooks.acme.example/' }
const HOOK = `https://hooks.acme.example/${newPassword()}`
const VALUES = { WEAK: 'CANARY', EMPTY: '', ...HOOKS, SAME_AS_KEY: KEY, OUR_HOOK: HOOK, SAME_AS_HOOK: HOOK }

if (process.env.UPDATE === '1') {
  for (const file of TEXTS) {
    const text = readFileSync(file, 'utf8')
    const head = text.slice(0, text.indexOf('=== '))
    const parts = []
    for (const { title, files } of readRows(text))
      parts.push(`=== ${title}\n${files}>>>\n${await printed(filesOf(files), VALUES)}\n\n`)
    writeFileSync(file, `${head}${parts.join('')}`.trimEnd().concat('\n'))
  }
}

const rows = allRows()

spec('a broken config is told with place, line, caret and what to do:', (test) => {
  for (const { title, files, expected } of rows) {
    test(title, async () => {
      const found = await printed(filesOf(files), VALUES)
      assert.is(found, expected)
      assert.ok(found !== '', 'no problem was found')
      assert.not.match(found, /CANARY/)
    })
  }
})

spec('a password that is the API key', (test) => {
  test('is told by its place also where no secret is fetched', async () => {
    const text = `version: 1\napi: { endpoint: eu, key: { env: KEY } }\nusers: [{ username: one@a.example, email_password: { env: KEY } }]\n`
    const loaded = await load(text, {}, { secrets: 'references' })
    assert.ok(E.isLeft(loaded) && loaded.left._tag === 'ConfigInvalid')
    assert.equal(
      loaded.left.problems.map(({ path }) => path),
      ['users[0].email_password'],
    )
  })
})

spec('the corpus of broken configs', (test) => {
  test('was read whole: it has nine hundred rows and more', () => {
    assert.ok(rows.length > 900, String(rows.length))
  })
})

// A secret in every way in which somebody may write one by mistake, beside every other fault.
const literals = [
  'email_password: CANARY',
  'email_password: "CANARY"',
  'email_password: "CANARY',
  "email_password: 'CANARY",
  'email_password: @CANARY',
  'email_password: *CANARY',
  'email_password: !CANARY x',
  'email_password: !env CANARY',
  'email_password: &CANARY x',
  'email_password: "\\CANARY"',
  'email_password: |\n      CANARY',
  'email_password: >-\n      CANARY\n      CANARY',
  'email_password:\n      CANARY',
  'email_password: { env: [CANARY] }',
  'email_password: { CANARY: x }',
  'email_password: { password: CANARY }',
  'email_password: [CANARY',
  'email_password: CANARY: x',
  'email_password:CANARY',
  'email_password CANARY',
  'email_password = CANARY',
  '"email_password": CANARY',
  '? email_password\n    : CANARY',
  'email_pasword: CANARY',
  'email-password: CANARY',
  'emailPassword: CANARY',
  'password: CANARY',
  'Passwort: CANARY',
  'pw: CANARY',
  'api_key: CANARY',
  'pin: CANARY',
  'webhook: CANARY',
  'email_password: { env: A, value: CANARY }',
  '{ email_password: CANARY }',
  '- email_password: CANARY',
  'status: opened # email_password: CANARY',
  'status: opened # was: password CANARY',
]
const faults = [
  'status: blocked',
  'status: blocked\n    status: allowed',
  'status: opened',
  'stauts: blocked',
  'status: "blocked',
  'status: [',
  '\tstatus: x',
  'status: a: b',
  '*x',
  ']',
]

spec('a secret in the file is never printed:', (test) => {
  for (const literal of literals) {
    test(JSON.stringify(literal), async () => {
      for (const fault of faults) {
        for (const lines of [`    ${literal}\n    ${fault}\n`, `    ${fault}\n    ${literal}\n`]) {
          const found = await printed(`version: 1\napi: { endpoint: sandbox }\nusers:\n  - username: fax\n${lines}`)
          assert.not.match(found, /CANARY/, lines)
          assert.ok(found !== '', lines)
        }
      }
    })
  }

  test('also where it is the first thing of a user, and lacks its colon', async () => {
    const found = await printed('api: { endpoint: sandbox }\nusers:\n  - email_password CANARY\n    username: fax@a.example\n')
    assert.match(found, /^config\.yaml:3:5 {2}a key must be on one line/)
    assert.not.match(found, /CANARY/)
  })
})

// What nobody asked for may be a secret under any name, in the lines that follow too.
const strangers = [
  'zz: CANARY',
  'zz: "a\n      CANARY"',
  "zz: 'a\n      CANARY'",
  'zz: a\n      CANARY',
  'zz: [a,\n      CANARY]',
  'zz: [CANARY\n      , a]',
  'zz: { a: b,\n      CANARY: x }',
  'zz: { a: { b: [x, "CANARY\n      CANARY"] }, c: d }',
  '? [zz] : CANARY',
  '? [zz] : "a\n      CANARY"',
  '? { zz: CANARY } : x',
  '5: CANARY',
  '5: "a\n      CANARY"',
  'zz: CANARY, zz: x',
  'zz: "a\n      CANARY", zz: x',
  'zz: CANARY,\n      zz: x',
  'zz: x, zz: "a\n      CANARY"',
  'zz: CANARY, zz: CANARY, zz: x',
  '<<: { zz: CANARY }',
  '<<: { zz: "a\n      CANARY" }',
  'zz: !x CANARY',
  'zz: !!set { a,\n      CANARY }',
  'zz: &a CANARY',
  'zz: *a, zy: CANARY',
  'zz: "\\0\n      CANARY"',
  'previously: CANARY',
  'previously: "a\n      CANARY"',
  'previously: [[CANARY], { a: CANARY }]',
  'previously: !!set { CANARY }',
  'unmanaged: { a: CANARY }',
  'description: [CANARY]',
  'description: { a: "CANARY\n      CANARY" }',
  'status: { CANARY: x }',
  'custom_ratelimit: [CANARY]',
  'custom_ratelimit_value: [a,\n      CANARY]',
  'profile: [CANARY]',
  'starts: { a: CANARY }',
]
const others = [
  'status: nope',
  'custom_ratelimit: true',
  'custom_ratelimit_value: 5',
  'starts: 2027-01-02, expires: 2027-01-01',
  'profile: nope',
  'unmanaged: [audit_email], audit_email: a@a.example',
  'zx: 1',
  'description: x, description: y',
  'bounce_notifications: *b',
  'email_password: { env: NOT_SET }',
  'ip_pool: many',
]

spec(
  'what stands under an unknown key, or where something else belongs, is never printed, whatever stands beside it:',
  (test) => {
    for (const stranger of strangers) {
      test(JSON.stringify(stranger), async () => {
        for (const other of others)
          for (const comma of [', ', ',\n      '])
            for (const keys of [
              [stranger, other],
              [other, stranger],
              [other, stranger, 'username: one@a.example'],
            ]) {
              const [open, shut] = ['  - {', ' }\n  - { username: one@a.example }\n']
              const users = `users:\n  - { username: two@a.example, custom_ratelimit: true }\n${open} username: one@a.example, `
              const found = await printed(`version: 1\napi: { endpoint: sandbox }\n${users}${keys.join(comma)}${shut}`)
              assert.not.match(found, /CANARY/, `${keys.join(comma)}\n${found}`)
              assert.match(found, /custom_ratelimit: true \}\n/, 'what stands alone is shown')
            }
      })
    }

    test('nor in lines of their own', async () => {
      for (const other of others) {
        const key = other.split(', ').join('\n    ')
        for (const value of [
          '|\n      CANARY',
          '\n      - CANARY\n      - a: CANARY',
          '>-\n\n      CANARY\n',
          'CANARY\n      CANARY',
        ])
          for (const lines of [`zz: ${value}\n    ${key}`, `${key}\n    zz: ${value}`]) {
            const found = await printed(`version: 1\napi: { endpoint: sandbox }\nusers:\n  - username: fax\n    ${lines}\n`)
            assert.not.match(found, /CANARY/, lines)
            assert.match(found, /unknown key 'zz'/, lines)
          }
      }
    })
  },
)

// C1: a secret in place of the name under which it is kept.
spec('what stands where a name belongs is never printed, and refused before it is looked for:', (test) => {
  const key = newKey()
  const hook = `https://hooks.acme.example/${key}`
  const eu = (rest: string): string => `version: 1\napi: { endpoint: eu, ${rest} }\n`
  const sandbox = (rest: string): string => `version: 1\napi: { endpoint: sandbox }\n${rest}\n`
  const word = newPassword()
  const sets = (description: string): string =>
    sandbox(
      `rules: [{ id: a, set: { description: "${description}" } }]\nusers:\n  - username: fax@a.example\n    description: another`,
    )
  const password = (rest: string): string => sandbox(`users: [{ username: fax, email_password: ${rest} }]`)
  const ITSELF = /looks like the secret itself/
  for (const [title, config, secret, says] of [
    ['a key as env', eu(`key: { env: ${key} }`), key, ITSELF],
    ['a key as file', eu(`key: { file: ${key} }`), key, ITSELF],
    ['a key as credential', eu(`key: { credential: ${key} }`), key, ITSELF],
    ['a key in capitals', eu(`key: { file: ${key.toUpperCase()} }`), key.toUpperCase(), ITSELF],
    ['a key that lost its end', eu(`key: { file: ${key.slice(0, 30)} }`), key.slice(0, 30), ITSELF],
    ['a key beside a fault of its line', eu(`pace: 1, key: { env: ${key} }`), key, ITSELF],
    ['a key beside a fault of YAML', eu(`key: { env: ${key} }, pace: [`), key, /config\.yaml:/],
    ['a key as endpoint', `version: 1\napi: { endpoint: ${key} }\n`, key, /api\.endpoint: expected global/],
    ['a key as a time zone', sandbox(`reconcile: { timezone: ${key} }`), key, /unknown time zone 'api-…'/],
    ['a key as a status', sandbox(`users: [{ username: fax, status: ${key} }]`), key, /got 'api-…'/],
    ['a key as a key', sandbox(`${key}: 1`), key, /unknown key 'api-…'/],
    ['a webhook as a key', sandbox(`"${hook}": 1`), hook, /unknown key 'https:\/\/…'/],
    ['a webhook as a domain', sandbox(`defaults: { feedback_domain: "${hook}" }`), hook, /got 'https:\/\/…'/],
    ['a webhook as a list of subaccounts', sandbox(`subaccounts: "${hook}"`), hook, /got 'https:\/\/…'/],
    ['an address with a password', sandbox(`defaults: { bounce_notifications: "smtp://u:${word}@x" }`), word, /got 'smtp:\/\/…'/],
    ['a key that a rule sets', sets(`x ${key}`), key, /rule 'a' sets x api-… at config\.yaml:3:/],
    ['a webhook that a rule sets', sets(hook), hook, /rule 'a' sets https:\/\/… at config\.yaml:3:/],
    ['a key as the file to include', sandbox(`include: ["${key}"]`), key, /config\.yaml:3:/],
    ['a webhook as env', sandbox(`notify: [{ webhook: { env: "${hook}" } }]`), hook, ITSELF],
    ['a webhook as file', sandbox(`notify: [{ webhook: { file: "${hook}" } }]`), hook, ITSELF],
    ['a password as env', password(`{ env: "${newPassword()}" }`), undefined, /only letters, digits and _/],
    ['a variable with its dollar', password('{ env: $FAX }'), '$FAX', /only letters, digits and _/],
    [
      'a password as credential',
      password(`{ credential: "${newPassword()}:" }`),
      undefined,
      /plain name of printable characters/,
    ],
    ['a key as the file of a password', password(`{ generate: ${key} }`), key, ITSELF],
  ] as const)
    test(title, async () => {
      const found = await printed(config)
      const [, hidden = ''] = secret === undefined ? (/(?:env|credential): "(.*)"/.exec(config) ?? []) : ['', secret]
      assert.not.ok(hidden === '' || found.includes(hidden), found)
      assert.match(found, says)
      assert.match(found, /^config\.yaml:\d+:\d+/)
    })

  test('and a folder that is named after a commit is no key', async () => {
    assert.not.match(await printed(password('{ file: /srv/mail-api-3f2a1b4c5d6e7f809a1b/password }')), ITSELF)
  })
})
