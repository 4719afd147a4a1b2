// What a listed user differs in from its live twin, given what is remembered: what is stuck and when that ends, the rate limit as one field,
// and what cannot be read (promise S8).
import * as assert from 'uvu/assert'
import type { NotTaking, UserMemory } from '../../src/domain/ledger.ts'
import { printOf } from '../../src/domain/prints.ts'
import type { FieldName, Settings, Value } from '../../src/domain/settings.ts'
import {
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
  prints,
  reached,
  told,
  userMemory,
  wanted,
} from '../support/build.ts'
import { newSecret } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

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
