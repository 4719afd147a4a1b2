// Each rule that may hold a change, in its own words: what it holds, what it lets pass, what lifts it.

import * as assert from 'uvu/assert'
import { fullMessage } from '../../../src/domain/basics/command.ts'
import type { Hold } from '../../../src/domain/decisions/hold.ts'
import type { Draft } from '../../../src/domain/draft/draft.ts'
import { cutOffIn, opens } from '../../../src/domain/guards/cut-off.ts'
import { applyPolicy, changesPassword, shuts, takesAway } from '../../../src/domain/guards/policy.ts'
import type { Forgotten, ScopeMemory } from '../../../src/domain/memory/ledger.ts'
import type { UserMemory } from '../../../src/domain/memory/user-memory.ts'
import { isApprovable } from '../../../src/domain/plan/held.ts'
import type { Cause, Change, HoldReason } from '../../../src/domain/plan/plan.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import type { Value } from '../../../src/domain/user/settings.ts'
import { glob } from '../../../src/domain/user/username.ts'
import type { Ending, Policy } from '../../../src/domain/wanted/desired.ts'
import type { Scope } from '../../../src/domain/wanted/scope.ts'
import { change, DAY, draftOf, ENDINGS, memory, NOW, policy, prints, reached, unmarked, userMemory } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const status = (from: Value | undefined, to: string, some: { readonly cause?: Cause } = {}): Change =>
  change(to === 'blocked' ? 'block' : 'update', 'a', { fields: [{ field: 'status', from, to, source: '' }], ...some })

const ALL = [
  'create',
  'update',
  'block',
  'block from sandbox',
  'sandbox',
  'open',
  'open from the unknown',
  'password',
  'remove',
] as const
type Name = (typeof ALL)[number]

const CHANGES: { readonly [N in Name]: Change } = {
  create: change('create', 'a'),
  update: change('update', 'a'),
  block: status('allowed', 'blocked'),
  'block from sandbox': status('sandbox', 'blocked'),
  sandbox: status('allowed', 'sandbox'),
  open: status('blocked', 'allowed'),
  'open from the unknown': status(undefined, 'allowed'),
  password: change('update', 'a', { fields: [{ field: 'email_password', from: undefined, to: newSecret(), source: '' }] }),
  remove: change('remove', 'a'),
}

type Facts = {
  readonly policy?: Partial<Policy>
  readonly memory?: ScopeMemory | undefined
  readonly person?: boolean
  readonly frozen?: string
  readonly listed?: number
  readonly holds?: ReadonlyArray<Hold>
  readonly endings?: ReadonlyArray<Ending>
  readonly forgotten?: Forgotten
}

const judged = (one: Change, facts: Facts): Draft =>
  applyPolicy(draftOf({ listed: facts.listed ?? 10, due: [one] }), {
    policy: policy(facts.policy),
    memory: 'memory' in facts ? facts.memory : memory({ listed: 10 }),
    holds: facts.holds ?? [],
    forgotten: facts.forgotten,
    endings: facts.endings ?? ENDINGS,
    cut: cutOffIn(facts.memory?.ends, facts.endings ?? ENDINGS, 'account'),
    prints,
    now: NOW,
    person: facts.person ?? false,
    frozen: facts.frozen,
  })

const reasonOf = (one: Change, facts: Facts): HoldReason | undefined => {
  const { due, withheld } = judged(one, facts)
  assert.is(due.length + withheld.length, 1, 'never dropped, never doubled')
  return withheld[0]?.reason
}

const heldUnder = (facts: Facts): ReadonlyArray<Name> => ALL.filter((name) => reasonOf(CHANGES[name], facts) !== undefined)

const globs = (...texts: ReadonlyArray<string>) => texts.flatMap((text) => glob(text) ?? [])
const but = (...names: ReadonlyArray<Name>): ReadonlyArray<Name> => ALL.filter((name) => !names.includes(name))
const TAKING: ReadonlyArray<Name> = ['block', 'block from sandbox', 'sandbox', 'remove']
const YOUNG = [...TAKING, 'open', 'open from the unknown', 'password']
const OPENING: ReadonlyArray<Name> = ['open', 'open from the unknown']
const sortedLike = (names: ReadonlyArray<string>): ReadonlyArray<Name> => ALL.filter((name) => names.includes(name))

