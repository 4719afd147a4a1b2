// A block that may yet show: for how long, by what it ended as, and whose it is once it does.
import * as assert from 'uvu/assert'
import { blockAfter, departed } from '../../src/domain/late.ts'
import type { BlockUnderWay } from '../../src/domain/ledger.ts'
import type { Block, Ended, Outcome } from '../../src/domain/plan.ts'
import { change, DAY, HOUR, liveUser, NOW, userMemory } from '../support/build.ts'
import { spec } from '../support/spec.ts'

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
  for (const [title, block, live, end, expected] of [
    ['none where there is none', undefined, OPEN, undefined, undefined],
    ['one of unknown fate', sent, OPEN, ended('unknown'), sent],
    ['without the one before it', again, OPEN, ended('unknown'), sent],
    ['one that a late look did not show', sent, OPEN, ended('not_converged'), answered],
    ['not one that was made', sent, OPEN, ended('verified'), undefined],
    ['nor one that nobody can see', sent, liveUser(ONE, { status: undefined }), ended('unobservable'), undefined],
    ['nor one that was refused', sent, OPEN, ended('failed'), undefined],
    ['the one before a refused one', again, OPEN, ended('failed'), { ...sent, at: NOW - 1, answered: true }],
    ['not where that was long before', { ...sent, earlier: NOW - LATE }, OPEN, ended('failed'), undefined],
    ['the same of a block for a rule', { at: NOW }, OPEN, ended('unknown', { ends: 'returns' }), { at: NOW }],
    ['not once it shows', sent, BLOCKED, ended('unknown'), undefined],
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
    ['not where this run has blocked it, as an outcome says', sent, BLOCKED, ended('verified', {}), undefined],
  ] as const)
    test(title, () => assert.equal(departed(userMemory({ block }), { live, ended: end, now: NOW }), expected))
})
