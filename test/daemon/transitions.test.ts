// What is news: each story is a row of runs, with what is told after each.
import * as assert from 'uvu/assert'
import { type News, nothingTold, watched } from '../../src/daemon/transitions.ts'
import type { Failure } from '../../src/domain/basics/failure.ts'
import type { Finding, Report, ResolvedFinding } from '../../src/domain/plan/plan.ts'
import type { RunEvent } from '../../src/domain/run/event.ts'
import { heldBack, report, tried } from '../support/reports.ts'
import { spec } from '../support/spec.ts'

const AT = '2026-01-01T00:00:00.000Z'
const BROKEN: Failure = {
  _tag: 'ConfigInvalid',
  problems: [
    { file: 'config.yaml', line: 3, column: 5, path: 'users', message: 'not a list', hint: undefined, excerpt: 'CANARY' },
    { file: 'config.yaml', line: 4, column: 5, path: 'x', message: 'unknown', hint: undefined, excerpt: undefined },
  ],
}
const DOWN: Failure = { _tag: 'StateUnusable', path: '/s', message: 'disk full' }

const ran = (one: Report): RunEvent => ({ _tag: 'RunEnded', report: one })
const failed: RunEvent = { _tag: 'RunFailed', runId: 'r', failure: DOWN }
const taken: RunEvent = { _tag: 'ConfigTaken', files: ['config.yaml'], digest: 'sha256:c', scopes: ['account'] }
const without: RunEvent = { ...taken, digest: 'sha256:d', scopes: [] }
const broken: RunEvent = { _tag: 'ConfigBroken', failure: BROKEN, lastGood: true }
const mended: RunEvent = { _tag: 'ConfigMended' }

const unseen = (one: Report): Report => ({
  ...one,
  plan: {
    ...one.plan,
    scopes: one.plan.scopes.map((scope) =>
      scope._tag === 'Errored' ? { ...scope, error: { ...scope.error, stopped: 'next start' as const } } : scope,
    ),
  },
})

const told = (events: ReadonlyArray<RunEvent>): ReadonlyArray<News | undefined> => {
  let watch = nothingTold
  return events.map((event) => {
    const step = watched(watch, event, AT)
    watch = step.watch
    return step.news
  })
}
const shown = (news: News | undefined): string =>
  news === undefined ? '-' : news.transitions.map(({ kind, users }) => [kind, ...users].join(' ')).join(', ')

