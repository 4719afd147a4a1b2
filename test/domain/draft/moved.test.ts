// A rename stays within one scope: an old name that is live in another scope, or may be, keeps its new name from being made, and stays as it is.
import * as assert from 'uvu/assert'
import type { Context } from '../../../src/domain/draft/diff.ts'
import type { World } from '../../../src/domain/draft/draft.ts'
import { departuresOf, isLeaving, left } from '../../../src/domain/draft/leaving.ts'
import { formerElsewhere, heirElsewhere, heirsOf, stays } from '../../../src/domain/draft/moved.ts'
import type { OurBlock } from '../../../src/domain/memory/user-memory.ts'
import type { Cause } from '../../../src/domain/plan/plan.ts'
import type { Policy } from '../../../src/domain/wanted/desired.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import {
  context,
  DAY,
  desiredScope,
  live,
  livesIn,
  liveUser,
  memory,
  NOBODY_LISTED,
  NOW,
  policy,
  reached,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const OLD = 'fax@acme.example'
const OLDER = 'telex@acme.example'
const NEW = 'printer@acme.example'
const A = 'subaccount:A'
const B = 'subaccount:B'
const HEIR = { ...wanted(NEW), source: 'config.yaml:7:5', previously: [OLD] }

spec('who is listed under the new name of somebody', (test) => {
  const heir = { username: NEW, source: 'config.yaml:7:5', scope: 'account' }
  const heirs = heirsOf([desiredScope([wanted('one@acme.example'), HEIR]), desiredScope([wanted('two@acme.example')], A)])

  test('is known by the old name in whatever case, with its scope and the place of its entry', () =>
    assert.equal(heirs, new Map([[OLD, heir]])))

  for (const [title, name, scope, expected] of [
    ['is elsewhere for who is live in another scope', OLD, A, heir],
    ['also in another case', 'FAX@acme.example', A, heir],
    ['is not elsewhere in its own scope', OLD, 'account', undefined],
    ['is nobody for another name', NEW, A, undefined],
  ] as const)
    test(title, () => assert.equal(heirElsewhere(heirs, name, scope), expected))

  test('of several old names each has it', () =>
    assert.equal([...heirsOf([desiredScope([{ ...HEIR, previously: ['FAX@acme.example', OLDER] }])]).keys()], [OLD, OLDER]))
})

const STAYS =
  'printer@acme.example, listed in account (config.yaml:7:5), names it in `previously`, and a rename does not go from one scope to another: it stays as it is; take it out of `previously`, and list it in subaccount:A for as long as it is needed'

spec('an old name that is live in another scope than its new one', (test) => {
  const OUT: OurBlock = { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 20 * DAY, countedAt: NOW }
  const scene = (unlisted: Policy['unlisted'], status: string, ourBlock?: OurBlock) => {
    const user = liveUser(OLD, { status })
    const about = context({
      policy: policy({ unlisted }),
      memory: memory({ users: new Map(ourBlock === undefined ? [] : [[OLD, userMemory({ ourBlock })]]) }),
      seen: new Set([OLD]),
    })
    const heirs = heirsOf([desiredScope([HEIR]), desiredScope([], A)])
    const departures = departuresOf(about, desiredScope([], A), new Map([[OLD, user]]), heirs)
    const world: World = { ...livesIn(OLD, A), ...NOBODY_LISTED, heirs }
    return { about, departures, user, around: { world, live: live([user], { scope: A }), departures } }
  }
  const cause: Cause = 'config'
  const block = {
    change: 'block',
    username: OLD,
    cause,
    fields: [{ field: 'status', from: 'allowed', to: 'blocked', source: 'config.yaml:7:5' }],
    ends: 'departs',
  }
  const removal = { change: 'remove', username: OLD, cause, fields: [] }
  const held = (change: typeof block | typeof removal) => ({
    withheld: [{ change, reason: 'impossible', why: STAYS }],
  })

  test('says where the new one is listed, and what to do', () =>
    assert.is(stays({ username: NEW, source: 'config.yaml:7:5', scope: 'account' }, A), STAYS))

  for (const [title, [unlisted, status, ourBlock], expected] of [
    ['is not blocked where who is not listed is only reported', ['report', 'allowed'], held(block)],
    ['is not blocked where who is not listed is ignored', ['ignore', 'allowed'], held(block)],
    ['is not blocked where who is not listed is', ['block', 'allowed'], held(block)],
    ['has nothing to wait for where somebody else has blocked it', ['remove', 'blocked'], {}],
    ['has nothing to wait for once we have blocked it, where nobody is removed', ['block', 'blocked', OUT], {}],
    ['is not removed, be its grace over', ['remove', 'blocked', OUT], held(removal)],
  ] as const)
    test(title, () => {
      const { about, around, user } = scene(unlisted, status, ourBlock)
      assert.equal(left(about, around, user), expected)
    })

  for (const [title, [unlisted, status, ourBlock], expected] of [
    ['is not on its way out, whatever the policy says of the unlisted', ['remove', 'allowed'], false],
    ['nor where somebody else has blocked it', ['block', 'blocked'], false],
    ['is while our block of it stands', ['report', 'blocked', OUT], true],
    ['is no more where somebody has opened it', ['remove', 'allowed', OUT], false],
  ] as const)
    test(title, () => {
      const { about, departures, user } = scene(unlisted, status, ourBlock)
      assert.is(isLeaving(about, departures, user), expected)
    })
})

