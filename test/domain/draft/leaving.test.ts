// Leaving in the core: the arithmetic of grace, who may be removed after any series of runs, what an emergency stop leads to, whose word a retry is.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { decode } from '../../../src/adapters/ledger-json.ts'
import { atOnce } from '../../../src/domain/basics/work.ts'
import type { Hold } from '../../../src/domain/decisions/hold.ts'
import type { Context } from '../../../src/domain/draft/diff.ts'
import { departuresOf, isLeaving, left } from '../../../src/domain/draft/leaving.ts'
import { sidesOf } from '../../../src/domain/draft/vain.ts'
import { elapsedOf, leavingAfter } from '../../../src/domain/memory/grace.ts'
import { underStop } from '../../../src/domain/memory/hold-memory.ts'
import { departsFrom, returnsTo, withEnd } from '../../../src/domain/memory/late.ts'
import type { Ledger } from '../../../src/domain/memory/ledger.ts'
import { onItsWay } from '../../../src/domain/memory/our-block.ts'
import type { Leaving, Pending, Replaced, UserMemory, WayOut } from '../../../src/domain/memory/user-memory.ts'
import type { Block, Cause, Change } from '../../../src/domain/plan/plan.ts'
import { beforeWrites } from '../../../src/domain/remembering/remember.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import type { Settings } from '../../../src/domain/user/settings.ts'
import type { AbsentUser, DesiredScope, DesiredUser, Policy } from '../../../src/domain/wanted/desired.ts'
import { E } from '../../../src/fp.ts'
import {
  context,
  DAY,
  desired,
  desiredScope,
  HOUR,
  ledger,
  live,
  livesIn,
  liveUser,
  memory,
  NOBODY_LISTED,
  NOW,
  ORIGIN,
  policy,
  prints,
  told,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { cases } from '../../support/cases.ts'
import { ledgerText } from '../../support/ledger-text.ts'
import { run, type World } from '../../support/model.ts'
import { spec } from '../../support/spec.ts'

const blocked = (elapsedMs: number, countedAt = NOW, returnsTo = 'allowed'): WayOut => ({
  _tag: 'WayOut',
  returnsTo,
  elapsedMs,
  countedAt,
})
const replaced = (elapsedMs: number, countedAt = NOW): Replaced => ({ _tag: 'Replaced', elapsedMs, countedAt })
const block: Block = {
  change: 'block',
  username: 'gone-1',
  cause: 'config',
  fields: [{ field: 'status', from: 'sandbox', to: 'blocked', source: '' }],
  ends: 'never',
}
const shown = (status: string | undefined) => liveUser('gone-1', { status })
const look = { live: shown('blocked'), blockedFrom: undefined, wasOpen: false, successor: undefined }

spec('grace', (test) => {
  test('a run counts the time since the last one, a day at the most and never less than nothing', () => {
    for (const [passed, counted] of [
      [0, 0],
      [1, 1],
      [HOUR, HOUR],
      [DAY - 1, DAY - 1],
      [DAY, DAY],
      [DAY + 1, DAY],
      [365 * DAY, DAY],
      [-1, 0],
      [-365 * DAY, 0],
    ] as const) {
      assert.is(elapsedOf(blocked(5), NOW + passed), 5 + counted, String(passed))
      assert.is(elapsedOf(replaced(5), NOW + passed), 5 + counted, String(passed))
    }
  })

  test('over any readings of any clock it never falls, never jumps by more than a day a run, and an opening ends it', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.integer({ min: -400 * DAY, max: 400 * DAY }), fc.constantFrom('blocked', 'allowed', 'sandbox', undefined)),
          {
            maxLength: 30,
          },
        ),
        (runs) => {
          let before: Leaving = blocked(0)
          for (const [at, status] of runs) {
            const now = NOW + at
            const after = leavingAfter(before, { ...look, live: shown(status), now })
            if (status === 'allowed' || status === 'sandbox') return assert.is(after, undefined)
            if (after === undefined) return assert.unreachable('forgotten')
            assert.is(after.countedAt, now)
            const counted = after.elapsedMs - before.elapsedMs
            assert.ok(counted >= 0 && counted <= DAY, String(counted))
            assert.is(after.elapsedMs, elapsedOf(before, now), 'what planning saw is what is remembered')
            before = after
          }
        },
      ),
    ))

  test('by a clock that only goes on, with a run a day or more often, it is the time that passed', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: DAY }), { minLength: 1, maxLength: 30 }), (steps) => {
        let [now, leaving]: [number, Leaving] = [NOW, blocked(0)]
        for (const step of steps) {
          now += step
          leaving = leavingAfter(leaving, { ...look, now }) ?? leaving
        }
        assert.is(leaving.elapsedMs, now - NOW)
      }),
    ))

  test('our block remembers the status from before and starts at nothing, also for a user that was replaced', () => {
    for (const before of [undefined, replaced(9 * DAY), blocked(9 * DAY)])
      assert.equal(leavingAfter(before, { ...look, blockedFrom: 'sandbox', wasOpen: true, now: NOW }), {
        _tag: 'WayOut',
        returnsTo: 'sandbox',
        elapsedMs: 0,
        countedAt: NOW,
      })
  })

  test('a replaced user counts only while the new one is there, and starts anew when it was gone', () => {
    const now = NOW + HOUR
    assert.equal(leavingAfter(undefined, { ...look, successor: 'works', now }), replaced(0, now))
    assert.equal(leavingAfter(replaced(5), { ...look, successor: 'works', now }), replaced(5 + HOUR, now))
    for (const successor of [undefined, 'missing', 'mute', 'shut'] as const)
      assert.is(leavingAfter(replaced(5), { ...look, successor, now }), undefined)
  })

  test('a user that was blocked since another one took its place counts only while that one works', () => {
    const now = NOW + HOUR
    const after = (successor: 'missing' | 'mute' | 'shut' | 'works' | undefined) =>
      leavingAfter(blocked(9 * DAY), { ...look, successor, now })
    for (const standing of [undefined, 'works', 'shut'] as const) assert.equal(after(standing), blocked(9 * DAY + HOUR, now))
    for (const standing of ['missing', 'mute'] as const) {
      const left = after(standing)
      assert.is(left === undefined ? undefined : elapsedOf(left, now + DAY), 0)
      assert.equal(leavingAfter(left, { ...look, successor: 'works', now: now + DAY }), blocked(0, now + DAY))
    }
  })
})

