// What a journal proves of a period: each story is a row of lines, with what follows from them.

import * as assert from 'uvu/assert'
import { evidenceOf } from '../../../src/domain/evidence/collect.ts'
import type { Evidence } from '../../../src/domain/evidence/document.ts'
import { gapsUnder } from '../../../src/domain/evidence/gap.ts'
import type { ConfigLine, JournalLine, RunLine, ScopeLine } from '../../../src/domain/journal/journal.ts'
import type { Outcome } from '../../../src/domain/plan/plan.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { spec } from '../../support/spec.ts'
import {
  at,
  BEGUN,
  CALENDAR,
  CONFIG,
  calm,
  decided,
  drift,
  evidence,
  failed,
  finding,
  iso,
  news,
  run,
  START,
  whole,
} from '../../support/testimony.ts'

const clock = (moment: string | null): string => moment?.slice(11, 19) ?? '-'
const driftLines = ({ drift: all }: Evidence): ReadonlyArray<string> =>
  all.map(
    (one) =>
      `${one.username} ${clock(one.last_right)} ${clock(one.first_wrong)} ${clock(one.until)} ${one.how} ${one.seconds ?? '-'} ${one.at_most_seconds ?? '-'} [${one.seq}]`,
  )
const gapLines = ({ gaps }: Evidence): ReadonlyArray<string> =>
  gaps.map((one) => `${one.scope} ${clock(one.from)} ${clock(one.until)} ${one.why}`)
const findingLines = ({ findings }: Evidence): ReadonlyArray<string> =>
  findings.map((one) => `${one.username} ${clock(one.since)} ${clock(one.until)}`)
const scopeLines = ({ scopes }: Evidence): ReadonlyArray<string> =>
  scopes.map(
    (one) => `${one.scope} ${one.state} since ${clock(one.in_sync_since)}, ${one.looks} looks, ${one.missed_looks} missed`,
  )

spec('evidence of drift', (test) => {
  const rows: ReadonlyArray<
    readonly [title: string, lines: ReadonlyArray<JournalLine>, until: number, drift: ReadonlyArray<string>]
  > = [
    [
      'found and put back in one run',
      [...BEGUN, run(1), news(2, { drift: drift('repaired') }), run(2)],
      2,
      ['u 00:15:00 00:30:01 00:30:02 repaired 1 902 [4]'],
    ],
    [
      'found, and put back two runs later',
      [
        ...BEGUN,
        news(1, { state: 'out_of_sync', drift: drift('new') }),
        run(1),
        run(2),
        news(3, { drift: drift('repaired') }),
        run(3),
      ],
      3,
      ['u 00:00:00 00:15:01 00:45:02 repaired 1801 2702 [3]'],
    ],
    [
      'that ended by itself',
      [...BEGUN, news(1, { state: 'out_of_sync', drift: drift('new') }), run(1), news(2, { drift: drift('over') }), run(2)],
      2,
      ['u 00:00:00 00:15:01 00:30:01 over 900 1801 [3]'],
    ],
    [
      'that is still there',
      [...BEGUN, news(1, { state: 'out_of_sync', drift: drift('new') }), run(1)],
      1,
      ['u 00:00:00 00:15:01 - open - - [3]'],
    ],
    [
      'that a new process finds again is the same',
      [
        ...BEGUN,
        news(1, { state: 'out_of_sync', drift: drift('new') }),
        run(1),
        news(2, { state: 'out_of_sync', drift: drift('new') }),
        whole(2),
      ],
      2,
      ['u 00:00:00 00:15:01 - open - - [3]'],
    ],
    [
      'that a whole statement does not tell of is over',
      [...BEGUN, news(1, { state: 'out_of_sync', drift: drift('new') }), run(1), whole(2)],
      2,
      ['u 00:00:00 00:15:01 00:30:01 over 900 1801 [3]'],
    ],
    [
      'of which a journal tells at its beginning was never seen right',
      [CONFIG, news(0, { drift: drift('repaired') }), whole(0)],
      1,
      ['u - 00:00:01 00:00:02 repaired 1 - [2]'],
    ],
    [
      'that was over before the period is none of it',
      [...BEGUN, news(1, { drift: drift('repaired') }), run(1), ...calm(2, 9)],
      9,
      [],
    ],
    [
      'of a user who had drifted before was last seen right after that, whoever ended it',
      [
        ...BEGUN,
        ...[1, 2].flatMap((quarter) => [news(quarter, { drift: drift('repaired') }), run(quarter)]),
        news(3, { state: 'out_of_sync', drift: drift('new') }),
        run(3),
        news(4, { drift: drift('over') }),
        run(4),
        news(5, { state: 'out_of_sync', drift: [...drift('new'), ...drift('new', 'other')] }),
        run(5),
      ],
      5,
      [
        'u 00:00:00 00:15:01 00:15:02 repaired 1 902 [3]',
        'u 00:15:02 00:30:01 00:30:02 repaired 1 900 [5]',
        'u 00:30:02 00:45:01 01:00:01 over 900 1799 [7]',
        'other 01:00:00 01:15:01 - open - - [11]',
        'u 01:00:01 01:15:01 - open - - [11]',
      ],
    ],
    [
      'of a scope that left the config had not ended when it did',
      [
        { ...CONFIG, scopes: ['account', 'subaccount:b'] },
        whole(0, 'account', 'subaccount:b'),
        news(1, { scope: 'subaccount:b', state: 'out_of_sync', drift: drift('new') }),
        run(1),
        { ...CONFIG, at: iso(2), digest: 'sha256:b' },
        whole(2),
      ],
      2,
      ['u 00:00:00 00:15:01 00:30:00 left 899 1800 [3]'],
    ],
  ]
  for (const [title, lines, until, expected] of rows)
    test(title, () => assert.equal(driftLines(evidence(lines, until, title.includes('before the period') ? 4 : 0)), expected))

  test('that a run over some users changed as the config says and read back is put back; by anything else it is not', () => {
    const written = { run_id: 'r2', scope: 'account', username: 'u', change: 'update' } as const
    const intent = {
      event: 'intent',
      at: iso(2),
      ...written,
      cause: 'drift',
      plan_digest: '',
      config_digest: '',
      fields: [{ field: 'open_tracking_enabled', from: true, to: false }],
    } as const
    const after = (some: object, outcome: Outcome): ReadonlyArray<string> =>
      driftLines(
        evidence(
          [
            ...BEGUN,
            news(1, { state: 'out_of_sync', drift: drift('new') }),
            run(1),
            { ...intent, ...some },
            { event: 'outcome', at: iso(2, 1500), ...written, outcome },
            run(2, { filtered: true }),
            run(3),
          ],
          3,
        ),
      )
    assert.equal(after({}, 'verified'), ['u 00:00:00 00:15:01 00:30:01 repaired 901 1802 [3]'])
    const open = ['u 00:00:00 00:15:01 - open - - [3]']
    assert.equal(after({}, 'not_converged'), open)
    assert.equal(after({ cause: 'undo' }, 'verified'), open)
    assert.equal(after({ cause: 'config', stop: true }, 'verified'), open)
    assert.equal(after({ fields: [] }, 'verified'), open)
  })

  const CHANGE = { run_id: 'r1', scope: 'account', username: 'u', change: 'update' } as const
  /** What a run sends, and what came of it. */
  const sent = (outcome: Outcome, some: object = {}): ReadonlyArray<JournalLine> => [
    {
      event: 'intent',
      at: iso(1, 1200),
      ...CHANGE,
      cause: 'drift',
      plan_digest: '',
      config_digest: '',
      fields: [
        { field: 'open_tracking_enabled', from: true, to: false },
        { field: 'description', from: 'same', to: 'same' },
        { field: 'email_password', from: '(sensitive)', to: '(sensitive)' },
      ],
      rules: ['tracking'],
      ...some,
    },
    { event: 'outcome', at: iso(1, 1800), ...CHANGE, outcome },
  ]

  test('that a run over some users found and put back is told as found by it, and breaks its rule; what was no drift is not', () => {
    const after = (outcome: Outcome, some: object = {}) =>
      evidence([...BEGUN, ...sent(outcome, some), run(1, { filtered: true }), run(2)], 2)
    const found = after('verified')
    assert.equal(driftLines(found), ['u 00:00:00 00:15:01 00:15:01 repaired 1 902 [3]'])
    assert.equal(found.drift[0]?.fields, ['open_tracking_enabled', 'email_password'])
    assert.equal([found.drift[0]?.until_seq, found.rules[0]?.broken, found.rules[0]?.kept_since], [4, 1, iso(1, 1800)])
    assert.equal(driftLines(after('unobservable')), ['u 00:00:00 00:15:01 00:15:01 sent 1 902 [3]'])
    const killed = evidence([...BEGUN, ...sent('verified'), run(2)], 2)
    assert.equal(driftLines(killed), driftLines(found), 'also by a run that was killed before it could tell')
    for (const none of [after('failed'), after('verified', { cause: 'config' }), after('verified', { cause: 'undo' })])
      assert.equal(driftLines(none), [])
  })

  test('that was put back and cannot be read back is told so, and is no repair of which the time is known', () => {
    const after = (outcome: Outcome) => evidence([...BEGUN, ...sent(outcome), news(1, { drift: drift('repaired') }), run(1)], 1)
    assert.equal(
      [after('unobservable'), after('verified')].map(({ drift: [one] }) => one?.how),
      ['sent', 'repaired'],
    )
    assert.is(after('unobservable').repair_seconds, null)
  })

  test('after a change that was read back was last seen right then', () =>
    assert.equal(
      driftLines(
        evidence(
          [
            ...BEGUN,
            ...sent('verified', { cause: 'config' }),
            run(1),
            news(2, { state: 'out_of_sync', drift: drift('new') }),
            run(2),
          ],
          2,
        ),
      ),
      ['u 00:15:01 00:30:01 - open - - [6]'],
    ))
})

