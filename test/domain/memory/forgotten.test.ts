// S10: what an older ledger that was put back may still say, and when a loss is over.
import * as assert from 'uvu/assert'
import { afterLoss, putBack } from '../../../src/domain/memory/forgotten.ts'
import type { Ledger } from '../../../src/domain/memory/ledger.ts'
import { DAY, HOUR, ledger, memory, NOW, userMemory } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ourBlock = { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 13 * DAY, countedAt: NOW - DAY } as const
const pending = { change: 'create', wanted: new Map(), at: NOW - DAY } as const
const OLD: Ledger = ledger(
  [['account', memory({ users: new Map([['a', userMemory({ ourBlock, pending })]]), protected: ['boss'], trusted: true })]],
  {
    approvals: [{ changes: ['x'], until: NOW + HOUR, reason: 'r', by: 'me' }],
    believed: new Map([['account', { names: [], origin: 'o', until: NOW + HOUR }]]),
    holds: [{ what: { _tag: 'All' }, since: 1, until: NOW + DAY, reason: 'r', by: 'me' }],
    keys: new Map([['key', { why: 'throttled', failures: 3, notBefore: NOW + HOUR }]]),
  },
)

spec('a ledger that was put back', (test) => {
  test('S10: approvals, what was vouched for, what was under way and grace count no more; holds, protection and pauses do', () => {
    const { scopes, ...rest } = putBack(OLD, NOW)
    const { scopes: _, ...before } = OLD
    assert.equal(rest, { ...before, approvals: [], believed: new Map(), forgotten: { how: 'put_back', at: NOW } })
    const found = scopes.get('account')
    assert.equal(found?.protected, ['boss'])
    assert.equal(found?.users.get('a'), userMemory({ ourBlock: { ...ourBlock, elapsedMs: 0, countedAt: NOW } }))
  })

  test('the loss is over when a person has stood behind a whole run, and after a day', () => {
    for (const how of ['put_back', 'gone'] as const) {
      const lost = { how, at: NOW }
      assert.equal(afterLoss(lost, { now: NOW + DAY - 1, byPerson: false }), lost)
      assert.is(afterLoss(lost, { now: NOW, byPerson: true }), undefined)
      assert.is(afterLoss(lost, { now: NOW + DAY, byPerson: false }), undefined)
    }
  })
})
