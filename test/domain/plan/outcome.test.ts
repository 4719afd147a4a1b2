// How a change ended, by what a later look shows: the answer to a write counts for nothing, and what did not take is told with both values.
import * as assert from 'uvu/assert'
import { type ApiFailure, describe } from '../../../src/domain/basics/failure.ts'
import { type Attempt, outcomeOf } from '../../../src/domain/plan/outcome.ts'
import type { Change } from '../../../src/domain/plan/plan.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import { change, liveUser } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const SENT: Attempt = { _tag: 'Sent' }
const failed = (failure: ApiFailure): Attempt => ({ _tag: 'Failed', failure })
const LOST = failed({ _tag: 'ServerTrouble', status: 503 })
const THROTTLED = failed({ _tag: 'Throttled', retryAfterMs: undefined })
const REFUSED = failed({ _tag: 'Rejected', message: 'no' })

const update = change('update', ONE, {
  fields: [
    { field: 'description', from: 'old', to: 'new', source: 'a test' },
    { field: 'ip_pool', from: 0, to: 1234, source: 'a test' },
  ],
})
const hidden = change('update', ONE, {
  fields: [{ field: 'email_password', from: undefined, to: newSecret(), source: 'a test' }],
})
const limit = change('update', ONE, {
  fields: [{ field: 'custom_ratelimit_value', from: undefined, to: 5, source: 'a test' }],
})
const period = change('update', ONE, {
  fields: [{ field: 'custom_ratelimit_period', from: undefined, to: '1 day', source: 'a test' }],
})
const flag = change('update', ONE, { fields: [{ field: 'custom_ratelimit', from: undefined, to: true, source: 'a test' }] })
const create = change('create', ONE, { fields: [{ field: 'description', from: undefined, to: 'new', source: 'a test' }] })
const remove = change('remove', ONE)

const done = liveUser(ONE, { description: 'new', ip_pool: 1234 })
const half = liveUser(ONE, { description: 'new', ip_pool: 99 })
const other = liveUser(ONE, { email_password: newSecret() })
const none = liveUser(ONE, { description: 'old' })

/** The change, how sending it went, the user afterwards, and how it ended. */
const ROWS: ReadonlyArray<readonly [Change, Attempt, LiveUser | undefined, ended: string]> = [
  [update, SENT, done, 'verified'],
  [update, LOST, done, 'verified'],
  [update, REFUSED, done, 'verified'],
  [update, SENT, half, 'not_converged ip_pool: asked for 1234, the service shows 99'],
  [
    update,
    SENT,
    none,
    'not_converged description: asked for "new", the service shows "old"; ip_pool: asked for 1234, the service shows 0',
  ],
  [update, SENT, undefined, 'not_converged the service does not show this user'],
  [update, LOST, half, 'unknown the service is in trouble (HTTP 503); the next run looks first and tries again'],
  [
    limit,
    SENT,
    liveUser(ONE, { custom_ratelimit: false }),
    'not_converged custom_ratelimit_value: asked for 5, the service shows nothing',
  ],
  [hidden, SENT, none, 'unobservable'],
  [hidden, SENT, other, 'not_converged email_password: asked for (sensitive), the service shows (sensitive)'],
  [hidden, LOST, none, 'unknown the service is in trouble (HTTP 503); the next run looks first and tries again'],
  [create, LOST, undefined, 'unknown the service is in trouble (HTTP 503); the next run looks first and tries again'],
  [
    create,
    REFUSED,
    undefined,
    'failed the service refused the request: no; look at the limits of your SMTP2GO plan and at this user or subaccount in the SMTP2GO app',
  ],
  [
    create,
    REFUSED,
    none,
    'unknown the service refused the request: no; look at the limits of your SMTP2GO plan and at this user or subaccount in the SMTP2GO app; it is there now: the next run brings it in line',
  ],
  [create, THROTTLED, none, 'failed the service throttles this key or address (429); nothing more is sent for at least a minute'],
  [create, LOST, none, 'unknown the service is in trouble (HTTP 503); the next run looks first and tries again'],
  [
    update,
    REFUSED,
    none,
    'failed the service refused the request: no; look at the limits of your SMTP2GO plan and at this user or subaccount in the SMTP2GO app',
  ],
  [
    period,
    SENT,
    liveUser(ONE, { custom_ratelimit: false }),
    'not_converged custom_ratelimit_period: asked for "1 day", the service shows nothing',
  ],
  [period, SENT, liveUser(ONE, { custom_ratelimit: undefined }), 'unobservable'],
  [flag, SENT, liveUser(ONE, { custom_ratelimit: undefined }), 'unobservable'],
  [remove, SENT, undefined, 'verified'],
  [remove, LOST, undefined, 'verified'],
  [remove, SENT, none, 'not_converged the service still shows this user'],
  [remove, LOST, none, 'unknown the service is in trouble (HTTP 503); the next run looks first and tries again'],
]

