// How a file ends and what in it restrains (S2): what there is to lose with its last lines, and whose entry may lack its own.
import * as assert from 'uvu/assert'
import type { Ending } from '../../src/domain/wanted/desired.ts'
import { spec } from '../support/spec.ts'
import { loaded, printed } from './load.ts'

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
    [
      'is each rule, each thing that it says, and how many waivers it has',
      'rules:\n  - id: quiet\n    match: { username: "*-a" }\n    require: { custom_ratelimit: true }\n    waivers: [{ username: one@a.example, until: 2027-03-31, reason: why }]\n',
      [
        'rules',
        'rules[0]',
        'rules[0].id',
        'rules[0].match',
        'rules[0].match.username',
        'rules[0].require',
        'rules[0].require.custom_ratelimit',
        'rules[0].waivers',
        'rules[0].waivers[1]',
      ],
    ],
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
  const inAccount = { scope: 'account', username: 'one@a.example', hasStatus: false }
  const inAbcd = { ...inAccount, scope: 'subaccount:Abcd' }
  const rows: ReadonlyArray<readonly [title: string, text: string, last: unknown]> = [
    ['a user of the account', `users:\n  - username: zero@a.example\n  - ${ONE}\n`, inAccount],
    ['a user with more', `users:\n  - ${ONE}\n    previously:\n      - two@a.example\n`, inAccount],
    ['a user that says its status', `users:\n  - ${ONE}\n    status: null\n`, { ...inAccount, hasStatus: true }],
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

spec('a file without its end line, where something in it may block', (test) => {
  const rows: ReadonlyArray<readonly [why: string, text: string]> = [
    ['rules (config.yaml:3:1)', 'rules: [{ id: a, require: { custom_ratelimit: true } }]'],
    ['expires (config.yaml:3:26)', 'users: [{ username: fax, expires: 2099-01-01 }]'],
    ['starts (config.yaml:3:37)', 'subaccounts: [{ id: Abcd, users: [{ starts: 2020-01-01, username: fax }] }]'],
    ['defaults.status: blocked (config.yaml:3:21)', 'defaults: { status: blocked }'],
    ["profiles['third floor'].status: sandbox (config.yaml:4:26)", 'profiles:\n  third floor: { status: sandbox }'],
    ['subaccounts[0].defaults.status: blocked (config.yaml:3:47)', 'subaccounts: [{ id: Abcd, defaults: { status: blocked } }]'],
  ]
  for (const [why, text] of rows)
    test(`is refused where it ends within a line, and warned of where it does not: ${why}`, async () => {
      const unmarked = async (end: string): Promise<string | undefined> =>
        (await loaded(`${HEAD}${text}${end}`, {}, { secrets: 'references' })).desired.unmarked
      assert.match(
        await printed(`${HEAD}${text}`),
        `${why} demands a line end at the end of this file, so that a cut-off file is`,
      )
      assert.match((await unmarked('\n')) ?? '', `${why} asks for a last line of three dots in config.yaml: without it`)
      assert.is(await unmarked('\n...\n'), undefined)
      assert.is(await unmarked('\n...'), undefined)
    })

  test('is told with the name of each file that lacks it', async () => {
    const rest = 'rules: [{ id: a, set: { description: x } }]\ninclude: [a.yaml, b.yaml]\n'
    const files = { 'config.yaml': `${HEAD}${rest}...\n`, 'a.yaml': 'users: []\n', 'b.yaml': 'absent: []' }
    assert.match(await printed(files), /^b\.yaml:1:1 {2}rules \(config\.yaml:3:1\) demands a line end/)
    const { desired } = await loaded({ ...files, 'b.yaml': 'absent: []\n' })
    assert.match(desired.unmarked ?? '', 'three dots in a.yaml, b.yaml: ')
  })

  const ALLOWED = 'defaults: { status: allowed }\n'
  for (const [why, text] of [
    ['status (config.yaml:4:26)', `${ALLOWED}users: [{ username: fax, status: blocked }]`],
    [
      'status (config.yaml:4:41)',
      'profiles: { some: { status: allowed } }\nusers: [{ username: fax, profile: some, status: sandbox }]',
    ],
    [
      'status (config.yaml:3:83)',
      'subaccounts: [{ id: Abcd, defaults: { status: allowed }, users: [{ username: fax, status: blocked }] }]',
    ],
    ['status (config.yaml:4:26)', 'defaults: { status: null }\nusers: [{ username: fax, status: blocked }]'],
    [
      'status (config.yaml:4:80)',
      `${ALLOWED}subaccounts: [{ id: Abcd, defaults: { status: null }, users: [{ username: fax, status: blocked }] }]`,
    ],
    [
      'status (config.yaml:3:119)',
      'subaccounts: [{ id: Bcde, defaults: { status: null } }, { id: Abcd, users: [] }, { id: Bcde, users: [{ username: fax, status: blocked }] }]',
    ],
    [undefined, `${ALLOWED}users: [{ username: fax, status: allowed }]`],
    [undefined, `${ALLOWED}subaccounts: [{ id: Abcd, users: [{ username: fax, unmanaged: [status] }] }]`],
    [undefined, 'users: [{ username: fax, status: blocked }]'],
  ] as const)
    test(`is warned of where a user of its own would be let do more without its last line: ${why ?? 'not here'}`, async () => {
      const unmarked = async (end: string): Promise<string | undefined> =>
        (await loaded(`${HEAD}${text}${end}`, {}, { secrets: 'references' })).desired.unmarked
      assert.is((await unmarked('\n'))?.slice(0, why?.length), why)
      assert.is((await unmarked(''))?.slice(0, why?.length), why)
      assert.is(await unmarked('\n...\n'), undefined)
    })

  test('is warned of where the defaults of such a user stand in another file', async () => {
    const files = {
      'config.yaml': `${HEAD}subaccounts: [{ id: Abcd, defaults: { status: allowed } }]\ninclude: [more.yaml]\n`,
      'more.yaml': 'subaccounts: [{ id: Abcd, users: [{ username: fax, status: blocked }] }]\n',
    }
    const { desired } = await loaded(files, {}, { secrets: 'references' })
    assert.match(desired.unmarked ?? '', /^status \(more\.yaml:1:52\) asks for a last line of three dots/)
  })

  test('is nothing to warn of where nothing in it blocks', async () =>
    assert.is(
      (await loaded(`${HEAD}users: [{ username: fax, status: blocked }]`, {}, { secrets: 'references' })).desired.unmarked,
      undefined,
    ))
})
