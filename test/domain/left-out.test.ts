// What is remembered of an unlisted user that an answer leaves out: enough for it to go on where it was, and nothing of one that we removed.
import * as assert from 'uvu/assert'
import { elapsedOf, leavingAfter } from '../../src/domain/leaving.ts'
import { type Leaving, type Pending, stranger, type UserMemory } from '../../src/domain/ledger.ts'
import { leftOut } from '../../src/domain/left-out.ts'
import type { Ended, Outcome } from '../../src/domain/plan.ts'
import { change, DAY, HOUR, liveUser, NOW, userMemory } from '../support/build.ts'
import { spec } from '../support/spec.ts'

const LATE = HOUR / 4
const ONE = 'gone-1@x.example'
const ended = (kind: Ended['change'], outcome: Outcome): Ended => ({ ...change(kind, ONE, { fields: [] }), outcome })

spec('of an unlisted user that an answer leaves out is remembered', (test) => {
  const leaving: Leaving = { _tag: 'Blocked', statusBefore: 'sandbox', elapsedMs: 3 * DAY, countedAt: NOW - HOUR }
  const pending: Pending = { change: 'block', wanted: new Map([['status', '"blocked"']]), at: NOW - LATE + 1, departs: 'allowed' }
  const taking = { field: 'status', wanted: '"blocked"', live: '"allowed"', at: NOW - HOUR } as const
  const refused = { wanted: '', live: '', at: NOW - HOUR, message: 'no' }

  for (const [title, before, some, expected] of [
    ['nothing of one of whom nothing is known', {}, {}, undefined],
    ['that it is on its way out by our block', { leaving }, {}, { leaving: { ...leaving, unseen: true } }],
    ['for a day', { leaving: { ...leaving, countedAt: NOW - DAY } }, {}, undefined],
    ['not that it was replaced', { leaving: { _tag: 'Replaced', elapsedMs: 1, countedAt: NOW } }, {}, undefined],
    ['our block of unknown fate', { pending }, {}, { pending }],
    ['for a quarter of an hour', { pending: { ...pending, at: NOW - LATE } }, {}, undefined],
    ['no other write of unknown fate', { pending: { change: 'update', wanted: new Map(), at: NOW } }, {}, undefined],
    ['the status that returns', { statusBefore: 'allowed' }, {}, { statusBefore: 'allowed' }],
    ['for one look', { statusBefore: 'allowed' }, { wasSeen: false }, undefined],
    ['nothing of one that we removed', { leaving, statusBefore: 'allowed' }, { ended: ended('remove', 'verified') }, undefined],
    [
      'all of one whose removal failed',
      { leaving },
      { ended: ended('remove', 'failed') },
      { leaving: { ...leaving, unseen: true } },
    ],
    ['what it did not take', { notTaking: [taking] }, {}, { notTaking: [taking] }],
    ['and for how long not', { notTaking: [{ ...taking, at: NOW - DAY }] }, {}, undefined],
    ['what was refused', { refused }, {}, { refused }],
    ['and for how long it was', { refused: { ...refused, at: NOW - DAY } }, {}, undefined],
  ] satisfies ReadonlyArray<
    readonly [string, Partial<UserMemory>, Partial<Parameters<typeof leftOut>[1]>, Partial<UserMemory> | undefined]
  >)
    test(title, () =>
      assert.equal(
        leftOut(userMemory(before), { ended: undefined, wasSeen: true, now: NOW, ...some }),
        expected === undefined ? undefined : { ...stranger, ...expected },
      ),
    )

  test('L5: once it is shown again, grace begins anew', () => {
    const left = leftOut(userMemory({ leaving }), { ended: undefined, wasSeen: true, now: NOW })?.leaving
    assert.is(left === undefined ? undefined : elapsedOf(left, NOW + HOUR), 0)
    const live = liveUser(ONE, { status: 'blocked' })
    const seen = { live, blocked: undefined, wasOpen: false, isReplaced: false, now: NOW + HOUR }
    assert.equal(leavingAfter(left, seen), { _tag: 'Blocked', statusBefore: 'sandbox', elapsedMs: 0, countedAt: NOW + HOUR })
  })
})