spec('evidence of observation', (test) => {
  const away = news(1, { state: 'unreachable', message: 'no answer' })
  const rows: ReadonlyArray<
    readonly [
      title: string,
      lines: ReadonlyArray<JournalLine>,
      until: number,
      gaps: ReadonlyArray<string>,
      scopes: ReadonlyArray<string>,
    ]
  > = [
    [
      'every quarter of an hour has no gap',
      [...BEGUN, ...calm(1, 4)],
      4,
      [],
      ['account in_sync since 00:00:02, 5 looks, 0 missed'],
    ],
    ['with one look missing has none', [...BEGUN, run(2)], 2, [], ['account in_sync since 00:00:02, 2 looks, 0 missed']],
    [
      'with two missing has one, and what comes after it begins anew',
      [...BEGUN, run(3), run(4)],
      4,
      ['account 00:00:00 00:45:01 no_run'],
      ['account in_sync since 00:45:02, 3 looks, 0 missed'],
    ],
    [
      'that ended tells that nothing is known',
      [...BEGUN, run(1)],
      8,
      ['account 00:15:00 - no_run'],
      ['account unobserved since -, 2 looks, 0 missed'],
    ],
    [
      'of a scope that cannot be reached says why',
      [...BEGUN, away, ...calm(1, 3), news(4, {}), run(4)],
      4,
      ['account 00:00:00 01:00:01 unreachable'],
      ['account in_sync since 01:00:02, 2 looks, 3 missed'],
    ],
    [
      'that failed as a whole sees nothing',
      [...BEGUN, ...[1, 2, 3].map((quarter) => failed(quarter))],
      3,
      ['account 00:00:00 - no_run'],
      ['account unobserved since -, 1 looks, 3 missed'],
    ],
    [
      'of one scope says nothing of another',
      [CONFIG, whole(0, 'account', 'subaccount:b'), ...[1, 2, 3].map((quarter) => run(quarter, { only: ['account'] }))],
      3,
      ['subaccount:b 00:00:00 - no_run'],
      ['account in_sync since 00:00:02, 4 looks, 0 missed', 'subaccount:b unobserved since -, 1 looks, 0 missed'],
    ],
    [
      'of some users is none',
      [...BEGUN, ...[1, 2, 3].map((quarter) => run(quarter, { filtered: true }))],
      3,
      ['account 00:00:00 - no_run'],
      ['account unobserved since -, 1 looks, 0 missed'],
    ],
    [
      'of a scope that left the config ends there',
      [CONFIG, whole(0, 'account', 'subaccount:b'), whole(1)],
      9,
      ['account 00:15:00 - no_run'],
      ['account unobserved since -, 2 looks, 0 missed', 'subaccount:b unobserved since -, 1 looks, 0 missed'],
    ],
    [
      'that is put right in a run is in sync from then on',
      [...BEGUN, news(1, { drift: drift('repaired') }), run(1)],
      1,
      [],
      ['account in_sync since 00:15:02, 2 looks, 0 missed'],
    ],
  ]
  for (const [title, lines, until, gaps, scopes] of rows)
    test(title, () => {
      const found = evidence(lines, until)
      assert.equal(gapLines(found), gaps)
      assert.equal(scopeLines(found), scopes)
    })

  const B: Scope = 'subaccount:b'
  const both: ReadonlyArray<Scope> = ['account', B]
  const schedule = (quarter: number, expression: string): ConfigLine => ({
    ...CONFIG,
    at: iso(quarter),
    digest: `sha256:${quarter}`,
    schedule: expression,
  })
  const unseen: Partial<ScopeLine> = { scope: B, state: 'unreachable', message: 'no answer' }

  test('has a gap by the schedule of the time in which nobody looked, not by that of the restart; and by all of them at once', () => {
    const [quarterly, daily] = [CONFIG.schedule ?? '', 'daily']
    const gaps = (first: string, second: string, quarter: number, next: number): ReadonlyArray<string> =>
      gapLines(evidence([schedule(0, first), whole(0), schedule(quarter, second), run(next)], next))
    const across = ['account 00:00:00 01:15:01 no_run']
    assert.equal(gaps(quarterly, daily, 5, 5), across)
    assert.equal(gaps(daily, quarterly, 5, 5), [])
    assert.equal(gaps(daily, quarterly, 1, 5), across)
    assert.equal(gaps(quarterly, quarterly, 2, 4), ['account 00:00:00 01:00:01 no_run'])
    assert.equal(gaps(quarterly, 'twice', 2, 4), ['account 00:00:00 01:00:01 no_run'])
  })

  test('of a scope that has left since is told as a gap where it had not been seen, whether it was asked or nothing ran', () => {
    const begun = [{ ...CONFIG, scopes: both }, whole(0, ...both)]
    const left = [{ ...CONFIG, at: iso(4), digest: 'sha256:b' }, whole(4)]
    assert.equal(gapLines(evidence([...begun, news(1, unseen), ...calm(1, 3), ...left], 4)), [
      'subaccount:b 00:00:00 01:00:00 unreachable',
    ])
    const stopped = evidence([...begun, ...left], 4)
    assert.equal(gapLines(stopped), ['account 00:00:00 01:00:01 no_run', 'subaccount:b 00:00:00 01:00:00 no_run'])
    assert.equal(
      stopped.gaps.map(({ how }) => how),
      ['over', 'left'],
    )
  })

  test('of a scope is told as the share of the period in which it stood in the config, and was seen', () => {
    const named = (quarter: number, scopes: ReadonlyArray<Scope>): ConfigLine => ({
      ...CONFIG,
      at: iso(quarter),
      digest: `sha256:${quarter}`,
      scopes,
    })
    const lines = [
      named(0, both),
      whole(0, ...both),
      named(1, ['account']),
      whole(1),
      ...calm(2, 8),
      named(9, both),
      whole(9, ...both),
    ]
    assert.equal(
      evidence([...lines, run(10)], 10).scopes.map((one) => [one.in_config, one.observed, one.gaps]),
      [
        [1, 1, 0],
        [0.2002, 0.2002, 0],
      ],
    )
  })

  test('of a scope that a config names is missing until somebody looks there; one that it names no more is left there, and found ones stay', () => {
    const account = (quarter: number): RunLine => run(quarter, { only: ['account'] })
    const never = [{ ...CONFIG, scopes: both }, account(0), account(1)]
    assert.equal(
      evidence(never, 1).scopes.map(({ scope, state }) => `${scope} ${state}`),
      ['account unobserved', 'subaccount:b unobserved'],
    )
    const told = [{ ...CONFIG, scopes: both }, whole(0, ...both), account(1)]
    const [rule] = evidence(told, 1).rules
    assert.equal(
      rule?.scopes.map(({ scope }) => scope),
      both,
    )
    const less = [...told, { ...CONFIG, at: iso(2), digest: 'sha256:b' }, account(2)]
    assert.equal(
      evidence(less, 9).scopes.map(({ scope, left_at, left_seq }) => [scope, clock(left_at), left_seq]),
      [
        ['account', '-', null],
        [B, '00:30:00', 4],
      ],
    )
    const all: ReadonlyArray<Scope> = ['account', 'subaccount:*']
    const found = [{ ...CONFIG, scopes: all }, whole(0, ...all, 'subaccount:b')]
    const again = { ...CONFIG, scopes: all, at: iso(1), digest: 'sha256:b' }
    for (const later of [again, { ...again, scopes: [...all, 'subaccount:c' as const] }])
      assert.ok(evidence([...found, later], 1).scopes.some(({ scope }) => scope === 'subaccount:b'))
  })

  test('before the journal begins is a gap', () =>
    assert.equal(gapLines(evidence([...BEGUN, ...calm(1, 4)], 4, -8)), ['account 22:00:00 00:00:01 no_run']))

  test('counts gaps only within the period', () => {
    const [scope] = evidence([...BEGUN, ...calm(20, 24)], 24, 10).scopes
    assert.equal([scope?.gap_seconds, scope?.gaps], [9001, 1])
  })
})

