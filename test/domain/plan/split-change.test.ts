// A change taken apart into what it does to the status and the rest.
import * as assert from 'uvu/assert'
import type { Block, Update } from '../../../src/domain/plan/plan.ts'
import { partsOf } from '../../../src/domain/plan/split-change.ts'
import { spec } from '../../support/spec.ts'

const status = { field: 'status', from: 'allowed', to: 'blocked', source: 'config.yaml:1:1' } as const
const text = { field: 'description', from: '', to: 'new', source: 'config.yaml:2:1' } as const
const update: Update = { change: 'update', username: 'a@a.example', cause: 'config', fields: [text, status] }
const block: Block = { ...update, change: 'block', ends: 'never' }

spec('the parts of a change', (test) => {
  test('are a block, and an update of all else', () =>
    assert.equal(partsOf(block), {
      status: { ...block, fields: [status] },
      rest: { ...update, fields: [text] },
    }))

  for (const ends of ['returns', 'departs'] as const)
    test(`say with the block what it is for: ${ends}`, () => {
      const parts = partsOf({ ...block, ends, note: 'blocked while a rule is not met' })
      assert.equal(parts?.status, { ...block, ends, note: 'blocked while a rule is not met', fields: [status] })
      assert.equal(parts?.rest, { ...update, fields: [text] })
    })

  test('leave with the rest how it has to be sent, and what is noted of that', () => {
    const parts = partsOf({ ...block, whole: true, note: 'goes by the full edit' })
    assert.equal(parts?.status, { ...block, fields: [status] })
    assert.equal(parts?.rest, { ...update, whole: true, note: 'goes by the full edit', fields: [text] })
  })

  const opening: Update = { ...update, fields: [text, { ...status, from: 'blocked', to: 'allowed' }] }
  for (const [title, change, ends] of [
    ['a block alone is one thing', { ...block, fields: [status] }, false],
    ['an update without a status is one thing', { ...update, fields: [text] }, true],
    ['who is opened waits for what else is sent with it', opening, false],
  ] as const)
    test(title, () => assert.is(partsOf(change, { ends }), undefined))

  test('what ends a block of ours waits for nothing', () =>
    assert.equal(partsOf(opening, { ends: true })?.status.fields, [{ ...status, from: 'blocked', to: 'allowed' }]))
})
