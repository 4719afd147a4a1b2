// The JSON Schema and the codecs agree: on every text of the corpus of broken configs, and on single values.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as assert from 'uvu/assert'
import { readDocument } from '../../src/config/document.ts'
import { configFile, decode, includedFile } from '../../src/config/file.ts'
import { configSchema, includedSchema } from '../../src/config/schema.ts'
import { E } from '../../src/fp.ts'
import { newKey } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'
import { parse } from './load.ts'

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true })
const fits = ajv.compile(Object(configSchema()))
const fitsIncluded = ajv.compile(Object(includedSchema()))

const HEAD = 'version: 1\napi: { endpoint: sandbox }\n'
const decodes = async (text: string) => {
  const document = await readDocument(parse, { name: 'c.yaml', text })
  if (E.isLeft(document)) throw new Error('does not parse')
  return { value: document.right.value, accepted: E.isRight(decode(configFile, document.right)) }
}

spec('schema and codec agree on', (test) => {
  // A value of a user, of the API, of a policy: what follows the colon.
  const rows: ReadonlyArray<readonly [key: string, good: ReadonlyArray<string>, bad: ReadonlyArray<string>]> = [
    ['users: [{ username: fax, status: X }]', ['allowed', 'blocked', 'sandbox', 'null'], ['on', 'true', '1', '[]', '""']],
    ['users: [{ username: fax, description: X }]', ['a', '""', 'null', '"12"'], ['12', 'true', '[]', '{}']],
    ['users: [{ username: fax, archive_enabled: X }]', ['true', 'false', 'null'], ['yes', '1', '"true"']],
    ['users: [{ username: fax, ip_pool: X }]', ['0', '12', 'null'], ['-1', '1.5', '2147483648', 'main']],
    ['users: [{ username: fax, custom_ratelimit_value: X }]', ['1', '2147483647'], ['0', '2147483648', '1.5', 'null', '"1"']],
    ['users: [{ username: fax, custom_ratelimit_period: X }]', ['1 day', '"0:30:00"'], ['3600', 'null', '""']],
    ['users: [{ username: fax, bounce_notifications: X }]', ['from', 'drop', 'a@acme.example', 'null'], ['form', '""', '1']],
    ['users: [{ username: fax, audit_email: X }]', ['a@acme.example', '""', 'null'], ['acme', '1']],
    ['users: [{ username: fax, feedback_domain: X }]', ['default', 'a.example', 'null'], ['""', '1']],
    [
      'users: [{ username: fax, email_password: X }]',
      [
        '{ env: A }',
        '{ env: _a1 }',
        '{ file: A }',
        '{ file: /etc/api-key }',
        '{ credential: api-key }',
        '{ credential: ...a b }',
        '{ generate: A }',
      ],
      [
        'secret',
        '12',
        'null',
        '{}',
        '{ env: A, file: B }',
        '{ vault: A }',
        '{ env: "" }',
        '{ env: 1 }',
        '[A]',
        '{ env: $A }',
        '{ env: 1A }',
        '{ env: a-b }',
        '{ credential: .. }',
        '{ credential: ../api-key }',
        '{ credential: "a:b" }',
        '{ credential: schlüssel }',
        `{ file: ${newKey()} }`,
        `{ credential: ${newKey().toUpperCase()} }`,
        `{ generate: x/${newKey().slice(0, 24)} }`,
        '{ file: "https://a.example" }',
      ],
    ],
    ['users: [{ username: fax, unmanaged: X }]', ['[]', '[status]'], ['[profile]', 'status', 'null']],
    ['users: [{ username: fax, profile: X }]', ['a'], ['""', '1', 'null']],
    ['users: [{ username: X }]', ['fax', '"12"', 'a b'], ['""', '12', 'null', '"a\\tb"']],
    ['users: X', ['[]'], ['null', '{}', 'fax', '[fax]', '[{}]', '[{ username: fax, x: 1 }]']],
    ['subaccounts: X', ['[]', '[{ id: A }]', 'all'], ['[{}]', '[{ id: 1 }]', '[{ id: A, x: 1 }]', 'null', 'All', '[all]', '{}']],
    ['subaccounts: [{ id: X }]', ['A', 'S.1', '"**"'], ['"*"', '""', 'a b', 'null', '1', 'a'.repeat(129)]],
    ['rules: X', ['[]', '[{ id: a }]'], ['null', '{}', '[a]', '[{}]', '[{ id: a, x: 1 }]']],
    ['rules: [{ id: X }]', ['a', 'no-tracking', '"1.a_b"'], ['""', '-a', 'a b', '1', 'null']],
    ['rules: [{ id: a, severity: X }]', ['low', 'medium', 'high'], ['grave', 'null', '1']],
    ['rules: [{ id: a, otherwise: X }]', ['report', 'block'], ['remove', 'null', 'true']],
    [
      'rules: [{ id: a, match: X }]',
      ['{}', '{ username: "*" }', '{ scope: account, status: "*", profile: p? }'],
      ['null', '"*"', '{ user: a }', '{ username: "" }', '{ username: "[ab]*" }', '{ status: 1 }'],
    ],
    [
      'rules: [{ id: a, set: X }]',
      ['{}', '{ status: blocked }', '{ click_tracking_enabled: false }', '{ audit_email: null }'],
      ['null', '{ email_password: { env: A } }', '{ username: a }', '{ status: open }', '{ custom_ratelimit_value: { max: 1 } }'],
    ],
    ['rules: [{ id: a, require: X }]', ['{}', '{ status: allowed }'], ['null', '[]', '{ email_password: a }', '{ x: 1 }']],
    [
      'rules: [{ id: a, require: { custom_ratelimit_value: X } }]',
      ['1', '{ max: 10 }', '{ min: 1, max: 10 }', '{ one_of: [1, 2] }', '{ present: true }'],
      ['0', 'null', '{}', '{ max: 0 }', '{ max: "1" }', '{ one_of: [] }', '{ one_of: 1 }', '{ matches: "*" }', '{ above: 1 }'],
    ],
    [
      'rules: [{ id: a, require: { description: X } }]',
      ['a', '""', 'null', '{ matches: "*x*" }', '{ one_of: [a] }', '{ present: false }'],
      ['1', '{}', '{ max: 1 }', '{ matches: "" }', '{ present: 1 }', '{ one_of: [1] }'],
    ],
    ['rules: [{ id: a, require: { archive_enabled: X } }]', ['true', 'null'], ['{ present: true }', '"true"', '1']],
    ['rules: [{ id: a, require: { click_tracking_enabled: X } }]', [], ['true', '{}']],
    [
      'rules: [{ id: a, waivers: X }]',
      ['[]', '[{ username: "b*", until: 2027-03-31, reason: a }]', '[{ username: b, until: "2027-03-31T18:00", reason: a }]'],
      [
        'null',
        '[{ username: b, until: 2027-03-31 }]',
        '[{ username: b, reason: a }]',
        '[{ username: b, until: soon, reason: a }]',
        '[{ username: "{b,c}", until: 2027-03-31, reason: a }]',
      ],
    ],
    ['users: [{ username: fax, expires: X }]', ['2027-03-31', '"2027-03-31T18:00"'], ['null', '1', 'soon', '31.3.2027']],
    ['users: [{ username: fax, starts: X }]', ['2027-03-31', '2027-03-31T18:00'], ['null', '""', '20270331']],
    ['defaults: X', ['{}', '{ status: blocked }'], ['null', '[]', '{ username: a }', '{ unmanaged: [] }']],
    ['profiles: X', ['{}', '{ a: {} }', '{ __proto__: {} }'], ['null', '{ a: null }', '{ a: { x: 1 } }']],
    ['include: X', ['[]', '["a.yaml"]'], ['a.yaml', '[""]', '[1]', 'null']],
    ['http: X', ['null', '{}', '{ listen: null }', '{ listen: 9465 }'], ['9465', '[]', '{ port: 1 }']],
    [
      'http: { listen: X }',
      ['0', '65535', '"9465"', '"localhost:9465"', '"127.0.0.1:9465"', '"0.0.0.0:1"', '"[::1]:9465"'],
      ['-1', '65536', '1.5', '":9465"', '"::1:9465"', '"[::1]"', 'localhost', '"example.com:80"', '"127.0.0.1:"', 'true', '"09"'],
    ],
    ['control: X', ['{}', '{ group: adm }'], ['null', '{ group: null }', '{ group: 4 }', '{ group: "a b" }', '{ user: a }']],
    [
      'notify: X',
      [
        '[]',
        '[{ webhook: { env: A } }]',
        '[{ webhook: { file: A }, format: slack }]',
        '[{ webhook: { credential: A }, format: generic }]',
      ],
      [
        'null',
        '[{}]',
        '[{ webhook: "https://a.example" }]',
        '[{ webhook: { generate: A } }]',
        '[{ webhook: { env: A }, format: teams }]',
      ],
    ],
    ['state_dir: X', ['null', '/var/lib/x'], ['""', '1', '[]']],
    ['reconcile: { schedule: X }', ['null', '"0 * * * *"'], ['""', '1']],
    ['reconcile: { timezone: X }', ['UTC', 'Europe/Oslo'], ['""', '1', 'null']],
    ['reconcile: { mode: X }', ['enforce', 'observe'], ['off', 'null']],
    ['policy: { unlisted: X }', ['ignore', 'report', 'block', 'remove'], ['drop', 'null']],
    ['policy: { grace: X }', ['1s', '14d', '1209600000ms'], ['0d', '14', 'null']],
    ['policy: { ignore: X }', ['[]', '["*"]'], ['"*"', '[""]', 'null', '["*@{test,dev}.a"]', '["a, b"]', '["!a"]']],
    ['policy: { reassert_unobservable: X }', ['null', '7d', '1ms'], ['0d', '7', '7 d', '07d']],
    ['policy: { x: X }', [], ['1']],
    [
      'safety: { max_blocks: X }',
      ['0', '10', '25%', '25% or 10', '0.5%', '100%'],
      ['null', '-1', '1.5', '101%', '"10"', '10 or 25%', 'all', '25 %'],
    ],
    [
      'safety: { protected: X }',
      ['["*@a"]', '["jös?+1!$#@a"]'],
      ['null', '[1]', '["m-[12]@a"]', '["^m-.*$"]', '["(a|b)*"]', '["m-\\\\d"]'],
    ],
    ['version: X', [], ['2', '"1"', 'null']],
  ]
  for (const [pattern, good, bad] of rows) {
    test(pattern, async () => {
      for (const value of [...good, ...bad]) {
        const head = pattern.startsWith('version') ? 'api: { endpoint: sandbox }\n' : HEAD
        const text = `${head}${pattern.replace('X', () => value)}\n`
        const expected = good.includes(value)
        const decoded = await decodes(text)
        assert.is(decoded.accepted, expected, `codec: ${text}`)
        assert.is(fits(decoded.value), expected, `schema: ${text}`)
      }
    })
  }
  test('the keys of api', async () => {
    const good = ['endpoint: eu', 'endpoint: "https://a.example/v3"', 'endpoint: "http://127.0.0.1:8025/v3"']
    const more = [
      'pace: off',
      'pace: 60 per 1m',
      'max_answer: 1 GiB',
      'max_answer: 128MiB',
      'timeout: 500ms',
      'edit: full',
      'concurrency: 8',
      'key: { env: A }',
    ]
    const bad = [
      'endpoint: uk',
      'endpoint: "https://a.example"',
      'endpoint: "https://u:p@a.example/v3"',
      'endpoint: null',
      'pace: off',
    ]
    const worse = [
      'pace: 60',
      'max_answer: 1 GB',
      'timeout: 1',
      'edit: put',
      'concurrency: 0',
      'key: A',
      'key: { generate: A }',
      'kye: {}',
    ]
    const cases = [
      ...good.map((api) => ({ api, expected: true })),
      ...more.map((api) => ({ api: `endpoint: sandbox, ${api}`, expected: true })),
      ...bad.map((api) => ({ api, expected: false })),
      ...worse.map((api) => ({ api: `endpoint: sandbox, ${api}`, expected: false })),
    ]
    for (const { api, expected } of cases) {
      const decoded = await decodes(`version: 1\napi: { ${api} }\n`)
      assert.is(decoded.accepted, expected, `codec: ${api}`)
      assert.is(fits(decoded.value), expected, `schema: ${api}`)
    }
  })
})