spec('evidence of rules and people', (test) => {
  test('a finding is open from when it was found until it is seen to be over, whoever repeats it', () => {
    const lines = [
      ...BEGUN,
      news(1, { findings: finding('new') }),
      run(1),
      news(2, { findings: finding('still') }),
      whole(2),
      news(3, { findings: finding('over') }),
      run(3),
    ]
    assert.equal(findingLines(evidence(lines, 3)), ['u 00:15:01 00:45:01'])
    assert.equal(findingLines(evidence(lines.slice(0, 6), 2)), ['u 00:15:01 -'])
  })

  test('a rule is kept since the last finding, deviation or gap, and not while a finding is open', () => {
    const kept = (lines: ReadonlyArray<JournalLine>, until: number): string => {
      const [rule] = evidence([...BEGUN, ...lines], until).rules
      return `${clock(rule?.kept_since ?? null)} ${rule?.findings_open} ${rule?.broken}`
    }
    assert.is(kept([run(1)], 1), '00:00:01 0 0')
    assert.is(kept([news(1, { findings: finding('new') }), run(1)], 1), '- 1 1')
    assert.is(
      kept([news(1, { findings: finding('new') }), run(1), news(2, { findings: finding('over') }), run(2)], 2),
      '00:30:01 0 1',
    )
    assert.is(kept([news(1, { drift: drift('repaired') }), run(1)], 1), '00:15:02 0 1')
    assert.is(kept([run(5)], 5), '01:15:01 0 0')
    assert.is(kept([run(1)], 9), '- 0 0')
  })

  test('a rule is not kept while what it sets is held, and kept again when that is over or that field is right; a user counts once', () => {
    const held = (state: 'new' | 'still' | 'over', some: object = { rules: ['tracking'] }): NonNullable<ScopeLine['held']> => [
      { username: 'u', change: 'update', reason: 'capped', fields: ['open_tracking_enabled', 'description'], state, ...some },
    ]
    const steps: ReadonlyArray<Partial<ScopeLine>> = [
      { held: held('new'), drift: drift('new') },
      { held: held('new', { fields: ['description'] }), drift: drift('repaired') },
      { held: held('new') },
      { held: held('over') },
    ]
    const kept = (count: number): string => {
      const found = evidence(
        [...BEGUN, ...steps.slice(0, count).flatMap((some, index) => [news(index + 1, some), run(index + 1)])],
        count,
      )
      const [rule] = found.rules
      return `${clock(rule?.kept_since ?? null)} ${rule?.findings_open} ${rule?.broken}, ${found.held[0]?.fields.join(' ')}`
    }
    const both = 'open_tracking_enabled description'
    assert.equal([1, 2, 3, 4].map(kept), [`- 1 1, ${both}`, `00:30:02 0 1, ${both}`, `- 1 1, ${both}`, `01:00:02 0 1, ${both}`])
  })

  test('a rule that says something else is another rule from then on', () => {
    const stricter = {
      ...CONFIG,
      at: iso(2),
      digest: 'sha256:b',
      rules: CONFIG.rules.map((rule) => ({ ...rule, otherwise: 'block' as const })),
    }
    const found = evidence([...BEGUN, run(1), stricter, whole(2)], 2)
    assert.is(clock(found.rules[0]?.kept_since ?? null), '00:30:00')
    assert.equal(
      found.configs.map((one) => `${one.digest} ${clock(one.from)} ${clock(one.until)} [${one.seq}]`),
      ['sha256:a 00:00:00 00:30:00 [1]', 'sha256:b 00:30:00 - [4]'],
    )
  })

  test('a config that a new process tells again is the same one', () =>
    assert.is(evidence([...BEGUN, { ...CONFIG, at: iso(1) }, whole(1)], 1).configs.length, 1))

  test('each statement names the line with which it began and the one with which it ended', () => {
    const held = (state: 'new' | 'over'): NonNullable<ScopeLine['held']> => [
      { username: 'u', change: 'block', reason: 'capped', fields: ['status'], state },
    ]
    const found = evidence(
      [
        ...BEGUN,
        decided(1, `hold --all until ${iso(99)}`),
        news(1, { drift: drift('new'), findings: finding('new'), held: held('new'), state: 'out_of_sync' }),
        run(1),
        decided(2, 'release'),
        news(2, { drift: drift('repaired'), findings: finding('over'), held: held('over') }),
        run(2),
        { ...CONFIG, at: iso(9), digest: 'sha256:b' },
        run(9),
      ],
      9,
    )
    const {
      drift: [drifted],
      findings: [one],
      held: [waiting],
      gaps,
      holds: [hold],
    } = found
    const lines = [drifted, one, waiting, gaps.at(-1), hold, ...found.configs, found.scopes[0]]
    assert.equal(
      lines.map((line) => (line === undefined || 'looks' in line ? [line?.in_sync_seq, line?.seq] : [line.seq, line.until_seq])),
      [
        [4, 7],
        [4, 7],
        [4, 7],
        [7, 10],
        [3, 6],
        [1, 9],
        [9, null],
        [10, 10],
      ],
    )
  })

  test('an exception breaks no rule; what was broken before or after it is a statement of its own', () => {
    const excepted = (state: 'new' | 'still'): NonNullable<ScopeLine['findings']> =>
      finding(state).map((one) => ({ ...one, severity: 'low', waived: true as const }))
    const steps: ReadonlyArray<NonNullable<ScopeLine['findings']>> = [excepted('new'), finding('still'), excepted('still')]
    const after = (count: number): Evidence =>
      evidence(
        [...BEGUN, ...steps.slice(0, count).flatMap((findings, index) => [news(index + 1, { findings }), run(index + 1)])],
        count,
      )
    const kept = ({ rules: [rule] }: Evidence) =>
      `${clock(rule?.kept_since ?? null)} ${rule?.findings_open} open ${rule?.waived} excepted, broken ${rule?.broken}`
    assert.equal(
      [1, 2, 3].map((count) => kept(after(count))),
      ['00:00:01 0 open 1 excepted, broken 0', '- 1 open 0 excepted, broken 1', '00:45:01 0 open 1 excepted, broken 1'],
    )
    assert.equal(
      after(3).findings.map(
        (one) => `${one.waived ? 'excepted' : 'broken'} ${clock(one.since)} ${clock(one.until)} [${one.seq} ${one.until_seq}]`,
      ),
      ['excepted 00:15:01 00:30:01 [3 5]', 'broken 00:30:01 00:45:01 [5 7]', 'excepted 00:45:01 - [7 null]'],
    )
  })

  test('holds end by release, by a new one of the same, or by themselves; what ended before is left out', () => {
    const holds = (lines: ReadonlyArray<JournalLine>, since = 0): ReadonlyArray<string> =>
      evidence([...BEGUN, ...lines], 40, since).holds.map((one) => `${one.what} ${clock(one.from)} ${clock(one.until)}`)
    const until = (quarter: number): string => `until ${iso(quarter)}`
    assert.equal(holds([decided(1, `hold --user 'a*' ${until(99)}`), decided(2, "release --user 'a*'")]), [
      "--user 'a*' 00:15:00 00:30:00",
    ])
    assert.equal(holds([decided(1, `hold --match 'a' ${until(99)}`), decided(2, 'release')]), ["--match 'a' 00:15:00 00:30:00"])
    assert.equal(holds([decided(1, `hold --all ${until(4)}`)]), ['--all 00:15:00 01:00:00'])
    assert.equal(holds([decided(1, `hold --all ${until(99)}`)]), ['--all 00:15:00 -'])
    assert.equal(holds([decided(1, `hold --all ${until(99)}`), decided(3, `hold --all ${until(50)}`)]), [
      '--all 00:15:00 00:45:00',
      '--all 00:45:00 -',
    ])
    const undone = decided(1, `undo r9, its users on hold ${until(99)}`)
    assert.equal(holds([undone, decided(2, 'release --undo r9')]), ['--undo r9 00:15:00 00:30:00'])
    assert.equal(holds([undone, decided(2, 'release --undo r8')]), ['--undo r9 00:15:00 -'])
    assert.equal(holds([decided(1, `hold --all ${until(4)}`)], 5), [])
    assert.equal(holds([decided(1, `hold --all ${until(99)}`), decided(2, "release --protected 'x'")]), ['--all 00:15:00 -'])
  })

  test('a waiver ends with its date or with the config', () => {
    const waived = (until: string) => ({ ...CONFIG, waivers: [{ rule: 'tracking', username: 'bulk', until, reason: 'ticket' }] })
    const ends = (lines: ReadonlyArray<JournalLine>): ReadonlyArray<string> =>
      evidence(lines, 8).waivers.map((one) => clock(one.until))
    assert.equal(ends([waived(iso(4))]), ['01:00:00'])
    assert.equal(ends([waived(iso(99))]), ['-'])
    assert.equal(ends([waived(iso(99)), { ...CONFIG, at: iso(2), digest: 'sha256:b' }]), ['00:30:00'])
  })

  test('a waiver with another reason is another one, and one that had ended when the config came never began', () => {
    const waived = (quarter: number, until: number, reason: string): ConfigLine => ({
      ...CONFIG,
      at: iso(quarter),
      digest: `sha256:${quarter}`,
      waivers: [{ rule: 'tracking', username: 'bulk', until: iso(until), reason }],
    })
    const all = evidence([waived(0, 99, 'one'), waived(1, 99, 'two'), waived(2, 99, 'two'), waived(5, 4, 'three')], 8).waivers
    assert.equal(
      all.map(({ reason, from, until }) => `${reason} ${clock(from)} ${clock(until)}`),
      ['one 00:00:00 00:15:00', 'two 00:15:00 01:15:00'],
    )
  })

  test('who approved, who ran, and what came of it', () => {
    const written = { at: iso(2), run_id: 'r2', scope: 'account', username: 'u', change: 'block' } as const
    const intent = {
      event: 'intent',
      ...written,
      cause: 'config',
      plan_digest: '',
      config_digest: '',
      fields: [],
      approved_by: 'ops',
      reason: 'because',
    } as const
    const found = evidence(
      [
        ...BEGUN,
        decided(1, 'approve sha256:d'),
        intent,
        { event: 'outcome', ...written, outcome: 'verified' },
        { ...intent, cause: 'undo' },
        run(2, { changes: 1 }),
        run(3, { trigger: 'apply', by: 'root', changes: 2 }),
      ],
      3,
    )
    assert.equal(
      found.decisions.map(({ what, by, changes, seq }) => [what, by, changes, seq]),
      [
        ['approve sha256:d', 'ops', 1, 3],
        ['apply', 'root', 2, 8],
      ],
    )
    assert.equal(
      found.approved.map(({ username, by, outcome, seq }) => [username, by, outcome, seq]),
      [
        ['u', 'ops', 'verified', 4],
        ['u', 'ops', null, 6],
      ],
    )
    assert.equal(found.changes, { tried: 2, verified: 1, unverified: 1, no_outcome: 1 })
  })

  test('lines after the period do not count, and an older journal without runs proves no observation', () => {
    assert.is(evidence([...BEGUN, news(3, { drift: drift('repaired') }), run(3)], 2).drift.length, 0)
    const old = evidence([decided(1, 'approve sha256:d')], 9)
    assert.equal([old.scopes, old.gaps, old.decisions.length], [[], [], 1])
  })

  test('the same lines give the same evidence', () => {
    const lines = [
      ...BEGUN,
      news(1, { drift: drift('repaired', 'b') }),
      run(1),
      news(2, { drift: drift('new', 'a'), findings: finding('new'), state: 'out_of_sync' }),
      run(2),
    ]
    assert.equal(evidence(lines, 3), evidence(lines, 3))
  })
})

