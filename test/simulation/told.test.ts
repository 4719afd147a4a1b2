// What the README says of the simulation in numbers is what there is.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { KINDS } from './faults.ts'
import { PLANS } from './plans.ts'

const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8')
const IN_WORDS = ['Twelve', 'Thirteen', 'Fourteen', 'Fifteen', 'Sixteen', 'Seventeen', 'Eighteen', 'Nineteen', 'Twenty']
const FIRST_IN_WORDS = 12

spec('the README on the simulation', (test) => {
  test('says how many kinds of fault there are', () => assert.match(readme, `Each of ${KINDS.length} kinds of fault`))
  test('says how many plans are cut', () =>
    assert.match(readme, `${IN_WORDS[PLANS.length - FIRST_IN_WORDS]} small plans, of every kind of change`))
})
