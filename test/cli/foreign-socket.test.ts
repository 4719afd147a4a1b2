// Who answers at a socket may be anybody: whatever is said there reaches a terminal as words, and never as what a terminal obeys (C5).
import { createServer } from 'node:http'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bench, withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

// To the clipboard, to the title, back over the line, and out of sight.
const EVIL = 'a\u001b]52;c;ZXZpbA==\u0007b\u009b2Jc\rd\u202ee\u001b[8mf'
const AT = '2026-01-05T12:00:00.000Z'
const WHEN = `${AT}\u001b[2J`

const STATUS = {
  webhooks: [{ name: EVIL, format: EVIL, waiting: 1, delivered: 0, failed: 1, lastFailure: EVIL }],
  httpFault: EVIL,
  http: EVIL,
  holds: [{ what: { _tag: 'Undo', run: EVIL, users: [] }, since: 1, until: 2e15, reason: EVIL, by: EVIL }],
  endedHolds: [{ what: { _tag: 'Users', glob: EVIL }, since: 1, until: 2, reason: EVIL, by: EVIL }],
  startedAt: AT,
  running: false,
  wokenBy: EVIL,
  runs: 1,
  completed: 1,
  lastRun: { at: AT, by: EVIL, outcome: 'applied', exitCode: 0 },
  runFailure: { _tag: 'Defect', message: EVIL },
  config: { digest: EVIL, files: [EVIL], since: AT },
  throttledUntil: '+275760-09-13T00:00:00.000Z',
  scopes: [
    {
      scope: 'account',
      managed: 1,
      unlisted: 0,
      knownSince: AT,
      liveUsers: 1,
      left: 0,
      inSync: 0,
      changes: 0,
      lookedAt: WHEN,
      drift: [{ username: EVIL, fields: [EVIL] }],
      driftSince: AT,
      held: [
        {
          username: EVIL,
          change: EVIL,
          reason: EVIL,
          message: EVIL,
          fields: [{ field: EVIL, from: EVIL, to: EVIL }],
          note: EVIL,
        },
      ],
      findings: [{ username: EVIL, rule: EVIL, severity: EVIL, message: EVIL, openSince: AT }],
      resolved: [{ username: EVIL, rule: EVIL, severity: EVIL, openSince: AT, resolvedAt: AT }],
      missed: [{ username: EVIL, change: EVIL, outcome: EVIL, error: EVIL }],
      error: { kind: 'ill_formed', message: EVIL, command: { purpose: EVIL, line: EVIL } },
    },
  ],
  recentRuns: [],
  recentChanges: [],
}

const ENDED = { _tag: 'Ended', exitCode: 0, text: `${EVIL}\n${EVIL}\n`, trouble: `${EVIL}\n`, document: { [EVIL]: EVIL } }
const REPLIES: { readonly [question: string]: ReadonlyArray<unknown> } = {
  Status: [{ _tag: 'Status', status: STATUS }, ENDED, { _tag: 'Unanswered', message: EVIL }],
  Reconcile: [{ _tag: 'Done', message: EVIL }, ENDED],
  Decide: [{ _tag: 'Refused', message: EVIL }],
  Approve: [{ _tag: 'Misused', message: EVIL }],
  Matching: [{ _tag: 'Matching', users: [EVIL] }],
  Stop: [ENDED],
  PlanUndo: [{ _tag: 'UndoPlan', run: EVIL, digest: EVIL, due: 1, text: `${EVIL}\n` }],
  Undo: [ENDED],
}

/** Somebody who answers every question at this path by the nth reply there is. */
const withSocket = async (path: string, nth: number, body: () => Promise<void>): Promise<void> => {
  const server = createServer((asked, answer) => {
    let text = ''
    asked.setEncoding('utf8').on('data', (piece) => {
      text += String(piece)
    })
    asked.on('end', () => {
      const replies = REPLIES[JSON.parse(text)._tag] ?? []
      answer.end(JSON.stringify(replies[Math.min(nth, replies.length - 1)]))
    })
  })
  await new Promise<void>((listening) => server.listen(path, listening))
  try {
    await body()
  } finally {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
}

const isShownPlainly = (text: string): boolean => !/[^\n\P{C}]/u.test(text)

const COMMANDS: ReadonlyArray<ReadonlyArray<string>> = [
  ['status'],
  ['reconcile'],
  ['doctor'],
  ['hold', '--all', '--until', '1h', '--reason', 'r'],
  ['approve', '0123456789abcdef'.repeat(4)],
  ['block', '--match', '*', '--yes', '--reason', 'r'],
  ['undo', '2026', '--yes'],
]

spec('C5: what somebody says at a socket', (test) => {
  for (const nth of [0, 1, 2])
    test(`is words to a terminal, whatever it is (${nth})`, () =>
      withBench({ account: { results: [] } }, async (bench: Bench) => {
        await bench.config('users: []\n')
        const path = join(bench.dir, 'x.sock')
        await withSocket(path, nth, async () => {
          for (const command of COMMANDS)
            for (const format of ['text', 'json']) {
              const { out, err } = await bench.run(...command, '--socket', path, '--format', format)
              for (const text of [out, err]) assert.ok(isShownPlainly(text), `${command.join(' ')}: ${JSON.stringify(text)}`)
              if (nth === 0) assert.match(out + err, /52;c;ZXZpbA==/, command.join(' '))
            }
        })
      }))
})