spec('evidence in numbers', (test) => {
  const written = (quarter: number, username: string) =>
    ({ at: iso(quarter), run_id: `r${quarter}`, scope: 'account', username, change: 'update' }) as const
  const outcome = (quarter: number, username: string, ended: Outcome): JournalLine => ({
    event: 'outcome',
    ...written(quarter, username),
    outcome: ended,
  })
  const intent = (quarter: number, username: string, by?: string, reason?: string): JournalLine => ({
    event: 'intent',
    ...written(quarter, username),
    cause: 'config',
    plan_digest: '',
    config_digest: '',
    fields: [],
    ...(by === undefined ? {} : { approved_by: by }),
    ...(reason === undefined ? {} : { reason }),
  })

  test('runs are counted, those that failed and those under a broken config too; none before the period, none over some users', () => {
    const runs = (lines: ReadonlyArray<JournalLine>, since = 0) => evidence([...BEGUN, ...lines], 9, since).runs
    assert.equal(runs([]), { total: 1, failed: 0, frozen: 0, unfinished: 0 })
    assert.equal(runs([run(1), failed(2), run(3, { frozen: true }), run(4, { filtered: true })]), {
      total: 4,
      failed: 1,
      frozen: 1,
      unfinished: 0,
    })
    assert.equal(runs([failed(1), run(2, { frozen: true })], 3), { total: 0, failed: 0, frozen: 0, unfinished: 0 })
    const exactly = evidenceOf({ since: at(1, 2000), until: at(9) }, CALENDAR)
    for (const [seq, line] of [...BEGUN, run(1)].entries()) exactly.take(line, seq)
    assert.is(exactly.evidence().runs.total, 1, 'the moment at which it begins is a part of it')
  })

  test('changes are counted by whether they were read back; what was never sent is none', () => {
    const changes = (lines: ReadonlyArray<JournalLine>, since = 0) => evidence([...BEGUN, ...lines], 9, since).changes
    const all: ReadonlyArray<Outcome> = ['verified', 'unobservable', 'not_converged', 'failed', 'unknown', 'not_attempted']
    const lines = all.map((ended, index) => outcome(2, `u${index}`, ended))
    assert.equal(changes(lines), { tried: 5, verified: 1, unverified: 4, no_outcome: 0 })
    assert.equal(changes(lines, 3), { tried: 0, verified: 0, unverified: 0, no_outcome: 0 })
    assert.is(changes(lines, 2).tried, 5, 'the moment at which it begins is a part of it')
  })

  test('of which no outcome is written down they are told with their run; what is never sent, or ends late, is none of them', () => {
    const lines = [
      ...BEGUN,
      { ...intent(2, 'a'), trigger: 'apply', by: 'ops', reason: 'because' } as const,
      intent(2, 'b', 'root', 'theirs'),
      intent(2, 'c'),
      intent(2, 'd'),
      outcome(2, 'c', 'verified'),
      outcome(2, 'd', 'not_attempted'),
      intent(3, 'e'),
      run(3),
      intent(4, 'f', 'root', 'old'),
    ]
    const found = evidence(lines, 9)
    assert.equal(found.changes, { tried: 5, verified: 1, unverified: 4, no_outcome: 4 })
    assert.equal(
      found.no_outcome.map(({ run_id, trigger, by, username, seq }) => [run_id, trigger, by, username, seq]),
      [
        ['r2', 'apply', 'ops', 'a', 3],
        ['r2', null, null, 'b', 4],
        ['r3', null, null, 'e', 9],
        ['r4', null, null, 'f', 11],
      ],
    )
    assert.is(found.runs.unfinished, 2)
    assert.equal(found.decisions, [{ seq: 3, at: iso(2), what: 'apply', by: 'ops', reason: 'because', changes: 3 }])
    const owed = [...lines, outcome(3, 'e', 'verified'), outcome(10, 'f', 'verified')]
    assert.equal(
      evidence(owed, 9, 3).no_outcome.map(({ username }) => username),
      ['f'],
    )
    assert.equal(evidence([...lines, outcome(4, 'f', 'verified'), run(4)].slice(-3), 4, 4).no_outcome, [])
    const older = { ...intent(5, 'g', 'root', 'old'), trigger: 'apply' } as const
    const [decision] = evidence([...BEGUN, older], 9).decisions
    assert.equal([decision?.by, decision?.reason], ['root', 'old'])
  })

  test('the times of repairs are told by the one in the middle and the longest, and only those of repairs', () => {
    const mended = (...ends: ReadonlyArray<number>): ReadonlyArray<JournalLine> => {
      const users = ends.map((_, index) => `u${index}`)
      const begun = users.flatMap((username) => drift('new', username))
      const last = Math.max(...ends, 1)
      return [
        ...BEGUN,
        news(1, { state: 'out_of_sync', drift: begun }),
        run(1),
        ...Array.from({ length: last - 1 }, (_, index) => index + 2).flatMap((quarter) => {
          const over = users.filter((_, at) => ends[at] === quarter).flatMap((username) => drift('repaired', username))
          return [...(over.length === 0 ? [] : [news(quarter, { state: 'out_of_sync', drift: over })]), run(quarter)]
        }),
      ]
    }
    const times = (...ends: ReadonlyArray<number>) => evidence(mended(...ends), 9).repair_seconds
    assert.is(evidence(BEGUN, 1).repair_seconds, null)
    assert.equal(times(3), { median: 1801, longest: 1801 })
    assert.equal(times(4, 2), { median: 901, longest: 2701 })
    assert.equal(times(4, 2, 3), { median: 1801, longest: 2701 })
    const byItself = [
      ...BEGUN,
      news(1, { state: 'out_of_sync', drift: drift('new') }),
      run(1),
      news(2, { drift: drift('over') }),
      run(2),
    ]
    assert.is(evidence(byItself, 2).repair_seconds, null)
  })

  test('of a scope it is told how much of the period it was observed, and for how long not', () => {
    const seenFor = (lines: ReadonlyArray<JournalLine>, until: number, since = 0) => {
      const [scope] = evidence(lines, until, since).scopes
      return [scope?.observed, scope?.gap_seconds, scope?.gaps, scope?.drift]
    }
    assert.equal(seenFor([...BEGUN, ...calm(1, 4)], 4), [1, 0, 0, 0])
    assert.equal(seenFor([...BEGUN, ...calm(8, 9)], 9), [0.1113, 7201, 1, 0])
    assert.equal(seenFor([...BEGUN, ...calm(1, 4)], 4, -4), [0.5, 3601, 1, 0])
    assert.equal(seenFor([...BEGUN, news(1, { drift: drift('repaired') }), run(1)], 1), [1, 0, 0, 1])
    const none = evidenceOf({ since: at(0), until: at(0) }, CALENDAR)
    none.take(CONFIG, 1)
    none.take({ ...whole(0), at: iso(0), duration_ms: 0, looked_at: iso(0) }, 2)
    assert.is(none.evidence().scopes[0]?.observed, 0, 'a period without length')
  })

  test('statements stand in the order of their beginning, then of scope and name, the account first', () => {
    const both = [CONFIG, whole(0, 'account', 'subaccount:B')]
    const inB = (quarter: number, some: Partial<ScopeLine>): ScopeLine => ({ ...news(quarter, some), scope: 'subaccount:B' })
    const found = evidence(
      [
        ...both,
        inB(1, { findings: [...finding('new', 'z'), ...finding('new', 'a')] }),
        news(1, { findings: [...finding('new', 'y'), ...finding('new', 'b')] }),
        run(1),
        news(2, { findings: finding('new', 'a') }),
        run(2),
      ],
      2,
    )
    assert.equal(
      found.findings.map(({ scope, username }) => `${scope} ${username}`),
      ['account b', 'account y', 'subaccount:B a', 'subaccount:B z', 'account a'],
    )
    assert.equal(
      found.scopes.map(({ scope }) => scope),
      ['account', 'subaccount:B'],
    )
  })

  test('what is news of another run is none of this one', () => {
    const [lost] = [news(1, { findings: finding('new') })]
    assert.equal(findingLines(evidence([...BEGUN, lost, run(2)], 2)), [])
    assert.equal(findingLines(evidence([...BEGUN, lost, run(1)], 2)), ['u 00:15:01 -'])
  })

  test('a state of a scope lasts until the next look that shows another, clipped to the period', () => {
    const course = (lines: ReadonlyArray<JournalLine>, until: number, since = 0) =>
      (evidence(lines, until, since).course.get('account') ?? []).map(
        ({ is, from, to }) => `${is} ${clock(new Date(from).toISOString())} ${clock(new Date(to).toISOString())}`,
      )
    const lines = [
      ...BEGUN,
      run(1),
      news(2, { state: 'out_of_sync', drift: drift('new') }),
      run(2),
      news(3, { drift: drift('repaired') }),
      run(3),
    ]
    const whole = course(lines, 4)
    assert.is(whole.length, 3)
    assert.equal(
      whole.map((one) => one.split(' ')[0]),
      ['in_sync', 'out_of_sync', 'in_sync'],
    )
    assert.ok(whole.at(-1)?.endsWith('01:00:03'), whole.join())
    const part = course(lines, 4, 3)
    assert.ok(part[0]?.startsWith('out_of_sync 00:45:00'), part.join())
    assert.is(part.length, 2)
  })

  test('an approval is told once for who gave it and why, each with what it let through; to vouch for an answer lets nothing through', () => {
    const lines = [
      ...BEGUN,
      decided(1, 'approve sha256:a'),
      { ...decided(1, 'approve sha256:b'), by: 'root' } as const,
      { ...decided(1, 'approve sha256:c'), reason: 'other' } as const,
      decided(1, 'approve --live account'),
      intent(2, 'one', 'ops', 'because'),
      intent(2, 'two', 'root', 'because'),
      intent(2, 'three', 'ops', 'other'),
      intent(2, 'four', 'ops', 'unheard'),
      intent(2, 'five'),
      intent(2, 'six', 'ops'),
      { ...intent(2, 'seven', 'ops', 'other'), trigger: 'apply' } as const,
      { ...intent(2, 'eight', 'ops', 'other'), trigger: 'apply', approval: true } as const,
      outcome(2, 'two', 'failed'),
      outcome(2, 'five', 'verified'),
      run(2, { changes: 1 }),
      decided(3, 'approve sha256:d'),
      intent(4, 'one', 'ops', 'because'),
      outcome(4, 'one', 'verified'),
      outcome(2, 'one', 'verified'),
      run(4),
    ]
    const found = evidence(lines, 9)
    assert.equal(
      found.decisions.map(({ what, changes }) => `${what} ${changes}`),
      ['approve sha256:a 1', 'approve sha256:b 1', 'approve sha256:c 2', 'approve --live account 0', 'approve sha256:d 1'],
    )
    assert.equal(
      found.approved.map(({ username, by, reason, outcome: ended }) => `${username} ${by} ${reason} ${ended ?? '-'}`),
      [
        'one ops because -',
        'two root because failed',
        'three ops other -',
        'four ops unheard -',
        'six ops  -',
        'seven ops other -',
        'eight ops other -',
        'one ops because verified',
      ],
    )
    const later = evidence(lines, 9, 3)
    assert.equal([later.approved.length, later.decisions.length], [1, 1])
    assert.equal([evidence(lines, 9, 2).approved.length, evidence(lines, 9, 1).decisions.length], [8, 5])
  })

  test('what a person ran is a decision where it changed something, and what a daemon ran is none', () => {
    const ran = (some: Partial<RunLine>, since = 0) => evidence([...BEGUN, run(1, some)], 9, since).decisions
    assert.equal(ran({ by: 'root', trigger: 'apply', changes: 2 }), [
      { seq: 3, at: iso(1, 2000), what: 'apply', by: 'root', reason: '', changes: 2 },
    ])
    assert.equal(ran({ by: 'root', changes: 0 }), [])
    assert.equal(ran({ changes: 2 }), [])
    assert.equal(ran({ by: 'root', changes: 2 }, 2), [])
  })

  test('a hold whose end is no moment is none, and decisions about no hold end none', () => {
    const holds = (...what: ReadonlyArray<string>) =>
      evidence([...BEGUN, ...what.map((one, index) => decided(index + 1, one))], 9).holds.map(
        (one) => `${one.what} ${clock(one.until)}`,
      )
    assert.equal(holds('hold --all until tomorrow'), [])
    assert.equal(holds(`hold --all until ${iso(99)}`, 'approve sha256:a', 'approve --live account'), ['--all -'])
    const before = (quarter: number) => evidence([...BEGUN, decided(1, `hold --all until ${iso(4)}`)], 9, quarter).holds.length
    assert.equal([before(4), before(5)], [1, 0])
    const ends = (quarter: number, seq: number | null) =>
      assert.equal(
        evidence([...BEGUN, decided(1, `hold --all until ${iso(2)}`), decided(quarter, 'release')], 9).holds.map(
          (one) => one.until_seq,
        ),
        [seq],
      )
    ends(1, 4)
    ends(2, 4)
    ends(3, null)
  })

  test('waivers stand in the order of their beginning, with the line that ended them', () => {
    const waiver = (username: string, until: string) => ({ rule: 'tracking', username, until, reason: 'ticket' })
    const config = (quarter: number, ...waivers: ReturnType<typeof waiver>[]): ConfigLine => ({
      ...CONFIG,
      at: iso(quarter),
      digest: `sha256:${quarter}`,
      waivers,
    })
    const lines = [
      config(0, waiver('b', iso(99)), waiver('a', iso(2))),
      config(1, waiver('b', iso(99)), waiver('c', iso(99)), waiver('a', iso(2))),
      config(3, waiver('c', iso(99)), waiver('c', iso(50))),
    ]
    const waivers = (since = 0) =>
      evidence(lines, 9, since).waivers.map(
        (one) => `${one.username} ${clock(one.from)} ${clock(one.until)} [${one.seq} ${one.until_seq ?? '-'}]`,
      )
    assert.equal(waivers(), [
      'b 00:00:00 00:45:00 [1 3]',
      'a 00:00:00 00:30:00 [1 -]',
      'c 00:15:00 - [2 -]',
      'c 00:45:00 - [3 -]',
    ])
    assert.equal(waivers(3), ['b 00:00:00 00:45:00 [1 3]', 'c 00:15:00 - [2 -]', 'c 00:45:00 - [3 -]'])
    assert.equal(waivers(4), ['c 00:15:00 - [2 -]', 'c 00:45:00 - [3 -]'])
    const [first] = evidence(lines, 9).configs
    assert.equal([first?.scopes, first?.rules, first?.until_seq], [1, 1, 2])
    assert.equal(
      [0, 1, 2, 3, 4].map((since) => evidence(lines, 9, since).configs.length),
      [3, 3, 2, 2, 1],
    )
  })

  test('of a rule it is told what it sets or requires, in which words, and how each scope keeps it', () => {
    const [tracking] = CONFIG.rules
    if (tracking === undefined) throw new Error('a rule')
    const limit = {
      ...tracking,
      id: 'limit',
      sets: [],
      requires: ['custom_ratelimit'],
      otherwise: 'block',
      says: ['custom_ratelimit must be true'],
      match: { username: 'bulk@*' },
    } as const
    const lines = [
      { ...CONFIG, rules: [tracking, limit] },
      whole(0, 'account', 'subaccount:B'),
      news(1, { findings: finding('new') }),
      run(1),
    ]
    assert.equal(evidence(lines, 1).rules, [
      {
        seq: 1,
        rule: 'tracking',
        severity: 'high',
        fields: ['open_tracking_enabled'],
        says: [],
        match: { username: null, scope: null, status: null, profile: null },
        kind: 'set',
        otherwise: 'report',
        in_force_since: iso(0),
        kept_since: null,
        findings_open: 1,
        waived: 0,
        broken: 1,
        scopes: [
          { scope: 'account', kept_since: null, findings_open: 1, broken: 1 },
          { scope: 'subaccount:B', kept_since: iso(0, 1000), findings_open: 0, broken: 0 },
        ],
      },
      {
        seq: 1,
        rule: 'limit',
        severity: 'high',
        fields: ['custom_ratelimit'],
        says: ['custom_ratelimit must be true'],
        match: { username: 'bulk@*', scope: null, status: null, profile: null },
        kind: 'require',
        otherwise: 'block',
        in_force_since: iso(0),
        kept_since: iso(0, 1000),
        findings_open: 0,
        waived: 0,
        broken: 0,
        scopes: [
          { scope: 'account', kept_since: iso(0, 1000), findings_open: 0, broken: 0 },
          { scope: 'subaccount:B', kept_since: iso(0, 1000), findings_open: 0, broken: 0 },
        ],
      },
    ])
    const mended = [...lines, news(2, { findings: finding('over') }), run(2)]
    assert.is(evidence(mended, 2).rules[0]?.kept_since, iso(2, 1000), 'by the last of its scopes')
    assert.is(evidence([CONFIG], 1).rules[0]?.kept_since, null, 'nowhere to be kept')
  })

  test('a rule is kept where the scopes that it is for keep it, whatever is known of others', () => {
    const all: ReadonlyArray<Scope> = ['account', 'subaccount:*', 'subaccount:b']
    const scopesOf = (...scope: ReadonlyArray<string>): ReadonlyArray<string> => {
      const rules = CONFIG.rules.map((rule) => ({ ...rule, ...(scope[0] === undefined ? {} : { match: { scope: scope[0] } }) }))
      const refused = all.slice(1).map((one) => news(1, { scope: one, state: 'refused', message: 'closed' }))
      const [rule] = evidence([{ ...CONFIG, scopes: all, rules }, whole(0, ...all), ...refused, ...calm(1, 4)], 4).rules
      return [...(rule?.scopes ?? []).map((one) => one.scope), rule?.kept_since === null ? 'not kept' : 'kept']
    }
    assert.equal(scopesOf('account'), ['account', 'kept'])
    assert.equal(scopesOf('Acc*'), ['account', 'kept'])
    for (const everywhere of [[], ['*']]) assert.equal(scopesOf(...everywhere), [...all, 'not kept'])
    assert.equal(scopesOf('subaccount:?'), ['subaccount:*', 'subaccount:b', 'not kept'])
    assert.equal(scopesOf('subaccount:other'), ['subaccount:*', 'not kept'])
    assert.equal(scopesOf('nowhere'), ['not kept'])
  })
})

