// When to stop, how long to wait, when to start: breaker, pause, back-off and queue, each a small step function.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { retryAfterMs } from '../../src/domain/backoff.ts'
import { afterAnswer, type Breaker, closed } from '../../src/domain/breaker.ts'
import type { ApiFailure } from '../../src/domain/failure.ts'
import { concerns, describe, outcomeUnknown } from '../../src/domain/failure.ts'
import type { KeyMemory } from '../../src/domain/ledger.ts'
import { pauseAfter, pausedBy } from '../../src/domain/pause.ts'
import type { Ended, Outcome } from '../../src/domain/plan.ts'
import { type Queue, step } from '../../src/domain/queue.ts'
import { change, HOUR, NOW } from '../support/build.ts'
import { spec } from '../support/spec.ts'

const MINUTE = 60_000

const FAILURES: { readonly [T in ApiFailure['_tag']]: Extract<ApiFailure, { _tag: T }> } = {
  Throttled: { _tag: 'Throttled', retryAfterMs: undefined },
  KeyRefused: { _tag: 'KeyRefused', message: 'HTTP 401' },
  PermissionMissing: { _tag: 'PermissionMissing', endpoint: '/users/smtp/edit' },
  InvalidRequest: { _tag: 'InvalidRequest', field: 'audit_email', message: 'no address' },
  Rejected: { _tag: 'Rejected', message: 'already exists' },
  ServerTrouble: { _tag: 'ServerTrouble', status: 502 },
  Unreachable: { _tag: 'Unreachable', message: 'connection refused', sent: 'no' },
  IllFormed: { _tag: 'IllFormed', message: 'not JSON' },
}

const failures = fc.constantFrom(...Object.values(FAILURES))
const answers = fc.array(fc.option(failures, { nil: undefined }), { maxLength: 80 })
const run = (all: ReadonlyArray<ApiFailure | undefined>): Breaker => all.reduce(afterAnswer, closed)
const times = <A>(count: number, one: A): ReadonlyArray<A> => Array.from({ length: count }, () => one)

spec('failures', (test) => {
  for (const [tag, concern, unknown] of [
    ['Throttled', 'key', false],
    ['KeyRefused', 'key', false],
    ['PermissionMissing', 'key', false],
    ['InvalidRequest', 'user', false],
    ['Rejected', 'user', false],
    ['ServerTrouble', 'transport', true],
    ['Unreachable', 'transport', false],
    ['IllFormed', 'transport', true],
  ] as const)
    test(`${tag} concerns the ${concern}, and ${unknown ? 'may have' : 'has not'} taken effect`, () => {
      assert.is(concerns(FAILURES[tag]), concern)
      assert.is(outcomeUnknown(FAILURES[tag]), unknown)
      assert.match(describe(FAILURES[tag]), /^[a-z]/)
      assert.not.match(describe(FAILURES[tag]), /undefined|\.$/)
    })

  test('a request that perhaps left may have taken effect', () =>
    assert.ok(outcomeUnknown({ _tag: 'Unreachable', message: 'reset', sent: 'perhaps' })))
})

spec('S11: the breaker', (test) => {
  for (const tag of ['Throttled', 'KeyRefused', 'PermissionMissing'] as const)
    test(`${tag} ends the run at once`, () => assert.is(run([undefined, FAILURES[tag]]).tripped, describe(FAILURES[tag])))

  test('five transport or server failures in a row end the run, four do not', () => {
    const { ServerTrouble, Unreachable, IllFormed, Rejected } = FAILURES
    assert.is(run(times(4, ServerTrouble)).tripped, undefined)
    assert.match(run([ServerTrouble, Unreachable, IllFormed, ServerTrouble, Unreachable]).tripped ?? '', /^5 failures in a row/)
    assert.is(run([...times(4, ServerTrouble), undefined, ...times(4, ServerTrouble)]).tripped, undefined)
    assert.is(run([...times(4, ServerTrouble), Rejected, ...times(4, ServerTrouble)]).tripped, undefined)
  })

  test('twenty refusals end the run, however many successes stand between them', () => {
    const { InvalidRequest, Rejected } = FAILURES
    assert.is(run(times(19, InvalidRequest)).tripped, undefined)
    assert.match(run(times(20, [Rejected, undefined]).flat()).tripped ?? '', /20 requests refused/)
  })

  test('once tripped it stays so, with its first reason', () =>
    fc.assert(
      fc.property(answers, answers, (before, after) => {
        const { tripped } = run(before)
        if (tripped !== undefined) assert.is(run([...before, ...after]).tripped, tripped)
      }),
    ))

  test('it lets no more than four transport failures in a row and nineteen refusals pass', () =>
    fc.assert(
      fc.property(answers, (all) => {
        if (run(all).tripped !== undefined) return
        const kinds = all.map((one) => (one === undefined ? 'fine' : concerns(one)))
        assert.not(kinds.includes('key'))
        assert.ok(kinds.filter((kind) => kind === 'user').length < 20)
        assert.not.match(kinds.join(' '), /(transport ?){5}/)
      }),
    ))
})

