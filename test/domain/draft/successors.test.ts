// Old names and new ones side by side: how a new name stands that an old one waits for, and which old names are blocked, and return, with theirs.
import * as assert from 'uvu/assert'
import type { Hold } from '../../../src/domain/decisions/hold.ts'
import { type Former, formersOf, type SuccessorState, successorsOf } from '../../../src/domain/draft/renamed.ts'
import type { OurBlock } from '../../../src/domain/memory/user-memory.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import { DAY, HOUR, liveUser, memory, NOW, userMemory, wanted } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const NEW = 'printer@acme.example'
const OLD = 'fax@acme.example'
const OLDER = 'telex@acme.example'
const EXPIRES = { at: NOW, source: 'config.yaml:8:5' }
const own = (settings: Settings = {}, some: Partial<DesiredUser> = {}): DesiredUser => ({
  ...wanted(NEW, settings),
  source: 'config.yaml:7:5',
  previously: [OLD],
  ...some,
})
const stop = (until: number): Hold => ({ what: { _tag: 'Stop', glob: 'fax@*' }, since: 0, until, reason: 'leak', by: 'me' })

spec('a new name that an old one waits for', (test) => {
  type Scene = {
    readonly twin?: LiveUser | undefined
    readonly user?: DesiredUser
    readonly old?: string | undefined
    readonly ourBlock?: OurBlock
    readonly holds?: ReadonlyArray<Hold>
  }
  const stands = (scene: Scene): SuccessorState | undefined => {
    const { user = own(), holds = [], ourBlock } = scene
    const old = 'old' in scene ? scene.old : 'allowed'
    const twin = 'twin' in scene ? scene.twin : SHUT
    const past = { memory: memory({ users: new Map([[OLD, userMemory({ ourBlock })]]) }), holds, now: NOW }
    const shown = [...(twin === undefined ? [] : [twin]), ...(old === undefined ? [] : [liveUser(OLD, { status: old })])]
    return successorsOf(past, [user], new Map(shown.map((one) => [one.username, one]))).get(OLD)?.standing
  }
  const SHUT = liveUser(NEW, { status: 'blocked' })
  const boxed = liveUser(NEW, { status: 'sandbox' })
  const way: OurBlock = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 0, countedAt: NOW }

  for (const [title, scene, expected] of [
    ['is missing where it is not live', { twin: undefined }, 'missing'],
    ['works where it is open', { twin: liveUser(NEW) }, 'works'],
    ['works where its status is hidden', { twin: liveUser(NEW, { status: undefined }) }, 'works'],
    [
      'and where the config asks for one that is hidden',
      { twin: liveUser(NEW, { status: undefined }), user: own({ status: 'allowed' }) },
      'works',
    ],
    ['works where nobody tells whether it may send', { twin: liveUser(NEW, {}, undefined) }, 'works'],
    ['is mute where the provider has stopped it', { twin: liveUser(NEW, {}, false) }, 'mute'],
    ['also where its status is hidden', { twin: liveUser(NEW, { status: undefined }, false) }, 'mute'],
    ['is mute where somebody has blocked it', {}, 'mute'],
    ['is mute where a rule has blocked it, though the config asks for it', { user: own({ status: 'allowed' }) }, 'mute'],
    ['is shut where its own entry says blocked', { user: own({ status: 'blocked' }) }, 'shut'],
    ['is mute in the sandbox, though its own entry says blocked', { twin: boxed, user: own({ status: 'blocked' }) }, 'mute'],
    ['works in the sandbox where its own entry says that', { twin: boxed, user: own({ status: 'sandbox' }) }, 'works'],
    ['is shut from the moment on at which it expires', { user: own({}, { expires: EXPIRES }) }, 'shut'],
    ['and is mute until then', { user: own({}, { expires: { ...EXPIRES, at: NOW + 1 } }) }, 'mute'],
    ['works though it has expired, until it is blocked', { twin: liveUser(NEW), user: own({}, { expires: EXPIRES }) }, 'works'],
    ['works where its old one is blocked, too', { old: 'blocked' }, 'works'],
    ['is mute where we blocked the old one', { old: 'blocked', ourBlock: way }, 'mute'],
    [
      'works in the sandbox where the old one was there before our block',
      { twin: boxed, old: 'blocked', ourBlock: way },
      'works',
    ],
    ['is mute where a stop has blocked the old one', { old: 'blocked', holds: [stop(NOW + 1)] }, 'mute'],
    ['works again where such a stop is over', { old: 'blocked', holds: [stop(NOW)] }, 'works'],
    ['is mute where the old one is open', { twin: boxed }, 'mute'],
    ['and where that is gone', { old: undefined }, 'mute'],
  ] satisfies ReadonlyArray<readonly [string, Scene, SuccessorState]>)
    test(title, () => assert.is(stands(scene), expected))

  test('is told by each of its old names, and by no other name, with the place of its entry', () => {
    const past = { memory: undefined, holds: [], now: NOW }
    const users = [wanted('one@acme.example'), own({}, { previously: [OLDER, OLD] })]
    const next = { name: NEW, source: 'config.yaml:7:5', standing: 'missing' }
    assert.equal(
      successorsOf(past, users, new Map()),
      new Map([
        [OLDER, next],
        [OLD, next],
      ]),
    )
  })
})

