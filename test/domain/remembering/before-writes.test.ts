// What is remembered before anything is sent, so that a crash right after it loses nothing: what is under way of whom, what a block of ours will
// return to, which approval it has used up, and what it takes of its caps.
import * as assert from 'uvu/assert'
import { atOnce } from '../../../src/domain/basics/work.ts'
import type { Approval, Ledger } from '../../../src/domain/memory/ledger.ts'
import { newScope } from '../../../src/domain/memory/ledger.ts'
import type { OurBlock, Pending, UserMemory } from '../../../src/domain/memory/user-memory.ts'
import { targetText } from '../../../src/domain/plan/digest.ts'
import type { Block, Change, FieldChange } from '../../../src/domain/plan/plan.ts'
import { beforeWrites } from '../../../src/domain/remembering/remember.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import { change, DAY, HOUR, ledger, memory, NOW, ORIGIN, prints, userMemory } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const MINUTE = 60_000
const TEXT: FieldChange = { field: 'description', from: 'old', to: 'new', source: '' }
const POOL: FieldChange = { field: 'ip_pool', from: 1, to: 3, source: '' }
const STATUS: FieldChange = { field: 'status', from: 'allowed', to: 'blocked', source: '' }
const PASSWORD: FieldChange = { field: 'email_password', from: undefined, to: newSecret(), source: '' }

type Wish = readonly ['description' | 'ip_pool', string]

const sending = (changes: ReadonlyArray<Change>, known: Partial<UserMemory> = {}, some: Partial<Ledger> = {}) => {
  const before = ledger([['account', memory({ users: new Map([[ONE, userMemory(known)]]) })]], some)
  const after = atOnce(beforeWrites(before, { scope: 'account', changes, origin: ORIGIN, prints, now: NOW }))
  const scope = after.scopes.get('account')
  return { ledger: after, user: scope?.users.get(ONE), spent: scope?.spent }
}
const update = (...fields: ReadonlyArray<FieldChange>) => change('update', ONE, { fields })
const block = (some: Partial<Block> = {}) => change('block', ONE, { fields: [STATUS], ...some })

spec('before a change is sent', (test) => {
  test('nothing is known of a scope never met', () =>
    assert.equal(newScope(NOW, ORIGIN), {
      since: NOW,
      trusted: false,
      origin: ORIGIN,
      lastSeen: [],
      listed: 0,
      files: [],
      protected: [],
      users: new Map(),
      spent: [],
    }))

  const wished = (...some: ReadonlyArray<Wish>) => new Map(some)
  const open = (at: number, ...some: ReadonlyArray<Wish>): Pending => ({ change: 'update', wanted: wished(...some), at })
  const now = open(NOW, ['description', '"new"'])
  for (const [title, before, expected] of [
    ['it is under way', undefined, now],
    [
      'it is so again, where it was asked for before and nobody knows what became of that',
      open(NOW - HOUR, ['description', '"new"']),
      { ...now, again: true },
    ],
    ['not again, where another value was asked for', open(NOW - HOUR, ['description', '"x"']), now],
    ['not again, where another field was asked for', open(NOW - MINUTE, ['ip_pool', '3']), now],
    [
      'it may be overtaken by one that was sent just before and asks for another value',
      open(NOW - MINUTE, ['description', '"x"']),
      { ...now, overtakes: { at: NOW - MINUTE, wanted: wished(['description', '"x"']) } },
    ],
  ] as const)
    test(title, () => assert.equal(sending([update(TEXT)], { pending: before }).user?.pending, expected))

  test('it is under way again, where a part of it was asked for before', () => {
    const pending = open(NOW - HOUR, ['description', '"new"'])
    assert.is(sending([update(TEXT, POOL)], { pending }).user?.pending?.again, true)
    assert.is(sending([update(POOL, TEXT)], { pending }).user?.pending?.again, true)
  })

  test('S7 L5: what one whose fate nobody told asked for, and this one does not, stays in doubt', () => {
    const key = printOf(prints, PASSWORD.to)
    const pending: Pending = { change: 'create', wanted: new Map([['email_password', key]]), at: NOW - HOUR }
    const doubted: UserMemory['sent'] = new Map([['email_password', { print: key, at: NOW - HOUR, doubted: true }]])
    const { user } = sending([update(TEXT)], { pending })
    assert.equal([user?.pending, user?.sent], [now, doubted])
    assert.equal(sending([update(PASSWORD)], { pending }).user?.sent, new Map())
    assert.is(sending([update(PASSWORD)], { sent: doubted }).user?.pending?.again, true)
  })

  test('nothing is under way of what an undo sets, since the config does not ask for it', () => {
    const undo = change('update', ONE, { fields: [TEXT, PASSWORD], cause: 'undo' })
    const { user, spent } = sending([undo])
    assert.equal(user, userMemory())
    assert.equal(spent, [{ cap: 'max_password_changes', username: ONE, at: NOW }])
  })
})

