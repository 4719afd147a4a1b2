// What a person decided, read back from the journal: as data, and from the lines of older versions by its words.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { readLine } from '../../src/adapters/journal/line.ts'
import type { HoldWhat } from '../../src/domain/decisions/hold.ts'
import { type Decision, decisionNote, decisionText } from '../../src/domain/memory/decision.ts'
import { HOUR, NOW } from '../support/build.ts'
import { spec } from '../support/spec.ts'

const line = (what: string, decision?: unknown): string =>
  JSON.stringify({ seq: 1, event: 'decision', at: '2026-11-23T09:00:00Z', what, by: 'root', reason: 'r', decision })

const told = (text: string): unknown => {
  const read = readLine(text)
  return read === undefined || read === 'other' || read.event !== 'decision' ? undefined : read.decision
}

const glob = fc.oneof(fc.constantFrom('to*', "o'brien@*", "' until x", ' ', '--all', "'"), fc.string({ minLength: 1 }))
const what: fc.Arbitrary<HoldWhat> = fc.oneof(
  fc.record({ _tag: fc.constantFrom('Users' as const, 'Stop' as const), glob }),
  fc.constantFrom<HoldWhat>({ _tag: 'All' }, { _tag: 'Removals' }, { _tag: 'Undo', run: 'run-1', users: ['a'] }),
)
const decision: fc.Arbitrary<Decision> = fc.oneof(
  fc.record({ _tag: fc.constant('Hold' as const), what, until: fc.constantFrom(NOW, NOW + HOUR) }),
  fc.record({ _tag: fc.constant('Release' as const), what, every: fc.constant(false) }),
  fc.record({ _tag: fc.constant('Release' as const), what: fc.constant(undefined), every: fc.boolean() }),
  fc.record({ _tag: fc.constant('Unprotect' as const), glob }),
  fc.constantFrom<Decision>(
    { _tag: 'Vouch', scope: 'subaccount:A' },
    { _tag: 'Approve', digest: 'sha256:0f', changes: [] },
    { _tag: 'Approve', digest: '0f0f0f0f0f0f', changes: ['x'] },
  ),
)

spec('a decision in the journal', (test) => {
  test('is read back as it was taken, also where the line has only its words', () =>
    fc.assert(
      fc.property(decision, (one) => {
        assert.equal(told(line(decisionText(one), decisionNote(one))), decisionNote(one))
        assert.equal(told(line(decisionText(one))), decisionNote(one))
      }),
    ))

  test('goes by its data, whatever the words say', () =>
    assert.equal(told(line('hold --all until 2026-01-06T13:00:00.000Z', { _tag: 'Release' })), { _tag: 'Release' }))

  for (const [title, data] of [
    ['of a kind that a later version knows', { _tag: 'Later' }],
    ['with a moment that is none', { _tag: 'Hold', what: { _tag: 'All' }, until: 'tomorrow' }],
    ['with a scope that is none', { _tag: 'Vouch', scope: 'nowhere' }],
    ['that is no record', 'release'],
  ] as const)
    test(`${title} is read by its words`, () =>
      assert.equal(told(line('release --all', data)), { _tag: 'Release', what: { _tag: 'All' } }))

  for (const words of [
    '',
    'hold --all',
    'hold  until x y',
    'hold --all until x',
    'hold --users until 2026-01-06T13:00:00.000Z',
    'hold --user until 2026-01-06T13:00:00.000Z',
    "hold --user ' until 2026-01-06T13:00:00.000Z",
    'do not hold --all until 2026-01-06T13:00:00.000Z',
    'released',
    'release --everything',
    'do release',
    'undo run-1',
    'undo run 1, its users on hold until 2026-01-06T13:00:00.000Z',
    'approve',
    'approve --live',
    'approve --live nowhere',
    'approve a b',
    'apply',
  ])
    test(`${JSON.stringify(words)} says nothing`, () => {
      assert.is(told(line(words)), undefined)
      assert.not.equal(readLine(line(words)), undefined)
    })
})

spec('a line of the journal with a date that is none', (test) => {
  const at = '2026-11-23T09:00:00.000Z'
  const waiver = (until: string) => ({ rule: 'r', username: 'u', until, reason: 'trip' })
  const config = { at, digest: 'd', files: [], scopes: [], mode: 'enforce', schedule: null, timezone: 'UTC', rules: [] }
  const run = { at, run_id: 'r', trigger: 'start', config_digest: 'd', outcome: 'in_sync', duration_ms: 1 }
  const counts = { requests: 1, scopes: 1, seen: 1, changes: 0 }
  const isRead = (line: object): boolean => readLine(JSON.stringify(line)) !== undefined

  for (const [title, lineAt] of [
    ['of a decision', (date: string) => ({ event: 'decision', at: date, what: 'apply', by: 'root', reason: 'r' })],
    ['of a run', (date: string) => ({ ...run, ...counts, event: 'run', at: date })],
    ['of a look', (date: string) => ({ ...run, ...counts, event: 'run', looked_at: date })],
    ['of a config', (date: string) => ({ ...config, event: 'config', at: date, waivers: [] })],
    ['of a waiver', (date: string) => ({ ...config, event: 'config', waivers: [waiver(date)] })],
  ] as const)
    test(`${title} cannot be read`, () => {
      for (const date of [at, '2026-11-23T09:00:00Z', '2024-02-29T23:59:59.999Z']) assert.ok(isRead(lineAt(date)), date)
      for (const date of ['', 'now', '2026-13-01T00:00:00.000Z', '2026-02-30T00:00:00.000Z', '2026-11-23', '1'])
        assert.not.ok(isRead(lineAt(date)), date)
    })
})
