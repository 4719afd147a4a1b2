// What a journal proves of a period: each story is a row of lines, with what follows from them.
import * as assert from 'uvu/assert'
import { evidenceOf } from '../../src/domain/evidence/collect.ts'
import type { Evidence } from '../../src/domain/evidence/document.ts'
import type { ConfigLine, DriftNote, JournalLine, RunLine, ScopeLine } from '../../src/domain/journal.ts'
import type { Scope } from '../../src/domain/scope.ts'
import { spec } from '../support/spec.ts'

const START = Date.UTC(2026, 0, 1)
const QUARTER = 900_000
const at = (quarters: number, ms = 0): number => START + quarters * QUARTER + ms
const iso = (quarters: number, ms = 0): string => new Date(at(quarters, ms)).toISOString()

const CONFIG: ConfigLine = {
  event: 'config',
  at: iso(0),
  digest: 'sha256:a',
  files: ['config.yaml'],
  scopes: ['account'],
  mode: 'enforce',
  schedule: '*/15 * * * *',
  timezone: 'UTC',
  rules: [{ id: 'tracking', severity: 'high', sets: ['open_tracking_enabled'], requires: [], otherwise: 'report' }],
  waivers: [],
}

/** A run of two seconds, whose look took one, at so many quarters of an hour. */
const run = (quarter: number, some: Partial<RunLine> = {}): RunLine => ({
  event: 'run',
  at: iso(quarter, 2000),
  run_id: `r${quarter}`,
  trigger: 'schedule',
  config_digest: 'sha256:a',
  outcome: 'in_sync',
  duration_ms: 2000,
  looked_at: iso(quarter, 1000),
  requests: 1,
  scopes: 1,
  seen: 1,
  changes: 0,
  ...some,
})
const failed = (quarter: number): RunLine => {
  const { looked_at: _, ...rest } = run(quarter, { outcome: 'failed', seen: 0, error: 'no disk' })
  return rest
}
const whole = (quarter: number, ...scopes: ReadonlyArray<Scope>): RunLine =>
  run(quarter, { whole: scopes.length === 0 ? ['account'] : scopes })
const news = (quarter: number, some: Partial<ScopeLine>): ScopeLine => ({
  event: 'scope',
  at: iso(quarter, 2000),
  run_id: `r${quarter}`,
  scope: 'account',
  state: 'in_sync',
  ...some,
})
const drift = (state: DriftNote['state'], username = 'u'): NonNullable<ScopeLine['drift']> => [
  { username, fields: ['open_tracking_enabled'], rules: ['tracking'], state },
]
const finding = (state: 'new' | 'still' | 'over', username = 'u'): NonNullable<ScopeLine['findings']> => [
  { rule: 'tracking', severity: 'high', username, state, message: 'it is on' },
]
const decided = (quarter: number, what: string): JournalLine => ({
  event: 'decision',
  at: iso(quarter),
  what,
  by: 'ops',
  reason: 'because',
})

const CALENDAR = {
  shortestGapMs: () => QUARTER,
  next: (_: string, __: string, after: Date) => new Date(Math.floor(after.getTime() / QUARTER + 1) * QUARTER),
}

const evidence = (lines: ReadonlyArray<JournalLine>, until: number, since = 0): Evidence => {
  const collected = evidenceOf({ since: at(since), until: at(until, 3000) }, CALENDAR)
  for (const [index, line] of lines.entries()) collected.take(line, index + 1)
  return collected.evidence()
}

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

const calm = (from: number, to: number): ReadonlyArray<RunLine> =>
  Array.from({ length: to - from + 1 }, (_, index) => run(from + index))
const BEGUN = [CONFIG, whole(0)]

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
  ]
  for (const [title, lines, until, expected] of rows)
    test(title, () => assert.equal(driftLines(evidence(lines, until, title.includes('before the period') ? 4 : 0)), expected))
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
      ['account unobserved since -, 2 looks, 0 missed'],
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
        run(2, { changes: 1 }),
        run(3, { trigger: 'apply', by: 'root', changes: 2 }),
      ],
      3,
    )
    assert.equal(
      found.decisions.map(({ what, by, changes, seq }) => [what, by, changes, seq]),
      [
        ['approve sha256:d', 'ops', 1, 3],
        ['apply', 'root', 2, 7],
      ],
    )
    assert.equal(
      found.approved.map(({ username, by, outcome, seq }) => [username, by, outcome, seq]),
      [['u', 'ops', 'verified', 4]],
    )
    assert.equal(found.changes, { tried: 1, verified: 1, unverified: 0 })
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
