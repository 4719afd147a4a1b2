// Each kind of fault meets each kind of request that can meet it, one at a time.
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'
import { KINDS } from './faults.ts'
import { CELLS, wrongIn } from './table.ts'

spec('every kind of fault with every kind of request', (test) => {
  test('each cell of the table occurs, breaks no promise, and leads to the same end as without the fault', async () => {
    process.stdout.write(`${KINDS.length} kinds of fault, ${CELLS.length} lives with one of them\n`)
    assert.equal(await wrongIn(CELLS), [])
    assert.ok(CELLS.length > 200, String(CELLS.length))
  })
})
