// Snapshots: live state out and in again without a change, without passwords, and nothing else taken for one.
import * as assert from 'uvu/assert'
import { readSnapshot, snapshotOf } from '../../src/config/snapshot.ts'
import { E } from '../../src/fp.ts'
import { live, liveUser } from '../support/build.ts'
import { newSecret } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'

const FORMAT = 'smtp2go-reconciler/snapshot@1'
const password = newSecret()
const account = live([
  liveUser('fax@acme.example', { description: 'Fax', ip_pool: 7, email_password: password, status: 'blocked' }, false),
  liveUser('tel@acme.example', {}, undefined),
])
const sub = live([], { scope: 'subaccount:B1', returned: new Set(['status', 'email_password']), unknownKeys: ['colour'] })
const subaccounts = [{ id: 'B1', name: 'Bakery', state: 'active' }]

spec('a snapshot', (test) => {
  test('is data that may be shown: no password, and every other value of every user', () => {
    const data = snapshotOf({
      states: [live([liveUser('a', { email_password: password }, true)], { returned: new Set(['status']) })],
      subaccounts,
    })
    const shown = liveUser('a').settings
    assert.equal(data, {
      format: FORMAT,
      subaccounts,
      scopes: [
        {
          scope: 'account',
          returned: ['status'],
          unknown_keys: [],
          users: [
            {
              username: 'a',
              sending_allowed: true,
              settings: {
                description: shown.description,
                custom_ratelimit: false,
                ip_pool: 0,
                feedback_enabled: false,
                feedback_domain: 'default',
                feedback_html: '',
                feedback_text: '',
                open_tracking_enabled: false,
                archive_enabled: false,
                audit_email: '',
                bounce_notifications: 'from',
                status: 'allowed',
              },
            },
          ],
        },
      ],
    })
    assert.not.ok(JSON.stringify(data).includes(password.reveal()))
  })

  test('is read back as it was, but for passwords', () => {
    const { email_password: _, ...settings } = account.users[0]?.settings ?? {}
    const [first, second] = account.users
    const without = { ...account, users: [{ ...first, settings }, second] }
    const read = readSnapshot(JSON.stringify(snapshotOf({ states: [account, sub], subaccounts })))
    assert.equal(read, E.right({ states: [without, sub], subaccounts }))
    const bare = readSnapshot(JSON.stringify(snapshotOf({ states: [], subaccounts: undefined })))
    assert.equal(bare, E.right({ states: [], subaccounts: undefined }))
    assert.not('subaccounts' in Object(snapshotOf({ states: [], subaccounts: undefined })))
  })

  const scope = (some: object = {}) => ({ scope: 'account', returned: [], unknown_keys: [], users: [], ...some })
  const text = (some: object = {}) => JSON.stringify({ format: FORMAT, scopes: [scope()], ...some })
  const NONE = `not a snapshot: it must be JSON with the format ${FORMAT}, as \`export --snapshot\` writes it`
  const NO_SCOPE = 'not a snapshot: a scope is neither account nor subaccount:ID'
  for (const [title, one, why] of [
    ['nothing', '', NONE],
    ['no JSON', '{', NONE],
    ['a list', '[]', NONE],
    ['another format', text({ format: 'smtp2go-reconciler/snapshot@2' }), NONE],
    ['no scopes', text({ scopes: undefined }), NONE],
    ['a scope without users', text({ scopes: [scope({ users: undefined })] }), NONE],
    ['a user without a name', text({ scopes: [scope({ users: [{ sending_allowed: null, settings: {} }] })] }), NONE],
    ['a scope of no kind', text({ scopes: [scope(), scope({ scope: 'users' })] }), NO_SCOPE],
    ['a subaccount without an id', text({ scopes: [scope({ scope: 'subaccount:' })] }), NO_SCOPE],
    ['a scope that only ends so', text({ scopes: [scope({ scope: 'x subaccount:B' })] }), NO_SCOPE],
  ] as const)
    test(`${title} is none`, () => assert.equal(readSnapshot(one), E.left(why)))

  test('with fields, values and subaccounts that are none, they are left out', () => {
    const user = {
      username: 'a',
      sending_allowed: null,
      settings: {
        description: 'x',
        status: ['blocked'],
        ip_pool: null,
        custom_ratelimit: false,
        email_password: 'x',
        colour: 'red',
      },
    }
    const read = readSnapshot(
      text({ scopes: [scope({ returned: ['status', 'colour'], users: [user] })], subaccounts: [{ id: 'B' }] }),
    )
    assert.equal(
      read,
      E.right({
        states: [
          {
            scope: 'account',
            unknownKeys: [],
            returned: new Set(['status']),
            users: [{ username: 'a', sendingAllowed: undefined, settings: { description: 'x', custom_ratelimit: false } }],
          },
        ],
        subaccounts: undefined,
      }),
    )
  })
})
