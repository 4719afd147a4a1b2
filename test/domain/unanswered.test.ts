// Who failed without a word of its fate comes last, the longest waiting first of these (S12).
import * as assert from 'uvu/assert'
import type { Ended } from '../../src/domain/plan.ts'
import { answeredFirst, unansweredAfter } from '../../src/domain/unanswered.ts'
import { change } from '../support/build.ts'
import { spec } from '../support/spec.ts'

const ended = (outcomes: { readonly [username: string]: Ended['outcome'] }): ReadonlyArray<Ended> =>
  Object.entries(outcomes).map(([username, outcome]) => ({ ...change('update', username), outcome }))

spec('who is unanswered', (test) => {
  const TABLE = [
    ['at first nobody is', undefined, {}, false, undefined],
    ['those of whom nothing is known', undefined, { a: 'unknown', b: 'verified', c: 'failed', d: 'unknown' }, false, ['a', 'd']],
    ['who was told is not any more', ['a', 'b', 'c'], { a: 'verified', b: 'not_converged', c: 'failed' }, false, undefined],
    ['who waits longest comes first', ['a', 'b'], { c: 'unknown', a: 'not_attempted', b: 'unknown' }, false, ['a', 'c', 'b']],
    ['of whom nothing is due any more is not', ['a', 'b'], { b: 'not_attempted' }, false, ['b']],
    ['who was not looked at still is', ['a', 'b'], { b: 'verified' }, true, ['a']],
    ['a run that wrote nothing changes nothing', ['b', 'a'], {}, false, ['b', 'a']],
  ] as const
  for (const [title, before, outcomes, filtered, after] of TABLE)
    test(title, () => assert.equal(unansweredAfter(before, ended(outcomes), filtered), after))

  test('comes last, and the others stay in their order', () => {
    const changes = ['a', 'b', 'c', 'd', 'e'].map((username) => ({ username }))
    const names = (unanswered: ReadonlyArray<string> | undefined) =>
      answeredFirst(changes, unanswered)
        .map(({ username }) => username)
        .join('')
    assert.is(names(undefined), 'abcde')
    assert.is(names(['d', 'x', 'b']), 'acedb')
  })
})