const GRACE = 3 * DAY
const worldOf = (
  remembered: Ledger,
  status: string,
  policy: Partial<Policy> = {},
  absent: ReadonlyArray<AbsentUser> = [],
): World => ({
  state: desired([{ ...desiredScope([wanted('kept-1'), wanted('kept-2')]), absent }], {
    unlisted: 'remove',
    grace: GRACE,
    ...policy,
  }),
  truth: new Map([
    [
      'account',
      new Map<string, Settings>([
        ['kept-1', { status: 'allowed' }],
        ['kept-2', { status: 'allowed' }],
        ['gone-1', { status }],
      ]),
    ],
  ]),
  remembered,
})
const names = ['kept-1', 'kept-2', 'gone-1']
const old = ledger([['account', memory({ lastSeen: names, listed: 2, trusted: true })]])
const statusOf = ({ truth }: World): unknown => truth.get('account')?.get('gone-1')?.status
const opened = (world: World): World => {
  const users = new Map(world.truth.get('account'))
  return { ...world, truth: new Map([['account', users.set('gone-1', { ...users.get('gone-1'), status: 'allowed' })]]) }
}
/** As it comes back from the disk. */
const decodedAgain = (remembered: Ledger): Ledger => {
  const read = decode(ledgerText({ generation: 1, ledger: remembered }))
  if (E.isLeft(read)) throw new Error(read.left)
  return read.right.ledger
}
const stop: Hold = { what: { _tag: 'Stop', glob: 'gone-*' }, since: 0, until: NOW + 400 * DAY, reason: 'leak', by: 'me' }
const holding = (world: World, holds: ReadonlyArray<Hold>): World => ({ ...world, remembered: { ...world.remembered, holds } })

