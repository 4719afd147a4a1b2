// The time that is left: by the service where it is slower, by the pace where that is.
import * as assert from 'uvu/assert'
import { leftMs, type Progress } from '../../../src/domain/run/progress.ts'
import { spec } from '../../support/spec.ts'

const seconds = (...of: ReadonlyArray<number>): ReadonlyArray<number> => of.map((one) => one * 1000)
/** Three requests a minute. */
const PACE = { count: 3, perMs: 60_000 }

spec('the time left', (test) => {
  for (const [title, answered, left, expected, some] of [
    ['nothing was measured', [], 10, undefined, {}],
    ['nothing is left', [1], 0, 0, {}],
    ['within the window it goes as fast as the service answers', [0.5, 1], 1, 0.5, {}],
    ['each request takes as long as those before it did', [2], 2, 4, {}],
    ['it is counted from where the first was sent', [2], 2, 2, { startedAt: 1000 }],
    ['a clock that stood still costs nothing', [1], 1, 0, { startedAt: 2000 }],
    // Three a minute: the fourth waits for the first to leave the window.
    ['what does not fit into the window waits for the next one', [0.5, 1, 1.5], 1, 59.5, {}],
    ['and so on', [0.5, 1, 1.5], 4, 120, {}],
    ['what the pace held up does not make the service slow', [0.5, 1, 1.5, 61], 1, 0.5, {}],
    ['requests of another kind take their place in the window', [3], 1, 59, { startedAt: 2000, before: seconds(1, 1) }],
    ['and are not counted as fast or slow', [3], 1, 1, { startedAt: 2000, before: seconds(1) }],
    ['without a pace only the service counts', [1, 2, 3, 4], 10, 10, { pace: undefined }],
    ['a slow service is slower than the pace', [60, 120, 180, 240], 2, 120, {}],
  ] as const)
    test(title, () => {
      const progress: Progress = { startedAt: 0, before: [], answeredAt: seconds(...answered), left, pace: PACE, ...some }
      const now = 1000 * (answered.at(-1) ?? 0)
      assert.is(leftMs(progress, now), expected === undefined ? undefined : expected * 1000)
    })

  test('what has been waited since the last answer is not left any more, and a request that is late is due now', () => {
    const progress: Progress = { startedAt: 0, before: [], answeredAt: seconds(0.5, 1, 1.5), left: 1, pace: PACE }
    assert.is(leftMs(progress, 31_500), 29_500)
    assert.is(leftMs({ ...progress, pace: undefined }, 31_500), 500)
    assert.is(leftMs({ ...progress, pace: undefined, left: 2 }, 31_500), 1000)
  })
})
