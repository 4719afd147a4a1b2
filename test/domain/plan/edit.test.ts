// The one request that makes a change: PATCH with what changed and no more (S5), the full edit complete or not at all.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { addOf, type Edit, editOf } from '../../../src/domain/plan/edit.ts'
import type { FieldChange } from '../../../src/domain/plan/plan.ts'
import type { LiveState } from '../../../src/domain/user/live.ts'
import { Secret } from '../../../src/domain/user/secret.ts'
import { FIELDS, type FieldName, fields, type Settings } from '../../../src/domain/user/settings.ts'
import { E } from '../../../src/fp.ts'
import { live, liveUser, managed, settingsOf } from '../../support/build.ts'
import { newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

const LIMIT: ReadonlyArray<FieldName> = ['custom_ratelimit', 'custom_ratelimit_value', 'custom_ratelimit_period']
const limit: Settings = { custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' }
const password = newSecret()
const SAMPLE: Settings = {
  ...settingsOf((field) => fields[field].reset ?? ''),
  ...limit,
  email_password: password,
  description: 'fax',
  status: 'blocked',
}
const WHOLE = new Set(FIELDS)

type Ask = {
  readonly change: Settings
  readonly declared?: Settings
  readonly now?: Settings
  readonly mode?: 'auto' | 'patch' | 'full'
  readonly live?: Partial<LiveState>
}

/** A change to each of these settings from what is not known. */
const fieldsOf = (settings: Settings): ReadonlyArray<FieldChange> =>
  FIELDS.flatMap((field): ReadonlyArray<FieldChange> => {
    const to = settings[field]
    return to === undefined ? [] : [{ field, from: undefined, to, source: 'config.yaml:1:1 user' }]
  })

const made = ({ change, declared = change, now = {}, mode = 'auto', live: shown = {} }: Ask): Edit | string => {
  const user = liveUser('fax', now)
  const edit = editOf({ fields: fieldsOf(change), managed: managed(declared), user, live: live([user], shown), mode })
  return E.isLeft(edit) ? edit.left : edit.right
}

const namesOf = (edit: Edit | string): ReadonlyArray<FieldName> =>
  typeof edit === 'string' || edit._tag === 'Remove' ? [] : FIELDS.filter((field) => edit.settings[field] !== undefined)

spec('edits', (test) => {
  test('S5: a PATCH carries what changed and nothing else that is declared', () =>
    assert.equal(made({ change: { description: 'new' }, declared: SAMPLE }), {
      _tag: 'Patch',
      username: 'fax',
      settings: { description: 'new' },
    }))

  test('S5: for any change of any declared fields it carries these, and the rate limit as one', () =>
    fc.assert(
      fc.property(fc.subarray<FieldName>(FIELDS.filter((field) => field !== 'feedback_domain')), (names) => {
        const change = settingsOf((field) => (names.includes(field) ? SAMPLE[field] : undefined))
        const moves = names.some((field) => LIMIT.includes(field))
        assert.equal(
          namesOf(made({ change, declared: SAMPLE })),
          FIELDS.filter((field) => names.includes(field) || (moves && LIMIT.includes(field))),
        )
      }),
    ))

  test('a limit that is switched off goes alone', () =>
    assert.equal(namesOf(made({ change: { custom_ratelimit: false }, now: limit })), ['custom_ratelimit']))

  test('"none" is written as the empty text, for a pool as 0', () => {
    const none = { description: '', audit_email: '', ip_pool: 0 }
    assert.equal(made({ change: none }), { _tag: 'Patch', username: 'fax', settings: none })
  })

  test('api.edit patch says what PATCH cannot', () =>
    assert.is(
      made({ change: { feedback_domain: 'mail.acme.example' }, declared: SAMPLE, mode: 'patch' }),
      'PATCH cannot change feedback_domain, and api.edit is patch',
    ))

  test('a create sends what is declared, but not what the service starts with', () =>
    assert.equal(
      addOf({
        username: 'fax',
        fields: fieldsOf({ description: '', ip_pool: 0, audit_email: 'a@b.example', open_tracking_enabled: false }),
      }),
      {
        _tag: 'Add',
        username: 'fax',
        settings: { audit_email: 'a@b.example', open_tracking_enabled: false },
      },
    ))
})

spec('the full edit', (test) => {
  const domain = { feedback_domain: 'mail.acme.example' }
  const declared: Settings = { ...domain, email_password: password, click_tracking_enabled: false }

  test('carries the complete user, desired values over live ones', () => {
    const now = { description: 'kept', ...limit, status: 'sandbox', audit_email: 'old@acme.example' }
    const edit = made({
      change: { ...domain, audit_email: 'new@acme.example' },
      declared: { ...declared, audit_email: 'new@acme.example', bounce_notifications: 'drop' },
      now,
      live: { returned: WHOLE },
    })
    assert.equal(
      namesOf(edit),
      FIELDS.filter((field) => field !== 'ip_pool'),
      'none is what an absent pool means, and 0 is the id of no pool',
    )
    const settings: Settings = typeof edit === 'string' || edit._tag === 'Remove' ? {} : edit.settings
    assert.is(settings.description, 'kept')
    assert.is(settings.status, 'sandbox')
    assert.is(settings.audit_email, 'new@acme.example')
    assert.is(settings.bounce_notifications, 'from', 'what is held back goes out as it is')
    assert.is(settings.feedback_domain, 'mail.acme.example')
  })

  test('carries the declared password, never one that an answer showed', () => {
    const shown = newSecret()
    const edit = made({ change: { ...domain, description: 'new' }, declared, now: { email_password: shown }, mode: 'full' })
    const settings: Settings = typeof edit === 'string' || edit._tag === 'Remove' ? {} : edit.settings
    assert.ok(settings.email_password instanceof Secret && settings.email_password.equals(password))
  })

  test('says no address by leaving it out, be it live or reset: an empty text is none, and what is left out falls back to none', () => {
    for (const audit_email of ['', 'old@acme.example']) {
      const change = { ...domain, audit_email: '', description: '' }
      const edit = made({ change, declared: { ...declared, ...change }, now: { audit_email, description: 'old' }, mode: 'full' })
      assert.not(namesOf(edit).includes('audit_email'))
      assert.ok(namesOf(edit).includes('description'), 'a text may be empty')
    }
    assert.not(namesOf(made({ change: domain, declared, mode: 'full' })).includes('audit_email'))
  })

  test('carries no value and period of a limit that is off, and needs none declared', () => {
    const off = { change: domain, declared, now: { custom_ratelimit: false } }
    assert.equal(
      namesOf(made(off)),
      FIELDS.filter((field) => !['ip_pool', 'audit_email', 'custom_ratelimit_value', 'custom_ratelimit_period'].includes(field)),
    )
    const switched = {
      change: { custom_ratelimit: false },
      declared: { ...declared, custom_ratelimit: false },
      now: limit,
      mode: 'full',
    } as const
    assert.not(namesOf(made(switched)).includes('custom_ratelimit_value'))
    // Somebody has switched it off since the plan, and that is not to be changed now.
    const meanwhile = made({ change: domain, declared: { ...declared, ...limit }, now: { custom_ratelimit: false } })
    assert.equal(
      namesOf(meanwhile).filter((field) => LIMIT.includes(field)),
      ['custom_ratelimit'],
    )
  })

  for (const [what, ask, why] of [
    [
      'a password that is not declared, even where the service shows one',
      { declared: { ...declared, email_password: undefined }, now: { email_password: password } },
      /reset email_password: declare it/,
    ],
    [
      'a field that this service does not return and that is not declared',
      { declared: { ...declared, click_tracking_enabled: undefined } },
      /reset click_tracking_enabled: declare it/,
    ],
    ['both', { declared: domain }, /reset email_password, click_tracking_enabled: declare them/],
    [
      'a limit that is on but not shown',
      { declared, now: { custom_ratelimit: true } },
      /custom_ratelimit_value, custom_ratelimit_period: declare/,
    ],
    [
      'a key of the answer that we do not know',
      { declared, live: { unknownKeys: ['greylisting'] } },
      /we do not know: the service shows greylisting/,
    ],
    [
      'a field that was returned for others only',
      { declared, now: { status: undefined }, live: { returned: WHOLE } },
      /reset status: declare it/,
    ],
  ] as const satisfies ReadonlyArray<readonly [string, Omit<Ask, 'change'>, RegExp]>)
    test(`is impossible with ${what}`, () => {
      const edit = made({ change: domain, ...ask })
      assert.match(typeof edit === 'string' ? edit : edit._tag, why)
    })

  test('api.edit full makes every change so', () => {
    const edit = made({ change: { description: 'new' }, declared: { ...declared, description: 'new' }, mode: 'full' })
    assert.is(typeof edit === 'string' ? edit : edit._tag, 'FullEdit')
  })
})