spec('leaving', (test) => {
  type Step = { readonly pass: number; readonly opens: boolean; readonly stops: boolean; readonly releases: boolean }
  const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(
    fc.record({
      pass: fc.oneof(fc.constant(DAY), fc.integer({ min: -2 * DAY, max: 2 * DAY })),
      opens: fc.nat(5).map((one) => one === 0),
      stops: fc.nat(6).map((one) => one === 0),
      releases: fc.nat(3).map((one) => one === 0),
    }),
    { maxLength: 14 },
  )

  test('L5: our block that took effect though nobody lived to note it counts as ours; one that was no way out does not', () => {
    const sent = (departs: boolean): World => {
      const change: Change = { ...block, ends: departs ? 'departs' : 'never' }
      const scope = { scope: 'account', changes: [change], origin: ORIGIN, prints, now: NOW } as const
      return worldOf(atOnce(beforeWrites(old, scope)), 'blocked')
    }
    const removed = (from: World): boolean => {
      let world = { ...from, remembered: decodedAgain(from.remembered) }
      for (let day = 0; day <= 4; day += 1) world = run(world, { now: NOW + day * DAY + 1 }).world
      return world.truth.get('account')?.has('gone-1') !== true
    }
    assert.is(removed(sent(true)), true)
    assert.is(removed(sent(false)), false)
  })

  test('a block whose end must not be lost is remembered from before it is sent, with the one before it, whatever is sent after it', () => {
    const sending = (from: Ledger, at: number, change: Change): Ledger =>
      atOnce(beforeWrites(from, { scope: 'account', changes: [change], origin: ORIGIN, prints, now: at }))
    const blockIn = (ledger: Ledger) => ledger.scopes.get('account')?.users.get(block.username)?.block
    const out: Change = { ...block, ends: 'departs' }
    assert.is(blockIn(sending(old, NOW, block)), undefined)
    const first = sending(old, NOW, out)
    assert.equal(blockIn(first), { at: NOW, departs: 'sandbox' })
    assert.equal(blockIn(sending(first, NOW + 1, out)), { at: NOW + 1, departs: 'sandbox', earlier: NOW })
    assert.equal(blockIn(sending(first, NOW + 1, { ...block, ends: 'returns' })), { at: NOW + 1, earlier: NOW })
    const told = new Map(
      [...first.scopes].map(([scope, { users, ...rest }]) => {
        const answered = [...users].map(([name, one]) => [name, { ...one, block: { at: NOW, answered: true as const } }] as const)
        return [scope, { ...rest, users: new Map(answered) }] as const
      }),
    )
    assert.equal(blockIn(sending({ ...first, scopes: told }, NOW + 1, { ...block, ends: 'returns' })), {
      at: NOW + 1,
      earlier: NOW,
      earlierAnswered: true,
    })
    assert.equal(blockIn(sending(first, NOW + 1, block)), { at: NOW, departs: 'sandbox' })
  })

  test('an emergency stop leaves the way out as it is, but for the status that would return: that is noted before it is sent, and after', () => {
    const known = userMemory({
      ourBlock: blocked(DAY),
      block: { at: NOW - HOUR, departs: 'sandbox' },
    })
    const kept = userMemory({ ourBlock: blocked(DAY, NOW, 'blocked'), block: { at: NOW - HOUR, departs: 'blocked' } })
    const noted = ledger([['account', memory({ users: new Map([[block.username, known]]) })]], { holds: [stop] })
    const sent = atOnce(beforeWrites(noted, { scope: 'account', changes: [block], origin: ORIGIN, prints, now: NOW }))
    assert.equal(sent.scopes.get('account')?.users.get(block.username), kept)
    assert.equal(underStop(known, known, NOW), kept)
    const other = userMemory({ replaced: replaced(DAY), block: { at: NOW - HOUR } })
    assert.equal(underStop(other, other, NOW), other)
    for (const _tag of ['Rule', 'Dates', 'NewName'] as const)
      assert.equal(underStop(other, { ...other, ourBlock: { _tag, returnsTo: 'allowed' } }, NOW), other)
  })

  test('over any series of runs only a user that we blocked on its way out, and that stayed blocked for the grace, is removed', () =>
    fc.assert(
      fc.property(steps, fc.constantFrom('allowed', 'sandbox', 'blocked'), (series, status) => {
        let world = worldOf(old, status)
        let now = NOW
        /** Time counted since our last block; nothing where there is none. */
        let ours: number | undefined
        for (const { pass, opens, stops, releases } of series) {
          now += pass
          if (ours !== undefined) ours += Math.min(DAY, Math.max(0, pass))
          if (stops) world = holding(world, [stop])
          else if (releases) world = holding(world, [])
          if (opens) world = opened(world)
          const isStopped = world.remembered.holds.length > 0
          const isOpen = statusOf(world) !== 'blocked'
          const after = run(world, { now })
          const made = after.edits.map(([, { _tag, username }]) => `${_tag} ${username}`)
          if (isOpen) {
            assert.equal(made, ['Patch gone-1'])
            ours = isStopped ? undefined : 0
          } else if (made.length > 0) {
            assert.equal(made, ['Remove gone-1'])
            assert.not(isStopped, 'removed on hold')
            assert.ok(ours !== undefined && ours >= GRACE, `removed after ${String(ours)}`)
            return
          } else assert.ok(isStopped || ours === undefined || ours < GRACE, 'it is time')
          world = after.world
        }
      }),
      cases(500),
    ))

  test('a block by an emergency stop is no way out: after its release nobody is removed, and nobody is opened when listed', () => {
    const stopped = run(holding(worldOf(old, 'allowed', { unlisted: 'report' }), [stop]), { now: NOW }).world
    assert.is(statusOf(stopped), 'blocked')
    assert.equal(stopped.remembered.scopes.get('account')?.users.get('gone-1'), userMemory({ barred: 'stop' }))
    let world = holding({ ...stopped, state: worldOf(old, '').state }, [])
    for (let day = 1; day <= 9; day += 1) {
      const next = run(world, { now: NOW + day * DAY })
      assert.equal(next.edits, [])
      world = next.world
    }
    const listed = desired([desiredScope([wanted('gone-1'), wanted('kept-1'), wanted('kept-2')])])
    assert.equal(run({ ...world, state: listed }, { now: NOW + 9 * DAY }).edits, [])
  })

  test('S10: a block is a retry only of that block: another write of unknown fate lends it nothing', () => {
    const young = (pending: Pending): Ledger =>
      ledger([
        [
          'account',
          memory({ since: NOW - HOUR, lastSeen: names, listed: 2, users: new Map([['gone-1', userMemory({ pending })]]) }),
        ],
      ])
    const at = NOW - HOUR
    const block = young({ change: 'block', wanted: new Map([['status', '"blocked"']]), at })
    for (const [remembered, expected] of [
      [block, 'block gone-1 status (retry)'],
      [young({ change: 'update', wanted: new Map([['description', '"x"']]), at }), 'held needs_approval: block gone-1 status'],
      [young({ change: 'update', wanted: new Map([['status', '"sandbox"']]), at }), 'held needs_approval: block gone-1 status'],
      [young({ change: 'create', wanted: new Map(), at }), 'held needs_approval: block gone-1 status'],
    ] as const)
      for (const state of [{ unlisted: 'block' }, { unlisted: 'remove' }] as const)
        assert.equal(told(run(worldOf(remembered, 'allowed', state)).plan), [expected])
    const absent = [{ username: 'gone-1', reason: undefined, source: 'config.yaml:9:5 absent' }]
    assert.equal(told(run(worldOf(block, 'allowed', { unlisted: 'report' }, absent)).plan), ['block gone-1 status (retry)'])
  })

  test('listed again, it gets the status from before our block, and a status of the config goes before that', () => {
    const left = run(worldOf(old, 'sandbox')).world
    const again = (settings: Settings) => {
      const users = [wanted('gone-1', settings), wanted('kept-1'), wanted('kept-2')]
      return statusOf(run({ ...left, state: desired([desiredScope(users)]) }, { now: NOW + DAY }).world)
    }
    assert.is(again({}), 'sandbox')
    assert.is(again({ status: 'allowed' }), 'allowed')
    assert.is(again({ status: 'blocked' }), 'blocked')
  })
})

