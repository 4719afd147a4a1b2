// What is remembered of a user that an answer leaves out: enough for it to go on where it was, and nothing of one that is gone that would be
// taken for the next one's of its name.
import * as assert from 'uvu/assert'
import { elapsedOf, leavingAfter } from '../../../src/domain/memory/grace.ts'
import { leftOut, unlessGone } from '../../../src/domain/memory/left-out.ts'
import { wayOut } from '../../../src/domain/memory/our-block.ts'
import {
  type BlockUnderWay,
  type OurBlock,
  type Pending,
  stranger,
  type UserMemory,
} from '../../../src/domain/memory/user-memory.ts'
import type { Ended, Outcome } from '../../../src/domain/plan/plan.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import { change, DAY, HOUR, liveUser, NOW, userMemory } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'gone-1@x.example'
const ended = (kind: Ended['change'], outcome: Outcome): Ended => ({ ...change(kind, ONE, { fields: [] }), outcome })

spec('of an unlisted user that an answer leaves out is remembered', (test) => {
  const ourBlock: OurBlock = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 3 * DAY, countedAt: NOW - 9 * DAY }
  const block: BlockUnderWay = { at: NOW - HOUR, departs: 'allowed' }
  const taking = { field: 'status', wanted: '"blocked"', live: '"allowed"', at: NOW - HOUR } as const
  const one = { wanted: '', live: '', at: NOW - HOUR, message: 'no' }
  const refused = [one]
  const repairs = new Map([['status', [NOW]] as const])
  const unseen = 1
  const removing: Pending = { change: 'remove', wanted: new Map(), at: NOW }

  for (const [title, before, end, expected] of [
    ['nothing of one of whom nothing is known', {}, undefined, undefined],
    ['that it is on its way out by our block', { ourBlock }, undefined, { ourBlock: { ...ourBlock, unseen: true }, unseen }],
    ['for three looks without it', { ourBlock, unseen: 2 }, undefined, { ourBlock: { ...ourBlock, unseen: true }, unseen: 3 }],
    ['and no longer', { ourBlock, unseen: 3 }, undefined, undefined],
    ['not that it was replaced', { replaced: { _tag: 'Replaced', elapsedMs: 1, countedAt: NOW } }, undefined, undefined],
    ['our block that may yet show', { block }, undefined, { block, unseen }],
    ['not one that may not', { block: { ...block, answered: true } }, undefined, undefined],
    ['no other write of unknown fate', { pending: { change: 'update', wanted: new Map(), at: NOW } }, undefined, undefined],
    [
      'the status that returns',
      { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } },
      undefined,
      { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' }, unseen },
    ],
    ['for as many', { ourBlock: { _tag: 'Rule', returnsTo: 'allowed' }, unseen: 3 }, undefined, undefined],
    [
      'that it is barred, and how often that was set back',
      { barred: true, repairs },
      undefined,
      { barred: true, repairs, unseen },
    ],
    ['nor a block after them', { block, unseen: 3 }, undefined, undefined],
    ['nothing of one that we removed', { ourBlock, pending: removing }, ended('remove', 'verified'), undefined],
    [
      'our block of one whose removal an earlier run has sent, and nobody told, for as long as that may be under way',
      { ourBlock, pending: { ...removing, at: NOW - HOUR / 4 + 1 } },
      undefined,
      { ourBlock: { ...ourBlock, unseen: true }, pending: { ...removing, at: NOW - HOUR / 4 + 1 }, unseen },
    ],
    ['and no moment longer', { ourBlock, pending: { ...removing, at: NOW - HOUR / 4 } }, undefined, undefined],
    [
      'that of one whose removal was not answered, since that answer alone speaks for it',
      { ourBlock, pending: removing },
      { ...ended('remove', 'verified'), unconfirmed: true },
      { ourBlock: { ...ourBlock, unseen: true }, pending: removing, unseen },
    ],
    [
      'for as many looks as of any other',
      { ourBlock, pending: removing, unseen: 3 },
      { ...ended('remove', 'verified'), unconfirmed: true },
      undefined,
    ],
    [
      'but what it did not take',
      { ourBlock, notTaking: [taking], pending: removing },
      ended('remove', 'verified'),
      { notTaking: [taking] },
    ],
    [
      'all of one whose removal failed',
      { ourBlock },
      ended('remove', 'failed'),
      { ourBlock: { ...ourBlock, unseen: true }, unseen },
    ],
    ['what it did not take', { notTaking: [taking] }, undefined, { notTaking: [taking] }],
    ['and for how long not', { notTaking: [{ ...taking, at: NOW - DAY }] }, undefined, undefined],
    ['what was refused', { refused }, undefined, { refused }],
    ['and for how long it was', { refused: [{ ...one, at: NOW - DAY }] }, undefined, undefined],
  ] satisfies ReadonlyArray<readonly [string, Partial<UserMemory>, Ended | undefined, Partial<UserMemory> | undefined]>)
    test(title, () =>
      assert.equal(
        leftOut(userMemory(before), { ended: end, isAwaited: false, now: NOW }),
        expected === undefined ? undefined : { ...stranger, ...expected },
      ),
    )

  for (const [title, before, expected] of [
    ['that it was there', {}, { unseen }],
    ['for three looks', { unseen: 2 }, { unseen: 3 }],
    ['and no longer, whatever else there is', { unseen: 3, refused, notTaking: [taking] }, undefined],
    [
      'with what else there is until then',
      { refused, ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } },
      { refused, ourBlock: { _tag: 'Rule', returnsTo: 'allowed' }, unseen },
    ],
    ['not where we removed it', { ourBlock, refused, pending: { ...removing, at: NOW - DAY } }, undefined],
  ] satisfies ReadonlyArray<readonly [string, Partial<UserMemory>, Partial<UserMemory> | undefined]>)
    test(`where a new name waits for it: ${title}`, () =>
      assert.equal(
        leftOut(userMemory(before), { ended: undefined, isAwaited: true, now: NOW }),
        expected === undefined ? undefined : { ...stranger, ...expected },
      ))

  test('L5: once it is shown again, grace begins anew', () => {
    const left = wayOut(leftOut(userMemory({ ourBlock }), { ended: undefined, isAwaited: false, now: NOW }) ?? stranger)
    assert.is(left === undefined ? undefined : elapsedOf(left, NOW + HOUR), 0)
    const live = liveUser(ONE, { status: 'blocked' })
    const seen = { live, blockedFrom: undefined, wasOpen: false, successor: undefined, now: NOW + HOUR }
    assert.equal(leavingAfter(left, seen), { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 0, countedAt: NOW + HOUR })
  })
})