spec('how a change ended', (test) => {
  for (const [made, attempt, user, ended] of ROWS)
    test(`${made.change}, ${attempt._tag}: ${ended}`, () => {
      const { outcome, error } = outcomeOf(made, attempt, { _tag: 'Read', user })
      assert.is(error === undefined ? outcome : `${outcome} ${error}`, ended)
    })

  test('a clear no is told with what it was about, and lasts where the next plan would ask for the same', () => {
    const no = (failure: ApiFailure): Attempt => failed(failure)
    const read = (user: LiveUser | undefined) => ({ _tag: 'Read', user }) as const
    const unread = { _tag: 'Unread', why: 'stopped' } as const
    const forbidden: ApiFailure = { _tag: 'Forbidden', message: 'no' }
    const invalid = (field: string): ApiFailure => ({ _tag: 'InvalidRequest', field, message: 'no' })
    const taken: ApiFailure = { _tag: 'NameTaken', message: 'no' }
    const lasting = (failure: ApiFailure) => ({ lasting: describe(failure) })
    for (const [made, attempt, after, refusal] of [
      [update, SENT, read(none), undefined],
      [update, LOST, read(none), undefined],
      [update, { _tag: 'NotSent', why: 'the disk is full' }, read(none), undefined],
      [update, THROTTLED, read(none), {}],
      [update, no(invalid('description')), read(none), { field: 'description', ...lasting(invalid('description')) }],
      [update, no(invalid('description')), read(done), { field: 'description', ...lasting(invalid('description')) }],
      [update, no(invalid('description')), unread, { field: 'description', ...lasting(invalid('description')) }],
      [update, no(invalid('description')), read(undefined), { field: 'description' }],
      [update, no(invalid('nobody_knows')), read(none), lasting(invalid('nobody_knows'))],
      [create, no(taken), read(undefined), { taken: true, ...lasting(taken) }],
      [create, no(taken), read(none), { taken: true }],
      [update, no(forbidden), read(none), lasting(forbidden)],
      [update, no(forbidden), unread, {}],
    ] as const)
      assert.equal(outcomeOf(made, attempt, after).refusal, refusal)
  })

  test('what nobody answered is told apart from what somebody did', () => {
    for (const [attempt, unconfirmed] of [
      [SENT, undefined],
      [LOST, true],
      [REFUSED, undefined],
      [{ _tag: 'NotSent', why: 'the disk is full' }, undefined],
    ] as const)
      assert.is(outcomeOf(remove, attempt, { _tag: 'Read', user: undefined }).unconfirmed, unconfirmed)
  })

  test('an answer names its request, and whom else it changed', () => {
    const answered = { _tag: 'Sent', requestId: 'r-1', alsoChanged: ['two'] } as const
    const { requestId, alsoChanged } = outcomeOf(update, answered, { _tag: 'Read', user: none })
    assert.equal({ requestId, alsoChanged }, { requestId: 'r-1', alsoChanged: ['two'] })
    assert.not.ok('alsoChanged' in outcomeOf(update, { ...answered, alsoChanged: [] }, { _tag: 'Read', user: done }))
  })

  test('what the service made of a field is told where it is neither as before nor as asked for, and never of a password', () => {
    const leftOf = (made: Change, user: LiveUser | undefined) => outcomeOf(made, SENT, { _tag: 'Read', user }).left
    assert.equal(leftOf(update, half), [{ field: 'ip_pool', value: 99 }])
    assert.equal(leftOf(create, none), [{ field: 'description', value: 'old' }])
    for (const [made, user] of [
      [update, none],
      [update, done],
      [update, undefined],
      [hidden, other],
      [limit, liveUser(ONE, { custom_ratelimit: false })],
      [remove, none],
    ] as const)
      assert.is(leftOf(made, user), undefined)
  })

  test('what could not be read back is unknown, unless the service refused it', () => {
    const unread = { _tag: 'Unread', why: 'stopped' } as const
    assert.is(outcomeOf(update, SENT, unread).error, 'could not be read back: stopped')
    assert.is(outcomeOf(update, SENT, unread).outcome, 'unknown')
    assert.is(outcomeOf(update, LOST, unread).outcome, 'unknown')
    assert.is(outcomeOf(update, REFUSED, unread).outcome, 'failed')
    const unsent = failed({ _tag: 'Unreachable', sent: 'no', message: 'nobody listens there' })
    assert.is(outcomeOf(update, unsent, unread).outcome, 'not_attempted')
    const [held, kept] = [
      { _tag: 'NotAttempted', why: 'the breaker' },
      { _tag: 'NotSent', why: 'the disk is full' },
    ] as const
    const read = { _tag: 'Read', user: done } as const
    assert.equal(outcomeOf(update, held, read), { ...update, outcome: 'not_attempted', error: 'the breaker' })
    const waiting = { ...held, waits: 'next run' } as const
    assert.equal(outcomeOf(update, waiting, read), {
      ...update,
      outcome: 'not_attempted',
      error: 'the breaker',
      waits: 'next run',
    })
    assert.equal(outcomeOf(update, kept, read), { ...update, outcome: 'failed', error: 'the disk is full', unsent: true })
  })
})