spec('how long a scope may go unseen', (test) => {
  const HOUR = 3_600_000
  const DAY = 24 * HOUR
  const gaps = (schedule: string | null, shortest: number, next: (after: Date) => Date | undefined = () => undefined) => {
    const calendar = { shortestGapMs: () => shortest, next: (_: string, __: string, after: Date) => next(after) }
    const isGap = gapsUnder(calendar, { schedule, timezone: 'UTC' })
    return (ms: number): boolean => isGap(START, START + ms)
  }
  const firing = (every: number) => (after: Date) => new Date((Math.floor(after.getTime() / every) + 1) * every)

  test('without a schedule two days and a minute', () => {
    const is = gaps(null, Number.NaN, firing(1))
    assert.equal([2 * DAY, 2 * DAY + 60_000, 2 * DAY + 60_001].map(is), [false, false, true])
  })

  test('with one two of its periods and a minute, or half a period where that is less', () => {
    const hourly = gaps('0 * * * *', HOUR, firing(HOUR))
    assert.equal([2 * HOUR, 2 * HOUR + 60_000, 2 * HOUR + 60_001].map(hourly), [false, false, true])
    const often = gaps('* * * * * *', 1000, firing(1000))
    assert.equal([2500, 2501].map(often), [false, true])
  })

  test('with one that rests at times, the two next times at which it fires', () => {
    const resting = gaps('0 9 * * 1-5', HOUR, firing(DAY))
    assert.equal([2 * HOUR + 60_001, 2 * DAY + 60_000, 2 * DAY + 60_001].map(resting), [false, false, true])
  })

  test('with one that never fires again, or only once, that is a gap', () => {
    assert.ok(gaps('x', HOUR)(3 * HOUR))
    const once = gaps('x', HOUR, (after) => (after.getTime() > START ? undefined : new Date(START + 90 * DAY)))
    assert.ok(once(3 * HOUR))
  })

  test('with one whose period has no end, as without one', () =>
    assert.not(gaps('x', Number.POSITIVE_INFINITY, firing(1))(2 * DAY)))
})
