// When to stop, how long to wait, when to start: breaker, pause, back-off and queue, each a small step function.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { ApiFailure } from '../../../src/domain/basics/failure.ts'
import {
  concerns,
  defectOf,
  describe,
  type Failure,
  failureLine,
  neverLeft,
  outcomeUnknown,
  type Problem,
} from '../../../src/domain/basics/failure.ts'
import { emptyLedger, type KeyMemory, type Ledger } from '../../../src/domain/memory/ledger.ts'
import { afterTrial, noLonger, pauseAfter, pauseOf, restAfter, withRests } from '../../../src/domain/memory/pause.ts'
import { outcomeOf, type ReadBack } from '../../../src/domain/plan/outcome.ts'
import type { Ended, Outcome, Report } from '../../../src/domain/plan/plan.ts'
import { retryAfterMs } from '../../../src/domain/run/backoff.ts'
import { afterAnswer, type Breaker, closed, looksOver } from '../../../src/domain/run/breaker.ts'
import { type Queue, type QueueEvent, step, type Wanted } from '../../../src/domain/run/queue.ts'
import type { Rule } from '../../../src/domain/wanted/rule.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { change, DAY, FILES, HOUR, NOW } from '../../support/build.ts'
import { rule } from '../../support/rules.ts'
import { spec } from '../../support/spec.ts'

const MINUTE = 60_000

