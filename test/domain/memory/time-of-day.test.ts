// The time of day in what is remembered: nothing is touched while it goes on, everything that is yet to come is dated once it has been earlier
// than the last write for a day, and every date stands where it is later than it again.
import * as assert from 'uvu/assert'
import type { Hold } from '../../../src/domain/decisions/hold.ts'
import type { Ledger } from '../../../src/domain/memory/ledger.ts'
import { takenUp, writtenAt } from '../../../src/domain/memory/time-of-day.ts'
import type { UserMemory } from '../../../src/domain/memory/user-memory.ts'
import { DAY, HOUR, ledger, memory, NOW, userMemory } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const MINUTE = 60_000
const THEN = NOW + 365 * DAY

const user = (at: number): UserMemory =>
  userMemory({
    sent: new Map([['email_password', { print: 'p', at }]]),
    notTaking: [{ field: 'description', wanted: 'a', live: 'b', at }],
    refused: [{ wanted: 'a', live: 'b', at, message: 'no' }],
    repairs: new Map([['description', [NOW - HOUR, at]]]),
    pending: { change: 'block', wanted: new Map([['status', 'x']]), at, overtakes: { at, wanted: new Map([['status', 'y']]) } },
    block: { at, earlier: at },
    ourBlock: { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 5, countedAt: at },
  })

const hold = (at: number): Hold => ({ what: { _tag: 'All' }, since: at, until: at + HOUR, reason: 'r', by: 'b' })
const keeping = (at: number): Hold => ({
  ...hold(at),
  what: { _tag: 'Removals' },
  keeps: [
    { scope: 'account', users: [], told: at },
    { scope: 'subaccount:x', users: [] },
  ],
})

/** A ledger with everything in it that has a time, all of it of then. */
const dated = (at: number): Ledger =>
  ledger(
    [
      [
        'account',
        memory({
          since: at,
          letGo: at,
          users: new Map([
            ['one', user(at)],
            ['two', userMemory({ block: { at } })],
            ['three', userMemory()],
          ]),
          spent: [{ cap: 'max_blocks', username: 'one', at }],
          ends: [
            { file: 'a.yaml', restraints: [] },
            { file: 'b.yaml', restraints: [], gone: at },
          ],
          findings: [
            { rule: 'contested', username: 'one', severity: 'high', since: at, seen: at },
            { rule: 'r', username: 'one', severity: 'low', since: at },
          ],
        }),
      ],
      ['subaccount:x', memory({ since: NOW - DAY })],
    ],
    {
      holds: [hold(at), keeping(at)],
      shut: new Map([['subaccount:x', { at, message: 'no', origin: 'o' }]]),
      forgotten: { how: 'gone', at },
    },
  )

/** A ledger of then, as a run a day ago found it, and one now. */
const seen = (whole: Ledger, ...moments: ReadonlyArray<number>): Ledger => moments.reduce(takenUp, whole)
const written = (whole: Ledger, at: number): Ledger => writtenAt(whole, at)

spec('the time of day', (test) => {
  test('while it goes on, a ledger is taken up as it is, and one that nobody wrote has no time', () => {
    const whole = written(dated(NOW - HOUR), NOW)
    for (const now of [NOW, NOW + 1, NOW + 9 * DAY]) assert.is(takenUp(whole, now), whole)
    const fresh = ledger([])
    assert.is(takenUp(fresh, NOW), fresh)
  })

  test('what is written is of the latest time that there was', () => {
    assert.equal(written(ledger([]), NOW).written, { latest: NOW })
    assert.equal(written(written(ledger([]), NOW), NOW + 1).written, { latest: NOW + 1 })
    assert.equal(written(written(ledger([]), NOW), NOW - 1).written, { latest: NOW })
    const late = takenUp(written(ledger([]), THEN), NOW)
    assert.equal(written(late, NOW + 1).written, { latest: THEN, behind: NOW })
  })

  test('a day after it went back, what is yet to come is dated to when that was seen, and nothing before', () => {
    const whole = written(dated(THEN), THEN)
    const { approvals, believed, keys } = whole
    const still = seen(whole, NOW - DAY, NOW - HOUR, NOW - 1)
    assert.equal(still, { ...whole, approvals, believed, keys, written: { latest: THEN, behind: NOW - DAY } })
    const after = seen(still, NOW)
    const meant = dated(NOW - DAY)
    assert.equal(after, {
      ...meant,
      holds: meant.holds.map((one) => ({ ...one, until: NOW + 29 * DAY })),
      written: { latest: NOW },
    })
  })

  test('what is past by then keeps its date, and a hold that ends before the longest one could its end', () => {
    const whole = { ...dated(NOW - 5 * DAY), holds: [{ ...hold(NOW - 5 * DAY), until: NOW + 3 * DAY }] }
    const after = seen(written(whole, THEN), NOW - DAY, NOW)
    assert.equal(after, { ...whole, written: { latest: NOW } })
  })

  test('it went back further: the day begins anew; it is later than it was: every date stands', () => {
    const whole = written(dated(THEN), THEN)
    const twice = seen(whole, NOW + 30 * DAY, NOW, NOW + DAY - 1)
    assert.equal(twice.written, { latest: THEN, behind: NOW })
    assert.is(twice.scopes, whole.scopes)
    const right = seen(twice, THEN)
    assert.equal(right, whole)
    assert.is(takenUp(right, THEN + DAY), right)
  })

  test('an approval and an answer vouched for that end more than an hour ahead are over at once, a step of the clock aside', () => {
    const until = (end: number): Partial<Ledger> => ({
      approvals: [{ changes: ['c'], until: end, reason: 'r', by: 'b' }],
      believed: new Map([['account', { names: [], origin: 'o', until: end }]]),
    })
    for (const [end, isLeft] of [
      [NOW + HOUR, true],
      [NOW + HOUR + MINUTE, true],
      [NOW + HOUR + MINUTE + 1, false],
      [THEN, false],
    ] as const) {
      const { approvals, believed } = takenUp(written(ledger([], until(end)), NOW + 1), NOW)
      assert.equal([approvals.length, believed.size], isLeft ? [1, 1] : [0, 0], String(end - NOW))
    }
  })

  test('the pause of a key is bounded at once, and not begun anew by each look', () => {
    const key = { why: 'throttled', failures: 1, notBefore: THEN + MINUTE, forMs: MINUTE } as const
    const whole = written(ledger([], { keys: new Map([['key', key]]) }), THEN)
    const endIn = (one: Ledger): number | undefined => one.keys.get('key')?.notBefore
    assert.is(endIn(seen(whole, NOW)), NOW + MINUTE)
    assert.is(endIn(seen(whole, NOW, NOW + 40_000)), NOW + MINUTE)
    assert.is(endIn(seen(whole, THEN)), THEN + MINUTE)
  })
})