spec('an old name', (test) => {
  type Scene = {
    readonly entry?: DesiredUser
    /** The status that rules and dates make of it. */
    readonly ruled?: Settings
    readonly twin?: LiveUser | undefined
  }
  const former = (scene: Scene): Former | undefined => {
    const { entry = own() } = scene
    const user = scene.ruled === undefined ? entry : { ...entry, managed: wanted(NEW, scene.ruled).managed }
    return formersOf([{ own: entry, user, twin: 'twin' in scene ? scene.twin : liveUser(NEW) }], NOW).get(OLD)
  }
  const BY_STATUS = { why: `blocked with ${NEW}, its new name, by its status`, source: 'config.yaml:1:1 status' }
  const BY_DATE = {
    why: `blocked with ${NEW}, its new name, which expired at 2026-01-06T12:00:00Z`,
    source: 'config.yaml:8:5 expires',
  }
  const BLOCKED: Settings = { status: 'blocked' }

  for (const [title, scene, expected] of [
    ['stays as it is where its new one is open', {}, { shut: undefined, returns: true }],
    [
      'returns where that is to be open',
      { ruled: { status: 'allowed' }, twin: liveUser(NEW, BLOCKED) },
      { shut: undefined, returns: true },
    ],
    [
      'does not where that is blocked, and nothing says it is to be open',
      { twin: liveUser(NEW, BLOCKED) },
      { shut: undefined, returns: false },
    ],
    ['returns where that is not there yet', { twin: undefined }, { shut: undefined, returns: true }],
    ['is not blocked with a new one that a rule blocks', { ruled: BLOCKED }, { shut: undefined, returns: false }],
    [
      'be it that the entry of that says allowed',
      { entry: own({ status: 'allowed' }), ruled: BLOCKED },
      { shut: undefined, returns: false },
    ],
    ['is blocked where the entry of the new one says blocked', { entry: own(BLOCKED) }, { shut: BY_STATUS, returns: false }],
    ['also where that is not there yet', { entry: own(BLOCKED), twin: undefined }, { shut: BY_STATUS, returns: false }],
    [
      'is not where a rule lets that be open all the same',
      { entry: own(BLOCKED), ruled: { status: 'allowed' } },
      { shut: undefined, returns: true },
    ],
    ['nor where a rule leaves its status alone', { entry: own(BLOCKED), ruled: {} }, { shut: undefined, returns: true }],
    [
      'is blocked from the moment on at which the new one expires',
      { entry: own({}, { expires: EXPIRES }), ruled: BLOCKED },
      { shut: BY_DATE, returns: false },
    ],
    [
      'by that rather than by its status',
      { entry: own(BLOCKED, { expires: { ...EXPIRES, at: NOW } }) },
      { shut: BY_DATE, returns: false },
    ],
    [
      'is not blocked before that',
      { entry: own({}, { expires: { ...EXPIRES, at: NOW + 1 } }) },
      { shut: undefined, returns: true },
    ],
    [
      'is not blocked where the new one is yet to start',
      { entry: own({}, { starts: { at: NOW + HOUR, source: 'config.yaml:9:5' } }), ruled: BLOCKED },
      { shut: undefined, returns: false },
    ],
  ] satisfies ReadonlyArray<readonly [string, Scene, Former]>)
    test(title, () => assert.equal(former(scene), expected))

  test('is one of each name that an entry had before, and nobody else is', () => {
    const others = wanted('one@acme.example')
    const both = own(BLOCKED, { previously: [OLDER, OLD], expires: { at: NOW - DAY, source: 'config.yaml:8:5' } })
    const shut = {
      why: `blocked with ${NEW}, its new name, which expired at 2026-01-05T12:00:00Z`,
      source: 'config.yaml:8:5 expires',
    }
    const found = formersOf(
      [others, both].map((one) => ({ own: one, user: one, twin: undefined })),
      NOW,
    )
    assert.equal(
      found,
      new Map([
        [OLDER, { shut, returns: false }],
        [OLD, { shut, returns: false }],
      ]),
    )
  })
})
