// What is done side by side: never more at once than may be, begun in order, and given in order.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { inPool } from '../../src/reconcile/pool.ts'
import { spec } from '../support/spec.ts'

spec('a pool', (test) => {
  test('begins and gives in order, never has more at once than its width and than may be beside one another, and stops', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ ticks: fc.nat(5), most: fc.integer({ min: 1, max: 4 }) }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(40),
        async (items, width, stopAt) => {
          let underWay = 0
          const begun: Array<number> = []
          const results = await inPool({
            items: [...items.entries()],
            width,
            stopped: ([at]) => (at >= stopAt ? -at : undefined),
            beside: ([, { most }], beside) => {
              assert.ok(beside >= underWay)
              return beside < most
            },
            work: async ([at, { ticks, most }]) => {
              begun.push(at)
              underWay += 1
              assert.ok(underWay <= Math.min(width, most), `${underWay} at once`)
              for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
              underWay -= 1
              return at
            },
          })
          const expected = items.map((_, at) => at)
          assert.equal(
            begun,
            expected.filter((at) => at < stopAt),
          )
          assert.equal(
            results,
            expected.map((at) => (at >= stopAt ? -at : at)),
          )
        },
      ),
    ))

  test('uses its whole width where it may', async () => {
    let [underWay, most] = [0, 0]
    await inPool({
      items: [1, 2, 3, 4, 5, 6, 7],
      width: 3,
      stopped: () => undefined,
      work: async () => {
        underWay += 1
        most = Math.max(most, underWay)
        await Promise.resolve()
        underWay -= 1
      },
    })
    assert.is(most, 3)
  })
})
