// What a run came to beyond the tables of exit codes: what only waits, several scopes, some of the users, a run that ended before its report, and how
// many listed users are as the config says once its changes ended.
import * as assert from 'uvu/assert'
import type { Change, Ended, Held, HoldReason, Outcome, Plan, Report, ScopePlan, Waits } from '../../../src/domain/plan/plan.ts'
import {
  exitCodeOf,
  inSyncAfter,
  isSynced,
  planExitCode,
  reportOf,
  unfinishedOutcome,
  unseenCode,
} from '../../../src/domain/plan/report.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { change } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const TWO = 'printer@acme.example'

const held = (username: string, reason: HoldReason): Held => ({ ...change('update', username), reason, message: '' })
const ended = (one: Change, outcome: Outcome, waits?: Waits): Ended => ({
  ...one,
  outcome,
  ...(waits === undefined ? {} : { waits }),
})
const done = ended(change('update', ONE), 'verified')
const failed = ended(change('update', TWO), 'failed')

const scopeOf = (some: Partial<ScopePlan> = {}): ScopePlan => ({
  _tag: 'Planned',
  scope: 'account',
  digest: '',
  liveUsers: 3,
  inSync: 2,
  unlisted: [],
  ignored: 0,
  changes: [],
  held: [],
  findings: [],
  unobservable: [],
  ...some,
})
const planOf = (...scopes: Plan['scopes']): Plan => ({
  digest: 'sha256:0',
  config: { files: [], digest: '' },
  scopes,
  cost: { requests: 0, seconds: 0 },
})
const CALM = scopeOf({ scope: 'subaccount:A' })
const UNREACHABLE = { _tag: 'Errored', scope: 'subaccount:B', error: { kind: 'unreachable', message: '' } } as const

const reported = (plan: Plan, ends: ReadonlyArray<Ended> = [], some: { cutShort?: boolean; declined?: boolean } = {}): Report =>
  reportOf({
    runId: 'run',
    plan,
    ended: new Map<Scope, ReadonlyArray<Ended>>([['account', ends]]),
    pausedUntil: undefined,
    requests: 1,
    durationMs: 1,
    cutShort: false,
    declined: false,
    ...some,
  })
const saidOf = ({ exitCode, outcome }: Report) => [exitCode, outcome]

spec('what a run came to', (test) => {
  const rows: ReadonlyArray<readonly [title: string, ends: ReadonlyArray<Ended>, exitCode: number, outcome: Report['outcome']]> =
    [
      ['all that was due was made', [done], 0, 'applied'],
      ['some was made, some was not', [done, failed], 4, 'partial'],
      ['nothing was made', [failed], 4, 'failed'],
      [
        'a change was left to the run that follows at once',
        [ended(change('update', ONE), 'not_attempted', 'next run')],
        3,
        'stopped',
      ],
      ['a hold came during the run and kept a change', [ended(change('update', ONE), 'not_attempted', 'hold')], 3, 'stopped'],
      ['the rest was left to the next start', [ended(change('update', ONE), 'not_attempted', 'next start')], 4, 'failed'],
      [
        'a hold kept one change and another one was made',
        [done, ended(change('update', TWO), 'not_attempted', 'hold')],
        3,
        'partial',
      ],
      [
        'a hold kept one change and another one failed',
        [failed, ended(change('update', ONE), 'not_attempted', 'hold')],
        4,
        'failed',
      ],
    ]
  for (const [title, ends, exitCode, outcome] of rows)
    test(`${title}: ${exitCode}, ${outcome}`, () => {
      const changes = ends.map(({ username }) => change('update', username))
      assert.equal(saidOf(reported(planOf(scopeOf({ changes }), CALM), ends)), [exitCode, outcome])
    })

  test('a person who says no has stopped it, and is no failure', () =>
    assert.equal(saidOf(reported(planOf(scopeOf({ changes: [done] })), [], { declined: true })), [3, 'stopped']))

  test('what is only to be reported in one scope is owed, be the others in sync', () => {
    const owing = scopeOf({ held: [held(ONE, 'report_only')] })
    for (const plan of [planOf(owing, CALM), planOf(CALM, owing)]) assert.equal(saidOf(reported(plan)), [0, 'stopped'])
    assert.equal(saidOf(reported(planOf(CALM, scopeOf({ held: [held(ONE, 'awaiting_grace')] })))), [0, 'in_sync'])
    const both = scopeOf({ held: [held(ONE, 'awaiting_grace'), held(TWO, 'report_only')] })
    assert.equal(saidOf(reported(planOf(both))), [0, 'stopped'], 'beside what only waits for its time')
  })

  test('changes that are pending in one scope alone are pending', () => {
    const pending = scopeOf({ changes: [change('update', ONE)] })
    for (const plan of [planOf(pending, CALM), planOf(CALM, pending)])
      assert.equal([planExitCode(plan, true), planExitCode(plan, false)], [2, 0])
    const waiting = scopeOf({ held: [held(ONE, 'awaiting_grace'), held(TWO, 'capped')] })
    assert.is(planExitCode(planOf(CALM, waiting), true), 2, 'nor does what waits for its time hide what is held')
    assert.is(planExitCode(planOf(CALM), true), 0)
  })

  test('a scope that is left to the run that follows at once was stopped, and says nothing of the service', () => {
    const error = { kind: 'unreachable', message: '' } as const
    assert.is(unseenCode({ ...error, stopped: 'next run' }), 3)
    assert.is(unseenCode({ ...error, stopped: 'next start' }), 6)
    assert.is(unseenCode(error), 6)
  })
})

