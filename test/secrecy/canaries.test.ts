// C1, C2, C3: no key and no password in any output, whatever goes wrong. Ten users with a password each and two log formats at level trace, so
// that each class of error gives at least ten outputs a channel; every byte is searched (test/support/canary.ts), and each channel is
// proved able to go red by a planted leak.
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, until, type Way, withBench } from '../support/command.ts'
import { ask, servedAt } from '../support/http.ts'
import { withReceiver } from '../support/receiver.ts'
import { spec } from '../support/spec.ts'

// Special characters stand apart, so that no part of eight is common to all passwords in any encoding.
const fresh = (): string =>
  ['<', '"', '&', '\\', 'é', ''].map((special) => `${randomBytes(3).toString('hex')}${special}`).join('')
const PASSWORDS: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 10 }, (_, at) => [`PW_${at}`, fresh()]),
)
const PW = PASSWORDS.PW_0 ?? ''
const SEED = { account: { results: [{ username: 'old@a.example', email_password: fresh() }] } }
const USERS = `users:\n${Object.keys(PASSWORDS)
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

type Class = {
  readonly title: string
  readonly faults?: (key: string) => ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly config?: (bench: Bench) => Promise<string>
  readonly env?: (key: string) => Readonly<Record<string, string>>
  readonly code: ReadonlyArray<number>
}

/** A secret that stands in the config itself, which nobody should do. */
const literal = (bench: Bench, text: string): string => {
  bench.secret('a password in the config', text, 'config.yaml')
  return text
}
const plain = (): string => `Lit${randomBytes(12).toString('hex')}`

const CLASSES: ReadonlyArray<Class> = [
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
  { title: 'a weak password', env: () => ({ PW_0: `qz${'7'.repeat(3)}Wv-2k` }), code: [5] },
  { title: 'a password of two lines', env: () => ({ PW_0: `${fresh()}\n${fresh()}` }), code: [5] },
  { title: 'a key with a line end', env: (key) => ({ TEST_KEY: `${key}\n${key}` }), code: [5] },
  { title: 'a key with letters of another alphabet', env: (key) => ({ TEST_KEY: `ключ-${key}` }), code: [5] },
  { title: 'a key with a blank', env: (key) => ({ TEST_KEY: `${key.slice(0, 20)} ${key.slice(20)}` }), code: [5] },
  {
    title: 'a defect that quotes secrets',
    env: () => ({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent('const f=Map.prototype.get;Map.prototype.get=function(k){if(k==="u3@a.example")throw new TypeError(process.env.TEST_KEY+process.env.PW_0,{cause:process.env.PW_1});return f.call(this,k)}')}`,
    }),
    code: [1],
  },
]

