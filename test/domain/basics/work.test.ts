// Work in steps comes to the same however it is done.
import * as assert from 'uvu/assert'
import { atOnce, each, type Work } from '../../../src/domain/basics/work.ts'
import { spec } from '../../support/spec.ts'

const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, at) => at)

/** What work comes to, and how often it could be interrupted. */
const stepped = <A>(work: Work<A>): { readonly result: A; readonly steps: number } => {
  for (let steps = 0; ; steps += 1) {
    const step = work.next()
    if (step.done === true) return { result: step.value, steps }
  }
}

spec('work in steps', (test) => {
  for (const [count, steps] of [
    [0, 0],
    [99, 0],
    [100, 1],
    [1050, 10],
  ] as const)
    test(`${count} items take their order, in ${steps} steps`, () => {
      const expected = numbers(count).map((one) => one * 2)
      const work = (): Work<ReadonlyArray<number>> => each(numbers(count), (one) => one * 2)
      assert.equal(stepped(work()), { result: expected, steps })
      assert.equal(atOnce(work()), expected)
    })

  test('nothing is done before the first step is asked for, and nothing after the last one', () => {
    const done: Array<number> = []
    const work = each(numbers(150), (one) => done.push(one))
    assert.is(done.length, 0)
    work.next()
    assert.is(done.length, 100)
    work.next()
    assert.is(done.length, 150)
  })
})
