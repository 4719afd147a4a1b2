// How a file ends and what in it restrains (S2): what there is to lose with its last lines, and whose entry may lack its own.
import * as assert from 'uvu/assert'
import type { Ending } from '../../src/domain/desired.ts'
import { spec } from '../support/spec.ts'
import { loaded } from './load.ts'

const HEAD = 'version: 1\napi: { endpoint: sandbox }\n'
const API = ['api', 'api.endpoint']

const endingsOf = async (main: string, included?: string): Promise<ReadonlyArray<Ending>> =>
  (
    await loaded(
      included === undefined ? HEAD + main : { 'config.yaml': `${HEAD}${main}include: [more.yaml]\n`, 'more.yaml': included },
      {},
      { secrets: 'references' },
    )
  ).desired.endings

spec('what a file says that restrains', (test) => {
  const rows: ReadonlyArray<readonly [title: string, text: string, restraints: ReadonlyArray<string>]> = [
    [
      'is nothing in its lists of users',
      'users:\n  - username: one@a.example\n    status: blocked\nabsent: []\nsubaccounts: []\n',
      [],
    ],
    ['is nothing that says nothing of users', 'http: null\ncontrol: { group: adm }\nnotify: []\nstate_dir: null\n', []],
    ['is an empty section', 'safety: {}\n', ['safety']],
    [
      'is each of its settings',
      'reconcile: { schedule: null }\npolicy:\n  missing: report\n',
      ['reconcile', 'reconcile.schedule', 'policy', 'policy.missing'],
    ],
    [
      'is each entry of a list',
      'safety:\n  protected: [one@a.example, "*-printer"]\n',
      ['safety', 'safety.protected', 'safety.protected[0]', 'safety.protected[1]'],
    ],
    ['is each rule as a whole', 'rules:\n  - id: quiet\n    set: { open_tracking_enabled: false }\n...\n', ['rules', 'rules[0]']],
    [
      'is each setting of defaults and profiles',
      'defaults: { description: all }\nprofiles:\n  slow printers: { open_tracking_enabled: null }\n',
      [
        'defaults',
        'defaults.description',
        'profiles',
        "profiles['slow printers']",
        "profiles['slow printers'].open_tracking_enabled",
      ],
    ],
    ['is no value within which the file ends', 'policy:\n  grace: 1d', ['policy']],
    [
      'is no entry within which the file ends',
      'policy:\n  ignore:\n    - one\n    - tw',
      ['policy', 'policy.ignore', 'policy.ignore[0]'],
    ],
    ['is a value whose line has its end', 'policy:\n  grace: 1d\n', ['policy', 'policy.grace']],
    ['is no text of lines of its own that stands last', 'defaults:\n  feedback_text: |\n    one\n', ['defaults']],
    [
      'is such a text before something else',
      'defaults:\n  feedback_text: |\n    one\nusers: []\n',
      ['defaults', 'defaults.feedback_text'],
    ],
  ]
  for (const [title, text, restraints] of rows)
    test(title, async () => {
      const [main] = await endingsOf(text)
      assert.equal(main?.restraints, [...API, ...restraints])
      assert.is(main?.inScopes, undefined)
    })

  test('for the users of one scope is what its defaults say, wherever they stand', async () => {
    const [main, more] = await endingsOf(
      'subaccounts: [{ id: Bcde, defaults: {} }]\n',
      'subaccounts:\n  - id: Abcd\n    users: []\n  - id: Cdef\n    defaults: { description: theirs }\n',
    )
    assert.equal(main?.inScopes, new Map([['subaccount:Bcde', ['subaccount:Bcde defaults']]]))
    assert.equal(more?.restraints, [])
    assert.equal(
      more?.inScopes,
      new Map([['subaccount:Cdef', ['subaccount:Cdef defaults', 'subaccount:Cdef defaults.description']]]),
    )
  })
})

spec('whose entry stands last', (test) => {
  const ONE = 'username: one@a.example'
  const inAccount = { scope: 'account', username: 'one@a.example' }
  const inAbcd = { scope: 'subaccount:Abcd', username: 'one@a.example' }
  const rows: ReadonlyArray<readonly [title: string, text: string, last: unknown]> = [
    ['a user of the account', `users:\n  - username: zero@a.example\n  - ${ONE}\n`, inAccount],
    ['a user with more', `users:\n  - ${ONE}\n    previously:\n      - two@a.example\n`, inAccount],
    ['a user of a subaccount', `subaccounts:\n  - id: Abcd\n    users:\n      - ${ONE}\n`, inAbcd],
    ['a user whose subaccount is named before', `subaccounts: [{ id: Abcd, users: [{ ${ONE} }] }]\n`, undefined],
    ['a user in brackets', `users:\n  - { ${ONE} }\n`, undefined],
    ['a user before something else', `users:\n  - ${ONE}\nsafety: {}\n`, undefined],
    ['nobody', 'users: []\n', undefined],
    ['a profile by the name of a list', 'profiles:\n  users:\n    description: x\n', undefined],
  ]
  for (const [title, text, last] of rows)
    test(title, async () => {
      const [main] = await endingsOf(text)
      assert.equal(main?.last, last)
    })
})
