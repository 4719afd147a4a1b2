// What `validate` warns of although the config is valid.
import * as assert from 'uvu/assert'
import { emptyLists } from '../../src/cli/validate.ts'
import { CAPS, desired, desiredScope, wanted } from '../support/build.ts'
import { spec } from '../support/spec.ts'

spec('an empty list', (test) => {
  const warned = (unlisted: 'ignore' | 'report' | 'block' | 'remove', caps = CAPS) =>
    emptyLists({
      desired: desired([desiredScope([wanted('one@a.example')]), desiredScope([], 'subaccount:S')], { unlisted, caps }),
      digest: 'sha256:c',
    })

  test('is warned of with the numbers where unlisted users are blocked or removed', () => {
    assert.equal(warned('block'), [
      'subaccount:S lists no users and policy.unlisted is block: every user that is live there and not ignored or protected is to be blocked, at most 10% of them or 2 in 24 h; write the list first (export --adopt), or set policy.unlisted to report',
    ])
    assert.match(warned('remove')[0] ?? '', /policy\.unlisted is remove/)
    const two = { ...CAPS, max_blocks: { percent: undefined, count: 2 } }
    assert.match(warned('block', two)[0] ?? '', /at most 2 in 24 h/)
  })

  test('is nothing to warn of where they are left alone', () => {
    assert.equal(warned('report'), [])
    assert.equal(warned('ignore'), [])
  })
})
