// A block or a removal that may yet show: for how long, by what it ended as, whose it is once it does, and what returns after it.
import * as assert from 'uvu/assert'
import {
  blockAfter,
  departed,
  departsFrom,
  removalAfter,
  returnsOnceListed,
  returnsTo,
  unlessOpened,
  wasSeenOpen,
} from '../../../src/domain/memory/late.ts'
import type { BlockUnderWay, OurBlock, Pending, UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { Block, Ended, Outcome } from '../../../src/domain/plan/plan.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import { change, DAY, HOUR, liveUser, NOW, userMemory } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'gone-1@x.example'
const LATE = HOUR / 4
const OPEN = liveUser(ONE, { status: 'allowed' })
const BLOCKED = liveUser(ONE, { status: 'blocked' })
const ended = (outcome: Outcome, some: Partial<Extract<Ended, Block>> = { ends: 'departs' }): Ended => ({
  ...change('block', ONE, { fields: [] }),
  outcome,
  ...some,
})
const other: Ended = { ...change('update', ONE, { fields: [] }), outcome: 'verified' }

spec('L5: a block that may yet show', (test) => {
  const sent: BlockUnderWay = { at: NOW, departs: 'sandbox' }
  const old: BlockUnderWay = { at: NOW - DAY, departs: 'sandbox' }
  const again: BlockUnderWay = { ...sent, earlier: NOW - 1 }
  const answered: BlockUnderWay = { ...sent, answered: true }
  const told: BlockUnderWay = { ...again, earlierAnswered: true }
  const shown: BlockUnderWay = { ...again, answered: true }
  for (const [title, block, live, end, expected] of [
    ['none where there is none', undefined, OPEN, undefined, undefined],
    ['none where there is none, whatever was sent', undefined, OPEN, ended('unknown'), undefined],
    ['one of unknown fate', sent, OPEN, ended('unknown'), sent],
    ['with the one before it', again, OPEN, ended('unknown'), again],
    ['one that a late look did not show', sent, OPEN, ended('not_converged'), answered],
    ['as one of unknown fate where nobody told of the one before it', again, OPEN, ended('not_converged'), again],
    ['not one that was made', sent, OPEN, ended('verified'), undefined],
    ['nor the one before one that was made', again, OPEN, ended('verified'), undefined],
    ['nor one that nobody can see', sent, liveUser(ONE, { status: undefined }), ended('unobservable'), undefined],
    ['nor one that was refused', sent, OPEN, ended('failed'), undefined],
    ['as one of known fate where that of the one before it was told too', told, OPEN, ended('not_converged'), answered],
    ['the one before a refused one', again, OPEN, ended('failed'), { ...sent, at: NOW - 1 }],
    ['and that its fate was told', told, OPEN, ended('failed'), { ...answered, at: NOW - 1 }],
    ['not where that was long before', { ...sent, earlier: NOW - LATE }, OPEN, ended('failed'), undefined],
    ['the same of a block for a rule', { at: NOW }, OPEN, ended('unknown', { ends: 'returns' }), { at: NOW }],
    ['not once it shows', sent, BLOCKED, ended('unknown'), undefined],
    ['but the one before it, where it was made', again, BLOCKED, ended('verified'), shown],
    ['or the later one, where nobody told which of the two shows', again, BLOCKED, undefined, { ...shown, earlier: NOW }],
    [
      'be it that this run has sent it',
      again,
      BLOCKED,
      ended('verified', { ends: 'departs', unconfirmed: true }),
      { ...shown, earlier: NOW },
    ],
    ['and that the fate of the one before it was told', told, BLOCKED, other, { ...shown, earlier: NOW }],
    ['not where it was refused, since the one before it shows then', again, BLOCKED, ended('failed'), undefined],
    ['be it that it reads as made', again, BLOCKED, ended('verified', { ends: 'departs', refusal: {} }), undefined],
    ['nor where the fate of that was told', told, BLOCKED, ended('verified'), undefined],
    [
      'nor where that was long before, and nobody told of either',
      { ...sent, earlier: NOW - LATE },
      BLOCKED,
      undefined,
      undefined,
    ],
    ['nor where that was long before', { ...sent, earlier: NOW - LATE }, BLOCKED, ended('verified'), undefined],
    ['for as long as the block shows', shown, BLOCKED, other, shown],
    ['and by itself once the user is open', shown, OPEN, other, { ...sent, at: NOW - 1 }],
    ['where the user is not shown, as before', shown, undefined, undefined, shown],
    ['or only not its status', shown, liveUser(ONE, { status: undefined }), other, shown],
    ['where the user is not shown', sent, undefined, undefined, sent],
    ['while something else is made', sent, OPEN, other, sent],
    ['where a repetition was not attempted', sent, OPEN, ended('not_attempted'), sent],
    ['where a stop was refused', sent, OPEN, ended('failed', {}), sent],
    [
      'for a quarter of an hour of looks that show the user open',
      { ...sent, at: NOW - LATE + 1 },
      OPEN,
      other,
      { ...sent, at: NOW - LATE + 1 },
    ],
    ['and no moment longer', { ...sent, at: NOW - LATE }, OPEN, other, undefined],
    ['for a day where nobody sees the user', { ...old, at: NOW - DAY + 1 }, undefined, undefined, { ...old, at: NOW - DAY + 1 }],
    ['and no moment longer than that', old, undefined, undefined, undefined],
    [
      'where it was answered, for a quarter of an hour',
      { ...answered, at: NOW - LATE + 1 },
      OPEN,
      other,
      { ...answered, at: NOW - LATE + 1 },
    ],
    ['and not longer where nobody sees the user', { ...answered, at: NOW - LATE }, undefined, undefined, undefined],
    ['and not a moment longer', { ...answered, at: NOW - LATE }, OPEN, other, undefined],
  ] as const)
    test(title, () => assert.equal(blockAfter(userMemory({ block }), { live, ended: end, now: NOW }), expected))

  const gone = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 0, countedAt: NOW } as const
  for (const [title, block, live, end, expected] of [
    ['it is its way out once it shows', sent, BLOCKED, undefined, gone],
    ['also where something else was made', sent, BLOCKED, other, gone],
    ['also where it was answered', answered, BLOCKED, undefined, gone],
    ['but not long after that', { ...answered, at: NOW - LATE }, BLOCKED, undefined, undefined],
    ['not while it does not', sent, OPEN, undefined, undefined],
    ['not where the user is not shown', sent, undefined, undefined, undefined],
    ['not where a day has passed', old, BLOCKED, undefined, undefined],
    ['not a block for a rule', { at: NOW }, BLOCKED, undefined, undefined],
    ['not where it was seen before, and only an earlier one is to come', shown, BLOCKED, undefined, undefined],
    ['not where this run has blocked it, as an outcome says', sent, BLOCKED, ended('verified', {}), undefined],
  ] as const)
    test(title, () => assert.equal(departed(userMemory({ block }), { live, ended: end, now: NOW }), expected))
})

