// What the evidence says in words and draws: no heading is better than what stands below it.
import * as assert from 'uvu/assert'
import { evidenceCsv } from '../../src/cli/evidence/csv.ts'
import { evidenceHtml } from '../../src/cli/evidence/html.ts'
import { evidenceText } from '../../src/cli/evidence/text.ts'
import { percent } from '../../src/cli/evidence/words.ts'
import type { Check } from '../../src/cli/report.ts'
import { whole as wholeChain } from '../../src/domain/journal/chain.ts'
import type { JournalLine, ScopeLine } from '../../src/domain/journal/journal.ts'
import type { Scope } from '../../src/domain/wanted/scope.ts'
import { spec } from '../support/spec.ts'
import { BEGUN, CONFIG, calm, drift, evidence, finding, iso, news, run, whole } from '../support/testimony.ts'

const CHECK: Check = { chain: wholeChain, misfit: undefined, fits: true, unreadable: 0, first: undefined, last: undefined }
const text = (lines: ReadonlyArray<JournalLine>, until: number): string => evidenceText(evidence(lines, until), CHECK, false)
const page = (lines: ReadonlyArray<JournalLine>, until: number): string => evidenceHtml(evidence(lines, until), CHECK)
const headed = (lines: ReadonlyArray<JournalLine>, until: number): readonly [heading: string, tone: string] => [
  text(lines, until).split('\n')[0] ?? '',
  /<h1 class="(\w+)"/.exec(page(lines, until))?.[1] ?? '',
]

spec('the heading of the evidence', (test) => {
  const found = (quarter: number, state: 'new' | 'over', some: object = {}): ReadonlyArray<JournalLine> => [
    news(quarter, { findings: finding(state).map((one) => ({ ...one, ...some })) }),
    run(quarter),
  ]

  test('does not say of a period in which a rule was broken that all was as configured', () => {
    const lines = [...BEGUN, ...found(1, 'new'), ...calm(2, 3), ...found(4, 'over')]
    assert.equal(headed(lines, 4), ['1 rule not kept for a time, kept at the end', 'warn'])
    const gone = { ...CONFIG, at: iso(5), digest: 'sha256:b', rules: [] }
    assert.equal(headed([...lines, gone, whole(5)], 5), ['1 rule not kept for a time', 'warn'])
    const drifted = [news(5, { drift: drift('repaired') }), run(5)]
    assert.is(headed([...lines, ...drifted], 5)[0], '1 deviation, put back; 1 rule not kept for a time, kept at the end')
  })

  test('says so of one in which a rule had an exception, or the provider or a date was worth a word', () => {
    for (const some of [{ waived: true }, { rule: 'provider-block' }, { rule: 'expires-soon' }])
      assert.equal(headed([...BEGUN, ...found(1, 'new', some), ...found(2, 'over', some)], 2), [
        'As configured at every look',
        'good',
      ])
  })
})

