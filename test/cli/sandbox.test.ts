// The colleague of the sandbox: who cannot be found is told with who there is, and a sandbox that does not run with how to start it.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { clock } from '../../src/adapters/clock.ts'
import { connector } from '../../src/adapters/smtp2go/connect.ts'
import { confidence } from '../../src/adapters/smtp2go/tell.ts'
import { colleague } from '../../src/cli/sandbox.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import type { Failure } from '../../src/domain/basics/failure.ts'
import { E, pipe, TE } from '../../src/fp.ts'
import type { Accounts } from '../../src/ports.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

type Said = { readonly code: number; readonly out: string; readonly err: string }
type Found = TE.TaskEither<Failure, Accounts | undefined>

const API = {
  endpoint: { _tag: 'Sandbox' },
  key: undefined,
  pace: undefined,
  concurrency: 1,
  timeoutMs: 5000,
  maxAnswerBytes: 100_000,
} as const

const asked = async (accounts: Found, username: string): Promise<Said> => {
  let [out, err] = ['', '']
  const terminal: Terminal = {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    colour: false,
    width: 100,
    interactive: false,
    ask: async () => '',
    save: async () => undefined,
    foot: () => undefined,
    hasFoot: false,
  }
  const ask = { username, assignments: ['description=mine'], scope: 'account', format: 'text' } as const
  const code = await colleague({ terminal, dir: '/var/lib/x', accounts: () => accounts }, ask)
  return { code, out, err }
}

spec('sandbox edit', (test) => {
  test('where no sandbox runs: where it was looked for, and how one is started', async () => {
    const { code, err } = await asked(TE.right(undefined), 'one@a.example')
    assert.is(code, 6)
    assert.match(
      err,
      /no embedded sandbox runs on the state directory \/var\/lib\/x\n.*`run`.*`endpoint: sandbox`.*--state-dir or -c/,
    )
  })

  test('for a user that is not there: who is', async () => {
    const sandbox = await startSandbox({
      seed: { account: { results: [{ username: 'one@a.example' }, { username: 'fax@a.example' }] } },
    })
    try {
      const accounts: Found = pipe(
        connector({
          clock: clock(),
          confidence: confidence(),
          sandbox: () => TE.right(sandbox.url),
          notice: () => undefined,
        }).accounts(API),
        TE.map((connection) => connection.accounts),
      )
      const { code, err } = await asked(accounts, 'ghost@a.example')
      assert.is(code, 6)
      assert.is(err, 'the sandbox has no user ghost@a.example in account; it has fax@a.example, one@a.example\n')
      const connected = await accounts()
      const refused =
        E.isRight(connected) && connected.right !== undefined
          ? await connected.right.perform('account', {
              _tag: 'Patch',
              username: 'one@a.example',
              settings: { status: 'Blocked' },
            })()
          : undefined
      const words = JSON.stringify(refused)
      assert.match(words, /sandbox/, 'its words are no part of a secret')
      assert.not.match(words, /part of a secret/)
      const done = await asked(accounts, 'one@a.example')
      assert.equal(done, { code: 0, out: 'a colleague changed one@a.example by hand: description=mine\n', err: '' })
    } finally {
      await sandbox.close()
    }
  })
})

spec('sandbox --seed', (test) => {
  test('that is not there, or is none, is a file that cannot be used, as any that a command names', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await mkdir(join(bench.dir, 'folder'))
      await writeFile(join(bench.dir, 'text.json'), 'secret')
      await writeFile(join(bench.dir, 'other.json'), '{ "account": { "users": [] } }')
      for (const [file, fault] of [
        ['folder', /^folder: cannot be read \(EISDIR\)\n$/],
        ['missing.json', /^missing\.json: cannot be read \(ENOENT\)\n$/],
        ['text.json', /^text\.json: this is not JSON; a seed looks like [^\n]+\n$/],
        ['other.json', /^other\.json: account[^\n]+\n$/],
      ] as const) {
        const { code, out, err } = await bench.run('sandbox', '--port', '0', '--seed', file)
        assert.is(code, 5)
        assert.is(out, '')
        assert.match(err, fault)
      }
    }))
})

spec('sandbox --state', (test) => {
  const serve = (file: string) => ['sandbox', '--port', '0', '--state', file]

  test('that cannot be written, or read, is told before it listens', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await mkdir(join(bench.dir, 'folder'))
      for (const [file, fault] of [
        ['nowhere/users.json', 'the users cannot be kept there (ENOENT): check its folder and the space'],
        ['folder', 'cannot be read (EISDIR)'],
      ] as const)
        assert.equal(await bench.run(...serve(file)), { code: 1, signal: null, out: '', err: `${file}: ${fault}\n` })
    }))

  test('is there from the beginning, and told where it cannot be written in the end', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await mkdir(join(bench.dir, 'folder'))
      const started = bench.start(...serve('folder/users.json'))
      await until('it listens', () => started.out().includes('listening'))
      assert.ok(JSON.parse(await readFile(join(bench.dir, 'folder/users.json'), 'utf8')).account.results.length > 0)
      await rm(join(bench.dir, 'folder'), { recursive: true })
      started.child.kill('SIGTERM')
      const { code, err } = await started.ended
      assert.is(err, 'folder/users.json: the users cannot be kept there (ENOENT): check its folder and the space\n')
      assert.is(code, 1)
    }))
})

