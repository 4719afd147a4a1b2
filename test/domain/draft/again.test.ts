// What is only sent again (policy.reassert_unobservable) beside caps: it moves nothing that differs, exceeds nothing, and waits without being held.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { againIn, toldAgain, withoutAgain } from '../../../src/domain/draft/again.ts'
import type { Draft } from '../../../src/domain/draft/draft.ts'
import { allowance, applyCaps, capsOf, isRolling, spentOn } from '../../../src/domain/guards/caps.ts'
import type { ScopeMemory, Spent } from '../../../src/domain/memory/ledger.ts'
import type { Change, FieldChange } from '../../../src/domain/plan/plan.ts'
import {
  CAPS,
  change,
  DAY,
  draftOf,
  HOUR,
  live,
  liveUser,
  memory,
  NOW,
  policy,
  prints,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const NAMES = Array.from({ length: 60 }, (_, at) => `user-${String(at).padStart(2, '0')}`)
const LIVE = NAMES.map((name) => liveUser(name))

const CLICKS: FieldChange = { field: 'click_tracking_enabled', from: undefined, to: true, source: '', unread: 'again' }
const PASSWORD: FieldChange = { field: 'email_password', from: undefined, to: 'x', source: '', unread: 'again' }
const TEXT: FieldChange = { field: 'description', from: 'old', to: 'new', source: '' }
const VAIN: FieldChange = { field: 'audit_email', from: 'old', to: 'new', source: '', inVain: true }
const BLOCKED: FieldChange = { field: 'status', from: 'allowed', to: 'blocked', source: '' }
const AGAIN = [[], [CLICKS], [PASSWORD], [PASSWORD, CLICKS]] as const
const SEEN = [[], [TEXT], [BLOCKED], [TEXT, BLOCKED], [{ ...PASSWORD, unread: 'first' as const }]] as const

type One = { readonly again: number; readonly seen: number; readonly age: number }
const madeOf = (username: string, { again, seen }: One): ReadonlyArray<Change> => {
  const ofSeen = SEEN[seen] ?? []
  const ofAgain = (AGAIN[again] ?? []).filter(({ field }) => !ofSeen.some((one) => one.field === field))
  const fields = [...ofAgain, ...ofSeen]
  if (fields.length === 0) return []
  const isBlock = fields.some(({ field }) => field === 'status')
  const cause = ofSeen.length === 0 ? 'retry' : 'drift'
  return [change(isBlock ? 'block' : 'update', username, { fields, cause })]
}

const worlds = fc.record({
  users: fc.array(
    fc.record({ again: fc.nat(3), seen: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(4)), age: fc.nat(9) }),
    {
      maxLength: 40,
    },
  ),
  spent: fc.uniqueArray(fc.record({ at: fc.nat(NAMES.length - 1), again: fc.boolean() }), {
    maxLength: 9,
    selector: ({ at }) => at,
  }),
  approved: fc.subarray(NAMES.slice(0, 5)),
})

type World = {
  readonly draft: Draft
  readonly memory: ScopeMemory
  readonly approved: (one: Change) => boolean
}
type Given = {
  readonly users: ReadonlyArray<One>
  readonly spent: ReadonlyArray<{ readonly at: number; readonly again: boolean }>
  readonly approved: ReadonlyArray<string>
}
const worldOf = ({ users, spent, approved }: Given): World => {
  const due = users.flatMap((one, at) => madeOf(NAMES[at] ?? '', one))
  const sentAt = (age: number) => ({ print: '', at: NOW - age * HOUR })
  return {
    draft: draftOf({
      live: live(LIVE),
      due,
      listed: NAMES.length,
      governed: { quiet: [], listed: NAMES.map((name) => wanted(name)), others: [] },
    }),
    memory: memory({
      users: new Map(
        users.map(({ age }, at) => [
          NAMES[at] ?? '',
          userMemory({
            sent: new Map([
              ['click_tracking_enabled', sentAt(age)],
              ['email_password', sentAt(age)],
            ]),
          }),
        ]),
      ),
      spent: spent.map(
        ({ at, again }): Spent => ({
          cap: 'max_password_changes',
          username: NAMES[at] ?? '',
          at: NOW - HOUR,
          ...(again ? { again: true as const } : {}),
        }),
      ),
    }),
    approved: ({ username }) => approved.includes(username),
  }
}

const settled = ({ draft, ...rest }: World): Draft =>
  applyCaps(draft, { policy: policy({ caps: CAPS }), prints, now: NOW, ...rest })
