// Classes of error, each with the secrets in what goes wrong: in answers of the service, in the config, in the environment, in a defect.
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../support/command.ts'
import { newKeyUnlikeHashes } from '../support/fresh.ts'

// Special characters stand apart, so that no part of eight is common to all passwords in any encoding.
/** A password that nobody else has. */
const fresh = (): string =>
  // No part of it may be found among the digits of a hash, which a life writes by the thousand.
  ['<', '"', '&', '\\', 'é', ''].map((special) => `${newKeyUnlikeHashes().slice(-6)}${special}`).join('')
/** The passwords of ten users, by the variable that holds them. */
export const PASSWORDS: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 10 }, (_, at) => [`PW_${at}`, fresh()]),
)
const PW = PASSWORDS.PW_0 ?? ''
const SUBACCOUNTS = Array.from({ length: 10 }, (_, at) => `Sub${at}`)

/** What is live before. */
export const SEED = {
  account: { results: [{ username: 'old@a.example', description: 'mine', email_password: fresh() }] },
  subaccounts: Object.fromEntries(SUBACCOUNTS.map((id) => [id, { results: [] }])),
}
const SCOPES = `subaccounts: [${SUBACCOUNTS.map((id) => `{ id: ${id}, users: [] }`).join(', ')}]\n`
/** What is in order: one user, and ten subaccounts without any. */
export const IN_ORDER = `${SCOPES}users:\n  - { username: old@a.example, description: mine }\n`
/** The ten users besides. */
export const USERS = `${IN_ORDER}${Object.keys(PASSWORDS)
  .map((name, at) => `  - { username: u${at}@a.example, email_password: { env: ${name} } }\n`)
  .join('')}`

const echo = (key: string): string =>
  [
    key,
    PW,
    encodeURIComponent(PW),
    Buffer.from(`x${PW}`).toString('base64'),
    PW.slice(0, 12),
    PW.toUpperCase(),
    Buffer.from(PW).toString('hex'),
  ].join(' / ')
const api = (error: string, more = {}): string =>
  JSON.stringify({ request_id: 'r-1', data: { error, error_code: 'E_ApiResponseCodes.X', ...more } })
const add = { endpoint: '/users/smtp/add', username: 'u0@a.example' }

/** A class of error. */
export type Class = {
  readonly title: string
  readonly faults?: (key: string) => ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly config?: (bench: Bench) => Promise<string>
  readonly env?: (key: string) => Readonly<Record<string, string>>
  /** The variable that the config names for the key, where it is another than the good one. */
  readonly key?: string
  readonly code: ReadonlyArray<number>
}

/** A secret that stands in the config itself, which nobody should do. */
const literal = (bench: Bench, text: string): string => {
  bench.secret('a password in the config', text, 'config.yaml')
  return text
}
const plain = (): string => `Lit${newKeyUnlikeHashes().slice(-24)}`

const badPassword = async (): Promise<string> => 'users: [{ username: u0@a.example, email_password: { env: PW_BAD } }]\n'

