// What a list of live users leaves unsaid, and what it says in place of that: with it in force nobody is set to what only the defaults say.
import * as assert from 'uvu/assert'
import { entryOf } from '../../src/config/export.ts'
import { listedNow, saying, unsaidIn } from '../../src/config/unsaid.ts'
import type { Settings } from '../../src/domain/user/settings.ts'
import { glob } from '../../src/domain/user/username.ts'
import type { Rule } from '../../src/domain/wanted/rule.ts'
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
    const { username: _, ...said } = entry
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

spec('a rule that goes by another status', (test) => {
  const byStatus = { ...rule({ description: 'x' }), match: { ...rule({}).match, status: glob('blocked') } }
  const listedAs = (settings: Settings, defaults: Settings) => {
    const user = liveUser(NAME, { description: 'mine', ...settings })
    const { entry, left } = saying(
      entryOf(user, defaults),
      unsaidIn({ rules: [byStatus], policy: policy() }, NOW)('account', user),
      defaults,
    )
    const { username: _, ...said } = entry
    return [said, ...left]
  }

  test('leaves what it sets to the list, which says the status', () => {
    for (const defaults of [{}, { description: 'z' }])
      assert.equal(listedAs({}, defaults), [
        { description: 'mine', status: 'allowed' },
        'status is allowed: the rule R goes by it',
      ])
    assert.equal(listedAs({}, { status: 'allowed' }), [{ description: 'mine' }])
  })

  test('is no reason for a word where the list says the status anyway', () =>
    assert.equal(listedAs({ status: 'sandbox' }, {}), [{ description: 'mine', status: 'sandbox' }]))

  test('sets it where the user has that status', () =>
    assert.equal(listedAs({ status: 'blocked' }, { description: 'z' }), [
      { status: 'blocked' },
      'description is left out: the rule R sets it',
    ]))
})
