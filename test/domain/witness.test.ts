// What the journal is told of runs: each story is a row of reports, with the lines that each one writes.
import * as assert from 'uvu/assert'
import type { JournalLine } from '../../src/domain/journal.ts'
import type { Report, Severity } from '../../src/domain/plan.ts'
import type { Rule } from '../../src/domain/rule.ts'
import { glob } from '../../src/domain/username.ts'
import { fresh, ofFailure, ofRun, type Ran } from '../../src/domain/witness.ts'
import { DAY, desired, desiredScope, HOUR, NOW } from '../support/build.ts'
import { heldBack, report, tried } from '../support/reports.ts'
import { spec } from '../support/spec.ts'

const CONFIG = { desired: desired([desiredScope([])]), digest: 'sha256:c' }
const RAN: Ran = {
  runId: 'r',
  trigger: 'schedule',
  who: undefined,
  began: NOW,
  ended: NOW + 2000,
  only: undefined,
  filtered: false,
  frozen: false,
}

type Step = { readonly report: Report; readonly ran?: Partial<Ran>; readonly config?: typeof CONFIG }

const told = (steps: ReadonlyArray<Step>): ReadonlyArray<ReadonlyArray<JournalLine>> => {
  let witness = fresh
  return steps.map(({ report: one, ran = {}, config = CONFIG }) => {
    const testimony = ofRun(witness, config, { ...RAN, ...ran, looked: NOW + 1000, report: one })
    witness = testimony.witness
    return testimony.lines
  })
}

const shown = (line: JournalLine): string => {
  switch (line.event) {
    case 'config':
      return 'config'
    case 'run':
      return line.whole === undefined ? 'run' : `run whole of ${line.whole.join(' ')}`
    case 'scope': {
      const notes = [
        ...(line.drift ?? []).map(({ username, state }) => `drift ${username} ${state}`),
        ...(line.findings ?? []).map(({ rule, username, state }) => `${rule} ${username} ${state}`),
        ...(line.held ?? []).map(({ username, reason, state }) => `${reason} ${username} ${state}`),
      ]
      return [line.scope, line.state, ...notes].join(', ')
    }
    default:
      return line.event
  }
}

const WHOLE = 'run whole of account'
const calm = { report: report() }
const drifted = { report: report({ ended: [tried('a')] }) }
const stuck = { report: report({ ended: [tried('a', 'not_converged')] }) }
const heldDrift = { report: report({ held: [heldBack('a', 'observe_mode', 'drift')] }) }
const again = { report: report({ ended: [tried('a', 'verified', 'retry')] }) }
const found = { report: report({ findings: 1 }) }
const twoFound = { report: report({ findings: 2 }) }
const waits = { report: report({ held: [heldBack('b')] }) }
const away = { report: report({ error: 'unreachable' }) }
const later = { ended: NOW + DAY + 2000 }

