// What becomes of a change without what it only sends again, and of a user of whom that waits: it is as it was, and in sync where nothing else is
// to be done. How much is sent again beside caps stands in again.test.ts.
import * as assert from 'uvu/assert'
import { isAgain, toldAgain, unsent, withoutAgain, withoutSome } from '../../../src/domain/draft/again.ts'
import type { Draft } from '../../../src/domain/draft/draft.ts'
import type { Change, FieldChange } from '../../../src/domain/plan/plan.ts'
import { change, draftOf, wanted } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const CLICKS: FieldChange = { field: 'click_tracking_enabled', from: undefined, to: true, source: '', unread: 'again' }
const PASSWORD: FieldChange = { field: 'email_password', from: undefined, to: newSecret(), source: '', unread: 'again' }
const FIRST: FieldChange = { ...CLICKS, unread: 'first' }
const VAIN: FieldChange = { field: 'audit_email', from: 'old', to: 'new', source: '', inVain: true }
const TEXT: FieldChange = { field: 'description', from: 'old', to: 'new', source: '' }
const BLOCKED: FieldChange = { field: 'status', from: 'allowed', to: 'blocked', source: '' }

spec('a change without some of its fields', (test) => {
  const block = change('block', ONE, { fields: [BLOCKED, TEXT, CLICKS], ends: 'departs', cause: 'drift', note: 'leaves' })

  test('is the very same where there is nothing to leave out', () => {
    const update = change('update', ONE, { fields: [TEXT] })
    assert.is(withoutSome(update, []), update)
    assert.is(withoutAgain(update), update)
  })

  test('is the very same where a user is made or removed, which is done as a whole', () => {
    for (const one of [change('create', ONE, { fields: [TEXT, BLOCKED] }), change('remove', ONE)])
      assert.is(withoutSome(one, [TEXT]), one)
  })

  test('is a block as before while its status is left', () =>
    assert.equal(withoutSome(block, [TEXT]), { ...block, fields: [BLOCKED, CLICKS] }))

  test('is an update that blocks nobody where that is left out, and goes by the full edit where it did', () => {
    const update = { change: 'update', username: ONE, cause: 'drift', fields: [TEXT] }
    assert.equal(withoutSome(block, [BLOCKED, CLICKS]), update)
    assert.equal(withoutSome({ ...block, whole: true }, [BLOCKED, CLICKS]), { ...update, whole: true })
  })

  test('is an update as before, with its note', () => {
    const update = change('update', ONE, { fields: [TEXT, VAIN, CLICKS], note: 'told', whole: true })
    assert.equal(withoutAgain(update), { ...update, fields: [TEXT] })
  })

  for (const [title, left, cause] of [
    ['that differs has the cause of the whole', [TEXT, CLICKS], 'drift'],
    ['that is only sent for its age is sent again', [CLICKS], 'retry'],
    ['that was only taken as set is of the config', [FIRST], 'config'],
  ] as const)
    test(`the part of it ${title}`, () => {
      const whole = change('block', ONE, { fields: [BLOCKED, ...left], cause: 'drift' })
      assert.is(withoutSome(whole, [BLOCKED])?.cause, cause)
    })

  test('is none where nothing is left', () => assert.is(withoutSome(block, block.fields), undefined))
})

spec('a change says that it sends something again', (test) => {
  const noteOf = (...fields: ReadonlyArray<FieldChange>) => toldAgain(change('update', ONE, { fields })).note

  test('of what comes for its age alone, and not of what is tried once more since it did not take', () => {
    assert.is(noteOf(VAIN, TEXT), undefined)
    assert.is(noteOf(FIRST), undefined)
    assert.match(noteOf(VAIN, CLICKS) ?? '', /^click_tracking_enabled: sent again/)
    assert.equal([VAIN, CLICKS, FIRST, TEXT].map(isAgain), [true, true, false, false])
  })

  test('and is the very same where it does not', () => {
    const one = change('update', ONE, { fields: [VAIN] })
    assert.is(toldAgain(one), one)
  })
})

spec('of whom something is not sent again now', (test) => {
  const [TWO, OTHER] = ['printer@acme.example', 'fax@acme.example']
  const left = (some: Partial<Draft>, ...waiting: Parameters<typeof unsent>[1]) => {
    const governed = { quiet: [], listed: [ONE, TWO, OTHER].map((name) => wanted(name)), others: [] }
    const { inSync, unobservable } = unsent(draftOf({ governed, inSync: 4, ...some }), waiting)
    return { inSync, unobservable }
  }
  const waits = (username: string, ...fields: ReadonlyArray<FieldChange>) => ({ username, fields })
  const described: Change = change('update', ONE, { fields: [TEXT] })
  const held = { change: described, reason: 'on_hold', why: '' } as const

  test('is in sync, as far as can be read, where nothing else is to be done', () => {
    const blind = { username: ONE, fields: ['click_tracking_enabled'] } as const
    assert.equal(left({}, waits(ONE, CLICKS)), { inSync: 5, unobservable: [blind] })
    assert.equal(left({}, waits(ONE, CLICKS), waits(TWO, CLICKS)), {
      inSync: 6,
      unobservable: [blind, { ...blind, username: TWO }],
    })
    for (const some of [{ due: [described] }, { withheld: [held] }])
      assert.equal(left(some, waits(ONE, CLICKS)), { inSync: 4, unobservable: [blind] })
  })

  test('is not where what waits is seen to differ', () => {
    assert.equal(left({}, waits(ONE, VAIN)), { inSync: 4, unobservable: [] })
    assert.equal(left({}, waits(ONE)), { inSync: 4, unobservable: [] })
    assert.equal(left({}, waits(ONE, VAIN, CLICKS)).unobservable, [{ username: ONE, fields: ['click_tracking_enabled'] }])
  })

  test('is told once with all that cannot be read of it, beside the others', () => {
    const unobservable = [
      { username: ONE, fields: ['click_tracking_enabled'] },
      { username: OTHER, fields: ['click_tracking_enabled'] },
    ] as const
    assert.equal(left({ unobservable }, waits(ONE, PASSWORD)).unobservable, [
      { username: OTHER, fields: ['click_tracking_enabled'] },
      { username: ONE, fields: ['email_password', 'click_tracking_enabled'] },
    ])
  })
})
