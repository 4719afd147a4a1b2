// What a listed user differs in from its live twin, given what is remembered: what is stuck and when that ends, the rate limit as one field,
// and what cannot be read (promise S8).
import * as assert from 'uvu/assert'
import { againIn } from '../../../src/domain/draft/again.ts'
import { type Context, difference, isAlike } from '../../../src/domain/draft/diff.ts'
import type { NotTaking, UserMemory } from '../../../src/domain/memory/user-memory.ts'
import { printOf } from '../../../src/domain/user/prints.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import type { FieldName, Settings, Value } from '../../../src/domain/user/settings.ts'
import {
  context,
  DAY,
  desired,
  desiredScope,
  HOUR,
  ledger,
  live,
  liveUser,
  memory,
  NOW,
  plan,
  policy,
  prints,
  reached,
  told,
  userMemory,
  wanted,
} from '../../support/build.ts'
import { newPassword, newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const ONE = 'one@acme.example'
const LIMIT: Settings = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' }
const OTHER: Settings = { custom_ratelimit: true, custom_ratelimit_value: 9, custom_ratelimit_period: '1 day' }

const planned = (want: Settings, is: Settings, remembered: UserMemory) =>
  plan(
    desired([desiredScope([wanted(ONE, want)])]),
    [live([liveUser(ONE, is)])],
    ledger([['account', memory({ lastSeen: [ONE], listed: 1, users: new Map([[ONE, remembered]]) })]]),
  )
const found = (...of: Parameters<typeof planned>): ReadonlyArray<string> => told(planned(...of))
const blind = (...of: Parameters<typeof planned>) =>
  planned(...of).scopes.flatMap((scope) => (scope._tag === 'Planned' ? scope.unobservable : []))

const print = (value: Value | undefined): string => printOf(prints, value)
const stuck = (field: FieldName, want: Value, is: Value | undefined, ago = HOUR): NotTaking => ({
  field,
  wanted: print(want),
  live: print(is),
  at: NOW - ago,
})

spec('what does not take', (test) => {
  const notTaking = [stuck('description', 'new', 'old')]
  const rows: ReadonlyArray<readonly [title: string, want: Settings, is: Settings, memory: UserMemory, told: string]> = [
    [
      'is held while both sides stay as they are',
      { description: 'new' },
      { description: 'old' },
      userMemory({ notTaking }),
      `held not_converging: update ${ONE} description`,
    ],
    [
      'is sent again when desired changes',
      { description: 'newer' },
      { description: 'old' },
      userMemory({ notTaking }),
      `update ${ONE} description (config)`,
    ],
    [
      'is sent again when live changes',
      { description: 'new' },
      { description: 'older' },
      userMemory({ notTaking }),
      `update ${ONE} description (config)`,
    ],
    [
      'is sent again after a day',
      { description: 'new' },
      { description: 'old' },
      userMemory({ notTaking: [stuck('description', 'new', 'old', DAY)] }),
      `update ${ONE} description (config)`,
    ],
  ]
  for (const [title, want, is, remembered, line] of rows)
    test(`S8: ${title}`, () => assert.equal(found(want, is, remembered), [line]))

  test('S8: the rate limit counts as one: while another of the three moves, all that differ go out', () => {
    const want = { ...LIMIT, custom_ratelimit_period: '1 hour' }
    const remembered = userMemory({ notTaking: [stuck('custom_ratelimit_value', 5, 9)] })
    assert.equal(found(LIMIT, OTHER, remembered), [`held not_converging: update ${ONE} custom_ratelimit_value`])
    assert.equal(found(want, OTHER, remembered), [`update ${ONE} custom_ratelimit_value,custom_ratelimit_period (config)`])
  })

  test('is only sent again a day later, the rate limit as one, and never a status', () => {
    const again = (want: Settings, is: Settings, ...notTaking: ReadonlyArray<NotTaking>) =>
      planned(want, is, userMemory({ notTaking })).scopes.flatMap((scope) =>
        scope._tag === 'Planned' ? scope.changes.flatMap(({ fields }) => againIn({ fields }).map(({ field }) => field)) : [],
      )
    const old = stuck('description', 'new', 'old', DAY)
    assert.equal(again({ description: 'new' }, { description: 'old' }, old), ['description'])
    assert.equal(again({ description: 'newer' }, { description: 'old' }, old), [])
    assert.equal(again({ description: 'new' }, { description: 'older' }, old), [])
    assert.equal(again({ description: 'new', open_tracking_enabled: true }, { description: 'old' }, old), ['description'])
    const [value, period] = [stuck('custom_ratelimit_value', 5, 9, DAY), stuck('custom_ratelimit_period', '1 day', '2 days', DAY)]
    assert.equal(again(LIMIT, OTHER, value), ['custom_ratelimit_value'])
    assert.equal(again(LIMIT, { ...OTHER, custom_ratelimit_period: '2 days' }, value), [])
    assert.equal(again(LIMIT, { ...OTHER, custom_ratelimit_period: '2 days' }, value, period), [
      'custom_ratelimit_value',
      'custom_ratelimit_period',
    ])
    assert.equal(again({ status: 'sandbox' }, { status: 'allowed' }, stuck('status', 'sandbox', 'allowed', DAY)), [])
  })
})

spec('the rate limit while the flag is off', (test) => {
  test('differs in value and period whatever was sent, since none is kept', () => {
    const sent = new Map(
      (['custom_ratelimit_value', 'custom_ratelimit_period'] as const).map((field) => [
        field,
        { print: print(LIMIT[field]), at: NOW - HOUR },
      ]),
    )
    const off = { custom_ratelimit: false }
    assert.equal(found(LIMIT, off, reached(LIMIT, { sent })), [
      `update ${ONE} custom_ratelimit,custom_ratelimit_value,custom_ratelimit_period (drift)`,
    ])
    assert.equal(blind(LIMIT, off, reached(LIMIT, { sent })), [])
  })
})

spec('what cannot be read', (test) => {
  const want = { email_password: newSecret(), click_tracking_enabled: true }

  test('was sent as desired: told as unobservable, and nothing is due', () => {
    assert.equal(found(want, {}, reached(want)), [])
    assert.equal(blind(want, {}, reached(want)), [{ username: ONE, fields: ['email_password', 'click_tracking_enabled'] }])
  })

  test('is due where another value was sent, or the fate of a later one is unknown, and is then no longer told as asserted', () => {
    const others = { ...want, email_password: newSecret() }
    assert.equal(found(want, {}, reached(others)), [`update ${ONE} email_password (config)`])
    const pending: UserMemory['pending'] = {
      change: 'update',
      wanted: new Map([['email_password', print(others.email_password)]]),
      at: NOW - HOUR,
    }
    assert.equal(found(want, {}, reached(want, { pending })), [`update ${ONE} email_password (drift)`])
    assert.equal(blind(want, {}, reached(want, { pending })), [{ username: ONE, fields: ['click_tracking_enabled'] }])
  })

  test('is read where the service shows it', () => {
    assert.equal(found(want, { ...want }, userMemory()), [])
    assert.equal(blind(want, { ...want }, reached(want)), [])
    assert.equal(found(want, { ...want, click_tracking_enabled: false }, reached(want)), [
      `update ${ONE} click_tracking_enabled (drift)`,
    ])
  })
})

spec('a difference', (test) => {
  const compared = (want: Settings, is: Settings, remembered: Partial<UserMemory> = {}, some: Partial<Context> = {}) =>
    difference(context({ memory: memory({ users: new Map([[ONE, userMemory(remembered)]]) }), ...some }), wanted(ONE, want), {
      ...liveUser(ONE),
      settings: is,
    })

  test('of two that are alike is none, and says whether the scope was ever looked at', () => {
    const same = { description: 'x' }
    assert.is(compared(same, same).cause, 'drift')
    assert.is(compared(same, same, {}, { memory: undefined }).cause, 'first_run')
    assert.ok(isAlike(compared(same, same)))
    assert.ok(isAlike(compared(same, same, {}, { memory: undefined })))
    assert.not(isAlike(compared(same, { description: 'y' })))
    assert.is(compared(same, { description: 'y' }, {}, { memory: undefined }).cause, 'first_run')
  })

  test('of what cannot be read: only a password is taken as right, and only where the policy says so', () => {
    const assuming = { policy: policy({ unknown_password: 'assume' }) }
    const hidden = { email_password: newSecret(), click_tracking_enabled: true }
    const found = compared(hidden, {}, {}, assuming)
    assert.equal(found.assumed, ['email_password'])
    assert.equal(
      found.fields.map(({ field }) => field),
      ['click_tracking_enabled'],
    )
    assert.equal(compared(hidden, {}).assumed, [])
    const unsaved = compared({ email_password: new Secret(newPassword(), '/a/file') }, {}, {}, assuming)
    assert.equal(
      [unsaved.assumed, unsaved.fields.map(({ field }) => field)],
      [[], ['email_password']],
      'nobody can have set a password that is made only now',
    )
  })

  test('of what cannot be read: sent again when so much time has passed as the policy says, and never where it says nothing', () => {
    const sent = new Map([['click_tracking_enabled', { print: 'true', at: NOW - HOUR }] as const])
    const again = (after: number | undefined) =>
      compared({ click_tracking_enabled: true }, {}, { sent }, { policy: policy({ reassert_unobservable: after }) }).unobservable
    assert.equal(again(undefined), ['click_tracking_enabled'])
    assert.equal(again(HOUR + 1), ['click_tracking_enabled'])
    assert.equal(again(HOUR), [])
  })

  test('is no drift where nothing but what cannot be read is sent again since its time has come', () => {
    const sent = (some: { readonly assumed?: true } = {}) => ({
      sent: new Map([['click_tracking_enabled', { print: 'true', at: NOW - HOUR, ...some }] as const]),
    })
    const timely = { policy: policy({ reassert_unobservable: HOUR }) }
    const want = { click_tracking_enabled: true, description: 'ours' }
    const cause = (is: Settings, some: { readonly assumed?: true } = {}) =>
      compared(want, is, { ...reached(want), ...sent(some) }, timely).cause
    assert.is(cause({ description: 'ours' }), 'retry')
    assert.is(cause({ description: 'theirs' }), 'drift')
    assert.is(cause({ description: 'ours' }, { assumed: true }), 'config', 'what was never sent is not sent again')
  })

  test('of what did not take has the cause of what made it so, for the full edit that is to make it', () => {
    const live = { wanted: '0', live: '3' }
    const stuck = { notTaking: [{ field: 'ip_pool', ...live, at: NOW - 1 } as const] }
    const found = compared({ ip_pool: 0 }, { ip_pool: 3 }, stuck)
    assert.equal([found.fields, found.notTaking.length, found.cause], [[], 1, 'config'])
    assert.is(compared({ ip_pool: 0 }, { ip_pool: 3 }, { ...reached({ ip_pool: 0 }), ...stuck }).cause, 'drift')
  })

  test('of a limit whose flag is not shown is of what cannot be read', () => {
    const sent = new Map([['custom_ratelimit_value', { print: '5', at: NOW }] as const])
    const want = { custom_ratelimit_value: 5 }
    assert.equal(compared(want, {}, { sent }).unobservable, ['custom_ratelimit_value'])
    assert.equal(compared(want, { custom_ratelimit: false }, { sent }).unobservable, [])
  })

  test('is a retry of what was sent with an unknown fate, where every field was in it, for a day', () => {
    const sent = (at: number, ...names: ReadonlyArray<FieldName>) => ({
      pending: { change: 'update', wanted: new Map(names.map((name) => [name, '"new"'])), at } as const,
    })
    const both = { description: 'new', feedback_text: 'new' }
    const cause = (remembered: Partial<UserMemory>) => compared(both, { description: '', feedback_text: '' }, remembered).cause
    assert.is(cause(sent(NOW - 1, 'description', 'feedback_text')), 'retry')
    assert.is(cause(sent(NOW - 1, 'description')), 'config')
    assert.is(cause(sent(NOW - DAY + 1, 'description', 'feedback_text')), 'retry')
    assert.is(cause(sent(NOW - DAY, 'description', 'feedback_text')), 'config')
  })

  test('that an emergency stop has made did not drift, and other fields of the same user did', () => {
    const holds = [{ what: { _tag: 'Stop', glob: '*' }, since: 0, until: NOW + 1, reason: '', by: '' } as const]
    const cause = (want: Settings, is: Settings) => compared(want, is, reached(want), { holds }).cause
    assert.is(cause({ status: 'allowed' }, { status: 'blocked' }), 'config')
    assert.is(cause({ description: 'new' }, { description: 'old' }), 'drift')
    assert.is(compared({ status: 'allowed' }, { status: 'blocked' }, reached({ status: 'allowed' })).cause, 'drift')
  })

  test('that is stuck is so in its own field alone', () => {
    const notTaking = [stuck('description', 'new', 'old')]
    const found = compared({ feedback_text: 'new' }, { feedback_text: 'old' }, { notTaking })
    assert.equal([found.fields.length, found.notTaking.length], [1, 0])
  })
})
