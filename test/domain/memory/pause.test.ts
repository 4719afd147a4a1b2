// S11: how long a key rests, who waits for it, and what is no pause at all.
import * as assert from 'uvu/assert'
import { pauseOf } from '../../../src/domain/memory/pause.ts'
import { DAY, HOUR, ledger, NOW } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const resting = (why: 'throttled' | 'refused', forMs: number) =>
  ledger([], { keys: new Map([['key', { why, failures: 1, notBefore: NOW + forMs }]]) })

spec('a key that rests', (test) => {
  for (const [title, why, forMs, person, rests] of [
    ['until its time', 'throttled', HOUR, false, true],
    ['also for a person, who would only make it longer', 'throttled', HOUR, true, true],
    ['but not for a person where it was refused', 'refused', HOUR, true, false],
    ['not when its time has come', 'throttled', 0, false, false],
    ['for two days at the most', 'throttled', 2 * DAY, false, true],
    ['not for longer: the time of day was wrong when it was written down', 'throttled', 2 * DAY + 1, false, false],
  ] as const)
    test(`rests ${title}`, () => {
      const pause = pauseOf(resting(why, forMs), { key: 'key', now: NOW, person })
      assert.is(pause?.until, rests ? NOW + forMs : undefined)
    })

  test('lets another key go on', () =>
    assert.is(pauseOf(resting('refused', HOUR), { key: 'other', now: NOW, person: false }), undefined))
})
