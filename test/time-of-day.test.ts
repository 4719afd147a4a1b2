// A time of day that is wrong for a while: what was written meanwhile, and before, lasts as long as it should. Each test sets a clock wrong, and
// puts it right.
import * as assert from 'uvu/assert'
import { auto, GONE, listing, seedOf } from './support/gone.ts'
import { ends, HOUR, MINUTE, withRig } from './support/rig.ts'
import { spec } from './support/spec.ts'

spec('a time of day that ran behind', (test) => {
  test('L3: a Retry-After that is a date is measured by the clock that says it', () =>
    withRig(seedOf({}), async (rig) => {
      rig.config(listing(', description: new'))
      const served = rig.time.now()
      const headers = { date: new Date(served).toUTCString(), 'retry-after': new Date(served + MINUTE).toUTCString() }
      await rig.faults([{ kind: 'status', status: 429, times: 1, headers }])
      rig.time.wrongBy(-20 * HOUR)
      await auto(rig)
      await rig.time.pass(2 * MINUTE)
      assert.equal(ends(await auto(rig)), [`update ${GONE} verified`])
    }))
})