spec('news', (test) => {
  const calm = ran(report())
  const drifted = ran(report({ ended: [tried('a')] }))
  const stuck = ran(report({ ended: [tried('a', 'not_converged')] }))
  const waits = ran(report({ held: [heldBack('a')] }))
  const waitsToo = ran(report({ held: [heldBack('a'), heldBack('b')] }))
  const capped = ran(report({ held: [heldBack('a', 'capped'), heldBack('b', 'capped')] }))
  const c = heldBack('c', 'protected')
  const capsAndWaits = ran(report({ held: [heldBack('a', 'capped'), heldBack('b', 'capped'), c] }))
  const waitsAfter = ran(report({ ended: [tried('a', 'verified', 'config')], held: [c] }))
  const allWait = ran(report({ held: [heldBack('a'), c] }))
  const stuckAndWaits = ran(report({ ended: [tried('a', 'not_converged')], held: [c] }))
  const putBack = ran(report({ ended: [tried('a')], held: [c] }))
  const heldDrift = ran(report({ held: [heldBack('a', 'observe_mode', 'drift')] }))
  const grace = ran(report({ held: [heldBack('a', 'awaiting_grace')] }))
  const away = ran(report({ error: 'unreachable' }))
  const doubted = ran(report({ error: 'suspicious_answer' }))
  const configured = ran(report({ ended: [tried('a', 'verified', 'config')] }))
  const stopped = ran(unseen(report({ error: 'unreachable' })))
  const left = ran(report({ ended: [{ ...tried('a', 'not_attempted', 'config'), waits: 'next start' }] }))
  const leftOfA = ran(report({ ended: [{ ...tried('a', 'not_attempted', 'config'), waits: 'next run' }] }))
  const rows: ReadonlyArray<readonly [title: string, events: ReadonlyArray<RunEvent>, news: ReadonlyArray<string>]> = [
    ['calm is none', [taken, calm, taken, calm], ['-', '-', '-', '-']],
    ['what the config asked for is none', [configured, calm], ['-', '-']],
    ['drift that is put back', [calm, drifted, calm], ['-', 'drift_found a, repaired a', '-']],
    ['drift that comes again', [drifted, drifted], ['drift_found a, repaired a', 'drift_found a, repaired a']],
    [
      'drift that stays is told once',
      [stuck, stuck, drifted, calm],
      ['drift_found a, failed a', '-', 'repaired a, recovered', '-'],
    ],
    ['drift that is only reported', [heldDrift, heldDrift, calm], ['drift_found a, held a', '-', 'recovered']],
    ['what is held is told once, and when it is over', [waits, waits, calm], ['held a', '-', 'recovered']],
    ['more that is held', [waits, waitsToo, waitsToo], ['held a', 'held b', '-']],
    ['a cap', [capped, capped, calm], ['guard_tripped a b', '-', 'recovered']],
    [
      'some of several are over while others wait',
      [capsAndWaits, waitsAfter, waitsAfter, calm],
      ['guard_tripped a b, held c', 'recovered a b', '-', 'recovered'],
    ],
    [
      'who is put back is told by that alone, while others wait',
      [stuckAndWaits, putBack],
      ['drift_found a, held c, failed a', 'repaired a'],
    ],
    ['who is held for another reason is not over', [capsAndWaits, allWait], ['guard_tripped a b, held c', 'held a, recovered b']],
    [
      'a trouble is over though the run that looked left something to the next one',
      [away, left, calm],
      ['unreachable', 'recovered', '-'],
    ],
    ['what is left to the next one is still held', [waits, leftOfA, calm], ['held a', '-', 'recovered']],
    ['grace passes in silence', [grace, calm], ['-', '-']],
    ['a service that is away and back', [calm, away, away, calm], ['-', 'unreachable', '-', 'recovered']],
    ['what was held is not told anew after a break', [waits, away, waits], ['held a', 'unreachable', 'recovered']],
    ['an answer that is not believed', [doubted, doubted, calm], ['guard_tripped', '-', 'recovered']],
    ['one trouble after another', [away, doubted, calm], ['unreachable', 'guard_tripped', 'recovered']],
    ['what was not looked at since the daemon was to end', [calm, stopped], ['-', '-']],
    ['nor is what was away back for that', [away, stopped, calm], ['unreachable', '-', 'recovered']],
    ['what was not done since the daemon was to end', [left], ['-']],
    [
      'a scope that was taken out of the config, and comes back as it was',
      [waits, without, taken, waits, calm],
      ['held a', '-', '-', 'held a', 'recovered'],
    ],
    ['a run that fails', [failed, failed, calm, calm], ['failed', '-', 'recovered', '-']],
    [
      'a broken config, told before its run',
      [broken, calm, broken, calm, taken, calm],
      ['config_broken', '-', '-', '-', 'config_good', '-'],
    ],
    [
      'a broken config that is mended, and taken later',
      [broken, mended, mended, taken, calm, broken],
      ['config_broken', 'config_good', '-', '-', '-', 'config_broken'],
    ],
  ]
  for (const [title, events, news] of rows) test(title, () => assert.equal(told(events).map(shown), news))

  test('of a key that has another writer it is not said that the config cannot be read', () => {
    const failure = { _tag: 'Locked', pid: 7, message: 'canary' } as const
    const news = told([{ _tag: 'ConfigBroken', failure, lastGood: true }, calm])
    assert.equal(
      news.flatMap((one) => one?.transitions ?? []).map(({ message }) => message),
      ['the key that the config names has another writer; nothing is written until it is mended, drift is only reported'],
    )
  })

  test('of what was put back says that it was read back only where it was', () => {
    const repairs = told([
      ran(report({ ended: [tried('a')] })),
      ran(report({ ended: [tried('a'), tried('b', 'unobservable')] })),
      ran(report({ ended: [tried('a', 'unobservable', 'retry')] })),
    ])
    assert.equal(
      repairs.map((news) => news?.transitions.find(({ kind }) => kind === 'repaired')?.message),
      [
        '1 user put back as the config says, and read back',
        '2 users put back as the config says; what was sent for 1 user cannot all be read back',
        undefined,
      ],
    )
  })

  const finding = (openSince: number | undefined): Finding => ({
    rule: 'limit',
    severity: 'high',
    username: 'a',
    message: 'no limit',
    ...(openSince === undefined ? {} : { openSince }),
  })
  const found = (findings: ReadonlyArray<Finding>, resolved: ReadonlyArray<ResolvedFinding>): RunEvent => {
    const one = report()
    const [scope] = one.plan.scopes
    const scopes = scope?._tag === 'Planned' ? [{ ...scope, findings, resolved }] : []
    return ran({ ...one, plan: { ...one.plan, scopes } })
  }

  test('of a finding are told when it appears and when it is gone, and not while it is open', () => {
    const gone = { rule: 'limit', severity: 'high', username: 'a', since: 1 } as const
    const news = told([found([finding(undefined)], []), found([finding(1)], []), found([], [gone]), calm])
    assert.equal(news.map(shown), ['finding_opened a', '-', 'finding_resolved a', '-'])
    assert.is(news[0]?.transitions[0]?.message, 'no limit')
  })

  test('of a finding are told again when it has become graver', () => {
    const graver: Finding = { ...finding(1), raisedFrom: 'low' }
    const news = told([found([finding(1)], []), found([graver], []), found([finding(1)], [])])
    assert.equal(news.map(shown), ['-', 'finding_raised a', '-'])
  })

  test('of findings of several rules say what each is', () => {
    const other: Finding = { ...finding(undefined), rule: 'hold-ended', message: 'the hold ended' }
    const [news] = told([found([finding(undefined), { ...other, username: 'b' }, { ...other, username: 'c' }], [])])
    assert.is(shown(news), 'finding_opened a, finding_opened b c')
    assert.equal(
      news?.transitions.map(({ message }) => message),
      ['no limit', 'the hold ended'],
    )
  })

  test('of two scopes are told apart', () => {
    const events = [ran(report({ error: 'unreachable' })), ran(report({ scope: 'subaccount:b', error: 'unreachable' }))]
    assert.equal(
      told(events).map((news) => news?.transitions.map(({ scope }) => scope)),
      [['account'], ['subaccount:b']],
    )
  })

  test('of a broken config say where, and show nothing of the file', () => {
    const [news] = told([broken, ran(report())])
    assert.is(
      news?.transitions[0]?.message,
      'config.yaml:3:5 users: not a list, and 1 more; nothing is written until it is mended, drift is only reported',
    )
  })

  test('of what is held say the command that releases it', () => {
    assert.match(told([waits])[0]?.transitions[0]?.message ?? '', /: approve sha256:0{64}$/)
  })
})