spec('policy', (test) => {
  test('nothing is held where no rule speaks', () => assert.equal(heldUnder({}), []))

  test('S5: protected users are never blocked, removed or edited, whoever asks', () => {
    const facts = { policy: { protected: globs('A') }, person: true }
    assert.equal(heldUnder(facts), but('create'))
    assert.is(judged(CHANGES.block, facts).withheld.some(isApprovable), false)
  })

  test('in observe mode everything is held, and no approval lifts that', () => {
    assert.equal(heldUnder({ policy: { mode: 'observe' }, person: true }), ALL)
    const frozen = judged(CHANGES.update, { frozen: 'the config file is broken' }).withheld[0]
    assert.equal(frozen?.why, 'the config file is broken')
    assert.is(frozen?.reason, 'observe_mode')
  })

  test('S10: without memory of a scope, whatever takes away, opens or changes a password waits for a person', () => {
    for (const young of [undefined, memory({ since: NOW - DAY + 1 }), memory({ since: NOW + DAY })]) {
      assert.equal(heldUnder({ memory: young }), sortedLike(YOUNG))
      assert.equal(heldUnder({ memory: young, person: true }), [])
      assert.ok(judged(CHANGES.remove, { memory: young }).withheld.some(isApprovable))
    }
  })

  test('S10: the wait is over after 24 h, and where a person has stood behind a run', () => {
    assert.equal(heldUnder({ memory: memory({ since: NOW - DAY }) }), [])
    assert.equal(heldUnder({ memory: memory({ since: NOW, trusted: true }) }), [])
  })

  test('S10: after an older ledger was put back every change waits for a person, for 24 h; where it is gone, S10 counts from the new one', () => {
    const at = (ago: number, how: Forgotten['how'] = 'put_back') => ({ forgotten: { how, at: NOW - ago } })
    assert.equal(heldUnder(at(0)), ALL)
    assert.equal(heldUnder(at(DAY - 1)), ALL)
    assert.equal(heldUnder(at(-DAY)), ALL, 'a clock that was set back')
    assert.ok(judged(CHANGES.update, at(0)).withheld.some(isApprovable))
    assert.equal(heldUnder({ ...at(0), person: true }), [])
    assert.equal(heldUnder(at(DAY)), [])
    assert.equal(heldUnder(at(0, 'gone')), [])
  })

  test('S7: the password of a user that our own unknown add has made is no stranger to a young memory', () => {
    const made = userMemory({
      pending: { change: 'create', wanted: new Map([['email_password', printOf(prints, newSecret())]]), at: NOW },
    })
    const young = memory({ since: NOW, users: new Map([['a', made]]) })
    assert.equal(heldUnder({ memory: young }), sortedLike(YOUNG.filter((name) => name !== 'password')))
  })

  test('S10: what an add with an unknown fate leaves to be done is a stranger to a young memory, but for the password', () => {
    const made = userMemory({ pending: { change: 'create', wanted: new Map([['status', printOf(prints, 'blocked')]]), at: NOW } })
    const sent = userMemory({ pending: { ...made.pending, change: 'block', wanted: new Map(), at: NOW } })
    const young = (user: typeof made) => memory({ since: NOW, users: new Map([['a', user]]) })
    const again = status('allowed', 'blocked', { cause: 'retry' })
    assert.is(reasonOf(again, { memory: young(made) }), 'needs_approval', 'the view before may have left the user out')
    assert.is(reasonOf(again, { memory: young(sent) }), undefined, 'the same was let through when it was sent first')
  })

  test('S3: a list under half of the one last applied holds what takes away or opens, also under a person', () => {
    const before = memory({ listed: 10 })
    for (const person of [false, true]) {
      assert.equal(heldUnder({ memory: before, listed: 4, person }), sortedLike([...TAKING, ...OPENING]))
      assert.equal(heldUnder({ memory: before, listed: 5, person }), [])
    }
    assert.match(judged(CHANGES.block, { memory: before, listed: 4 }).withheld[0]?.why ?? '', /lists 4 users where .* listed 10/)
  })

  test('S3: a file that listed users and is gone holds what takes away or opens, also under a person and a retry; a file more holds nothing', () => {
    const before = memory({ listed: 10, files: ['config.yaml', 'customers/one.yaml'] })
    for (const person of [false, true])
      assert.equal(
        heldUnder({ memory: before, endings: ['config.yaml', 'customers/two.yaml'].map(unmarked), person }),
        sortedLike([...TAKING, ...OPENING]),
      )
    assert.equal(
      heldUnder({ memory: before, endings: ['config.yaml', 'customers/one.yaml', 'customers/two.yaml'].map(unmarked) }),
      [],
    )
    const { withheld } = judged(status('allowed', 'blocked', { cause: 'retry' }), { memory: before, endings: ENDINGS })
    assert.match(withheld[0]?.why ?? '', /^customers\/one\.yaml listed users/)
    assert.is(withheld[0]?.reason, 'needs_approval')
  })

  test('S3: what an undo opens again says nothing of the list', () => {
    const undone = (name: Name) => reasonOf({ ...CHANGES[name], cause: 'undo' }, { memory: memory({ listed: 10 }), listed: 4 })
    assert.equal([undone('open'), undone('block')], [undefined, 'needs_approval'])
  })

  test('S2: while a file lacks the end line that it had, opening a user waits, and everything where a key that restrains went with it', () => {
    const ends = (...restraints: ReadonlyArray<string>) =>
      memory({ listed: 10, files: [], ends: [{ file: 'config.yaml', restraints }] })
    const endings = (isMarked: boolean, ...restraints: ReadonlyArray<string>) => [{ file: 'config.yaml', isMarked, restraints }]
    for (const person of [false, true]) {
      assert.equal(heldUnder({ memory: ends(), person }), OPENING)
      assert.equal(heldUnder({ memory: ends('reconcile'), endings: endings(false, 'reconcile'), person }), OPENING)
      assert.equal(heldUnder({ memory: ends('reconcile', 'safety'), endings: endings(false, 'safety'), person }), ALL)
    }
    assert.equal(heldUnder({ memory: ends('reconcile'), endings: endings(true) }), [], 'the line is there')
    assert.equal(heldUnder({ memory: memory({ listed: 10 }), endings: endings(false) }), [], 'it never was')
    assert.equal(heldUnder({ memory: ends(), endings: [] }), [], 'the file is no part of the config any more')
    const leaves = ends('safety', 'safety.max_blocks', 'safety.protected', 'safety.protected[0]')
    for (const [kept, held] of [
      [['safety', 'safety.max_blocks', 'safety.protected', 'safety.protected[0]'], OPENING],
      [['safety', 'safety.max_blocks', 'safety.protected'], ALL],
      [['safety', 'safety.max_blocks'], ALL],
    ] as const)
      assert.equal(
        heldUnder({ memory: leaves, endings: endings(false, ...kept) }),
        held,
        `of what there was, ${kept.join(', ')} is left`,
      )
    const before = 'in ledgers of before the sections alone are remembered'
    assert.equal(heldUnder({ memory: ends('safety'), endings: endings(false, 'safety', 'safety.max_blocks') }), OPENING, before)
    const { withheld } = judged(CHANGES.open, { memory: ends() })
    assert.is(withheld[0]?.reason, 'needs_approval')
    assert.match(withheld[0]?.why ?? '', /^config\.yaml ended with the line \.\.\. when it was last applied and does not now/)
  })

  test('S7: what settles an unknown outcome was agreed to then, so that neither a young memory nor unblock hold asks again', () => {
    const retried = (facts: Facts): ReadonlyArray<Name> =>
      ALL.filter((name) => reasonOf({ ...CHANGES[name], cause: 'retry' }, facts) !== undefined)
    const hold: Partial<Policy> = { unblock: 'hold' }
    assert.equal(retried({ memory: memory({ since: NOW, listed: 10 }), policy: hold }), [])
    assert.equal(retried({ memory: memory({ listed: 10 }), listed: 4 }), sortedLike([...TAKING, ...OPENING]))
    assert.equal(retried({ policy: { protected: globs('a') } }), but('create'))
    assert.equal(retried({ policy: { mode: 'observe' } }), ALL)
    const all = { what: { _tag: 'All' }, since: NOW, until: NOW + 1, reason: '', by: '' } as const
    assert.equal(retried({ holds: [all] }), ALL)
  })

  test('S10: what is sent again for its age was agreed to for then, so that a young memory and unblock hold ask again', () => {
    const aged = (name: Name): Change => {
      const one = CHANGES[name]
      return one.change === 'remove'
        ? { ...one, cause: 'retry' }
        : { ...one, cause: 'retry', fields: one.fields.map((field) => ({ ...field, unread: 'again' as const })) }
    }
    const facts = { memory: memory({ since: NOW, listed: 10 }), policy: { unblock: 'hold' } } as const
    assert.equal(
      ALL.filter((name) => reasonOf(aged(name), facts) !== undefined),
      sortedLike(YOUNG.filter((name) => name !== 'remove')),
    )
  })

  test('S5: whoever was protected when the pattern was there stays so, and no one else', () => {
    assert.equal(heldUnder({ memory: memory({ listed: 10, protected: ['a'] }), person: true }), but('create'))
    assert.equal(heldUnder({ memory: memory({ listed: 10, protected: ['A', 'aa'] }), person: true }), [])
  })

  test('unblock hold: whoever was blocked by hand stays blocked until a person says so', () => {
    const hold: Partial<Policy> = { unblock: 'hold' }
    const was = (value: string, some: Partial<UserMemory> = {}) =>
      memory({ listed: 10, due: { config: '', users: [] }, users: new Map([['a', reached({ status: value }, some)]]) })
    assert.equal(heldUnder({ policy: hold, memory: was('allowed') }), OPENING)
    assert.equal(heldUnder({ policy: hold, memory: was('blocked') }), [], 'the config opens the user')
    assert.equal(heldUnder({ policy: hold, memory: was('blocked', { foundShut: true }) }), OPENING, 'it asked for that before')
    const { due: _, ...untold } = was('blocked')
    assert.equal(heldUnder({ policy: hold, memory: untold }), OPENING, 'nobody knows what it asked for before')
    const put_back: Facts = { policy: hold, memory: was('blocked'), forgotten: { how: 'put_back', at: NOW }, person: true }
    assert.equal(heldUnder(put_back), OPENING, 'nor where that is of long ago')
    assert.equal(heldUnder({ policy: { unblock: 'repair' }, memory: was('allowed') }), [])
    assert.ok(heldUnder({ policy: hold, memory: undefined, person: true }).includes('open'), 'nothing is known of who blocked')
  })

  test('unblock hold: another field that the config changes at the same time does not open the user', () => {
    const both = change('update', 'a', {
      cause: 'config',
      fields: [
        { field: 'description', from: 'old', to: 'new', source: '' },
        { field: 'status', from: 'blocked', to: 'allowed', source: '' },
      ],
    })
    const before = memory({ listed: 10, users: new Map([['a', reached({ description: 'old', status: 'allowed' })]]) })
    assert.is(reasonOf(both, { policy: { unblock: 'hold' }, memory: before }), 'needs_approval')
  })

  test('what no approval can lift is said before what an approval can', () => {
    const facts = { policy: { mode: 'observe', protected: globs('a') } as const, memory: undefined, listed: 0 }
    assert.is(reasonOf(CHANGES.block, facts), 'protected')
    assert.is(reasonOf(CHANGES.block, { ...facts, policy: { mode: 'observe' } }), 'observe_mode')
  })

  const whyOf = (one: Change, facts: Facts): string | undefined => {
    const [held] = judged(one, facts).withheld
    return held === undefined ? undefined : fullMessage({ message: held.why, command: held.command })
  }
  test('whatever is held says why, and what to do', () => {
    const young = { memory: undefined }
    const waits = (what: string): string =>
      `this state directory has known the scope for less than 24 h, so ${what} waits for a person`
    const was = memory({ listed: 10, users: new Map([['a', reached({ status: 'allowed' })]]) })
    const rows: ReadonlyArray<readonly [Name, Facts, string]> = [
      ['update', { policy: { protected: globs('A') } }, 'protected by safety.protected: never blocked, removed or edited'],
      [
        'update',
        { memory: memory({ listed: 10, protected: ['a'] }) },
        'safety.protected named this user until the config changed, and that alone does not end it; to end it: release --protected a',
      ],
      ['update', { policy: { mode: 'observe' } }, 'reconcile.mode is observe; set it to enforce to have this made'],
      [
        'open',
        { policy: { unblock: 'hold' }, memory: was },
        'somebody may have blocked this user on purpose, and policy.unblock is hold',
      ],
      [
        'update',
        { forgotten: { how: 'put_back', at: NOW } },
        'ledger.json is older than the last one written in this state directory, so for 24 h every change waits for a person',
      ],
      ['block', young, waits('blocking a user')],
      ['sandbox', young, waits('blocking a user')],
      ['open', young, waits('opening a user again')],
      ['password', young, waits('changing the password of a live user')],
      ['remove', young, waits('removing a user')],
      [
        'remove',
        { memory: memory({ listed: 10 }), listed: 1 },
        'the config lists 1 user where the last applied one listed 10: less than half',
      ],
      [
        'remove',
        { memory: memory({ listed: 10, files: ['a.yaml', 'b.yaml', 'config.yaml'] }) },
        'a.yaml, b.yaml listed users of this scope and is no longer part of the config',
      ],
    ]
    for (const [name, facts, why] of rows) assert.is(whyOf(CHANGES[name], facts), why)
    for (const [facts, reason] of [
      [{ policy: { unblock: 'hold' }, memory: was }, 'needs_approval'],
      [{ forgotten: { how: 'put_back', at: NOW } }, 'needs_approval'],
      [{ memory: undefined }, 'needs_approval'],
      [{ policy: { protected: globs('A') } }, 'protected'],
    ] as const) {
      const [held] = judged(CHANGES.open, facts).withheld
      assert.is(held?.reason, reason)
    }
  })

  test('unblock hold: what was sent with an unknown fate is not asked for again', () => {
    const was = memory({ listed: 10, users: new Map([['a', reached({ status: 'allowed' })]]) })
    const facts: Facts = { policy: { unblock: 'hold' }, memory: was }
    assert.is(reasonOf(CHANGES.open, facts), 'needs_approval')
    assert.is(reasonOf({ ...CHANGES.open, cause: 'retry' }, facts), undefined)
  })

  test('S2: what may be cut off is told with every file and every key that went, and holds no undo', () => {
    const end = (file: string, ...restraints: ReadonlyArray<string>) => ({ file, restraints })
    const ending = (file: string, isMarked: boolean, ...restraints: ReadonlyArray<string>) => ({ file, isMarked, restraints })
    const before = memory({
      listed: 10,
      files: [],
      ends: [end('a.yaml', 'reconcile', 'safety'), end('b.yaml', 'policy'), end('c.yaml')],
    })
    const whole = 'waits for a person; if the file is whole, end it with ... again'
    const cut = (...endings: ReadonlyArray<Ending>) => whyOf(CHANGES.open, { memory: before, endings })
    const lost = (files: string) =>
      `${files} ended with the line ... when it was last applied and does not now: it may be cut off`
    assert.is(
      cut(ending('a.yaml', false), ending('b.yaml', false), ending('c.yaml', true)),
      `${lost('a.yaml, b.yaml')}, so every change, since reconcile, safety, policy went with it, ${whole}`,
    )
    assert.is(
      cut(ending('a.yaml', false, 'safety', 'reconcile'), ending('b.yaml', true)),
      `${lost('a.yaml')}, so opening a user ${whole}`,
    )
    assert.is(cut(ending('b.yaml', true), ending('c.yaml', false)), `${lost('c.yaml')}, so opening a user ${whole}`)
    assert.is(cut(ending('d.yaml', false)), undefined)
    const endings = [ending('a.yaml', false)]
    assert.is(reasonOf({ ...CHANGES.open, cause: 'undo' }, { memory: before, endings }), undefined)
    assert.is(reasonOf(CHANGES.update, { memory: before, endings }), 'needs_approval')
  })

  test('S2: of what may be cut off, each thing is told once, and of very many the first', () => {
    const before = ['policy', 'policy.grace', 'safety', 'safety.max_blocks', 'safety.protected', 'safety.protected[0]']
    const after = (restraints: ReadonlyArray<string>, more: ReadonlyArray<string> = []) =>
      /since (.*) went/.exec(
        whyOf(CHANGES.open, {
          memory: memory({ listed: 10, files: [], ends: [{ file: 'a.yaml', restraints: [...before, ...more] }] }),
          endings: [{ file: 'a.yaml', isMarked: false, restraints }],
        }) ?? '',
      )?.[1]
    assert.is(after(before.slice(0, 4)), 'safety.protected')
    assert.is(after(before.slice(0, 5)), 'safety.protected[0]')
    assert.is(after(before.slice(0, 3)), 'safety.max_blocks, safety.protected')
    assert.is(after(before.slice(0, 1)), 'policy.grace, safety')
    assert.is(after([]), 'policy, safety')
    assert.is(after([], ['a', 'b', 'c']), 'policy, safety, a, b and 1 more')
  })

  test('S2: the user whose entry stands last in what is left may lack what it is not to have: all of its changes wait, but to be blocked by its own status', () => {
    const ends = [{ file: 'config.yaml', restraints: [] }]
    const last = (username: string, scope: Scope = 'account', hasStatus = true) => ({
      memory: memory({ listed: 10, ends }),
      endings: [{ file: 'config.yaml', isMarked: false, restraints: [], last: { scope, username, hasStatus } }],
    })
    const held = heldUnder(last('a'))
    assert.equal(held, but('block', 'block from sandbox'))
    assert.equal(heldUnder(last('b')), OPENING, 'of another user')
    assert.equal(heldUnder(last('a', 'subaccount:Abcd')), OPENING, 'of another scope')
    const more = change('block', 'a', { fields: [...CHANGES.block.fields, ...CHANGES.update.fields] })
    assert.is(reasonOf(more, last('a')), 'needs_approval', 'which sets more besides')
    assert.is(reasonOf(CHANGES.block, last('a', 'account', false)), 'needs_approval', 'by a weaker layer or a date')
    const byRule = change('block', 'a', { fields: CHANGES.block.fields.map((field) => ({ ...field, rule: 'limited' })) })
    assert.is(reasonOf(byRule, last('a')), 'needs_approval', 'by a rule')
    assert.match(
      whyOf(CHANGES.update, last('a')) ?? '',
      'so opening a user, and every change of a, whose entry stands last, waits for a person; if the file is whole, end it with ... again',
    )
  })

  test('a user is opened by a status that becomes allowed, not by a text that says so, and not where it is made', () => {
    const fields = (field: 'status' | 'description', to: string) => ({ fields: [{ field, from: undefined, to, source: '' }] })
    assert.ok(opens(change('update', 'a', fields('status', 'allowed'))))
    assert.not(opens(change('create', 'a', fields('status', 'allowed'))))
    assert.not(opens(change('update', 'a', fields('description', 'allowed'))))
    assert.not(opens(change('update', 'a', fields('status', 'sandbox'))))
  })

  test('the words for changes', () => {
    assert.equal(
      ALL.filter((name) => shuts(CHANGES[name])),
      ['block', 'block from sandbox', 'sandbox'],
    )
    assert.equal(
      ALL.filter((name) => takesAway(CHANGES[name])),
      sortedLike(TAKING),
    )
    assert.equal(
      ALL.filter((name) => changesPassword(CHANGES[name])),
      ['password'],
    )
  })
})