spec('L5: a removal that may yet show', (test) => {
  const sent: Pending = { change: 'remove', wanted: new Map(), at: NOW - LATE + 1 }
  const late: Pending = { ...sent, at: NOW - LATE }
  const removed = (outcome: Outcome): Ended => ({ ...change('remove', ONE), outcome })
  for (const [title, pending, live, end, expected] of [
    ['is none where none was sent', undefined, OPEN, undefined, undefined],
    ['is no other write', { ...sent, change: 'update' }, undefined, undefined, undefined],
    ['is awaited while the user is still shown', sent, BLOCKED, undefined, sent],
    ['for a quarter of an hour', late, BLOCKED, undefined, undefined],
    ['and where the user is not shown, for longer', late, undefined, undefined, late],
    ['is awaited where nobody told its fate', sent, BLOCKED, removed('unknown'), sent],
    ['also where a look still showed the user', sent, BLOCKED, removed('not_converged'), sent],
    ['is over where it was refused', sent, BLOCKED, removed('failed'), undefined],
    ['be it that the user is not shown', sent, undefined, removed('failed'), undefined],
    ['is awaited where a repetition was not attempted', sent, BLOCKED, removed('not_attempted'), sent],
  ] satisfies ReadonlyArray<readonly [string, Pending | undefined, LiveUser | undefined, Ended | undefined, Pending | undefined]>)
    test(title, () => assert.equal(removalAfter(userMemory({ pending }), { live, ended: end, now: NOW }), expected))
})

