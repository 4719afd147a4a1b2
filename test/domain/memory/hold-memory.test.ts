// What a hold remembers: whom it keeps something from, so that its end is told with them, once, for a day, and not where nothing is let go.
import * as assert from 'uvu/assert'
import { type Hold, type HoldWhat, type Kept, LONGEST_HOLD } from '../../../src/domain/decisions/hold.ts'
import type { Withheld } from '../../../src/domain/draft/draft.ts'
import { aboutHolds, afterLook, justEnded, rememberedHolds } from '../../../src/domain/memory/hold-memory.ts'
import type { Kind } from '../../../src/domain/plan/plan.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { change, DAY, HOUR, NOW } from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const ALL: HoldWhat = { _tag: 'All' }
const hold = (some: Partial<Hold> = {}): Hold => ({
  what: ALL,
  since: NOW - 20 * DAY,
  until: NOW + HOUR,
  reason: 'move',
  by: 'me',
  ...some,
})
const kept = (scope: Scope, told?: number, ...names: ReadonlyArray<string>): Kept => ({
  scope,
  users: names.map((name) => [name, 'update']),
  ...(told === undefined ? {} : { told }),
})
const held = (by: Hold | undefined, username: string, kind: Kind = 'update'): Withheld => ({
  change: change(kind, username),
  reason: 'on_hold',
  why: '',
  ...(by === undefined ? {} : { hold: by }),
})
const look = (withheld: ReadonlyArray<Withheld>, now = NOW) => ({ scope: 'account', withheld, now }) as const

spec('what a hold remembers', (test) => {
  for (const [title, one, stays] of [
    ['in force', hold(), true],
    ['ended just now', hold({ until: NOW }), true],
    ['ended nearly a day ago', hold({ until: NOW - DAY + 1 }), true],
    ['ended a day ago, and kept nobody', hold({ until: NOW - DAY }), false],
    [
      'ended a day ago, and its end is told nowhere yet',
      hold({ until: NOW - DAY, keeps: [kept('account', undefined, 'a')] }),
      true,
    ],
    ['and was told for less than a day', hold({ until: NOW - 3 * DAY, keeps: [kept('account', NOW - DAY + 1, 'a')] }), true],
    ['and was told for a day', hold({ until: NOW - 3 * DAY, keeps: [kept('account', NOW - DAY, 'a')] }), false],
    [
      'and was told for a day in one of two scopes',
      hold({ until: NOW - 3 * DAY, keeps: [kept('account', NOW - DAY, 'a'), kept('subaccount:B', undefined, 'b')] }),
      true,
    ],
    ['nearly as long ago as holds last', hold({ until: NOW - LONGEST_HOLD + 1, keeps: [kept('account', undefined, 'a')] }), true],
    ['as long ago as holds last', hold({ until: NOW - LONGEST_HOLD, keeps: [kept('account', undefined, 'a')] }), false],
  ] as const)
    test(`${title}: it is ${stays ? 'remembered' : 'forgotten'}`, () =>
      assert.equal(rememberedHolds([one], NOW), stays ? [one] : []))

  test('it has just ended from its end on, for a day', () => {
    const ends = [1, 0, -1, 1 - DAY, -DAY].map((ms) => hold({ until: NOW + ms }))
    assert.equal(
      justEnded(ends, NOW).map(({ until }) => until - NOW),
      [0, -1, 1 - DAY],
    )
  })

  test('a look notes whom it keeps something from, there and by that hold, and leaves what other scopes showed', () => {
    const other = hold({ what: { _tag: 'Removals' } })
    const mine = hold({ keeps: [kept('subaccount:B', undefined, 'b'), kept('account', undefined, 'gone')] })
    const withheld = [held(mine, 'a'), held(other, 'r', 'remove'), held(undefined, 'x'), held(hold({ since: 0 }), 'y')]
    assert.equal(afterLook([mine, other], look(withheld)), [
      { ...mine, keeps: [kept('subaccount:B', undefined, 'b'), kept('account', undefined, 'a')] },
      { ...other, keeps: [{ scope: 'account', users: [['r', 'remove']] }] },
    ])
  })

  test('a look in which it keeps nothing from anybody takes the note away while it is in force', () => {
    const noted = hold({ keeps: [kept('account', undefined, 'a')] })
    const { keeps: _, ...bare } = noted
    assert.equal(afterLook([noted], look([])), [bare])
    assert.not.ok('keeps' in (afterLook([bare], look([]))[0] ?? { keeps: [] }))
    const elsewhere = hold({ keeps: [kept('subaccount:B', undefined, 'b')] })
    assert.equal(afterLook([elsewhere], look([])), [elsewhere])
  })

  test('the first look after its end notes when that was told, and later ones leave that moment; each scope by itself', () => {
    const over = hold({ until: NOW, keeps: [kept('account', undefined, 'a'), kept('subaccount:B', undefined, 'b')] })
    const [first] = afterLook([over], look([]))
    assert.equal(first?.keeps, [kept('subaccount:B', undefined, 'b'), kept('account', NOW, 'a')])
    const [again] = afterLook(first === undefined ? [] : [first], look([], NOW + HOUR))
    assert.equal(again?.keeps, [kept('subaccount:B', undefined, 'b'), kept('account', NOW, 'a')])
    assert.equal(afterLook([hold({ until: NOW - DAY })], look([])), [])
  })
})

