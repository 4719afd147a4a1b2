// Quiet users: of whom a look finds nothing to say, and of whom it leaves nothing new to remember. Whatever could make more of a user makes it loud.
import * as assert from 'uvu/assert'
import { atOnce } from '../../../src/domain/basics/work.ts'
import type { Context } from '../../../src/domain/draft/diff.ts'
import { draft } from '../../../src/domain/draft/draft.ts'
import { isAllKnown, isQuiet } from '../../../src/domain/draft/quiet.ts'
import { isOnlyWanted, stranger, type UserMemory } from '../../../src/domain/memory/user-memory.ts'
import { usersAfter } from '../../../src/domain/remembering/remember-users.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import { EMPTY_PAGE } from '../../../src/domain/wanted/rulebook.ts'
import {
  context,
  desiredScope,
  ENDINGS,
  ledger,
  live,
  livesIn,
  liveUser,
  memory,
  NOBODY_LISTED,
  NOW,
  ORIGIN,
  prints,
  reached,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const NAME = 'one@acme.example'
const SETTINGS = { description: 'same', ip_pool: 3 }
const USER = wanted(NAME, SETTINGS)
const TWIN = liveUser(NAME, SETTINGS)
const HERE = { ...livesIn(NAME, 'account'), ...NOBODY_LISTED }
const BLOCK: UserMemory['ourBlock'] = { _tag: 'Rule', returnsTo: 'allowed' }

type Case = { readonly user?: Partial<DesiredUser>; readonly twin?: Partial<LiveUser>; readonly about?: Partial<Context> }

const quiet = ({ user, twin, about }: Case, world = HERE): boolean =>
  isQuiet(context(about), world, { ...USER, ...user }, { ...TWIN, ...twin })

const knowing = (one: Partial<UserMemory>) => ({ memory: memory({ users: new Map([[NAME, userMemory(one)]]) }) })
const moment = { at: NOW, source: 'config.yaml:1:1 user' }

spec('a quiet user', (test) => {
  for (const [title, one] of [
    ['is as the config wants it', {}],
    ['may be of a scope that nobody remembers', { about: { memory: undefined } }],
    ['may be remembered', { about: knowing({ ...reached(SETTINGS), notTaking: [] }) }],
    ['may have nothing managed', { user: { managed: {} } }],
  ] satisfies ReadonlyArray<readonly [string, Case]>)
    test(title, () => assert.ok(quiet(one)))

  for (const [title, one] of [
    ['has another value', { twin: { settings: { ...TWIN.settings, ip_pool: 4 } } }],
    ['has a field that is not shown', { twin: { settings: { ...TWIN.settings, ip_pool: undefined } } }],
    ['has a password that is not shown', { user: wanted(NAME, { email_password: newSecret() }) }],
    ['has a password that nobody fetched', secretCase(Secret.unfetched())],
    ['is stopped by the provider', { twin: { sendingAllowed: false } }],
    ['had another name', { user: { previously: ['old@acme.example'] } }],
    ['begins', { user: { starts: moment } }],
    ['ends', { user: { expires: moment } }],
    ['is blocked by us', { about: knowing({ ourBlock: BLOCK }) }],
    ['is under a rule', { about: { pages: () => ({ ...EMPTY_PAGE }) } }],
  ] satisfies ReadonlyArray<readonly [string, Case]>)
    test(`is none who ${title}`, () => assert.not(quiet(one)))

  test('is none who is live twice', () =>
    assert.not(quiet({}, { ...livesIn(NAME, 'account', 'subaccount:A'), ...NOBODY_LISTED })))

  test('is looked up among the rules by its name, its profile and the status that it is to have', () => {
    const asked: Array<unknown> = []
    const pages: Context['pages'] = (subject) => {
      asked.push(subject)
      return EMPTY_PAGE
    }
    quiet({ user: { profile: 'printers' }, about: { pages } })
    quiet({ user: wanted(NAME, { status: 'blocked' }), twin: { settings: { status: 'blocked' } }, about: { pages } })
    assert.equal(asked, [
      { username: NAME, profile: 'printers', status: 'allowed' },
      { username: NAME, profile: undefined, status: 'blocked' },
    ])
  })

  test('adds nothing to a draft but one that is in sync', () => {
    const other = liveUser('other@acme.example', { ip_pool: 9 })
    const users = [USER, wanted('other@acme.example', SETTINGS)]
    const world = {
      ...HERE,
      liveIn: () => ['account'] as const,
      listedAs: (name: string) => users.find((one) => one.username === name),
    }
    const made = atOnce(draft(context(), world, desiredScope(users), live([TWIN, other])))
    assert.equal([made.inSync, made.due.map(({ username }) => username)], [1, [other.username]])
    assert.equal(made.governed.quiet, [USER])
    assert.equal(made.governed.listed, users.slice(1))
  })
})

function secretCase(secret: Secret): Case {
  return { user: wanted(NAME, { email_password: secret }), twin: { settings: { email_password: secret } } }
}

spec('what is remembered of a quiet user', (test) => {
  const known = reached(SETTINGS)
  const more: { readonly [K in keyof Omit<UserMemory, 'wanted'>]-?: UserMemory[K] } = {
    sent: new Map([['email_password', { print: 'p', at: 1 }]]),
    notTaking: [{ field: 'ip_pool', wanted: '3', live: '4', at: 1 }],
    refused: [{ wanted: 'a', live: 'b', at: 1, message: 'no' }],
    repairs: new Map([['ip_pool', [1]]]),
    pending: { change: 'update', wanted: new Map(), at: 1 },
    block: { at: 1 },
    ourBlock: BLOCK,
    replaced: { _tag: 'Replaced', elapsedMs: 0, countedAt: 1 },
    owed: new Map([['ip_pool', 'p']]),
    barred: true,
    unseen: 1,
    foundShut: true,
  }

  test('stays as it is where all was wanted before, and nothing else is remembered', () =>
    assert.ok(isAllKnown(known, USER, prints)))

  for (const [name, value] of Object.entries(more))
    test(`does not stay where ${name} is remembered`, () => {
      assert.not(isOnlyWanted({ ...known, [name]: value }))
      assert.not(isAllKnown({ ...known, [name]: value }, USER, prints))
    })

  test('there is nothing else that could be remembered', () =>
    assert.equal([...Object.keys(more), 'wanted'].sort(), Object.keys(stranger).sort()))

  for (const [title, wants] of [
    ['was to be another value', { ...SETTINGS, ip_pool: 4 }],
    ['was not managed', { description: 'same' }],
    ['is not managed any more', { ...SETTINGS, audit_email: 'a@acme.example' }],
  ] as const)
    test(`does not stay where a field ${title}`, () => assert.not(isAllKnown(reached(wants), USER, prints)))

  test('does not stay where a password is shown, which may stop being shown', () => {
    const secret = newSecret()
    const remembered = userMemory({ wanted: new Map([['email_password', printOf(prints, secret)]]) })
    assert.not(isAllKnown(remembered, wanted(NAME, { email_password: secret }), prints))
  })

  const after = (shown: LiveUser, readBack: LiveUser) => {
    const [before, scope] = [memory({ users: new Map([[NAME, known]]) }), desiredScope([USER])]
    const planned = live([shown])
    const made = atOnce(draft(context({ memory: before }), HERE, scope, planned))
    const facts = { draft: made, desired: scope, config: '', endings: ENDINGS, ended: [], origin: ORIGIN, prints, now: NOW }
    const live2 = shown === readBack ? planned : live([readBack])
    const rest = { live: live2, person: false, protect: [], filtered: false }
    return atOnce(usersAfter(ledger([['account', before]]), before, { ...facts, ...rest })).get(NAME)
  }

  test('is the very same after a look that shows it so', () => assert.is(after(TWIN, TWIN), known))

  test('goes by the last look where that shows something else than the one that the run is based on', () => {
    const opened = liveUser(NAME, { ...SETTINGS, ip_pool: 9 })
    assert.equal(after(TWIN, opened), known)
    assert.is.not(after(TWIN, opened), known)
  })
})
