// A new name and its old ones: which of them it takes after, what it keeps of that one, and how long it waits for one that is not shown.
import * as assert from 'uvu/assert'
import { formerAway, formerOf, inherited, settingsUnder } from '../../../src/domain/draft/renamed.ts'
import type { OurBlock, UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import { context, live, liveUser, memory, NOW, settingsOf, userMemory, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const NEW = 'printer@acme.example'
const OLD = 'fax@acme.example'
const OLDER = 'telex@acme.example'
const OUT: OurBlock = { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 0, countedAt: NOW }
const over = userMemory({ ourBlock: OUT })
const blocked = (name: string) => liveUser(name, { status: 'blocked' })
const knowing = (users: { readonly [username: string]: UserMemory }) =>
  context({ memory: memory({ users: new Map(Object.entries(users)) }) })
const named = (previously: ReadonlyArray<string> = [OLD], settings: Settings = {}): DesiredUser => ({
  ...wanted(NEW, settings),
  previously,
})

spec('the old name that a new one takes after', (test) => {
  const BOTH = [OLDER, OLD]
  for (const [title, previously, shown, known, expected] of [
    ['is none where none is live', BOTH, [liveUser(NEW)], {}, undefined],
    ['is the one that is live', BOTH, [liveUser(NEW), liveUser(OLD)], {}, OLD],
    ['is the one named first of several', BOTH, [liveUser(OLD), liveUser(OLDER)], {}, OLDER],
    ['is none in another case', BOTH, [liveUser('FAX@acme.example')], {}, undefined],
    ['is the one in use where we blocked another on its way out', BOTH, [blocked(OLDER), liveUser(OLD)], { [OLDER]: over }, OLD],
    ['is the first where all are on their way out', BOTH, [blocked(OLD), blocked(OLDER)], { [OLDER]: over, [OLD]: over }, OLDER],
    [
      'is the one named first also where we blocked that for a rule',
      BOTH,
      [blocked(OLDER), liveUser(OLD)],
      { [OLDER]: userMemory({ ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } }) },
      OLDER,
    ],
  ] as const)
    test(title, () => assert.is(formerOf(knowing({ ...known }), named(previously), live(shown))?.username, expected))

  for (const [title, status, ourBlock, expected] of [
    ['is open', 'allowed', undefined, 'allowed'],
    ['was blocked by somebody else', 'blocked', undefined, 'blocked'],
    ['was blocked by us for a rule', 'blocked', { _tag: 'Rule', returnsTo: 'sandbox' }, 'sandbox'],
    ['was blocked by us on its way out', 'blocked', { ...OUT, returnsTo: 'sandbox' }, 'sandbox'],
    ['was opened since, after our block', 'allowed', { _tag: 'Dates', returnsTo: 'sandbox' }, 'allowed'],
    ['does not show its status', undefined, { _tag: 'Dates', returnsTo: 'sandbox' }, undefined],
  ] satisfies ReadonlyArray<readonly [string, string | undefined, OurBlock | undefined, string | undefined]>)
    test(`gives its status without what we blocked it for: one that ${title}`, () => {
      const old = liveUser(OLD, { status, description: 'Fax' })
      const found = formerOf(knowing({ [OLD]: userMemory({ ourBlock }) }), named(), live([old]))
      assert.equal(found, { ...old, settings: { ...old.settings, status: expected } })
    })
})

spec('S3: an old name that an answer leaves out', (test) => {
  type Scene = {
    readonly previously?: ReadonlyArray<string>
    readonly shown?: ReadonlyArray<LiveUser>
    readonly known?: { readonly [username: string]: UserMemory }
    readonly seen?: ReadonlyArray<string>
  }
  for (const [title, { previously = [OLD], shown = [liveUser(NEW)], known = {}, seen = [] }, expected] of [
    ['is waited for where the last answer had it', { seen: [OLD] }, OLD],
    ['is waited for where something is remembered of it', { known: { [OLD]: userMemory() } }, OLD],
    ['is not where nobody knows it', { seen: [NEW], known: { [NEW]: userMemory() } }, undefined],
    ['is not away where it is there', { shown: [liveUser(NEW), liveUser(OLD)], seen: [OLD] }, undefined],
    ['is waited for twice', { known: { [OLD]: userMemory({ unseen: 2 }) }, seen: [OLD] }, OLD],
    ['is gone after three answers', { known: { [OLD]: userMemory({ unseen: 3 }) }, seen: [OLD] }, undefined],
    [
      'is gone where we were removing it',
      { known: { [OLD]: userMemory({ pending: { change: 'remove', wanted: new Map(), at: NOW } }) }, seen: [OLD] },
      undefined,
    ],
    ['is waited for beside one that is there', { previously: [OLDER, OLD], shown: [liveUser(OLDER)], seen: [OLDER, OLD] }, OLD],
    [
      'is not where it was on its way out, and another one is in use',
      { previously: [OLDER, OLD], shown: [liveUser(OLD)], known: { [OLDER]: over }, seen: [OLDER, OLD] },
      undefined,
    ],
    [
      'is where it was on its way out, and no other one is there',
      { previously: [OLDER, OLD], shown: [liveUser(NEW)], known: { [OLDER]: over } },
      OLDER,
    ],
    [
      'is where the other one is on its way out, too',
      { previously: [OLDER, OLD], shown: [blocked(OLD)], known: { [OLDER]: over, [OLD]: over } },
      OLDER,
    ],
    [
      'is where it was in use, though the other one is on its way out',
      { previously: [OLDER, OLD], shown: [blocked(OLDER)], known: { [OLDER]: over }, seen: [OLD] },
      OLD,
    ],
  ] satisfies ReadonlyArray<readonly [string, Scene, string | undefined]>)
    test(title, () => assert.is(formerAway({ ...knowing(known), seen: new Set(seen) }, named(previously), live(shown)), expected))

  test('is waited for also where nothing is remembered of its scope, and is not where nobody has seen it', () => {
    const about = context({ memory: undefined, seen: new Set([OLD]) })
    assert.is(formerAway(about, named(), live([])), OLD)
    assert.is(formerAway(about, named([OLDER]), live([])), undefined)
  })
})

const LIMIT: Settings = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' }

spec('what a new name has once it is made', (test) => {
  for (const [title, asked, expected] of [
    ['is what the old one has', {}, { ...LIMIT, description: 'Fax' }],
    ['with what the config says over it', { description: 'Printer' }, { ...LIMIT, description: 'Printer' }],
    [
      'and nothing of its limit where that says no limit',
      { custom_ratelimit: false },
      { custom_ratelimit: false, description: 'Fax' },
    ],
    ['nor where it says any part of one', { custom_ratelimit_value: 9 }, { custom_ratelimit_value: 9, description: 'Fax' }],
  ] satisfies ReadonlyArray<readonly [string, Settings, Settings]>)
    test(title, () => {
      const has = settingsUnder(named([OLD], asked), { ...liveUser(OLD), settings: { ...LIMIT, description: 'Fax' } })
      assert.equal(
        settingsOf((field) => has[field]),
        expected,
      )
    })

  test('is only what the config says where there is no old one', () => {
    const { managed } = wanted(NEW, { description: 'Printer' })
    assert.equal(inherited({ ...named(), managed }, undefined), managed)
  })
})