spec('the words of the evidence', (test) => {
  const B: Scope = 'subaccount:b'
  const both: ReadonlyArray<Scope> = ['account', B]

  test('of what was open in a scope that left the config say that, and neither that it ended nor that it was resolved', () => {
    const open: Partial<ScopeLine> = {
      scope: B,
      state: 'out_of_sync',
      drift: drift('new'),
      findings: finding('new'),
      held: [{ username: 'u', change: 'block', reason: 'capped', fields: ['status'], state: 'new' }],
    }
    const lines = [
      { ...CONFIG, scopes: both },
      whole(0, ...both),
      news(1, open),
      run(1),
      { ...CONFIG, at: iso(8), digest: 'sha256:b' },
      whole(8),
    ]
    const said = text(lines, 8)
    assert.not.match(said, /ended without us|resolved/)
    assert.match(said, /u: open_tracking_enabled .* its scope left the config 2026-01-01 02:00:00/)
    assert.match(said, /tracking u: .* its scope left the config 2026-01-01 02:00:00/)
    assert.match(said, /subaccount b {2}from .* to 2026-01-01 02:00:00, when it left the config/)
    assert.is(
      page(lines, 8).match(/2026-01-01 02:00:00<\/time><br>(?:<span class="warn">)?its scope left the config/g)?.length,
      4,
    )
    const rows = evidenceCsv(evidence(lines, 8), CHECK).split('\r\n')
    assert.equal(
      rows.filter((row) => row.includes(',left,')).map((row) => row.split(',')[0]),
      ['scope', 'drift', 'finding', 'held', 'gap'],
    )
  })

  test('blames no key where the service refuses one subaccount', () => {
    const scopes = ['account', 'subaccount:b'] as const
    const shut = news(1, { scope: 'subaccount:b', state: 'refused', message: 'closed' })
    const lines = [{ ...CONFIG, scopes }, whole(0, ...scopes), shut, ...calm(1, 4)]
    for (const said of [text(lines, 4), page(lines, 4)]) {
      assert.match(said, /the service refused access/)
      assert.not.match(said, /\bkey\b/)
    }
  })

  test('of a scope that came late tell for how much of the period it stood in the config', () => {
    const lines = [
      CONFIG,
      ...BEGUN.slice(1),
      ...calm(1, 8),
      { ...CONFIG, scopes: both, at: iso(9), digest: 'sha256:b' },
      whole(9, ...both),
      run(10),
    ]
    assert.match(text(lines, 10), /subaccount:b {2}in sync since .*, observed 10\.02 %, in the config for 10\.02 %/)
    assert.match(page(lines, 10), /<dd>100 %<small>of the time in the config; without a gap</)
    assert.match(evidenceCsv(evidence(lines, 10), CHECK), /observed 0\.1002, in the config 0\.1002/)
  })

  test('round the share of the period no further down than it is', () =>
    assert.equal([0.819, 0.9999, 0.0001, 1].map(percent), ['81.90 %', '99.99 %', '0.01 %', '100 %']))

  test('are no formula in a table, also where a spreadsheet parts its cells at semicolons', () => {
    for (const [name, cell] of [
      ['=1+1', "'=1+1"],
      ['x;=1+1', "x;'=1+1"],
      ['x; ;  ＠SUM(A1)', "x; ;'  ＠SUM(A1)"],
      ['x;"=HYPERLINK(""y"")', `"x;'""=HYPERLINK(""""y"""")"`],
      ['a;b, c', '"a;b, c"'],
    ] as const) {
      const rows = evidenceCsv(evidence([{ ...CONFIG, files: [name] }, whole(0)], 1), CHECK)
      assert.ok(rows.includes(`,${cell},`), rows)
    }
  })

  test('of a rule for scopes that are not there say that there is none', () => {
    const rules = CONFIG.rules.map((rule) => ({ ...rule, match: { scope: 'nowhere' } }))
    assert.match(text([{ ...CONFIG, rules }, whole(0)], 1), /for scope nowhere {2}there is no scope that it is for/)
    const table = evidenceCsv(evidence([{ ...CONFIG, rules }, whole(0)], 1), CHECK)
    assert.match(table, /^rule,1,,,tracking,high,(?:,)*no scope,,for scope nowhere,\r$/m)
  })
})

spec('the course of many scopes', (test) => {
  const scopes = Array.from({ length: 45 }, (_, at): Scope => `subaccount:S${10 + at}`)
  const among = (...busy: ReadonlyArray<Scope>): ReadonlyArray<JournalLine> => [
    { ...CONFIG, scopes },
    whole(0, ...scopes),
    ...busy.map((scope) => news(1, { scope, drift: drift('repaired') })),
    run(1),
    news(2, { scope: 'subaccount:S54', state: 'unreachable', message: 'no answer' }),
    ...calm(2, 5),
  ]
  const drawn = (html: string): ReadonlyArray<string> =>
    [...html.matchAll(/<span>(subaccount S\d+)<\/span><svg/g)].flatMap(([, name]) => name ?? [])

  test('draws the longest unobserved first, and calls those in sync that are not drawn only where they were', () => {
    const calmly = page(among('subaccount:S30'), 5)
    assert.equal(drawn(calmly).slice(0, 3), ['subaccount S54', 'subaccount S30', 'subaccount S10'])
    assert.match(calmly, /and 5 more scopes, in sync throughout/)
    const busily = page(among(...scopes), 5)
    assert.is(drawn(busily)[0], 'subaccount S54')
    assert.match(busily, /and 5 more scopes, see below/)
  })
})