/** A schema as far as it says defaults. */
type Shown = { readonly default?: unknown; readonly properties?: { readonly [key: string]: Shown } }

spec('the schema', (test) => {
  test('refuses no config that the codecs accept', async () => {
    const corpus = readFileSync(resolve(import.meta.dirname, 'broken.txt'), 'utf8')
      .split(/^=== /m)
      .slice(1)
    let accepted = 0
    for (const row of corpus) {
      const text = row.slice(row.indexOf('\n') + 1, row.indexOf('\n>>>') + 1).split(/^--- /m)[0] ?? ''
      const document = await readDocument(parse, { name: 'c.yaml', text })
      if (E.isLeft(document) || E.isLeft(decode(configFile, document.right))) continue
      accepted += 1
      assert.ok(fits(document.right.value), text)
    }
    assert.ok(accepted > 20, 'too few rows to mean anything')
  })
  test('shows as default what a key comes to where it is left out, and that is what the contract says', async () => {
    const section = { api: 'endpoint: sandbox', rules: 'id: r, require: { description: a }', notify: 'webhook: { env: A }' }
    const isOfList = (name: string): boolean => name === 'rules' || name === 'notify'
    const fileOf = async (text: string): Promise<unknown> => {
      const document = await readDocument(parse, { name: 'c.yaml', text })
      const decoded = E.isLeft(document) ? document : decode(configFile, document.right)
      if (E.isLeft(decoded)) throw new Error(`does not decode: ${text}`)
      return decoded.right.file
    }
    const shown: Array<string> = []
    const agrees = async (name: string, key: string | undefined, { default: preset }: Shown): Promise<void> => {
      if (preset === undefined) return
      const said = JSON.stringify(preset)
      shown.push(`${key === undefined ? name : `${name}.${key}`}: ${said}`)
      const least = Object.entries(section).find(([one]) => one === name)?.[1]
      const written = (keys: ReadonlyArray<string | undefined>): string => {
        const inside = `{ ${keys.filter((one) => one !== undefined).join(', ')} }`
        return `version: 1\n${name === 'api' ? '' : 'api: { endpoint: sandbox }\n'}${name}: ${isOfList(name) ? `[${inside}]` : inside}\n`
      }
      assert.equal(
        await (key === undefined ? fileOf(`${HEAD}${name}: ${said}\n`) : fileOf(written([least, `${key}: ${said}`]))),
        await (key === undefined ? fileOf(HEAD) : fileOf(written([least]))),
        `${name} ${key}`,
      )
    }
    for (const [name, inside] of Object.entries<Shown & { readonly items?: Shown }>(Object(configSchema()).properties)) {
      await agrees(name, undefined, inside)
      if (name === 'users' || name === 'absent' || name === 'subaccounts') continue
      for (const [key, value] of Object.entries(inside.properties ?? inside.items?.properties ?? {}))
        await agrees(name, key, value)
    }
    assert.equal(shown, [
      'api.pace: "60 per 1m"',
      'api.concurrency: 2',
      'api.timeout: "30s"',
      'api.max_answer: "128 MiB"',
      'api.edit: "auto"',
      'reconcile.mode: "enforce"',
      'reconcile.on_change: true',
      'reconcile.schedule: "*/15 * * * *"',
      'reconcile.timezone: "UTC"',
      'policy.missing: "create"',
      'policy.unlisted: "report"',
      'policy.grace: "14d"',
      'policy.ignore: []',
      'policy.unblock: "repair"',
      'policy.contested: "enforce"',
      'policy.unknown_password: "send"',
      'policy.reassert_unobservable: null',
      'safety.max_creates: "25% or 10"',
      'safety.max_updates: "50% or 10"',
      'safety.max_password_changes: "10% or 2"',
      'safety.max_blocks: "10% or 2"',
      'safety.max_removes: "5% or 1"',
      'safety.protected: []',
      'rules.severity: "medium"',
      'rules.otherwise: "report"',
      'rules.waivers: []',
      'notify: []',
      'notify.format: "generic"',
      'include: []',
      'state_dir: null',
    ])
  })
  test('describes every key, for the help of editors', () => {
    const undescribed: Array<string> = []
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return
      for (const [word, inner] of Object.entries(schema)) {
        if (word === 'properties') {
          for (const [key, value] of Object.entries(Object(inner))) {
            if (typeof Object(value).description !== 'string') undescribed.push(`${path}/${key}`)
            walk(value, `${path}/${key}`)
          }
        } else walk(inner, path)
      }
    }
    walk(configSchema(), '')
    assert.equal(undescribed, [])
  })
  test('of an included file agrees with its codec', async () => {
    const rows: ReadonlyArray<readonly [text: string, expected: boolean]> = [
      ['users: []', true],
      ['subaccounts: []', true],
      ['subaccounts: all', false],
      ['{}', true],
      ['users: []\ndefaults: {}', false],
      ['version: 1', false],
    ]
    for (const [text, expected] of rows) {
      const document = await readDocument(parse, { name: 'c.yaml', text })
      if (E.isLeft(document)) throw new Error('does not parse')
      assert.is(E.isRight(decode(includedFile, document.right)), expected, text)
      assert.is(fitsIncluded(document.right.value), expected, text)
    }
  })
})
