// A package that was upgraded and a daemon that was not restarted: whatever does not fit is told as that, and by no guess of what is wrong.
import { createServer } from 'node:http'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { isReply } from '../../src/cli/reply-fits.ts'
import { starting } from '../../src/daemon/status.ts'
import { type Bench, until, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const status = starting('2026-01-02T03:04:05Z')

/** A daemon that gives one answer to everything. */
const withAnswer = (
  answer: unknown,
  headers: Readonly<Record<string, string>>,
  body: (bench: Bench, socket: string) => Promise<void>,
) =>
  withBench({ account: { results: [] } }, async (bench) => {
    await bench.config('users: []\n')
    const socket = join(bench.dir, 'other.sock')
    const server = createServer((_, response) => response.writeHead(200, headers).end(JSON.stringify(answer)))
    await new Promise<void>((listening) => server.listen(socket, listening))
    try {
      await body(bench, socket)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

spec('an answer of a daemon of another version', (test) => {
  const { endedHolds: _, ...without } = status
  for (const [what, answer, headers, version] of [
    [
      'has not all that is needed',
      { _tag: 'Status', status: without },
      { 'smtp2go-reconciler-version': '0.0.7' },
      'version 0.0.7',
    ],
    ['is of no kind that is known', { _tag: 'Undone', text: 'x' }, {}, 'another version'],
  ] as const)
    for (const command of [['status'], ['block', '--match', 'x', '--reason', 'r', '--yes'], ['undo', 'x', '--yes']])
      test(`that ${what} is no bug of ${command[0]}: it says to restart the daemon`, () =>
        withAnswer(answer, headers, async (bench, socket) => {
          const told = await bench.run(...command, '--socket', socket)
          assert.is(told.code, 6, told.err)
          assert.match(
            told.err,
            `the daemon at ${socket} is of ${version}, and its answer is not one that this command, of version `,
          )
          assert.match(told.err, /: restart the daemon/)
          const json = await bench.run(...command, '--socket', socket, '--format', 'json')
          const { message, problems } = JSON.parse(json.out)
          // What prints a report does so on every exit.
          assert.match(command[0] === 'undo' ? problems[0].message : message, /: restart the daemon/)
        }))

  test('that fits is understood, also where it says more than is known', () =>
    withAnswer({ _tag: 'Status', status: { ...status, later: 1 }, more: 2 }, {}, async (bench, socket) => {
      const told = await bench.run('status', '--socket', socket)
      assert.is(told.code, 0, told.err)
      assert.match(told.out, /^running for /)
    }))

  test('to a question that an older daemon does not know names its version', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      await bench.config('users: []\n')
      const daemon = bench.start('run')
      await until('the daemon answers', async () => (await bench.run('status')).code === 0)
      const { request } = await import('node:http')
      const reply = await new Promise<string>((resolve) => {
        const asked = request({ socketPath: join(bench.dir, 'state/control.sock'), method: 'POST' }, (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk
          })
          response.on('end', () => resolve(`${String(response.headers['smtp2go-reconciler-version'])} ${text}`))
        })
        asked.end('{"_tag":"Later"}')
      })
      assert.match(reply, /^(\S+) .*of version \1 and does not know this question.*restart it/)
      daemon.child.kill()
    }))
})

spec('an answer of the daemon', (test) => {
  for (const [what, part] of [
    ['a failure of no known kind', { runFailure: { _tag: 'Later' } }],
    ['a list that is none', { scopes: {} }],
    ['a scope without its held changes', { scopes: [{ scope: 'account' }] }],
    ['a word that is not known', { lastRun: { at: '', by: '', outcome: 'later', exitCode: 0 } }],
    ['an inherited key', { pausedFor: 'toString' }],
  ] as const)
    test(`with ${what} does not fit`, () => assert.not(isReply({ _tag: 'Status', status: { ...status, ...part } })))

  test('fits with every failure that a service may be met with', () => {
    const failure = { _tag: 'Api', failure: { _tag: 'Throttled', retryAfterMs: 7 }, scope: 'subaccount:S1' }
    assert.ok(
      isReply({ _tag: 'Status', status: { ...status, runFailure: failure, configFailure: { _tag: 'Defect', message: '' } } }),
    )
    assert.not(isReply({ _tag: 'Status', status: { ...status, runFailure: { ...failure, scope: 'nowhere' } } }))
  })
})
