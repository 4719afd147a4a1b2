// History: intents and outcomes put together, by run, scope and user; no more is kept than was asked for, and what is left out is counted.
import * as assert from 'uvu/assert'
import { collector, type HistoryAsk } from '../../../src/domain/journal/history.ts'
import type { JournalLine, RunLine } from '../../../src/domain/journal/journal.ts'
import type { Outcome } from '../../../src/domain/plan/plan.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { NOW } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const AT = new Date(NOW).toISOString()
const written = (run_id: string, username: string, scope: Scope = 'account', at = AT) =>
  ({ at, run_id, scope, username, change: 'update' }) as const
const intent = (...of: Parameters<typeof written>): JournalLine => ({
  ...written(...of),
  event: 'intent',
  cause: 'drift',
  plan_digest: '',
  config_digest: '',
  fields: [],
})
const outcome = (how: Outcome, ...of: Parameters<typeof written>): JournalLine => ({
  ...written(...of),
  event: 'outcome',
  outcome: how,
})
const run = (run_id: string, reason?: string): JournalLine => ({
  event: 'run',
  at: AT,
  run_id,
  trigger: 'apply',
  by: 'me',
  ...(reason === undefined ? {} : { reason }),
  config_digest: '',
  outcome: 'applied',
  duration_ms: 1,
  requests: 1,
  scopes: 1,
  seen: 1,
  changes: 1,
})
const decision = (what: string): JournalLine => ({ event: 'decision', at: AT, what, by: 'me', reason: 'r' })

const ask = (some: Partial<HistoryAsk> = {}): HistoryAsk => ({
  wanted: () => true,
  decisions: true,
  since: 0,
  limit: 100,
  ...some,
})
const words = (told: RunLine | undefined): ReadonlyArray<string> =>
  told === undefined ? [] : ['by', told.by ?? 'nobody', ...(told.reason === undefined ? [] : ['for', told.reason])]
/** How each entry is told, and how many there are before. */
const told = (lines: ReadonlyArray<JournalLine>, some: Partial<HistoryAsk> = {}): ReadonlyArray<string> => {
  const { take, history } = collector(ask(some))
  for (const line of lines) take(line)
  const { entries, older } = history()
  return [
    ...(older === 0 ? [] : [`${older} older`]),
    ...entries.map((entry) =>
      entry._tag === 'Decision'
        ? entry.decision.what
        : [entry.intent.run_id, entry.intent.username, entry.ended?.outcome ?? 'open', ...words(entry.run)].join(' '),
    ),
  ]
}

spec('history', (test) => {
  for (const [title, lines, expected] of [
    ['nothing', [], []],
    ['a change and how it ended', [intent('r1', 'a'), outcome('verified', 'r1', 'a')], ['r1 a verified']],
    ['a change without an end', [intent('r1', 'a')], ['r1 a open']],
    ['an end without a change', [outcome('verified', 'r1', 'a')], []],
    [
      'changes in flight together, each with its own end',
      [intent('r1', 'a'), intent('r1', 'b'), outcome('failed', 'r1', 'b'), outcome('verified', 'r1', 'a')],
      ['r1 a verified', 'r1 b failed'],
    ],
    ['the end of another user', [intent('r1', 'a'), outcome('verified', 'r1', 'b')], ['r1 a open']],
    ['the end of another scope', [intent('r1', 'a'), outcome('verified', 'r1', 'a', 'subaccount:B')], ['r1 a open']],
    ['the end of another run', [intent('r1', 'a'), outcome('verified', 'r2', 'a')], ['r1 a open']],
    [
      'an end that comes when another run has begun',
      [intent('r1', 'a'), intent('r2', 'b'), outcome('verified', 'r1', 'a')],
      ['r1 a open', 'r2 b open'],
    ],
    [
      'a second end, which counts for nothing',
      [intent('r1', 'a'), outcome('unknown', 'r1', 'a'), outcome('verified', 'r1', 'a')],
      ['r1 a unknown'],
    ],
    [
      'the same user twice in a run',
      [intent('r1', 'a'), outcome('unknown', 'r1', 'a'), intent('r1', 'a'), outcome('verified', 'r1', 'a')],
      ['r1 a unknown', 'r1 a verified'],
    ],
    [
      'what a person decided, between changes',
      [intent('r1', 'a'), decision('hold'), outcome('verified', 'r1', 'a')],
      ['r1 a verified', 'hold'],
    ],
    [
      'who ran it and why, which stands at the end of the run and is of no other',
      [
        intent('r1', 'a'),
        run('r1', 'x'),
        intent('r2', 'a'),
        decision('hold'),
        intent('r2', 'b'),
        run('r2'),
        run('r3', 'y'),
        intent('r4', 'a'),
      ],
      ['r1 a open by me for x', 'r2 a open by me', 'hold', 'r2 b open by me', 'r4 a open'],
    ],
  ] as const)
    test(`tells ${title}`, () => assert.equal(told(lines), expected))

  test('tells of whom and since when it was asked, and of decisions where it was', () => {
    const before = new Date(NOW - 1).toISOString()
    const lines = [intent('r0', 'a', 'account', before), decision('hold'), intent('r1', 'a'), intent('r1', 'b')]
    assert.equal(told(lines, { wanted: (name) => name === 'b' }), ['hold', 'r1 b open'])
    assert.equal(told(lines, { decisions: false, since: NOW }), ['r1 a open', 'r1 b open'])
    assert.equal(told(lines, { decisions: false, since: NOW - 1 }), ['r0 a open', 'r1 a open', 'r1 b open'])
  })

  test('keeps the newest, as many as were asked for, and counts the others', () => {
    const lines = Array.from({ length: 25 }, (_, at) => decision(String(at)))
    assert.equal(told(lines, { limit: 3 }), ['22 older', '22', '23', '24'])
    assert.equal(told(lines.slice(0, 5), { limit: 3 }), ['2 older', '2', '3', '4'])
    assert.equal(told(lines.slice(0, 3), { limit: 3 }), ['0', '1', '2'])
    assert.equal(told(lines.slice(0, 2), { limit: 3 }), ['0', '1'])
  })

  test('notes the end of a change that waited while others were kept', () => {
    const lines = [decision('x'), intent('r1', 'a'), decision('y'), decision('z'), outcome('verified', 'r1', 'a')]
    assert.equal(told(lines, { limit: 3 }), ['1 older', 'r1 a verified', 'y', 'z'])
  })
})
