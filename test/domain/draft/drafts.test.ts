// The draft of a scope: what comes of users together that no look at one of them tells. Two spellings of one name, names of other scopes, old names beside
// their new ones, and blocks that are made only where what would mend a user is not.
import * as assert from 'uvu/assert'
import { atOnce } from '../../../src/domain/basics/work.ts'
import type { Context } from '../../../src/domain/draft/diff.ts'
import { type Draft, draft, type World } from '../../../src/domain/draft/draft.ts'
import { heirsOf } from '../../../src/domain/draft/moved.ts'
import type { UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { Finding } from '../../../src/domain/plan/plan.ts'
import { placesOf } from '../../../src/domain/planning/world.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import { fold, glob } from '../../../src/domain/user/username.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import type { Rule } from '../../../src/domain/wanted/rule.ts'
import { rulebookOf } from '../../../src/domain/wanted/rulebook.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import {
  context,
  DAY,
  desiredScope,
  HOUR,
  live,
  liveUser,
  managed,
  memory,
  NOW,
  policy,
  prints,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { rule } from '../../support/rules.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const OLD = 'printer@acme.example'

type Case = {
  readonly users?: ReadonlyArray<DesiredUser>
  /** Who is listed in another scope. */
  readonly elsewhere?: ReadonlyArray<DesiredUser>
  readonly shown: ReadonlyArray<LiveUser>
  /** Who is live in another scope. */
  readonly livesElsewhere?: ReadonlyArray<string>
  readonly rules?: ReadonlyArray<Rule>
  readonly remembered?: ReadonlyArray<readonly [username: string, one: Partial<UserMemory>]>
  readonly about?: Partial<Context>
}

const OTHER: Scope = 'subaccount:A'
const drafted = ({
  users = [],
  elsewhere = [],
  shown,
  livesElsewhere = [],
  rules = [],
  remembered = [],
  about = {},
}: Case): Draft => {
  const listed = new Map([...users, ...elsewhere].map((user) => [fold(user.username), user]))
  const world: World = {
    ...placesOf([
      { scope: 'account', names: new Set(shown.map(({ username }) => username)) },
      { scope: OTHER, names: new Set(livesElsewhere) },
    ]),
    listedAs: (username) => listed.get(fold(username)),
    heirs: heirsOf([desiredScope(users), desiredScope(elsewhere, OTHER)]),
    unread: [],
  }
  const known = new Map(remembered.map(([username, one]) => [username, userMemory(one)]))
  const seen = new Set(shown.map(({ username }) => username))
  const asked = context({ memory: memory({ users: known }), seen, pages: rulebookOf(rules, NOW)('account'), ...about })
  return atOnce(draft(asked, world, desiredScope(users), live(shown)))
}
const changesIn = ({ due, withheld }: Draft): ReadonlyArray<string> =>
  [...due.map((change) => ({ change, reason: 'due' })), ...withheld].map(
    ({ change, reason }) =>
      `${reason}: ${change.change} ${[change.username, ...change.fields.map(({ field }) => field)].join(' ')}`,
  )
const findingsIn = ({ findings }: Draft) =>
  findings.map(({ rule: id, username, message }: Finding) => `${id} ${username}: ${message}`)

spec('a name that is live in two spellings', (test) => {
  const [upper, title] = ['ONE@acme.example', 'One@acme.example']
  const second = (name: string): string =>
    `case-only-difference ${name}: differs only in case from ${ONE}, which is listed: this one is left alone; remove one of the two`

  test('makes, blocks and removes nobody: the first by name is told with the listed user, the other by itself', () => {
    for (const shown of [
      [upper, title],
      [title, upper],
    ]) {
      const made = drafted({
        users: [wanted(ONE)],
        shown: shown.map((name) => liveUser(name)),
        about: { policy: policy({ unlisted: 'block' }) },
      })
      assert.equal(changesIn(made), [`impossible: create ${ONE}`])
      assert.equal(findingsIn(made), [
        `case-only-difference ${ONE}: the live user is spelled ${upper}: write it so in the config`,
        second(title),
      ])
      assert.equal(made.unlisted, [])
    }
  })

  test('is told of with the other one where the listed spelling is live', () => {
    const made = drafted({ users: [wanted(ONE)], shown: [liveUser(ONE), liveUser(upper)] })
    assert.equal([changesIn(made), findingsIn(made), made.inSync], [[], [second(upper)], 1])
    const { source, severity } = made.findings[0] ?? {}
    assert.equal([source, severity], ['config.yaml:1:1', 'medium'])
  })

  test('is told of where it is listed in another scope, and left alone; spelled as there it is nobody else', () => {
    assert.equal(findingsIn(drafted({ elsewhere: [wanted(ONE)], shown: [liveUser(upper)] })), [second(upper)])
    const same = drafted({ elsewhere: [wanted(ONE)], shown: [liveUser(ONE)] })
    assert.equal([findingsIn(same), same.unlisted], [[], []])
  })

  test('of an old name keeps the new one from being made without what that has, unless the old one itself is there', () => {
    const heir = { ...wanted(ONE), previously: ['gone@acme.example', OLD] }
    const shown = [liveUser('Printer@acme.example', { description: 'Fax' })]
    const later = { ...heir, starts: { at: NOW + DAY, source: 'config.yaml:2:2' } }
    const ofOne = (user: DesiredUser, ...more: ReadonlyArray<LiveUser>): ReadonlyArray<string> =>
      changesIn(drafted({ users: [user], shown: [...shown, ...more] })).filter((line) => line.includes(ONE))
    assert.equal(ofOne(heir), [`impossible: create ${ONE}`])
    assert.equal(ofOne(heir, liveUser(OLD)), [`due: create ${ONE}`])
    assert.equal(ofOne(later), [], 'nor before it is to be made')
    const whys = drafted({ users: [heir], shown }).withheld.map(({ why }) => why)
    assert.ok(whys.some((why) => why.includes('that one is spelled Printer@acme.example: write it so in the config')))
  })
})

spec('how far the rules of a scope reach', (test) => {
  const NAMED = rule('named', { set: managed({ description: 'ruled' }) })
  const told = `named ${ONE}: description is empty: this rule sets ruled`

  test('who is listed in another scope is told of here, and not written to', () => {
    const made = drafted({ elsewhere: [wanted(ONE)], shown: [liveUser(ONE)], rules: [NAMED] })
    assert.equal([changesIn(made), findingsIn(made)], [[], [told]])
  })

  test('whom an emergency stop blocks is told of, and gets nothing but that block', () => {
    const stop = { what: { _tag: 'Stop', glob: ONE }, since: NOW - 1, until: NOW + 1, reason: 'leaked', by: 'ops' } as const
    for (const users of [[], [wanted(ONE)]]) {
      const made = drafted({ users, shown: [liveUser(ONE)], rules: [NAMED], about: { holds: [stop] } })
      assert.equal([changesIn(made), findingsIn(made)], [[`due: block ${ONE} status`], [told]])
    }
  })

  test('who is listed nowhere and is blocked for a rule is told of as unlisted all the same', () => {
    const limited = rule('limited', { require: [{ field: 'custom_ratelimit', _tag: 'Equals', value: true }], otherwise: 'block' })
    const made = drafted({ shown: [liveUser(ONE)], rules: [limited] })
    assert.equal([changesIn(made), made.unlisted], [[`due: block ${ONE} status`], [ONE]])
  })
})

spec('an old name and its new one', (test) => {
  const heir: DesiredUser = { ...wanted(ONE), previously: [OLD] }
  const expired: DesiredUser = { ...heir, expires: { at: NOW, source: 'config.yaml:2:2' } }

  test('are blocked together where the new one expires, and the old one is not announced to go besides', () => {
    const made = drafted({ users: [expired], shown: [liveUser(ONE), liveUser(OLD)] })
    assert.equal(changesIn(made), [`due: block ${ONE} status`, `due: block ${OLD} status`])
    assert.match(made.due[1]?.note ?? '', `blocked with ${ONE}, its new name, which expired at `)
  })

  test('are told of by the end of the old one where that is on its way out already, be there a rule for it or not', () => {
    const shown = [liveUser(ONE), liveUser(OLD, { status: 'blocked' })]
    const wayOut = { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 0, countedAt: NOW } as const
    const remembered = [[OLD, { ourBlock: wayOut }]] as const
    const about = { policy: policy({ unlisted: 'remove' }) }
    for (const rules of [[], [rule('named', { match: { username: glob(OLD) }, set: managed({ description: 'ruled' }) })]]) {
      const made = drafted({ users: [expired], shown, remembered, rules, about })
      assert.ok(changesIn(made).includes(`awaiting_grace: remove ${OLD}`), changesIn(made).join())
    }
  })

  test('return together: whom we blocked with its new name gets the status from before once that is open', () => {
    const remembered = [[OLD, { ourBlock: { _tag: 'NewName', returnsTo: 'sandbox' } }]] as const
    const shown = [liveUser(ONE), liveUser(OLD, { status: 'blocked' })]
    const made = drafted({ users: [heir], shown, remembered })
    assert.equal(
      made.due.map(({ username, fields }) => [username, ...fields.map(({ field, to }) => `${field} ${String(to)}`)]),
      [[OLD, 'status sandbox']],
    )
    const shut = drafted({
      users: [heir],
      shown: shown.map(({ username }) => liveUser(username, { status: 'blocked' })),
      remembered,
    })
    assert.equal(shut.due, [], 'and not while the new one is blocked, by whomever')
  })

  test('the new one gets what it was to keep of the old one and did not get when it was made', () => {
    const remembered = [[ONE, { owed: new Map([['description', printOf(prints, '')]] as const) }]] as const
    const made = drafted({ users: [heir], shown: [liveUser(ONE), liveUser(OLD, { description: 'Fax' })], remembered })
    assert.equal(
      made.due.map(({ username, fields }) => [
        username,
        ...fields.map(({ field, to, source }) => `${field} ${String(to)} ${source}`),
      ]),
      [[ONE, `description Fax kept from ${OLD}`]],
    )
  })
})

spec('the block of a user that this run is to mend', (test) => {
  const ARCHIVED = rule('archived', { require: [{ field: 'archive_enabled', _tag: 'Equals', value: true }], otherwise: 'block' })
  const users = [wanted(ONE, { archive_enabled: true })]
  const shown = [liveUser(ONE)]
  const why = 'blocked while rule archived is not met: archive_enabled is false: archive_enabled must be true'
  const source = { source: 'config.yaml:1:1 archived rule archived', rule: 'archived' }
  const block = {
    change: 'block',
    username: ONE,
    cause: 'config',
    fields: [{ field: 'status', from: 'allowed', to: 'blocked', ...source }],
    ends: 'returns',
    note: why,
  }

  test('stands by for a rule that is not met, and is not due itself', () => {
    const made = drafted({ users, shown, rules: [ARCHIVED] })
    assert.equal(changesIn(made), [`due: update ${ONE} archive_enabled`])
    assert.equal(made.unmended, [{ change: block, why: { why, ...source }, inVain: undefined }])
  })

  test('sets the password too where it goes by the full edit and that is not set yet', () => {
    const user = wanted(ONE, { archive_enabled: true, email_password: newSecret() })
    const made = drafted({ users: [user], shown, rules: [ARCHIVED], about: { policy: policy({ edit: 'full' }) } })
    const fields = made.unmended.flatMap(({ change }) => change.fields.map(({ field }) => field))
    assert.equal(fields, ['email_password', 'status'])
  })

  test('says where it was tried in vain within a day, so that it is not sent again', () => {
    const [to, from] = [printOf(prints, 'blocked'), printOf(prints, 'allowed')]
    const status = { field: 'status', wanted: to, live: from, at: NOW - HOUR } as const
    const made = drafted({ users, shown, rules: [ARCHIVED], remembered: [[ONE, { notTaking: [status] }]] })
    assert.is(made.unmended[0]?.inVain?.reason, 'not_converging')
  })

  test('is none of who is live in two scopes, which is written in neither', () => {
    const made = drafted({ users, shown, rules: [ARCHIVED], livesElsewhere: [ONE] })
    assert.equal([changesIn(made), made.unmended], [[`impossible: update ${ONE} archive_enabled`], []])
  })
})