/** The classes of error. */
export const CLASSES: ReadonlyArray<Class> = [
  { title: 'all is well', code: [0] },
  {
    title: 'a refused key',
    faults: (key) => [
      { kind: 'status', status: 401, body: api(`api_key ${key} (${Buffer.from(key).toString('base64')}) was not found`) },
    ],
    code: [6],
  },
  {
    title: 'a missing permission',
    faults: (key) => [
      { kind: 'status', status: 400, body: api(`no permission to access this API endpoint ${echo(key)}`), ...add },
    ],
    code: [6, 4],
  },
  {
    title: 'a 400 that names the password',
    faults: (key) => [
      {
        kind: 'status',
        status: 400,
        body: api(echo(key), { field_validation_errors: { email_password: `weak: ${PW}` } }),
        ...add,
      },
    ],
    code: [4],
  },
  {
    title: 'a 400 of another field that repeats it',
    faults: (key) => [
      { kind: 'status', status: 400, body: api('x', { field_validation_errors: { username: echo(key) } }), ...add },
    ],
    code: [4],
  },
  { title: 'a 500', faults: (key) => [{ kind: 'status', status: 500, body: echo(key), ...add }], code: [4, 6] },
  {
    title: 'a page of HTML',
    faults: (key) => [{ kind: 'status', status: 502, body: `<html>${echo(key)}</html>`, ...add }],
    code: [4, 6],
  },
  {
    title: 'a 200 with an error that echoes',
    faults: (key) => [{ kind: 'error_200', error: echo(key), ...add }],
    code: [0, 4, 6],
  },
  {
    title: 'a 200 that is no JSON',
    faults: (key) => [{ kind: 'status', status: 200, body: `{"data": ${echo(key)}`, ...add }],
    code: [4, 6],
  },
  { title: 'a reset', faults: () => [{ kind: 'reset_after', ...add }], code: [0, 4, 6] },
  { title: 'a time-out', faults: () => [{ kind: 'hang_after', ms: 3000, nth: 1, ...add }], code: [0, 4, 6] },
  {
    title: 'a view that is wrong',
    faults: () => [{ kind: 'wrong_type', field: 'email_password', endpoint: '/users/smtp/view' }],
    code: [6],
  },
  {
    title: 'a redirect',
    faults: (key) => [{ kind: 'redirect', location: `http://127.0.0.1:9/${encodeURIComponent(echo(key))}`, ...add }],
    code: [4, 6],
  },
  {
    title: 'a password in the config',
    config: async (bench) => `users: [{ username: a@a.example, email_password: ${literal(bench, plain())} }]\n`,
    code: [5],
  },
  {
    title: 'a password where a list is',
    config: async (bench) => `users: [{ username: a@a.example, email_password: [${literal(bench, plain())}] }]\n`,
    code: [5],
  },
  {
    title: 'a password under a wrong key',
    config: async (bench) => `users: [{ username: a@a.example, emailpassword: ${literal(bench, plain())} }]\n`,
    code: [5],
  },
  {
    title: 'bad YAML in the line of a password',
    config: async (bench) => `users:\n  - username: a@a.example\n    email_password: "${literal(bench, plain())}: [\n  - }\n`,
    code: [5],
  },
  {
    title: 'a reference with the password for a name',
    config: async (bench) => `users: [{ username: a@a.example, email_password: { env: [${literal(bench, plain())}] } }]\n`,
    code: [5],
  },
  {
    title: 'a secret file that others read',
    config: async (bench) => {
      const text = plain()
      bench.secret('a file of a password', text, 'pw.txt')
      await writeFile(join(bench.dir, 'pw.txt'), `${text}\n`)
      await chmod(join(bench.dir, 'pw.txt'), 0o644)
      return 'users: [{ username: a@a.example, email_password: { file: pw.txt } }]\n'
    },
    code: [5],
  },
  { title: 'a weak password', env: () => ({ PW_BAD: plain().slice(0, 10) }), config: badPassword, code: [5] },
  { title: 'a password of two lines', env: () => ({ PW_BAD: `${fresh()}\n${fresh()}` }), config: badPassword, code: [5] },
  { title: 'a key with a line end', env: (key) => ({ BAD_KEY: `${key}\n${key}` }), key: 'BAD_KEY', code: [5] },
  { title: 'a key with letters of another alphabet', env: (key) => ({ BAD_KEY: `ключ-${key}` }), key: 'BAD_KEY', code: [5] },
  {
    title: 'a key with a blank',
    env: (key) => ({ BAD_KEY: `${key.slice(0, 20)} ${key.slice(20)}` }),
    key: 'BAD_KEY',
    code: [5],
  },
  {
    title: 'a defect that quotes secrets',
    env: () => ({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent('const f=Map.prototype.get;Map.prototype.get=function(k){if(k==="u3@a.example")throw new TypeError(process.env.TEST_KEY+process.env.PW_0,{cause:process.env.PW_1});return f.call(this,k)}')}`,
    }),
    code: [1],
  },
]