spec('what a run came to for some of its users', (test) => {
  const codeFor = (username: string, report: Report): number => exitCodeOf(report, (one) => one.username === username)

  test('is what came of their changes and what is held of them, whatever came of others', () => {
    const plan = planOf(scopeOf({ changes: [done, failed], held: [held('three', 'capped'), held('four', 'impossible')] }))
    const report = reported(plan, [done, failed])
    assert.equal(
      [ONE, TWO, 'three', 'four', 'nobody'].map((name) => codeFor(name, report)),
      [0, 4, 3, 4, 0],
    )
  })

  test('is that of the service where a scope has no plan or the key failed, which concerns everybody', () => {
    assert.is(codeFor('nobody', reported(planOf(CALM, UNREACHABLE))), 6)
    assert.is(codeFor('nobody', reported(planOf(CALM), [], { cutShort: true })), 6)
    assert.is(codeFor('nobody', reported(planOf(CALM))), 0)
  })
})

spec('a run that ended before its report', (test) => {
  const DEFECT = { _tag: 'Defect', message: '' } as const
  const WRONG_DIGEST = { _tag: 'WrongDigest', wanted: 'sha256:a', found: 'sha256:b' } as const
  const come = (...ends: ReadonlyArray<Ended>) => ({
    runId: 'run',
    plan: undefined,
    ended: new Map<Scope, ReadonlyArray<Ended>>([
      ['account', []],
      ['subaccount:A', ends],
    ]),
    requests: 1,
    durationMs: 1,
  })

  test('is partial where anything was made, whatever ended it', () => {
    for (const failure of [DEFECT, WRONG_DIGEST]) {
      assert.is(unfinishedOutcome({ failure, run: come(done) }), 'partial')
      assert.is(unfinishedOutcome({ failure, run: come(failed, done) }), 'partial')
    }
  })

  test('else it was stopped where the digest is not that of the plan, and failed for anything else', () => {
    assert.is(unfinishedOutcome({ failure: WRONG_DIGEST }), 'stopped')
    assert.is(unfinishedOutcome({ failure: DEFECT }), 'failed')
    assert.is(unfinishedOutcome({ failure: DEFECT, run: come() }), 'failed')
    assert.is(unfinishedOutcome({ failure: DEFECT, run: come(failed) }), 'failed')
    assert.is(unfinishedOutcome({ failure: WRONG_DIGEST, run: come(failed) }), 'stopped')
  })
})

spec('a scope once its changes ended', (test) => {
  test('is as the config says where all of them were made and nothing is held but what waits for its time', () => {
    const changes = [change('update', ONE), change('update', TWO)]
    const both = [done, ended(change('update', TWO), 'unobservable')]
    assert.ok(isSynced(scopeOf({ changes }), both))
    assert.ok(isSynced(scopeOf(), []))
    assert.ok(isSynced(scopeOf({ held: [held(ONE, 'awaiting_grace')] }), []))
    assert.not(isSynced(scopeOf({ changes }), [done, failed]))
    assert.not(isSynced(scopeOf({ changes }), [done]), 'one of them did not end')
    assert.not(isSynced(scopeOf({ changes }), []), 'none of them did')
    assert.not(isSynced(scopeOf({ held: [held(ONE, 'report_only')] }), []))
  })

  test('has as many listed users in sync as before and those that were made so', () => {
    const removal = ended(change('remove', 'three'), 'verified')
    const rows: ReadonlyArray<readonly [title: string, some: Partial<ScopePlan>, ends: ReadonlyArray<Ended>, inSync: number]> = [
      ['nothing was due', {}, [], 2],
      ['one was made so, one was not', {}, [done, failed], 3],
      ['two were made so', {}, [done, ended(change('create', TWO), 'verified')], 4],
      ['who was removed is listed no more', {}, [done, removal], 3],
      ['who is listed nowhere counts with none', { unlistedDue: [ONE] }, [done, ended(change('block', TWO), 'verified')], 3],
      ['of whom something else is held is not as the config says yet', { held: [held(ONE, 'contested')] }, [done], 2],
    ]
    for (const [title, some, ends, expected] of rows) assert.is(inSyncAfter(scopeOf(some), ends), expected, title)
  })
})
