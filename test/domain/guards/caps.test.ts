// S4: what caps count, beside whom and when; their exact edges are in guard-edges.test.ts.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { Draft } from '../../../src/domain/draft/draft.ts'
import { sidesOf } from '../../../src/domain/draft/vain.ts'
import { allowance, applyCaps, capsOf, isRolling } from '../../../src/domain/guards/caps.ts'
import type { ScopeMemory, Spent } from '../../../src/domain/memory/ledger.ts'
import type { Change, Kind } from '../../../src/domain/plan/plan.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import type { Cap, CapName } from '../../../src/domain/wanted/desired.ts'
import {
  CAPS,
  change,
  DAY,
  desired,
  desiredScope,
  draftOf,
  HOUR,
  ledger,
  live,
  liveUser,
  memory,
  NO_CAPS,
  NOW,
  plan,
  policy,
  prints,
  reached,
  told,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { limitOf, PASSWORD, ROLLING } from '../../support/caps.ts'
import { spec } from '../../support/spec.ts'

const MOST = 200
const NAMES = Array.from({ length: 2 * MOST }, (_, at) => `user-${at}@acme.example`)
const LIVE = NAMES.slice(0, MOST).map((name) => liveUser(name))

const drafted = (users: number, due: ReadonlyArray<Change>, listed = users): Draft =>
  draftOf({ live: live(LIVE.slice(0, users)), listed, due })

const capped = (draft: Draft, some: Partial<ScopeMemory> = {}, approved: (one: Change) => boolean = () => false): Draft =>
  applyCaps(draft, { policy: policy({ caps: CAPS }), memory: memory(some), prints, now: NOW, approved })

spec('S4: caps', (test) => {
  for (const { cap, make, percent, count } of ROLLING)
    test(`${cap}: slices over a day never let more through than one run would`, () =>
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 60 }),
          fc.array(fc.tuple(fc.nat(6 * HOUR), fc.uniqueArray(fc.nat(59), { maxLength: 8 })), { maxLength: 12 }),
          (users, slices) => {
            const limit = limitOf(percent, count, users)
            let now = NOW
            let spent: ReadonlyArray<Spent> = []
            for (const [later, whom] of slices) {
              now += later
              const due = whom.filter((at) => at < users).map((at) => make(NAMES[at] ?? ''))
              const facts = { policy: policy({ caps: CAPS }), memory: memory({ spent }), prints, now, approved: () => false }
              const through = applyCaps(drafted(users, due), facts).due
              spent = [...spent, ...through.map(({ username }) => ({ cap, username, at: now }))]
              const since = now - DAY
              assert.ok(new Set(spent.filter(({ at }) => at > since).map(({ username }) => username)).size <= limit)
            }
          },
        ),
      ))

  test('creates are a percentage of the larger of live and listed, everything else of the live users', () => {
    const creates = NAMES.slice(0, 50).map((name) => change('create', name))
    assert.is(capped(drafted(1, creates, 200)).due.length, 50)
    assert.is(capped(drafted(1, creates, 199)).due.length, 0)
    assert.is(capped(drafted(200, creates, 1)).due.length, 50)
    const updates = NAMES.slice(0, 11).map((name) => change('update', name))
    assert.is(capped(drafted(21, updates, 200)).due.length, 0)
    assert.is(capped(drafted(22, updates, 1)).due.length, 11)
  })

  test('an allowance is the larger of number and percentage, rounded down, to two decimals exactly', () => {
    const rows: ReadonlyArray<readonly [Cap, number, number]> = [
      [{ count: 0, percent: undefined }, 1000, 0],
      [{ count: 3, percent: undefined }, 0, 3],
      [{ count: undefined, percent: 10 }, 9, 0],
      [{ count: undefined, percent: 10 }, 10, 1],
      [{ count: 2, percent: 10 }, 29, 2],
      [{ count: 2, percent: 10 }, 30, 3],
      [{ count: undefined, percent: 100 }, 7, 7],
      [{ count: undefined, percent: 0 }, 7, 0],
      [{ count: undefined, percent: 0.57 }, 10_000, 57],
      [{ count: undefined, percent: 0.07 }, 10_000, 7],
      [{ count: undefined, percent: 1.1 }, 1000, 11],
      [{ count: undefined, percent: undefined }, 1000, 0],
    ]
    for (const [cap, users, expected] of rows) assert.is(allowance(cap, users), expected, JSON.stringify([cap, users]))
    for (let hundredths = 0; hundredths <= 10_000; hundredths += 1)
      for (const users of [1, 99, 100, 10_000]) {
        const found = allowance({ count: undefined, percent: Number((hundredths / 100).toFixed(2)) }, users)
        if (found !== Number((BigInt(hundredths) * BigInt(users)) / 10_000n))
          assert.unreachable(`${hundredths} of ${users}: ${found}`)
      }
  })

  test('every change away from allowed counts as a block, whatever it is called, and every block, whatever the status was', () => {
    const status = (from: string | undefined, to: string): Partial<Change> => ({
      fields: [{ field: 'status', from, to, source: '' }],
    })
    const rows: ReadonlyArray<readonly [Kind, Partial<Change>, ReadonlyArray<CapName>]> = [
      ['block', status('allowed', 'blocked'), ['max_blocks']],
      ['block', status('sandbox', 'blocked'), ['max_blocks']],
      ['update', status('allowed', 'sandbox'), ['max_blocks', 'max_updates']],
      ['update', status(undefined, 'sandbox'), ['max_blocks', 'max_updates']],
      ['update', status('blocked', 'allowed'), ['max_updates']],
      ['update', status('blocked', 'sandbox'), ['max_updates']],
      ['update', PASSWORD, ['max_password_changes', 'max_updates']],
      ['create', { fields: [...(PASSWORD.fields ?? []), ...(status(undefined, 'blocked').fields ?? [])] }, ['max_creates']],
      ['remove', {}, ['max_removes']],
    ]
    for (const [kind, some, expected] of rows) assert.equal(capsOf(change(kind, 'a', some)), expected, JSON.stringify(some))
  })

  test('only creates and updates forget when the run is over', () =>
    assert.equal((['max_creates', 'max_updates', 'max_password_changes', 'max_blocks', 'max_removes'] as const).map(isRolling), [
      false,
      false,
      true,
      true,
      true,
    ]))

  test('S12: what is left of a change whose block is held is not sent where the service has refused just that', () => {
    const described = { field: 'description', from: 'a', to: 'b', source: '' } as const
    const both = { fields: [described, { field: 'status', from: 'allowed', to: 'blocked', source: '' }] } as const
    const refused = {
      wanted: sidesOf({ prints }, [described], 'to'),
      live: sidesOf({ prints }, [described], 'from'),
      at: NOW - HOUR,
      message: 'no',
    }
    const names = NAMES.slice(0, 5)
    const after = (at: number) =>
      capped(
        drafted(
          20,
          names.map((name) => change('block', name, both)),
        ),
        {
          users: new Map([[NAMES[0] ?? '', userMemory({ refused: [{ ...refused, at }] })]]),
        },
      )
    assert.equal(
      after(NOW - HOUR).due.map(({ username }) => username),
      names.slice(1),
    )
    assert.equal(
      after(NOW - HOUR).withheld.map(({ reason, change: one }) => `${one.fields.map(({ field }) => field).join()} ${reason}`),
      [...names.map(() => 'status capped'), 'description not_converging'],
    )
    assert.is(after(NOW - DAY).due.length, 5, 'after a day it is tried once more')
  })

  test('a kind that is capped takes no other kind with it', () => {
    const blocks = NAMES.slice(0, 5).map((name) => change('block', name))
    const after = capped(drafted(20, [...blocks, change('update', NAMES[9] ?? '')]))
    assert.equal(
      after.due.map((one) => one.change),
      ['update'],
    )
    assert.is(after.withheld[0]?.why, '5 blocks in 24 h, the cap is 2 (10% of 20 users, or 2)')
    assert.ok(after.withheld.every(({ reason }) => reason === 'capped'))
  })

  test('one is said as one', () => {
    const caps = {
      ...CAPS,
      max_updates: { percent: 50, count: undefined },
      max_password_changes: { percent: undefined, count: 0 },
    }
    const whyOf = (due: Change): string | undefined =>
      applyCaps(drafted(1, [due]), { policy: policy({ caps }), memory: memory({}), prints, now: NOW, approved: () => false })
        .withheld[0]?.why
    assert.is(whyOf(change('update', NAMES[0] ?? '')), '1 update, the cap is 0 (50% of 1 user)')
    assert.is(whyOf(change('update', NAMES[0] ?? '', PASSWORD)), '1 password change in 24 h, the cap is 0')
  })

  test('S4: what is approved goes through and takes the room of a day from the rest, as it does once it was made, but none of a run', () => {
    const blocks = NAMES.slice(0, 5).map((name) => change('block', name))
    const approved = (one: Change): boolean => one.username !== NAMES[0] && one.username !== NAMES[1]
    const after = capped(drafted(20, blocks), {}, approved)
    assert.equal(
      [after.due.length, after.withheld.map(({ why }) => why)],
      [3, Array(2).fill('5 blocks in 24 h, the cap is 2 (10% of 20 users, or 2)')],
    )
    const stops = blocks.map((one) => (approved(one) ? { ...one, stop: true as const } : one))
    assert.is(capped(drafted(20, stops), {}, approved).due.length, 5, 'a stop takes no room')
    const updates = NAMES.slice(0, 20).map((name) => change('update', name))
    const but = (one: Change): boolean => one.username !== NAMES[0]
    assert.is(capped(drafted(20, updates), {}, but).due.length, 20)
    const first = (one: Change): boolean => one.username === NAMES[0]
    assert.is(capped(drafted(20, blocks), {}, first).due.length, 1)
  })

  test('a write of unknown fate is sent again by the cap that counted it, and opens no other cap', () => {
    const names = NAMES.slice(0, 20)
    const users = names.map((name) => liveUser(name))
    const pending = new Map(
      names.map((name) => [
        name,
        reached(
          { status: 'allowed' },
          { pending: { change: 'update', wanted: new Map([['description', '"new"']]), at: NOW - 1 } },
        ),
      ]),
    )
    const state = desired([desiredScope(names.map((name) => wanted(name, { status: 'blocked' })))], { caps: CAPS })
    const all = plan(state, [live(users)], ledger([['account', memory({ users: pending, lastSeen: names, listed: 20 })]]))
    assert.ok(told(all).every((line) => line.startsWith('held capped: block')))

    const spent = names.map((username): Spent => ({ cap: 'max_blocks', username, at: NOW - 1 }))
    const blocking = new Map(
      names.map((name) => [
        name,
        userMemory({ pending: { change: 'block', wanted: new Map([['status', '"blocked"']]), at: NOW - 1 } }),
      ]),
    )
    const again = plan(
      state,
      [live(users)],
      ledger([['account', memory({ users: blocking, spent, lastSeen: names, listed: 20 })]]),
    )
    assert.is(told(again).filter((line) => line.startsWith('block')).length, 20, 'counted before, when it was approved')
  })

  test('a user that an unknown add has made gets its password again without being counted', () => {
    const names = NAMES.slice(0, 5)
    const pending = {
      change: 'create',
      wanted: new Map([['email_password', printOf(prints, 'x')] as const]),
      at: NOW - 1,
    } as const
    const after = capped(
      drafted(
        20,
        names.map((name) => change('update', name, PASSWORD)),
      ),
      { users: new Map(names.map((name) => [name, userMemory({ pending })])) },
    )
    assert.is(after.due.length, 5)
  })

  const NAME = NAMES[0] ?? ''
  const SENT = NOW - HOUR
  const SPENT: Spent = { cap: 'max_blocks', username: NAME, at: SENT }
  const update = change('update', NAME)
  const block = change('block', NAME)
  const password = change('update', NAME, PASSWORD)
  for (const [title, due, pending, spent, through] of [
    ['an update after an unknown add', update, 'create', [], true],
    ['a password after an unknown add', password, 'create', [], true],
    ['a block after an unknown add', block, 'create', [], false],
    ['an add after an unknown add', change('create', NAME), 'create', [], true],
    ['an add after an unknown update', change('create', NAME), 'update', [], false],
    ['an update after an unknown update', update, 'update', [], true],
    ['an update after an unknown block', update, 'block', [], false],
    ['a block that was counted when it was sent', block, 'block', [SPENT], true],
    ['a block that was not', block, 'block', [], false],
    ['a block, where another cap was counted', block, 'block', [{ ...SPENT, cap: 'max_removes' }], false],
    ['a block, where another user was counted', block, 'block', [{ ...SPENT, username: NAMES[1] ?? '' }], false],
    ['a block, where another moment was counted', block, 'block', [{ ...SPENT, at: SENT + 1 }], false],
  ] as const)
    test(`${title} ${through ? 'is not counted again' : 'is counted'}`, () => {
      const shut = { percent: undefined, count: 0 }
      const caps = { max_creates: shut, max_updates: shut, max_password_changes: shut, max_blocks: shut, max_removes: shut }
      const wanted = new Map(due.fields.map(({ field, to }) => [field, printOf(prints, to)]))
      const users = new Map([[NAME, userMemory({ pending: { change: pending, wanted, at: SENT } })]])
      const facts = { policy: policy({ caps }), memory: memory({ users, spent }), prints, now: NOW, approved: () => false }
      const throughOf = (one: Change, some = {}) => applyCaps(drafted(20, [one]), { ...facts, ...some }).due.length
      assert.is(throughOf(due), through ? 1 : 0)
      assert.is(throughOf(due, { memory: undefined }), 0, 'where nothing is remembered it is')
      assert.is(throughOf(due, { now: SENT + DAY - 1 }), through ? 1 : 0)
      // Nobody may look at who was added for as long as that.
      const isLate = pending !== 'create' || due.change !== 'update'
      assert.is(throughOf(due, { now: SENT + DAY }), through && !isLate ? 1 : 0, 'a day later it is')
      const other = { ...due, fields: due.fields.map((one) => ({ ...one, to: 'other' })) }
      assert.is(throughOf(other), 0, 'where another value is sent it is')
    })

  test('a password that was counted is not counted again beside what is asked for anew, and that is', () => {
    const wanted = new Map([['email_password', printOf(prints, 'x')] as const])
    const users = new Map([[NAME, userMemory({ pending: { change: 'update', wanted, at: SENT } })]])
    const spent: ReadonlyArray<Spent> = [{ cap: 'max_password_changes', username: NAME, at: SENT }]
    const due = change('update', NAME, { fields: [...PASSWORD.fields, ...update.fields] })
    const heldBy = (shut: CapName) => {
      const caps = { ...NO_CAPS, [shut]: { percent: undefined, count: 0 } }
      const facts = { policy: policy({ caps }), memory: memory({ users, spent }), prints, now: NOW, approved: () => false }
      return applyCaps(drafted(20, [due]), facts).withheld.length
    }
    assert.is(heldBy('max_password_changes'), 0)
    assert.is(heldBy('max_updates'), 1)
  })

  test('an update of another field after an unknown update is counted', () => {
    const shut = { percent: undefined, count: 0 }
    const wanted = new Map([['description', '"x"']] as const)
    const users = new Map([[NAME, userMemory({ pending: { change: 'update', wanted, at: SENT } })]])
    const facts = {
      policy: policy({ caps: { ...policy().caps, max_updates: shut } }),
      memory: memory({ users }),
      prints,
      now: NOW,
      approved: () => false,
    }
    const due = (name: 'description' | 'audit_email') =>
      change('update', NAME, { fields: [{ field: name, from: 'old', to: 'x', source: '' }] })
    assert.is(applyCaps(drafted(20, [due('description')]), facts).due.length, 1)
    assert.is(applyCaps(drafted(20, [due('audit_email')]), facts).due.length, 0)
  })

  test('what one cap has counted counts for no other, and what counts nothing is held by none', () => {
    const spent = NAMES.slice(0, 9).map((username): Spent => ({ cap: 'max_blocks', username, at: SENT }))
    assert.is(capped(drafted(20, [change('remove', NAMES[12] ?? '')]), { spent }).due.length, 1)
    assert.is(capped(drafted(20, [password]), { spent }).due.length, 1)
    assert.is(capped(drafted(20, [change('block', NAMES[12] ?? '')]), { spent }).due.length, 0)
    assert.is(capped(drafted(20, []), { spent }).withheld.length, 0)
  })

  const both: Change = change('block', NAMES[12] ?? '', {
    fields: [
      { field: 'email_password', from: undefined, to: 'x', source: '' },
      { field: 'status', from: 'allowed', to: 'blocked', source: '' },
    ],
  })
  const none = { percent: undefined, count: 0 }
  for (const [cap, edit, due, held] of [
    ['max_password_changes', 'auto', 'status', 'email_password'],
    ['max_blocks', 'auto', 'email_password', 'status'],
    ['max_blocks', 'full', '', 'email_password status'],
  ] as const)
    test(`${cap}, edit ${edit}: of a block with a password is held ${held}`, () => {
      const facts = {
        policy: policy({ caps: { ...NO_CAPS, [cap]: none }, edit }),
        memory: memory({}),
        prints,
        now: NOW,
        approved: () => false,
      }
      const after = applyCaps(drafted(20, [both]), facts)
      const fieldsOf = (all: ReadonlyArray<Change>) => all.flatMap(({ fields }) => fields.map(({ field }) => field)).join(' ')
      assert.is(fieldsOf(after.due), due)
      assert.is(fieldsOf(after.withheld.map((one) => one.change)), held)
    })
})