const FAILURES: { readonly [T in ApiFailure['_tag']]: Extract<ApiFailure, { _tag: T }> } = {
  Throttled: { _tag: 'Throttled', retryAfterMs: undefined },
  KeyRefused: { _tag: 'KeyRefused', message: 'HTTP 401' },
  PermissionMissing: { _tag: 'PermissionMissing', endpoint: '/users/smtp/edit' },
  InvalidRequest: { _tag: 'InvalidRequest', field: 'audit_email', message: 'no address' },
  NameTaken: { _tag: 'NameTaken', message: 'already exists' },
  NotFound: { _tag: 'NotFound', message: 'no such user' },
  Rejected: { _tag: 'Rejected', message: 'over the limit' },
  Forbidden: { _tag: 'Forbidden', message: 'HTTP 403' },
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
    ['NameTaken', 'user', false],
    ['NotFound', 'user', false],
    ['Rejected', 'user', false],
    ['Forbidden', 'user', false],
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

  test('a request never left where it is said so, and only there', () => {
    for (const failure of Object.values(FAILURES)) assert.is(neverLeft(failure), failure._tag === 'Unreachable', failure._tag)
    assert.ok(neverLeft({ ...FAILURES.Throttled, sent: 'no' }))
    assert.not(neverLeft({ ...FAILURES.Unreachable, sent: 'perhaps' }))
  })

  for (const [failure, words] of [
    [FAILURES.Throttled, 'the service throttles this key or address (429); nothing more is sent for at least a minute'],
    [
      { ...FAILURES.Throttled, unnoted: true },
      'the service throttles this key or address (429); wait a minute at least: the next command does not know of it, since the state directory could not keep it',
    ],
    [
      FAILURES.KeyRefused,
      "the service refused the API key: HTTP 401; check api.key, the endpoint's region and the key's IP allow list",
    ],
    [
      FAILURES.PermissionMissing,
      'the API key may not call /users/smtp/edit; grant it that endpoint in the SMTP2GO app under API Keys',
    ],
    [FAILURES.InvalidRequest, 'the service refused audit_email: no address; mend audit_email in the config'],
    [
      { ...FAILURES.InvalidRequest, field: undefined },
      'the service refused the request: no address; mend the values of this user, or the id of this subaccount, in the config',
    ],
    [
      FAILURES.NameTaken,
      'the service says that this name is taken: already exists; choose another username, names are shared by all accounts of the service',
    ],
    [
      FAILURES.NotFound,
      "the service does not know what was asked for: no such user; the next run looks again; check api.endpoint and the subaccount's id; a subaccount that was closed is taken out of the config",
    ],
    [
      FAILURES.Rejected,
      'the service refused the request: over the limit; look at the limits of your SMTP2GO plan and at this user or subaccount in the SMTP2GO app',
    ],
    [
      FAILURES.Forbidden,
      'the service forbade the request: HTTP 403; the key works otherwise, so look at this user or subaccount in the SMTP2GO app, at the region where its data is, and at what stands between here and the service',
    ],
    [FAILURES.ServerTrouble, 'the service is in trouble (HTTP 502); the next run looks first and tries again'],
    [FAILURES.Unreachable, 'connection refused; the next run looks first and tries again'],
    [
      FAILURES.IllFormed,
      'the answer is not what the API promises: not JSON; check api.endpoint and what stands between here and the service',
    ],
  ] as const)
    test(`${failure._tag} says what happened and what to do: ${words}`, () => {
      assert.is(describe(failure), words)
      assert.is(failureLine({ _tag: 'Api', failure }), words)
    })

  const problem = (some: Partial<Problem>): Problem => ({
    file: 'config.yaml',
    line: 3,
    column: 5,
    path: 'users[0]',
    message: 'no such key',
    hint: undefined,
    excerpt: undefined,
    ...some,
  })
  const invalid = (count: number): Failure => ({
    _tag: 'ConfigInvalid',
    problems: Array.from({ length: count }, (_, at) => problem({ line: at + 1 })),
  })
  for (const [title, failure, line] of [
    ['a fault of the config', invalid(1), 'config.yaml:1:5 users[0]: no such key'],
    [
      'a fault without a place, with a hint',
      { _tag: 'ConfigInvalid', problems: [problem({ line: undefined, column: undefined, path: '', hint: 'chmod it' })] },
      'config.yaml: no such key (chmod it)',
    ],
    ['five faults', invalid(5), [1, 2, 3, 4, 5].map((at) => `config.yaml:${at}:5 users[0]: no such key`).join(' | ')],
    [
      'more',
      invalid(7),
      `${[1, 2, 3, 4, 5].map((at) => `config.yaml:${at}:5 users[0]: no such key`).join(' | ')} | and 2 more, see: validate`,
    ],
    ['the state', { _tag: 'StateUnusable', path: '/var/lib/x', message: 'is full' }, '/var/lib/x: is full'],
    ['a lock', { _tag: 'Locked', pid: 7, message: 'pid 7 has it' }, 'pid 7 has it'],
    ['a file', { _tag: 'InputUnusable', path: 'x.json', message: 'there is no such file' }, 'x.json: there is no such file'],
    ['a scope', { _tag: 'WrongUsage', message: 'there is no such scope' }, 'there is no such scope'],
    ['a run', { _tag: 'NoSuchRun', message: 'no such run' }, 'no such run'],
    [
      'another digest',
      { _tag: 'WrongDigest', wanted: 'a', found: 'b' },
      'the plan now is b, not a: something changed since; nothing was sent, look at the plan again',
    ],
    ['a bug', { _tag: 'Defect', message: 'TypeError' }, 'this is a bug in smtp2go-reconciler; please report it: TypeError'],
  ] as const)
    test(`in one line, ${title}`, () => assert.is(failureLine(failure), line))

  test('C1: of a bug its kind, code and place are told, never its message', () => {
    const thrown = (some: object, stack: string | undefined): Failure =>
      defectOf(Object.assign(new TypeError('word'), { stack, ...some }))
    const stack = 'TypeError: word\n    at one (a.js:1:2)\nword\n  at word\n    at two (b.js:3:4)\nword    at three'
    const frames = '    at one (a.js:1:2)\n    at two (b.js:3:4)'
    assert.equal(thrown({}, stack), { _tag: 'Defect', message: `TypeError\n${frames}` })
    assert.equal(thrown({ code: 'ERR_INVALID_ARG_TYPE' }, stack), {
      _tag: 'Defect',
      message: `TypeError ERR_INVALID_ARG_TYPE\n${frames}`,
    })
    for (const code of [7, '', 'AB', 'word', 'xERR', 'ERR word', `E${'X'.repeat(41)}`, '_ERR'])
      assert.equal(thrown({ code }, stack), { _tag: 'Defect', message: `TypeError\n${frames}` }, String(code))
    for (const code of ['ABC', `E${'X'.repeat(40)}`])
      assert.equal(thrown({ code }, undefined), { _tag: 'Defect', message: `TypeError ${code}` })
    assert.equal(defectOf('word'), { _tag: 'Defect', message: 'something was thrown that is no error (string)' })
  })
})