spec('a user that was seen open', (test) => {
  const sent: BlockUnderWay = { at: NOW - LATE + 1 }
  const rule: OurBlock = { _tag: 'Rule', returnsTo: 'sandbox' }
  const hidden = liveUser(ONE, { status: undefined })
  for (const [title, block, planned, end, expected] of [
    ['is one that the look before the changes shows open', undefined, OPEN, undefined, true],
    ['or in the sandbox', undefined, liveUser(ONE, { status: 'sandbox' }), undefined, true],
    ['is not one that is shown blocked', undefined, BLOCKED, undefined, false],
    ['nor one whose status is hidden', undefined, hidden, undefined, false],
    ['nor one that is not shown', undefined, undefined, undefined, false],
    ['is one that something else was done to', undefined, OPEN, other, true],
    ['is not one that this run has blocked', undefined, OPEN, ended('verified'), false],
    ['is one whose block was not attempted', undefined, OPEN, ended('not_attempted'), true],
    ['is not one whose block may yet show', sent, OPEN, undefined, false],
    ['is one whose block can show no more', { at: NOW - LATE }, OPEN, undefined, true],
  ] satisfies ReadonlyArray<readonly [string, BlockUnderWay | undefined, LiveUser | undefined, Ended | undefined, boolean]>)
    test(title, () => {
      const known = userMemory({ block, ourBlock: rule })
      const looks = { live: BLOCKED, planned, ended: end, now: NOW }
      assert.is(wasSeenOpen(known, looks), expected)
      assert.equal(unlessOpened(known, looks), userMemory({ block, ourBlock: expected ? undefined : rule }))
    })
})

spec('the status that returns', (test) => {
  const way: OurBlock = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: DAY, countedAt: NOW }
  const sent: BlockUnderWay = { at: NOW - 1, departs: 'allowed' }
  for (const [title, known, live, expected] of [
    ['to one that is listed again is that before its way out', { ourBlock: way }, BLOCKED, 'sandbox'],
    ['or before a rule blocked it', { ourBlock: { _tag: 'Rule', returnsTo: 'sandbox' } }, BLOCKED, 'sandbox'],
    ['also where no answer told of our block', { block: sent }, BLOCKED, 'allowed'],
    ['which goes before an older block', { block: sent, ourBlock: way }, BLOCKED, 'allowed'],
    [
      'unless that was sent so long ago that it did not come',
      { block: { ...sent, at: NOW - DAY }, ourBlock: way },
      BLOCKED,
      'sandbox',
    ],
    ['is none where somebody else has blocked it', {}, BLOCKED, undefined],
    ['is none where it is open', { block: sent, ourBlock: way }, OPEN, undefined],
    ['is none where its status is hidden', { ourBlock: way }, liveUser(ONE, { status: undefined }), undefined],
  ] satisfies ReadonlyArray<readonly [string, Partial<UserMemory>, LiveUser, string | undefined]>)
    test(title, () => assert.is(returnsOnceListed(userMemory(known), live, NOW), expected))

  test('is not read off a change that says nothing of the status', () => {
    const plain = change('update', ONE)
    assert.is(returnsTo(userMemory(), plain), undefined)
    assert.is(returnsTo(userMemory({ ourBlock: { _tag: 'Dates', returnsTo: 'sandbox' } }), plain), 'sandbox')
    assert.is(departsFrom(userMemory({ block: sent }), plain), 'allowed')
    assert.is(departsFrom(userMemory(), plain), 'blocked')
  })
})
