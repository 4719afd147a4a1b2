// Every canonical plan is cut at every step of its run, with a true view after it and an old one; `npm run prove` adds other recoveries, and cuts the run after it too.
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { PLANS } from './plans.ts'
import { allCuts } from './shares.ts'

spec('exhaustive cut points', (test) => {
  test('L5 S7: a kill after any step of any plan leads to the same end, with the same users made, removed and given passwords', async () => {
    const { lives, faults } = await allCuts(false)
    process.stdout.write(`${PLANS.length} plans, ${lives} lives with one kill\n`)
    assert.equal(faults, [])
    assert.ok(lives >= 400)
  })
})