spec('S11: the breaker', (test) => {
  for (const tag of ['Throttled', 'KeyRefused', 'PermissionMissing'] as const)
    test(`${tag} ends the run at once`, () => assert.is(run([undefined, FAILURES[tag]]).tripped, describe(FAILURES[tag])))

  test('a key that gave out and a service that is down leave nothing to read; a permission that lacks, and refusals, do', () => {
    const { Throttled, KeyRefused, PermissionMissing, ServerTrouble, Rejected } = FAILURES
    const down = (...all: ReadonlyArray<ApiFailure>): boolean => run(all).down
    assert.equal([down(Throttled), down(KeyRefused), down(PermissionMissing)], [true, true, false])
    assert.equal([down(...times(4, ServerTrouble)), down(...times(5, ServerTrouble))], [false, true])
    assert.equal(down(...times(20, Rejected)), false)
    assert.is(closed.down, false)
  })

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

spec('S11, S12: the end of the looks', (test) => {
  const { ServerTrouble, Rejected } = FAILURES

  test('leaves the writes after it one failure in a row and five refusals, where anything was seen', () => {
    const is = (all: ReadonlyArray<ApiFailure>, underWay: number, anySeen: boolean): boolean =>
      looksOver(run(all), { underWay, anySeen }) !== undefined
    for (const [failed, most, left] of [
      [ServerTrouble, 5, 1],
      [Rejected, 20, 5],
    ] as const)
      for (const underWay of [0, 1, 3])
        for (const anySeen of [false, true]) {
          const last = most - (anySeen ? left : 0) - underWay
          assert.equal(
            [is(times(last - 1, failed), underWay, anySeen), is(times(last, failed), underWay, anySeen)],
            [false, true],
          )
        }
  })

  test('however the looks end that leave one by one or side by side, they never end the run where anything was seen', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(9), fc.option(fc.constantFrom(ServerTrouble, Rejected), { nil: undefined })), {
          maxLength: 200,
        }),
        (answered) => {
          let breaker = closed
          for (const [width, answer] of answered) {
            let underWay = 0
            while (underWay <= width && looksOver(breaker, { underWay, anySeen: true }) === undefined) underWay += 1
            if (underWay === 0) return
            breaker = times(underWay, answer).reduce(afterAnswer, breaker)
            assert.is(breaker.tripped, undefined)
            assert.is(afterAnswer(breaker, Rejected).tripped, undefined, 'a write has room')
          }
        },
      ),
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
    for (const tag of [
      'PermissionMissing',
      'Rejected',
      'Forbidden',
      'InvalidRequest',
      'ServerTrouble',
      'Unreachable',
      'IllFormed',
    ] as const)
      assert.is(pauseAfter(throttled, FAILURES[tag], NOW, 0), undefined)
  })

  test('of several kinds of trouble in one run the longest pause counts, whichever came first', () => {
    const both = [FAILURES.Throttled, FAILURES.KeyRefused]
    for (const failures of [both, both.toReversed(), [FAILURES.PermissionMissing, ...both]]) {
      const { keys } = afterTrial(emptyLedger('key'), 'print', { failures, worked: true }, NOW, 0)
      assert.equal(keys.get('print'), { why: 'refused', failures: 1, notBefore: NOW + 5 * MINUTE, forMs: 5 * MINUTE })
    }
    const often: Ledger = { ...emptyLedger('key'), keys: new Map([['print', { why: 'throttled', failures: 3, notBefore: NOW }]]) }
    const after = afterTrial(often, 'print', { failures: both, worked: true }, NOW, 0)
    assert.equal(after.keys.get('print'), { why: 'throttled', failures: 4, notBefore: NOW + 8 * MINUTE, forMs: 8 * MINUTE })
    assert.is(afterTrial(often, 'print', { failures: [], worked: true }, NOW, 0).keys.size, 0)
  })

  for (const [title, sent, leftMs, expected] of [
    ['that was held back here ends a longer one no sooner', 'no', 4 * MINUTE, { why: 'refused', left: 4 * MINUTE }],
    ['that was held back here may be the longer one', 'no', 1, { why: 'throttled', left: MINUTE }],
    ['that was answered counts, also where it is shorter', undefined, 4 * MINUTE, { why: 'throttled', left: MINUTE }],
  ] as const)
    test(`a pause for what ${title}`, () => {
      const known: KeyMemory = { why: 'refused', failures: 1, notBefore: NOW + leftMs, forMs: 5 * MINUTE }
      const ledger: Ledger = { ...emptyLedger('key'), keys: new Map([['print', known]]) }
      const failure: ApiFailure = { _tag: 'Throttled', retryAfterMs: undefined, ...(sent === undefined ? {} : { sent }) }
      const after = afterTrial(ledger, 'print', { failures: [failure], worked: false }, NOW, 0).keys.get('print')
      assert.equal([after?.why, (after?.notBefore ?? 0) - NOW], [expected.why, expected.left])
    })

  test('one that began at a time of day yet to come lasts as long as it did when it began, and any other keeps its end', () => {
    const asked = { _tag: 'Throttled', retryAfterMs: 20 * MINUTE } as const
    const leftOf = (memory: KeyMemory): number => noLonger(memory, NOW).notBefore - NOW
    const left = (at: number): ReadonlyArray<number> => [pauseAfter(undefined, asked, at, 0) ?? []].flat().map(leftOf)
    assert.equal(left(NOW + 9 * HOUR), [20 * MINUTE])
    assert.equal(left(NOW - 5 * MINUTE), [15 * MINUTE])
    assert.equal(left(NOW - HOUR), [-40 * MINUTE])
    const untold: KeyMemory = { why: 'throttled', failures: 1, notBefore: NOW + 90 * HOUR }
    assert.is(leftOf(untold), 24 * HOUR, 'where nothing tells how long, the longest there is')
  })

  test('nothing is sent before its end, not even for a person after a 429; a refused key a person may probe', () => {
    const throttled: KeyMemory = { why: 'throttled', failures: 1, notBefore: NOW + 90_000 }
    const asked = (memory: KeyMemory, now: number, person: boolean) => {
      const keys = new Map([['key', memory]])
      return pauseOf({ keys, forgotten: undefined }, { key: 'key', now, person })
    }
    assert.match(asked(throttled, NOW, false)?.message ?? '', /no request before 2026-01-06T12:01:30\.000Z \(90 s\)/)
    assert.ok(asked(throttled, NOW + 89_999, true))
    assert.is(asked(throttled, NOW + 90_000, false), undefined)
    const refused: KeyMemory = { ...throttled, why: 'refused' }
    assert.ok(asked(refused, NOW, false))
    assert.is(asked(refused, NOW, true), undefined)
    assert.is(pauseOf({ keys: new Map(), forgotten: undefined }, { key: 'key', now: NOW, person: false }), undefined)
  })

  test('S10: after a lost memory nothing is sent for a minute, whichever key it is and whatever is known of another; a person need not wait', () => {
    const keys = new Map([['other', { why: 'throttled', failures: 1, notBefore: NOW + 90_000 } as const]])
    for (const [how, says] of [
      ['gone', /the ledger of this state directory is gone/],
      ['put_back', /ledger\.json is older than the last one written/],
    ] as const) {
      const forgotten = { how, at: NOW }
      assert.match(pauseOf({ keys, forgotten }, { key: 'key', now: NOW, person: false })?.message ?? '', says)
      assert.is(pauseOf({ keys, forgotten }, { key: 'key', now: NOW + 59_999, person: false })?.why, how)
      assert.is(pauseOf({ keys, forgotten }, { key: 'key', now: NOW + MINUTE, person: false }), undefined)
      assert.is(pauseOf({ keys, forgotten }, { key: 'key', now: NOW, person: true }), undefined)
      assert.is(pauseOf({ keys, forgotten }, { key: 'other', now: NOW, person: true })?.why, 'throttled')
      const written = { latest: NOW, behind: NOW - 2 * HOUR }
      const afterBack = (ms: number) =>
        pauseOf({ keys, forgotten, written }, { key: 'key', now: written.behind + ms, person: false })
      assert.equal([afterBack(MINUTE - 1)?.why, afterBack(MINUTE)], [how, undefined], 'also where the clock was set back since')
    }
  })
})