spec('S11: the pause of a key', (test) => {
  const series = (failure: ApiFailure, count: number, random: number): ReadonlyArray<number> => {
    let memory: KeyMemory | undefined
    return times(count, 0).map(() => {
      memory = pauseAfter(memory, failure, NOW, random)
      return ((memory?.notBefore ?? 0) - NOW) / MINUTE
    })
  }

  test('a 429 costs a minute, doubling to ten', () => assert.equal(series(FAILURES.Throttled, 7, 0), [1, 2, 4, 8, 10, 10, 10]))
  test('a refused key costs five minutes, doubling to an hour', () =>
    assert.equal(series(FAILURES.KeyRefused, 6, 0), [5, 10, 20, 40, 60, 60]))
  test('chance only makes it longer, by a tenth at most', () =>
    assert.equal(series(FAILURES.Throttled, 3, 1 - Number.EPSILON), [1.1, 2.2, 4.4]))
  test('it stays finite after any number of failures', () => assert.is(series(FAILURES.Throttled, 3000, 0).at(-1), 10))

  test('what the service asks for is honoured where it is longer', () => {
    const asked = (retryAfterMs: number): number =>
      (pauseAfter(undefined, { _tag: 'Throttled', retryAfterMs }, NOW, 0)?.notBefore ?? 0) - NOW
    assert.is(asked(1000), MINUTE)
    assert.is(asked(300 * 1000), 5 * MINUTE)
    assert.is(asked(Number.POSITIVE_INFINITY), 24 * HOUR, 'a day at most')
  })

  test('another kind of trouble starts its own count, and other failures pause nothing', () => {
    const throttled: KeyMemory = { why: 'throttled', failures: 4, notBefore: NOW }
    assert.is(pauseAfter(throttled, FAILURES.KeyRefused, NOW, 0)?.notBefore, NOW + 5 * MINUTE)
    for (const tag of ['PermissionMissing', 'Rejected', 'InvalidRequest', 'ServerTrouble', 'Unreachable', 'IllFormed'] as const)
      assert.is(pauseAfter(throttled, FAILURES[tag], NOW, 0), undefined)
  })

  test('nothing is sent before its end, not even for a person after a 429; a refused key a person may probe', () => {
    const throttled: KeyMemory = { why: 'throttled', failures: 1, notBefore: NOW + 90_000 }
    assert.match(pausedBy(throttled, NOW, false) ?? '', /no request before 2026-01-06T12:01:30\.000Z \(90 s\)/)
    assert.ok(pausedBy(throttled, NOW + 89_999, true))
    assert.is(pausedBy(throttled, NOW + 90_000, false), undefined)
    const refused: KeyMemory = { ...throttled, why: 'refused' }
    assert.ok(pausedBy(refused, NOW, false))
    assert.is(pausedBy(refused, NOW, true), undefined)
    assert.is(pausedBy(undefined, NOW, false), undefined)
  })
})

spec('the daemon tries again by itself', (test) => {
  const ended = (...all: ReadonlyArray<Outcome>): ReadonlyMap<'account', ReadonlyArray<Ended>> =>
    new Map([['account', all.map((outcome, at) => ({ ...change('update', `user-${at}`), outcome }))]])

  test('after trouble on the way, and after writes that are not settled', () => {
    assert.is(retryAfterMs({ exitCode: 6, ended: ended() }, 0, 0), 61_000)
    assert.is(retryAfterMs({ exitCode: 4, ended: ended('verified', 'unknown') }, 0, 0), 61_000)
    assert.is(retryAfterMs({ exitCode: 4, ended: ended('not_attempted') }, 1, 0), 122_000)
  })

  test('not where trying again would not help', () => {
    for (const exitCode of [0, 3, 4, 5])
      assert.is(retryAfterMs({ exitCode, ended: ended('verified', 'failed', 'not_converged', 'unobservable') }, 0, 0), undefined)
  })

  test('L3: more slowly each time, and after at most 11 minutes', () =>
    fc.assert(
      fc.property(fc.nat(5000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (tries, random) => {
        const wait = retryAfterMs({ exitCode: 6, ended: ended() }, tries, random) ?? 0
        const next = retryAfterMs({ exitCode: 6, ended: ended() }, tries + 1, random) ?? 0
        assert.ok(wait > MINUTE && wait <= 11 * MINUTE && wait <= next && next < HOUR)
      }),
    ))
})

spec('the queue', (test) => {
  for (const [queue, event, after, start] of [
    ['Idle', 'Triggered', 'Running', true],
    ['Running', 'Triggered', 'RunningAgain', false],
    ['RunningAgain', 'Triggered', 'RunningAgain', false],
    ['Running', 'Finished', 'Idle', false],
    ['RunningAgain', 'Finished', 'Running', true],
  ] as const)
    test(`${queue} and ${event}: ${after}`, () => assert.equal(step(queue, event), { queue: after, start }))

  test('no order of events starts two runs at a time, and no trigger is forgotten', () =>
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (events) => {
        let queue: Queue = 'Idle'
        let [running, unheard] = [0, false]
        for (const isTrigger of events) {
          if (!isTrigger && running === 0) continue
          if (!isTrigger) running -= 1
          const next = step(queue, isTrigger ? 'Triggered' : 'Finished')
          queue = next.queue
          if (isTrigger) unheard = true
          if (next.start) [running, unheard] = [running + 1, false]
          assert.ok(running <= 1, 'two runs at a time')
          assert.ok(running === 1 || !unheard, 'a trigger without a run after it')
        }
      }),
    ))
})