spec('a live user that nobody lists', (test) => {
  const NAME = 'gone-1'
  const AGO = NOW - 30 * DAY
  type Scene = {
    readonly policy?: Partial<Policy>
    readonly absent?: string | undefined
    /** Its new name, and how that is live. */
    readonly next?: LiveUser | 'not live'
    /** What the config says of the new name. */
    readonly said?: Partial<DesiredUser>
    readonly leaving?: Leaving
    readonly status?: string | undefined
    readonly elsewhere?: boolean
    readonly some?: Partial<Context>
  }
  const part = (scene: Scene) => {
    const { policy: rules = {}, absent, next, said = {}, leaving, elsewhere = false, some = {} } = scene
    const user = liveUser(NAME, { status: 'status' in scene ? scene.status : 'allowed' })
    const users = [user, ...(next === undefined || next === 'not live' ? [] : [next])]
    const listing: DesiredScope = {
      ...desiredScope(next === undefined ? [] : [{ ...wanted('new-1'), ...said, previously: [NAME] }]),
      absent: absent === undefined ? [] : [{ username: NAME, source: 'c:3:3', reason: absent === '' ? undefined : absent }],
    }
    const about = context({
      policy: policy(rules),
      memory: memory({ since: AGO, users: new Map(leaving === undefined ? [] : [[NAME, userMemory(onItsWay(leaving))]]) }),
      seen: new Set([NAME]),
      ...some,
    })
    const around = {
      world: { ...livesIn(NAME, 'account', ...(elsewhere ? (['subaccount:A', 'subaccount:B'] as const) : [])), ...NOBODY_LISTED },
      live: live(users),
      departures: departuresOf(about, listing, new Map(users.map((one) => [one.username, one])), new Map()),
    }
    return left(about, around, user)
  }
  const blockOf = (cause: Cause, source: string, from: string | undefined): Change => ({
    change: 'block',
    username: NAME,
    cause,
    fields: [{ field: 'status', from, to: 'blocked', source }],
    ends: 'departs',
  })
  const removal: Change = { change: 'remove', username: NAME, cause: 'grace_elapsed', fields: [] }
  const held = (change: Change, reason: string, why: string) => ({ withheld: [{ change, reason, why }] })
  const TWICE = 'this name is also live in subaccount:A, subaccount:B: it is written in neither; remove one of the two'
  const RULE = 'config.yaml:3:21 policy.unlisted block'
  const blocking: Partial<Policy> = { unlisted: 'block' }
  const removing: Partial<Policy> = { unlisted: 'remove', grace: 10 * DAY }
  const isMe = { text: NAME, matches: (name: string) => name === NAME }
  const blockedNext = liveUser('new-1', { status: 'blocked' })
  const blockedInConfig = wanted('new-1', { status: 'blocked' })
  const byOthers = {
    unlisted: [NAME],
    findings: [
      {
        rule: 'blocked-by-others',
        severity: 'low',
        username: NAME,
        message:
          'not listed, and not blocked by the reconciler on its way out, which alone leads to a removal; remove it by hand',
        source: 'config.yaml:3:21 policy.unlisted remove',
      },
    ],
  }

  for (const [title, scene, expected] of [
    ['is ignored where the policy says so', { policy: { unlisted: 'ignore' } }, { ignored: 1 }],
    ['is ignored where its name is', { policy: { ...blocking, ignore: [isMe] } }, { ignored: 1 }],
    ['is reported', { policy: { unlisted: 'report' } }, { unlisted: [NAME] }],
    ['is blocked', { policy: blocking }, { due: [blockOf('config', RULE, 'allowed')] }],
    ['is blocked from the sandbox', { policy: blocking, status: 'sandbox' }, { due: [blockOf('config', RULE, 'sandbox')] }],
    ['is left alone once it is blocked', { policy: blocking, status: 'blocked' }, {}],
    [
      'is blocked where it must be absent, with the reason',
      { absent: 'sold' },
      { due: [{ ...blockOf('config', 'c:3:3', 'allowed'), note: 'sold' }] },
    ],
    ['is blocked where it must be absent, without one', { absent: '' }, { due: [blockOf('config', 'c:3:3', 'allowed')] }],
    [
      'is blocked where it must be absent, also where it is ignored',
      { absent: '', policy: { ignore: [isMe] } },
      { due: [blockOf('config', 'c:3:3', 'allowed')] },
    ],
    [
      'is blocked at the first look',
      { policy: blocking, some: { memory: undefined } },
      { due: [blockOf('first_run', RULE, 'allowed')] },
    ],
    [
      'is blocked where it was not there before',
      { policy: blocking, some: { seen: new Set<string>() } },
      { due: [blockOf('drift', RULE, 'allowed')] },
    ],
    [
      'is blocked again where somebody opened it',
      { policy: blocking, leaving: blocked(0) },
      { due: [blockOf('drift', RULE, 'allowed')] },
    ],
    [
      'is written in no scope of two',
      { policy: blocking, elsewhere: true },
      held(blockOf('config', RULE, 'allowed'), 'impossible', TWICE),
    ],
    [
      'is blocked again where its status is hidden and our block is not known',
      { policy: blocking, status: undefined },
      { due: [blockOf('config', RULE, undefined)] },
    ],
    [
      'is taken as blocked where its status is hidden and we blocked it',
      { policy: blocking, status: undefined, leaving: blocked(0) },
      {},
    ],
    ['that others blocked is told, since it is not removed', { policy: removing, status: 'blocked' }, byOthers],
    ['whose new name counts is of others too', { policy: removing, status: 'blocked', leaving: replaced(0) }, byOthers],
    [
      'is removed when its grace is over',
      { policy: removing, status: 'blocked', leaving: blocked(10 * DAY) },
      { due: [removal] },
    ],
    [
      'is removed in no scope of two',
      { policy: removing, status: 'blocked', leaving: blocked(10 * DAY), elsewhere: true },
      held(removal, 'impossible', TWICE),
    ],
    [
      'is not removed while its status is hidden',
      { policy: removing, status: undefined, leaving: blocked(10 * DAY) },
      held(removal, 'impossible', 'the service does not show whether this user is still blocked'),
    ],
    ...(
      [
        [10 * DAY - 1, '1 second'],
        [10 * DAY - 1999, '2 seconds'],
        [10 * DAY - 2000, '2 seconds'],
        [10 * DAY - 119_001, '120 seconds'],
        [10 * DAY - 120_000, '2 minutes'],
        [10 * DAY - 2 * HOUR, '2 hours'],
        [10 * DAY - 2 * HOUR - 1, '3 hours'],
        [9 * DAY, '24 hours'],
        [8 * DAY + 1, '48 hours'],
        [8 * DAY, '2 days'],
        [0, '10 days'],
      ] as const
    ).map(
      ([elapsed, words]) =>
        [
          `is removed in about ${words}`,
          { policy: removing, status: 'blocked', leaving: blocked(elapsed) },
          held(
            { ...removal, cause: 'config' },
            'awaiting_grace',
            `blocked here as config.yaml:3:21 policy.unlisted remove; removed in about ${words} if it stays blocked`,
          ),
        ] as const,
    ),
    [
      'with a new name stays while that is not live',
      { next: 'not live', policy: { grace: 0 } },
      held(blockOf('config', 'config.yaml:1:1', 'allowed'), 'awaiting_grace', 'replaced by new-1, which is not live yet'),
    ],
    [
      'with a new name stays until the grace is over',
      { next: liveUser('new-1'), policy: { grace: 3 * DAY }, leaving: replaced(DAY) },
      held(blockOf('config', 'config.yaml:1:1', 'allowed'), 'awaiting_grace', 'replaced by new-1; blocked in about 2 days'),
    ],
    [
      'with a new name stays for the whole grace at first',
      { next: liveUser('new-1'), policy: { grace: 3 * DAY } },
      held(blockOf('config', 'config.yaml:1:1', 'allowed'), 'awaiting_grace', 'replaced by new-1; blocked in about 3 days'),
    ],
    [
      'with a new name is blocked then',
      { next: liveUser('new-1'), policy: { grace: 3 * DAY }, leaving: replaced(3 * DAY) },
      { due: [blockOf('grace_elapsed', 'config.yaml:1:1', 'allowed')] },
    ],
    ...(
      [
        ['works', liveUser('new-1')],
        ['is not live', 'not live'],
        ['may not send', blockedNext],
      ] as const
    ).flatMap(([how, next]) =>
      [blocking, removing].map(
        (one) =>
          [
            `with a new name that ${how}, and that others have blocked, announces no further block under ${one.unlisted}`,
            { next, status: 'blocked', policy: { ...one, grace: 3 * DAY } },
            {},
          ] as const,
      ),
    ),
    ...(
      [
        ['is blocked', blockedNext, {}],
        ['is in the sandbox', liveUser('new-1', { status: 'sandbox' }), {}],
        ['is in the sandbox, though it is to be blocked', liveUser('new-1', { status: 'sandbox' }), blockedInConfig],
        ['is stopped by the provider', liveUser('new-1', {}, false), {}],
        ['has not started yet', blockedNext, { starts: { at: NOW + 1, source: '' } }],
        // By these it is blocked itself, and not for its grace.
        ['is to be blocked', blockedNext, blockedInConfig],
        ['is over by its date', blockedNext, { expires: { at: NOW, source: '' } }],
      ] as const
    ).map(
      ([how, next, said]) =>
        [
          `with a new name stays while that ${how}`,
          { next, said, policy: { grace: 3 * DAY }, leaving: replaced(3 * DAY) },
          held(blockOf('config', 'config.yaml:1:1', 'allowed'), 'awaiting_grace', 'replaced by new-1, which may not send now'),
        ] as const,
    ),
    ...(
      [
        ['to be in the sandbox', liveUser('new-1', { status: 'sandbox' }), wanted('new-1', { status: 'sandbox' }), 'allowed'],
        ['in the sandbox as the old one is', liveUser('new-1', { status: 'sandbox' }), {}, 'sandbox'],
        ['of no known status', liveUser('new-1', { status: undefined }), {}, 'allowed'],
      ] as const
    ).map(
      ([how, next, said, status]) =>
        [
          `with a new name is blocked after grace where that is ${how}`,
          { next, said, status, policy: { grace: 3 * DAY }, leaving: replaced(3 * DAY) },
          { due: [blockOf('grace_elapsed', 'config.yaml:1:1', status)] },
        ] as const,
    ),
    [
      'with a new name is blocked again where somebody opened it',
      { next: liveUser('new-1'), leaving: blocked(0) },
      { due: [blockOf('drift', 'config.yaml:1:1', 'allowed')] },
    ],
    ...(
      [
        ['not live', 'is not live yet'],
        [blockedNext, 'may not send now'],
      ] as const
    ).flatMap(
      ([next, how]) =>
        [
          [
            `with a new name that ${how} stays where somebody opened it`,
            { next, leaving: blocked(0) },
            held(blockOf('config', 'config.yaml:1:1', 'allowed'), 'awaiting_grace', `replaced by new-1, which ${how}`),
          ],
          [
            `with a new name that ${how} is not removed`,
            { next, status: 'blocked', policy: removing, leaving: blocked(10 * DAY) },
            held({ ...removal, cause: 'config' }, 'awaiting_grace', `replaced by new-1, which ${how}`),
          ],
          [
            `with a new name that ${how} is left as it is once it is blocked`,
            { next, status: 'blocked', policy: blocking, leaving: blocked(10 * DAY) },
            {},
          ],
        ] as const,
    ),
    [
      'with a new name is left as it is where its status is hidden and we blocked it',
      { next: blockedNext, status: undefined, policy: blocking, leaving: blocked(0) },
      {},
    ],
    [
      'with a new name in the sandbox is removed when that has worked for the grace, where it was in the sandbox before our block',
      {
        next: liveUser('new-1', { status: 'sandbox' }),
        status: 'blocked',
        policy: removing,
        leaving: blocked(10 * DAY, NOW, 'sandbox'),
      },
      { due: [removal] },
    ],
    [
      'with a new name is removed after grace, also where the config has blocked that since',
      { next: blockedNext, said: blockedInConfig, status: 'blocked', policy: removing, leaving: blocked(10 * DAY) },
      { due: [removal] },
    ],
    [
      'with a new name is removed when that has worked for the grace once more',
      { next: liveUser('new-1'), status: 'blocked', policy: removing, leaving: blocked(10 * DAY) },
      { due: [removal] },
    ],
    ...(
      [
        [
          'for a while, as that is',
          { memory: memory({ users: new Map([[NAME, userMemory({ ourBlock: { _tag: 'Rule', returnsTo: 'allowed' } })]]) }) },
        ],
        [
          'by a stop, as that is',
          { holds: [{ what: { _tag: 'Stop', glob: '*' }, since: NOW, until: NOW + 1, reason: 'leak', by: 'me' }] },
        ],
      ] as const
    ).map(
      ([how, some]) =>
        [
          `with a new name stays where it is blocked ${how}`,
          { next: blockedNext, status: 'blocked', policy: { grace: 3 * DAY }, some },
          {},
        ] as const,
    ),
  ] as const)
    test(title, () => assert.equal(part(scene), expected))

  test('is not removed again where the service still showed it after that, for a day', () => {
    const refused = {
      wanted: sidesOf({ prints }, [], 'to'),
      live: sidesOf({ prints }, [], 'from'),
      at: NOW - 1,
      message: 'still there',
    }
    const users = new Map([[NAME, userMemory({ ourBlock: blocked(10 * DAY), refused: [refused] })]])
    const some = { memory: memory({ users }) }
    assert.is(part({ policy: removing, status: 'blocked', some }).withheld?.[0]?.reason, 'not_converging')
  })

  test('is on its way out where the policy, the config or a block of ours says so', () => {
    const going = (
      unlisted: Policy['unlisted'],
      scope: Partial<DesiredScope> = {},
      leaving?: Leaving,
      next?: LiveUser,
      status = 'blocked',
    ) => {
      const about = context({
        policy: policy({ unlisted }),
        memory: memory({ users: new Map(leaving === undefined ? [] : [[NAME, userMemory(onItsWay(leaving))]]) }),
      })
      const live = new Map(next === undefined ? [] : [['new-1', next]])
      return isLeaving(about, departuresOf(about, { ...desiredScope([]), ...scope }, live, new Map()), liveUser(NAME, { status }))
    }
    assert.equal(
      (['ignore', 'report', 'block', 'remove'] as const).map((one) => going(one)),
      [false, false, true, true],
    )
    assert.ok(going('ignore', { absent: [{ username: NAME, source: '', reason: undefined }] }))
    const next = { users: [{ ...wanted('new-1'), previously: [NAME] }] }
    assert.not(going('block', next))
    assert.not(going('block', next, replaced(0)))
    assert.ok(going('ignore', next, blocked(0)))
    assert.not(going('ignore', next, blocked(0), blockedNext, 'allowed'))
    assert.ok(going('ignore', next, blocked(0), liveUser('new-1'), 'allowed'))
    assert.ok(going('ignore', next, replaced(20 * DAY), liveUser('new-1')))
    assert.not(going('ignore', next, replaced(20 * DAY), blockedNext))
  })

  test('our block of a user whose status is not shown remembers what was known of one before it, else that nothing returns, and tells that', () => {
    const plain: Block = { ...block, fields: [{ field: 'status', from: undefined, to: 'blocked', source: '' }] }
    const hidden: Block = { ...plain, ends: 'departs' }
    const open = userMemory({ block: { at: NOW - HOUR, departs: 'sandbox' } })
    const rules = userMemory({ ourBlock: { _tag: 'Rule', returnsTo: 'sandbox' } })
    const forRule: Block = { ...plain, ends: 'returns', note: 'a rule' }
    const told = (known: UserMemory, change: Change) => withEnd(known, change).note
    const note = 'the service does not show its status: when this block ends, nothing opens it by itself'
    for (const [known, change, returns, words] of [
      [userMemory(), block, 'sandbox', undefined],
      [userMemory(), hidden, 'blocked', note],
      [open, hidden, 'sandbox', undefined],
      [rules, hidden, 'blocked', note],
    ] as const) {
      assert.is(departsFrom(known, change), returns)
      assert.is(told(known, change), words)
    }
    for (const [known, change, returns, words] of [
      [userMemory(), { ...forRule, fields: block.fields }, 'sandbox', 'a rule'],
      [userMemory(), forRule, undefined, `a rule; ${note}`],
      [open, forRule, undefined, `a rule; ${note}`],
      [rules, forRule, 'sandbox', 'a rule'],
    ] as const) {
      assert.is(returnsTo(known, change), returns)
      assert.is(told(known, change), words)
    }
    assert.is(told(userMemory(), plain), undefined, 'what the config itself blocks has no end')
  })
})