spec('the journal is told', (test) => {
  const rows: ReadonlyArray<readonly [title: string, steps: ReadonlyArray<Step>, lines: ReadonlyArray<ReadonlyArray<string>>]> = [
    ['of calm: once the config and everything, then that there was a run', [calm, calm], [['config', WHOLE], ['run']]],
    [
      'of drift that is put back, each time',
      [calm, drifted, drifted],
      [
        ['config', WHOLE],
        ['account, in_sync, drift a repaired', 'run'],
        ['account, in_sync, drift a repaired', 'run'],
      ],
    ],
    [
      'of drift that does not go away, once, and when it is over',
      [calm, stuck, stuck, again],
      [['config', WHOLE], ['account, out_of_sync, drift a new', 'run'], ['run'], ['account, in_sync, drift a repaired', 'run']],
    ],
    [
      'of drift that ends by itself',
      [heldDrift, calm],
      [
        ['config', 'account, out_of_sync, drift a new, observe_mode a new', WHOLE],
        ['account, in_sync, drift a over, observe_mode a over', 'run'],
      ],
    ],
    [
      'of a finding when it comes and when it goes',
      [calm, found, twoFound, found],
      [
        ['config', WHOLE],
        ['account, in_sync, provider-block u0@a.example new', 'run'],
        ['account, in_sync, provider-block u1@a.example new', 'run'],
        ['account, in_sync, provider-block u1@a.example over', 'run'],
      ],
    ],
    [
      'of what is held, once',
      [waits, waits, calm],
      [
        ['config', 'account, out_of_sync, needs_approval b new', WHOLE],
        ['run'],
        ['account, in_sync, needs_approval b over', 'run'],
      ],
    ],
    [
      'of a scope that cannot be seen, once; what was open stays so',
      [found, away, away, found],
      [
        ['config', 'account, in_sync, provider-block u0@a.example new', WHOLE],
        ['account, unreachable', 'run'],
        ['run'],
        ['account, in_sync', 'run'],
      ],
    ],
    [
      'of everything once a day',
      [found, calm, found, { ...found, ran: later }],
      [
        ['config', 'account, in_sync, provider-block u0@a.example new', WHOLE],
        ['account, in_sync, provider-block u0@a.example over', 'run'],
        ['account, in_sync, provider-block u0@a.example new', 'run'],
        ['account, in_sync, provider-block u0@a.example still', WHOLE],
      ],
    ],
    [
      'of everything when a scope came',
      [calm, { report: report({ scope: 'subaccount:b' }) }],
      [['config', WHOLE], ['run whole of subaccount:b']],
    ],
    [
      'of a run over some users, and of no scope',
      [calm, { report: drifted.report, ran: { filtered: true } }, drifted],
      [['config', WHOLE], ['run'], ['account, in_sync, drift a repaired', 'run']],
    ],
    ['of everything when the clock was set back', [calm, { ...calm, ran: { ended: NOW - HOUR } }], [['config', WHOLE], [WHOLE]]],
  ]
  for (const [title, steps, lines] of rows)
    test(title, () =>
      assert.equal(
        told(steps).map((one) => one.map(shown)),
        lines,
      ),
    )

  test('of a finding that has become graver or is said otherwise, with its new words', () => {
    const step = (severity: Severity, message: string, ran: Partial<Ran> = {}): Step => {
      const one = report({ findings: 1 })
      const scopes = one.plan.scopes.map((scope) =>
        scope._tag === 'Planned'
          ? { ...scope, findings: scope.findings.map((found) => ({ ...found, severity, message })) }
          : scope,
      )
      return { report: { ...one, plan: { ...one.plan, scopes } }, ran }
    }
    const lines = told([
      step('low', 'within 14 days'),
      step('medium', 'within 3 days'),
      step('medium', 'within 3 days'),
      step('medium', 'today', later),
    ])
    const notes = lines.map((one) => one.flatMap((line) => (line.event === 'scope' ? (line.findings ?? []) : [])))
    assert.equal(
      notes.map((of) => of.map(({ severity, message }) => `${severity}, ${message}`)),
      [['low, within 14 days'], ['medium, within 3 days'], [], ['medium, today']],
    )
  })

  test('of another config: its rules and waivers too, and of everything under it', () => {
    const bulk = [glob('bulk@*')].filter((one) => one !== undefined)
    const rule: Rule = {
      id: 'limit',
      severity: 'high',
      match: { username: undefined, scope: undefined, status: undefined, profile: undefined },
      set: { open_tracking_enabled: { value: false, source: 'c:1:1' } },
      require: [
        { field: 'custom_ratelimit_value', _tag: 'Max', max: 5, per: undefined },
        { field: 'custom_ratelimit_value', _tag: 'Min', min: 1, per: undefined },
      ],
      otherwise: 'block',
      waivers: bulk.map((username) => ({ username, until: NOW, reason: 'ticket 4711', source: 'c:2:2' })),
      source: 'c:1:1',
    }
    const next = { desired: { ...CONFIG.desired, rules: [rule] }, digest: 'sha256:d' }
    const plan = { ...report().plan, config: { files: ['config.yaml'], digest: 'sha256:d' } }
    const [, lines = []] = told([calm, { report: { ...report(), plan }, config: next }])
    const [config, run] = lines
    assert.equal(config?.event === 'config' ? [config.digest, config.rules, config.waivers] : undefined, [
      'sha256:d',
      [
        {
          id: 'limit',
          severity: 'high',
          sets: ['open_tracking_enabled'],
          requires: ['custom_ratelimit_value'],
          otherwise: 'block',
          says: [
            'open_tracking_enabled is set to false',
            'custom_ratelimit_value must be at most 5',
            'custom_ratelimit_value must be at least 1',
          ],
        },
      ],
      [{ rule: 'limit', username: 'bulk@*', until: '2026-01-06T12:00:00.000Z', reason: 'ticket 4711' }],
    ])
    assert.is(run === undefined ? '' : shown(run), WHOLE)
  })

  test('of a calm run no more than a few hundred bytes, however many scopes there are', () => {
    const scopes = Array.from({ length: 500 }, (_, at) => report({ scope: `subaccount:Customer${at}` }).plan.scopes).flat()
    const many = { report: { ...report(), plan: { ...report().plan, scopes } } }
    const [first, second] = told([many, many])
    assert.ok(JSON.stringify(second).length < 400, JSON.stringify(second))
    assert.ok(JSON.stringify(first).length < 20_000)
  })

  test('of a run that came to no report, with why', () => {
    const { lines } = ofFailure(
      fresh,
      CONFIG,
      { ...RAN, frozen: true, who: 'root' },
      { _tag: 'Defect', message: 'x'.repeat(9999) },
    )
    const run = lines.at(-1)
    assert.equal(run?.event === 'run' ? [run.outcome, run.seen, run.frozen, run.by, (run.error ?? '').length < 600] : undefined, [
      'failed',
      0,
      true,
      'root',
      true,
    ])
  })
})