spec('what we have blocked a user for, before a change is sent,', (test) => {
  const rule: OurBlock = { _tag: 'Rule', returnsTo: 'sandbox' }
  const way: OurBlock = { _tag: 'WayOut', returnsTo: 'sandbox', elapsedMs: 1, countedAt: 2 }
  const hidden: FieldChange = { ...STATUS, from: undefined }
  const byRule: FieldChange = { ...STATUS, rule: 'no-old-passwords' }
  for (const [title, known, sent, expected] of [
    [
      'is a rule, with the status from before',
      undefined,
      block({ ends: 'returns', fields: [byRule] }),
      { _tag: 'Rule', returnsTo: 'allowed' },
    ],
    ['is its dates', undefined, block({ ends: 'returns' }), { _tag: 'Dates', returnsTo: 'allowed' }],
    [
      'returns to what an earlier block would, where nobody sees it',
      rule,
      block({ ends: 'returns', fields: [hidden] }),
      { ...rule, _tag: 'Dates' },
    ],
    [
      'is nothing that returns, where nobody ever saw what to',
      undefined,
      block({ ends: 'returns', fields: [hidden] }),
      undefined,
    ],
    ['stays what it was, where other settings are changed', rule, update(TEXT), rule],
    ['stays what it was, where the user is opened', rule, update({ ...STATUS, from: 'blocked', to: 'allowed' }), rule],
    ['is over, where it is blocked on its way out', rule, block({ ends: 'departs' }), undefined],
    ['is over, where it is blocked for good', rule, block({ ends: 'never' }), undefined],
    ['is over, where it is removed', rule, change('remove', ONE), undefined],
    ['stays its way out, where that goes on', way, block({ ends: 'departs' }), way],
    ['stays its way out, where it is removed', way, change('remove', ONE), way],
  ] as const)
    test(title, () => assert.equal(sending([sent], { ourBlock: known }).user?.ourBlock, expected))
})

spec('what a change takes of its caps', (test) => {
  const of = (one: Change) => sending([one]).spent?.map(({ cap }) => cap)
  for (const [title, one, expected] of [
    ['is remembered of a block', block(), ['max_blocks']],
    ['is not, where an emergency stop blocks', block({ stop: true }), []],
    ['is remembered of a password', update(PASSWORD), ['max_password_changes']],
    ['is of both where it does both', block({ fields: [PASSWORD, STATUS] }), ['max_blocks', 'max_password_changes']],
    ['is not, where only one run counts', update(TEXT), []],
    ['is not, where a user is made', change('create', ONE, { fields: [TEXT] }), []],
    ['is remembered of a removal', change('remove', ONE), ['max_removes']],
  ] as const)
    test(title, () => assert.equal(of(one), expected))
})

spec('an approval, before changes are sent,', (test) => {
  const [mine, other] = [update(TEXT), change('update', 'printer@acme.example')]
  const texts = [mine, other].map((one) => targetText(prints, 'account', one))
  const approval = (until: number, changes = texts): Approval => ({ changes, until, reason: 'r', by: 'p' })
  const left = (...approvals: ReadonlyArray<Approval>) => sending([mine], {}, { approvals }).ledger.approvals

  test('is used up by the change that it was for, and stays for the others', () => {
    assert.equal(left(approval(NOW + HOUR)), [approval(NOW + HOUR, texts.slice(1))])
    assert.equal(left(approval(NOW + HOUR, texts.slice(0, 1))), [])
  })

  test('is over when its time has passed', () => {
    for (const until of [NOW - DAY, NOW]) assert.equal(left(approval(until)), [])
    assert.is(left(approval(NOW + 1)).length, 1)
  })
})