spec('S11: a rest that was noted beside the ledger', (test) => {
  const told = (askedMs: number, now = NOW) => ({ askedMs, now, random: 0 })
  const rest = (some: Partial<KeyMemory> = {}): KeyMemory => ({
    why: 'throttled',
    failures: 1,
    notBefore: NOW + MINUTE,
    forMs: MINUTE,
    ...some,
  })

  test('lasts a minute at least, or as long as it was asked for, a day at the most', () => {
    assert.equal(restAfter(undefined, told(0)), rest())
    assert.equal(restAfter(undefined, told(5 * MINUTE)), rest({ notBefore: NOW + 5 * MINUTE, forMs: 5 * MINUTE }))
    assert.is(restAfter(undefined, told(99 * DAY)).forMs, DAY)
  })

  test('is the same trouble while it lasts, doubles within as long again, and begins anew after that', () => {
    const long = rest({ failures: 3, notBefore: NOW + 4 * MINUTE, forMs: 4 * MINUTE })
    assert.equal(restAfter(long, told(0)), long)
    assert.is(restAfter(long, told(9 * MINUTE)).notBefore, NOW + 9 * MINUTE)
    for (const [after, failures] of [
      [MINUTE - 1, 1],
      [MINUTE, 2],
      [2 * MINUTE - 1, 2],
      [2 * MINUTE, 1],
    ] as const) {
      const { forMs, ...next } = restAfter(rest(), told(0, NOW + after))
      assert.equal([next.failures, forMs], [failures, failures * MINUTE], String(after))
    }
  })

  test('holds whoever asks until it is over, and for no longer where the time of day has gone back', () => {
    const before = emptyLedger('k')
    const pausedAt = (now: number, ledger: Ledger = before) =>
      pauseOf(withRests(ledger, new Map([['key', rest()]]), now), { key: 'key', now, person: true })?.until
    assert.equal(
      [NOW, NOW + MINUTE - 1, NOW + MINUTE].map((now) => pausedAt(now)),
      [NOW + MINUTE, NOW + MINUTE, undefined],
    )
    assert.equal(
      [NOW - MINUTE, NOW - MINUTE - 1].map((now) => pausedAt(now)),
      [NOW + MINUTE, undefined],
    )
    const known = (memory: KeyMemory): Ledger => ({ ...before, keys: new Map([['key', memory]]) })
    assert.is(pausedAt(NOW, known(rest({ notBefore: NOW + 9 * MINUTE }))), NOW + 9 * MINUTE)
    assert.is(pausedAt(NOW, known(rest({ why: 'refused', notBefore: NOW + 9 * MINUTE }))), NOW + MINUTE)
    assert.is(withRests(before, new Map(), NOW), before)
  })
})