spec('sandbox edit of the embedded sandbox', (test) => {
  const withDaemon = (
    body: (edit: (...args: ReadonlyArray<string>) => ReturnType<Bench['run']>, bench: Bench) => Promise<void>,
  ) =>
    withBench({ account: { results: [] } }, async (bench) => {
      await writeFile(
        join(bench.dir, 'config.yaml'),
        'version: 1\napi: { endpoint: sandbox, pace: off }\nreconcile: { schedule: null }\nusers: []\n',
      )
      const daemon = bench.start('run')
      await until('a run', () => daemon.err().includes('run ended'))
      // Who tries passwords out here must not expect the same of a service that hides them.
      assert.match(daemon.err(), /it shows passwords, .* the service may hide them, and then nobody can tell/)
      await body((...args) => bench.run('sandbox', 'edit', 'crm@acme.example', ...args), bench)
    })

  test('refuses a value that does not fit its field, names the field, and changes nothing', () =>
    withDaemon(async (edit, bench) => {
      const before = (await bench.run('export')).out
      for (const [assignment, said] of [
        ['open_tracking_enabled=yes', 'open_tracking_enabled: expected true or false'],
        ['open_tracking_enabled=True', 'open_tracking_enabled: expected true or false'],
        ['custom_ratelimit_value=lots', 'custom_ratelimit_value: expected a whole number from 1 to 2147483647, got text'],
        ['custom_ratelimit_value=0', 'custom_ratelimit_value: expected a whole number from 1 to 2147483647'],
        ['ip_pool=abc', 'ip_pool: expected a whole number from 0 to 2147483647, got text'],
        ['status=Blocked', "status: expected allowed, blocked or sandbox, got 'Blocked'"],
        ['custom_ratelimit_period=now and then', 'custom_ratelimit_period: '],
        ['audit_email=nobody', 'audit_email: '],
        ['password=not-to-be-shown', 'password: not FIELD=VALUE with one of '],
      ] as const) {
        const told = await edit('description=mine', assignment)
        assert.is(told.code, 64, told.out)
        assert.ok(told.err.startsWith(said), told.err)
        const json = await edit(assignment, '--format', 'json')
        assert.is(JSON.parse(json.out).done, false)
        assert.ok(JSON.parse(json.out).message.startsWith(said), json.out)
      }
      assert.is((await bench.run('export')).out, before)
    }))

  test('of what did not take says so, and of what takes a full edit what that may have reset', () =>
    withDaemon(async (edit, bench) => {
      const off = await edit('description=mine', 'custom_ratelimit_value=5')
      assert.equal(
        [off.code, off.out, off.err],
        [
          4,
          '',
          'the sandbox did not take all of that for crm@acme.example: custom_ratelimit_value: asked for 5, the service shows nothing\n',
        ],
      )
      const json = JSON.parse((await edit('custom_ratelimit_value=5', '--format', 'json')).out)
      assert.equal([json.format, json.done], ['smtp2go-reconciler/reply@1', false])
      const domain = await edit('feedback_domain=news.acme.example')
      assert.equal(
        [domain.code, domain.out],
        [
          0,
          'a colleague changed crm@acme.example by hand: feedback_domain=news.acme.example; that took a full edit, so what the sandbox does not show may be at its default now: click_tracking_enabled\n',
        ],
      )
      const exported = (await bench.run('export')).out
      assert.match(exported, /crm@acme\.example\n(?: {4}.*\n)*? {4}feedback_domain: news\.acme\.example/)
      assert.match(exported, /crm@acme\.example\n(?: {4}.*\n)*? {4}description: mine/)
    }))

  test('shows no password', () =>
    withDaemon(async (edit) => {
      const done = await edit('email_password=Not-2-be-shown-in-Output', 'audit_email=', 'status=sandbox')
      assert.equal(
        [done.code, done.out, done.err],
        [0, 'a colleague changed crm@acme.example by hand: email_password=(sensitive) audit_email= status=sandbox\n', ''],
      )
    }))
})

spec('a real config that is tried on the embedded sandbox', (test) => {
  test('has its passwords set there, in no file, and not once more by the next command', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await writeFile(
        join(bench.dir, 'config.yaml'),
        'version: 1\napi: { endpoint: sandbox, pace: off }\nreconcile: { schedule: null }\nusers: [{ username: crm@acme.example, email_password: { env: PW_CRM } }]\n',
      )
      const env = { PW_CRM: newPassword() }
      const applied = await bench.runIn({ env }, 'apply', '--yes')
      assert.is(applied.code, 0, applied.err)
      assert.match(applied.out, /email_password/)
      const planned = await bench.runIn({ env }, 'plan')
      assert.is(planned.code, 0, planned.out)
      assert.match(planned.out, /0 to create, 0 to update/)
    }))
})
