// `--format json`: whatever prints a result prints it as one document that names its format, also where it fails.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as assert from 'uvu/assert'
import { COMMANDS } from '../../src/cli/commands.ts'
import { until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const seed = { account: { results: [{ username: 'one@a.example', description: 'old' }, { username: 'new@a.example' }] } }
const CONFIG = 'reconcile: { schedule: null }\nusers: [{ username: one@a.example, description: ours }]\n'
const documentOf = (out: string): string => String(JSON.parse(out).format).replace('smtp2go-reconciler/', '')

/** What these print is a log, the address of a server, or a text for a program that reads no JSON. */
const WITHOUT = ['run', 'sandbox', 'completion', 'man']

spec('--format json', (test) => {
  test('is an option of every command that prints a result', () => {
    const missing = COMMANDS.filter(({ options }) => !options.some(({ flags }) => flags.startsWith('--format')))
    assert.equal(
      missing.map(({ name }) => name),
      WITHOUT,
    )
  })

  test('prints one document that names its format, without a daemon', () =>
    withBench(seed, async (bench) => {
      await bench.config(CONFIG)
      const rows: ReadonlyArray<readonly [document: string, code: number, ...args: ReadonlyArray<string>]> = [
        ['validation@1', 0, 'validate'],
        ['plan@1', 0, 'plan'],
        ['report@1', 0, 'apply', '--yes'],
        ['export@1', 0, 'export'],
        ['adoption@1', 0, 'export', '--adopt'],
        ['doctor@1', 0, 'doctor'],
        ['history@1', 0, 'history'],
        ['log-check@1', 0, 'verify-log'],
        ['reply@1', 6, 'status'],
        ['reply@1', 6, 'reconcile'],
        ['reply@1', 0, 'hold', '--all', '--until', '1h', '--reason', 'r'],
        ['reply@1', 0, 'release', '--all'],
        ['reply@1', 6, 'sandbox', 'edit', 'one@a.example', 'description=x'],
        ['reply@1', 0, 'block', '--match', 'new@*', '--reason', 'r', '--yes'],
      ]
      for (const [document, code, ...args] of rows) {
        const told = await bench.run(...args, '--format', 'json')
        assert.equal([documentOf(told.out), told.code], [document, code], `${args.join(' ')}\n${told.err}`)
      }
      const exported = JSON.parse((await bench.run('export', '--format', 'json', '--out', 'out.yaml')).out)
      assert.equal([exported.out, exported.users, exported.document], ['out.yaml', 2, 'config'])
    }))

  test('of a command that fails says what is wrong', () =>
    withBench(seed, async (bench) => {
      await bench.config('users: 1\n')
      await mkdir(join(bench.dir, 'state'))
      for (const args of [['plan'], ['export'], ['export', '--adopt'], ['block', '--match', 'x', '--reason', 'r', '--yes']]) {
        const told = await bench.run(...args, '--format', 'json')
        assert.is(told.code, 5, args.join(' '))
        assert.match(JSON.stringify(JSON.parse(told.out).problems), /config\.yaml/, args.join(' '))
      }
    }))

  test('of a command that would ask, where nobody can be asked, says so', () =>
    withBench(seed, async (bench) => {
      await bench.config(CONFIG)
      for (const [document, ...args] of [
        ['report@1', 'apply'],
        ['report@1', 'undo', 'x'],
        ['reply@1', 'block', '--match', 'x', '--reason', 'r'],
      ] as const) {
        const told = await bench.run(...args, '--format', 'json')
        assert.equal([documentOf(told.out), told.code], [document, 64])
        assert.match(JSON.parse(told.out).problems[0].message, /nobody sits at this terminal/)
      }
    }))

  test('of apply and undo is a report on every exit, and fits its schema', () =>
    withBench(seed, async (bench) => {
      await bench.config(CONFIG)
      assert.is((await bench.run('apply', '--yes')).code, 0)
      const [{ run_id: run }] = JSON.parse((await bench.run('history', '--format', 'json')).out).changes
      const fits = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
        JSON.parse((await bench.run('schema', '--for', 'report')).out),
      )
      const reported = async (code: number, ...args: ReadonlyArray<string>) => {
        const told = await bench.run(...args, '--format', 'json')
        assert.is(told.code, code, told.err)
        assert.ok(fits(JSON.parse(told.out)), JSON.stringify(fits.errors))
        return JSON.parse(told.out)
      }
      const OTHER = `sha256:${'0'.repeat(64)}`
      const none = {
        format: 'smtp2go-reconciler/report@1',
        run_id: null,
        requests: 0,
        duration_ms: 0,
        outcome: 'failed',
        scopes: [],
      }
      for (const [args, message] of [
        [['apply', '--yes', '--digest', 'nonsense'], /^a digest is sha256: and 64/],
        [['apply', '--yes', '--nonsense'], /^unknown option '--nonsense'$/],
        [['apply', '--yes', 'extra'], /^too many arguments/],
        [['apply', '--yes', '--log-level', 'loud'], /^option '--log-level <level>' argument 'loud' is invalid/],
        [['--log-format', 'xml', 'undo', run], /^option '--log-format <format>' argument 'xml' is invalid/],
        [['apply'], /nobody sits at this terminal/],
        [['undo', run], /nobody sits at this terminal/],
        [['undo', 'nobody', '--yes'], /no run/],
      ] as const) {
        const { problems, ...rest } = await reported(64, ...args)
        assert.equal(rest, none, args.join(' '))
        assert.match(problems[0].message, message)
      }
      await bench.config(CONFIG.replace('ours', 'new'))
      for (const [args, from, to] of [
        [['apply', '--digest', OTHER], 'ours', 'new'],
        [['undo', run, '--digest', OTHER], 'ours', 'old'],
      ] as const) {
        const { run_id, outcome, requests, scopes, problems, summary } = await reported(3, ...args)
        assert.match(run_id, /^[\w-]{8,}$/)
        assert.equal([outcome, requests, summary.update], ['stopped', 1, 1])
        assert.match(problems[0].message, /^the plan now is sha256:.*something changed since; nothing was sent/)
        const [{ scope, changes }] = scopes
        assert.equal([scope, changes[0].outcome], ['account', 'not_attempted'])
        assert.equal([changes[0].fields[0].from, changes[0].fields[0].to], [from, to])
      }
      const refused = await bench.runIn({ env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }, 'apply', '--yes', '--format', 'json')
      assert.is(refused.code, 64)
      assert.ok(fits(JSON.parse(refused.out)), refused.out)
      assert.match(JSON.parse(refused.out).problems[0].message, /^NODE_TLS_REJECT_UNAUTHORIZED=0 switches/)
      const wrongScope = await reported(64, 'apply', '--yes', '--scope', 'subaccount:Nobody')
      assert.is(wrongScope.scopes.length, 0)
      assert.match(wrongScope.run_id, /^[\w-]{8,}$/)
      await bench.config('users: 1\n')
      const { problems, ...broken } = await reported(5, 'apply', '--yes')
      assert.equal(broken, none)
      assert.is(problems[0].path, 'users')
    }))

  test('of a running daemon tells its status, and what an approval released', () =>
    withBench({ account: { results: [{ username: 'one@a.example', status: 'blocked' }] } }, async (bench) => {
      await bench.config('reconcile: { schedule: null }\nusers: [{ username: one@a.example, status: allowed }]\n')
      const daemon = bench.start('run')
      await until('a run has ended', () => daemon.err().includes('run ended'))
      const status = JSON.parse((await bench.run('status', '--format', 'json')).out)
      assert.is(status.format, 'smtp2go-reconciler/status@1')
      const [scope] = status.scopes
      assert.is(scope.held[0].reason, 'needs_approval')
      for (const word of [
        'known_since',
        'in_sync_since',
        'looked_at',
        'verified_at',
        'drift',
        'drift_since',
        'held',
        'findings',
        'error',
      ])
        assert.ok(Object.hasOwn(scope, word), word)
      for (const word of ['last_run', 'next_run', 'throttled_until', 'config', 'config_problems', 'progress'])
        assert.ok(Object.hasOwn(status, word), word)
      const approved = JSON.parse((await bench.run('approve', status.digest, '--format', 'json')).out)
      assert.ok(approved.done)
      assert.match(approved.message, /update one@a\.example \(account\)$/)
    }))
})