spec('of a listed user that an answer leaves out counts', (test) => {
  const asked = {
    wanted: new Map([['status', '"allowed"'] as const]),
    repairs: new Map([['status', [NOW]] as const]),
    notTaking: [{ field: 'status', wanted: '', live: '', at: NOW } as const],
    refused: [{ wanted: '', live: '', at: NOW, message: 'no' }],
  }
  const known: Partial<UserMemory> = {
    ...asked,
    sent: new Map([['email_password', { print: 'x', at: 1 }] as const]),
    pending: { change: 'create', wanted: new Map(), at: NOW - HOUR },
    block: { at: NOW - HOUR },
    ourBlock: { _tag: 'Rule', returnsTo: 'allowed' },
  }
  const add: Pending = { change: 'create', wanted: new Map(), at: NOW - 1 }
  const block: BlockUnderWay = { at: NOW - 1 }
  for (const [title, some, live, expected] of [
    ['all, at first', { unseen: 2 }, undefined, { ...known, unseen: 2 }],
    ['what is asked and was in vain, after three looks', { unseen: 3 }, undefined, { ...asked, unseen: 3 }],
    ['all, once it is shown', { unseen: 3 }, liveUser(ONE), { ...known, unseen: 3 }],
    ['after our removal of it no more than that, too', { pending: { ...add, change: 'remove' } }, undefined, asked],
    [
      'all, where it is shown while our removal may be under way',
      { pending: { ...add, change: 'remove' }, unseen: 1 },
      liveUser(ONE),
      { ...known, pending: { ...add, change: 'remove' }, unseen: 1 },
    ],
    [
      'no more than that where it is shown after that: it is another',
      { pending: { ...add, change: 'remove', at: NOW - HOUR / 4 }, unseen: 1 },
      liveUser(ONE),
      { ...asked, unseen: 1 },
    ],
    ['an add that may yet show', { pending: add, unseen: 3 }, undefined, { ...asked, pending: add, unseen: 3 }],
    [
      'what returns where that is born blocked',
      { pending: add, block, unseen: 3 },
      undefined,
      { ...asked, pending: add, block, ourBlock: { _tag: 'Rule', returnsTo: 'allowed' }, unseen: 3 },
    ],
  ] satisfies ReadonlyArray<readonly [string, Partial<UserMemory>, LiveUser | undefined, Partial<UserMemory>]>)
    test(title, () => assert.equal(unlessGone(userMemory({ ...known, ...some }), { live, now: NOW }), userMemory(expected)))
})
