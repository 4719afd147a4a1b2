// Exit codes and outcomes: the table of the README, row by row, and what reading back makes of each attempt.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { ApiFailure } from '../../../src/domain/basics/failure.ts'
import { type Attempt, isThere, missed, outcomeOf, type ReadBack } from '../../../src/domain/plan/outcome.ts'
import type { Change, Ended, Held, HoldReason, Outcome, Plan, ScopeErrorKind } from '../../../src/domain/plan/plan.ts'
import { planExitCode, reportOf } from '../../../src/domain/plan/report.ts'
import { summaryOf } from '../../../src/domain/plan/summary.ts'
import type { FieldName, Value } from '../../../src/domain/user/settings.ts'
import { change, liveUser } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

type Parts = {
  readonly changes?: number
  readonly held?: ReadonlyArray<HoldReason>
  readonly errors?: ReadonlyArray<ScopeErrorKind>
}

const held = (reason: HoldReason): Held => ({ ...change('update', reason), reason, message: '' })

const planOf = ({ changes = 0, held: reasons = [], errors = [] }: Parts): Plan => ({
  digest: 'sha256:0',
  config: { files: [], digest: '' },
  scopes: [
    {
      _tag: 'Planned',
      scope: 'account',
      digest: '',
      liveUsers: 3,
      inSync: 2,
      unlisted: [],
      ignored: 0,
      changes: Array.from({ length: changes }, (_, at) => change('update', `user-${at}`)),
      held: reasons.map(held),
      findings: [],
      unobservable: [],
    },
    ...errors.map((kind) => ({ _tag: 'Errored', scope: `subaccount:${kind}`, error: { kind, message: '' } }) as const),
  ],
  cost: { requests: 0, seconds: 0 },
})

const ended = (all: ReadonlyArray<Outcome>): ReadonlyArray<Ended> =>
  all.map((outcome, at) => ({ ...change('update', `user-${at}`), outcome }))

const reported = (parts: Parts, outcomes: ReadonlyArray<Outcome> = [], some: { cutShort?: boolean; declined?: boolean } = {}) =>
  reportOf({
    runId: 'run',
    plan: planOf(parts),
    ended: new Map([['account', ended(outcomes)]]),
    pausedUntil: undefined,
    requests: 1,
    durationMs: 1,
    cutShort: false,
    declined: false,
    ...some,
  })

const HELD: { readonly [R in HoldReason]: number } = {
  capped: 3,
  needs_approval: 3,
  observe_mode: 3,
  on_hold: 3,
  protected: 3,
  not_converging: 4,
  impossible: 4,
  contested: 4,
  changed_since: 3,
  report_only: 0,
  awaiting_grace: 0,
}
const OUTCOMES: { readonly [O in Outcome]: number } = {
  verified: 0,
  unobservable: 0,
  failed: 4,
  unknown: 4,
  not_converged: 4,
  not_attempted: 4,
}
const ERRORS: { readonly [K in ScopeErrorKind]: number } = {
  suspicious_answer: 3,
  identity_mismatch: 3,
  ill_formed: 6,
  unreachable: 6,
  throttled: 6,
  refused: 6,
}
const rows = <K extends string>(table: { readonly [key in K]: number }): ReadonlyArray<readonly [K, number]> => {
  const names: Array<readonly [K, number]> = []
  for (const name in table) names.push([name, table[name]])
  return names
}

spec('exit codes of apply', (test) => {
  test('nothing due is 0 and in sync', () => {
    const { exitCode, outcome } = reported({})
    assert.equal({ exitCode, outcome }, { exitCode: 0, outcome: 'in_sync' })
  })
  test('what is only to be reported is 0 and not in sync; what only waits for its time is', () => {
    const said = (reason: HoldReason) => {
      const { exitCode, outcome } = reported({ held: [reason] })
      return [exitCode, outcome]
    }
    assert.equal(said('report_only'), [0, 'stopped'])
    assert.equal(said('awaiting_grace'), [0, 'in_sync'])
  })
  for (const [reason, code] of rows(HELD))
    test(`held as ${reason} is ${code}`, () => assert.is(reported({ held: [reason] }).exitCode, code))
  for (const [outcome, code] of rows(OUTCOMES))
    test(`a change that is ${outcome} is ${code}`, () => assert.is(reported({ changes: 1 }, [outcome]).exitCode, code))
  for (const [kind, code] of rows(ERRORS))
    test(`a scope with ${kind} is ${code}`, () => assert.is(reported({ errors: [kind] }).exitCode, code))

  test('a person who says no is 3, a key that failed while writing 6', () => {
    assert.is(reported({ changes: 1 }, [], { declined: true }).exitCode, 3)
    const { exitCode, cutShort } = reported({ changes: 1 }, ['not_attempted'], { cutShort: true })
    assert.equal({ exitCode, cutShort }, { exitCode: 6, cutShort: true })
  })

  test('the worst that occurred counts: 6, then 4, then 3; and what is neither verified nor unobservable is never 0', () =>
    fc.assert(
      fc.property(
        fc.subarray([...rows(HELD)]),
        fc.subarray([...rows(OUTCOMES)]),
        fc.subarray([...rows(ERRORS)]),
        (reasons, outcomes, errors) => {
          const codes = [...reasons, ...outcomes, ...errors].map(([, code]) => code)
          const { exitCode, outcome } = reported(
            { held: reasons.map(([one]) => one), changes: outcomes.length, errors: errors.map(([one]) => one) },
            outcomes.map(([one]) => one),
          )
          assert.is(exitCode, [6, 4, 3].find((code) => codes.includes(code)) ?? 0)
          const done = outcomes.some(([, code]) => code === 0)
          const calm = reasons.some(([one]) => one === 'report_only') ? 'stopped' : 'in_sync'
          const expected = exitCode === 0 ? (done ? 'applied' : calm) : done ? 'partial' : exitCode === 3 ? 'stopped' : 'failed'
          assert.is(outcome, expected)
        },
      ),
    ))
})

