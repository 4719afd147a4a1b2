// What a run leaves behind of all users of a scope: who is remembered, who is forgotten, and that most stay as they were. Of one user part by
// part that stands in remember-user.test.ts.
import * as assert from 'uvu/assert'
import { atOnce } from '../../../src/domain/basics/work.ts'
import type { Hold } from '../../../src/domain/decisions/hold.ts'
import type { Draft } from '../../../src/domain/draft/draft.ts'
import type { Ledger, ScopeMemory } from '../../../src/domain/memory/ledger.ts'
import type { NotTaking, UserMemory } from '../../../src/domain/memory/user-memory.ts'
import type { BlockEnd, Ended, FieldChange, HoldReason } from '../../../src/domain/plan/plan.ts'
import { type ToRemember, usersAfter } from '../../../src/domain/remembering/remember-users.ts'
import type { LiveUser } from '../../../src/domain/user/live.ts'
import type { DesiredUser } from '../../../src/domain/wanted/desired.ts'
import {
  change,
  DAY,
  desiredScope,
  draftOf,
  ENDINGS,
  HOUR,
  ledger,
  live,
  liveUser,
  memory,
  NOW,
  ORIGIN,
  prints,
  reached,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { spec } from '../../support/spec.ts'

const [ONE, TWO, OLD] = ['one@acme.example', 'printer@acme.example', 'old@acme.example']
const STATUS: FieldChange = { field: 'status', from: 'allowed', to: 'blocked', source: '' }
const TEXT: FieldChange = { field: 'description', from: 'old', to: 'new', source: '' }
const SAME = { description: 'same' }

type Users = { readonly [name: string]: Partial<UserMemory> }
type Look = {
  readonly known?: Users
  readonly scope?: Partial<ScopeMemory>
  readonly about?: Partial<Ledger>
  readonly quiet?: ReadonlyArray<DesiredUser>
  readonly listed?: ReadonlyArray<DesiredUser>
  readonly others?: ReadonlyArray<DesiredUser>
  readonly shown?: ReadonlyArray<LiveUser>
  /** What was read back; where nothing was, the look that the run is based on stands. */
  readonly readBack?: ReadonlyArray<LiveUser>
  readonly draft?: Partial<Draft>
  readonly some?: Partial<ToRemember>
}

const lookedAt = ({ known = {}, scope = {}, about = {}, quiet = [], listed = [], others = [], ...look }: Look) => {
  const users = new Map(Object.entries(known).map(([name, one]) => [name, userMemory(one)]))
  const before = memory({ users, ...scope })
  const planned = live(look.shown ?? [])
  const after = atOnce(
    usersAfter(ledger([['account', before]], about), before, {
      draft: draftOf({ live: planned, governed: { quiet, listed, others }, ...look.draft }),
      desired: desiredScope([...quiet, ...listed]),
      config: '',
      endings: ENDINGS,
      ended: [],
      live: look.readBack === undefined ? planned : live(look.readBack),
      origin: ORIGIN,
      prints,
      now: NOW,
      person: false,
      protect: [],
      filtered: false,
      ...look.some,
    }),
  )
  return { before, after }
}
const usersOf = (look: Look): ReadonlyMap<string, UserMemory> => lookedAt(look).after
const way = { _tag: 'WayOut', returnsTo: 'allowed', elapsedMs: 0, countedAt: NOW - HOUR } as const
const refusing = (one: Ended): Ended => ({ ...one, outcome: 'failed', refusal: { lasting: 'no' } })

spec('what is remembered of users stays the very same', (test) => {
  const calm = {
    known: { [ONE]: reached(SAME), [TWO]: reached(SAME) },
    quiet: [wanted(ONE, SAME), wanted(TWO, SAME)],
    shown: [liveUser(ONE, SAME), liveUser(TWO, SAME)],
  }

  test('where a look finds all of them as they were', () => {
    const { before, after } = lookedAt(calm)
    assert.is(after, before.users)
  })

  test('of those whom a look finds so, whatever it finds of others', () => {
    const { before, after } = lookedAt({ ...calm, quiet: calm.quiet.slice(0, 1), listed: calm.quiet.slice(1) })
    assert.is(after.get(ONE), before.users.get(ONE))
    assert.is.not(after, before.users)
  })

  test('but not where one of them was met only now, or is to be something else than before', () => {
    for (const known of [{ [ONE]: reached(SAME) }, { ...calm.known, [TWO]: reached({ description: 'else' }) }])
      assert.equal([...usersOf({ ...calm, known })], Object.entries(calm.known))
  })

  const [mine, ...theirs] = calm.quiet
  const alone = { ...calm, known: { [ONE]: reached(SAME) }, quiet: calm.quiet.slice(0, 1), shown: calm.shown.slice(0, 1) }
  test('nor where one that was to be made could not be', () => {
    const create: Ended = refusing({ ...change('create', TWO), outcome: 'failed' })
    const after = usersOf({ ...alone, listed: theirs, some: { ended: [create] } })
    assert.equal([...after.keys()], [mine?.username, TWO])
    assert.is(after.get(TWO)?.refused.length, 1)
  })

  test('nor where of one that is listed no more an undo was refused', () => {
    const undone = refusing({ ...change('update', TWO, { cause: 'undo' }), outcome: 'failed' })
    const after = usersOf({ ...alone, shown: calm.shown, some: { ended: [undone] } })
    assert.is(after.get(TWO)?.refused.length, 1)
  })

  test('nor where the service says that it changed one that was not meant: what is hidden of it is open then', () => {
    const ended: Ended = { ...change('update', TWO, { fields: [TEXT] }), outcome: 'verified', alsoChanged: [ONE] }
    const after = usersOf({ ...calm, some: { ended: [ended] } })
    assert.equal(after.get(ONE)?.pending, { change: 'update', wanted: new Map(), at: NOW })
    assert.is(after.get(TWO)?.pending, undefined)
  })
})

spec('who was not open when it was looked at first counts as found shut', (test) => {
  const asked = wanted(ONE, { status: 'allowed' })
  const look = { listed: [asked], shown: [liveUser(ONE, { status: 'blocked' })] }
  const due = { config: '', users: [] }
  const putBack = (ago: number) => ({ forgotten: { how: 'put_back', at: NOW - ago } as const })
  for (const [title, some, expected] of [
    ['at the first look at its scope', {}, true],
    ['not at a later one', { scope: { due } }, undefined],
    ['at one on a ledger that was put back', { scope: { due }, about: putBack(1) }, true],
    ['not on one that was so a day ago', { scope: { due }, about: putBack(DAY) }, undefined],
  ] as const)
    test(title, () => assert.is(usersOf({ ...look, ...some }).get(ONE)?.foundShut, expected))
})

spec('of a user that is listed no more is remembered', (test) => {
  const out = { [TWO]: { ourBlock: way } }
  const shut = liveUser(TWO, { status: 'blocked' })

  test('its way out, beside one that is there and one that is yet to be made', () => {
    const look = { known: out, shown: [liveUser(ONE), shut] }
    for (const listed of [[wanted(ONE)], [wanted(ONE), wanted(OLD)]])
      assert.equal(usersOf({ ...look, listed }).get(TWO)?.ourBlock, { ...way, elapsedMs: HOUR, countedAt: NOW })
  })

  test('its way out, where only the look after the changes shows it, as many as that one shows', () => {
    const look = { known: { [ONE]: reached(SAME), ...out }, quiet: [wanted(ONE, SAME)], shown: [liveUser(ONE, SAME)] }
    assert.equal(usersOf({ ...look, readBack: [shut] }).get(TWO)?.ourBlock, { ...way, unseen: true })
  })

  const barred = { [ONE]: { barred: true } } as const
  const opened = [liveUser(ONE, { status: 'allowed' })]
  const block = (ends: BlockEnd) => change('block', ONE, { fields: [STATUS], ends })
  const held = (ends: BlockEnd, reason: HoldReason) => ({ change: block(ends), reason, why: '' })
  for (const [title, draft, expected] of [
    ['that we had blocked it, while its block is due again', { due: [block('departs')] }, true],
    ['also where that waits for a person', { withheld: [held('departs', 'capped')] }, true],
    [
      'not where that waits for its new name to work, since nothing is asked of it yet',
      { withheld: [held('departs', 'awaiting_grace')] },
      undefined,
    ],
    ['not where it is blocked for a rule, which ends', { due: [block('returns')] }, undefined],
    ['not where that waits', { withheld: [held('never', 'capped')] }, undefined],
    ['not where somebody has opened it and nobody minds', {}, undefined],
  ] as const)
    test(title, () => assert.is(usersOf({ known: barred, shown: opened, draft }).get(ONE)?.barred, expected))

  test('what is due of it, where a rule says something of it as well', () => {
    const vain = (field: 'status' | 'description', wished: string): NotTaking => ({
      field,
      wanted: JSON.stringify(wished),
      live: field === 'status' ? '"allowed"' : '""',
      at: NOW - 1,
    })
    const look = { known: { [ONE]: { notTaking: [vain('status', 'blocked')] } }, shown: [liveUser(ONE)] }
    const ruled = { ...look, others: [wanted(ONE, { description: '' })] }
    assert.equal(usersOf({ ...ruled, draft: { due: [block('departs')] } }).get(ONE)?.notTaking, [vain('status', 'blocked')])
  })
})

spec('of the old name of a user, which an answer leaves out, is remembered', (test) => {
  const renamed = { ...wanted(ONE, SAME), previously: [OLD] }
  const missing = { listed: [renamed], scope: { lastSeen: [OLD, TWO] } }
  const owing = { ...renamed, owed: ['ip_pool'] as const, managed: { ip_pool: { value: 3, source: '' } } }
  for (const [title, look, expected] of [
    ['that it was there, while the new one is still to be made', missing, 1],
    ['or is still to get something of it', { ...missing, listed: [owing], shown: [liveUser(ONE, { ip_pool: 5 })] }, 1],
    ['nothing, where the new one has all', { ...missing, shown: [liveUser(ONE, SAME)] }, undefined],
    ['nothing, where it was not there when it was looked at last', { ...missing, scope: { lastSeen: [TWO] } }, undefined],
    ['nothing more, where this answer shows it', { ...missing, shown: [liveUser(OLD)] }, undefined],
    ['nothing, where it is nobody’s old name', { listed: [wanted(ONE, SAME)], scope: missing.scope }, undefined],
  ] satisfies ReadonlyArray<readonly [string, Look, number | undefined]>)
    test(title, () => {
      const after = usersOf(look)
      assert.is(after.get(OLD)?.unseen, expected)
      assert.not(after.has(TWO))
    })
})

spec('of a user under an emergency stop is remembered', (test) => {
  const hold = (what: Hold['what'], until = NOW + 1): Hold => ({ what, since: 1, until, reason: 'r', by: 'p' })
  const STOP = hold({ _tag: 'Stop', glob: 'one@*' })
  const under = (holds: ReadonlyArray<Hold>, look: Look) => usersOf({ ...look, about: { holds } }).get(ONE)
  const none = [[], [hold({ _tag: 'Users', glob: '*' })], [hold({ _tag: 'Stop', glob: 'two@*' })], [hold(STOP.what, NOW)]]
  // The live side has changed since, so that without a stop it would be tried anew.
  const vain: NotTaking = { field: 'status', wanted: '"blocked"', live: '"allowed"', at: NOW - 1 }
  const unlisted = { known: { [ONE]: { notTaking: [vain] } }, shown: [liveUser(ONE, { status: 'sandbox' })] }

  test('that its block was in vain, listed or not, since nothing was asked of it meanwhile', () => {
    assert.equal(under([STOP], unlisted), userMemory({ notTaking: [vain] }))
    const listed = { ...unlisted, listed: [wanted(ONE, { status: 'sandbox' })] }
    assert.equal(under([STOP], listed)?.notTaking, [vain])
    for (const holds of none) {
      assert.is(under(holds, unlisted), undefined)
      assert.equal(under(holds, listed)?.notTaking, [])
    }
  })

  test('that it stays blocked when its way out ends', () => {
    const look = { known: { [ONE]: { ourBlock: way } }, shown: [liveUser(ONE, { status: 'blocked' })] }
    assert.is(under([STOP], look)?.ourBlock?.returnsTo, 'blocked')
    for (const holds of none) assert.is(under(holds, look)?.ourBlock?.returnsTo, 'allowed')
  })

  test('nothing, where there is nothing: nobody becomes known by being stopped', () => {
    assert.is(under([STOP], { shown: [liveUser(ONE)] }), undefined)
    assert.is(under([STOP], { known: { [ONE]: reached(SAME) }, shown: [liveUser(ONE)] }), undefined)
  })
})
