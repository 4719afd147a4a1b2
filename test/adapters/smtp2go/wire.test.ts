// Every spelling in which an answer was seen or documented to say a field, and the one value that each is to us.
import * as assert from 'uvu/assert'
import { liveStateOf } from '../../../src/adapters/smtp2go/wire.ts'
import { atOnce } from '../../../src/domain/basics/work.ts'
import { FIELDS, type FieldName, type Settings, type Value } from '../../../src/domain/user/settings.ts'
import { E } from '../../../src/fp.ts'
import { spec } from '../../support/spec.ts'

type Shown = Readonly<Record<string, unknown>>

const BARE: Shown = { username: 'one@acme.example', sending_allowed: true, custom_ratelimit: false }
const LIMITED: Shown = { ...BARE, custom_ratelimit: true, custom_ratelimit_value: 5, custom_ratelimit_period: '1 day' }

const settingsOf = (user: Shown): Settings => {
  const live = atOnce(liveStateOf({ data: { results: [user] } }, 'account'))
  if (E.isLeft(live)) throw new Error(live.left)
  assert.equal(live.right.unknownKeys, [], 'every spelling is known')
  return live.right.users[0]?.settings ?? {}
}

/** What was shown beside a bare user, and what it says; `undefined`: not to be known. */
const SPELLINGS: { readonly [F in Exclude<FieldName, 'email_password'>]: ReadonlyArray<readonly [Shown, Value | undefined]> } = {
  description: [
    [{ description: 'Fax' }, 'Fax'],
    [{ comments: 'Fax' }, 'Fax'],
    [{ description: '', comments: 'old' }, ''],
    [{ description: null }, ''],
    [{ description: '' }, ''],
    [{}, ''],
  ],
  custom_ratelimit: [
    [{ custom_ratelimit: undefined, custom_rate_limit: true }, true],
    [{ custom_ratelimit: false }, false],
  ],
  custom_ratelimit_value: [
    [LIMITED, 5],
    [{ ...LIMITED, custom_ratelimit_value: '5' }, 5],
    [{ ...LIMITED, custom_ratelimit_value: null }, undefined],
    [{ custom_ratelimit_value: 0 }, undefined],
  ],
  custom_ratelimit_period: [
    [LIMITED, '1 day'],
    [{ ...LIMITED, custom_ratelimit_period: null }, undefined],
    [{ custom_ratelimit_period: '0:00:00' }, undefined],
  ],
  ip_pool: [
    [{ ippool: 1234 }, 1234],
    [{ ip_pool: 1234 }, 1234],
    [{ ippool: '1234' }, 1234],
    [{ ippool: null }, 0],
    [{ ippool: '' }, 0],
    [{ ippool: 0 }, 0],
    [{}, 0],
  ],
  feedback_enabled: [
    [{ feedback_enabled: true }, true],
    [{ feedback_enabled: null }, undefined],
    [{}, undefined],
  ],
  feedback_domain: [
    [{ feedback_domain: 'news.acme.example' }, 'news.acme.example'],
    [{ feedback_domain: 'default' }, 'default'],
    [{ feedback_domain: '' }, undefined],
    [{ feedback_domain: null }, undefined],
    [{}, undefined],
  ],
  feedback_html: [
    [{ feedback_html: '<p>x</p>' }, '<p>x</p>'],
    [{ feedback_html: null }, ''],
    [{}, ''],
  ],
  feedback_text: [
    [{ feedback_text: 'x' }, 'x'],
    [{ feedback_text: null }, ''],
    [{}, ''],
  ],
  open_tracking_enabled: [
    [{ open_tracking_enabled: true }, true],
    [{ open_tracking_enabled: null }, undefined],
    [{}, undefined],
  ],
  click_tracking_enabled: [
    [{ click_tracking_enabled: true }, true],
    [{ click_tracking_enabled: null }, undefined],
    [{}, undefined],
  ],
  archive_enabled: [
    [{ archive_enabled: true }, true],
    [{ archive_enabled: null }, undefined],
    [{}, undefined],
  ],
  audit_email: [
    [{ audit_email: 'audit@acme.example' }, 'audit@acme.example'],
    [{ audit_email: null }, ''],
    [{ audit_email: '' }, ''],
    [{}, ''],
  ],
  bounce_notifications: [
    [{ bounce_notifications: 'drop' }, 'drop'],
    [{ bounce_notifications: null }, 'from'],
    [{ bounce_notifications: '' }, 'from'],
    [{}, 'from'],
  ],
  status: [
    [{ status: 'sandbox' }, 'sandbox'],
    [{ status: null }, undefined],
    [{}, undefined],
  ],
}

spec('what an answer says of a user', (test) => {
  for (const [field, spellings] of Object.entries(SPELLINGS))
    test(`${field} is the same however it is spelled: null, "" and absent too`, () => {
      const known = FIELDS.filter((one) => one === field)
      assert.is(known.length, 1)
      for (const [shown, value] of spellings)
        for (const name of known) assert.is(settingsOf({ ...BARE, ...shown })[name], value, JSON.stringify(shown))
    })

  test('where both names stand, the current one counts', () => {
    const both = { description: 'now', comments: 'then', ippool: 1, ip_pool: 2 }
    const { description, ip_pool } = settingsOf({ ...BARE, ...both })
    assert.equal([description, ip_pool], ['now', 1])
  })
})

spec('S1: whether an answer is the whole', (test) => {
  const two = [BARE, { ...BARE, username: 'two@acme.example' }]
  const readWith = (beside: Shown) => atOnce(liveStateOf({ request_id: 'r', data: { results: two, ...beside } }, 'account'))

  test('one that says of itself that it is a part is none', () => {
    for (const [beside, why] of [
      [{ total_results: 3 }, 'view says that there are 3 users, and shows 2'],
      [{ total_results: '3' }, 'view says that there are 3 users, and shows 2'],
      [{ total_count: 7, continue_token: '' }, 'view says that there are 7 users, and shows 2'],
      [{ total_results: 'many', total_count: 3 }, 'view says that there are 3 users, and shows 2'],
      [{ page: 1, pages: 2 }, 'view says that it shows one page of several'],
      [{ total_results: 2, pages: 1, continue_token: 'abc' }, 'view says that more users follow'],
      [{ continue_token: 2 }, 'view says that more users follow'],
    ] as const)
      assert.equal(readWith(beside), E.left(why))
  })

  test('one that has whatever else beside its users is whole', () => {
    for (const beside of [
      {},
      { default_ratelimit_value: 0, default_ratelimit_period: 'unlimited' },
      { default_ratelimit_value: '123', default_ratelimit_period: '1 day' },
      { total_results: 2, total_count: 2, page: 1, pages: 1, continue_token: '' },
      { total_results: null, pages: 'one', continue_token: null },
      { total_results: 1, pages: 0, continue_token: {} },
      { continue_token: 0 },
    ])
      assert.ok(E.isRight(readWith(beside)), JSON.stringify(beside))
  })
})
