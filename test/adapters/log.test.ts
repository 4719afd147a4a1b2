// The log as a real process writes it: one line an event, every line there when the process dies, no secret, no trick.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { harmless, logger, tellToLog } from '../../src/adapters/log.ts'
import { logWriter } from '../../src/adapters/log-writer.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
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

/** A writer to a place that takes so many more bytes each time it is asked to, and fails with a code where it takes none. */
const onto = (...rooms: ReadonlyArray<number | string>) => {
  let text = ''
  let at = 0
  const write = logWriter({
    write: (bytes) => {
      const room = rooms[at]
      at += 1
      if (typeof room === 'string') throw Object.assign(new Error('words'), { code: room })
      const taken = bytes.subarray(0, room)
      text += taken.toString()
      return taken.length
    },
    lossOf: (count) => `<${count}>\n`,
  })
  return { write, text: () => text }
}

spec('the writer of the log', (test) => {
  const lines = ['one\n', 'two\n', 'three\n', 'four\n', 'five\n']
  for (const [what, rooms, text] of [
    ['takes all', [], 'one\ntwo\nthree\nfour\nfive\n'],
    ['takes a line in pieces', [1, 2, 1], 'one\ntwo\nthree\nfour\nfive\n'],
    ['is busy for a while', ['EAGAIN', 2, 'EAGAIN', 'EAGAIN'], 'one\ntwo\nthree\nfour\nfive\n'],
    ['is full for a while', [4, 'ENOSPC', 'ENOSPC'], 'one\n<2>\nfour\nfive\n'],
    ['is full for good', ['ENOSPC', 'EIO', 'EBADF', 'EPIPE', 'EFBIG'], ''],
    ['is full again where it would say what was lost', [4, 'ENOSPC', 'ENOSPC', 'ENOSPC'], 'one\n<3>\nfive\n'],
    ['is full within a line, which is ended first', [4, 1, 'ENOSPC', 'ENOSPC', 'ENOSPC'], 'one\ntwo\n<2>\nfive\n'],
    ['is full within the line that says what was lost', [4, 'ENOSPC', 2, 'ENOSPC'], 'one\n<1>\nthree\nfour\nfive\n'],
  ] as const)
    test(`whose file ${what} never throws, tears no line, and says how many were lost`, () => {
      const file = onto(...rooms)
      for (const line of lines) file.write(line)
      assert.is(file.text(), text)
    })
})

/** A writer to a pipe of so many bytes, which takes whatever has room. */
const intoPipe = (size: number) => {
  let [text, room] = ['', size]
  const write = logWriter({
    write: (bytes) => {
      if (room === 0) throw Object.assign(new Error('words'), { code: 'EAGAIN' })
      const taken = bytes.subarray(0, room)
      room -= taken.length
      text += taken.toString()
      return taken.length
    },
    lossOf: (count) => `<${count}>\n`,
  })
  const read = (): void => {
    room = size
  }
  return { write, read, text: () => text }
}

const msOf = (work: () => void): number => {
  const begun = performance.now()
  work()
  return performance.now() - begun
}

spec('the writer of the log, into a pipe that nobody reads,', (test) => {
  test('waits a moment for the first line, and not at all for those after it', () => {
    const { write } = intoPipe(0)
    assert.ok(msOf(() => write('one\n')) >= 100, 'a reader who is slow is waited for')
    const further = msOf(() => {
      for (let times = 0; times < 1000; times += 1) write('more\n')
    })
    assert.ok(further < 1000, `${further} ms`)
  })

  test('waits again once a line got through', () => {
    const { write, read } = intoPipe(8)
    for (const line of ['one\n', 'two\n', 'three\n']) write(line)
    read()
    write('4\n')
    assert.ok(msOf(() => write('five\n')) >= 100)
  })

  test('goes on within the line that it was cut off in, and with the next one after it', () => {
    const { write, read, text } = intoPipe(10)
    for (const line of ['one\n', 'a longer line\n', 'three\n', 'four\n']) write(line)
    assert.is(text(), 'one\na long')
    read()
    write('5\n')
    assert.is(text(), 'one\na longer line\n<2')
    read()
    write('6\n')
    assert.is(text(), 'one\na longer line\n<2>\n5\n6\n')
  })
})

spec('a bug in what an event is told by', (test) => {
  test('fails no run: the log tells it, with its place and without its words, and goes on', () => {
    const dir = mkdtempSync(join(tmpdir(), 'log-'))
    const file = openSync(join(dir, 'log'), 'a')
    try {
      const tell = tellToLog(() => logger({ level: 'info', format: 'json', destination: file }))
      const fail = (): never => {
        throw new TypeError(CANARY)
      }
      const untold: RunEvent = {
        _tag: 'Notice',
        level: 'info',
        get message() {
          return fail()
        },
      }
      tell(untold)
      harmless(fail, tell)({ _tag: 'Notice', level: 'info', message: 'of a reader beside the log' })
      tell({ _tag: 'Notice', level: 'info', message: 'on it goes' })
      const lines = readFileSync(join(dir, 'log'), 'utf8').trimEnd().split('\n')
      assert.is(lines.length, 3)
      for (const line of lines.slice(0, 2)) {
        assert.match(JSON.parse(line).text, /^this is a bug in smtp2go-reconciler; please report it: TypeError\n {4}at /)
        assert.not.ok(line.includes(CANARY))
      }
      assert.is(JSON.parse(lines[2] ?? '').text, 'on it goes')
    } finally {
      closeSync(file)
      rmSync(dir, { recursive: true })
    }
  })
})
