// What a list of live users leaves unsaid, and what it says in place of that: with it in force nobody is set to what only the defaults say.
import * as assert from 'uvu/assert'
import { entryOf } from '../../src/config/export.ts'
import { listedNow, saying } from '../../src/config/unsaid.ts'
import type { Rule } from '../../src/domain/rule.ts'
import type { Settings } from '../../src/domain/settings.ts'
import { ledger, liveUser, managed, memory, NOW, policy, userMemory } from '../support/build.ts'
import { spec } from '../support/spec.ts'

const NAME = 'new@a.example'

const rule = (set: Settings): Rule => ({
  id: 'R',
  severity: 'medium',
  match: { username: undefined, scope: undefined, status: undefined, profile: undefined },
  set: managed(set),
  require: [],
  otherwise: 'report',
  waivers: [],
  source: 'config.yaml:9:3',
})

spec('who was blocked for being in no list, once adopted', (test) => {
  const adoptedAs = (returnsTo: string, defaults: Settings, ...rules: ReadonlyArray<Rule>) => {
    const ours = userMemory({ ourBlock: { _tag: 'WayOut', returnsTo, elapsedMs: 0, countedAt: NOW } })
    const known = ledger([['account', memory({ users: new Map([[NAME, ours]]) })]])
    const user = liveUser(NAME, { status: 'blocked' })
    const { entry, left } = saying(
      entryOf(user, defaults),
      listedNow({ rules, policy: policy() }, known, NOW)('account', user),
      defaults,
    )
    const { username, ...said } = entry
    return [said, ...left]
  }
  const because = (before: string) => `this user was blocked here, and whoever is listed gets the status from before, ${before}`

  for (const before of ['allowed', 'sandbox']) {
    test(`gets ${before} from before by saying nothing, where the defaults say no status or the same one`, () => {
      for (const defaults of [{}, { status: before }])
        assert.equal(adoptedAs(before, defaults), [{}, `status is left out: ${because(before)}`])
    })

    test(`stays blocked where the defaults say so`, () => assert.equal(adoptedAs(before, { status: 'blocked' }), [{}]))
  }

  test('says the one from before where the defaults would give another one', () => {
    assert.equal(adoptedAs('sandbox', { status: 'allowed' }), [{ status: 'sandbox' }, `status is sandbox: ${because('sandbox')}`])
    assert.equal(adoptedAs('allowed', { status: 'sandbox' }), [{ status: 'allowed' }, `status is allowed: ${because('allowed')}`])
  })

  test('says nothing beside a rule that sets the status', () => {
    for (const status of ['allowed', 'blocked', 'sandbox'])
      assert.equal(adoptedAs('sandbox', { status: 'allowed' }, rule({ status })), [{}, 'status is left out: the rule R sets it'])
  })
})
