// How each field is compared: tables per field, and laws over all of them.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { Secret } from '../../../src/domain/user/secret.ts'
import { FIELDS, type FieldName, fields, same, type Value } from '../../../src/domain/user/settings.ts'
import { newPassword, newSecret } from '../../support/fresh.ts'
import { spec } from '../../support/spec.ts'

type Pairs = ReadonlyArray<readonly [Value, Value]>

type Row = { readonly alike: Pairs; readonly unlike: Pairs }

const flag: Row = { alike: [[true, true]], unlike: [[true, false]] }
const text: Row = {
  alike: [
    ['a\nb', 'a\r\nb'],
    ['a\nb', 'a\rb'],
    ['a', 'a\n\n'],
    ['a \t\nb', 'a\nb'],
    ['', '\n'],
    ['', '  '],
    ['a', ' a'],
    ['ü', 'ü'],
  ],
  unlike: [
    ['a', 'A'],
    ['a\n\nb', 'a\nb'],
    ['a b', 'a  b'],
    ['', 'a'],
  ],
}
const folded: Row = {
  alike: [
    ['Boss@Acme.example', 'boss@acme.example'],
    ['', ''],
  ],
  unlike: [
    ['a@acme.example', 'b@acme.example'],
    ['', 'a@acme.example'],
    ['a@acme.example', 'a@acme.example '],
  ],
}

const ONE = newPassword()

const TABLE: { readonly [F in FieldName]: Row } = {
  email_password: {
    alike: [[new Secret(ONE), new Secret(ONE, 'file')]],
    unlike: [
      [new Secret(ONE), newSecret()],
      [new Secret(ONE), new Secret(ONE.replace('aZ9', 'AZ9'))],
      [new Secret(ONE), ONE],
      [ONE, ONE],
    ],
  },
  description: text,
  custom_ratelimit: flag,
  custom_ratelimit_value: {
    alike: [[200, 200]],
    unlike: [
      [200, 201],
      [1, true],
    ],
  },
  custom_ratelimit_period: {
    alike: [
      ['1 day', '24:00:00'],
      ['1 week', '7 days, 0:00:00'],
    ],
    unlike: [
      ['1 day', '1 hour'],
      ['unlimited', '1 day'],
    ],
  },
  ip_pool: { alike: [[0, 0]], unlike: [[0, 1234]] },
  feedback_enabled: flag,
  feedback_domain: folded,
  feedback_html: text,
  feedback_text: text,
  open_tracking_enabled: flag,
  click_tracking_enabled: flag,
  archive_enabled: flag,
  audit_email: folded,
  bounce_notifications: { alike: [['from', 'From'], ...folded.alike], unlike: [['from', 'drop'], ...folded.unlike] },
  status: {
    alike: [['blocked', 'blocked']],
    unlike: [
      ['blocked', 'allowed'],
      ['blocked', 'Blocked'],
    ],
  },
}

const values = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'A', ' ', '\n', '\r', '\t', '1', ' day', ':00', '@') }),
  fc.integer(),
  fc.boolean(),
  fc.string().map((one) => new Secret(one)),
)

spec('the fields of a user', (test) => {
  for (const field of FIELDS)
    test(`${field} is compared by what it means, both ways round`, () => {
      const { alike, unlike } = TABLE[field]
      for (const [one, other] of alike) {
        assert.is(same(field, one, other), true, JSON.stringify([one, other]))
        assert.is(same(field, other, one), true, JSON.stringify([other, one]))
      }
      for (const [one, other] of unlike) {
        assert.is(same(field, one, other), false, JSON.stringify([one, other]))
        assert.is(same(field, other, one), false, JSON.stringify([other, one]))
      }
    })

  test('comparing is symmetric for any two values, and a value of its own kind is like itself', () =>
    fc.assert(
      fc.property(fc.constantFrom(...FIELDS), values, values, (field, one, other) => {
        assert.is(same(field, one, other), same(field, other, one))
        if (field !== 'email_password' && !(one instanceof Secret)) assert.ok(same(field, one, one))
      }),
    ))

  test('not known is like nothing but not known: absent is not ""', () => {
    for (const field of FIELDS) {
      assert.ok(same(field, undefined, undefined))
      for (const value of ['', 0, false]) assert.not(same(field, undefined, value))
    }
  })

  test('null in the config stands for the default of the service, and is an error where there is none', () => {
    const resets = Object.fromEntries(FIELDS.map((field) => [field, fields[field].reset]))
    assert.equal(resets, {
      email_password: undefined,
      description: '',
      custom_ratelimit: false,
      custom_ratelimit_value: undefined,
      custom_ratelimit_period: undefined,
      ip_pool: 0,
      feedback_enabled: false,
      feedback_domain: 'default',
      feedback_html: '',
      feedback_text: '',
      open_tracking_enabled: false,
      click_tracking_enabled: false,
      archive_enabled: false,
      audit_email: '',
      bounce_notifications: 'from',
      status: 'allowed',
    })
  })

  test('a hostile text of 50 KB is compared in no time', () => {
    const started = process.cpuUsage().user
    for (const text of [`${' '.repeat(50_000)}x`, `a${'\n'.repeat(50_000)}b`, `${' \t'.repeat(25_000)}\n.`, '\r'.repeat(50_000)])
      same('feedback_html', text, 'x')
    assert.ok(process.cpuUsage().user - started < 500_000)
  })
})