spec('what is told of holds', (test) => {
  const told = (holds: ReadonlyArray<Hold>, withheld: ReadonlyArray<Withheld>) => aboutHolds(holds, look(withheld))

  test('one that ends soon is told for each change that it keeps back', () => {
    const near = hold({ until: NOW + HOUR })
    assert.equal(told([near], [held(near, 'a'), held(near, 'b', 'block'), held(undefined, 'c')]), [
      {
        rule: 'hold-ends',
        severity: 'high',
        username: 'a',
        message: 'the hold by me (move) ends at 2026-01-06T13:00:00Z, within a day: then the update that it holds back is made',
      },
      {
        rule: 'hold-ends',
        severity: 'high',
        username: 'b',
        message: 'the hold by me (move) ends at 2026-01-06T13:00:00Z, within a day: then the block that it holds back is made',
      },
    ])
  })

  for (const [title, since, until, words] of [
    ['within three days', 20, 3, 'medium within 3 days'],
    ['within fourteen days', 20, 14, 'low within 14 days'],
    ['later', 20, 15, undefined],
    ['within a day of its beginning', 0, 1, undefined],
    ['within a day, and lasted a little more', 0.1, 1, 'high within a day'],
    ['and lasts three days in all', 0, 3, undefined],
  ] as const)
    test(`one that ends ${title} is ${words === undefined ? 'not told' : `told: ${words}`}`, () => {
      const one = hold({ since: NOW - since * DAY, until: NOW + until * DAY })
      const [found] = told([one], [held(one, 'a')])
      assert.is(found === undefined ? undefined : `${found.severity} ${/, (within .*):/.exec(found.message)?.[1]}`, words)
    })

  test('one that has ended is told for each user that it let go in this scope, until a day after it was first told', () => {
    const over = (at: number | undefined): Hold =>
      hold({ until: NOW - 2 * DAY, keeps: [kept('account', at, 'a', 'b'), kept('subaccount:B', undefined, 'c')] })
    const finding = (username: string) => ({
      rule: 'hold-ended',
      severity: 'medium',
      username,
      message:
        'the hold by me (move) ended at 2026-01-04T12:00:00Z: the update that it held back goes ahead, unless something else holds it',
    })
    for (const at of [undefined, NOW, NOW - DAY + 1]) assert.equal(told([over(at)], []), [finding('a'), finding('b')])
    assert.equal(told([over(NOW - DAY)], []), [])
    assert.equal(told([{ ...over(undefined), until: NOW + 1 }], []), [])
    assert.is(told([{ ...over(undefined), until: NOW }], []).length, 2)
    assert.equal(told([hold({ until: NOW - HOUR })], []), [])
  })

  test('whom another hold still keeps is not told as let go, and of several that let go the last one is told', () => {
    const [early, late] = [2 * HOUR, HOUR].map((ago) =>
      hold({ until: NOW - ago, by: String(ago), keeps: [kept('account', undefined, 'a')] }),
    )
    if (early === undefined || late === undefined) throw new Error('two holds')
    for (const holds of [
      [early, late],
      [late, early],
    ]) {
      assert.equal(
        told(holds, []).map(({ message }) => message.slice(0, 20)),
        ['the hold by 3600000 '],
      )
      assert.equal(told(holds, [held(hold({ until: NOW + 15 * DAY }), 'a')]), [])
      assert.is(told(holds, [held(undefined, 'a')]).length, 1)
    }
  })
})