const textOf = (one: Change): string => `${one.change} ${one.username} ${one.fields.map(({ field }) => field).join(' ')}`
const seenIn = (one: Change): ReadonlyArray<string> => {
  const seen = withoutAgain(one)
  return seen === undefined ? [] : [textOf(seen)]
}

spec('S4: what is only sent again', (test) => {
  const always = (check: (world: World, after: Draft) => void): void =>
    fc.assert(
      fc.property(worlds, (given) => {
        const world = worldOf(given)
        check(world, settled(world))
      }),
      { numRuns: 400 },
    )

  test('moves nothing of what differs: that is made, and held in the same words, as if there were none of it', () =>
    always((world, after) => {
      const bare = settled({
        ...world,
        memory: { ...world.memory, spent: world.memory.spent.filter(({ again }) => again !== true) },
        draft: { ...world.draft, due: world.draft.due.flatMap((one) => (world.approved(one) ? one : (withoutAgain(one) ?? []))) },
      })
      assert.equal(
        after.withheld.map(({ change: held, why }) => [textOf(held), why]),
        bare.withheld.map(({ change: held, why }) => [textOf(held), why]),
      )
      assert.equal(after.due.flatMap(seenIn).sort(), bare.due.flatMap(seenIn).sort())
    }))

  test('exceeds no cap, not even together with what it sent in the 24 hours before', () =>
    always((world, after) => {
      for (const cap of ['max_updates', 'max_password_changes'] as const) {
        const counting = after.due.filter((one) => capsOf(one).includes(cap))
        const before = isRolling(cap) ? world.memory.spent.map(({ username }) => username) : []
        const users = new Set([...before, ...counting.map(({ username }) => username)])
        if (counting.some((one) => !world.approved(one) && spentOn(cap, one).again === true))
          assert.ok(users.size <= allowance(CAPS[cap], NAMES.length), `${users.size} of ${cap}`)
      }
    }))

  test('is sent, or told as not to be seen; nobody has two changes, and nobody is held for it', () =>
    always((world, after) => {
      assert.is(new Set(after.due.map(({ username }) => username)).size, after.due.length)
      assert.ok(after.withheld.every(({ change: held }) => againIn(held).length === 0))
      const fieldsOf = (all: ReadonlyArray<Change>) =>
        all.flatMap((one) => againIn(one).map(({ field }) => `${one.username} ${field}`))
      const waiting = after.unobservable.flatMap(({ username, fields }) => fields.map((field) => `${username} ${field}`))
      assert.equal([...fieldsOf(after.due), ...waiting].sort(), [...fieldsOf(world.draft.due)].sort())
      const calm = world.draft.due.filter(
        (one) => withoutAgain(one) === undefined && !after.due.some(({ username }) => username === one.username),
      )
      assert.is(after.inSync, calm.length)
    }))

  test('goes oldest first', () =>
    always((world, after) => {
      const ageOf = ({ username }: Change): number => world.memory.users.get(username)?.sent.get('email_password')?.at ?? 0
      const alone = world.draft.due.filter((one) => withoutAgain(one) === undefined && !world.approved(one))
      const isIn = ({ username }: Change): boolean => world.memory.spent.some((one) => one.username === username)
      for (const field of ['click_tracking_enabled', 'email_password'] as const) {
        // Who was counted before takes no more room.
        const ones = alone.filter((one) => !isIn(one) && one.fields.every((other) => other.field === field))
        const isSent = (one: Change): boolean => after.due.includes(one)
        for (const late of ones.filter(isSent))
          assert.ok(ones.filter((one) => ageOf(one) < ageOf(late)).every(isSent), `${late.username} before its time`)
      }
    }))

  test('goes with none of the kind where what differs exceeds its cap', () => {
    const many = NAMES.slice(0, 31).map((name) => change('update', name, { fields: [TEXT] }))
    const old = change('update', NAMES[40] ?? '', { cause: 'retry', fields: [CLICKS] })
    const of = (due: ReadonlyArray<Change>) =>
      settled({ draft: draftOf({ live: live(LIVE), due }), memory: memory(), approved: () => false })
    assert.equal(of([...many, old]).due, [])
    assert.is(of([...many, old]).withheld.length, 31)
    assert.is(of([...many.slice(2), old]).due.length, 30)
    assert.is(of([...many.slice(1), old]).due.length, 30)
  })

  test('what did not take a day ago goes oldest first, too, and what finds no room is told as not taking', () => {
    const many = NAMES.slice(0, 28).map((name) => change('update', name, { fields: [TEXT] }))
    const [young = '', old = '', unknown = ''] = NAMES.slice(40)
    const again = [young, old, unknown].map((name) => change('update', name, { cause: 'retry', fields: [VAIN] }))
    const tried = (at: number) => userMemory({ notTaking: [{ field: VAIN.field, wanted: '', live: '', at }] })
    const users = new Map([
      [young, tried(NOW - DAY)],
      [old, tried(NOW - 2 * DAY)],
    ])
    const after = settled({
      draft: draftOf({ live: live(LIVE), due: [...many, ...again] }),
      memory: memory({ users }),
      approved: () => false,
    })
    assert.equal(
      after.due.slice(many.length).map(({ username }) => username),
      [old, unknown],
    )
    assert.equal(
      after.withheld.map(({ change: held, reason }) => [held.username, reason]),
      [[young, 'not_converging']],
    )
  })

  test('goes by name where all is as old', () => {
    const many = NAMES.slice(0, 29).map((name) => change('update', name, { fields: [TEXT] }))
    const [one = '', other = ''] = NAMES.slice(40)
    for (const names of [
      [one, other],
      [other, one],
    ]) {
      const again = names.map((name) => change('update', name, { cause: 'retry', fields: [CLICKS] }))
      const due = [...many, ...again]
      const after = settled({ draft: draftOf({ live: live(LIVE), due }), memory: memory(), approved: () => false })
      assert.equal(
        after.due.slice(many.length).map(({ username }) => username),
        [one],
      )
    }
  })

  test('waits where its user is blocked for a rule meanwhile, and beside what was approved as it is, which that uses up', () => {
    const name = NAMES[0] ?? ''
    const block = change('block', name, { fields: [BLOCKED] })
    const of = (due: ReadonlyArray<Change>, approved: (one: Change) => boolean) =>
      settled({ draft: draftOf({ live: live(LIVE), due }), memory: memory(), approved }).due.map(textOf)
    const old = change('update', name, { cause: 'retry', fields: [CLICKS] })
    assert.equal(
      of([old, block], () => false),
      [textOf(block)],
    )
    const both = change('update', name, { fields: [CLICKS, TEXT] })
    assert.equal(
      of([both], () => false),
      [textOf(both)],
    )
    assert.equal(
      of([both], ({ fields }) => fields.length === 1),
      [`update ${name} description`],
    )
    assert.equal(
      of([both], ({ fields }) => fields.length === 2),
      [textOf(both)],
    )
  })

  test('leaves its password where there is no room for one, and sends the rest', () => {
    const one = change('update', NAMES[0] ?? '', { cause: 'retry', fields: [PASSWORD, CLICKS] })
    const spent = NAMES.slice(50, 56).map(
      (username): Spent => ({ cap: 'max_password_changes', username, at: NOW - DAY + 1, again: true }),
    )
    const of = (some: ReadonlyArray<Spent>) =>
      settled({
        draft: draftOf({ live: live(LIVE), due: [one] }),
        memory: memory({ spent: some }),
        approved: () => false,
      }).due.map(textOf)
    assert.equal(of(spent), [`update ${NAMES[0]} click_tracking_enabled`])
    assert.equal(of(spent.slice(1)), [textOf(one)])
  })

  test('spends apart from what differs, and says of itself alone that it is sent again', () => {
    const of = (fields: ReadonlyArray<FieldChange>) => spentOn('max_password_changes', change('update', 'a', { fields }))
    assert.equal(of([PASSWORD, TEXT]), { cap: 'max_password_changes', again: true })
    assert.equal(of([{ ...PASSWORD, unread: 'first' }]), { cap: 'max_password_changes' })
    const noted = change('block', 'a', { fields: [PASSWORD, CLICKS, BLOCKED], note: 'leaves' })
    const words =
      'email_password, click_tracking_enabled: sent again since policy.reassert_unobservable has passed; it cannot be read back'
    assert.is(toldAgain(noted).note, `leaves; ${words}`)
    assert.is(toldAgain(change('update', 'a', { fields: [CLICKS] })).note, words.replace('email_password, ', ''))
    assert.is(withoutAgain(noted)?.note, 'leaves')
    assert.is(withoutAgain(change('update', 'a', { fields: [CLICKS] })), undefined)
  })
})
