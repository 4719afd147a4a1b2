// C4, C6: the key goes over verified TLS to the configured origin only, whatever the environment says; what is made is ours alone.
import { readFileSync, statSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { createServer as createTrap } from 'node:net'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { weaknessOf } from '../../src/cli/environment.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { listening } from '../support/listening.ts'
import { spec } from '../support/spec.ts'
import { selfSigned } from './certificate.ts'

const SEED = { account: { results: [{ username: 'one@a.example' }] } }
const USERS = 'users: [{ username: one@a.example, description: new }]\n'

type Tls = { readonly port: number; readonly certFile: string; readonly requests: () => number }

/** A service behind a certificate that nobody knows; counts the requests that it got to see. */
const withTls = (body: (bench: Bench, tls: Tls) => Promise<void>): Promise<void> =>
  withBench(SEED, async (bench) => {
    const { key, cert } = selfSigned()
    let requests = 0
    const server = createServer({ key, cert }, (_request, response) => {
      requests += 1
      response.end(JSON.stringify({ request_id: 'r', data: { results: [] } }))
    })
    server.on('tlsClientError', () => undefined)
    const port = await listening(server)
    const certFile = join(bench.dir, 'ca.pem')
    await writeFile(certFile, cert)
    await writeFile(
      join(bench.dir, 'config.yaml'),
      `version: 1\napi: { endpoint: "https://127.0.0.1:${port}/v3", key: { env: TEST_KEY }, pace: off }\n${USERS}`,
    )
    try {
      await body(bench, { port, certFile, requests: () => requests })
    } finally {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    }
  })

const WEAK: ReadonlyArray<readonly [title: string, env: Readonly<Record<string, string>>, says: RegExp]> = [
  [
    'NODE_TLS_REJECT_UNAUTHORIZED=0',
    { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    /NODE_TLS_REJECT_UNAUTHORIZED=0 switches .* off.*unset it/,
  ],
  ['NODE_DEBUG', { NODE_DEBUG: 'http,fetch,undici' }, /NODE_DEBUG makes Node print.*unset it/],
  ['NODE_USE_ENV_PROXY', { NODE_USE_ENV_PROXY: '1' }, /NODE_USE_ENV_PROXY .*unset it/],
  ['OPENSSL_CONF', { OPENSSL_CONF: '/dev/null' }, /OPENSSL_CONF lets a file weaken TLS; unset it/],
  ['OPENSSL_MODULES', { OPENSSL_MODULES: '/tmp' }, /OPENSSL_MODULES lets a folder .*unset it/],
  ['NODE_OPTIONS with a TLS key log', { NODE_OPTIONS: '--tls-keylog=keys.txt' }, /--tls-keylog of Node writes the keys/],
  ['NODE_OPTIONS with old TLS', { NODE_OPTIONS: '--tls-min-v1.0' }, /--tls-min-v1\.0 of Node allows TLS older/],
  [
    'NODE_OPTIONS with ciphers',
    { NODE_OPTIONS: '--tls-cipher-list=ALL:@SECLEVEL=0' },
    /--tls-cipher-list of Node allows ciphers/,
  ],
  [
    'NODE_OPTIONS with a TLS config',
    { NODE_OPTIONS: '--openssl-shared-config' },
    /--openssl-shared-config of Node lets a file weaken/,
  ],
  ['NODE_OPTIONS with a debugger', { NODE_OPTIONS: '--inspect=127.0.0.1:0' }, /--inspect of Node opens a debugger/],
]

spec('the network', (test) => {
  test('C4: a certificate that nobody verifies gets to see no request, and the message says why', () =>
    withTls(async (bench, { requests }) => {
      const ended = await bench.run('apply', '--yes')
      assert.is(ended.code, 6)
      assert.match(ended.out, /its TLS certificate is self-signed/)
      assert.is(requests(), 0)
    }))

  test('C4: NODE_EXTRA_CA_CERTS lets an administrator trust one more authority; SSLKEYLOGFILE writes no file', () =>
    withTls(async (bench, { certFile, requests }) => {
      await bench.runIn({ env: { NODE_EXTRA_CA_CERTS: certFile, SSLKEYLOGFILE: join(bench.dir, 'keylog') } }, 'plan')
      assert.is(requests(), 1)
      assert.equal((await readdir(bench.dir)).sort(), ['ca.pem', 'config.yaml'])
    }))

  test('C1 C4: an environment that weakens TLS or shows the key is refused before anything is sent', () =>
    withTls(async (bench, { requests }) => {
      for (const [title, env, says] of WEAK) {
        const ended = await bench.runIn({ env }, 'apply', '--yes')
        assert.is(ended.code, 64, `${title}: ${ended.err}`)
        assert.match(ended.err, says)
      }
      assert.is(requests(), 0)
    }))

  test('C4: what else the environment says of TLS changes nothing: the certificate is not verified, so nothing is sent', () =>
    withTls(async (bench, { certFile, requests }) => {
      const ended = await bench.runIn(
        {
          env: {
            SSL_CERT_FILE: certFile,
            SSL_CERT_DIR: bench.dir,
            NODE_TLS_REJECT_UNAUTHORIZED: 'false',
            NODE_NO_WARNINGS: '1',
            CURL_CA_BUNDLE: certFile,
            npm_config_strict_ssl: 'false',
          },
        },
        'apply',
        '--yes',
      )
      assert.is(ended.code, 6, ended.err)
      assert.match(ended.out, /its TLS certificate is self-signed/)
      assert.is(requests(), 0)
    }))

  test('what does no harm in the environment is let be', () => {
    assert.is(
      weaknessOf(
        { NODE_OPTIONS: '--max-old-space-size=128', NODE_TLS_REJECT_UNAUTHORIZED: '1', NODE_DEBUG: '', OPENSSL_CONF: '' },
        ['--import', 'tsx'],
      ),
      undefined,
    )
    assert.match(weaknessOf({}, ['--inspect-brk']) ?? '', /debugger/)
    assert.match(weaknessOf({ NODE_OPTIONS: '--max-old-space-size=1 --tls_keylog=x' }, []) ?? '', /--tls-keylog/)
  })

  test('C4: proxies in the environment are not used', () =>
    withBench(SEED, async (bench) => {
      let connections = 0
      const trap = createTrap((socket) => {
        connections += 1
        socket.destroy()
      })
      const port = await listening(trap)
      const proxy = `http://127.0.0.1:${port}`
      await bench.config(USERS)
      const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']
      const ended = await bench.runIn({ env: Object.fromEntries(names.map((name) => [name, proxy])) }, 'apply', '--yes')
      await new Promise((closed) => trap.close(closed))
      assert.is(ended.code, 0, ended.err)
      assert.is(connections, 0)
    }))

  test('SIGUSR1 opens no debugger, and the daemon lives on', () =>
    withBench(SEED, async (bench) => {
      await bench.config(USERS)
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      daemon.child.kill('SIGUSR1')
      const status = await bench.run('status')
      assert.is(status.code, 0)
      assert.not.match(daemon.err(), /[Dd]ebugger/)
      daemon.child.kill('SIGTERM')
      assert.is((await daemon.ended).code, 0)
    }))

  for (const mask of ['000', '022', '077']) {
    test(`C6: under umask ${mask} every file made is 0600, every folder 0700, the control socket 0600`, () =>
      withBench(SEED, async (bench) => {
        await bench.config(
          'users:\n  - { username: one@a.example }\n  - { username: two@a.example, email_password: { generate: two.pw } }\n',
        )
        const daemon = bench.startIn(
          { under: ['/bin/sh', '-c', `umask ${mask}; exec "$@"`, 'sh'], state: join(bench.dir, 'deep/er/state') },
          'run',
        )
        await until('a run', () => daemon.err().includes('run ended'))
        // A ledger that is just being replaced is there for a moment.
        const isPassing = (path: string): boolean => path === 'config.yaml' || path.endsWith('.new')
        const made = (await readdir(bench.dir, { recursive: true })).filter((path) => !isPassing(path)).sort()
        const modes = made.map((path) => {
          const stats = statSync(join(bench.dir, path))
          return `${path} ${stats.isDirectory() ? 'folder' : stats.isSocket() ? 'socket' : 'file'} ${(stats.mode & 0o7777).toString(8)}`
        })
        assert.equal(modes, [
          'deep folder 700',
          'deep/er folder 700',
          'deep/er/state folder 700',
          'deep/er/state/control.sock socket 600',
          'deep/er/state/journal.head file 600',
          'deep/er/state/journal.jsonl file 600',
          'deep/er/state/ledger.head file 600',
          'deep/er/state/ledger.json file 600',
          'deep/er/state/lock file 600',
          'deep/er/state/lock.sock socket 600',
          'two.pw file 600',
        ])
        bench.secret('the generated password', readFileSync(join(bench.dir, 'two.pw'), 'utf8').trim(), 'two.pw')
        daemon.child.kill('SIGTERM')
        assert.is((await daemon.ended).code, 0)
      }))
  }
})