spec('secrecy', (test) => {
  let scanned = 0
  for (const { title, faults, config, env, code } of CLASSES) {
    test(`C1 C3: ${title}: no key and no password in any output`, () =>
      withBench(SEED, async (bench) => {
        bench.secret('a live password', SEED.account.results[0]?.email_password ?? '')
        const way: Way = { env: { ...PASSWORDS, ...env?.(bench.key) } }
        for (const [logs, format] of [
          ['json', 'text'],
          ['pretty', 'json'],
        ]) {
          await bench.post('/_reset', SEED)
          await bench.config((await config?.(bench)) ?? USERS, 'pace: off, timeout: 1s')
          await bench.post('/_faults', faults?.(bench.key) ?? [])
          const state = join(bench.dir, `state-${logs}`)
          const ended = await bench.runIn(
            { ...way, state },
            '--log-level',
            'trace',
            '--log-format',
            logs ?? '',
            'apply',
            '--yes',
            '--format',
            format ?? '',
          )
          assert.ok(
            code.some((one) => one === ended.code),
            `exit ${ended.code}: ${ended.err.slice(-600)}`,
          )
          assert.ok(ended.err !== '' || ended.out !== '')
        }
        scanned += bench.scanned()
      }))
  }

  test('C1: plan, export, validate, status, control socket, pages, metrics, notifications and what systemd is told hold none either', () =>
    withReceiver((received) =>
      withBench(SEED, async (bench) => {
        bench.secret('a live password', SEED.account.results[0]?.email_password ?? '')
        await bench.config(
          `reconcile: { schedule: "* * * * * *" }\nhttp: { listen: "127.0.0.1:0" }\nnotify: [{ webhook: { env: HOOK_URL } }]\n${USERS}`,
        )
        const bin = join(bench.dir, 'bin')
        await mkdir(bin)
        const told = join(bench.dir, 'told.txt')
        await writeFile(
          join(bin, 'systemd-notify'),
          `#!/bin/sh\n{ echo "$@"; env; tr '\\0' ' ' < /proc/$PPID/cmdline; } >> ${told}\n`,
          { mode: 0o755 },
        )
        const way: Way = {
          env: { ...PASSWORDS, NOTIFY_SOCKET: '@told', PATH: `${bin}:${process.env.PATH}`, HOOK_URL: received.url },
        }
        const daemon = bench.startIn(way, '--log-level', 'trace', 'run')
        await until('a run', () => daemon.err().includes('run ended'))
        for (const args of [
          ['plan'],
          ['plan', '--format', 'json'],
          ['plan', '--format', 'markdown'],
          ['export'],
          ['export', '--snapshot'],
          ['validate', '--secrets'],
          ['status'],
          ['status', '--format', 'json'],
        ])
          await bench.runIn(way, ...args)
        for (const question of [{ _tag: 'Status' }, { _tag: 'Nonsense' }, { _tag: 'Approve', digest: 'x', reason: 'r', by: 'b' }])
          for (const _ of [1, 2, 3, 4])
            bench.search('the control socket', await asked(join(bench.dir, 'state/control.sock'), question))
        const url = await servedAt(daemon)
        for (const path of ['/', '/healthz', '/readyz', '/metrics', '/api/status', '/page.js', '/nonsense'])
          for (const _ of [1, 2]) assert.ok((await ask(url, path)).status >= 200)
        await bench.config('users: nonsense\n')
        await until('the fault is notified', () => received.bodies().length > 0)
        daemon.child.kill('SIGTERM')
        assert.is((await daemon.ended).code, 0)
        bench.search('an argument or variable of a child', await readFile(told, 'utf8'))
        scanned += bench.scanned()
        process.stdout.write(`${scanned} outputs searched for secrets\n`)
        assert.ok(scanned >= 1000, `${scanned} outputs`)
      }),
    ))

  const leak = (script: string): Way => ({ under: [process.execPath, '-e', script, '--'] })
  const PLANTED: ReadonlyArray<readonly [where: string, script: string]> = [
    ['standard output', 'console.log(process.env.TEST_KEY)'],
    ['standard error', 'console.error(process.env.TEST_KEY.slice(9, 17))'],
    [
      'state/ledger.json',
      'fs.mkdirSync("state"); fs.writeFileSync("state/ledger.json", Buffer.from("k" + process.env.TEST_KEY).toString("base64"))',
    ],
    ['told.txt', 'fs.writeFileSync("told.txt", Buffer.from(process.env.TEST_KEY).toString("hex").toUpperCase())'],
    ['a file name', 'fs.writeFileSync(process.env.TEST_KEY, "")'],
    ['standard output', 'console.log(JSON.stringify({ x: [encodeURIComponent(process.env.PW_0)] }))'],
    ['standard output', 'console.log(JSON.stringify(process.env.PW_0))'],
  ]
  for (const [where, script] of PLANTED) {
    test(`a leak planted in ${where} by ${script.slice(0, 60)} is seen`, async () => {
      let seen = ''
      await withBench(SEED, async (bench) => {
        await bench.runIn({ ...leak(script), env: PASSWORDS }, 'status')
      }).catch((thrown: unknown) => {
        seen = thrown instanceof Error ? thrown.message : ''
      })
      assert.match(seen, /^C1: secrets were let out: /)
      assert.ok(seen.includes(where), seen)
    })
  }
})

const asked = (socketPath: string, question: unknown): Promise<string> =>
  new Promise((resolve, reject) => {
    const asking = request({ socketPath, method: 'POST', path: '/' }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.on('end', () => resolve(text))
    })
    asking.on('error', reject)
    asking.end(JSON.stringify(question))
  })