spec('the daemon tries again by itself', (test) => {
  const report = (outcomes: ReadonlyArray<Outcome>, some: Partial<Report> = {}): Report => ({
    runId: 'run',
    plan: { digest: 'sha256:0', config: { files: FILES, digest: '' }, scopes: [], cost: { requests: 0, seconds: 0 } },
    ended: new Map([['account', outcomes.map((outcome, at): Ended => ({ ...change('update', `user-${at}`), outcome }))]]),
    outcome: 'failed',
    exitCode: 4,
    pausedUntil: undefined,
    requests: 0,
    durationMs: 0,
    ...some,
  })
  const first = { tries: 0, now: NOW, random: 0, rules: [] }

  test('after trouble on the way, and after writes that are not settled', () => {
    assert.is(retryAfterMs(report(['verified', 'failed'], { cutShort: true }), first), 61_000)
    assert.is(retryAfterMs(report(['verified', 'unknown']), first), 61_000)
    assert.is(retryAfterMs(report(['not_attempted']), { ...first, tries: 1 }), 122_000)
  })

  test('L3: after a refusal of which no look shows whom it found, and not after one that was read back', () => {
    const failure: ApiFailure = { _tag: 'NameTaken', message: 'no' }
    const wait = (made: 'create' | 'update', after: ReadBack): number | undefined => {
      const ended = outcomeOf(change(made, 'one'), { _tag: 'Failed', failure }, after)
      return retryAfterMs(report([], { ended: new Map([['account', [ended]]]) }), first)
    }
    for (const made of ['create', 'update'] as const) assert.is(wait(made, { _tag: 'Unread', why: 'nobody listens' }), 61_000)
    assert.is(wait('create', { _tag: 'Read', user: undefined }), undefined)
  })

  test('S5: after it has made somebody, where a rule blocks whoever breaks it, since only the next look shows that', () => {
    const making = (outcome: Outcome): Report =>
      report([], { ended: new Map([['account', [{ ...change('create', 'new'), outcome }]]]) })
    const demand: Rule['require'] = [{ field: 'description', _tag: 'Present', present: true }]
    const [blocks, reports] = [rule('blocks', { require: demand, otherwise: 'block' }), rule('reports', { require: demand })]
    for (const [outcome, rules, wait] of [
      ['verified', [reports, blocks], 61_000],
      ['verified', [reports], undefined],
      ['verified', [], undefined],
      ['failed', [blocks], undefined],
    ] as const)
      assert.is(retryAfterMs(making(outcome), { ...first, rules }), wait)
    assert.is(retryAfterMs(report(['verified']), { ...first, rules: [blocks] }), undefined)
  })

  test('after an answer that is not believed, since looking again only reads', () => {
    const { plan } = report([])
    const error = { kind: 'suspicious_answer', message: '' } as const
    const unseen: Partial<Report> = { plan: { ...plan, scopes: [{ _tag: 'Errored', scope: 'account', error }] } }
    assert.is(retryAfterMs(report([], unseen), first), 61_000)
  })

  test('S11: a key that must rest is tried the moment it may, and no sooner', () => {
    for (const tries of [0, 9]) {
      const wait = retryAfterMs(report([], { pausedUntil: NOW + 90_000 }), { ...first, tries }) ?? 0
      assert.ok(wait >= 90_000 && wait < 91_000, String(wait))
      assert.ok((retryAfterMs(report([], { pausedUntil: NOW - HOUR }), { ...first, tries }) ?? -1) >= 0)
    }
  })

  test('not where trying again would not help', () =>
    assert.is(retryAfterMs(report(['verified', 'failed', 'not_converged', 'unobservable']), first), undefined))

  test('L3: more slowly each time, and after at most 11 minutes', () =>
    fc.assert(
      fc.property(fc.nat(5000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (tries, random) => {
        const wait = retryAfterMs(report(['unknown']), { ...first, tries, random }) ?? 0
        const next = retryAfterMs(report(['unknown']), { ...first, tries: tries + 1, random }) ?? 0
        assert.ok(wait > MINUTE && wait <= 11 * MINUTE && wait <= next && next < HOUR)
      }),
    ))
})

spec('the queue', (test) => {
  const idle: Queue = { _tag: 'Idle' }
  const running: Queue = { _tag: 'Running' }
  const again = (next: Wanted): Queue => ({ _tag: 'RunningAgain', next })
  const asked = (wanted: Wanted): QueueEvent => ({ _tag: 'Triggered', wanted })
  const finished: QueueEvent = { _tag: 'Finished' }
  const [A, B, BOTH] = [
    new Set<Scope>(['account']),
    new Set<Scope>(['subaccount:B']),
    new Set<Scope>(['account', 'subaccount:B']),
  ]

  for (const [title, queue, event, after, start] of [
    ['Idle and Triggered: Running', idle, asked(A), running, A],
    ['Running and Triggered: RunningAgain', running, asked(A), again(A), undefined],
    ['RunningAgain and Triggered of the same: RunningAgain', again(A), asked(A), again(A), undefined],
    ['RunningAgain and Triggered of another: RunningAgain of both', again(A), asked(B), again(BOTH), undefined],
    ['RunningAgain of all and Triggered: still of all', again('all'), asked(B), again('all'), undefined],
    ['RunningAgain and Triggered of all: RunningAgain of all', again(A), asked('all'), again('all'), undefined],
    ['Running and Finished: Idle', running, finished, idle, undefined],
    ['RunningAgain and Finished: Running', again(B), finished, running, B],
    ['Idle and Finished: Idle', idle, finished, idle, undefined],
  ] as const)
    test(title, () => assert.equal(step(queue, event), { queue: after, start }))

  test('no order of events starts two runs at a time, and nothing asked for is forgotten, or made more than it was', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom<Wanted | 'finished'>(A, B, 'all', 'finished'), { maxLength: 60 }), (events) => {
        let queue: Queue = idle
        let isRunning = false
        let unheard: ReadonlyArray<Wanted> = []
        for (const event of events) {
          if (event === 'finished' && !isRunning) continue
          if (event === 'finished') isRunning = false
          else unheard = [...unheard, event]
          const next = step(queue, event === 'finished' ? finished : asked(event))
          queue = next.queue
          if (next.start !== undefined) {
            assert.not(isRunning, 'two runs at a time')
            const all = unheard.includes('all')
            const wanted = all ? 'all' : new Set(unheard.flatMap((one) => [...one]))
            assert.equal(next.start, wanted, 'a part of what waited, or more than was asked for')
            isRunning = true
            unheard = []
          }
          assert.ok(isRunning || unheard.length === 0, 'asked for, without a run after it')
        }
      }),
    ))
})
