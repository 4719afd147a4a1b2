// What a new name did not get of its old one when it was made: it gets that later, while the old one has it and nobody has set something else.
import * as assert from 'uvu/assert'
import { isOwing, owedAfter, owing, type SuccessorState } from '../../../src/domain/draft/renamed.ts'
import type { UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { Change, Ended } from '../../../src/domain/plan/plan.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import { type Print, printOf } from '../../../src/domain/user/prints.ts'
import { FIELDS, type FieldName, type Settings, type Value } from '../../../src/domain/user/settings.ts'
import type { Managed } from '../../../src/domain/wanted/desired.ts'
import { change, context, live, liveUser, managed, memory, NOW, prints, userMemory, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const NEW = 'printer@acme.example'
const OLD = 'fax@acme.example'
const LIMIT = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' } as const
const LIMIT_FIELDS = ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period'] as const
const print = (value: Value | undefined): Print => printOf(prints, value)
const owed = (...some: ReadonlyArray<readonly [FieldName, Value | undefined]>): UserMemory['owed'] =>
  new Map(some.map(([field, value]) => [field, print(value)]))
const adding = (...fields: ReadonlyArray<FieldName>): UserMemory['pending'] => ({
  change: 'create',
  wanted: new Map(fields.map((field) => [field, print('x')])),
  at: NOW - 1,
})

spec('a live new name that is owed something of its old one', (test) => {
  type Scene = {
    readonly asked?: Settings
    readonly previously?: ReadonlyArray<string>
    /** As it is, beside the defaults; its old one has a description and a footer, or this. */
    readonly has?: Settings
    readonly old?: Settings | undefined
    readonly known?: Partial<UserMemory>
    readonly seen?: ReadonlyArray<string>
  }
  const gets = (scene: Scene) => {
    const { asked = {}, previously = [OLD], has = {}, known = {}, seen = [NEW, OLD] } = scene
    const old = 'old' in scene ? scene.old : { description: 'Fax', feedback_text: 'bye' }
    const twin = liveUser(NEW, has)
    const shown = live([twin, ...(old === undefined ? [] : [liveUser(OLD, old)])])
    const about = context({ memory: memory({ users: new Map([[NEW, userMemory(known)]]) }), seen: new Set(seen) })
    const user = { ...wanted(NEW, asked), previously }
    const { managed: all, owed: still } = owing(about, user, { live: shown, twin })
    const kept = FIELDS.flatMap((field) => {
      const one = all[field]
      return one === undefined ? [] : [`${field}=${String(one.value)} ${one.source.replace(/^config.*/, 'config')}`]
    })
    return { kept, owed: still }
  }
  const FAX = `description=Fax kept from ${OLD}`
  const BYE = `feedback_text=bye kept from ${OLD}`
  const limited = LIMIT_FIELDS.map((field) => `${field}=${LIMIT[field]} kept from ${OLD}`)
  const nothing = { kept: [], owed: undefined }

  for (const [title, scene, expected] of [
    ['gets nothing where it had all of it', {}, nothing],
    ['gets what it did not have', { known: { owed: owed(['description', '']) } }, { kept: [FAX], owed: ['description'] }],
    [
      'gets each of several fields',
      { known: { owed: owed(['description', ''], ['feedback_text', '']) } },
      { kept: [FAX, BYE], owed: ['description', 'feedback_text'] },
    ],
    [
      'gets it beside what the config says',
      { asked: { ip_pool: 7 }, known: { owed: owed(['description', '']) } },
      { kept: [FAX, 'ip_pool=7 config'], owed: ['description'] },
    ],
    [
      'does not get what the config says itself by now',
      { asked: { description: 'Printer' }, known: { owed: owed(['description', ''], ['feedback_text', '']) } },
      { kept: ['description=Printer config', BYE], owed: ['feedback_text'] },
    ],
    [
      'does not get what somebody has set otherwise since',
      { has: { description: 'Mine' }, known: { owed: owed(['description', '']) } },
      { kept: [], owed: [] },
    ],
    [
      'does not get what the old one has no more',
      { old: { feedback_text: 'bye' }, known: { owed: owed(['description', '']) } },
      { kept: [], owed: [] },
    ],
    [
      'is owed nothing more once the old one is gone',
      { old: undefined, seen: [NEW], known: { owed: owed(['description', '']) } },
      { kept: [], owed: [] },
    ],
    ['waits for an old one that is not shown', { old: undefined, known: { owed: owed(['description', '']) } }, nothing],
    [
      'gets nothing where the config names no old one any more',
      { previously: [], known: { owed: owed(['description', '']) } },
      nothing,
    ],
    [
      'gets a limit as one, though it lacks only a part of it',
      { has: { custom_ratelimit: true }, old: LIMIT, known: { owed: owed(['custom_ratelimit_value', undefined]) } },
      { kept: limited, owed: LIMIT_FIELDS },
    ],
    [
      'gets no part of a limit where somebody has set another one since',
      { has: { ...LIMIT, custom_ratelimit_value: 9 }, old: LIMIT, known: { owed: owed(['custom_ratelimit_value', undefined]) } },
      { kept: [], owed: [] },
    ],
    [
      'gets no limit where it is owed something else',
      { old: { ...LIMIT, description: 'Fax' }, known: { owed: owed(['description', '']) } },
      { kept: [FAX], owed: ['description'] },
    ],
    [
      'gets what it was to be made with where nobody told the fate of that, whatever it has',
      { has: { description: 'Half' }, known: { pending: adding('description') } },
      { kept: [FAX], owed: ['description'] },
    ],
    [
      'gets that beside what it is owed from before, unless that was set otherwise',
      { has: { feedback_text: 'mine' }, known: { pending: adding('description'), owed: owed(['feedback_text', '']) } },
      { kept: [FAX], owed: ['description'] },
    ],
    [
      'gets nothing where a change of unknown fate did not make it',
      { known: { pending: { change: 'update', wanted: new Map([['description', print('x')]]), at: NOW - 1 } } },
      nothing,
    ],
  ] satisfies ReadonlyArray<readonly [string, Scene, ReturnType<typeof gets>]>)
    test(title, () => assert.equal(gets(scene), expected))
})

spec('what a new name is still owed after a look', (test) => {
  const MADE = change('create', NEW, {
    fields: [
      { field: 'description', from: undefined, to: 'Fax', source: `kept from ${OLD}` },
      { field: 'feedback_text', from: undefined, to: 'bye', source: `kept from ${OLD}` },
      { field: 'ip_pool', from: undefined, to: 7, source: 'config.yaml:3:5 ip_pool' },
    ],
  })
  const BEFORE = owed(['audit_email', ''])
  const KEPT: Managed = { description: { value: 'Fax', source: `kept from ${OLD}` } }
  const ended = (outcome: Ended['outcome'], one: Change = MADE, some: Partial<Pick<Ended, 'refusal'>> = {}): Ended => ({
    ...one,
    outcome,
    ...some,
  })
  type Scene = {
    readonly previously?: ReadonlyArray<string>
    readonly managed?: Managed
    readonly owed?: ReadonlyArray<FieldName>
    readonly live?: LiveUser | undefined
    readonly ended?: Ended
  }
  const after = (scene: Scene): UserMemory['owed'] => {
    const { previously = [OLD], managed: all = managed({ ip_pool: 7 }), owed: asked, ended: end } = scene
    const shown = 'live' in scene ? scene.live : liveUser(NEW)
    const user = { ...wanted(NEW), managed: all, previously, ...(asked === undefined ? {} : { owed: asked }) }
    const run = { isFirst: false, alsoChanged: new Set<string>(), prints, now: NOW }
    return owedAfter(userMemory({ owed: BEFORE }), { user, live: shown, planned: shown, ended: end, assumed: [], after: run })
  }
  const lacking = owed(['description', ''], ['feedback_text', ''])
  const lackingOne = owed(['feedback_text', ''])

  for (const [title, scene, expected] of [
    ['is nothing where the config names no old one', { previously: [], ended: ended('verified') }, owed()],
    ['is what it was where nothing was done and nothing asked', {}, BEFORE],
    ['is what it was where the user is not shown', { live: undefined, ended: ended('not_converged') }, BEFORE],
    [
      'is what it was to be made with and does not have, and not what the config says',
      { ended: ended('not_converged') },
      lacking,
    ],
    ['be it that nobody told the fate of that', { ended: ended('unknown') }, lacking],
    [
      'with what was there instead',
      { ended: ended('not_converged'), live: liveUser(NEW, { description: 'Half', feedback_text: 'bye' }) },
      owed(['description', 'Half']),
    ],
    [
      'is nothing where it has all of it',
      { ended: ended('verified'), live: liveUser(NEW, { description: 'Fax', feedback_text: 'bye' }) },
      owed(),
    ],
    ['is what it was where making it failed', { ended: ended('failed') }, BEFORE],
    ['and where it was not attempted', { ended: ended('not_attempted') }, BEFORE],
    ['and where the service said no, and somebody else made it', { ended: ended('unknown', MADE, { refusal: {} }) }, BEFORE],
    ['and where something else was done', { ended: ended('verified', change('update', NEW)) }, BEFORE],
    [
      'is what is asked for that and not there yet',
      { managed: KEPT, owed: ['description'], live: liveUser(NEW, { description: 'Half' }) },
      owed(['description', 'Half']),
    ],
    [
      'is nothing once that is there',
      { managed: KEPT, owed: ['description'], live: liveUser(NEW, { description: 'Fax' }) },
      owed(),
    ],
    ['is nothing once nothing is asked for that any more', { owed: [] }, owed()],
    [
      'is what of that a change did not set',
      {
        managed: { ...KEPT, feedback_text: { value: 'bye', source: `kept from ${OLD}` } },
        owed: ['description', 'feedback_text'],
        live: liveUser(NEW, { description: 'Fax' }),
        ended: ended('not_converged', change('update', NEW)),
      },
      lackingOne,
    ],
    [
      'is what it was where the user that is asked for is not shown',
      { owed: ['description'], managed: KEPT, live: undefined },
      BEFORE,
    ],
  ] satisfies ReadonlyArray<readonly [string, Scene, UserMemory['owed']]>)
    test(title, () => assert.equal(after(scene), expected))
})

spec('an old name that an answer leaves out', (test) => {
  const known = (some: Partial<UserMemory>) => new Map([[NEW, userMemory(some)]])
  const next = (standing: SuccessorState) => ({ name: NEW, source: 'config.yaml:7:5', standing })
  for (const [title, one, users, expected] of [
    ['is not awaited where nobody takes its place', undefined, known({ owed: owed(['description', '']) }), false],
    ['is awaited while its new name is still to be made', next('missing'), new Map(), true],
    ['is not once that has all of it', next('works'), known({}), false],
    ['is while that is owed something of it', next('works'), known({ owed: owed(['description', '']) }), true],
    ['also where that is blocked', next('mute'), known({ owed: owed(['description', '']) }), true],
    ['is not where nothing is remembered of that', next('works'), new Map(), false],
  ] satisfies ReadonlyArray<readonly [string, Parameters<typeof isOwing>[0], ReadonlyMap<string, UserMemory>, boolean]>)
    test(title, () => assert.is(isOwing(one, users), expected))
})
