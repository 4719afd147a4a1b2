// The embedded stand-in among several processes: one serves it, the others join it, and whoever stays when that one ends goes on with it.
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { runningSandbox, type SandboxHost, sandboxHost } from '../../src/adapters/sandbox-host.ts'
import { E } from '../../src/fp.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { until, usersIn, withBench } from '../support/command.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example', description: 'first' }] } }
const holder = { pid: process.pid, command: 'plan' }

const hostOn = (stateDir: string, served: (url: string) => void = () => undefined): SandboxHost =>
  sandboxHost({
    stateDir,
    holder,
    start: async (stateFile) => {
      const started = await startSandbox({ stateFile, seed, isEmbedded: true })
      served(started.url)
      return started
    },
  })

const urlOf = async (host: SandboxHost): Promise<string> => {
  const url = await host.url()()
  if (E.isLeft(url)) throw new Error(JSON.stringify(url.left))
  return url.right
}

const describe = async (url: string, description: string): Promise<void> => {
  const body = JSON.stringify({ username: 'one@a.example', description })
  const headers = { 'content-type': 'application/json', 'x-smtp2go-api-key': newKey() }
  const answer = await fetch(`${url}/users/smtp/edit`, { method: 'PATCH', headers, body })
  assert.ok(answer.ok, await answer.text())
}

const described = async (url: string): Promise<unknown> =>
  usersIn(await (await fetch(new URL('/_state', url))).json(), undefined).map(({ description }) => description)

const withDir = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = await mkdtemp(join(tmpdir(), 'sandbox-host-'))
  try {
    await use(join(dir, 'state'))
  } finally {
    await rm(dir, { recursive: true })
  }
}

spec('the embedded sandbox', (test) => {
  test('is one, also where several begin at the same time', () =>
    withDir(async (dir) => {
      const served: Array<string> = []
      const hosts = Array.from({ length: 5 }, () => hostOn(dir, (url) => served.push(url)))
      try {
        const urls = await Promise.all(hosts.map(urlOf))
        assert.equal(
          urls,
          urls.map(() => served[0]),
        )
        assert.is(served.length, 1)
      } finally {
        for (const host of hosts) await host.close()
      }
    }))

  test('goes on with its users where who served it ends before who joined it', () =>
    withDir(async (dir) => {
      const [first, second, third] = [hostOn(dir), hostOn(dir), hostOn(dir)]
      try {
        const before = await urlOf(first)
        assert.is(await urlOf(second), before)
        await describe(before, 'mine')
        await first.close()
        const after = await urlOf(second)
        assert.equal(await described(after), ['mine'])
        assert.is(await urlOf(third), after)
        await third.close()
        assert.is(await runningSandbox(dir), after, 'who only joined it leaves it noted')
      } finally {
        for (const host of [second, third]) await host.close()
      }
      assert.is(await runningSandbox(dir), undefined)
      assert.not.ok(existsSync(join(dir, 'sandbox.json')))
    }))

  test('is begun anew where the note of one is left that was killed', () =>
    withDir(async (dir) => {
      const killed = hostOn(dir)
      const url = await urlOf(killed)
      await killed.close()
      await writeFile(join(dir, 'sandbox.json'), JSON.stringify({ url }))
      const host = hostOn(dir)
      try {
        assert.equal(await described(await urlOf(host)), ['first'])
      } finally {
        await host.close()
      }
    }))

  test('keeps no password over its end but those of its seed, and shows a mask in their place', () =>
    withDir(async (dir) => {
      const host = hostOn(dir)
      const asked = async (method: string, path: string, body: object): Promise<string> => {
        const headers = { 'content-type': 'application/json', 'x-smtp2go-api-key': newKey() }
        return (await fetch(`${await urlOf(host)}/${path}`, { method, headers, body: JSON.stringify(body) })).text()
      }
      const password = newPassword()
      try {
        await asked('PATCH', 'users/smtp/edit', { username: 'one@a.example', email_password: password })
        assert.ok((await asked('POST', 'users/smtp/view', {})).includes(password))
        await host.close()
        assert.not.ok((await readFile(join(dir, 'sandbox-users.json'), 'utf8')).includes(password))
        assert.match(await asked('POST', 'users/smtp/view', {}), /"email_password":"\*{8} /)
      } finally {
        await host.close()
      }
    }))

  test('answers nobody who calls it by another name', () =>
    withDir(async (dir) => {
      const host = hostOn(dir)
      const status = async (name: string): Promise<number | undefined> => {
        const url = await urlOf(host)
        const headers = { host: name, 'x-smtp2go-api-key': newKey() }
        return new Promise((resolve, reject) => {
          request(`${url}/users/smtp/view`, { method: 'POST', headers }, (answer) => resolve(answer.resume().statusCode))
            .on('error', reject)
            .end('{}')
        })
      }
      try {
        assert.equal([await status('rebound.example'), await status('localhost'), await status('127.0.0.1:80')], [403, 200, 200])
      } finally {
        await host.close()
      }
    }))

  test('is found again by the next run of a daemon that joined it', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      const state = join(bench.dir, 'state')
      const config = (description: string): Promise<void> =>
        writeFile(
          join(bench.dir, 'config.yaml'),
          `version: 1\napi: { endpoint: sandbox, pace: off }\nreconcile: { schedule: null }\nusers: [{ username: one@a.example, description: ${description} }]\n`,
        )
      await config('ours')
      const first = hostOn(state)
      try {
        assert.equal(await described(await urlOf(first)), ['first'])
        const daemon = bench.start('run')
        await until('a run', () => daemon.err().includes('run ended'))
        assert.equal(await described(await urlOf(first)), ['ours'])
        await first.close()
        await config('later')
        await until('another run', async () => {
          const url = await runningSandbox(state)
          return url !== undefined && String(await described(url)) === 'later'
        })
      } finally {
        await first.close()
      }
    }))
})
