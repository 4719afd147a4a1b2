// The log as a real process writes it: one line an event, every line there when the process dies, no secret, no trick.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const CANARY = newPassword()

const written = (format: string): string => {
  const { stderr, stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'log-writer.ts'), format, CANARY],
    { encoding: 'utf8' },
  )
  assert.is(stdout, '')
  return stderr
}

const problem = 'config.yaml:3:5 users[0].x: unknown key (remove it)'
const user = 'evil\\u{1b}[2J\\u{202e}\\n@acme.example'
const fields = `status blocked -> allowed, email_password (sensitive) -> (sensitive), description (sensitive) -> ${'x'.repeat(60)}…`
const created = `status allowed, email_password (sensitive), description ${'x'.repeat(60)}…`
const counts = '0 create, 0 update, 0 block, 0 remove, 0 held, 0 in sync, 0 findings'

spec('log', (test) => {
  test('pretty lines say it in words', () => {
    const lines = written('pretty')
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\[\d\d:\d\d:\d\d\] /, ''))
    assert.equal(lines, [
      'DEBUG: run r1 started by start',
      'DEBUG: config taken from config.yaml',
      `ERROR: the config cannot be used, nothing is written, drift is watched for against the last good one: ${Array(5).fill(problem).join(' | ')} | and 2 more, see: validate`,
      `DEBUG: plan made: ${counts}`,
      `INFO: account: update ${user} (drift) verified; ${fields} [1/2]`,
      `WARN: account: create ${user} (drift) failed: refused; ${created} [2/2]`,
      `ERROR: run r1 ended: partial; ${counts}, 3 requests, 1.2 s; subaccount:b: unreachable: no way\\u{9b}`,
      'ERROR: run r1 failed: pid 7 uses it',
      'ERROR: the run failed: pid 7 uses it',
      'WARN: the watcher is deaf',
      'ERROR: direct',
      'INFO: account: create two@acme.example (config) verified [1/1]',
    ])
  })

  test('JSON lines have constant messages and fields', () => {
    const lines = written('json').trimEnd().split('\n')
    const objects = lines.map((line) => JSON.parse(line))
    assert.equal(
      objects.map(({ level, msg }) => `${level} ${msg}`),
      [
        'debug run started',
        'debug config taken',
        'error config broken',
        'debug plan made',
        'info change ended',
        'warn change ended',
        'error run ended',
        'error run failed',
        'error run failed',
        'warn notice',
        'error direct',
        'info change ended',
      ],
    )
    const { run_id, scope, change, username, cause, outcome, fields: changed } = objects[4]
    assert.equal(
      { run_id, scope, change, username, cause, outcome, changed: changed[0] },
      {
        run_id: 'r1',
        scope: 'account',
        change: 'update',
        username: 'evil\u001b[2J\u202e\n@acme.example',
        cause: 'drift',
        outcome: 'verified',
        changed: { field: 'status', from: 'blocked', to: 'allowed' },
      },
    )
    assert.is(objects[5].error, 'refused')
    assert.equal([objects[7].run_id, 'run_id' in objects[8]], ['r1', false])
    const { err, error } = objects[10]
    assert.equal([err, error], [{ type: 'Error' }, { type: 'TypeError' }], 'of what was thrown only the name is told')
  })

  for (const format of ['pretty', 'json']) {
    test(`${format} lines hold no secret and nothing that plays tricks on a terminal`, () => {
      const text = written(format)
      assert.not.ok(text.includes(CANARY))
      assert.not.match(text.replaceAll('\n', ''), /[\p{C}\u2028\u2029]/u)
    })
  }
})