spec('a new name whose old one is not live in its scope', (test) => {
  type Scene = {
    readonly previously?: ReadonlyArray<string>
    readonly here?: ReadonlyArray<string>
    readonly world?: Partial<World>
    readonly cause?: Cause
    readonly about?: Partial<Context>
  }
  const before = (scene: Scene): string | undefined => {
    const { previously = [OLD], here = ['one@acme.example'], world = {}, cause = 'config', about = {} } = scene
    return formerElsewhere(
      context(about),
      { ...HEIR, previously },
      {
        world: { ...livesIn('nobody@acme.example'), ...NOBODY_LISTED, ...world },
        live: live(here.map((name) => liveUser(name))),
        cause,
      },
    )
  }
  const elsewhere = (name: string, where: string, first: string): string =>
    `its former name ${name} ${where}, and a rename does not go from one scope to another: take that out of \`previously\`, say here what this user is to have, and list ${name} in ${first} for as long as it is needed`
  const UNREAD = (name: string, where: string): string =>
    `its former name ${name} is not live here, and may be in ${where}, which nobody has read yet: let that be read, or take ${name} out of \`previously\``
  const inA = livesIn(OLD, A)
  const was = (...scopes: ReadonlyArray<Scope>): ReadonlyMap<string, ReadonlyArray<Scope>> => new Map([[OLD, scopes]])

  for (const [title, scene, expected] of [
    ['is made where that is live nowhere', {}, undefined],
    ['is not made where that is live in another scope', { world: inA }, elsewhere(OLD, 'is live in subaccount:A', A)],
    ['also in another case', { world: livesIn('Fax@acme.example', A) }, elsewhere(OLD, 'is live in subaccount:A', A)],
    [
      'tells each scope once in which that is live',
      { world: livesIn(OLD, A, B, A) },
      elsewhere(OLD, 'is live in subaccount:A, subaccount:B', A),
    ],
    [
      'is not held for another scope where that is live in its own in another case',
      { world: livesIn(OLD, 'account') },
      undefined,
    ],
    [
      'takes the one of its own scope where that is live in both',
      { here: ['one@acme.example', OLD], world: livesIn(OLD, 'account', A) },
      undefined,
    ],
    [
      'is not made where another one of several is live in another scope',
      { previously: [OLDER, OLD], world: inA },
      elsewhere(OLD, 'is live in subaccount:A', A),
    ],
    [
      'is not made where one is live here and another one in another scope',
      { previously: [OLDER, OLD], here: [OLDER], world: inA },
      elsewhere(OLD, 'is live in subaccount:A', A),
    ],
    [
      'is not made where that was live in another scope when it was last read (S3)',
      { world: { lastSeenIn: was(A, B) } },
      elsewhere(OLD, 'was live in subaccount:A, subaccount:B when that was last read', A),
    ],
    [
      'nor where that scope is no part of the config any more',
      { world: { leftIn: was(B) } },
      elsewhere(OLD, 'was live in subaccount:B when that was last read', B),
    ],
    [
      'tells of a scope that could not be read now when it was read last',
      { world: { ...livesIn(OLD, A), lastSeenIn: was(A) } },
      elsewhere(OLD, 'was live in subaccount:A when that was last read', A),
    ],
    [
      'tells first where it is live now',
      { world: { ...livesIn(OLD, A, B), lastSeenIn: was(A) } },
      elsewhere(OLD, 'is live in subaccount:B', B),
    ],
    [
      'is made where that was live in its own scope',
      { world: { lastSeenIn: was('account'), leftIn: was('account') } },
      undefined,
    ],
    ['is not kept from being repaired', { world: inA, cause: 'drift' }, undefined],
    ['nor from being made again', { world: inA, cause: 'retry' }, undefined],
    ['is not made at the first run either', { world: inA, cause: 'first_run' }, elsewhere(OLD, 'is live in subaccount:A', A)],
    [
      'is made again where it was here before, with all that it ever had',
      { world: inA, about: { memory: memory({ users: new Map([[NEW, reached({ description: 'Fax' })]]) }) } },
      undefined,
    ],
    [
      'is not where nothing was ever reached of it',
      { world: inA, about: { memory: memory({ users: new Map([[NEW, userMemory({ barred: true })]]) }) } },
      elsewhere(OLD, 'is live in subaccount:A', A),
    ],
    ['waits for a scope that nobody has read yet', { world: { unread: [A] } }, UNREAD(OLD, 'subaccount:A')],
    ['and for each of them', { world: { unread: [A, 'account', B] } }, UNREAD(OLD, 'subaccount:A, subaccount:B')],
    ['does not wait for its own scope', { world: { unread: ['account'] } }, undefined],
    [
      'names the first of several old names then',
      { previously: [OLDER, OLD], world: { unread: [A] } },
      UNREAD(OLDER, 'subaccount:A'),
    ],
    [
      'does not wait where one of several is live here',
      { previously: [OLDER, OLD], here: [OLD], world: { unread: [A] } },
      undefined,
    ],
    ['does not wait where none is named', { previously: [], world: { unread: [A] } }, undefined],
    [
      'nor where the last answer of its own scope had that',
      { world: { unread: [A] }, about: { seen: new Set([OLD]) } },
      undefined,
    ],
    [
      'nor where something is remembered of one of several here',
      {
        previously: [OLDER, OLD],
        world: { unread: [A] },
        about: { memory: memory({ users: new Map([[OLD, userMemory()]]) }) },
      },
      undefined,
    ],
    [
      'waits also where nothing is remembered of its own scope',
      { world: { unread: [A] }, about: { memory: undefined } },
      UNREAD(OLD, 'subaccount:A'),
    ],
    [
      'tells where that is live rather than what is unread',
      { world: { ...inA, unread: [B] } },
      elsewhere(OLD, 'is live in subaccount:A', A),
    ],
  ] satisfies ReadonlyArray<readonly [string, Scene, string | undefined]>)
    test(title, () => assert.is(before(scene), expected))
})
