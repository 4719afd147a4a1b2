// HTTP from outside: the built daemon, real requests, and the ground truth of the stand-in beside it.
import { createHash } from 'node:crypto'
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { until, withBench } from '../support/command.ts'
import { ask, series, servedAt } from '../support/http.ts'
import { listeningAside } from '../support/listening.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example', description: 'old' }, { username: 'two@a.example' }] } }
// A run only when it is asked for, so that they can be counted.
const HTTP = 'http: { listen: 0 }\nreconcile: { schedule: null, on_change: false }\n'
const USERS = 'users:\n  - { username: one@a.example, description: new }\n'

spec('HTTP', (test) => {
  test('says that the process is alive, whether it is ready and why not, and counts from zero', () =>
    withBench(seed, async (bench) => {
      await bench.config(`${HTTP}${USERS}`)
      const daemon = bench.start('run')
      const url = await servedAt(daemon)
      assert.is((await ask(url, '/healthz')).body, 'alive\n')
      await until('the daemon is ready', async () => (await ask(url, '/readyz')).status === 200)
      const { body, headers } = await ask(url, '/metrics')
      assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/)
      for (const [name, value] of [
        ['ready', 1],
        ['runs_total{outcome="applied"}', 1],
        ['runs_total{outcome="failed"}', 0],
        ['changes_total{change="update",cause="first_run",outcome="verified"}', 1],
        ['changes_total{change="remove",cause="grace_elapsed",outcome="unknown"}', 0],
        ['requests_total{endpoint="users/smtp/view",class="ok"}', 2],
        ['requests_total{endpoint="users/smtp/edit",class="ok"}', 1],
        ['requests_total{endpoint="users/smtp/add",class="throttled"}', 0],
        ['held{reason="capped"}', 0],
        ['findings{severity="high"}', 0],
        ['scope_errors{kind="suspicious_answer"}', 0],
        ['notifications_total{outcome="failed"}', 0],
        ['drift{scope="account"}', 0],
        ['drift_age_seconds{scope="account"}', 0],
        ['throttled_until_timestamp_seconds', 0],
        ['config_last_reload_successful', 1],
        ['live_users{scope="account"}', 2],
        ['run_duration_seconds_count', 1],
      ] as const)
        assert.is(series(body, name), value, name)
      assert.ok((series(body, 'seconds_since_verified_in_sync{scope="account"}') ?? 99) < 60)
      assert.ok((series(body, 'event_loop_lag_seconds{quantile="0.99"}') ?? -1) >= 0)

      await appendFile(join(bench.dir, 'config.yaml'), 'nonsense: 1\n')
      await bench.run('reconcile')
      await until('the broken config is told', async () => (await ask(url, '/readyz')).status === 503)
      assert.match((await ask(url, '/readyz')).body, /^not ready: the config file is broken, see: smtp2go-reconciler status$/m)
      assert.is(series((await ask(url, '/metrics')).body, 'config_last_reload_successful'), 0)
      assert.is((await ask(url, '/healthz')).status, 200)
    }))

  test('is not ready while the config in the file is not valid, also where a save makes no run', () =>
    withBench(seed, async (bench) => {
      await bench.config(`${HTTP}${USERS}`)
      const said = join(bench.dir, 'said')
      await mkdir(join(bench.dir, 'bin'))
      await writeFile(join(bench.dir, 'bin/systemd-notify'), `#!/bin/sh\necho "$*" >> ${said}\n`, { mode: 0o755 })
      const env = { NOTIFY_SOCKET: '@nobody', PATH: `${join(bench.dir, 'bin')}:${process.env.PATH}` }
      const standing = async () => (await readFile(said, 'utf8')).split('\n').findLast((line) => line.includes('STATUS='))
      const daemon = bench.startIn({ env }, 'run')
      const url = await servedAt(daemon)
      await until('the daemon is ready', async () => (await ask(url, '/readyz')).status === 200)
      const requests = bench.requests()
      await appendFile(join(bench.dir, 'config.yaml'), 'nonsense: 1\n')
      await until('the broken config is told', async () => (await ask(url, '/readyz')).status === 503)
      assert.match((await bench.run('status')).out, /config\.yaml:\d+:1 +nonsense: unknown key/)
      await until('systemd was told', async () => (await standing())?.includes('the config file is broken') === true)
      await bench.config(`${HTTP}${USERS}`)
      await until('the mended config is told', async () => (await ask(url, '/readyz')).status === 200)
      assert.is(bench.requests(), requests, 'no run was made')
      await until('systemd was told that it is mended', async () => (await standing())?.includes('broken') === false)
      await until('the log tells of both', () => daemon.err().includes('the config is valid again'))
      assert.match(daemon.err(), /the config cannot be used, nothing is written.*nonsense: unknown key/)
    }))

  test('is not ready before a run has completed', () =>
    withBench(seed, async (bench) => {
      await bench.config(`${HTTP}${USERS}`, 'pace: 1 per 1h')
      const url = await servedAt(bench.start('run'))
      const { status, body } = await ask(url, '/readyz')
      assert.is(status, 503)
      assert.is(body, 'not ready: the first run has not completed yet\n')
    }))

  test('gives the same JSON as the status command, with the place of what is wrong in the config', () =>
    withBench(seed, async (bench) => {
      await bench.config(`${HTTP}${USERS}`)
      const url = await servedAt(bench.start('run'))
      await until('the daemon is ready', async () => (await ask(url, '/readyz')).status === 200)
      await appendFile(join(bench.dir, 'config.yaml'), 'nonsense: 1\n')
      await bench.run('reconcile')
      await until('the broken config is told', async () => (await ask(url, '/readyz')).status === 503)
      await until('the run is over', async () => JSON.parse((await ask(url, '/api/status')).body).running === false)
      const served = JSON.parse((await ask(url, '/api/status')).body)
      assert.equal(served, JSON.parse((await bench.run('status', '--format', 'json')).out))
      assert.is(served.format, 'smtp2go-reconciler/status@1')
      const [{ file, line, column, path }] = served.config_problems
      assert.equal({ file, line, column, path }, { file: 'config.yaml', line: 7, column: 1, path: 'nonsense' })
      const text = await bench.run('status')
      assert.match(text.out, /the config file is broken; .*\n {2}\S*config\.yaml:7:1 {2}nonsense: unknown key/)
      assert.match(text.out, /last run \d+ \w+ ago \(asked for\): [a-z ]+; no run is scheduled/)
    }))

  test('can change nothing, whatever is sent (C7)', () =>
    withBench(seed, async (bench) => {
      await bench.config(`${HTTP}${USERS}`)
      const url = await servedAt(bench.start('run'))
      await until('the daemon is ready', async () => (await ask(url, '/readyz')).status === 200)
      const [before, sent] = [await bench.users(), (await bench.log()).length]
      const { runs } = JSON.parse((await ask(url, '/api/status')).body)
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])
        for (const path of ['/', '/api/status', '/metrics', '/reconcile']) {
          const answer = await ask(url, path, { method, body: JSON.stringify({ _tag: 'Reconcile' }) })
          assert.is(answer.status, 405, `${method} ${path}`)
          assert.is(answer.headers.allow, 'GET, HEAD')
        }
      for (const path of ['/reconcile', '/approve', '/api/reconcile', '/../control.sock', '//x', '*'])
        assert.is((await ask(url, path)).status, 404, path)
      const head = await ask(url, '/', { method: 'HEAD' })
      assert.equal([head.status, head.body], [200, ''])
      assert.equal(await bench.users(), before)
      assert.is((await bench.log()).length, sent)
      assert.is(JSON.parse((await ask(url, '/api/status')).body).runs, runs)
    }))

  test('answers only to its own names, so that no page of another name can read it (C7)', () =>
    withBench(seed, async (bench) => {
      await bench.config(`${HTTP}users: []\n`)
      const url = await servedAt(bench.start('run'))
      const { port } = new URL(url)
      for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
        assert.is((await ask(url, '/healthz', { headers: { host } })).status, 200, host)
      const strangers = ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, `localhost.:${port}`]
      for (const host of [
        ...strangers,
        '127.0.0.1',
        '127.0.0.1:1',
        `192.0.2.1:${port}`,
        `a@127.0.0.1:${port}`,
        `localhost:${port}0`,
      ])
        for (const path of ['/', '/healthz', '/metrics', '/api/status']) {
          const answer = await ask(url, path, { headers: { host } })
          assert.equal([answer.status, answer.body], [421, 'the Host header names another server\n'], host)
        }
    }))

  test('sends headers that keep a page from being framed, sniffed, or run with code of others', () =>
    withBench(seed, async (bench) => {
      await bench.config(`${HTTP}users: []\n`)
      const url = await servedAt(bench.start('run'))
      for (const path of ['/', '/metrics', '/nowhere', '/api/status']) {
        const { headers } = await ask(url, path)
        const policy = String(headers['content-security-policy'])
        assert.match(policy, /^default-src 'none';/)
        assert.match(policy, /frame-ancestors 'none'/)
        assert.not.match(policy, /unsafe|\*/)
        assert.is(headers['x-content-type-options'], 'nosniff')
        assert.is(headers['referrer-policy'], 'no-referrer')
        assert.is(headers['x-frame-options'], 'DENY')
        assert.is(headers['cache-control'], 'no-store')
      }
      const { body, headers } = await ask(url, '/')
      for (const [kind, element] of [
        ['style', /<style>(.*?)<\/style>/gs],
        ['script', /<script>(.*?)<\/script>/gs],
      ] as const) {
        const [text = '', ...more] = [...body.matchAll(element)].map(([, inner]) => inner)
        const hash = createHash('sha256').update(text).digest('base64')
        assert.ok(String(headers['content-security-policy']).includes(`${kind}-src 'sha256-${hash}';`), kind)
        assert.equal(more, [])
      }
      assert.not.match(body, / style=| on[a-z]+=| src=|rel="stylesheet"/)
    }))

  test('bounds what one client can take', () =>
    withBench(seed, async (bench) => {
      await bench.config(`${HTTP}users: []\n`)
      const url = await servedAt(bench.start('run'))
      assert.is((await ask(url, '/healthz', { headers: { 'x-long': 'x'.repeat(20_000) } })).status, 431)
      const idle = Array.from({ length: 80 }, () => connect(Number(new URL(url).port), '127.0.0.1'))
      let closed = 0
      for (const socket of idle) {
        socket
          .on('error', () => undefined)
          .on('close', () => {
            closed += 1
          })
        socket.resume()
      }
      await until('what is too much is closed', () => closed >= 16)
      for (const socket of idle) socket.destroy()
      await until('the next one is served', async () => (await ask(url, '/healthz').catch(() => undefined))?.status === 200)
    }))

  test('follows the config to another place', () =>
    withBench(seed, async (bench) => {
      await bench.config('http: { listen: 0 }\nreconcile: { schedule: null }\nusers: []\n')
      const first = bench.start('run')
      const url = await servedAt(first)
      const taker = createServer()
      const port = await listeningAside(taker)
      taker.close()
      const file = join(bench.dir, 'config.yaml')
      const other = await readFile(file, 'utf8')
      await writeFile(file, other.replace('listen: 0', `listen: ${port}`))
      const next = `http://127.0.0.1:${port}`
      await until('it is there', async () => (await ask(next, '/healthz').catch(() => undefined))?.status === 200)
      assert.is(await ask(url, '/healthz').catch(() => undefined), undefined)
      await writeFile(file, other.replace('http: { listen: 0 }', 'http: null'))
      await until('nothing is served any more', async () => (await ask(next, '/healthz').catch(() => undefined)) === undefined)
      first.child.kill('SIGTERM')
      assert.is((await first.ended).code, 0)
    }))

  test('a place that turns out to be taken is told in status and by doctor, once in the log, and no more once it is free', () =>
    withBench(seed, async (bench) => {
      const taker = createServer()
      const port = await listeningAside(taker)
      await bench.config(`${HTTP}${USERS}`)
      const daemon = bench.start('run')
      const url = await servedAt(daemon)
      await until('the daemon is ready', async () => (await ask(url, '/readyz')).status === 200)
      await bench.config(`http: { listen: "127.0.0.1:${port}" }\nreconcile: { schedule: null }\n${USERS}`)
      const told = async (): Promise<ReadonlyArray<string>> => {
        const [status, json] = [await bench.run('status'), await bench.run('status', '--format', 'json')]
        return [status.out, JSON.parse(json.out).http_fault ?? '', (await bench.run('doctor')).out]
      }
      const fault = /http\.listen: another program listens there already.*; nothing is served until then/
      await bench.run('reconcile')
      await until('it is told', () => fault.test(daemon.err()))
      for (const text of await told()) assert.match(text, fault)
      await bench.run('reconcile')
      await until('the next run is over', () => (daemon.err().match(/"msg":"run ended"/g) ?? []).length >= 3)
      const logged = daemon
        .err()
        .split('\n')
        .filter((line) => fault.test(line))
      assert.is(logged.length, 1)
      taker.close()
      await bench.run('reconcile')
      await until(
        'it is served',
        async () => (await ask(`http://127.0.0.1:${port}`, '/healthz').catch(() => undefined))?.status === 200,
      )
      for (const text of await told()) assert.not.match(text, fault)
    }))

  test('L7: a place that is taken at the start, or not there yet, keeps nobody from being looked after, and is served once it is free', () =>
    withBench(seed, async (bench) => {
      const taker = createServer()
      const port = await listeningAside(taker)
      for (const [n, [place, why]] of (
        [
          ['192.0.2.1:9465', 'this machine does not have that address; choose another one, or bring it up'],
          [`127.0.0.1:${port}`, 'another program listens there already; choose another port, or stop it'],
        ] as const
      ).entries()) {
        await bench.config(
          `http: { listen: "${place}" }\nreconcile: { schedule: null }\nusers: [{ username: one@a.example, description: new${n} }]\n`,
        )
        const daemon = bench.start('run')
        await until('the change is made', async () => (await bench.users())[0]?.description === `new${n}`)
        await until('the run is over', () => daemon.err().includes('run ended'))
        const told = daemon
          .err()
          .split('\n')
          .filter((line) => line.includes('http.listen'))
          .map((line) => JSON.parse(line))
        assert.equal(
          told.map(({ level, text }) => [level, text]),
          [['warn', `http.listen: ${why}; nothing is served until then`]],
        )
        assert.is(JSON.parse((await bench.run('status', '--format', 'json')).out).http_fault, told[0].text)
        if (n === 1) {
          taker.close()
          const url = `http://${place}`
          // No run is made meanwhile.
          await until('it is served', async () => (await ask(url, '/healthz').catch(() => undefined))?.status === 200)
          assert.is(JSON.parse((await bench.run('status', '--format', 'json')).out).http_fault, null)
        }
        daemon.child.kill('SIGTERM')
        assert.is((await daemon.ended).code, 0)
      }
    }))
})