spec('exit codes of plan', (test) => {
  for (const [what, parts, code, detailed] of [
    ['in sync', {}, 0, 0],
    ['a change', { changes: 1 }, 0, 2],
    ['a held change', { held: ['capped'] }, 0, 2],
    ['a change of report only', { held: ['report_only'] }, 0, 2],
    ['a change that waits for its grace', { held: ['awaiting_grace'] }, 0, 0],
    ['a suspicious answer', { changes: 1, errors: ['suspicious_answer'] }, 3, 3],
    ['an unreachable scope', { changes: 1, errors: ['suspicious_answer', 'unreachable'] }, 6, 6],
  ] as const satisfies ReadonlyArray<readonly [string, Parts, number, number]>)
    test(`${what} is ${code}, in detail ${detailed}`, () => {
      assert.is(planExitCode(planOf(parts), false), code)
      assert.is(planExitCode(planOf(parts), true), detailed)
    })

  test('the summary counts over all scopes', () =>
    assert.equal(summaryOf(planOf({ changes: 2, held: ['capped'], errors: ['throttled'] })), {
      create: 0,
      update: 2,
      block: 0,
      remove: 0,
      held: 1,
      in_sync: 2,
      findings: 0,
    }))
})

const field = (name: FieldName, to: Value, from?: Value): Change['fields'][number] => ({ field: name, from, to, source: '' })
const sent: Attempt = { _tag: 'Sent' }
const failed = (failure: ApiFailure): Attempt => ({ _tag: 'Failed', failure })
const refused = failed({ _tag: 'Rejected', message: 'no' })
const broken = failed({ _tag: 'ServerTrouble', status: 500 })
const read = (...[name, settings]: Parameters<typeof liveUser>): ReadBack => ({ _tag: 'Read', user: liveUser(name, settings) })
const gone: ReadBack = { _tag: 'Read', user: undefined }
const unread: ReadBack = { _tag: 'Unread', why: 'HTTP 502' }

const update = change('update', 'a', { fields: [field('description', 'new', 'old')] })
const secret = newSecret()
const password = change('update', 'a', { fields: [field('email_password', secret)] })
const remove = change('remove', 'a')

spec('outcomes', (test) => {
  const table: ReadonlyArray<readonly [string, Change, Attempt, ReadBack, Outcome]> = [
    ['sent and there', update, sent, read('a', { description: 'new' }), 'verified'],
    ['sent and not there', update, sent, read('a', { description: 'old' }), 'not_converged'],
    ['sent, and the user is gone', update, sent, gone, 'not_converged'],
    ['sent, and not to be read', update, sent, unread, 'unknown'],
    ['sent, and the field is never shown', password, sent, read('a'), 'unobservable'],
    ['sent, and the field is shown otherwise', password, sent, read('a', { email_password: newSecret() }), 'not_converged'],
    ['refused', update, refused, read('a', { description: 'old' }), 'failed'],
    ['refused, but there', update, refused, read('a', { description: 'new' }), 'verified'],
    ['refused, and the field is never shown', password, refused, read('a'), 'failed'],
    ['refused, and not to be read', update, refused, unread, 'failed'],
    ['broken off, but there', update, broken, read('a', { description: 'new' }), 'verified'],
    ['broken off, and not there', update, broken, read('a', { description: 'old' }), 'unknown'],
    ['broken off, and the field is never shown', password, broken, read('a'), 'unknown'],
    ['broken off, and not to be read', update, broken, unread, 'unknown'],
    ['not sent', update, { _tag: 'NotSent', why: 'no safe request' }, read('a'), 'failed'],
    ['not attempted', update, { _tag: 'NotAttempted', why: 'stopped' }, read('a', { description: 'new' }), 'not_attempted'],
    ['removed', remove, sent, gone, 'verified'],
    ['removed and still there', remove, sent, read('a'), 'not_converged'],
    ['removed in the dark', remove, broken, gone, 'verified'],
    ['created with nothing asked', change('create', 'a', { fields: [] }), sent, read('a'), 'verified'],
    ['created and not there', change('create', 'a', { fields: [] }), sent, gone, 'not_converged'],
  ]
  for (const [what, one, attempt, after, outcome] of table)
    test(`${what}: ${outcome}`, () => {
      const end = outcomeOf(one, attempt, after)
      assert.is(end.outcome, outcome)
      assert.is(end.error === undefined, outcome === 'verified' || outcome === 'unobservable')
      assert.not.match(JSON.stringify(end), secret.reveal())
    })

  test('a limit that the service does not keep is missed, also where it shows none', () => {
    const limit = change('update', 'a', { fields: [field('custom_ratelimit', true, false), field('custom_ratelimit_value', 5)] })
    assert.equal(
      missed(limit, liveUser('a', { custom_ratelimit: false })).map((one) => one.field),
      ['custom_ratelimit', 'custom_ratelimit_value'],
    )
    assert.ok(isThere(limit, liveUser('a', { custom_ratelimit: true, custom_ratelimit_value: 5 })))
  })
})
