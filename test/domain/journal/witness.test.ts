// What the journal is told of runs: each story is a row of reports, with the lines that each one writes.
import * as assert from 'uvu/assert'
import { atOnce } from '../../../src/domain/basics/work.ts'
import type { JournalLine } from '../../../src/domain/journal/journal.ts'
import { fresh, ofConfig, ofFailure, ofRun, type Ran } from '../../../src/domain/journal/witness.ts'
import type { Ended, Finding, Held, Report, ScopePlan, Severity, Update } from '../../../src/domain/plan/plan.ts'
import { glob } from '../../../src/domain/user/username.ts'
import type { Rule } from '../../../src/domain/wanted/rule.ts'
import { DAY, desired, desiredScope, HOUR, NOW } from '../../support/build.ts'
import { change, heldBack, report, tried } from '../../support/reports.ts'
import { spec } from '../../support/spec.ts'

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
    const testimony = atOnce(ofRun(witness, config, { ...RAN, ...ran, looked: NOW + 1000, report: one }))
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
const stopped = { report: report({ ended: [{ ...tried('a'), change: 'block', cause: 'config', ends: 'never', stop: true }] }) }
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
    [
      'of drift that a run over some users put back, and that came again',
      [calm, stuck, { report: drifted.report, ran: { filtered: true } }, stuck],
      [['config', WHOLE], ['account, out_of_sync, drift a new', 'run'], ['run'], ['account, out_of_sync, drift a new', 'run']],
    ],
    [
      'of drift that an emergency stop came upon: it is not put back',
      [calm, stuck, stopped, stuck, again],
      [
        ['config', WHOLE],
        ['account, out_of_sync, drift a new', 'run'],
        ['account, in_sync', 'run'],
        ['account, out_of_sync', 'run'],
        ['account, in_sync, drift a repaired', 'run'],
      ],
    ],
    [
      'of drift that an emergency stop over some users came upon: it is not put back',
      [calm, stuck, { ...stopped, ran: { filtered: true } }, stuck],
      [['config', WHOLE], ['account, out_of_sync, drift a new', 'run'], ['run'], ['run']],
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
      match: { username: bulk[0], scope: undefined, status: undefined, profile: undefined },
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
          match: { username: 'bulk@*' },
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
      { ...RAN, frozen: true, who: { by: 'root', reason: '' } },
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

spec('a line of the journal', (test) => {
  const found = (some: Partial<Finding> = {}): Finding => ({
    rule: 'quiet',
    severity: 'low',
    username: 'a',
    message: 'it is on',
    ...some,
  })
  const held = (some: Partial<Extract<Held, Update>> = {}): Extract<Held, Update> => ({ ...heldBack('a'), ...some })
  const scopeOf = (one: Report, some: Partial<ScopePlan>): Report => ({
    ...one,
    plan: { ...one.plan, scopes: one.plan.scopes.map((scope) => (scope._tag === 'Planned' ? { ...scope, ...some } : scope)) },
  })
  const notesOf = (steps: ReadonlyArray<Step>) =>
    told(steps).map((lines) => lines.flatMap((line) => (line.event === 'scope' ? [line] : [])))
  const last = (...steps: ReadonlyArray<Step>) => notesOf(steps).at(-1)?.[0]
  const runOf = (one: Step) => told([one])[0]?.at(-1)

  test('of a run tells its numbers', () => {
    const two = report({ ended: [tried('a'), tried('b', 'not_attempted'), tried('c', 'failed')] })
    const away = report({ scope: 'subaccount:B', error: 'unreachable' })
    const both = { ...two, plan: { ...two.plan, scopes: [...two.plan.scopes, ...away.plan.scopes] } }
    assert.equal(runOf({ report: both, ran: { who: { by: 'root', reason: '' }, only: ['account'], frozen: true } }), {
      event: 'run',
      at: '2026-01-06T12:00:02.000Z',
      run_id: 'r',
      trigger: 'schedule',
      by: 'root',
      config_digest: 'sha256:c',
      duration_ms: 2000,
      only: ['account'],
      frozen: true,
      plan_digest: 'sha256:d',
      outcome: 'applied',
      looked_at: '2026-01-06T12:00:01.000Z',
      requests: 1,
      scopes: 2,
      seen: 1,
      changes: 2,
    })
  })

  test('of a run tells no more than there is', () => {
    const { digest: _, ...plan } = report().plan
    const bare = runOf({ report: { ...report(), plan: { ...plan, digest: undefined } }, ran: { ended: NOW - 1, filtered: true } })
    assert.equal(bare, {
      event: 'run',
      at: '2026-01-06T11:59:59.999Z',
      run_id: 'r',
      trigger: 'schedule',
      config_digest: 'sha256:c',
      duration_ms: 0,
      filtered: true,
      outcome: 'applied',
      looked_at: '2026-01-06T12:00:01.000Z',
      requests: 1,
      scopes: 1,
      seen: 1,
      changes: 0,
    })
  })

  test('of a config tells its scopes, its schedule and its mode', () => {
    const state = desired([desiredScope([]), desiredScope([], 'subaccount:B')], { mode: 'observe' })
    const line = (some: Partial<typeof state>) => ofConfig(fresh, { desired: { ...state, ...some }, digest: 'sha256:c' }, 'now')
    const { lines, witness } = line({})
    assert.equal(lines, [
      {
        event: 'config',
        at: 'now',
        digest: 'sha256:c',
        files: ['config.yaml'],
        scopes: ['account', 'subaccount:B'],
        mode: 'observe',
        schedule: null,
        timezone: 'UTC',
        rules: [],
        waivers: [],
      },
    ])
    assert.equal(ofConfig(witness, { desired: state, digest: 'sha256:c' }, 'later').lines, [])
    const cron = line({ schedule: { onChange: true, cron: '0 * * * *', timezone: 'Europe/Paris' }, coverage: 'config.yaml:9:1' })
      .lines[0]
    assert.equal(cron?.event === 'config' ? [cron.scopes, cron.schedule, cron.timezone] : [], [
      ['account', 'subaccount:B', 'subaccount:*'],
      '0 * * * *',
      'Europe/Paris',
    ])
  })

  test('of a run over one scope is no whole statement, nor is one over some users; the next one is', () => {
    const kinds = told([{ ...calm, ran: { only: ['account'] } }, { ...calm, ran: { filtered: true } }, calm, calm]).map((lines) =>
      lines.map(shown).at(-1),
    )
    assert.equal(kinds, ['run', 'run', WHOLE, 'run'])
  })

  test('is a whole statement where one scope has taken the place of another, and where one has gone', () => {
    const b = report({ scope: 'subaccount:B' })
    const both = {
      report: { ...calm.report, plan: { ...calm.report.plan, scopes: [...calm.report.plan.scopes, ...b.plan.scopes] } },
    }
    assert.equal(
      told([both, calm, { report: b }, both]).map((lines) => lines.map(shown).at(-1)),
      ['run whole of account subaccount:B', WHOLE, 'run whole of subaccount:B', 'run whole of account subaccount:B'],
    )
  })

  test('of a scope tells how many users there are, how many are in sync, and each drift with its fields and rules', () => {
    const ruled = {
      ...change('b'),
      fields: [...change('b').fields, { field: 'ip_pool', from: 0, to: 7, source: 'c:1:1 rule pool', rule: 'pool' } as const],
    }
    const again = {
      ...ruled,
      fields: [...ruled.fields, { field: 'status', from: 'x', to: 'y', source: 'c:2:2 rule pool', rule: 'pool' } as const],
    }
    const ended: ReadonlyArray<Ended> = [
      tried('a'),
      { ...again, outcome: 'not_converged' },
      { ...change('d', 'config'), outcome: 'verified' },
    ]
    assert.equal(last(calm, { report: report({ ended }) }), {
      event: 'scope',
      at: '2026-01-06T12:00:02.000Z',
      run_id: 'r',
      scope: 'account',
      state: 'out_of_sync',
      live_users: 5,
      in_sync: 4,
      drift: [
        { username: 'a', fields: ['description'], state: 'repaired' },
        { username: 'b', fields: ['description', 'ip_pool', 'status'], rules: ['pool'], state: 'new' },
      ],
    })
  })

  test('tells of drift again where it is in other fields, and keeps open what of it is due for another reason', () => {
    const more = {
      ...change('a'),
      fields: [...change('a').fields, { field: 'ip_pool', from: 0, to: 7, source: 'c:1:1 user' } as const],
    }
    const wider: Step = { report: report({ ended: [{ ...more, outcome: 'not_converged' }] }) }
    const waiting: Step = { report: report({ ended: [tried('a', 'not_converged', 'config')] }) }
    const states = notesOf([calm, stuck, wider, wider, waiting, again, calm]).map((lines) =>
      lines.flatMap((line) =>
        (line.drift ?? []).map(({ username, fields, state }) => `${username} ${fields.join(' ')} ${state}`),
      ),
    )
    assert.equal(states, [
      [],
      ['a description new'],
      ['a description ip_pool new'],
      [],
      ['a description new'],
      ['a description repaired'],
      [],
    ])
    assert.equal(
      notesOf([calm, waiting])
        .flat()
        .flatMap((line) => line.drift ?? []),
      [],
      'what the config changed is none',
    )
  })

  test('of a finding tells whether it is new, whether it is waived, and its words, cut where they are long; none of one that is over', () => {
    const step = (...findings: ReadonlyArray<Finding>): Step => ({ report: scopeOf(report(), { findings }) })
    const findings = (...steps: ReadonlyArray<Step>) => last(...steps)?.findings
    assert.equal(findings(calm, step(found(), found({ rule: 'loud', waived: true, openSince: NOW }))), [
      { rule: 'quiet', severity: 'low', username: 'a', state: 'new', message: 'it is on' },
      { rule: 'loud', severity: 'low', username: 'a', state: 'still', message: 'it is on', waived: true },
    ])
    const words = (message: string) => findings(calm, step(found({ message })))?.[0]?.message
    assert.is(words('x'.repeat(300)), 'x'.repeat(300))
    assert.is(words('x'.repeat(301)), `${'x'.repeat(300)}…`)
    assert.equal(findings(step(found()), step()), [{ rule: 'quiet', severity: 'low', username: 'a', state: 'over' }])
    assert.is(findings(step(found()), step(found({ severity: 'high' })))?.length, 1)
    assert.is(findings(step(found()), step(found({ message: 'since noon' })))?.length, 1)
    assert.is(findings(step(found()), step(found())), undefined)
  })

  test('of what is held tells change, reason and fields, each reason and each kind by itself', () => {
    const step = (...all: ReadonlyArray<Held>): Step => ({ report: scopeOf(report(), { held: all }) })
    const notes = last(calm, step(held(), held({ reason: 'capped' }), { ...held(), change: 'block', ends: 'never' }))?.held
    assert.equal(notes, [
      { username: 'a', change: 'update', reason: 'needs_approval', fields: ['description'], state: 'new' },
      { username: 'a', change: 'update', reason: 'capped', fields: ['description'], state: 'new' },
      { username: 'a', change: 'block', reason: 'needs_approval', fields: ['description'], state: 'new' },
    ])
    assert.equal(
      last(calm, step(held(), held({ reason: 'capped' })), step(held()))?.held?.map(({ reason, state }) => `${reason} ${state}`),
      ['capped over'],
    )
  })

  test('of everything tells what is still open, with its words, also of a scope that cannot be seen', () => {
    const open: Step = {
      report: scopeOf(report({ ended: [tried('d', 'not_converged')] }), {
        findings: [found()],
        held: [held({ cause: 'config' })],
      }),
    }
    const day: Step = { ...open, ran: later }
    const still = {
      drift: [{ username: 'd', fields: ['description'], state: 'still' }],
      findings: [{ rule: 'quiet', severity: 'low', username: 'a', state: 'still', message: 'it is on' }],
      held: [{ username: 'a', change: 'update', reason: 'needs_approval', fields: ['description'], state: 'still' }],
    }
    const { drift, findings, held: waiting, state } = last(open, day) ?? {}
    assert.equal({ drift, findings, held: waiting }, still)
    assert.is(state, 'out_of_sync')
    assert.equal(last(open, { ...away, ran: later }), {
      event: 'scope',
      at: '2026-01-07T12:00:02.000Z',
      run_id: 'r',
      scope: 'account',
      state: 'unreachable',
      message: 'it is unreachable',
      ...still,
    })
    assert.equal(last({ ...away }), {
      event: 'scope',
      at: '2026-01-06T12:00:02.000Z',
      run_id: 'r',
      scope: 'account',
      state: 'unreachable',
      message: 'it is unreachable',
    })
  })

  test('of a run that came to no report tells why, cut where it is long', () => {
    const error = (message: string) => {
      const { lines } = ofFailure(fresh, CONFIG, RAN, { _tag: 'StateUnusable', path: 'p', message })
      const line = lines.at(-1)
      return line?.event === 'run' ? [line.error, line.outcome, line.requests, line.scopes, line.seen, line.changes] : []
    }
    assert.equal(error('is full'), ['p: is full', 'failed', 0, 1, 0, 0])
    assert.is(error('x'.repeat(497))[0], `p: ${'x'.repeat(497)}`)
    assert.is(error('x'.repeat(498))[0], `p: ${'x'.repeat(497)}…`)
    const { lines, witness } = ofFailure(fresh, CONFIG, RAN, { _tag: 'NoSuchRun', message: 'x' })
    assert.equal(lines.map(shown), ['config', 'run'])
    assert.equal(witness, { ...fresh, config: 'sha256:c' })
  })
})
